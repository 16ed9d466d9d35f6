"""Places for refactorings, drawn in text."""

from __future__ import annotations

from textwrap import dedent

from helpers import marks

from foretype.core.text import Document
from foretype.refactor.actions.target import Spot


def spot(drawn: str, language: str = "python") -> Spot:
    """A spot drawn with a cursor ``‸`` or a selection ``«…»``."""
    drawn = dedent(drawn).strip("\n")
    if marks.CURSOR in drawn:
        place = marks.cursor(drawn, language=language)
        return Spot(place.document, place.offset, place.offset)
    text, start, end = marks.selection(drawn)
    return Spot(Document("file:///project/a", text, language, 1), start, end)
