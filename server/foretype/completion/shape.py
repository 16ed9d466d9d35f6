"""How much of a cleaned stream is shown at one place: a line or a block, and what stands after.

``shape`` is a function of the text so far and the place, so the same stream serves every place
that it fits, also after part of it was typed or accepted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from foretype.completion.skip import only_closers
from foretype.completion.suggestion import Place

_OPENS = re.compile(r"[:{(\[,]\s*$|=>\s*$|->\s*$|\\$|\b(do|then|begin)\s*$")
_PAIRS = {")": "(", "]": "[", "}": "{"}
_LEADING_CLOSERS = re.compile(r"[)\]}\"'`;,>]+")


@dataclass(frozen=True, slots=True)
class Shaped:
    """The part of a stream to show."""

    text: str
    settled: bool
    """Nothing that is still to come would change the text."""
    replaces: int = 0
    """Characters after the cursor that the text contains itself."""

    @property
    def whole_lines(self) -> str:
        """What can be shown before the end: all of it if settled, else the whole lines."""
        if self.settled:
            return self.text
        cut = max(self.text.rfind("\n"), self.text.rfind("\r"))
        return self.text[:cut].rstrip() if cut > 0 else ""


def shape(
    text: str,
    place: Place,
    *,
    finished: bool,
    multiline: Literal["auto", "single", "block"] = "auto",
    after_accept: bool = False,
) -> Shaped:
    """What to show of a stream's text at a place."""
    lines = text.splitlines(keepends=True)
    wanted, closed = _wanted_lines(lines, place, multiline, after_accept)
    ends = closed or finished
    shown = "".join(wanted)
    if not shown.strip():
        return Shaped("", ends)
    if ends:
        shown = shown.rstrip() if "\n" in shown or "\r" in shown else shown.rstrip(" \t\r\n")
    shown, replaces = _meet_closers(shown, place) if ends else (shown, 0)
    return Shaped(shown, ends, replaces)


def _wanted_lines(
    lines: list[str], place: Place, multiline: str, after_accept: bool
) -> tuple[list[str], bool]:
    """The lines to show, and whether what follows them is known not to belong to them."""
    if not lines:
        return [], False
    # Where line ends come first, the next paragraph is meant: its first line counts.
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    if first == len(lines):
        return lines, False
    before = place.before
    single = multiline == "single" or not only_closers(place.after)
    start = lines[first] if first else before + lines[first]
    if single or (multiline == "auto" and not _wants_block(start, before, after_accept)):
        return lines[: first + 1], lines[first].endswith(("\n", "\r"))
    wanted, closed = _block(lines[first:], "" if first else before)
    return lines[:first] + wanted, closed


def _wants_block(first_line: str, before: str, after_accept: bool) -> bool:
    return after_accept or not before.strip() or _OPENS.search(first_line.rstrip()) is not None


def _block(lines: list[str], before: str) -> tuple[list[str], bool]:
    """Up to a blank line at the block's own depth, or a line left of it, closers excepted."""
    base = _indent(before) if before.strip() else _indent(before + lines[0])
    for number, line in enumerate(lines[1:], 1):
        whole = line.endswith(("\n", "\r"))
        if not line.strip():
            follows = next((n for n in lines[number + 1 :] if n.strip()), "")
            if follows and _indent(follows) <= base:
                return lines[:number], True
            continue
        if whole and _indent(line) < base:
            return lines[:number], True
    return lines, False


def _indent(line: str) -> int:
    return len(line[: len(line) - len(line.lstrip())].expandtabs(4))


def _meet_closers(text: str, place: Place) -> tuple[str, int]:
    """Do not say again the closers that stand after the cursor.

    A text that closes more than it should loses the closers at its end that stand there already.
    A text of several lines that closes them in its first one replaces them.
    """
    before, after = place.before, place.after
    if only_closers(after):
        rest = after.rstrip()
    else:
        closers = _LEADING_CLOSERS.match(after)
        rest = closers.group() if closers else ""
    if not rest:
        return text, 0
    if "\n" in text or "\r" in text:
        first = text.splitlines()[0]
        goes_on = only_closers(after) and _surplus(first, rest, before, after)
        return (text, len(rest)) if goes_on else (text, 0)
    if rest[-1] in ":{,;" and text.endswith(rest.strip()):
        # No line has such an end twice.
        kept = text[: len(text) - len(rest.strip())]
        return (kept.rstrip(" ") if rest[0] == " " else kept), 0
    for length in range(len(rest), 0, -1):
        if text.endswith(rest[:length]) and _surplus(text, rest[:length], before, after):
            return text[: len(text) - length], 0
    return text, 0


def _surplus(text: str, closers: str, before: str, after: str) -> bool:
    """Whether a text has these closers beyond those that the line needs."""
    found = False
    for closer, opener in _PAIRS.items():
        if closer not in closers:
            continue
        owed = max(0, before.count(opener) - before.count(closer))
        owed = max(0, owed - max(0, after.count(closer) - after.count(opener)))
        if text.count(closer) - text.count(opener) <= owed:
            return False
        found = True
    for quote in "\"'`":
        if quote in closers:
            if (before + text + after).count(quote) % 2 == 0:
                return False
            found = True
    return found or not re.search(r"[()\[\]{}\"'`]", closers)
