"""``textDocument/codeAction``: which refactorings there are here, without asking a model.

Every action holds a command and nothing to be resolved: some editors freeze while they resolve,
others never do. The command is carried out by ``runs.py``. They are made as JSON, because editors
ask for them whenever the cursor moves, and lsprotocol's types take longer to write out.
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
) -> list[dict[str, Any]] | None:
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
    return made if literals else [action["command"] for action in made if "command" in action]


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
) -> dict[str, Any]:
    """The offer as the protocol has it: its command says all that a run needs."""
    argument = {"action": offer.action.name, **_place(offer.spot.document, params)}
    if offer.problem:
        (problem,) = offer.spot.problems
        there = convert.to_range(offer.spot.document, problem.start, problem.end, encoding)
        argument |= {"range": _plain(there), "problem": problem.message}
    if not offer.instruction:
        argument["needsInstruction"] = True
    title = f"{offer.title[:1].lower()}{offer.title[1:]}"
    action = _action(title, offer.kind, REFACTOR, argument)
    if offer.problem:
        # The first of those that are alike: there may be thousands, and each would be sent back.
        action["diagnostics"] = [
            diagnostic
            for diagnostic in params.context.diagnostics
            if offer.problem.startswith(diagnostic.message.strip() or "\0")
        ][:1]
    if offer.disabled:
        del action["command"]
        action["disabled"] = {"reason": offer.disabled}
    return action


def _more(document: Document, params: types.CodeActionParams) -> dict[str, Any]:
    """The entry that leads to all refactorings."""
    argument = _place(document, params)
    return _action("more refactorings…", "refactor.rewrite", REFACTOR_MENU, argument)


def _action(title: str, kind: str, command: str, argument: dict[str, Any]) -> dict[str, Any]:
    title = f"foretype: {title}"
    runs = {"title": title, "command": command, "arguments": [argument]}
    return {"title": title, "kind": kind, "command": runs}


def _place(document: Document, params: types.CodeActionParams) -> dict[str, Any]:
    return {"uri": document.uri, "version": document.version, "range": _plain(params.range)}


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
