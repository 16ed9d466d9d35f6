"""Read a rewritten window as it arrives, and find the first edit in it.

The edit is certain once the answer agrees with the window again: the stream can be closed then.
Knows neither models nor documents: lines in, changed lines out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import takewhile

ANY_LINES = 3
"""Lines that agree again, at least, if they say nothing."""
_SAYS = re.compile(r"\W*\w\W*\w")
"""The beginning of a line that says something."""
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
        self.hunk = self._agrees_with(self._rest)
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
        self.hunk = self._agrees_with(line)
        if self.hunk is None:
            self.lines.append(line)
            self.hunk = self._converged()
        return self.hunk is not None

    def _first_changed(self) -> int | None:
        pairs = enumerate(zip(self.window, self.lines, strict=False))
        return next((i for i, (old, new) in pairs if old != new), None)

    def _agrees_with(self, begun: str) -> Hunk | None:
        """The first edit, where the last line agrees and the one that begins like this may too."""
        old, new, first = self.window, self.lines, self._first_changed()
        beginning = _SAYS.match(begun)
        if first is None or len(new) - 1 <= first or not _says(new[-1]) or beginning is None:
            return None
        for at in range(first, len(old) - 1):
            if old[at] == new[-1] and old[at + 1].startswith(beginning[0]):
                return _trimmed(old, new, first, at, len(new) - 1)
        return None

    def _converged(self) -> Hunk | None:
        old, new, first = self.window, self.lines, self._first_changed()
        if first is None:
            return None
        # As many lines as before: one line that says something is enough.
        last = len(new) - 1
        if last > first and last < len(old) and old[last] == new[last] and _says(old[last]):
            return _trimmed(old, new, first, last, last)
        n_same = ANY_LINES
        for at in range(first, len(old) - n_same + 1):
            if len(new) - n_same > first and old[at : at + n_same] == new[-n_same:]:
                return _trimmed(old, new, first, at, len(new) - n_same)
        return None


def _says(line: str) -> bool:
    return _SAYS.match(line) is not None


def _n_blank_last(lines: list[str]) -> int:
    """How many lines at the end are blank."""
    return sum(1 for _ in takewhile(lambda line: not line.strip(), reversed(lines)))


def _trimmed(old: list[str], new: list[str], first: int, last: int, end: int) -> Hunk:
    """A hunk without lines at its end that are the same."""
    while last > first and end > first and old[last - 1] == new[end - 1]:
        last, end = last - 1, end - 1
    return Hunk(first, last, tuple(new[first:end]))
