"""Counting and printing: percentiles, intervals, tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from foretype.evaluation.summary import wilson


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies; not a number where there are none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[min(math.ceil(share * len(ordered)), len(ordered)) - 1 if share > 0 else 0]


def median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def interval(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson's)."""
    if not n:
        return math.nan, math.nan
    return wilson(hits / n, n)


def share(hits: int, n: int) -> str:
    """A share with its interval, in percent: ``93.1 (91-95)``."""
    if not n:
        return "-"
    low, high = interval(hits, n)
    return f"{100 * hits / n:.1f} ({100 * low:.0f}-{100 * high:.0f})"


def number(value: float, digits: int = 1) -> str:
    return "-" if math.isnan(value) else f"{value:,.{digits}f}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, its columns aligned for reading as it stands."""
    widths = [max(len(row[n]) for row in [header, *rows]) for n in range(len(header))]
    lines = [_line(header, widths), _line(["-" * width for width in widths], widths)]
    return "\n".join([*lines, *(_line(row, widths) for row in rows)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return f"| {' | '.join([first, *rest])} |"
