"""The imports that an answer begins with, in languages other than Python, taken to the file's own.

Reads lines: a statement that begins as the language's imports do goes on to where its brackets
are closed.
"""

from __future__ import annotations

import re
from functools import cache

from foretype.languages.blanking import blanked
from foretype.languages.table import Language

_PLAIN = {
    "JavaScript": r"import\b(?!\s*\()|(?:const|let|var)\s+[\w${},:\s]+=\s*require\(|\"use strict\""
    r"|'use strict'",
    "TypeScript": r"import\b(?!\s*\()|(?:const|let|var)\s+[\w${},:\s]+=\s*require\(",
    "C#": r"(?:global\s+)?using\s+(?:static\s+)?[\w.]+\s*(?:=[^;(]*)?;",
    "Rust": r"(?:pub(?:\([^)]*\))?\s+)?use\b|extern\s+crate\b",
}
_NO_IMPORT = re.compile(r"\W*(?:package|module|mod)\b")
_COMMENT = re.compile(r"\s*(?://|#!|/?\*|#(?!\s*include)|<\?php)|\s*$")


def split_imports(code: str, language: Language) -> tuple[list[str], str]:
    """The import statements that a piece of code begins with, and the rest of it."""
    lines = code.split("\n")
    found: list[str] = []
    number = 0
    while number < len(lines):
        if not lines[number].strip() or _PACKAGE.match(lines[number]) and not found:
            number += 1
        elif _begins(lines[number], language):
            last = _end(lines, number, language)
            found.append("\n".join(lines[number : last + 1]))
            number = last + 1
        else:
            break
    rest = "\n".join(lines[number:])
    return (found, rest) if found and rest.strip() else ([], code)


_PACKAGE = re.compile(r"package\s+[\w.]+;?\s*$")


def add_imports(above: str, new: list[str], language: Language) -> tuple[str, str]:
    """Add imports to the text above some code: the part that stays, and what follows it then.

    Those that the file has are left out; what follows is empty where none is new.
    """
    lines = above.split("\n")[:-1]
    there, at = [], 0
    number, quiet = 0, blanked(above, language, strings=False).split("\n")
    while number < len(lines):
        if quiet[number].strip() and _begins(lines[number], language):
            last = _end(lines, number, language)
            there.append(_words("\n".join(lines[number : last + 1])))
            number = at = last + 1
        else:
            number += 1
    added = [each for each in new if not any(_words(each) <= known for known in there)]
    if not added:
        return above, ""
    if not there:
        at = _head(lines)
    stays = "".join(f"{line}\n" for line in lines[:at])
    text = "".join(f"{each.rstrip()}\n" for each in added)
    gap = "" if there or not above[len(stays) :].strip() else "\n"
    return stays, text + gap + above[len(stays) :]


def begins_with_import(code: str, language: Language) -> bool:
    """Whether the first line with code is an import."""
    first = next((line for line in code.split("\n") if line.strip()), "")
    return _begins(first, language)


@cache
def _pattern(language: Language) -> re.Pattern[str] | None:
    plain = _PLAIN.get(language.name) or "|".join(language.import_lines)
    return re.compile(plain) if plain else None


def _begins(line: str, language: Language) -> bool:
    pattern = _pattern(language)
    return bool(pattern and pattern.match(line)) and not _NO_IMPORT.match(line)


def _end(lines: list[str], first: int, language: Language) -> int:
    """The last line of a statement: where its brackets are closed."""
    depth = 0
    for number in range(first, min(first + 200, len(lines))):
        code = blanked(lines[number], language)
        depth += sum(map(code.count, "([{")) - sum(map(code.count, ")]}"))
        if depth <= 0:
            return number
    return first


def _words(statement: str) -> frozenset[str]:
    """The names and paths in an import: with fewer of the same, it brings nothing new."""
    return frozenset(re.findall(r"[\"'<][^\"'>]+[\"'>]|[\w$]+", statement))


def _head(lines: list[str]) -> int:
    """The first line after a file's leading comments and its package."""
    number = last = 0
    while number < len(lines) and (
        _COMMENT.match(lines[number]) or re.match(r"package\b|[\"']use strict", lines[number])
    ):
        number += 1
        last = number if lines[number - 1].strip() else last
    return last
