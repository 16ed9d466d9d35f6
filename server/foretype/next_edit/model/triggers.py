"""Whether a model is asked for the next edit, and how long after the last one: pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.languages import table
from foretype.languages.lexical import Scope
from foretype.languages.scopes import scope_at
from foretype.next_edit.bursts import Burst, Origin

QUIET_S = 0.3
"""Time after an edit before the model is asked, in seconds, while nothing is known of the user."""
MIN_QUIET_S, MAX_QUIET_S = 0.15, 3.0
REJECTED_FACTOR, ACCEPTED_FACTOR = 1.5, 0.8
"""What an edit that was rejected, or accepted, does to that time."""
REMEMBERED_S = 600.0
"""How long that counts, in seconds."""
MAX_OUTCOMES = 10
END_OF_LINE_S = 0.7
"""Added at the end of a line, where ghost text comes first, in seconds."""
AFTER_REJECTION_S = 5.0
"""Time after a rejection in which the model is not asked, in seconds."""


class Silence(Enum):
    """Why the model is not asked."""

    NO_EDIT = "nothing was typed or accepted here since the file was opened"
    NOT_BY_HAND = "the last change was undone, pasted or formatted"
    ASKED = "it was asked after this edit already"
    REJECTED = "the last one was dismissed a moment ago"
    GHOST_TEXT = "ghost text is on the screen"
    IN_WORD = "the cursor is inside a word"
    NO_CODE = "the edit is in a comment, a string or prose"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an edit that was shown."""

    at_s: float
    accepted: bool


def why_silent(
    cursor: Cursor,
    last: Burst | None,
    *,
    asked: bool,
    ghost_text: bool,
    outcomes: Iterable[Outcome],
    now_s: float,
) -> Silence | None:
    """Why the model is not asked at a cursor; None where it is.

    ``last``: the last burst of all. ``asked``: whether the model was asked since it began.
    """
    document = cursor.document
    if last is None or last.uri != document.uri or not last.is_change:
        return Silence.NO_EDIT
    if last.origin not in (Origin.TYPED, Origin.ACCEPTED):
        return Silence.NOT_BY_HAND
    if asked:
        return Silence.ASKED
    if any(not o.accepted and now_s - o.at_s < AFTER_REJECTION_S for o in outcomes):
        return Silence.REJECTED
    if ghost_text:
        return Silence.GHOST_TEXT
    if _is_inside_word(cursor):
        return Silence.IN_WORD
    if not _is_code(document, last):
        return Silence.NO_CODE
    return None


def quiet_s(cursor: Cursor, outcomes: Iterable[Outcome], now_s: float) -> float:
    """How long after an edit the model is asked, in seconds. 0 after an acceptance."""
    recent = [o for o in outcomes if now_s - o.at_s < REMEMBERED_S][-MAX_OUTCOMES:]
    wait_s = QUIET_S
    for outcome in recent:
        # What was long ago counts for less.
        weight = 1.0 - (now_s - outcome.at_s) / REMEMBERED_S
        wait_s *= (ACCEPTED_FACTOR if outcome.accepted else REJECTED_FACTOR) ** weight
    wait_s = min(max(wait_s, MIN_QUIET_S), MAX_QUIET_S)
    at_end = bool(cursor.before.strip()) and not cursor.after.strip()
    return wait_s + (END_OF_LINE_S if at_end else 0.0)


def _is_inside_word(cursor: Cursor) -> bool:
    return _is_word(cursor.before[-1:]) and _is_word(cursor.after[:1])


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _is_code(document: Document, burst: Burst) -> bool:
    if not table.of_id(document.language).family:
        return False
    place = burst.touched
    at = place.start if place.start == place.end else place.end - 1
    return scope_at(Cursor(document, min(at, len(document.text)))) is Scope.CODE
