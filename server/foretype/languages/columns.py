"""What can be read from a single line without a parser: indentation, comments, brackets."""

from __future__ import annotations

import re

PARTNERS = {")": "(", "]": "[", "}": "{"}

QUOTES = ('"""', "'''", "`")
"""Those of strings that may have several lines."""

_COMMENT = re.compile(
    r"\s*(?:#(?!\s*(?:if|else|elif|endif|define|include)\b)|//|/\*|\*\s|--\s|<!--)"
)
_BRACKET = re.compile(r"[()\[\]{}]")
_CODE_BRACKET = re.compile(
    r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\\n])*`|(?:#|//)\s[^\n]*|[()\[\]{}]"
)


def indent_of(line: str) -> str:
    """The white space that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def columns(line: str) -> int:
    """The columns of a line's indentation, a tab for four."""
    return len(indent_of(line).expandtabs(4))


def is_comment(line: str) -> bool:
    """Whether a line is nothing but a comment, by what it begins with in the common languages."""
    return _COMMENT.match(line) is not None


def quoted(before: str, after: str) -> bool:
    """Whether a line's text after a cursor begins with the quote that is open before it."""
    quote = after[:1]
    return quote in ('"', "'", "`") and re.sub(r"\\.", "", before).count(quote) % 2 == 1


def left_open(text: str) -> str:
    """The openers that a text leaves open."""
    return "".join(text[at] for at in left_open_at(text))


def left_open_at(text: str) -> list[int]:
    """Where the openers stand that a text leaves open."""
    stack: list[int] = []
    for found in _CODE_BRACKET.finditer(text):
        token = found.group()
        if token in "([{":
            stack.append(found.start())
        elif token in PARTNERS and stack and text[stack[-1]] == PARTNERS[token]:
            stack.pop()
    return stack


def open_quote(line: str, quote: str) -> str:
    """The quote of several lines that is open after a line."""
    if quote:
        return "" if line.count(quote) % 2 else quote
    return next((quote for quote in QUOTES if line.count(quote) % 2), "")


def n_torn(opened: str, text: str) -> int:
    """How many closers in a text have no partner, and how many quotes.

    ``opened`` are the openers that wait for their closers before it. Brackets are counted twice,
    with strings and comments and without: either may be what the text stands in.
    """
    bare = re.sub(r"\\.", "", text)
    return n_alone(opened, text) + sum(bare.count(quote) % 2 for quote in "\"'`")


def n_alone(opened: str, text: str) -> int:
    """How many closers in a text have no partner, counted as by ``n_torn``."""
    return sum(_n_alone(opened, text, pattern) for pattern in (_BRACKET, _CODE_BRACKET))


def _n_alone(opened: str, text: str, pattern: re.Pattern[str]) -> int:
    stack, alone = list(opened), 0
    for found in pattern.finditer(text):
        token = found.group()
        if token in "([{":
            stack.append(token)
        elif token not in PARTNERS:
            continue
        elif stack and stack[-1] == PARTNERS[token]:
            stack.pop()
        else:
            alone += 1
    return alone
