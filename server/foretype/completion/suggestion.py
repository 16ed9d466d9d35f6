"""The two answers to "what comes next here?": a suggestion, or a reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from foretype.core.cursor import Cursor


class Trigger(Enum):
    """Why the question was asked."""

    AUTOMATIC = "the user typed or moved"
    INVOKED = "the user explicitly invoked it"


class Source(Enum):
    """Where a suggestion's text came from."""

    MODEL = "model"
    """A stream that was read for this request."""
    REUSE = "reuse"
    """Text that was already there: typed through, finished earlier, or running."""
    LOCAL = "local"
    """The embedded engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Text to show as ghost text at one cursor."""

    id: str
    text: str
    """What is inserted at the cursor, replacing ``replaces`` characters after it."""
    cursor: Cursor
    source: Source
    replaces: int = 0
    """How many characters after the cursor it stands for: closers that it contains itself."""
    complete: bool = True
    """Whether the text is all of the model's, rather than cut by the deadline."""
    alternatives: tuple[str, ...] = ()
    """Further texts for the same cursor, where it was explicitly invoked."""
    stream: object = field(default=None, compare=False, repr=False)
    """The generation that its text came from, for the record; None where none did."""

    @property
    def imports(self) -> tuple[str, ...]:
        """Imports that the model wrote beside the text by now, and that do not belong there."""
        return getattr(self.stream, "imports", ())


class Reason(Enum):
    """Why nothing is shown. The value is a sentence for the user."""

    OFF = "foretype is switched off here"
    EXCLUDED = "this file is excluded, nothing of it leaves the machine"
    SECRET = "there is a secret beside the cursor, so nothing was sent"
    UNWANTED = "the cursor is inside a word or before other text"
    REJECTED = "the same suggestion was dismissed here before"
    EMPTY = "the model had nothing to add"
    FILTERED = "what the model wrote did not fit here"
    CUT = "the answer was cut before a line was whole"
    DEADLINE = "too little arrived in time"
    REASONING = "the model was still thinking"
    SUPERSEDED = "a newer request replaced this one"
    STALE = "the document moved on"
    UNAVAILABLE = "the model could not be reached"
    UNSURE = "the embedded engine was not sure enough"
    BUDGET = "the budget is used up"
    TOO_LARGE = "the file or its line is too large"
    NO_DOCUMENT = "the file is not open"

    @property
    def is_outdated(self) -> bool:
        """Whether the client has moved on, so that this answer changes nothing of what it shows."""
        return self in (Reason.SUPERSEDED, Reason.STALE)


@dataclass(frozen=True, slots=True)
class NoSuggestion:
    """Nothing to show, and why."""

    reason: Reason
    detail: str = ""
    """What the reason's sentence cannot know, such as a rule's name or a provider's message."""


Answer = Suggestion | NoSuggestion
