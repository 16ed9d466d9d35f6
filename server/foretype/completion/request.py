"""A request that waits for its answer, and what is known of it until then."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from foretype.completion.generation.generation import Generation
from foretype.completion.protocols import Guess
from foretype.completion.suggestion import Answer, Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import Deadline, now
from foretype.core.timings import Timings
from foretype.models.protocol import ModelError

MARGIN_S = 0.004
"""Seconds before a deadline at which its timer fires, so that the answer is written in time."""
GUESS_S = 0.08
"""Seconds before a deadline at which the embedded engine is asked where the model has no line yet:
its prediction takes up to 20 ms, and may wait for a thread."""
TRANSIT_S = 0.03
"""Seconds that a key takes to the server, and an answer to the screen."""
LIST_OPENS_S = 0.1
"""Seconds after a key for which a completion list waits for a model that is likely to be late."""


@dataclass(eq=False)
class Request:
    """A request that waits for its answer."""

    cursor: Cursor
    trigger: Trigger
    deadline: Deadline
    patience: float
    """The moment from which whole lines are enough."""
    shown_from: float
    """The moment before which nothing new appears."""
    answer: asyncio.Future[Answer]
    list_opens: float | None = None
    """The moment at which it is answered with what there is, so that the client's completion list
    opens; None where nothing but the deadline counts."""
    ahead: str = ""
    """What stands before its cursor only once the popup's entry is taken."""
    timings: Timings = field(default_factory=Timings)
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    guess: Guess | None = None
    wants_guess: bool = False
    """The embedded engine is to predict: the model may have no line in time."""
    engine_asked: bool = False
    has_guess: bool = False
    """The embedded engine has predicted, or will not."""
    wants_others: bool = False
    """Explicitly invoked where something is shown already: other texts are waited for."""
    others: list[Generation] | None = None
    """The streams that were started for that."""
    attempts: int = 0
    """How often a stream for it failed."""
    failure: ModelError | None = None
    is_given_up: bool = False
    """No further stream is started for it."""

    @property
    def uri(self) -> str:
        return self.cursor.document.uri

    @property
    def is_invoked(self) -> bool:
        return self.trigger is Trigger.INVOKED

    @property
    def is_open(self) -> bool:
        """Whether it is not answered yet."""
        return not self.answer.done()

    def stop_timers(self) -> None:
        """Do nothing more for it."""
        for timer in self.timers:
            timer.cancel()


def shown_from(deadline: Deadline, last_key: float, delay_s: float) -> float:
    """The moment from which text may appear: ``delay_s`` after the last key, and in time."""
    return min(last_key + delay_s, deadline.at - MARGIN_S)


def patience(deadline: Deadline, last_key: float, waited: float) -> float:
    """The moment by which a key is to be followed by text: the deadline, counted from it.

    A client that ``waited`` seconds before it asked has used part of the time already.
    """
    arrived = now()
    allowed = deadline.at - arrived
    by_then = _key(last_key, waited) + allowed - TRANSIT_S
    return max(arrived + 0.01, min(deadline.at, by_then))


def list_opens(last_key: float, waited: float) -> float:
    """The moment at which a completion list opens that waits for a late model."""
    return _key(last_key, waited) + LIST_OPENS_S


def _key(last_key: float, waited: float) -> float:
    """When the key was pressed that a request which arrives now follows."""
    return max(last_key, now() - waited)
