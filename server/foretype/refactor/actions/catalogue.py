"""The table of refactorings: title, where each applies, and the instruction for the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from foretype.privacy.masking import mask
from foretype.refactor.actions import conditions
from foretype.refactor.actions.open_comments import open_comment
from foretype.refactor.actions.stubs import is_unwritten
from foretype.refactor.actions.target import Request, Spot
from foretype.settings.schema import CustomAction, RefactorSettings

Kind = Literal["refactor.rewrite", "refactor.extract", "refactor.inline", "quickfix", "source"]
Scope = Literal["selection", "function", "file"]
"""What is rewritten: the selection, or else the function; always the function; the whole file."""
Answer = Literal["code", "file", "files", "tools", "text"]
"""What the model returns: code for the scope, one new file, several new files, tool calls, or
text that is shown and changes nothing."""


Only = Literal["", "comments", "names", "types"]
"""What an action may change; anything if empty. Only Python distinguishes names and types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One refactoring."""

    name: str
    title: str
    """A verb phrase with the placeholders ``{scope}``, ``{instruction}`` and ``{problem}``."""
    instruction: str
    kind: Kind = "refactor.rewrite"
    languages: tuple[str, ...] = ()
    """Language ids that it is offered for; all languages if empty."""
    scope: Scope = "selection"
    answer: Answer = "code"
    keeps_names: bool = True
    """Whether every public name of the code must still be there afterwards."""
    only: Only = ""
    """The only kind of thing that may change; everything else must stay as it is."""
    applies: Callable[[Spot], bool] = lambda spot: True
    asked_by: Callable[[Spot], Request | None] | None = None
    """The comment that says what to do, for an action that needs one or the user's own words."""
    why_not: str = ""
    """The reason shown with the disabled action where it does not apply; if empty, it is hidden."""
    model: str = ""
    """The model for this refactoring; the usual one if empty."""
    largest: bool = False
    """Whether the answer may take twice the usual number of tokens."""


MAX_TITLED_CHARS = 500
"""Characters of a problem or an instruction that are read for its title."""

_SCRIPT = ("javascript", "javascriptreact", "typescript", "typescriptreact")


FIX = Action(
    name="fix",
    title="Fix: {problem}",
    kind="quickfix",
    keeps_names=False,
    instruction=(
        "Fix the problem that is named below, with the smallest change that removes its cause. "
        "Do not silence it with a comment or a cast, and leave everything else as it is."
    ),
)

FROM_COMMENT = Action(
    name="asked",
    title="Do what the comment says: {instruction}",
    keeps_names=False,
    asked_by=lambda spot: spot.request,
    instruction="",
)

WRITE = Action(
    name="write",
    title="Write what the comment says: {instruction}",
    keeps_names=False,
    asked_by=open_comment,
    instruction=(
        "Write the code that the comment describes, below it and indented as it is. Keep the "
        "comment. It says:"
    ),
)

INSTRUCT = Action(
    name="instruct",
    title="Rewrite {scope} with an instruction…",
    keeps_names=False,
    instruction="",
)

ACROSS_FILES = Action(
    name="across-files",
    title="Work across files: {instruction}",
    kind="source",
    scope="file",
    answer="tools",
    keeps_names=False,
    asked_by=lambda spot: spot.request,
    instruction="",
)

