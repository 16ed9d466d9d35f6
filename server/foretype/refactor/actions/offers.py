"""Compute the refactorings available at a selection, and what each would rewrite.

Uses only the lines near the cursor and no model: editors ask after every cursor movement.
Independent of LSP; ``lsp/features/code_action.py`` turns offers into code actions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from foretype.core.unseen import without_unseen
from foretype.refactor.actions.catalogue import (
    ACROSS_FILES,
    BY_NAME,
    CATALOGUE,
    FIX,
    FROM_COMMENT,
    INSTRUCT,
    WRITE,
    Action,
    abbreviated,
    custom_action,
    max_answer_tokens,
)
from foretype.refactor.actions.target import Request, Span, Spot
from foretype.settings.schema import RefactorSettings

NO_MODEL = (
    "refactorings need a model: set a key, such as OPENROUTER_API_KEY, or FORETYPE_BASE_URL "
    "for a server of your own"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A refactoring for a selection: what a code action holds, and what its execution needs."""

    action: Action
    title: str
    spot: Spot
    span: Span
    """The lines that are rewritten."""
    instruction: str
    disabled: str = ""
    """Why it is not possible here; empty if it is."""
    problem: str = ""
    """The message of the diagnostic that it fixes, if any."""

    @property
    def kind(self) -> str:
        return self.action.kind


def offers(
    spot: Spot,
    settings: RefactorSettings,
    *,
    only: tuple[str, ...] = (),
    asks: bool = False,
) -> list[Offer]:
    """List the refactorings available for a selection, the most specific first.

    ``only`` are the kinds the editor requested; ``asks`` is whether the editor's extension can
    ask the user for an instruction.
    """
    if not settings.enabled:
        return []
    own = [custom_action(custom) for custom in settings.actions]
    wanted = [action for action in (*own, *CATALOGUE) if _is_wanted(action, settings, only)]
    made = [offer for action in wanted if (offer := _offer(spot, action, settings))]
    if asks:
        made += _offers_needing_instruction(spot, settings, only)
    fixes = list(_fixes(spot, settings)) if _is_wanted(FIX, settings, only) else []
    return fixes + made


def find_offer(
    spot: Spot, settings: RefactorSettings, name: str, instruction: str = ""
) -> Offer | str:
    """Return the refactoring of a given name for a selection, or why there is none.

    An ``instruction`` is written by the user and replaces the action's own.
    """
    action = _action_named(settings, name or "instruct")
    if action is None:
        near = ", ".join([*BY_NAME, *(custom.title for custom in settings.actions)])
        return f"there is no refactoring named '{name}'; there are: {near}"
    if action is INSTRUCT and not instruction.strip():
        return "an instruction is needed: say what to change"
    if action.answer == "tools" and settings.trusted is False:
        return "work across files needs a trusted workspace"
    if action is FIX:
        fixes = list(_fixes(spot, settings))
        return fixes[0] if fixes else "there is no diagnostic here to fix"
    offer = _offer(spot, action, settings, instruction)
    if offer is None:
        return f"'{action.name}' does not apply here"
    return offer.disabled or offer


def _action_named(settings: RefactorSettings, name: str) -> Action | None:
    own = {custom.title: custom_action(custom) for custom in settings.actions}
    return BY_NAME.get(name) or own.get(name)


def _is_wanted(action: Action, settings: RefactorSettings, only: tuple[str, ...]) -> bool:
    """Whether an action's kind was requested, of which ``refactor`` includes ``refactor.extract``,
    and the workspace is trusted as far as the action needs it."""
    if action.answer == "tools" and settings.trusted is False:
        return False
    return not only or any(f"{action.kind}.".startswith(f"{kind}.") or not kind for kind in only)


def _offer(
    spot: Spot, action: Action, settings: RefactorSettings, instruction: str = ""
) -> Offer | None:
    if action.languages and spot.document.language not in action.languages:
        return None
    applies = action.applies(spot)
    if not applies and not action.why_not:
        return None
    request, asked = None, instruction.strip() or action.instruction
    if action.asked_by and not instruction.strip():
        request = action.asked_by(spot)
        if request is None or not request.instruction:
            return None
        asked = request.instruction
    span = _span(spot, action, request)
    return Offer(
        action=action,
        title=_fill_title(action.title, scope=_scope_name(spot, span), instruction=asked),
        spot=spot,
        span=span,
        instruction=f"{action.instruction} {asked}" if action is WRITE and request else asked,
        disabled=_too_long(spot, span, action, settings) if applies else action.why_not,
    )


def _offers_needing_instruction(
    spot: Spot, settings: RefactorSettings, only: tuple[str, ...]
) -> Iterator[Offer]:
    """Yield the actions for editors that can ask the user for an instruction."""
    for action in (INSTRUCT, *([] if spot.request else [ACROSS_FILES])):
        if _is_wanted(action, settings, only) and (offer := _offer(spot, action, settings, "…")):
            yield replace(offer, instruction="")


def _fixes(spot: Spot, settings: RefactorSettings) -> Iterator[Offer]:
    for problem in spot.problems[:3]:
        there = Spot(spot.document, problem.start, problem.start, (problem,))
        span = there.function if there.function and there.function.n_lines <= 120 else None
        if span is None:
            first, last = there.lines.first, spot.document.line_of(problem.end)
            span = Span(max(first - 3, 0), min(last + 3, spot.document.n_lines - 1))
        message = without_unseen(problem.message).strip()
        yield Offer(
            action=FIX,
            title=_fill_title(FIX.title, problem=message),
            spot=there,
            span=span,
            instruction=FIX.instruction,
            disabled=_too_long(there, span, FIX, settings),
            problem=f"{message} ({problem.source})" if problem.source else message,
        )


def _span(spot: Spot, action: Action, request: Request | None) -> Span:
    if request is not None and action is WRITE:
        return request.span
    if request is not None and action is FROM_COMMENT:
        return _requested_span(spot, request)
    if action.scope == "file":
        return Span(0, spot.document.n_lines - 1)
    if action.scope == "function":
        return spot.function or spot.lines
    return spot.target


def _requested_span(spot: Spot, request: Request) -> Span:
    """Return the comment and what it refers to: the function around or below it, or lines below."""
    function = spot.function
    if function and request.span.first in function:
        return function
    first, last = request.span.first, request.span.last
    if spot.selected and spot.lines.last > last:
        return Span(min(first, spot.lines.first), spot.lines.last)
    below = spot.beginning_at(last + 1) or spot.paragraph(last)
    return Span(first, max(last, below.last))


def _scope_name(spot: Spot, span: Span) -> str:
    if span.name:
        return span.name
    if spot.is_whole_file(span):
        return "this file"
    return "the selection" if spot.selected and span == spot.lines else "these lines"


def _too_long(spot: Spot, span: Span, action: Action, settings: RefactorSettings) -> str:
    """Return why the code does not fit into an answer (at about four characters a token), or ""."""
    if action.answer == "tools":
        return ""
    start, end = spot.offsets(span)
    limit = max_answer_tokens(action, settings) * 4
    if action.answer != "code":
        limit = max(limit, 60_000)
    if end - start <= limit:
        return ""
    return f"{span.n_lines} lines are too many for one answer: select fewer"


def _fill_title(title: str, **words: str) -> str:
    for name, value in words.items():
        title = title.replace(f"{{{name}}}", abbreviated(value))
    return title
