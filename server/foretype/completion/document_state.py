"""All that completion keeps of one open document."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from foretype.completion.feedback.displayed import DisplayedSuggestion
from foretype.completion.generation.scheduler import Schedule
from foretype.completion.request import Request
from foretype.core.cursor import Cursor


@dataclass
class DocumentState:
    """The state of one document, made with its first event and dropped when it is closed."""

    cursor: Cursor | None = None
    """Where the user is: after the last edit, or where the last request came from."""
    waiting: Request | None = None
    """The request that is not answered yet."""
    missed: list[Cursor] = field(default_factory=list)
    """Where a deadline passed without text since the cursor is where it is: at the cursor itself,
    and after the popup's entry."""
    due: float = 0.0
    """The deadline of the latest request that was answered before it, for the client's list."""
    announced: Cursor | None = None
    """Where text that came late was announced to the client."""
    displayed: DisplayedSuggestion = field(default_factory=DisplayedSuggestion)
    schedule: Schedule = field(default_factory=Schedule)
    preparation: asyncio.TimerHandle | None = None
    """When the grammar of its language is loaded."""

    def move_to(self, cursor: Cursor) -> None:
        """The user is at a cursor; what was missed elsewhere does not matter any more."""
        if self.cursor != cursor:
            self.missed.clear()
        self.cursor = cursor

    def stop_preparation(self) -> None:
        """Load no grammar for it."""
        if self.preparation is not None:
            self.preparation.cancel()
            self.preparation = None
