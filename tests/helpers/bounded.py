"""Loops of tests that end even where what they wait for never comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

MOST = 10_000


def bounded(values: Iterable[T], most: int = MOST) -> Iterator[T]:
    """Give the values, and fail the test where there are more than ``most``."""
    for number, value in enumerate(values):
        assert number < most, f"more than {most} turns, the last with {value!r}"
        yield value


def exhaust(work: Callable[[], bool]) -> None:
    """Do work that comes in slices, until a slice says that nothing is left."""
    for _ in bounded(iter(work, False)):
        pass
