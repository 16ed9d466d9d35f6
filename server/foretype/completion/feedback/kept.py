"""Whether accepted text is still there later. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from foretype.core.text import Edit, common_head, common_tail

MAX_REGION_CHARS = 20_000
"""Characters that are searched for an accepted text. More came together only where a formatter
replaced the file as a whole."""
MAX_TOKENS = 2000
"""Tokens of the accepted text that are looked for."""
_TOKEN = re.compile(r"\w+|[^\w\s]")


class Change(NamedTuple):
    """What an edit really changes: a formatter replaces more."""

    start: int
    end: int
    n_new: int
    """Characters that take the place of those from the start to the end."""


def changes_of(old: str, edits: Sequence[Edit]) -> list[Change]:
    """Return what edits change, one on the other. ``old`` is the text before the first."""
    changes = []
    for n, edit in enumerate(edits):
        removed = old[edit.start : edit.end]
        head = common_head(removed, edit.text)
        tail = common_tail(removed, edit.text, min(len(removed), len(edit.text)) - head)
        n_new = len(edit.text) - head - tail
        changes.append(Change(edit.start + head, edit.end - tail, n_new))
        if n + 1 < len(edits):
            old = old[: edit.start] + edit.text + old[edit.end :]
    return changes


@dataclass
class AcceptedText:
    """A text that was accepted, and the range of the document that has become of it."""

    text: str
    start: int
    end: int

    def extend(self, edit: Edit) -> bool:
        """Add what was accepted right behind it; False if it is elsewhere."""
        if edit.start != self.end or edit.end != edit.start:
            return False
        self.text += edit.text
        self.end += len(edit.text)
        return True

    def follow(self, changes: Iterable[Change]) -> None:
        """Follow changes, one on the other."""
        for start, end, n_new in changes:
            delta = n_new - (end - start)
            if start >= self.end:
                continue
            if end <= self.start:
                self.start, self.end = self.start + delta, self.end + delta
            else:
                self.start, self.end = min(self.start, start), max(self.end, end) + delta

    def share_in(self, text: str) -> float:
        """Return which share of its characters, blanks aside, is still there: from 0 to 1.

        It may be indented or wrapped otherwise. Takes milliseconds for long texts.
        """
        wanted = _TOKEN.findall(self.text)[:MAX_TOKENS]
        region = text[self.start : min(self.end, self.start + MAX_REGION_CHARS)]
        found = _TOKEN.findall(region)
        n_wanted = sum(map(len, wanted))
        if not n_wanted:
            return 1.0
        if wanted == found:
            return 1.0
        blocks = SequenceMatcher(None, wanted, found, autojunk=False).get_matching_blocks()
        kept = sum(len(wanted[i]) for at, _, n in blocks for i in range(at, at + n))
        return kept / n_wanted
