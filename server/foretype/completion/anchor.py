"""A cursor found again by the text around it, whatever is edited elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from foretype.core.cursor import Cursor

TAIL_CHARS = 256
"""Characters before the anchor by which it is found again."""

REACH_CHARS = 2_000
"""The most characters typed since the anchor."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A cursor by the text around it, so that edits and scrolling elsewhere do not matter."""

    uri: str
    tail: str
    head: str
    from_start: bool
    """The tail is all that stands before the anchor."""
    offset: int
    """Where it was first."""

    @classmethod
    def at(cls, cursor: Cursor) -> Anchor:
        """The anchor of a cursor."""
        text, offset = cursor.document.text, cursor.offset
        start = max(0, offset - TAIL_CHARS)
        return cls(cursor.document.uri, text[start:offset], cursor.head, start == 0, offset)

    def typed_since(self, cursor: Cursor, most: int = REACH_CHARS) -> str | None:
        """What was typed between the anchor and a cursor; None where it is elsewhere.

        A closer that the editor inserted after the cursor is not a difference. No more than
        ``most`` characters are looked for.
        """
        if cursor.head != self.head or cursor.document.uri != self.uri:
            return None
        text, offset = cursor.document.text, cursor.offset
        if self.from_start:
            fits = offset <= len(self.tail) + most and text.startswith(self.tail)
            return text[len(self.tail) : offset] if fits else None
        if 0 <= offset - self.offset <= most and text.startswith(
            self.tail, self.offset - TAIL_CHARS
        ):
            # Where it was first: text that repeats itself has the same tail further on.
            return text[self.offset : offset]
        window = text[max(0, offset - most - TAIL_CHARS) : offset]
        found = window.rfind(self.tail)
        return window[found + len(self.tail) :] if found >= 0 else None
