"""Compute and show the edits between two texts, and follow a range through concurrent typing.

Unchanged lines, and the unchanged ends of a changed line, are not touched, so that marks, folds
and cursors in them stay. Works on text alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, unified_diff

from foretype.core.text import Document, Edit, common_head, common_tail, difference

MAX_DIFF_LINES = 4000
"""Lines, old and new together, beyond which a change is one edit: the time of the diff grows with
their product."""
MAX_LINE_PAIRS = 400_000
"""Pairs of equal lines, old and new, beyond which a change is one edit: comparing this many takes
about 50 ms."""


def smallest_edits(document: Document, start: int, end: int, text: str) -> tuple[Edit, ...]:
    """Return the smallest edits that replace ``document.text[start:end]`` by ``text``."""
    old = document.text[start:end]
    old_lines, new_lines = _lines(old), _lines(text)
    edits: list[Edit] = []
    offsets = [start]
    for line in old_lines:
        offsets.append(offsets[-1] + len(line))
    for first, last, new_first, new_last in _hunks(old_lines, new_lines):
        before, after = old_lines[first:last], new_lines[new_first:new_last]
        if len(before) == len(after):
            pairs = list(zip(before, after, strict=True))
        else:
            pairs = [("".join(before), "".join(after))]
        for number, (was, becomes) in enumerate(pairs):
            if was != becomes:
                edits.append(_trim_edit(offsets[first + number], was, becomes))
    return tuple(edits)


def _hunks(old: list[str], new: list[str]) -> list[tuple[int, int, int, int]]:
    """Return the ranges of differing lines: start and end in the old ones, and in the new ones."""
    head = common_head(old, new)
    tail = common_tail(old, new, min(len(old), len(new)) - head)
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    counted = Counter(old)
    pairs = sum(counted[line] for line in new)
    if not old or not new or len(old) + len(new) > MAX_DIFF_LINES or pairs > MAX_LINE_PAIRS:
        return [(head, head + len(old), head, head + len(new))] if old or new else []
    found = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [(head + a, head + b, head + c, head + d) for tag, a, b, c, d in found if tag != "equal"]


def diff_lines(old: str, new: str, before: str, after: str) -> Iterator[str]:
    """Yield the lines of ``diff -u`` between two texts, whose files are named ``before`` and
    ``after``."""
    # patch knows no other line end: a form feed, say, stands within a line.
    was, now = (re.findall(r"[^\n]*+\n|[^\n]+\Z", text) for text in (old, new))
    for line in unified_diff(was, now, before, after):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def with_edits(text: str, edits: tuple[Edit, ...]) -> str:
    """Return a text with edits of it, which are in its order."""
    for edit in reversed(edits):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def with_blank_edges(code: str, old: str) -> str:
    """Give the code the surrounding blank lines and the last line end of the old code."""
    if not code.strip() or not old.strip():
        return code
    first = len(old) - len(old.lstrip())
    above = old[: old.rfind("\n", 0, first) + 1]
    last = old.find("\n", len(old.rstrip()))
    below = old[last:] if last >= 0 else ""
    return above + code.strip("\n") + below


@dataclass(frozen=True, slots=True)
class RangeAnchor:
    """A range that is going to be replaced, followed through edits made in the meantime."""

    origin: Document
    """The version at the start of the run."""
    start: int
    end: int
    seen: Document
    """The newest version that was followed."""
    at: int | None
    """Start of the range in it; None once an edit has touched the range."""

    @classmethod
    def on(cls, document: Document, start: int, end: int) -> RangeAnchor:
        return cls(document, start, end, document, start)

    def follow(self, document: Document) -> RangeAnchor:
        """Return the anchor in a newer version of the document."""
        if document.text == self.seen.text:
            at = self.at
        elif self.at is None:
            # The edit may have been undone: compare with the original again.
            at = _position_after(self.origin, document, self.start, self.end)
        else:
            end = self.at + self.end - self.start
            at = _position_after(self.seen, document, self.at, end)
        return replace(self, seen=document, at=at)

    def place(self, document: Document) -> tuple[int, int] | None:
        """Return the range in a version of the document; None if its text was edited."""
        at = self.follow(document).at
        if at is None:
            return None
        length = self.end - self.start
        if document.text[at : at + length] != self.origin.text[self.start : self.end]:
            return None
        return at, at + length


def _position_after(old: Document, new: Document, start: int, end: int) -> int | None:
    """Return where ``old[start:end]`` begins in the new text; None if an edit touches it.

    Text typed right at an edge belongs to the edge's line, so it counts as inside unless it
    consists of whole lines. A change on both sides at once, such as a formatter's, is no edit of
    the lines in between where these are found again, and only once.
    """
    for edit in _possible_edits(old.text, new.text, start, end):
        size = len(edit.text) - (edit.end - edit.start)
        before = edit.end < start or (edit.end == start and _at_line(new, start + size))
        if before:
            return start + size
        if edit.start > end or (edit.start == end and _ends_line(new, end)):
            return start
    return _found_again(old, new, start, end)


def _found_again(old: Document, new: Document, start: int, end: int) -> int | None:
    """Return where lines begin that are in both texts, each time once and as whole lines."""
    code = old.text[start:end]
    if not code.strip() or old.text.find(code) != start or code in old.text[start + 1 :]:
        return None
    at = new.text.find(code)
    if at < 0 or new.text.find(code, at + 1) >= 0:
        return None
    return at if _at_line(new, at) and _ends_line(new, at + len(code)) else None


def _possible_edits(old: str, new: str, start: int, end: int) -> list[Edit]:
    """Return the edits that could explain the difference.

    Text typed next to equal text, such as a blank line, may have been typed at several offsets.
    """
    edit = difference(old, new)
    size = len(edit.text) or edit.end - edit.start
    if edit.text and edit.start < edit.end or not size:
        return [edit]
    first = edit.start - common_tail(
        old[: edit.start], new[: edit.start + len(edit.text)], edit.start
    )
    if not edit.text:
        first = edit.start - common_tail(old[: edit.end], new[: edit.start], edit.start)
    wanted = [start, end] if edit.text else [start - size, end]
    places = [edit.start, *(place for place in wanted if first <= place < edit.start)]
    if edit.text:
        return [Edit(place, place, new[place : place + size]) for place in places]
    return [Edit(place, place + size, "") for place in places]


def _ends_line(document: Document, offset: int) -> bool:
    return document.line_end(document.line_of(offset)) == offset


def _at_line(document: Document, offset: int) -> bool:
    return document.line_start(document.line_of(offset)) == offset


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*+(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


def _trim_edit(offset: int, was: str, becomes: str) -> Edit:
    edit = difference(was, becomes)
    start, tail = edit.start, len(was) - edit.end
    # LSP has no position between "\r" and "\n".
    start -= any(_splits_line_end(text, start) for text in (was, becomes))
    tail -= any(_splits_line_end(text, len(text) - tail) for text in (was, becomes))
    end = offset + len(was) - tail
    return Edit(offset + start, end, becomes[start : len(becomes) - tail])


def _splits_line_end(text: str, at: int) -> bool:
    return text[max(at - 1, 0) : at + 1] == "\r\n"
