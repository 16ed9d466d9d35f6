"""How tokens are written at a place: line ends and indentation as the file has them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from foretype.core.cursor import Cursor
from foretype.local import lexer

_MARGIN = re.compile(r"^([ \t]+)\S", re.MULTILINE)
_SAMPLE = 20_000
"""Characters around the cursor that tell a file's ways."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The writing of one line after the other."""

    sample: str
    """The text around the cursor, which tells the file's ways."""
    newline: str
    margin: str
    """The indentation of the line being written."""
    begins: bool = False
    """Whether the margin is still to be written."""

    @classmethod
    def at(cls, cursor: Cursor) -> Layout:
        """The ways of a place's document, and its line's indentation."""
        text = cursor.document.text[max(cursor.offset - _SAMPLE, 0) : cursor.offset + _SAMPLE]
        before = cursor.before
        margin = before[: len(before) - len(before.lstrip())]
        newline = "\r\n" if "\r\n" in text else "\n"
        return cls(text, newline, margin)

    def written(self, token: str) -> tuple[str, Layout] | None:
        """The token's text and the layout after it; None where it cannot be written."""
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
            return self.margin + _unit(self.sample)
        columns = lexer.indentation(self.margin + "x") - back
        if columns < 0 or (columns and "\t" in self.margin and columns % lexer.TAB):
            return None
        if "\t" in self.margin:
            return "\t" * (columns // lexer.TAB)
        return self.margin[:columns]


def _unit(text: str) -> str:
    """One level of indentation: a tab, or the least number of spaces that is usual."""
    margins = [match.group(1) for match in _MARGIN.finditer(text)]
    if not margins:
        return "    "
    if sum("\t" in margin for margin in margins) * 2 > len(margins):
        return "\t"
    widths = [len(margin) for margin in margins]
    usual = [width for width in (2, 3, 4, 8) if widths.count(width) * 20 >= len(widths)]
    return " " * min(usual, default=4)
