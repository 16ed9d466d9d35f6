"""Convert tokens to text with the file's line ends and indentation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from foretype.core.cursor import Cursor
from foretype.core.text_style import indentation_of, line_end_of
from foretype.languages import table
from foretype.local import lexer

_SAMPLE_CHARS = 20_000
"""Characters on each side of the cursor that are read to find a file's style."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout state while writing lines."""

    sample: str
    """The text around the cursor, which shows the file's style."""
    usual: str
    """One step of indentation in the file's language, where the sample shows none."""
    newline: str
    margin: str
    """The indentation of the line being written."""
    begins: bool = False
    """Whether the indentation is still to be written."""

    @classmethod
    def at(cls, cursor: Cursor) -> Layout:
        """Return the layout at a cursor."""
        text = cursor.document.text[
            max(cursor.offset - _SAMPLE_CHARS, 0) : cursor.offset + _SAMPLE_CHARS
        ]
        before = cursor.before
        margin = before[: len(before) - len(before.lstrip())]
        usual = table.of_id(cursor.document.language).indentation
        return cls(text, usual, line_end_of(cursor.document.text), margin)

    def written(self, token: str) -> tuple[str, Layout] | None:
        """Return the token's text and the layout after it; None if it cannot be written."""
        if token == lexer.END:
            return self.newline, replace(self, begins=True)
        if token == lexer.BLANK:
            return (self.newline, self) if self.begins else None
        if lexer.is_shift(token):
            margin = self._shifted(token)
            if margin is None or not self.begins:
                return None
            return margin, replace(self, margin=margin, begins=False)
        if self.begins:
            return self.margin + token, replace(self, begins=False)
        return token, self

    def _shifted(self, token: str) -> str | None:
        back = lexer.columns_back(token)
        if not back:
            return self.margin + indentation_of(self.sample, self.usual)
        columns = lexer.indentation(self.margin + "x") - back
        if columns < 0 or (columns and "\t" in self.margin and columns % lexer.TAB_COLUMNS):
            return None
        if "\t" in self.margin:
            return "\t" * (columns // lexer.TAB_COLUMNS)
        return self.margin[:columns]
