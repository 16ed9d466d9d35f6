"""The streams that are searched: of the document, of other files, and of what is imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Origin(Enum):
    """Where a match is."""

    OWN = "the document of the cursor"
    WORKSPACE = "the other files"
    LIBRARY = "what the document imports"


ExcludedSpan = tuple[int, int]
"""The span of a stream that is not searched: the cursor's own line."""


class Part(NamedTuple):
    """One document among several in a source."""

    start: int
    end: int
    kinds: frozenset[str]
    """The tokens that occur in its literal stream."""


@dataclass(frozen=True, slots=True)
class Source:
    """The streams of one or several documents."""

    literal: str
    coded: str
    origin: Origin
    hole: ExcludedSpan = (0, 0)
    """The span of the cursor's own line, which is not searched."""
    parts: Sequence[Part] = ()
    """Its documents one by one, if there are several."""

    def stream(self, *, coded: bool) -> str:
        """Return one of the streams."""
        return self.coded if coded else self.literal


class Work:
    """What a query may still do, in tokens that are compared.

    A limit in time would let the machine's load decide what is predicted.
    """

    __slots__ = ("left",)

    def __init__(self, most_tokens: int) -> None:
        self.left = most_tokens

    @property
    def is_done(self) -> bool:
        return self.left <= 0

    def take(self, n_tokens: int) -> None:
        """Count some work."""
        self.left -= n_tokens
