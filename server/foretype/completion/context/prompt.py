"""Turn what surrounds the cursor into a prompt.

Stable parts come first, the text before the cursor last, so that typing only appends and a
provider's prompt cache holds nearly all of it. Text is sent as it stands: no line numbers, no
escaping. Knows prompts and budgets; knows nothing of providers, which receive the result.
"""

from __future__ import annotations

from foretype.completion.context.window import Context
from foretype.core.text_style import indentation_name
from foretype.core.tokens import CHARS_PER_TOKEN
from foretype.models.protocol import Message, Prompt, PromptTooLong
from foretype.settings.providers import PromptLayout

SYSTEM = """\
You complete code in an editor. Answer with exactly the text to insert at the cursor mark and \
nothing else: no fence, no explanation, nothing repeated from before or after the mark. Stop \
where the statement, or the block it opens, is complete. If nothing is missing, answer nothing."""
NO_REPEATING = """
Do not write the code before the mark again, neither its function nor its imports: begin with the \
first character that is missing."""
"""Added for an endpoint that keeps writing the code before the cursor again."""

INSTRUCTIONS = "What the user asks of the text:"
"""The line above the user's own instructions."""

RECENT, FURTHER_UP = "Recent changes:", "Further up:"
BELOW, BEFORE = "After the cursor's line:", "Before the cursor:"
AROUND, CONTINUE = "Around the cursor:", "Continue this file:"
QUESTION = "What belongs at the mark"

MARGIN = 0.9
"""Share of a server's limit that a shortened prompt uses: tokens are estimated."""
COUNTED_MORE = 1.3
"""How many more tokens than estimated a server may count."""

EXAMPLE = (
    Message(
        "user",
        "File: cart.py\nIndentation: 4 spaces\nAfter the cursor's line:\n\nreturn total\n"
        "Before the cursor:\ntotal = 0\nfor item in <|cursor|>",
    ),
    Message("assistant", "items:\n    total += item.price"),
)

MARK = "<|cursor|>"


def cursor_mark(*texts: str) -> str:
    """A mark that occurs in none of the texts; the same for as long as they have none of it."""
    mark, number = MARK, 0
    while any(mark in text for text in texts):
        number += 1
        mark = f"<|cursor_{number}|>"
    return mark


def build_prompt(
    context: Context,
    *,
    mark: str,
    max_tokens: int,
    layout: PromptLayout = "below_first",
    repeats: bool = False,
) -> Prompt:
    """The messages for the chat and responses wires, prefix and suffix for the fim wire.

    By default the last message ends with the text before the cursor, the mark, and the rest of
    its line. ``repeats``: the endpoint keeps writing the code before the cursor again.
    """
    system = Message("system", _system(context, repeats=repeats))
    if layout == "continued" and context.prefix.strip():
        messages = (system, *_continued(context))
    else:
        last = "".join(_sections(context, mark, layout))
        messages = (system, *EXAMPLE, Message("user", last))
    return Prompt(
        messages=messages,
        prefix=context.prefix,
        suffix=context.suffix,
        max_tokens=max_tokens,
        text_tokens=max_tokens,
        temperature=0.1,
        files=tuple(dict.fromkeys((context.path, *(s.path for s in context.snippets)))),
    )


def fitting_tokens(prompt: Prompt, n_context: float, refusal: PromptTooLong) -> float:
    """Return the tokens of context that would have been accepted in place of ``n_context``.

    As the refusal names it, with the server's own count where it names that; half otherwise.
    """
    room = refusal.tokens - prompt.max_tokens
    if refusal.tokens and room > 0:
        n_whole = prompt.n_chars / CHARS_PER_TOKEN
        n_counted = refusal.sent_tokens or n_whole * COUNTED_MORE
        fitting = n_whole * room / n_counted * MARGIN - (n_whole - n_context)
        if fitting < n_context:
            return fitting
    return n_context / 2


def headers(context: Context) -> tuple[str, ...]:
    """The lines of a prompt that say where the cursor is."""
    language = (f"Language: {context.language}",) if context.language else ()
    return (
        f"File: {context.path}",
        *language,
        f"Indentation: {indentation_name(context.indentation)}",
    )


def titles(context: Context) -> tuple[str, ...]:
    """The lines of a prompt that stand above a piece of the user's code."""
    nearby = (f"From {snippet.path}:" for snippet in context.snippets)
    return (*nearby, RECENT, FURTHER_UP, BELOW, BEFORE, AROUND, CONTINUE)


def _system(context: Context, *, repeats: bool) -> str:
    own = f"\n\n{INSTRUCTIONS}\n{context.instructions}" if context.instructions else ""
    return SYSTEM + (NO_REPEATING if repeats else "") + own


def _sections(context: Context, mark: str, layout: PromptLayout) -> list[str]:
    here = f"{context.prefix}{mark}{context.after}"
    if layout == "natural":
        return [*_background(context), f"{AROUND}\n{here}{context.below}"]
    if layout == "fenced":
        fence = f"```{context.language}\n{here}{context.below}\n```"
        return [*_background(context), f"{AROUND}\n{fence}\n{QUESTION} {mark}?"]
    return [*_background(context), _below(context), f"{BEFORE}\n{here}"]


def _background(context: Context) -> list[str]:
    nearby = [f"From {s.path}:\n{s.text}\n\n" for s in context.snippets]
    return [
        *nearby,
        f"{RECENT}\n{context.recent}\n" if context.recent else "",
        *(f"{line}\n" for line in headers(context)),
        f"{FURTHER_UP}\n{context.head}\n" if context.head else "",
    ]


def _below(context: Context) -> str:
    return f"{BELOW}\n{context.below}\n" if context.below.strip() else ""


def _continued(context: Context) -> tuple[Message, ...]:
    asked = "".join([*_background(context), _below(context), CONTINUE])
    return Message("user", asked), Message("assistant", context.prefix)
