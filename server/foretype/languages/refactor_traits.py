"""What refactorings read of a language: its row, and the names that a line defines.

A language whose row has no shape is refactored as ``PLAIN`` is, with fewer checks. Knows no model
and no protocol.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from foretype.languages import table
from foretype.languages.table import CALL_LIKE, LANGUAGES, MARKDOWN, PLAIN, Language

_STATEMENT = re.compile(
    r"(?:if|else|for|foreach|while|switch|case|catch|return|throw|new|do|try|await|yield|using"
    r"|lock|delete|super|this|typeof|sizeof|assert|echo|print|import|package|goto)\b"
)
"""Words that begin a line which defines no method, however it goes on."""

NameOf = Callable[[str, Language], str]
"""What reads a name off a line, or nothing."""

# Of the rows that share a name, the first is the plain one.
_BY_TAG = {
    tag: row
    for row in reversed(LANGUAGES)
    if row.shape
    for tag in (*row.ids, *row.tags, row.name.lower())
}


def of_id(language_id: str) -> Language:
    """The row of an editor's language id."""
    return _known(table.of_id(language_id))


def of_tag(tag: str) -> Language | None:
    """The row of the tag after a fence; None where the tag is not known."""
    return _BY_TAG.get(tag.lower())


def of_suffix(suffix: str) -> Language:
    """The row of a file name's suffix."""
    return _known(table.of_suffix(suffix))


def _known(row: Language) -> Language:
    return row if row.shape or row is MARKDOWN else PLAIN


@lru_cache(4096)
def function_name(line: str, language: Language) -> str:
    """The name of the function that a line begins; empty where it begins none."""
    text = line.strip()[:200]
    if not text or _STATEMENT.match(text):
        return ""
    for pattern in language.functions:
        found = re.match(pattern, text)
        if found and (pattern is not CALL_LIKE or _heads_a_body(text, found, language)):
            return found[1]
    return ""


@lru_cache(4096)
def type_name(line: str, language: Language) -> str:
    """The name of the class, or its like, that a line begins; empty where it begins none."""
    text = line.strip()[:200]
    for pattern in language.types:
        if found := re.match(pattern, text):
            return found[1]
    return ""


def _heads_a_body(text: str, found: re.Match[str], language: Language) -> bool:
    """Whether ``name(…`` begins a body rather than being called."""
    if found[1] == "function" or text.endswith(";"):
        return False
    if language.name in ("JavaScript", "TypeScript"):
        return text.endswith(("{", "(")) and "=>" not in text
    return _has_a_type(text, found) or text.endswith("{")


def _has_a_type(text: str, found: re.Match[str]) -> bool:
    before = text[: found.start(1)].strip()
    return bool(before) and not before.endswith(("=", ".", "(", ",", "->"))
