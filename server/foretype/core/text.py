"""Immutable documents, offsets in characters, and edits.

Knows the line ends of the Language Server Protocol (``\\n``, ``\\r\\n``, ``\\r`` and no others);
knows nothing of the protocol's types or position encodings, which ``lsp/convert.py`` translates.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

BYTE_ORDER_MARK = "\ufeff"
"""Some editors leave it at the beginning of a file's text. It belongs to no line."""
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``document.text[start:end]`` by ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one file. Immutable: an edit creates a new document."""

    uri: str
    text: str
    language: str = ""
    """The client's language id, such as ``python``; empty if unknown."""
    version: int = 0
    starts: Sequence[int] = field(default=(), compare=False, repr=False)
    """The offset at which each line begins; computed from the text if not given."""

    def __post_init__(self) -> None:
        if not self.starts:
            object.__setattr__(self, "starts", line_starts(self.text))

    @property
    def n_lines(self) -> int:
        return len(self.starts)

    def line_of(self, offset: int) -> int:
        """Return the line of an offset, from 0."""
        return bisect_right(self.starts, offset) - 1

    def line_start(self, line: int) -> int:
        """Return where a line begins; the text's end for a line beyond the last."""
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def line_end(self, line: int) -> int:
        """Return where a line's text ends, before its line end."""
        if line + 1 >= len(self.starts):
            return len(self.text)
        end = self.starts[line + 1] - 1
        if end > self.starts[line] and self.text[end] == "\n" and self.text[end - 1] == "\r":
            end -= 1
        return end

    def line(self, line: int) -> str:
        """Return a line's text without its line end."""
        return self.text[self.line_start(line) : self.line_end(line)]

    def apply(self, edit: Edit, version: int | None = None) -> Document:
        """Return the document after an edit.

        Only the characters around the edit are scanned: a keystroke is cheap even in a long file or
        on a long line.
        """
        text = self.text[: edit.start] + edit.text + self.text[edit.end :]
        return Document(
            uri=self.uri,
            text=text,
            language=self.language,
            version=self.version if version is None else version,
            starts=_moved_starts(self, edit, text),
        )


def common_head(one: Sequence[object], other: Sequence[object]) -> int:
    """Return the length of the common beginning of two texts, or lists of lines.

    Compares slices: a loop would be slow.
    """
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_tail(one: Sequence[object], other: Sequence[object], most: int) -> int:
    """Return the length of the common end of two texts, or lists of lines, up to ``most``."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def difference(old: str, new: str) -> Edit:
    """Return the smallest single edit that turns one text into another."""
    head = common_head(old, new)
    tail = common_tail(old, new, min(len(old), len(new)) - head)
    return Edit(head, len(old) - tail, new[head : len(new) - tail])


def line_starts(text: str) -> list[int]:
    """Return the offset at which each line of a text begins. There is at least one line."""
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


def _moved_starts(old: Document, edit: Edit, text: str) -> list[int]:
    # Whether a line begins at an offset depends on the two characters around it, so lines begin
    # elsewhere only from one end of the new text to the other. A line may be a megabyte long.
    end = edit.start + len(edit.text)
    delta = end - edit.end
    before = old.starts[: bisect_left(old.starts, max(edit.start, 1))]
    found = _LINE_END.finditer(text, max(edit.start - 1, 0), end + 1)
    within = [at for match in found if (at := match.end()) <= end]
    after = old.starts[bisect_right(old.starts, edit.end) :]
    return [*before, *within, *([start + delta for start in after] if delta else after)]
