"""What is counted for each day and model."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Counts that add up."""

    requests: int = 0
    estimated: int = 0
    """Requests with estimated tokens, because their streams were closed early."""
    unpriced: int = 0
    """Requests of unknown cost."""
    input_tokens: int = 0
    cached_tokens: int = 0
    """The part of the input tokens that the provider's prompt cache held."""
    output_tokens: int = 0
    cost_usd: float = 0.0
    shown: int = 0
    """Suggestions that were shown."""
    accepted: int = 0
    """Suggestions that were accepted, or parts of them."""
    saved_characters: int = 0
    """Characters inserted by accepting."""

    def __add__(self, other: Entry) -> Entry:
        return Entry(**{name: getattr(self, name) + getattr(other, name) for name in COLUMNS})

    @property
    def known_cost_usd(self) -> float | None:
        """The cost; None if no request has a price."""
        return None if self.requests and self.unpriced == self.requests else self.cost_usd


COLUMNS = tuple(field.name for field in fields(Entry))
NO_ENTRY = Entry()

Rows = dict[tuple[str, str, str], Entry]
"""Entries by day, model and provider."""


def entry_of(counts: Iterable[object]) -> Entry:
    """Make an entry of a row of the file. Raises ValueError if one of them is no count."""
    return Entry(**{name: number(n) for name, n in zip(COLUMNS, counts, strict=True)})  # type: ignore[arg-type]


def number(value: object) -> float:
    """Return a value of the file. Raises ValueError if it is no count and no amount."""
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError("it holds something else where a number belongs")
    return value


def total(rows: Rows, when: str) -> Entry:
    """Add up the entries of a day (``2026-11-21``) or a month (``2026-11``)."""
    found = NO_ENTRY
    for (day, *_), entry in rows.items():
        if day.startswith(when):
            found += entry
    return found
