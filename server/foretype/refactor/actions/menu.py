"""Choose the few refactorings that a menu shows at a place; the rest stand behind one entry.

Knows no protocol: ``lsp/features/refactoring/code_action.py`` makes the menu of them.
"""

from __future__ import annotations

from foretype.refactor.actions.catalogue import BY_NAME, FIX, FROM_COMMENT, INSTRUCT, WRITE
from foretype.refactor.actions.offers import Offer

MOST_ENTRIES = 5
"""Entries of a menu, without the one that leads to the rest."""
N_BEST = 2
"""Entries that are there because they fit best."""

_ALWAYS = (FIX.name, FROM_COMMENT.name, WRITE.name, INSTRUCT.name)
"""What has a place of its own, each once: the problem, the comment, the user's own words."""
_BY_FIT = ("implement", "extract", "type-hints", "docstrings", "simplify", "explanation")
"""What else fits best: first what only few places allow, then what the code still lacks."""
_BY_FIT_SELECTED = ("implement", "extract", "simplify", "errors")
"""The same where code is selected, of which nobody knows whether it lacks anything."""


def shortened(found: list[Offer]) -> list[Offer]:
    """Return the offers that a menu shows, in their order; at most ``MOST_ENTRIES``."""
    possible = [offer for offer in found if not offer.disabled]
    if not possible:
        return found[:1]
    firsts = [
        next((offer for offer in possible if offer.action.name == name), None) for name in _ALWAYS
    ]
    best = sorted((offer for offer in possible if offer.action.name not in _ALWAYS), key=_rank)[
        :N_BEST
    ]
    return [offer for offer in possible if any(offer is one for one in (*firsts, *best))]


def _rank(offer: Offer) -> int:
    """How well an offer fits its place; the lowest fits best."""
    name = offer.action.name
    if name not in BY_NAME:
        return 0  # The user's own.
    if offer.action.answer == "files" and offer.spot.function is None:
        return 1
    order = _BY_FIT_SELECTED if offer.spot.selected else _BY_FIT
    return 2 + (order.index(name) if name in order else len(order))
