"""The lines of a document, truncated if very long.

Only lines near the cursor are read, so that even very long files are handled at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from foretype.core.text import BYTE_ORDER_MARK, Document
from foretype.languages.table import Language

REACH_LINES = 300
"""Lines examined before and after the cursor."""
MAX_LINE_CHARS = 500
"""Characters examined of one line: minified files have extremely long lines."""


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
    """The lines of one version of a document."""

    document: Document
    language: Language

    def line(self, number: int) -> str:
        """Return a line without its line end; an empty string beyond the last line."""
        starts, text = self.document.starts, self.document.text
        if number >= len(starts):
            return ""
        start = starts[number]
        end = starts[number + 1] if number + 1 < len(starts) else len(text)
        line = text[start : min(end, start + MAX_LINE_CHARS)].rstrip("\r\n")
        return line if number else line.removeprefix(BYTE_ORDER_MARK)
