"""Find a comment that says what to write, where nothing follows it yet."""

from __future__ import annotations

import re

from foretype.refactor.actions.target import Request, Span, Spot

MOST_LINES = 20
"""Lines of a comment that are read."""
LEAST_WORDS = 3
"""Words below which a comment is a heading, not a request."""

_NO_REQUEST = re.compile(
    r"licen[sc]e|copyright|SPDX|all rights reserved|foretype\s*:|\b(?:TODO|FIXME|noqa|pragma)\b"
    r"|eslint|prettier|type:|mypy:|-\*-|<reference|^[!/#*%-]",
    re.I,
)
"""Licenses, remarks for programs, documentation, rules, and what other actions do."""
_CODE = re.compile(
    r"[;{}]$|^[\w.\[\]\"']+\s*[-+*/]?=[^=]|^(?:return|import|from|def|if|for)\b.*[:)]$"
)
"""Code that is commented out."""


def open_comment(spot: Spot) -> Request | None:
    """The comment at the cursor, or right above its blank line, that nothing follows."""
    sign = spot.language.comment
    if not sign or not spot.language.shape:
        return None
    line = spot.lines.last
    if not spot.selected and not spot.line(line).strip():
        line -= 1
    if line < 0 or not _is_comment(spot.line(line), sign):
        return None
    span = _block(spot, line, sign)
    if span.n_lines > MOST_LINES or (spot.selected and spot.lines.first < span.first):
        return None
    after = spot.line(span.last + 1)
    if after.strip() and _indent(after) >= _indent(spot.line(span.first)):
        return None
    lines = [spot.line(number).strip()[len(sign) :] for number in range(span.first, span.last + 1)]
    text = " ".join(" ".join(lines).split())
    is_open = len(re.findall(r"[^\W\d_]{2,}", text)) >= LEAST_WORDS
    if not is_open or _NO_REQUEST.search(text) or any(_CODE.search(one.strip()) for one in lines):
        return None
    return Request(text, span)


def _block(spot: Spot, line: int, sign: str) -> Span:
    """The comment's lines around one of them."""
    indent = _indent(spot.line(line))
    first = last = line
    while line - first < MOST_LINES and _continues(spot, first - 1, sign, indent):
        first -= 1
    while last - line < MOST_LINES and _continues(spot, last + 1, sign, indent):
        last += 1
    return Span(first, last)


def _continues(spot: Spot, number: int, sign: str, indent: int) -> bool:
    text = spot.line(number) if number >= 0 else ""
    return _is_comment(text, sign) and _indent(text) == indent


def _is_comment(text: str, sign: str) -> bool:
    return text.lstrip().startswith(sign)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
