"""The functions and types of a text, read from its lines.

For what has no grammar, is too long to be parsed, or cannot be read by its grammar. Goes by how
definitions begin and how deep lines are; ``outline.py`` reads texts that are not finished.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from foretype.core.text import BYTE_ORDER_MARK, Document
from foretype.languages import refactor_traits
from foretype.languages.blanking import CLOSERS, lines_in_strings
from foretype.languages.columns import is_comment
from foretype.languages.table import Language

REACH_LINES = 300
"""Lines above a place in which what is around it begins; it ends within twice as many."""
MAX_LINE_CHARS = 500
"""Characters that are read of one line: minified files have extremely long lines."""
MAX_DECORATOR_LINES = 20

_MARGINAL = re.compile(
    r"(?:where|rescue|ensure|else)\b|(?:public|private|protected)\b[^()]*:$|\w+:$"
)
"""How lines begin that may stand as far left as the head of the block that they belong to."""


Kind = Literal["function", "type"]


@dataclass(frozen=True, slots=True)
class Block:
    """A function or type; lines count from 0."""

    name: str
    kind: Kind
    first: int
    """Its first line: that of its decorators."""
    header: int
    """The line with its name."""
    last: int
    """Its last line, included."""
    has_body: bool


def short_line(document: Document, number: int) -> str:
    """A line without its line end, cut where it is very long; empty beyond the last line."""
    starts, text = document.starts, document.text
    if number >= len(starts):
        return ""
    start = starts[number]
    end = starts[number + 1] if number + 1 < len(starts) else len(text)
    line = text[start : min(end, start + MAX_LINE_CHARS)].rstrip("\r\n")
    return line if number else line.removeprefix(BYTE_ORDER_MARK)


def blocks_of(document: Document, language: Language) -> Iterator[Block]:
    """All of a document's, in their order."""
    for number in range(document.n_lines):
        if block := _block(document, language, number, document.n_lines):
            yield block


def function_around(document: Document, language: Language, first: int, last: int) -> Block | None:
    """The innermost function with a body that holds some lines, ends included."""
    begun = block_at(document, language, first)
    if begun and begun.header > first and begun.kind == "function" and last <= begun.last:
        return begun
    depth = beside = MAX_LINE_CHARS
    for number in range(first, max(first - REACH_LINES, 0) - 1, -1):
        line = short_line(document, number)
        stripped = line.lstrip()
        here = len(line) - len(stripped)
        # In Python a string may hold lines further left than its code, so the search goes on.
        if not stripped or here >= beside or (here > depth and language.shape != "indent"):
            continue
        if refactor_traits.function_name(line, language):
            block = _block(document, language, number)
            if block and block.has_body and last <= block.last:
                return block
            if block and not here:
                return None
            beside = here if block else beside
        if stripped[0] not in CLOSERS and line[0] != "#":
            depth = here
    return None


def block_at(document: Document, language: Language, line: int) -> Block | None:
    """The one that begins at a line, its decorators included."""
    for number in range(line, line + MAX_DECORATOR_LINES):
        if block := _block(document, language, number):
            return block
        if not _decorates(short_line(document, number)):
            return None
    return None


def _block(
    document: Document, language: Language, header: int, reach: int = 2 * REACH_LINES
) -> Block | None:
    line = short_line(document, header)
    function = refactor_traits.function_name(line, language)
    name = function or refactor_traits.type_name(line, language)
    last = _last_line(document, language, header, reach) if name else None
    if last is None:
        return None
    first, depth = header, _depth(line)
    while first and header - first < MAX_DECORATOR_LINES:
        above = short_line(document, first - 1)
        if not _decorates(above) or _depth(above) != depth:
            break
        first -= 1
    has_body = language.shape != "braces" or _has_body(document, header, last)
    kind: Kind = "function" if function else "type"
    return Block(name, kind, first, header, last, has_body)


def _last_line(document: Document, language: Language, header: int, reach: int) -> int | None:
    """Where the block ends that a line begins; None where that is further away."""
    last, depth = header, _depth(short_line(document, header))
    strings: set[int] | None = None
    for number in range(header + 1, min(header + reach, document.n_lines)):
        line = short_line(document, number)
        stripped = line.strip()
        if not stripped or is_comment(line) or _is_directive(stripped, language):
            continue
        here = _depth(line)
        if here <= depth:
            goes_on = stripped[0] in "{)]>" or _goes_on(stripped, language)
            if here < depth or not goes_on:
                if strings is None:
                    strings = _in_strings(document, language, header, number)
                    if number - header in strings:
                        strings = _in_strings(document, language, header, header + reach)
                if number - header not in strings:
                    closes = stripped[0] == "}" or stripped.split()[0] == "end"
                    return number if closes and here == depth else last
        last = number
    return last if header + reach >= document.n_lines else None


def _is_directive(stripped: str, language: Language) -> bool:
    return stripped[0] == "#" and language.shape == "braces"


def _goes_on(stripped: str, language: Language) -> bool:
    return language.shape != "indent" and _MARGINAL.match(stripped) is not None


def _in_strings(document: Document, language: Language, first: int, last: int) -> set[int]:
    """Which lines begin inside a string, counted from the first."""
    code = document.text[document.line_start(first) : document.line_start(last + 1)]
    return lines_in_strings(code, language)


def _has_body(document: Document, header: int, last: int) -> bool:
    """Whether a block in braces is more than a declaration, or a call that looks like one."""
    closing = short_line(document, last).strip().rstrip(";,")
    if closing[:1] in CLOSERS and closing.endswith(")"):
        return "=" in short_line(document, header)
    lines = (short_line(document, number) for number in range(header, last + 1))
    return closing.startswith("}") or "{" in closing or any("=" in line for line in lines)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _decorates(line: str) -> bool:
    return line.lstrip().startswith(("@", "#[", "///", "template <", "template<"))
