"""Ask the user which of all refactorings is meant, in editors that have no picker of ours.

Our extensions ask by the editor's own picker, and never send the command.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from foretype.core.text import Document
from foretype.lsp.features.asking import Unanswered, ask
from foretype.lsp.wire.json_rpc import RequestError
from foretype.refactor.actions.offers import NO_MODEL, Offer, offers
from foretype.refactor.actions.target import Spot

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer


def impossible(ls: ForetypeServer, document: Document) -> str:
    """Why no refactoring at all can be carried out here."""
    if ls.services.model is None:
        return NO_MODEL
    if (gate := ls.services.gate) is not None and (rule := gate.excluded(document.uri)):
        return f"this file is excluded ({rule}), nothing of it leaves the machine"
    return ""


def possible(ls: ForetypeServer, spot: Spot) -> list[Offer]:
    """All that can be done at a place without an instruction. RequestError: why nothing can."""
    if not ls.profile.can_show_message_request:
        raise RequestError(
            "this editor cannot ask which one: request code actions with context.only"
        )
    if reason := impossible(ls, spot.document):
        raise RequestError(reason)
    found = offers(spot, ls.settings.refactor)
    usable = [offer for offer in found if not offer.disabled]
    if not usable:
        raise RequestError(found[0].disabled if found else "there is nothing to refactor here")
    return usable


async def choose(ls: ForetypeServer, found: list[Offer]) -> Offer | None:
    """What the user chooses; None where nothing was chosen, or nobody was asked."""
    with contextlib.suppress(Unanswered):
        title = await ask(ls, "which refactoring?", [offer.title for offer in found])
        return next((offer for offer in found if offer.title == title), None)
    return None
