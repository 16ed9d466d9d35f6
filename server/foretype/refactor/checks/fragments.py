"""Is an answer only a part of the code that it would replace?

Chat models that are asked about a function answer with the one statement that changes. Reads
lines; parses nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from foretype.languages import refactor_traits as languages
from foretype.languages.blanking import blanked
from foretype.languages.table import Language

MAX_SHRINK_FACTOR = 4
"""How many times shorter than the old statements new ones are that are asked about."""


@dataclass(frozen=True, slots=True)
class _Definition:
    name: str
    depth: int


def find_fragment(old: str, code: str, language: Language) -> str:
    """What is wrong where the old code defines something, and the new code defines neither that
    nor anything in its place; else empty."""
    edge, inner = _outermost(_definitions(old, language))
    if not edge or any(_binds(name, code) for name in edge):
        return ""
    new = {one.name for one in _definitions(code, language)}
    if new & edge or new - inner:
        return ""
    return f"it is only a part of {', '.join(sorted(edge))}: give all of the code, changed"


def find_losses(old: str, code: str, language: Language) -> tuple[str, ...]:
    """What the user is asked about: functions or classes that are gone without another in their
    place, or a few statements for many. Each ends a sentence that begins "The new code"."""
    edge, inner = _outermost(_definitions(old, language))
    if edge:
        new = {one.name for one in _definitions(code, language)}
        gone = sorted(name for name in edge - new if not _binds(name, code))
        return (f"no longer defines {', '.join(gone)}",) if gone and not new - edge - inner else ()
    before, after = (sum(bool(line.strip()) for line in text.split("\n")) for text in (old, code))
    if before >= 2 * MAX_SHRINK_FACTOR and after * MAX_SHRINK_FACTOR <= before:
        return (f"has {after} lines in the place of {before}",)
    return ()


def _definitions(code: str, language: Language) -> list[_Definition]:
    """The functions and classes of a piece of code."""
    found = []
    for line in blanked(code, language).split("\n"):
        name = languages.function_name(line, language) or languages.type_name(line, language)
        if name:
            found.append(_Definition(name, len(line) - len(line.lstrip())))
    return found


def _outermost(definitions: list[_Definition]) -> tuple[set[str], set[str]]:
    """The names that are defined furthest left, and those within."""
    depth = min((one.depth for one in definitions), default=0)
    edge = {one.name for one in definitions if one.depth == depth}
    return edge, {one.name for one in definitions} - edge


def _binds(name: str, code: str) -> bool:
    """Whether code gives something else a name: assigns or imports it."""
    name = re.escape(name)
    assigned = rf"^[ \t]*(?:[\w*&<>\[\].]+[ \t]+){{0,4}}{name}[ \t]*(?::[^=\n]{{1,80}})?=(?![=>])"
    imported = rf"^[ \t]*(?:from|import|use|using|export|require)\b[^\n]{{0,200}}\b{name}\b"
    return bool(re.search(f"{assigned}|{imported}", code, re.M))
