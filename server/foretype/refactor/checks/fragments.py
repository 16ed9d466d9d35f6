"""Detect answers that hold only a part of the code that they would replace.

Asked to change a function, chat models sometimes return only the statement that changes. Reads
lines; parses nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from foretype.languages import refactor_traits as languages
from foretype.languages.blanking import blanked
from foretype.languages.table import Language

MAX_SHRINK_FACTOR = 4
"""Factor by which statements may shrink before the user is asked."""


@dataclass(frozen=True, slots=True)
class _Definition:
    name: str
    depth: int


def find_fragment(old: str, code: str, language: Language) -> str:
    """Return what is wrong if the old definition is gone without a replacement, else ""."""
    edge, inner = _outermost(_definitions(old, language))
    if not edge or any(_binds(name, code) for name in edge):
        return ""
    new = {one.name for one in _definitions(code, language)}
    if new & edge or new - inner:
        return ""
    return f"it is only a part of {', '.join(sorted(edge))}: give all of the code, changed"


def find_losses(old: str, code: str, language: Language) -> tuple[str, ...]:
    """Return what the user is asked about: lost definitions, or far fewer statements.

    Each completes a sentence that begins "The new code".
    """
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
    """Return the functions and classes of a piece of code."""
    found = []
    for line in blanked(code, language).split("\n"):
        name = languages.function_name(line, language) or languages.type_name(line, language)
        if name:
            found.append(_Definition(name, len(line) - len(line.lstrip())))
    return found


def _outermost(definitions: list[_Definition]) -> tuple[set[str], set[str]]:
    """Return the outermost defined names, and the nested ones."""
    depth = min((one.depth for one in definitions), default=0)
    edge = {one.name for one in definitions if one.depth == depth}
    return edge, {one.name for one in definitions} - edge


def _binds(name: str, code: str) -> bool:
    """Whether the code assigns or imports a name."""
    name = re.escape(name)
    assigned = rf"^[ \t]*(?:[\w*&<>\[\].]+[ \t]+){{0,4}}{name}[ \t]*(?::[^=\n]{{1,80}})?=(?![=>])"
    imported = rf"^[ \t]*(?:from|import|use|using|export|require)\b[^\n]{{0,200}}\b{name}\b"
    return bool(re.search(f"{assigned}|{imported}", code, re.M))
