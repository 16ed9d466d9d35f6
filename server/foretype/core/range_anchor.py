"""Follow a range of a document, such as one that is going to be replaced, through what is typed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from foretype.core.text import Document, Edit, common_tail, difference


@dataclass(frozen=True, slots=True)
class RangeAnchor:
    """A range of a document, followed through the edits made in the meantime."""

    origin: Document
    """The version that the range was taken from."""
    start: int
    end: int
    seen: Document
    """The newest version that was followed."""
    at: int | None
    """Start of the range in it; None once an edit has touched the range."""

    @classmethod
    def on(cls, document: Document, start: int, end: int) -> RangeAnchor:
        return cls(document, start, end, document, start)

    def follow(self, document: Document) -> RangeAnchor:
        """Return the anchor in a newer version of the document."""
        if document.text == self.seen.text:
            at = self.at
        elif self.at is None:
            # The edit may have been undone: compare with the original again.
            at = _position_after(self.origin, document, self.start, self.end)
        else:
            end = self.at + self.end - self.start
            at = _position_after(self.seen, document, self.at, end)
        return replace(self, seen=document, at=at)

    def place(self, document: Document) -> tuple[int, int] | None:
        """Return the range in a version of the document; None if its text was edited."""
        at = self.follow(document).at
        if at is None:
            return None
        length = self.end - self.start
        if document.text[at : at + length] != self.origin.text[self.start : self.end]:
            return None
        return at, at + length


def _position_after(old: Document, new: Document, start: int, end: int) -> int | None:
    """Return where ``old[start:end]`` begins in the new text; None if an edit touches it.

    Text typed right at an edge belongs to the edge's line, so it counts as inside unless it
    consists of whole lines. A change on both sides at once, such as a formatter's, is no edit of
    the lines in between where these are found again, and only once.
    """
    for edit in _possible_edits(old.text, new.text, start, end):
        size = len(edit.text) - (edit.end - edit.start)
        before = edit.end < start or (edit.end == start and _at_line(new, start + size))
        if before:
            return start + size
        if edit.start > end or (edit.start == end and _ends_line(new, end)):
            return start
    return _found_again(old, new, start, end)


def _found_again(old: Document, new: Document, start: int, end: int) -> int | None:
    """Return where lines begin that are in both texts, each time once and as whole lines."""
    code = old.text[start:end]
    if not code.strip() or old.text.find(code) != start or code in old.text[start + 1 :]:
        return None
    at = new.text.find(code)
    if at < 0 or new.text.find(code, at + 1) >= 0:
        return None
    return at if _at_line(new, at) and _ends_line(new, at + len(code)) else None


def _possible_edits(old: str, new: str, start: int, end: int) -> list[Edit]:
    """Return the edits that could explain the difference.

    Text typed next to equal text, such as a blank line, may have been typed at several offsets.
    """
    edit = difference(old, new)
    size = len(edit.text) or edit.end - edit.start
    if edit.text and edit.start < edit.end or not size:
        return [edit]
    first = edit.start - common_tail(
        old[: edit.start], new[: edit.start + len(edit.text)], edit.start
    )
    if not edit.text:
        first = edit.start - common_tail(old[: edit.end], new[: edit.start], edit.start)
    wanted = [start, end] if edit.text else [start - size, end]
    places = [edit.start, *(place for place in wanted if first <= place < edit.start)]
    if edit.text:
        return [Edit(place, place, new[place : place + size]) for place in places]
    return [Edit(place, place + size, "") for place in places]


def _ends_line(document: Document, offset: int) -> bool:
    return document.line_end(document.line_of(offset)) == offset


def _at_line(document: Document, offset: int) -> bool:
    return document.line_start(document.line_of(offset)) == offset
