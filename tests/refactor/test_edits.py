from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from helpers.applied_edits import applied
from hypothesis import example, given
from hypothesis import strategies as st

from foretype.core.text import Document, Edit, difference
from foretype.refactor.edits import RangeAnchor, smallest_edits

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

    monkeypatch.setattr("foretype.refactor.edits.SequenceMatcher", Counted)
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


@given(st.lists(st.sampled_from(["a", "b", "", "  c"]), min_size=3, max_size=9), st.data())
def test_what_is_typed_meanwhile_is_preserved_or_the_run_refused(
    lines: list[str], data: st.DataObject
) -> None:
    document = Document("file:///a", "\n".join(lines))
    first = data.draw(st.integers(0, len(lines) - 1))
    last = data.draw(st.integers(first, len(lines) - 1))
    start, end = document.line_start(first), document.line_end(last)
    anchor = RangeAnchor.on(document, start, end)
    marks: list[str] = []
    newer = document
    for number in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(newer.text)))
        to = data.draw(st.integers(at, min(at + 3, len(newer.text))))
        typed = data.draw(st.sampled_from([f"<{number}>", f"<{number}>\n", f"\n<{number}>", ""]))
        newer = newer.apply(Edit(at, to, typed))
        marks = [*(mark for mark in marks if mark in newer.text), typed.strip()]
        anchor = anchor.follow(newer)
    place = anchor.place(newer)
    if place is None:
        return
    assert newer.text[place[0] : place[1]] == document.text[start:end]
    after = applied(newer, smallest_edits(newer, *place, "REPLY"))
    assert after == newer.text[: place[0]] + "REPLY" + newer.text[place[1] :]
    for mark in marks:
        assert mark in after


@pytest.mark.parametrize(
    ("edit", "moves"),
    [
        (Edit(0, 0, "zero\n"), 5),
        (Edit(0, 4, ""), -4),
        (Edit(4, 4, "new line\n"), 9),
        (Edit(4, 4, "two\n"), 0),
        (Edit(7, 7, "\n"), 0),
        (Edit(8, 8, "x"), 0),
        (Edit(4, 4, "x"), None),
        (Edit(7, 7, "x"), None),
        (Edit(5, 6, ""), None),
        (Edit(3, 4, ""), None),
        (Edit(0, 13, "everything"), None),
    ],
)
def test_an_edit_elsewhere_moves_the_range_and_one_within_ends_it(
    edit: Edit, moves: int | None
) -> None:
    document = Document("file:///a", "one\ntwo\nthree")
    newer = document.apply(edit)
    place = RangeAnchor.on(document, 4, 7).follow(newer).place(newer)
    assert place == (None if moves is None else (4 + moves, 7 + moves))


@pytest.mark.parametrize(
    ("newer", "at"),
    [
        ("ONE\ntwo\nTHREE", 4),
        ("zero\n\none\n\ntwo\n\nthree", 11),
        ("ONE\ntwo!\nTHREE", None),
        ("ONE\n  two\nTHREE", None),
        ("ONE\ntwo\ntwo\nTHREE", None),
        ("ONE\nTHREE", None),
    ],
)
def test_one_change_on_both_sides_moves_the_range(newer: str, at: int | None) -> None:
    document = Document("file:///a", "one\ntwo\nthree")
    now = Document("file:///a", newer)
    place = RangeAnchor.on(document, 4, 7).follow(now).place(now)
    assert place == (None if at is None else (at, at + 3))


def test_an_edit_within_that_is_taken_back_is_no_edit() -> None:
    document = Document("file:///a", "one\ntwo\nthree")
    typed = document.apply(Edit(5, 5, "x"))
    anchor = RangeAnchor.on(document, 4, 7).follow(typed)
    assert anchor.place(typed) is None
    undone = typed.apply(Edit(5, 6, ""))
    assert anchor.follow(undone).place(undone) == (4, 7)
