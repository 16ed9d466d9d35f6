"""How suggestions are received: shown, typed through, accepted, dismissed; and what that teaches.

Keeps a screen for each document and tells the rhythm, the counts and the purse. What an edit
means is told by ``displayed.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from foretype.completion.feedback.displayed import DisplayedSuggestion, Event
from foretype.completion.generation.debounce import AdaptiveDebounce
from foretype.completion.protocols import Budget
from foretype.completion.suggestion import Suggestion
from foretype.core.cursor import Cursor
from foretype.core.deadline import now
from foretype.core.text import Document, Edit

TAKEN = frozenset({Event.ACCEPTED, Event.ACCEPTED_PART})
"""The events by which a suggestion was of use at one stroke."""


class FeedbackTracker:
    """The screens of all documents."""

    def __init__(
        self,
        debounce: AdaptiveDebounce,
        counts: Counter[str],
        purse: Budget | None,
        author: Callable[[Suggestion], str],
    ) -> None:
        self._debounce = debounce
        self._counts = counts
        self._purse = purse
        self._author = author
        self._screens: dict[str, DisplayedSuggestion] = {}
        self._accepted: dict[str, int] = {}

    def screen(self, cursor: Cursor) -> DisplayedSuggestion:
        """The screen of a place's document."""
        return self._screens.setdefault(cursor.document.uri, DisplayedSuggestion())

    def is_after_accept(self, cursor: Cursor) -> bool:
        """Whether the last that happened to a document was an acceptance that ended here."""
        return self._accepted.get(cursor.document.uri) == cursor.offset

    def show(self, suggestion: Suggestion) -> None:
        """A suggestion is sent to the client. What was visible and goes on was counted before."""
        screen = self.screen(suggestion.cursor)
        if not screen.visible_at(suggestion.cursor):
            self._debounce.showed()
            if self._purse is not None:
                self._purse.showed(self._author(suggestion))
        screen.show(suggestion, now())

    def edited(self, old: Document, cursor: Cursor, edits: tuple[Edit, ...]) -> Event:
        """A document changed; ``place`` is the cursor after it."""
        self._accepted.pop(cursor.document.uri, None)
        if len(edits) != 1:
            return Event.NONE
        screen = self.screen(cursor)
        if screen.settle_dismissal(now()):
            self._debounce.rejected(now())
            self._counts["rejected"] += 1
        event = screen.edited(old, cursor, edits[0], now())
        if event in TAKEN and screen.shown is not None:
            self._accepted[cursor.document.uri] = cursor.offset
            self._count(event, screen.shown.suggestion, len(edits[0].text))
        return event

    def accepted(self, suggestion_id: str) -> None:
        """The client says that a suggestion was accepted."""
        for screen in self._screens.values():
            shown = screen.shown
            if shown is not None and shown.latest_id == suggestion_id and not shown.accepted:
                shown.accepted = True
                left = len(shown.suggestion.text) - shown.typed
                self._count(Event.ACCEPTED, shown.suggestion, left)

    def closed(self, uri: str) -> None:
        """A document was closed."""
        self._screens.pop(uri, None)
        self._accepted.pop(uri, None)

    def _count(self, event: Event, suggestion: Suggestion, characters: int) -> None:
        self._debounce.accepted(now())
        self._counts[event.name.lower()] += 1
        if self._purse is not None:
            self._purse.accepted(self._author(suggestion), characters)
