"""The lines of a document, each read once and truncated if very long.

Only lines near the cursor are read, so that even very long files are handled at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from foretype.core.text import BYTE_ORDER_MARK, Document
from foretype.languages.table import Language

REACH_LINES = 300
"""Lines examined before and after the cursor."""
MAX_LINE_CHARS = 500
"""Characters examined of one line: minified files have extremely long lines."""
BLOCK_LINES = 64
"""Lines read at a time."""


@dataclass(frozen=True, slots=True)
class Span:
    """A range of whole lines, counted from 0, the last one included."""

    first: int
    last: int
    name: str = ""

    def __contains__(self, line: int) -> bool:
        return self.first <= line <= self.last

    @property
    def n_lines(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one version of a document, cached because each is read several times."""

    document: Document
    language: Language
    _blocks: dict[int, list[str]] = field(default_factory=dict)

    def line(self, number: int) -> str:
        """Return a line without its line end; an empty string beyond the last line."""
        block = self._blocks.get(number // BLOCK_LINES)
        if block is None:
            block = self._blocks[number // BLOCK_LINES] = self._read(number // BLOCK_LINES)
        place = number % BLOCK_LINES
        return block[place] if place < len(block) else ""

    def _read(self, number: int) -> list[str]:
        text, starts = self.document.text, self.document.starts
        bounds = [*starts[number * BLOCK_LINES : (number + 1) * BLOCK_LINES + 1]]
        if (number + 1) * BLOCK_LINES >= len(starts):
            bounds.append(len(text))
        lines = [
            text[start : min(end, start + MAX_LINE_CHARS)].rstrip("\r\n")
            for start, end in pairwise(bounds)
        ]
        if number == 0:
            lines[0] = lines[0].removeprefix(BYTE_ORDER_MARK)
        return lines
