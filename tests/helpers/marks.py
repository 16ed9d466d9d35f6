"""A place drawn in text: ``‸`` is the cursor, ``«…»`` a selection."""

from __future__ import annotations

from foretype.core.cursor import Cursor
from foretype.core.text import Document

CURSOR = "‸"


def cursor(drawn: str, *, language: str = "python", uri: str = "file:///project/a.py") -> Cursor:
    """The place that a text with one cursor draws."""
    before, mark, after = drawn.partition(CURSOR)
    assert mark and CURSOR not in after, "draw one cursor"
    return Cursor(Document(uri, before + after, language, 1), len(before))


def selection(drawn: str) -> tuple[str, int, int]:
    """The text, and the selection's start and end, of a text with one ``«…»``."""
    before, _, rest = drawn.partition("«")
    inside, _, after = rest.partition("»")
    return before + inside + after, len(before), len(before) + len(inside)
