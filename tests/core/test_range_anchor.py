from __future__ import annotations

import pytest
from helpers.applied_edits import applied
from hypothesis import given
from hypothesis import strategies as st

from foretype.core.edits import smallest_edits
from foretype.core.range_anchor import RangeAnchor
from foretype.core.text import Document, Edit


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
