"""Between the protocol's positions and the core's offsets, in all three position encodings.

An offset counts characters from the text's beginning; a position is a line and a number of code
units in it. A position beyond a line is its end, one beyond the document is the document's end,
and one inside a character is the character's beginning. Nothing that is passed in is changed.
"""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from foretype.core.text import Document, Edit, difference

Encoding = types.PositionEncodingKind | str
Change = types.TextDocumentContentChangePartial | types.TextDocumentContentChangeWholeDocument

UTF8 = types.PositionEncodingKind.Utf8
UTF16 = types.PositionEncodingKind.Utf16
UTF32 = types.PositionEncodingKind.Utf32


def to_offset(document: Document, position: types.Position, encoding: Encoding = UTF16) -> int:
    """The offset of a position."""
    if position.line >= document.n_lines:
        return len(document.text)
    start = document.line_start(position.line)
    end = document.line_end(position.line)
    return start + _characters(document.text[start:end], position.character, encoding)


def to_position(document: Document, offset: int, encoding: Encoding = UTF16) -> types.Position:
    """The position of an offset; of an offset between ``\\r`` and ``\\n``, the line's end."""
    line = document.line_of(offset)
    start = document.line_start(line)
    before = document.text[start : min(offset, document.line_end(line))]
    return types.Position(line=line, character=_units(before, encoding))


def to_range(document: Document, start: int, end: int, encoding: Encoding = UTF16) -> types.Range:
    """The range between two offsets."""
    return types.Range(
        start=to_position(document, start, encoding), end=to_position(document, end, encoding)
    )


def to_offsets(
    document: Document, place: types.Range, encoding: Encoding = UTF16
) -> tuple[int, int]:
    """The two offsets of a range, in order even where the client has them the wrong way round."""
    start = to_offset(document, place.start, encoding)
    end = to_offset(document, place.end, encoding)
    return (start, end) if start <= end else (end, start)


def apply_changes(
    document: Document, changes: Iterable[Change], version: int, encoding: Encoding = UTF16
) -> tuple[Document, tuple[Edit, ...]]:
    """The document after a client's changes, and the edits that lead there, one on the other."""
    edits = []
    for change in changes:
        text = without_surrogates(change.text)
        if isinstance(change, types.TextDocumentContentChangePartial):
            start, end = to_offsets(document, change.range, encoding)
            edit = Edit(start, end, text)
        else:
            edit = difference(document.text, text)
        document = document.apply(edit, version)
        edits.append(edit)
    if not edits:
        document = document.apply(Edit(0, 0, ""), version)
    return document, tuple(edits)


def without_surrogates(text: str) -> str:
    """The text with lone surrogates replaced, which no encoder takes. Its length is the same in
    every encoding."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text


def _characters(line: str, units: int, encoding: Encoding) -> int:
    """How many characters of a line so many code units are."""
    if encoding == UTF32 or line.isascii():
        return min(units, len(line))
    # No character takes less than one unit, so the rest of the line cannot matter.
    part = line[:units]
    if encoding == UTF8:
        data = part.encode("utf-8", "replace")
        return len(part) if len(data) <= units else len(data[:units].decode("utf-8", "ignore"))
    data = part.encode("utf-16-le", "replace")
    if len(data) <= 2 * units:
        return len(part)
    return len(data[: 2 * units].decode("utf-16-le", "ignore"))


def _units(text: str, encoding: Encoding) -> int:
    if encoding == UTF32 or text.isascii():
        return len(text)
    if encoding == UTF8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
