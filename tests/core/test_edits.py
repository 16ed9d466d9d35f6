from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from helpers.applied_edits import applied
from hypothesis import example, given
from hypothesis import strategies as st

from foretype.core.edits import smallest_edits
from foretype.core.text import Document, Edit, difference

CODE = st.text(alphabet="ab \t\n\r\x0c\u2028é𝄞`", max_size=40)
ENDED = st.text(alphabet="ab\r\n", max_size=12)
LINES = st.lists(st.sampled_from(["", "a = 1", "    b", "    c", "}", "é"]), max_size=8)


@given(CODE, CODE, st.data())
def test_edits_give_exactly_the_reply_and_leave_the_rest(
    text: str, reply: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    document = Document("file:///a", text)
    edits = smallest_edits(document, start, end, reply)
    assert applied(document, edits) == text[:start] + reply + text[end:]
    assert all(start <= edit.start <= edit.end <= end for edit in edits)
    for first, second in zip(edits, edits[1:], strict=False):
        assert first.end <= second.start
        assert (first.start, first.end) != (second.start, second.end)


@given(ENDED, ENDED)
@example("a\r\n", "a\rb\n")
@example("a\rb\n", "a\r\n")
def test_edits_name_only_places_that_have_a_position(old: str, new: str) -> None:
    document = Document("file:///a", old)
    for edit in smallest_edits(document, 0, len(document.text), new):
        for offset in (edit.start, edit.end):
            assert document.text[offset - 1 : offset + 1] != "\r\n"


def test_unchanged_lines_and_ends_of_lines_are_not_touched() -> None:
    document = Document("file:///a", "one\ntotal = add(1, 2)\nthree\nfour\n")
    edits = smallest_edits(document, 0, len(document.text), "one\ntotal = add(1, 5)\nthree\nfour\n")
    assert edits == (Edit(19, 20, "5"),)


def test_a_new_line_between_unchanged_ones_is_one_insertion() -> None:
    document = Document("file:///a", "a\nb\nc\n")
    assert smallest_edits(document, 0, 6, "a\nb\nx\nc\n") == (Edit(4, 4, "x\n"),)


def test_lines_that_stay_at_both_ends_are_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """To search equal lines takes time that grows with their square."""
    searched: list[int] = []

    class Counted(SequenceMatcher[str]):
        def __init__(self, isjunk: None, a: list[str], b: list[str], autojunk: bool) -> None:
            searched.append(len(a) * len(b))
            super().__init__(isjunk, a, b, autojunk)

    monkeypatch.setattr("foretype.core.edits.SequenceMatcher", Counted)
    document = Document("file:///a", "}\n" * 1900)
    assert smallest_edits(document, 0, 3800, "}\n" * 1900 + "x\n") == (Edit(3800, 3800, "x\n"),)
    around = smallest_edits(document, 0, 3800, "a\n" + "}\n" * 1900 + "b\n")
    assert applied(document, around) == "a\n" + "}\n" * 1900 + "b\n"
    assert sum(searched) == 0
    within = Document("file:///a", "a\nb\nc\nd\ne\n")
    assert len(smallest_edits(within, 0, 10, "a\nB\nc\nD\nx\ne\n")) == 2
    assert searched == [3 * 4]


def test_the_same_code_needs_no_edit() -> None:
    document = Document("file:///a", "a\nb\n")
    assert smallest_edits(document, 0, 4, "a\nb\n") == ()


def test_a_very_long_change_is_one_edit() -> None:
    old, new = "a\n" * 3000, "b\n" * 3001
    assert len(smallest_edits(Document("file:///a", old), 0, len(old), new)) == 1


@given(CODE, CODE)
def test_the_difference_turns_one_text_into_the_other(old: str, new: str) -> None:
    edit = difference(old, new)
    assert old[: edit.start] + edit.text + old[edit.end :] == new
