"""What becomes of suggestions: shown, typed through, accepted, dismissed; and what that teaches.

Feeds the debounce, the counts and the budget. What an edit means for the displayed suggestion is
decided in ``displayed.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from foretype.completion.feedback.displayed import DisplayedSuggestion, Event
from foretype.completion.generation.debounce import AdaptiveDebounce
from foretype.completion.resources import Resources
from foretype.completion.suggestion import Source, Suggestion
from foretype.core.cursor import Cursor
from foretype.core.deadline import now
from foretype.core.text import Document, Edit

TAKEN = frozenset({Event.ACCEPTED, Event.ACCEPTED_PART})
"""The events by which a suggestion was of use at one stroke."""


class FeedbackTracker:
    """Records what the user does with suggestions."""

    def __init__(
        self, resources: Resources, debounce: AdaptiveDebounce, counts: Counter[str]
    ) -> None:
        self._resources = resources
        self._debounce = debounce
        self._counts = counts

    def show(self, displayed: DisplayedSuggestion, suggestion: Suggestion) -> None:
        """A suggestion is sent to the client. What was visible and goes on was counted before."""
        if not displayed.visible_at(suggestion.cursor):
            self._debounce.showed()
            if self._resources.budget is not None:
                self._resources.budget.showed(self._author(suggestion))
        displayed.show(suggestion, now())

    def edited(
        self, displayed: DisplayedSuggestion, old: Document, cursor: Cursor, edits: tuple[Edit, ...]
    ) -> Event:
        """A document changed; ``cursor`` is where it is after that."""
        displayed.accepted_at = None
        if len(edits) != 1:
            return Event.NONE
        if displayed.settle_dismissal(now()):
            self._debounce.rejected(now())
            self._counts["rejected"] += 1
        event = displayed.edited(old, cursor, edits[0], now())
        if event in TAKEN and displayed.shown is not None:
            displayed.accepted_at = cursor.offset
            self._count(event, displayed.shown.suggestion, len(edits[0].text))
        return event

    def accepted(self, all_displayed: Iterable[DisplayedSuggestion], suggestion_id: str) -> None:
        """The client reports that a suggestion was accepted."""
        for displayed in all_displayed:
            shown = displayed.shown
            if shown is not None and shown.latest_id == suggestion_id and not shown.accepted:
                shown.accepted = True
                left = len(shown.suggestion.text) - shown.typed
                self._count(Event.ACCEPTED, shown.suggestion, left)

    def _count(self, event: Event, suggestion: Suggestion, characters: int) -> None:
        self._debounce.accepted(now())
        self._counts[event.name.lower()] += 1
        if self._resources.budget is not None:
            self._resources.budget.accepted(self._author(suggestion), characters)

    def _author(self, suggestion: Suggestion) -> str:
        """The name of the model that wrote it; empty for the embedded engine."""
        model = self._resources.model
        return model.name if model is not None and suggestion.source is not Source.LOCAL else ""
