"""The cells above in a notebook, as text before the cursor.

Code cells stand as they are, in the notebook's order, Markdown as comments; cells in other
languages are left out. Does no input or output.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from foretype.completion.context.window import ABOVE_CHARS
from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.core.text_style import line_end_of
from foretype.languages import table

MARKDOWN = "markdown"


def with_cells_above(cursor: Cursor, cells: Sequence[Document]) -> Cursor:
    """Return the cursor in a document that begins with the cells above, the nearest ones.

    As many whole cells as postprocessing reads of a file above a cursor.
    """
    document = cursor.document
    line_end = line_end_of(document.text)
    room = ABOVE_CHARS - cursor.offset
    texts: list[str] = []
    for cell in reversed(cells):
        text = _text_of(cell, document.language)
        if not text:
            continue
        text = line_end.join([*text.splitlines(), "", ""])
        room -= len(text)
        if room < 0:
            break
        texts.append(text)
    if not texts:
        return cursor
    above = "".join(reversed(texts))
    whole = replace(document, text=above + document.text, starts=())
    return Cursor(whole, len(above) + cursor.offset)


def _text_of(cell: Document, language: str) -> str:
    """A cell's text as it may stand in a file of a language; empty where it may not."""
    text = cell.text.strip("\r\n")
    if cell.language == language:
        return text
    row = table.of_id(language)
    comment = row.comment
    ends_comment = row.block_comment is not None and comment == row.block_comment[0]
    if cell.language != MARKDOWN or not comment or ends_comment:
        return ""
    return "\n".join(f"{comment} {line}".rstrip() for line in text.splitlines() if line.strip())
