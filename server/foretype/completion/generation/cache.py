"""Generations, running and finished, found again while the user types.

Bounded by count, size and age. The anchor is looked for by walking back from the cursor, so a
generation is found wherever the text around it is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from foretype.completion.generation.generation import Generation
from foretype.core.cursor import Cursor
from foretype.core.deadline import now

MAX_COUNT = 250
MAX_CHARS = 500_000
MAX_AGE_S = 600.0
"""Seconds."""

Fit = tuple[Generation, str]
"""A generation that fits a cursor, and the rest of its text."""


@dataclass
class GenerationCache:
    """The generations that may still be of use, the latest last."""

    generations: dict[int, Generation] = field(default_factory=dict)
    """In the order of their last use, by ``id``."""
    _cursor: Cursor | None = None
    """The cursor that was looked at last. It is looked at with each chunk that comes."""
    _ended: list[Fit] = field(default_factory=list)
    """What fits there of the generations that had ended by the first look."""
    _others: list[Generation] = field(default_factory=list)
    """Those that ran then, or came since."""

    def __iter__(self) -> Iterator[Generation]:
        return iter(tuple(self.generations.values()))

    def add(self, generation: Generation) -> None:
        """Keep a generation; the oldest ones make room."""
        self.generations[id(generation)] = generation
        self._others.append(generation)
        chars = sum(len(g.text) for g in self.generations.values())
        for old in self:
            stale = not old.running and now() - old.started > MAX_AGE_S
            crowded = len(self.generations) > MAX_COUNT or chars > MAX_CHARS
            if not (stale or crowded) or old.running:
                continue
            chars -= len(old.text)
            self.drop(old)

    def drop(self, generation: Generation) -> None:
        """Forget a generation."""
        self.generations.pop(id(generation), None)
        self.invalidate()

    def invalidate(self) -> None:
        """A generation that had ended has another text now."""
        self._cursor = None

    def drop_document(self, uri: str) -> None:
        """Forget all generations of a document."""
        for generation in self:
            if generation.anchor.uri == uri:
                self.drop(generation)

    def fitting(self, cursor: Cursor) -> list[Fit]:
        """The generations that fit a cursor, each with the rest of its text, the best first.

        Best is the one with the most text; of running ones that have none yet, the latest.
        """
        if cursor is not self._cursor:
            self._cursor = cursor
            self._ended = _fits((g for g in self if not g.running), cursor)
            self._others = self.running
        fits = self._ended + _fits(self._others, cursor)
        fits.sort(key=lambda fit: (bool(fit[1].strip()), len(fit[1]), fit[0].started), reverse=True)
        return fits

    def touch(self, generation: Generation) -> None:
        """Note that a generation was of use."""
        if self.generations.pop(id(generation), None) is not None:
            self.generations[id(generation)] = generation

    @property
    def running(self) -> list[Generation]:
        """The generations whose streams run, the oldest first."""
        return [g for g in self if g.running]


def _fits(generations: Iterable[Generation], cursor: Cursor) -> list[Fit]:
    """Those that fit a cursor and have text for it, or may get some."""
    found = []
    for generation in generations:
        if generation.failure is not None and generation.is_silent:
            continue
        rest = generation.rest_at(cursor)
        if rest is not None and (rest or generation.running or generation.complete):
            found.append((generation, rest))
    return found
