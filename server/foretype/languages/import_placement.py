"""Move the imports that an answer begins with to the file's own.

Inside a class they would not be visible to the function. Reads lines: a statement that begins as
the language's imports do goes on to where its brackets are closed. What is not clearly an import
stays where it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from foretype.languages.blanking import blanked, lines_in_strings
from foretype.languages.table import Language

_PLAIN = {
    "Python": r"from[ \t]+[\w.]+[ \t]+import\b|import[ \t]+\w",
    "JavaScript": r"import\b(?!\s*\()|(?:const|let|var)\s+[\w${},:\s]+=\s*require\(|\"use strict\""
    r"|'use strict'",
    "TypeScript": r"import\b(?!\s*\()|(?:const|let|var)\s+[\w${},:\s]+=\s*require\(",
    "C#": r"(?:global\s+)?using\s+(?:static\s+)?[\w.]+\s*(?:=[^;(]*)?;",
    "Rust": r"(?:pub(?:\([^)]*\))?\s+)?use\b|extern\s+crate\b",
}
_NO_IMPORT = re.compile(r"\W*(?:package|module|mod)\b")
_PACKAGE = re.compile(r"package\s+[\w.]+;?\s*$")
_HEAD = re.compile(
    r"\s*(?://|#!|/?\*|#(?!\s*include)|<\?php)|\s*$|package\b|[\"']use strict|[rRuU]?(?:\"|')"
)
_DEFINES = re.compile(r"(?:@|def\b|class\b|async[ \t]+def\b)")


@dataclass(frozen=True, slots=True)
class PlacedImports:
    """Code without the imports above it, and the text before it with them added."""

    above: str
    """The part of the text before the code that does not change."""
    added: str
    """The new imports and the text between them and the code; empty if there are none."""
    code: str


def place_imports(above: str, old: str, code: str, language: Language) -> PlacedImports:
    """Move the imports of ``code``, which replaces ``old``, into ``above``.

    Those that the file has are left out.
    """
    new, rest = split_imports(code, language)
    first = next((line for line in old.split("\n") if line.strip()), "")
    belongs = not _begins(first, language)
    if language.name == "Python":
        # Within a function, an import may stand where it is used.
        belongs = bool(_DEFINES.match(first.lstrip()))
    if not new or not above.strip() or not belongs:
        return PlacedImports(above, "", code)
    return PlacedImports(*insert_imports(above, new, first, language), rest)


def insert_imports(
    above: str, imports: list[str], follows: str, language: Language
) -> tuple[str, str]:
    """The part of a text that does not change, and the rest of it with the imports that it lacks.

    ``follows`` is the line after the text. The second part is empty if no import is lacking.
    """
    lines = above.split("\n")[:-1]
    there = list(_imports(lines, language))
    known = [_words("\n".join(lines[begin:end])) for begin, end in there]
    new = [each for each in imports if not any(_words(each) <= words for words in known)]
    if not new:
        return above, ""
    # Imports from __future__ come first.
    new.sort(key=lambda statement: not statement.startswith("from __future__"))
    is_first = new[0].startswith("from __future__")
    text = "".join(f"{each.rstrip()}\n" for each in new)
    if there:
        at = there[0][0] if is_first else there[-1][1]
    else:
        at = _head(lines, language)
        text = f"\n{text}" if at and lines[at - 1].strip() else text
        follows = lines[at] if at < len(lines) else follows
        text += "\n" * bool(follows.strip())
        text += "\n" * (language.name == "Python" and bool(_DEFINES.match(follows)))
    stays = "".join(f"{line}\n" for line in lines[:at])
    return stays, text + above[len(stays) :]


def split_imports(code: str, language: Language) -> tuple[list[str], str]:
    """The import statements that a piece of code begins with, and the rest of it."""
    lines = code.split("\n")
    found: list[str] = []
    number = 0
    while number < len(lines):
        end = _end(lines, number, language)
        if not lines[number].strip() or _PACKAGE.match(lines[number]) and not found:
            number += 1
        elif end:
            found.append("\n".join(lines[number:end]))
            number = end
        else:
            break
    rest = "\n".join(lines[number:])
    return (found, rest) if found and rest.strip() else ([], code)


def imports_in(code: str, language: Language) -> list[str]:
    """The import statements of a piece of code."""
    lines = code.split("\n")
    return ["\n".join(lines[begin:end]) for begin, end in _imports(lines, language)]


def _imports(lines: list[str], language: Language) -> Iterator[tuple[int, int]]:
    """The first lines of a file's imports, and the lines after them."""
    inside = lines_in_strings("\n".join(lines), language)
    quiet = blanked("\n".join(lines), language, strings=False).split("\n")
    number = 0
    while number < len(lines):
        plain = number not in inside and quiet[number].strip()
        if plain and language.name == "Python" and _DEFINES.match(lines[number]):
            return
        end = _end(lines, number, language) if plain else 0
        if end:
            yield number, end
        number = end or number + 1


def _end(lines: list[str], first: int, language: Language) -> int:
    """The line after an import: where its brackets are closed; 0 where there is no import."""
    if not _begins(lines[first], language):
        return 0
    depth = 0
    for number in range(first, min(first + 200, len(lines))):
        code = blanked(lines[number], language)
        depth += sum(map(code.count, "([{")) - sum(map(code.count, ")]}"))
        if depth <= 0 and not code.endswith("\\"):
            text = blanked("\n".join(lines[first : number + 1]), language)
            is_more = language.name == "Python" and not re.fullmatch(r"[\w.*,\s\\()]+", text)
            return 0 if is_more else number + 1
    return 0


@cache
def _pattern(language: Language) -> re.Pattern[str] | None:
    plain = _PLAIN.get(language.name) or "|".join(language.import_lines)
    return re.compile(plain) if plain else None


def _begins(line: str, language: Language) -> bool:
    pattern = _pattern(language)
    return bool(pattern and pattern.match(line)) and not _NO_IMPORT.match(line)


def _words(statement: str) -> frozenset[str]:
    """The names and paths in an import: with fewer of the same, it brings nothing new."""
    return frozenset(re.findall(r"from\s+[\w.]+|[\"'<][^\"'>]+[\"'>]|[\w$.]+", statement))


def _head(lines: list[str], language: Language) -> int:
    """The first line after a file's leading comments, docstring and package."""
    inside = lines_in_strings("\n".join(lines), language)
    number = last = 0
    while number < len(lines) and (number in inside or _HEAD.match(lines[number])):
        number += 1
        last = number if lines[number - 1].strip() else last
    return last
