from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from foretype.core.text import Document, Edit, difference
from foretype.lsp import convert

TEXTS = st.text(alphabet="ab \t\n\r\x0c\u2028\x85é€𝄞🎉", max_size=30)
ENCODINGS = st.sampled_from(
    [types.PositionEncodingKind.Utf8, types.PositionEncodingKind.Utf16, "utf-32"]
)
POSITIONS = st.builds(types.Position, line=st.integers(0, 8), character=st.integers(0, 40))
CODEC = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
UNIT = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


def units_of(character: str, encoding: str) -> int:
    encoding = encoding.value if isinstance(encoding, types.PositionEncodingKind) else encoding
    return len(character.encode(CODEC[encoding])) // UNIT[encoding]


def slow_offset(text: str, position: types.Position, encoding: str) -> int:
    """The offset of a position, found by walking."""
    line, at = 0, 0
    while line < position.line:
        if at >= len(text):
            return len(text)
        if text.startswith("\r\n", at):
            at += 1
        line += text[at] in "\r\n"
        at += 1
    units = 0
    while at < len(text) and text[at] not in "\r\n":
        units += units_of(text[at], encoding)
        if units > position.character:
            break
        at += 1
    return at


@given(TEXTS, POSITIONS, ENCODINGS)
def test_a_position_is_the_offset_that_walking_finds(
    text: str, position: types.Position, encoding: str
) -> None:
    before = copy.deepcopy(position)
    offset = convert.to_offset(Document("file:///a", text), position, encoding)
    assert offset == slow_offset(text, position, encoding)
    assert position == before


@given(TEXTS, ENCODINGS, st.data())
def test_an_offset_comes_back_from_its_position(
    text: str, encoding: str, data: st.DataObject
) -> None:
    document = Document("file:///a", text)
    offset = data.draw(st.integers(0, len(text)))
    back = convert.to_offset(document, convert.to_position(document, offset, encoding), encoding)
    inside_line_end = text[offset - 1 : offset + 1] == "\r\n"
    assert back == (offset - 1 if inside_line_end else offset)


@given(TEXTS, st.lists(st.tuples(POSITIONS, POSITIONS, TEXTS), max_size=4), ENCODINGS)
def test_changes_lead_where_walking_leads(
    text: str, changes: list[tuple[types.Position, types.Position, str]], encoding: str
) -> None:
    document = Document("file:///a", text, version=1)
    partial = [
        types.TextDocumentContentChangePartial(range=types.Range(start=a, end=b), text=new)
        for a, b, new in changes
    ]
    after, edits = convert.apply_changes(document, partial, 2, encoding)
    for a, b, new in changes:
        start, end = sorted((slow_offset(text, a, encoding), slow_offset(text, b, encoding)))
        text = text[:start] + new + text[end:]
    assert (after.text, after.version) == (text, 2)
    assert list(after.starts) == list(Document("file:///a", text).starts)
    replayed = document
    for edit in edits:
        replayed = replayed.apply(edit, 2)
    assert replayed.text == after.text


@given(TEXTS, TEXTS)
def test_a_whole_text_is_the_smallest_edit(old: str, new: str) -> None:
    edit = difference(old, new)
    assert old[: edit.start] + edit.text + old[edit.end :] == new
    removed = old[edit.start : edit.end]
    if removed and edit.text:
        assert removed[0] != edit.text[0]
        assert removed[-1] != edit.text[-1]


def test_a_whole_text_and_a_part_of_it_can_come_together() -> None:
    whole = types.TextDocumentContentChangeWholeDocument(text="one\ntwo\n")
    at = types.Position(line=1, character=3)
    part = types.TextDocumentContentChangePartial(range=types.Range(start=at, end=at), text="!")
    after, edits = convert.apply_changes(Document("file:///a", "old"), [whole, part], 3)
    assert after.text == "one\ntwo!\n"
    assert edits == (Edit(1, 3, "ne\ntwo\n"), Edit(7, 7, "!"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_a_lone_surrogate_is_replaced_by_something_as_long(encoding: str) -> None:
    text = convert.without_surrogates("a\ud83db")
    assert text == "a\ufffdb"
    position = convert.to_position(Document("file:///a", text), 2, encoding)
    assert position.character == {"utf-8": 4, "utf-16": 2, "utf-32": 2}[encoding]


def test_text_without_surrogates_is_left_alone() -> None:
    text = "é🎉"
    assert convert.without_surrogates(text) is text
