"""Whether a cursor stands in code, in a comment or in a string: read from the text, not parsed.

The text is read from a mark above the cursor, a place that is known to be outside of everything.
Marks are kept for each document and survive its edits, so that a key in a long file reads a few
lines. How languages write comments and strings stands in ``lexical.py``.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from foretype.core.cursor import Cursor
from foretype.core.text import common_head, common_tail
from foretype.languages import table
from foretype.languages.lexical import Family, Scope, family_of

STEP_CHARS = 2_000
"""Characters between two marks, at least."""
MAX_KNOWN_TEXTS = 8
"""Texts whose marks are kept."""
REACH_CHARS = 2_000
"""Characters before the cursor in which the beginning of an interpolated expression is found."""

_TEMPLATE_TEXT = re.compile(r"[^`\\$]*+(?>(?:(?:\\(?s:.)|\$(?!\{))[^`\\$]*+)*)(?:`|\$\{)")
_LINE_END = re.compile(r"\r\n|\r|\n")
_LANGUAGE_OF = {"script": "javascript", "style": "scss"}
_TAG = re.compile(r"<(script|style)\b[^>]*+>", re.IGNORECASE)


def scope_at(cursor: Cursor) -> Scope:
    """What a place is in; code where the language is not known. May be called on any thread.

    The first question about a text reads it from the top: 5 ms in a file of 10,000 lines.
    """
    document, offset = cursor.document, cursor.offset
    uri, text, language = document.uri, document.text, document.language
    line = document.line_start(document.line_of(offset))
    if table.of_id(language).embeds_scripts and (found := _embedded(text, offset)):
        tag, start = found
        language = _LANGUAGE_OF[tag]
        uri, text, offset, line = f"{uri}#{tag}", text[start:], offset - start, max(line - start, 0)
    family = family_of(language)
    if family is None:
        return Scope.CODE
    marks = _marks_of(uri, language, text, family)
    above = bisect_right(marks, line)
    start = marks[max(above - 1, 0)]
    begins: list[int] = []
    scope = _read(text, start, offset, family, begins)
    if above == len(marks):
        # What the line holds may be read in another way once more of it is there.
        marks = _thinned(marks, (begin for begin in begins if begin <= line))
    _keep(uri, _Known(language, text, marks))
    return scope


def scope_after(window: str, language: str) -> Scope:
    """What the end of a window of a text is in. The window begins outside of everything."""
    start = 0
    if table.of_id(language).embeds_scripts and (found := _embedded(window, len(window))):
        tag, start = found
        language = _LANGUAGE_OF[tag]
    family = family_of(language)
    return Scope.CODE if family is None else _read(window, start, len(window), family, [])


def _embedded(text: str, offset: int) -> tuple[str, int] | None:
    """The script or the style sheet around a place in markup: its tag, and where it begins."""
    last = None
    for name in _LANGUAGE_OF:
        begin = text.rfind(f"<{name}", 0, offset)
        found = _TAG.match(text, begin, offset) if begin >= 0 else None
        if found and text.find(f"</{name}", found.end(), offset) < 0:
            last = (name, found.end()) if last is None or found.end() > last[1] else last
    return last


def _read(text: str, start: int, end: int, family: Family, begins: list[int]) -> Scope:
    """What ``end`` is in, read from ``start``, which is outside of everything.

    Adds where each comment and each string begins that is in nothing else.
    """
    depths: list[int] = []
    """The open braces in each expression of a template that is around."""
    position = start
    while found := (family.within if depths else family.pattern).search(text, position, end):
        begin, position = found.span()
        kind = found.lastgroup or ""
        if not depths:
            begins.append(begin)
        if kind == "open":
            depths[-1] += 1
        elif kind == "close" and depths[-1]:
            depths[-1] -= 1
        elif kind in ("close", "template"):
            if kind == "close":
                depths.pop()
            passed = _TEMPLATE_TEXT.match(text, position, end)
            if passed is None:
                return Scope.STRING
            position = passed.end()
            if text[position - 1] == "{":
                depths.append(0)
        elif kind in family.scopes:
            hole = family.holes.get(kind)
            near = text[max(position, end - REACH_CHARS) : end]
            return Scope.CODE if hole and hole.search(near) else family.scopes[kind]
    return Scope.CODE


# --- marks ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    language: str
    text: str
    marks: list[int]
    """Places in the text that are in nothing, in order. Never changed."""


_known: dict[str, _Known] = {}


def _keep(uri: str, known: _Known) -> None:
    _known.pop(uri, None)
    _known[uri] = known
    while len(_known) > MAX_KNOWN_TEXTS:
        _known.pop(next(iter(_known)), None)


def _marks_of(uri: str, language: str, text: str, family: Family) -> list[int]:
    """The marks of a text, as far as they are known from what it was before."""
    known = _known.get(uri)
    if known is not None and known.language == language:
        if known.text is text or known.text == text:
            return known.marks
        if marks := _carried(known, text, family):
            return marks
    begun = family.preamble.match(text) if family.preamble else None
    return [begun.end() if begun else 0]


def _carried(known: _Known, text: str, family: Family) -> list[int]:
    """The marks that hold after a change: those above, and those below that are met again."""
    old, marks = known.text, known.marks
    head = common_head(old, text)
    tail = common_tail(old, text, min(len(old), len(text)) - head)
    # A change may alter how its own line is read from its beginning, but no line above.
    line = max(text.rfind("\n", 0, head), text.rfind("\r", 0, head)) + 1
    above = marks[: bisect_right(marks, line)]
    found = _LINE_END.search(text, len(text) - tail)
    next_line = found.end() if found else len(text)
    moved = len(text) - len(old)
    below = [mark + moved for mark in marks[bisect_left(marks, next_line - moved) :]]
    if not above or not below:
        return above
    # Where a comment or a string begins in both texts, outside of everything, the rest is alike.
    begins: list[int] = []
    _read(text, above[-1], below[min(2, len(below) - 1)] + 1, family, begins)
    met = min(set(begins).intersection(below), default=None)
    if met is None:
        return above
    return [*_thinned(above, (b for b in begins if b < met)), *below[below.index(met) :]]


def _thinned(marks: list[int], begins: Iterable[int]) -> list[int]:
    """Marks with further ones below, no closer than a step."""
    thinned = list(marks)
    for begin in begins:
        if begin >= thinned[-1] + STEP_CHARS:
            thinned.append(begin)
    return thinned
