"""Answers that are changes of text: unified diffs, and blocks of search and replace.

A place is found by the lines themselves, since models miscount; blanks at line ends do not count.
"""

from __future__ import annotations

import re

_SEARCH = re.compile(r"^\s*<{5,}\s*(?:SEARCH|ORIGINAL|HEAD|OLD)\b.*$", re.I)
_MIDDLE = re.compile(r"^\s*={5,}\s*$")
_REPLACE = re.compile(r"^\s*>{5,}\s*(?:REPLACE|UPDATED|NEW)\b.*$", re.I)
_HUNK = re.compile(r"^@@.*$")
_HEADER = re.compile(r"^(?:---|\+\+\+|diff --git|index |\*\*\* (?:Begin|End|Update)\b)\s?\S*")


def is_patch(code: str, tag: str = "") -> bool:
    """Whether a block holds changes and no code."""
    lines = [line for line in code.split("\n") if line.strip()]
    if any(_SEARCH.match(line) for line in lines):
        return any(_REPLACE.match(line) for line in lines)
    if any(_HUNK.match(line) for line in lines):
        return any(line[:1] in "+-" for line in lines)
    marked = [line for line in lines if line[:1] in ("+", "-")]
    return tag.lower() in ("diff", "patch", "udiff") and bool(marked)


def apply(text: str, code: str) -> str | None:
    """The text with all changes; None where one does not fit exactly one place."""
    lines = text.split("\n")
    at = 0
    for old, new in _changes(code.split("\n")):
        found = _find(lines, old, at)
        if found is None:
            return None
        # Lines that stay keep their own blanks.
        lines[found : found + len(old)] = new
        at = found + len(new)
    return "\n".join(lines)


def _changes(lines: list[str]) -> list[tuple[list[str], list[str]]]:
    if any(_SEARCH.match(line) for line in lines):
        return _searches(lines)
    changes: list[tuple[list[str], list[str]]] = [([], [])]
    for line in lines:
        if _HUNK.match(line):
            changes.append(([], []))
        elif line.startswith(("\\", "*** End")) or (_HEADER.match(line) and not any(changes[-1])):
            continue
        else:
            old, new = changes[-1]
            if not line.startswith("+"):
                old.append(line[1:])
            if not line.startswith("-"):
                new.append(line[1:])
    return [_trimmed(*each) for each in changes if each[0] != each[1]]


def _trimmed(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """Without an empty line at the end, which belongs to the fence."""
    if old and new and not old[-1] and not new[-1]:
        return old[:-1], new[:-1]
    return old, new


def _searches(lines: list[str]) -> list[tuple[list[str], list[str]]]:
    changes: list[tuple[list[str], list[str]]] = []
    old: list[str] = []
    new: list[str] = []
    into: list[str] | None = None
    for line in lines:
        if _SEARCH.match(line):
            old, new = [], []
            into = old
        elif into is old and _MIDDLE.match(line):
            into = new
        elif _REPLACE.match(line):
            changes.append((old, new))
            into = None
        elif into is not None:
            into.append(line)
    return changes


def _find(lines: list[str], old: list[str], at: int) -> int | None:
    """Where some lines stand: after the last change, or else the only place."""
    wanted = [line.rstrip() for line in old]
    if not any(wanted):
        return None
    plain = [line.rstrip() for line in lines]
    size = len(wanted)
    begins = (n for n in range(len(plain) - size + 1) if plain[n] == wanted[0])
    places = [n for n in begins if plain[n : n + size] == wanted]
    after = [n for n in places if n >= at]
    if at and after:
        return after[0]
    return places[0] if len(places) == 1 else None
