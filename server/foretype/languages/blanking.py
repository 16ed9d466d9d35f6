"""Code with its comments and strings blanked: enough to match brackets, without a parser.

Reads a piece of code from a place outside of strings and comments, such as a line that begins
a function. Knows nothing of syntax beyond that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from foretype.languages.table import Language

OPENERS = "([{"
CLOSERS = ")]}"
_NOT_A_LINE_END = re.compile(r"[^\r\n]")


def blanked(code: str, language: Language, *, strings: bool = True) -> str:
    """The code with blanks for what comments, and strings, hold; every offset stays the same."""

    def blank(found: re.Match[str]) -> str:
        if found.lastgroup == "bracket" or (found.lastgroup == "string" and not strings):
            return found[0]
        return _NOT_A_LINE_END.sub(" ", found[0])

    return _pattern(language).sub(blank, code)


def lines_in_strings(code: str, language: Language) -> set[int]:
    """The lines, from 0, that begin inside a string literal."""
    inside: set[int] = set()
    for found in _pattern(language).finditer(code):
        if found.lastgroup == "string" and "\n" in found[0]:
            first = code.count("\n", 0, found.start())
            inside.update(range(first + 1, first + 1 + found[0].count("\n")))
    return inside


def brackets(code: str, language: Language, start: int, stop: int) -> Iterator[tuple[str, int]]:
    """The brackets and semicolons between two offsets, each with its offset, one at a time."""
    for found in _pattern(language).finditer(code, start, stop):
        if found.lastgroup == "bracket":
            yield found[0], found.start()


def unbalanced(code: str, language: Language) -> str:
    """The first bracket that has no partner, with its line from 1; empty where all have one."""
    stack: list[tuple[str, int]] = []
    for char, offset in brackets(code, language, 0, len(code)):
        if char in OPENERS:
            stack.append((char, offset))
        elif char in CLOSERS:
            if not stack or OPENERS.index(stack[-1][0]) != CLOSERS.index(char):
                return _place(code, char, offset)
            stack.pop()
    return _place(code, *stack[-1]) if stack else ""


def only_comments(code: str, language: Language) -> bool:
    """Whether nothing but comments and blanks is there. Strings count as code."""
    return not blanked(code, language, strings=False).strip()


def _place(code: str, char: str, offset: int) -> str:
    return f"'{char}' in line {code.count(chr(10), 0, offset) + 1}"


@cache
def _pattern(language: Language) -> re.Pattern[str]:
    comments = [re.escape(language.comment) + r"[^\r\n]*+"]
    if language.comment == "#":
        # In a shell, and in a URL, a "#" inside a word begins no comment.
        comments = [r"(?<![\w$\\&])#[^\r\n]*+"] if language.shape else [r"(?m:^[ \t]*+#[^\r\n]*+)"]
    if language.block_comment:
        start, end = map(re.escape, language.block_comment)
        # Tried first: Lua's block comment begins like its line comment.
        comments.insert(0, f"{start}(?>(?s:(?!{end}).)*)(?:{end})?")
    literals = language.literals or r'"(?>(?:\\.|[^"\\\n])*)"?'
    comment = "|".join(comments)
    return re.compile(rf"(?P<comment>{comment})|(?P<string>{literals})|(?P<bracket>[()\[\]{{}};])")
