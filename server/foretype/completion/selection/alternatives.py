"""Alternative completions for an explicitly invoked request: which of them are worth offering.

One answer holds all texts, so the first waits for the others. It waits only where something is
shown already, only once it is complete itself, and not for long.
"""

from __future__ import annotations

from collections.abc import Iterable

MAX_WAIT_S = 1.5
"""Seconds from the request for which complete text waits for others beside it."""


def different(first: str, others: Iterable[str], most: int) -> tuple[str, ...]:
    """Those that neither begin another one, line by line, nor equal it; ``most`` of them."""
    kept: list[str] = []
    for other in others:
        if len(kept) < most and not any(_alike(other, text) for text in (first, *kept)):
            kept.append(other)
    return tuple(kept)


def _alike(one: str, other: str) -> bool:
    lines, others = one.strip().splitlines(), other.strip().splitlines()
    shared = min(len(lines), len(others))
    return [line.rstrip() for line in lines[:shared]] == [line.rstrip() for line in others[:shared]]
