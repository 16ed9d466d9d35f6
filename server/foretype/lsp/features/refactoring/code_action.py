"""``textDocument/codeAction``: which refactorings there are here, without asking a model.

Every action holds a command and nothing to be resolved: some editors freeze while they resolve,
others never do. The command is carried out by ``runs.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretype.core.text import Document
from foretype.lsp import convert
from foretype.lsp.command_names import REFACTOR, REFACTOR_MENU
from foretype.lsp.features.refactoring.choosing import impossible
from foretype.refactor.actions import menu, offers
from foretype.refactor.actions.offers import Offer
from foretype.refactor.actions.target import Problem, Spot

if TYPE_CHECKING:
    from foretype.lsp.features.refactoring.runs import Refactorings
    from foretype.lsp.session.session import ForetypeServer


def actions(
    ls: ForetypeServer, runs: Refactorings, params: types.CodeActionParams
) -> list[types.CodeAction | types.Command] | None:
    """What can be done at a place, each action with the command that does it.

    All of the kinds that the client names; else the few that fit best, and an entry that leads to
    the rest, where the client or its user can be asked.
    """
    document = ls.documents.get(params.text_document.uri)
    if document is None or not ls.profile.applies_edits:
        return None
    spot = to_spot(document, params, ls.documents.encoding)
    runs.seen(spot)
    only = tuple(str(getattr(kind, "value", kind)) for kind in params.context.only or ())
    found = offers.offers(spot, ls.settings.refactor, only=only, asks=ls.profile.shows_status)
    if found and (reason := impossible(ls, document)):
        found = [_disabled(found[0], reason)]
    shows_disabled, literals = _supports(ls)
    shown = found
    if not only and (ls.profile.shows_status or ls.profile.can_show_message_request):
        shown = menu.shortened(found)
    made = [
        to_code_action(offer, params, ls.documents.encoding)
        for offer in shown
        if shows_disabled or not offer.disabled
    ]
    if sum(not offer.disabled for offer in found) > len(made):
        made.append(_more(document, params))
    if not literals:
        return [action.command for action in made if action.command]
    return list(made)


def to_spot(document: Document, params: types.CodeActionParams, encoding: convert.Encoding) -> Spot:
    """The place that a client asks about, with the diagnostics that it shows there."""
    start, end = convert.to_offsets(document, params.range, encoding)
    problems = tuple(
        Problem(
            *convert.to_offsets(document, diagnostic.range, encoding),
            message=diagnostic.message,
            source=diagnostic.source or "",
        )
        for diagnostic in params.context.diagnostics
    )
    return Spot(document, start, end, problems)


def to_code_action(
    offer: Offer, params: types.CodeActionParams, encoding: convert.Encoding
) -> types.CodeAction:
    """The offer as the protocol has it: its command says all that a run needs."""
    title = f"foretype: {offer.title[:1].lower()}{offer.title[1:]}"
    document = offer.spot.document
    argument: dict[str, Any] = {
        "action": offer.action.name,
        "uri": document.uri,
        "version": document.version,
        "range": _plain(params.range),
    }
    if offer.problem:
        (problem,) = offer.spot.problems
        argument["range"] = _plain(convert.to_range(document, problem.start, problem.end, encoding))
        argument["problem"] = problem.message
    if not offer.instruction:
        argument["needsInstruction"] = True
    # The first of those that are alike: there may be thousands, and each would be sent back.
    diagnostics = [
        d for d in params.context.diagnostics if offer.problem.startswith(d.message.strip() or "\0")
    ][:1]
    return types.CodeAction(
        title=title,
        kind=types.CodeActionKind(offer.kind),
        diagnostics=diagnostics if offer.problem else None,
        disabled=types.CodeActionDisabled(reason=offer.disabled) if offer.disabled else None,
        command=None
        if offer.disabled
        else types.Command(title=title, command=REFACTOR, arguments=[argument]),
    )


def _more(document: Document, params: types.CodeActionParams) -> types.CodeAction:
    """The entry that leads to all refactorings."""
    argument = {
        "uri": document.uri,
        "version": document.version,
        "range": _plain(params.range),
    }
    title = "foretype: more refactorings…"
    command = types.Command(title=title, command=REFACTOR_MENU, arguments=[argument])
    return types.CodeAction(title=title, kind=types.CodeActionKind.RefactorRewrite, command=command)


def _disabled(offer: Offer, reason: str) -> Offer:
    """One entry in the place of all, which says why there are none."""
    return replace(offer, title="Refactor", disabled=reason)


def _supports(ls: ForetypeServer) -> tuple[bool, bool]:
    """Whether the client shows disabled actions, and whether it knows more than commands."""
    text_document = ls.client_capabilities.text_document
    of_actions = text_document.code_action if text_document else None
    if of_actions is None:
        return False, False
    return bool(of_actions.disabled_support), of_actions.code_action_literal_support is not None


def _plain(place: types.Range) -> dict[str, Any]:
    return {
        "start": {"line": place.start.line, "character": place.start.character},
        "end": {"line": place.end.line, "character": place.end.character},
    }