CATALOGUE: tuple[Action, ...] = (
    FROM_COMMENT,
    WRITE,
    Action(
        name="implement",
        title="Implement {scope}",
        applies=is_unwritten,
        instruction=(
            "Write the code that is missing: bodies that are stubs, and what each TODO or FIXME "
            "asks for. Go by names, types, docstrings, comments and the code around. Keep every "
            "signature. Remove the TODO once it is done."
        ),
    ),
    Action(
        name="simplify",
        title="Simplify {scope}",
        applies=lambda spot: spot.has_code,
        instruction=(
            "Make this simpler to read with the same behavior: less nesting, early returns, no "
            "dead or doubled code, what the standard library already has. Keep names, "
            "signatures and comments that still hold."
        ),
    ),
    Action(
        name="type-hints",
        title="Add type hints to {scope}",
        languages=("python", "php", "ruby", *_SCRIPT),
        applies=conditions.lacks_hints,
        only="types",
        instruction=(
            "Add precise types to every parameter, result and attribute, in the way this "
            "language writes them (JSDoc in plain JavaScript, YARD comments in Ruby). Use the "
            "most specific type that is true. Change nothing but the types, and in Python the "
            "imports that they need."
        ),
    ),
    Action(
        name="docstrings",
        title="Document {scope}",
        applies=conditions.lacks_docs,
        only="comments",
        instruction=(
            "Write documentation comments, in this language's own form, for each function and "
            "class that has none: what it does, what it returns, what it raises, and units "
            "where there are any. Say nothing that the signature says. Do not change the code."
        ),
    ),
    Action(
        name="extract",
        title="Extract into a function",
        kind="refactor.extract",
        applies=conditions.is_selected_code,
        why_not="select the statements to extract",
        scope="function",
        instruction=(
            "Move the marked lines into a new function with a name that says what they do, its "
            "parameters and result as few as possible, and call it in their place. Put the new "
            "function where this language and this file would have it. The behavior stays "
            "the same."
        ),
    ),
    Action(
        name="inline",
        title="Inline the variable",
        kind="refactor.inline",
        applies=conditions.assigns_a_local,
        scope="function",
        instruction=(
            "Inline the variable that the marked line assigns: put its value wherever it is "
            "used, add brackets only where they are needed, and remove the assignment. If the "
            "value has side effects and is used more than once, return the code unchanged."
        ),
    ),
    Action(
        name="rename",
        title="Rename local names for clarity in {scope}",
        applies=lambda spot: spot.function is not None,
        scope="function",
        only="names",
        instruction=(
            "Rename local variables whose names do not say what they hold. Keep parameters, the "
            "function's own name, attributes and everything that other code could refer to. "
            "Change nothing but names."
        ),
    ),
    Action(
        name="async",
        title="Convert {scope} to async",
        languages=("python", "csharp", *_SCRIPT),
        applies=conditions.lacks_async,
        instruction=(
            "Make this asynchronous: async functions, awaited calls, an asynchronous library in "
            "place of a blocking one (in Python httpx for requests, asyncio.sleep for "
            "time.sleep), independent waits at the same time. Keep names and results."
        ),
    ),
    Action(
        name="errors",
        title="Handle errors in {scope} with specific exceptions",
        languages=(
            *("python", "java", "csharp", "kotlin", "swift", "php", "ruby", "cpp", "go", "rust"),
            *_SCRIPT,
        ),
        applies=conditions.has_functions,
        instruction=(
            "Handle failures explicitly: raise or return specific errors in this language's way "
            "instead of None, null or a swallowed exception; catch only what can be dealt with; "
            "keep the cause. Add type hints, and a small data class where a bare dictionary is "
            "returned. Keep names."
        ),
    ),
    Action(
        name="modernize",
        title="Modernize {scope}",
        applies=lambda spot: spot.has_code,
        instruction=(
            "Write this as the language's current stable version would: newer syntax, newer "
            "parts of the standard library, nothing deprecated. The behavior and the names "
            "stay the same."
        ),
    ),
    Action(
        name="optimize",
        title="Optimize {scope}",
        applies=lambda spot: spot.has_code,
        instruction=(
            "Make this faster where it matters: better algorithms and data structures, less "
            "repeated work, fewer copies. Keep it readable; behavior and names stay the same."
        ),
    ),
    Action(
        name="explanation",
        title="Explain {scope}",
        answer="text",
        applies=conditions.has_text,
        instruction="Explain this code.",
    ),
    Action(
        name="explain",
        title="Explain {scope} in comments",
        only="comments",
        applies=lambda spot: spot.has_code,
        instruction=(
            "Add short comments that explain why the code does what it does, and what is not "
            "plain to see. Whole sentences, few of them. Do not change the code."
        ),
    ),
    Action(
        name="tests",
        title="Write tests for {scope}",
        answer="file",
        keeps_names=False,
        applies=conditions.is_testable,
        largest=True,
        instruction=(
            "Write tests for the code: the usual case, the edges, and each error that it "
            "raises. Small tests with names that say what is expected; no network, no sleep."
        ),
    ),
    Action(
        name="flask-to-fastapi",
        title="Turn this Flask module into async FastAPI, with tests",
        languages=("python",),
        scope="file",
        answer="files",
        keeps_names=False,
        applies=conditions.imports_flask,
        largest=True,
        instruction=(
            "Rewrite this Flask module as an async FastAPI module with the same paths and the "
            "same results: one APIRouter, and an app that includes it; one shared "
            "httpx.AsyncClient that is given to the routes by dependency injection; an "
            "HTTPException with the right status code for each failure, also of the network; "
            "type hints and Pydantic models. Then a pytest file that overrides the dependency "
            "by a client with httpx.MockTransport and tests success, 404 and 5xx. The tests "
            "pass as they are, with fastapi, httpx and pytest alone."
        ),
    ),
    ACROSS_FILES,
)

BY_NAME = {action.name: action for action in (*CATALOGUE, FIX, INSTRUCT)}


def custom_action(custom: CustomAction) -> Action:
    """Turn an action from the user's settings into a refactoring."""
    return Action(
        name=custom.title,
        title=abbreviated(custom.title),
        instruction=custom.instruction,
        kind=custom.kind,
        languages=custom.languages,
        scope=custom.scope,
        keeps_names=False,
        model=custom.model,
        largest=custom.scope == "file",
    )


def max_answer_tokens(action: Action, settings: RefactorSettings) -> int:
    """Return the maximum number of tokens of the answer."""
    whole = action.largest or action.scope == "file"
    return settings.max_tokens * 2 if whole else settings.max_tokens


def abbreviated(text: str) -> str:
    """The beginning of a text as a title, which messages repeat, without its secrets."""
    words = mask(" ".join(text[:MAX_TITLED_CHARS].split()))
    return words if len(words) <= 60 else f"{words[:59]}…"
