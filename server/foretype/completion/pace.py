"""How soon the endpoint begins to answer, and whether it serves two requests at a time.

Learned from the streams of this session; what earlier ones have learned counts until a few came.
Times are in seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from foretype.completion.protocols import Measured
from foretype.core.quantile import quantile

MIN_HEARD = 4
"""First tokens from which on the endpoint's pace is known."""
FIRST_TOKEN_S = 0.4
"""Until then, what a first token is taken to need."""
FIRST_TOKEN_LIMIT_S = 2.0
"""Until then, what a first token may need; the first ones wait for the SDK."""
SHORTEST_LIMIT_S = 0.25
SLOW_S = 1.0
"""From so long a time to the first text on, twice as long a text is asked for."""
MAX_SAMPLES = 32
MAX_MISSED = 3
"""Pauses without any text of the model after which the user is told why."""
MAX_LATE = 2
"""Deadlines missed in a row after which nothing waits for the model in vain."""


@dataclass
class EndpointPace:
    """The pace of the endpoint that is asked."""

    measured: Measured | None = None
    """What is kept of it from one session to the next. The streams of this one are added to it."""
    is_local: bool = False
    """It is on this machine, where a second request mostly waits for the first."""
    n_missed: int = 0
    """Pauses in a row in which the deadline came and no text of the model did."""
    n_late: int = 0
    """Deadlines in a row before which no text of the model came, whether or not it came later."""
    _session: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_SAMPLES))
    _n_heard: int = 0
    """First texts of this session."""
    _serves_two: bool = False

    def first_token(self, after: float) -> None:
        """A stream's first text came ``after`` seconds."""
        self._session.append(after)
        self._n_heard += 1

    def no_first_token(self, after: float) -> None:
        """A stream was ended ``after`` seconds without text. Where that is longer than usual, it
        teaches that text takes at least so long."""
        if after > self.usual:
            self._session.append(after)

    def begins_beside_another(self) -> None:
        """Text of a stream came while another one ran: the endpoint serves both at a time."""
        self._serves_two = True

    def missed(self) -> bool:
        """A deadline passed without text of the model. Whether the user is to be told now."""
        self.n_missed += 1
        self.n_late += 1
        return self.n_missed == MAX_MISSED

    @property
    def is_late(self) -> bool:
        """Whether the latest answers missed their deadlines."""
        return self.n_late >= MAX_LATE

    def why_missed(self, model: str, deadline_s: float) -> str:
        """Why there is no text, for the user: what the model takes, and what to do."""
        if not self._samples or self.usual <= deadline_s:
            return (
                f"{model} has not begun to answer in the latest pauses. Run foretype doctor to "
                "see what its endpoint does."
            )
        return (
            f"{model} takes about {self.usual:.1f} s to begin, and a suggestion is due in "
            f"{deadline_s:.1f} s. It comes if you rest that long. For text sooner, set `model` to "
            "a faster one, or `completion.deadline_ms` higher; foretype doctor measures both."
        )

    @property
    def usual(self) -> float:
        """How long the first text takes, in the median."""
        return quantile(self._samples, 0.5) if self._samples else FIRST_TOKEN_S

    def begins_by(self, started: float, moment: float) -> bool:
        """Whether a stream may have text by a moment; always where the endpoint was never heard."""
        return not self._samples or started + self.usual <= moment

    @property
    def is_slow(self) -> bool:
        """Whether it begins so late that more lines of its text are worth their tokens."""
        return self.usual >= SLOW_S

    @property
    def late(self) -> float:
        """How long it takes once in ten times."""
        return quantile(self._samples, 0.9) if self._is_known else FIRST_TOKEN_S

    @property
    def limit(self) -> float:
        """How long it may take before a stream counts as stalled."""
        return max(SHORTEST_LIMIT_S, 1.25 * self.late) if self._is_known else FIRST_TOKEN_LIMIT_S

    @property
    def may_double(self) -> bool:
        """Whether a second stream beside a stalled one is worth its price.

        Not where the endpoint was never heard, or where the second would wait for the first.
        """
        slots = self.measured.slots if self.measured is not None else 0
        serves_two = self._serves_two or slots > 1
        return self._is_known and (serves_two or not (self.is_local or slots == 1))

    @property
    def _samples(self) -> Sequence[float]:
        if len(self._session) >= MIN_HEARD or self.measured is None:
            return self._session
        stored = self.measured.first_text_s
        return (*stored[: max(0, len(stored) - self._n_heard)], *self._session)

    @property
    def _is_known(self) -> bool:
        return len(self._samples) >= MIN_HEARD
