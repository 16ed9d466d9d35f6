"""What suggestion the user sees, as far as the server can know, and what became of it.

No client reports what it shows or when part of it is accepted; document changes show it. Pure:
moments come in as arguments, events go out as values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import Enum

from foretype.completion.anchor import Anchor
from foretype.completion.suggestion import Source, Suggestion
from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit
from foretype.spending.suggestion_row import SuggestionRow

READ_S = 0.75
"""Seconds for which a suggestion must have stood to count as read and dismissed."""
DISMISSED_S = 1.0
"""Seconds after which a contradicted suggestion counts as dismissed: until then the user may
come back to it."""
UNDO_WINDOW_S = 20.0
"""Seconds for which a suggestion is not to bring back what was just deleted."""
MIN_UNDONE_CHARS = 4
"""Characters; less is a typing slip."""
MIN_PART_CHARS = 3
"""Characters that come at once to be a word accepted."""
HELD_BACK_S = 0.25
"""Seconds for which a client may hold keys back, to send them together: Neovim does for 0.15."""
FASTEST_KEY_S = 0.04
"""Seconds that a key takes a fast typist."""


class Event(Enum):
    """What an edit did to the visible suggestion."""

    NONE = "nothing was visible, or it is elsewhere"
    TYPED = "a character of it was typed"
    ACCEPTED = "all of it was inserted at once"
    ACCEPTED_PART = "a word or a line of it was inserted at once"
    CONTRADICTED = "something else was typed"


@dataclass
class Shown:
    """A suggestion that was answered, and since when."""

    suggestion: Suggestion
    at: float
    anchor: Anchor = field(init=False)
    typed: int = 0
    contradicted: float | None = None
    accepted: bool = False
    latest_id: str = ""
    """Of the answer that offered it, or what was left of it, last."""
    row: SuggestionRow | None = None
    """What is recorded of it."""

    def __post_init__(self) -> None:
        self.anchor = Anchor.at(self.suggestion.cursor)
        self.latest_id = self.suggestion.id

    def follow(self, typed: str) -> None:
        """Switch to another of the texts that were offered, once what was typed begins it."""
        if self.suggestion.text.startswith(typed):
            return
        for other in self.suggestion.alternatives:
            if other.startswith(typed):
                self.suggestion = replace(self.suggestion, text=other)
                return

    def rest_at(self, cursor: Cursor) -> str | None:
        """What is left of it at a cursor; None where it does not fit any more."""
        typed = self.anchor.typed_since(cursor)
        if typed is None or not self.suggestion.text.startswith(typed):
            return None
        return self.suggestion.text[len(typed) :]


@dataclass
class DisplayedSuggestion:
    """What one document shows, what of it was dismissed, and what was just deleted there."""

    shown: Shown | None = None
    accepted_at: int | None = None
    """The cursor's offset, where the last edit accepted a suggestion or a part of it."""
    dismissed: list[tuple[Anchor, str]] = field(default_factory=list)
    deleted: tuple[Anchor, str, float] | None = None
    edited_at: float = -math.inf

    def show(self, suggestion: Suggestion, at: float) -> None:
        """A suggestion was sent to the client."""
        current = self.shown
        if current is not None and current.rest_at(suggestion.cursor) == suggestion.text:
            if not suggestion.alternatives:
                current.latest_id = suggestion.id
                return
            at = current.at
        else:
            self.settle_dismissal(at)
        self.shown = Shown(suggestion, at)

    def visible_at(self, cursor: Cursor) -> str:
        """What is left of the visible suggestion at a cursor; empty where none fits."""
        if self.shown is None or self.shown.accepted:
            return ""
        return self.shown.rest_at(cursor) or ""

    def is_visible_at(self, cursor: Cursor) -> bool:
        """Whether more than blanks is left of the visible suggestion at a cursor."""
        return bool(self.visible_at(cursor).strip())

    @property
    def may_give_way(self) -> bool:
        """Whether it is the embedded engine's and nobody has typed into it: the one case in which
        what is visible is replaced, once, by the model's text."""
        return self.is_local and self.shown is not None and not self.shown.typed

    @property
    def is_local(self) -> bool:
        """Whether it is the embedded engine's."""
        return self.shown is not None and self.shown.suggestion.source is Source.LOCAL

    def edited(self, old: Document, cursor: Cursor, edit: Edit, at: float) -> Event:
        """A change came; ``cursor`` is where it is after that."""
        since_edit, self.edited_at = at - self.edited_at, at
        removed = old.text[edit.start : edit.end]
        self._note_deletion(old, cursor, edit, removed, at)
        shown = self.shown
        if shown is None or shown.accepted:
            return Event.NONE
        typed = shown.anchor.typed_since(cursor)
        if typed is not None:
            shown.follow(typed)
        text = shown.suggestion.text
        if typed is not None and text.startswith(typed):
            shown.contradicted = None
            grown = len(typed) - shown.typed
            shown.typed = len(typed)
            if grown <= 0:
                return Event.NONE
            if typed == text:
                shown.accepted = True
            if grown == 1 or not edit.text.strip() or _may_be_keys(grown, since_edit):
                return Event.TYPED
            if typed == text:
                return Event.ACCEPTED
            is_part = grown >= MIN_PART_CHARS and _ends_word(text, len(typed))
            return Event.ACCEPTED_PART if is_part else Event.TYPED
        if shown.contradicted is None:
            shown.contradicted = at
            return Event.CONTRADICTED
        return Event.NONE

    def is_after_accept(self, cursor: Cursor) -> bool:
        """Whether the last edit accepted a suggestion, or a part of it, that ended here."""
        return self.accepted_at == cursor.offset

    def settle_dismissal(self, at: float) -> bool:
        """Record a dismissal once the user has typed something else for long enough."""
        shown = self.shown
        if shown is None or shown.accepted or shown.contradicted is None:
            return False
        if at - shown.contradicted < DISMISSED_S:
            return False
        self.shown = None
        was_read = shown.contradicted - shown.at >= READ_S
        if not was_read or shown.typed:
            return False
        self.dismissed = [*self.dismissed[-19:], (shown.anchor, shown.suggestion.text)]
        return True

    def is_dismissed(self, cursor: Cursor, text: str) -> bool:
        """Whether this very text was dismissed at this very cursor."""
        return any(
            anchor.typed_since(cursor) == "" and _same(text, old) for anchor, old in self.dismissed
        )

    def only_undoes(self, cursor: Cursor, text: str, at: float) -> bool:
        """Whether a text would bring back what the user just deleted here, and nothing more."""
        if self.deleted is None:
            return False
        anchor, removed, when = self.deleted
        if at - when > UNDO_WINDOW_S or anchor.typed_since(cursor) != "":
            return False
        return len(text.strip()) >= MIN_UNDONE_CHARS and removed.strip().startswith(text.strip())

    def _note_deletion(
        self, old: Document, cursor: Cursor, edit: Edit, removed: str, at: float
    ) -> None:
        if edit.text or not removed:
            return
        anchor = Anchor.at(cursor)
        if self.deleted is not None and at - self.deleted[2] < 2.0:
            earlier = self.deleted[1]
            beside = old.text[edit.end : edit.end + len(earlier)]
            # A run of backspaces is one deletion.
            if self.deleted[0].typed_since(Cursor(old, edit.end)) == "" and beside != earlier:
                removed += earlier
        self.deleted = (anchor, removed, at)


def _may_be_keys(n_chars: int, seconds: float) -> bool:
    """Whether characters that come together may have been typed since the edit before."""
    return n_chars * FASTEST_KEY_S <= seconds <= HELD_BACK_S


def _ends_word(text: str, at: int) -> bool:
    """Whether an offset in a text is the end of a word or of a line."""
    return not (text[at - 1].isalnum() and text[at].isalnum())


def _same(text: str, other: str) -> bool:
    return text.strip() == other.strip()
