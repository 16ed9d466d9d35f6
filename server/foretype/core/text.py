"""Text as the core sees it: immutable documents, offsets in characters, edits.

Knows the line ends of the Language Server Protocol (``\\n``, ``\\r\\n``, ``\\r`` and no others);
knows nothing of the protocol's types or position encodings, which ``lsp/convert.py`` translates.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

BYTE_ORDER_MARK = "\ufeff"
"""What some editors leave at the beginning of a file's text. It belongs to no line."""
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``document.text[start:end]`` by ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one file. An edit makes a new document and leaves this one as it is."""

    uri: str
    text: str
    language: str = ""
    """The client's language id, such as ``python``; empty where it is not known."""
    version: int = 0
    starts: Sequence[int] = field(default=(), compare=False, repr=False)
    """The offset at which each line begins; made from the text where it is not given."""

    def __post_init__(self) -> None:
        if not self.starts:
            object.__setattr__(self, "starts", line_starts(self.text))

    @property
    def n_lines(self) -> int:
        return len(self.starts)

    def line_of(self, offset: int) -> int:
        """The line that holds an offset, from 0."""
        return bisect_right(self.starts, offset) - 1

    def line_start(self, line: int) -> int:
        """Where a line begins; the text's end for a line beyond the last."""
        return self.starts[line] if line < len(self.starts) else len(self.text)

    def line_end(self, line: int) -> int:
        """Where a line's text ends, before its line end."""
        if line + 1 >= len(self.starts):
            return len(self.text)
        end = self.starts[line + 1] - 1
        if end > self.starts[line] and self.text[end] == "\n" and self.text[end - 1] == "\r":
            end -= 1
        return end

    def line(self, line: int) -> str:
        """A line's text without its line end."""
        return self.text[self.line_start(line) : self.line_end(line)]

    def apply(self, edit: Edit, version: int | None = None) -> Document:
        """The document after an edit.

        Only the characters around the edit are read again: a keystroke stays cheap in a long file
        and on a long line.
        """
        text = self.text[: edit.start] + edit.text + self.text[edit.end :]
        return Document(
            uri=self.uri,
            text=text,
            language=self.language,
            version=self.version if version is None else version,
            starts=_moved_starts(self, edit, text),
        )


def common_head(one: Sequence[str], other: Sequence[str]) -> int:
    """How many characters, or lines, two texts begin alike with.

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


def common_tail(one: Sequence[str], other: Sequence[str], most: int) -> int:
    """How many characters, or lines, two texts end alike with, up to ``most``."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def difference(old: str, new: str) -> Edit:
    """The one edit, as small as one can be, that turns a text into another."""
    head = common_head(old, new)
    tail = common_tail(old, new, min(len(old), len(new)) - head)
    return Edit(head, len(old) - tail, new[head : len(new) - tail])


def line_starts(text: str) -> list[int]:
    """The offset at which each line of a text begins. There is always a first one."""
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


def _moved_starts(old: Document, edit: Edit, text: str) -> list[int]:
    # Whether a line begins at an offset is told by the two characters around it, so lines begin
    # elsewhere only from one end of the new text to the other. A line may be a megabyte long.
    end = edit.start + len(edit.text)
    delta = end - edit.end
    before = old.starts[: bisect_left(old.starts, max(edit.start, 1))]
    found = _LINE_END.finditer(text, max(edit.start - 1, 0), end + 1)
    within = [at for match in found if (at := match.end()) <= end]
    after = old.starts[bisect_right(old.starts, edit.end) :]
    return [*before, *within, *([start + delta for start in after] if delta else after)]
