"""The last good count of what was spent, in a small file beside the ledger.

A budget goes by it where the ledger cannot be used, or has lost something. For use in threads.
"""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from foretype.core.atomic_write import write_atomically
from foretype.core.state_file import read_state

SUFFIX = ".count"
MAX_BYTES = 1000


@dataclass(frozen=True, slots=True)
class SpentCount:
    """What was spent on a day, and in its month, in US dollars."""

    day: str
    today_usd: float = 0.0
    month_usd: float = 0.0

    def on(self, day: str) -> SpentCount:
        """Return the same count as seen on another day."""
        if day == self.day:
            return self
        is_same_month = day[:7] == self.day[:7]
        return SpentCount(day, 0.0, self.month_usd if is_same_month else 0.0)

    def plus(self, today_usd: float, month_usd: float) -> SpentCount:
        return SpentCount(self.day, self.today_usd + today_usd, self.month_usd + month_usd)

    def minus(self, other: SpentCount) -> SpentCount:
        """Return what this count has beyond another of the same day."""
        today, month = self.today_usd - other.today_usd, self.month_usd - other.month_usd
        return SpentCount(self.day, max(0.0, today), max(0.0, month))

    def at_least(self, other: SpentCount) -> SpentCount:
        """Return the higher count of two of the same day."""
        return SpentCount(
            self.day,
            max(self.today_usd, other.today_usd),
            max(self.month_usd, other.month_usd),
        )


def read_count(ledger: Path, day: str) -> SpentCount:
    """Read the last good count as seen on a day; nothing was spent if there is none."""
    try:
        values = json.loads(read_state(_beside(ledger), MAX_BYTES))
        count = SpentCount(str(values["day"]), _usd(values["today_usd"]), _usd(values["month_usd"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return SpentCount(day)
    return count.on(day)


def write_count(ledger: Path, count: SpentCount) -> None:
    """Write a count. A disk failure loses it; what was there stays."""
    with contextlib.suppress(OSError):
        write_atomically(_beside(ledger), json.dumps(asdict(count)).encode())


def _beside(ledger: Path) -> Path:
    return ledger.with_name(ledger.name + SUFFIX)


def _usd(value: object) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError("no amount")
    return float(value)
