"""Compute, show and apply the edits between two texts.

Unchanged lines, and the unchanged ends of a changed line, are not touched, so that marks, folds
and cursors in them stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
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
