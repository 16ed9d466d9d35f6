"""Read a rewritten window as it arrives, and find the first edit in it.

The edit is certain once the answer agrees with the window again: the stream can be closed then.
Knows neither models nor documents: lines in, changed lines out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import product, takewhile
from math import log2

from foretype.next_edit.token_diff import token_difference, tokens

MIN_BITS = 8.0
"""What the text after an edit has to tell. Fitted by ``benches/next_edit_model.py``: 18 keep one
more edit of 100 whole, and take twice as long."""
_NONE = re.compile(r"\W*no[_ ](?:edits?|changes?)\b", re.IGNORECASE)
_HEAD = re.compile(r"\W*EDIT\W*")
_PACKAGING = re.compile(r"\s*(?:```.*|<\|/?code_to_edit\|>)\s*")
_CURSOR = re.compile(r"<\|cursor\|>")


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines ``first`` to ``last`` of the window, the last one left out, become other lines."""

    first: int
    last: int
    lines: tuple[str, ...]


@dataclass(slots=True)
class AnswerReader:
    """Takes an answer piece by piece."""

    window: list[str]
    lines: list[str] = field(default_factory=list)
    """The lines of the rewritten window that are whole."""
    hunk: Hunk | None = None
    """The first edit, once it is certain."""
    declined: bool = False
    """Whether the model says that there is nothing to do."""
    _rest: str = ""
    _headed: bool = False
    _begun: bool = False

    def feed(self, text: str) -> bool:
        """Take a piece; whether nothing more needs to be read."""
        *whole, self._rest = (self._rest + text).split("\n")
        if any(self._take(line.removesuffix("\r")) for line in whole):
            return True
        self.hunk = _ended(self.window, self.lines, self._rest)
        return self.hunk is not None

    def finish(self) -> tuple[Hunk, ...]:
        """The answer has ended by itself. All edits that are in it."""
        if self.hunk is not None:
            return (self.hunk,)
        if self._rest:
            self._take(self._rest)
        if self.declined or not self._begun:
            return ()
        # Blank lines at the window's end are not shown to the model.
        new = self.lines[: len(self.lines) - _n_blank_last(self.lines)]
        new += self.window[len(self.window) - _n_blank_last(self.window) :]
        lines = [line.rstrip() for line in self.window]
        matcher = SequenceMatcher(None, lines, [x.rstrip() for x in new], autojunk=False)
        return tuple(
            Hunk(first, last, tuple(new[start:end]))
            for name, first, last, start, end in matcher.get_opcodes()
            if name != "equal"
        )

    def _take(self, line: str) -> bool:
        if not self._begun:
            if _NONE.match(line):
                self.declined = True
                return True
            if not line.strip():
                # A blank line may be the window's first.
                if self.window and not self.window[0].strip() and self._headed:
                    self._begun = True
                    self.lines.append(line)
                return False
            if _PACKAGING.fullmatch(line):
                return False
            if _HEAD.fullmatch(line):
                self._headed = True
                return False
            self._begun = True
        if _PACKAGING.fullmatch(line):
            return False
        line = _CURSOR.sub("", line)
        self.hunk = _ended(self.window, self.lines, line)
        if self.hunk is None:
            self.lines.append(line)
        return self.hunk is not None


def _ended(old: list[str], new: list[str], begun: str) -> Hunk | None:
    """The first edit of some lines, once the text after it tells that it has ended.

    ``begun``: the line after ``new``, as far as it has come. What follows the edit has to stand at
    one place alone, and to tell enough. The rest of its line may hold nothing that the edit was
    made at: it may go on there. Where lines only came or went, a whole one has to follow.
    """
    first = next((n for n, (was, now) in enumerate(zip(old, new, strict=False)) if was != now), -1)
    if first < 0:
        return None
    bits, found = _information((*old, *new[first:])), []
    for last, end in product(range(first, len(old)), range(first, len(new) + 1)):
        same = new[end:]
        at = last + len(same)
        if at >= len(old) or old[last:at] != same or not old[at].startswith(begun):
            continue
        if last > first < end:
            may_be = old[last - 1] != new[end - 1]  # Else it has ended before.
        else:
            may_be = last != end and bool(same or begun == old[at])
        if may_be and sum(map(bits, (*same, begun))) >= MIN_BITS:
            found.append((last, end, old[at]))
    if len(found) != 1:
        return None
    last, end, line = found[0]
    rest = {token.text for token in tokens(line) if token.end > len(begun)}
    if rest & _changed("\n".join(old[first:last]), "\n".join(new[first:end])):
        return None
    return Hunk(first, last, tuple(new[first:end]))


def _information(lines: Iterable[str]) -> Callable[[str], float]:
    """How many bits the beginning of a line tells, by how often its tokens stand in some lines."""
    counts = Counter(token.text for line in lines for token in tokens(line))
    n_all = counts.total()

    def bits_of(token: str) -> float:
        alike = sum(n for text, n in counts.items() if text.startswith(token))
        return log2(n_all / max(alike, 1))

    return lambda text: sum(bits_of(token.text) for token in tokens(text))


def _changed(before: str, after: str) -> set[str]:
    """The tokens that were replaced, and those beside what was replaced or inserted."""
    difference = token_difference(before, after)
    if difference is None:
        return set()
    sides = (slice(max(c.b_start - 1, 0), c.b_end + 1) for c in difference.changes)
    return {token.text for side in sides for token in difference.before[side]} - {"\n"}


def _n_blank_last(lines: list[str]) -> int:
    """How many lines at the end are blank."""
    return sum(1 for _ in takewhile(lambda line: not line.strip(), reversed(lines)))
