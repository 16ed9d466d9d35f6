"""What stands between the parentheses of a call, or of a function's head, one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_CHARS = 4000
"""A longer list is not read."""
OWN = ("self", "cls")
"""What a method calls the object itself: no call lists it."""
_OPENERS, _CLOSERS = "([{", ")]}"
_STRING = re.compile(
    r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.S
)
_COMMENT = re.compile(r"#[^\n]*|//[^\n]*|/\*.*?\*/", re.S)
_NAME = re.compile(r"(?:\*{1,2}|\.\.\.)?\s*([^\W\d][\w$]*)")
_NAMED = re.compile(r"[^\W\d][\w$]*\s*=(?![=>])")
_PARAMETER = re.compile(r"\*|/|(?:\*{1,2}|\.\.\.)?[^\W\d][\w$]*\??\s*(?::(?!:)|=(?!>)|$)")
_DEFAULT = re.compile(r"(?<![=!<>])=(?![=>])")


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument, or a parameter, with its place."""

    start: int
    end: int
    text: str

    @property
    def is_spread(self) -> bool:
        """Whether it stands for any number of them, or only separates others."""
        return self.text.startswith(("*", "...", "/"))

    @property
    def is_named(self) -> bool:
        """Whether a call gives it by its name."""
        return _NAMED.match(self.text) is not None

    @property
    def has_default(self) -> bool:
        """Whether a parameter need not be given."""
        return _DEFAULT.search(self.text) is not None or self.name + "?" in self.text

    @property
    def name(self) -> str:
        """The name that it begins with; its whole text where it begins with none."""
        found = _NAME.match(self.text)
        return found[1] if found else self.text


def arguments(text: str, open_at: int) -> list[Argument] | None:
    """The arguments of a parenthesis; None where it has no end, or holds what is no list."""
    end = closing(text, open_at)
    if end is None:
        return None
    found, start = [], open_at + 1
    for comma in (*_commas(text, open_at + 1, end), end):
        piece = text[start:comma]
        bare = piece.strip()
        if bare:
            first = start + len(piece) - len(piece.lstrip())
            found.append(Argument(first, first + len(bare), bare))
        start = comma + 1
    if any(" for " in each.text or _COMMENT.match(each.text) for each in found):
        return None
    return found


def head_of(text: str, name: str) -> tuple[int, list[Argument]] | None:
    """Where the name of a function stands in a text that begins with its head, and its parameters.

    None where they are not read: types before names, or patterns in place of them.
    """
    found = re.search(rf"\b{re.escape(name)}\s*\(", text)
    if found is None:
        return None
    given = arguments(text, found.end() - 1)
    if given is None or not all(_PARAMETER.match(each.text) for each in given):
        return None
    return found.start(), given


def closing(text: str, open_at: int) -> int | None:
    """Where a parenthesis is closed; None where that is not to be seen."""
    depth, at, most = 0, open_at, min(len(text), open_at + MAX_CHARS)
    while at < most:
        if skipped := _skipped(text, at):
            at = skipped
            continue
        depth += (text[at] in _OPENERS) - (text[at] in _CLOSERS)
        if depth == 0:
            return at
        at += 1
    return None


def _commas(text: str, start: int, end: int) -> list[int]:
    found, depth, at = [], 0, start
    while at < end:
        if skipped := _skipped(text, at):
            at = skipped
            continue
        depth += (text[at] in _OPENERS) - (text[at] in _CLOSERS)
        if depth == 0 and text[at] == ",":
            found.append(at)
        at += 1
    return found


def _skipped(text: str, at: int) -> int:
    """Where the string that begins at a place ends; 0 where none does."""
    if text[at] not in "\"'`":
        return 0
    string = _STRING.match(text, at)
    return string.end() if string else 0
