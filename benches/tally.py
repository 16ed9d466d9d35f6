"""What was counted while one hand typed against one server."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause between two keys, on text that had no typo in it. Times in seconds."""

    length: float
    right_after: float | None
    """When something right was visible first; None if never."""
    could: bool
    """Whether the model, asked at that place, was right."""
    place: str = ""
    """Where it was: for looking into those that were not covered."""
    lane: int = 0
    began: float = 0.0
    """When its key was pressed, on the monotonic clock."""
    answers: tuple[str, ...] = ()
    """What was asked and answered in it."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """The figures of one or several runs. Times in seconds."""

    keys: int = 0
    tabs: int = 0
    accepted_chars: int = 0
    pauses: list[Pause] = field(default_factory=list)
    through: list[float] = field(default_factory=list)
    """Request to answer, for keys that typed through what was visible."""
    fitting_keys: int = 0
    """Keys that typed through, whose request had 50 ms to be answered or was."""
    offered_again: int = 0
    """Of these, answered within 50 ms with what fits."""
    replaced: int = 0
    cleared: int = 0
    stale: int = 0
    """Answers with text that the editor showed though it no longer fitted."""
    late: list[float] = field(default_factory=list)
    """Answers later than 10 ms after what voided them: how much later."""
    requests: int = 0
    unanswered: int = 0
    twice: int = 0
    errors: int = 0
    upstream_requests: int = 0
    upstream_tokens: int = 0
    upstream_aborted: int = 0
    upstream_chars: int = 0
    warm_requests: int = 0
    cpu_s: float = 0.0
    rss_mb: float = 0.0
    streams: list[dict[str, Any]] = field(default_factory=list)
    """The upstream's records, prompts left out."""
    overshoots: list[float] = field(default_factory=list)
    """Answer written after the deadline, for requests that reached it, told by the server."""

    def add(self, other: Tally) -> None:
        """Pool another run's figures into this one's."""
        for name, value in asdict_shallow(other).items():
            if name == "rss_mb":
                self.rss_mb = max(self.rss_mb, value)
            elif isinstance(value, list):
                getattr(self, name).extend(value)
            else:
                setattr(self, name, getattr(self, name) + value)

    def covered(self, within_s: float | None = None) -> tuple[int, int]:
        """Pauses in which something right was visible in time, and all of them."""
        hits = sum(
            pause.right_after is not None and (within_s is None or pause.right_after <= within_s)
            for pause in self.pauses
        )
        return hits, len(self.pauses)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def asdict_shallow(tally: Tally) -> dict[str, Any]:
    return {name: getattr(tally, name) for name in Tally.__dataclass_fields__}
