"""What a typist at an editor does: keys, ghost text typed through, what is right, the counts."""

from __future__ import annotations

import pytest
from helpers.marks import cursor
from hypothesis import given
from hypothesis import strategies as st

from foretype.cli.demo.typist import (
    Ghost,
    Page,
    Scene,
    Tally,
    TypingRhythm,
    count_strokes,
    ghost_at,
    right_part,
    strokes,
)
from foretype.core.text import Document, Edit


def page(drawn: str) -> Page:
    at = cursor(drawn)
    return Page(at.document, at.offset)


def test_a_key_writes_a_line_end_with_its_indentation() -> None:
    assert list(strokes("if x:\n    y\r\n\r\n\tz")) == [
        *("i", "f", " ", "x", ":"),
        "\n    ",
        *("y", "\r\n", "\r\n\t", "z"),
    ]


@given(st.text(alphabet="ab \t\r\n😀"))
def test_keys_write_exactly_the_text(text: str) -> None:
    keys = list(strokes(text))
    assert "".join(keys) == text
    assert count_strokes(text) == len(keys) and all(keys)


def test_ghost_text_shrinks_while_it_is_typed_through() -> None:
    ghost: Ghost | None = Ghost("ab\n    c", id="s-1")
    for stroke, left in (("a", "b\n    c"), ("b", "\n    c"), ("\n    ", "c")):
        assert ghost is not None
        ghost = ghost.after_typing(stroke)
        assert ghost == Ghost(left, id="s-1")
    assert ghost is not None and ghost.after_typing("c") is None


def test_ghost_text_goes_when_something_else_is_typed() -> None:
    assert Ghost("abc").after_typing("x") is None


@pytest.mark.parametrize(
    ("drawn", "edit", "ghost"),
    [
        ("ab‸", Edit(2, 2, "cd"), Ghost("cd")),
        ("ab‸", Edit(0, 2, "abcd"), Ghost("cd")),
        ("f(‸)", Edit(2, 3, "x)"), Ghost("x)", replaces=1)),
        ("ab‸", Edit(0, 2, "xycd"), None),
        ("ab‸", Edit(0, 2, "ab"), None),
        ("ab‸ cd", Edit(3, 5, "cd"), None),
    ],
)
def test_shows_what_can_stand_after_the_cursor(drawn: str, edit: Edit, ghost: Ghost | None) -> None:
    assert ghost_at(page(drawn), edit) == ghost


@pytest.mark.parametrize(
    ("ghost", "rest", "part"),
    [
        ("one", "one two", "one"),
        ("one\ntwo", "one\ntwo\nthree", "one\ntwo"),
        ("one\nwrong", "one\ntwo\nthree", "one"),
        ("one\ntwo\nwrong", "one\ntwo\nthree", "one\ntwo"),
        ("one\nwrong", "one", "one"),
        ("one\r\nwrong", "one\r\ntwo", "one"),
        ("one\nmore", "one_and_a_half\ntwo", ""),
        ("one wrong", "one two", ""),
        ("wrong", "one", ""),
        ("\nwrong", "\none", ""),
    ],
)
def test_right_is_all_of_it_or_its_first_lines(ghost: str, rest: str, part: str) -> None:
    assert right_part(Ghost(ghost), page("‸"), rest) == part


def test_ghost_text_over_a_closer_is_right_where_it_ends_the_truth() -> None:
    at = page("f(‸)")
    assert right_part(Ghost("x)", replaces=1), at, "x") == "x)"
    assert right_part(Ghost("x)", replaces=1), at, "y") == ""


@given(st.text(alphabet="ab\n "), st.text(alphabet="ab\n "))
def test_what_is_right_is_a_beginning_of_both(ghost: str, rest: str) -> None:
    part = right_part(Ghost(ghost), page("‸"), rest)
    assert ghost.startswith(part) and rest.startswith(part)


def test_accepting_leaves_the_cursor_after_the_text() -> None:
    at = page("f(‸)\ny")
    after = at.edited(Ghost("x)", replaces=1).accepting(at))
    assert after.document.text == "f(x)\ny" and after.offset == 4
    assert after.document.version == at.document.version + 1


def test_a_scene_opens_without_its_stretch() -> None:
    scene = Scene("a.py", "file:///a.py", "python", "one\n", "two\n", "three")
    assert scene.page == Page(Document("file:///a.py", "one\nthree", "python", 1), 4)


def test_the_same_seed_gives_the_same_rhythm() -> None:
    keys = list(zip("total = sum(x)", "\ntotal = sum(x", strict=True))
    first, second, other = (
        [rhythm.before(*key) for key in keys]
        for rhythm in (TypingRhythm(1), TypingRhythm(1), TypingRhythm(2))
    )
    assert first == second != other
    assert all(0 < seconds <= 1.2 for seconds in first)


def test_pace_makes_a_faster_person() -> None:
    assert TypingRhythm(1, 4.0).before("a", "b") == TypingRhythm(1).before("a", "b") / 4


def test_counts_what_was_in_time() -> None:
    tally = Tally(shown_ms=[100, 200, 400, 900], typed=30, saved=10)
    assert (tally.share_in_time, tally.median_ms, tally.p95_ms) == (0.75, 300, 900)
    assert tally.share_saved == 0.25


def test_the_95th_percentile_is_one_of_the_times() -> None:
    assert Tally(shown_ms=[float(ms) for ms in range(1, 101)]).p95_ms == 95
    assert Tally(shown_ms=[7.0]).p95_ms == 7


def test_nothing_shown_counts_as_nothing() -> None:
    tally = Tally()
    assert (tally.share_in_time, tally.median_ms, tally.p95_ms, tally.share_saved) == (0, 0, 0, 0)
