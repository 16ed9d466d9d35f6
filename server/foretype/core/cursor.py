"""A cursor in one version of a document, with small helper functions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from foretype.core.text import Document, Edit

HEAD_CHARS = 120
"""Characters after a cursor that identify it."""
MAX_TYPED_CHARS = 200
"""An edit with more characters was pasted, formatted or generated."""

_PAIRS = frozenset({"()", "[]", "{}", '""', "''", "``"})
_CLOSERS_AND_BLANKS = " \t\r\n)]}>\"'`;,"
# What may follow the cursor without preventing a suggestion: closers that an editor inserts by
# itself, and one separator.
_ONLY_CLOSERS = re.compile(r"[\s)\]}>\"'`]*[:;,{]?\s*$")


@dataclass(frozen=True)
class Cursor:
    """A cursor in one version of a document; the offset counts characters."""

    document: Document
    offset: int

    @cached_property
    def before(self) -> str:
        """The cursor's line up to the cursor."""
        document = self.document
        return document.text[document.line_start(document.line_of(self.offset)) : self.offset]

    @cached_property
    def after(self) -> str:
        """The rest of the cursor's line, without its line end."""
        document = self.document
        return document.text[self.offset : document.line_end(document.line_of(self.offset))]

    @cached_property
    def head(self) -> str:
        """The text after the cursor that identifies it, leading closers and blanks left out."""
        window = self.document.text[self.offset : self.offset + 4 * HEAD_CHARS]
        return window.lstrip(_CLOSERS_AND_BLANKS)[:HEAD_CHARS]


def only_closers(after: str) -> bool:
    """Whether the rest of a line holds nothing but closers and at most one separator."""
    return _ONLY_CLOSERS.fullmatch(after) is not None


def cursor_after(edit: Edit) -> int:
    """The cursor's offset after an edit: at its end, or inside a pair that the editor closed."""
    return edit.start + len(edit.text) - (1 if edit.text in _PAIRS else 0)


def is_typing(edits: tuple[Edit, ...]) -> bool:
    """Whether edits look typed: at one place, and at most about a line."""
    return len(edits) == 1 and len(edits[0].text) <= MAX_TYPED_CHARS


def with_inserted(cursor: Cursor, text: str) -> Cursor:
    """Return the cursor after a text, as if it were already in the document."""
    if not text:
        return cursor
    document = cursor.document.apply(Edit(cursor.offset, cursor.offset, text))
    return Cursor(document, cursor.offset + len(text))


def rest_of_selected(cursor: Cursor, selected: str) -> str | None:
    """Return the untyped part of the completion list's entry; None if it starts elsewhere."""
    if not selected:
        return ""
    before = cursor.before
    for length in range(min(len(selected), len(before)), 0, -1):
        if before.endswith(selected[:length]):
            return selected[length:]
    return None if re.search(r"\w$", before) else selected
