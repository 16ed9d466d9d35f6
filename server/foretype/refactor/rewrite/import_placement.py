"""Move imports that a model puts above a function to the file's imports.

Inside a class they would not be visible to the function. Reads lines; what is not clearly an
import stays where it is. ``leading_imports.py`` reads those of other languages than Python.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from foretype.languages.blanking import lines_in_strings
from foretype.languages.table import Language
from foretype.refactor.rewrite import leading_imports

_IMPORT = re.compile(r"(?:from[ \t]+[\w.]+[ \t]+import|import[ \t]+\w)")
_DEFINES = re.compile(r"[ \t]*+(?:@|def\b|class\b|async[ \t]+def\b)")


@dataclass(frozen=True, slots=True)
class PlacedImports:
    """Code without the imports above it, and the text before it with them added."""

    above: str
    """The part of the text before the code that does not change."""
    added: str
    """The new imports and the text between them and the code; empty if there are none."""
    code: str


def place_imports(above: str, old: str, code: str, language: Language) -> PlacedImports:
    """Move the imports of ``code``, which replaces the function ``old``, into ``above``."""
    if language.name != "Python":
        return _placed_elsewhere(above, old, code, language)
    lines = code.split("\n")
    ours = list(_statements(lines))
    rest = "\n".join(lines[ours[-1][1] + 1 :]).strip("\n") if ours else ""
    if language.name != "Python" or not rest or not above.strip() or not _defines(_first(old)):
        return PlacedImports(above, "", code)
    file = above.split("\n")[:-1]
    head = _head(file, language)
    there = list(_statements(file, head, language))
    known = {one for first, last in there for one in _imported_names(file[first : last + 1])}
    new = [lines[first : last + 1] for first, last in ours]
    new = [statement for statement in new if not _imported_names(statement) <= known]
    if not new:
        return PlacedImports(above, "", rest)
    # Imports from __future__ come first.
    new.sort(key=lambda statement: not statement[0].startswith("from __future__"))
    text = "".join("\n".join([*statement, ""]) for statement in new)
    if there:
        is_late = text.startswith("from __future__")
        at = there[0][0] if is_late else there[-1][1] + 1
    else:
        at = head
        text = f"\n{text}" if head and file[head - 1].strip() else text
        follows = file[head] if head < len(file) else _first(old)
        text += "\n\n" if _defines(follows) else "\n" if follows.strip() else ""
    stays = "".join(f"{line}\n" for line in file[:at])
    return PlacedImports(stays, text + above[len(stays) :], rest)


def _placed_elsewhere(above: str, old: str, code: str, language: Language) -> PlacedImports:
    """The same for languages other than Python."""
    new, rest = leading_imports.split_imports(code, language)
    if not new or not above.strip() or leading_imports.begins_with_import(old, language):
        return PlacedImports(above, "", code)
    stays, added = leading_imports.add_imports(above, new, language)
    return PlacedImports(stays, added, rest)


def _statements(
    lines: list[str], start: int = 0, language: Language | None = None
) -> Iterator[tuple[int, int]]:
    """Yield the first and last lines of unindented imports.

    Those that a response begins with, or, with a language, all of a file up to its first function
    or class.
    """
    inside = lines_in_strings("\n".join(lines), language) if language else set()
    number = start
    while number < len(lines):
        line, first = lines[number], number
        if _IMPORT.match(line) and number not in inside:
            depth = _depth(line)
            while (depth > 0 or line.endswith("\\")) and number + 1 < len(lines):
                number += 1
                line = lines[number]
                depth += _depth(line)
            if not _imported_names(lines[first : number + 1]):
                return
            yield first, number
        elif (_defines(line) and line[:1].strip()) if language else line.strip():
            return
        number += 1


def _depth(line: str) -> int:
    """Count the brackets that a line leaves open."""
    code = line.partition("#")[0]
    return code.count("(") - code.count(")")


def _defines(line: str) -> bool:
    return _DEFINES.match(line) is not None


def _head(lines: list[str], language: Language) -> int:
    """Return the first line after a file's leading comments and docstring."""
    inside = lines_in_strings("\n".join(lines), language)
    number = 0
    while number < len(lines) and lines[number].startswith("#"):
        number += 1
    text = number
    while text < len(lines) and not lines[text].strip():
        text += 1
    if text < len(lines) and re.match(r"[rRuU]?(?:\"|')", lines[text]):
        number = text + 1
        while number in inside:
            number += 1
    return number


def _imported_names(lines: list[str]) -> set[tuple[str, str, str]]:
    """Return what a statement imports: module, name, and local name.

    Empty if it is not an import, or more than an import.
    """
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError):
        return set()
    found = set()
    for node in tree.body:
        match node:
            case ast.Import(names=names):
                found |= {("", one.name, one.asname or "") for one in names}
            case ast.ImportFrom(module=module, names=names, level=level):
                source = "." * level + (module or "")
                found |= {(source, one.name, one.asname or "") for one in names}
            case _:
                return set()
    return found


def _first(code: str) -> str:
    return next((line for line in code.split("\n") if line.strip()), "")
