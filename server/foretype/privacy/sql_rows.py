"""Find the quoted values of SQL's ``INSERT``, each with the name of its column.

The name stands far before the value, so no pattern for one line sees both. What is judged a
secret is up to ``masking.py``.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

MAX_COLUMNS_CHARS = 2000
"""Characters before ``VALUES`` in which the columns are looked for."""

_COLUMNS = re.compile(r"\(([\w\s,.`\"'\[\]\\]*)\)(?>(?:\s|\\[nrt])*)\Z")
_ROW = re.compile(r"(?>(?:\s|\\[nrt]|,)*)\(")
_VALUE = re.compile(  # possessive: a workspace's text must not make it go back
    r"(?>(?:\s|\\[nrt])*)(?:(?:[A-Za-z_]{1,2})?\\?'(?P<quoted>(?>(?:[^'\\\n]|\\[^'\n]|'')*))(?:\\?'|\Z)"
    r"|[^'(),]*+(?>(?:\([^()]*+\))?)[^'(),]*+)(?>(?:\s|\\[nrt])*)(?P<end>[,)]|\Z)"
)
_WORD = re.compile(r"\w+")


def columns_and_values(text: str, lowered: str) -> Iterator[tuple[str, int, int]]:
    """Yield each quoted value's range with the name of its column, in lower case."""
    at = lowered.find("values")
    while at >= 0:
        end = at + len("values")
        named = _COLUMNS.search(lowered, max(at - MAX_COLUMNS_CHARS, lowered.rfind("(", 0, at)), at)
        if named is not None:
            columns = [" ".join(_WORD.findall(each)) for each in named[1].split(",")]
            end = yield from _rows(text, end, columns)
        at = lowered.find("values", end)


def _rows(text: str, at: int, columns: list[str]) -> Generator[tuple[str, int, int], None, int]:
    """Yield the values of the rows from a place on; return where they end."""
    while row := _ROW.match(text, at):
        at = row.end()
        for column in columns:
            value = _VALUE.match(text, at)
            if value is None:
                return at
            if value["quoted"]:
                yield column, *value.span("quoted")
            at = value.end()
            if value["end"] != ",":
                break
    return at
