"""Named times of one request, for logs and benches."""

from __future__ import annotations

from dataclasses import dataclass, field

from foretype.core.deadline import now


@dataclass(slots=True)
class Timings:
    """When each stage of one request was reached, in milliseconds since the request arrived."""

    start: float = field(default_factory=now)
    marks: dict[str, float] = field(default_factory=dict)

    def mark(self, stage: str) -> None:
        """Record that a stage is reached; the first time counts."""
        self.mark_at(stage, now())

    def mark_at(self, stage: str, moment: float) -> None:
        """Record that a stage was reached at a given time, possibly before the request arrived."""
        self.marks.setdefault(stage, round((moment - self.start) * 1000, 2))
