"""The functions and classes around the end of a text, which need not be finished.

Read line by line, in any language, from how definitions begin and how deep they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from foretype.languages.columns import columns, left_open

Kind = Literal["function", "class"]

_MODIFIERS = (
    r"(?:(?:export|default|declare|pub(?:\([^)]*\))?|public|private|protected|internal|static|async"
    r"|abstract|final|override|virtual|unsafe|const|inline|local|open|sealed|partial|get|set)\s+)*"
)
_KEYWORD = re.compile(
    rf"\s*{_MODIFIERS}(def|defp|class|function\*?|func|fn|fun|interface|struct|impl|trait|enum"
    r"|module|namespace|object|record|sub|proc)\b\s*(?:<[^>]*>\s*)?(?:\([^)]*\)\s*)?"
    r"([A-Za-z_$][\w$.:]*[?!=]?)"
)
_ASSIGNED = re.compile(
    r"\s*(?:export\s+)?(?:const|let|var)\s+([\w$]+)[^=]*=\s*(?:async\s*)?"
    r"(?:function\b|\([^()]*\)[^=]*=>|[\w$]+\s*=>)"
)
_CALLABLE = re.compile(r"\s*(?:[\w:<>*&\[\],.~?@]+\s+)*([\w$~]+)\s*\([^;]*\)[^;={}()]*\{\s*$")
_NO_NAMES = frozenset(
    [
        "if", "for", "while", "switch", "catch", "return", "elif", "else", "match", "with",
        "foreach", "func", "function", "fn", "lambda",
    ]
)  # fmt: skip
_FUNCTIONS = frozenset({"def", "defp", "function", "function*", "func", "fn", "fun", "sub", "proc"})


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class in a text; lines count from 0."""

    name: str
    kind: Kind
    line: int
    column: int


def header(line: str) -> tuple[str, Kind] | None:
    """The name and kind of the definition that a line begins; None where it begins none."""
    if found := _KEYWORD.match(line):
        return found[2].rstrip(":."), "function" if found[1] in _FUNCTIONS else "class"
    if found := _ASSIGNED.match(line) or _CALLABLE.match(line):
        # What a keyword begins is a statement: ``match run() {``. A call is still open where its
        # last argument begins a block: ``walk(node, function (child) {``.
        is_statement = not _NO_NAMES.isdisjoint((found[1], found[0].split()[0]))
        is_call = found.re is _CALLABLE and "(" in left_open(found[0])
        return None if is_statement or is_call else (found[1], "function")
    return None


def header_at(lines: Sequence[str], number: int) -> tuple[str, Kind] | None:
    """The same for one of several lines: its brace may stand on the line below."""
    below = lines[number + 1].strip() if number + 1 < len(lines) else ""
    begun = header(lines[number])
    return header(lines[number].rstrip() + " {") if begun is None and below == "{" else begun


def enclosing(lines: Sequence[str], depth: int) -> list[Definition]:
    """The definitions around the end of a text that is so deep there, the outermost first."""
    found: list[Definition] = []
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number]
        if line.strip() in ("", "{") or columns(line) >= depth or line.lstrip()[0] in ")]}#":
            continue
        depth = columns(line)
        if begun := header_at(lines, number):
            found.append(Definition(*begun, number, depth))
        if not depth:
            break
    return found[::-1]
