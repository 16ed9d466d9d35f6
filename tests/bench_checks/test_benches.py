"""The benches' own parts: a figure is worth no more than the code that counted it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benches.figures import interval, median, percentile, table
from benches.ghost_text import shown_by
from benches.tally import Pause, Tally
from foretype.evaluation.ghost_screen import Screen, is_right
from foretype.evaluation.keystrokes import keys_at, next_key

TEXT = "def add(a, b):\n    return a + b\n\n    total = add(1, 2)"


def typed(text: str, seed: int) -> str:
    """What stands there once every key of a text is pressed."""
    done = ""
    while len(done) < len(text):
        for key in keys_at(text, len(done), seed):
            done = done[:-1] if key.deletes else done + key.text
    return done


@given(st.integers(0, 500))
def test_a_hand_types_the_text_whatever_its_typos(seed: int) -> None:
    assert typed(TEXT, seed) == TEXT


def test_a_hand_makes_typos_and_pauses() -> None:
    keys = [key for seed in range(50) for at in range(len(TEXT)) for key in keys_at(TEXT, at, seed)]
    assert any(key.deletes for key in keys)
    assert 0.02 < sum(key.after_s > 0.4 for key in keys) / len(keys) < 0.2
    assert 0.1 < median([key.after_s for key in keys]) < 0.25


def test_enter_brings_the_indentation_along() -> None:
    assert next_key(TEXT, TEXT.index("\n")) == "\n    "
    assert next_key(TEXT, TEXT.index("\n\n")) == "\n"


def test_vs_code_keeps_ghost_text_that_is_typed_through() -> None:
    screen = Screen(clears_on_key=False)
    screen.answered("turn a")
    screen.typed("t")
    assert screen.ghost == "urn a"
    screen.typed("x")
    assert screen.ghost == ""


def test_neovim_clears_ghost_text_and_remembers_what_fits() -> None:
    screen = Screen(clears_on_key=True)
    screen.answered("turn a")
    screen.typed("t")
    assert (screen.ghost, screen.fits) == ("", "urn a")


@pytest.mark.parametrize(
    ("answer", "replaced", "cleared"),
    [("urn a + b", 0, 0), ("ur", 0, 0), ("other", 1, 0), ("", 0, 1)],
)
def test_counts_what_flickers(answer: str, replaced: int, cleared: int) -> None:
    screen = Screen(clears_on_key=False)
    screen.answered("urn a")
    screen.answered(answer)
    assert (screen.replaced, screen.cleared) == (replaced, cleared)


@pytest.mark.parametrize(
    ("ghost", "first_line", "right"),
    [
        ("a + b", False, True),
        ("a +", False, True),
        ("a - b", False, False),
        ("a + b\nwrong", False, False),
        ("a + b\nwrong", True, True),
        ("", False, False),
        ("\n", False, False),
    ],
)
def test_right_is_a_beginning_of_the_truth(ghost: str, first_line: bool, right: bool) -> None:
    assert is_right(ghost, "a + b\n\nmore", first_line=first_line) is right


def test_what_an_item_covers_is_not_shown_again() -> None:
    where = {"start": {"line": 3, "character": 4}, "end": {"line": 3, "character": 6}}
    item = {"insertText": "return a", "range": where, "command": {"command": "x"}}
    assert shown_by({"items": [item]}, 3, 6, "    re") == ("turn a", {"command": "x"})
    assert shown_by([item], 3, 6, "    re")[0] == "turn a"
    assert shown_by(None, 3, 6, "    re") == ("", None)
    assert shown_by({"items": []}, 3, 6, "    re") == ("", None)


def test_pauses_are_pooled_and_counted() -> None:
    one, other = Tally(keys=3, rss_mb=50), Tally(keys=4, rss_mb=40)
    one.pauses = [Pause(0.5, 0.1, True), Pause(0.9, 0.6, True)]
    other.pauses = [Pause(0.7, None, False)]
    one.add(other)
    assert (one.keys, one.rss_mb) == (7, 50)
    assert (one.covered(0.4), one.covered()) == ((1, 3), (2, 3))


def test_figures() -> None:
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(list(range(1, 1001)), 0.999) == 999
    assert interval(93, 100) == pytest.approx((0.863, 0.966), abs=0.002)
    assert table(["a", "b"], [["1", "22"]]).splitlines()[-1] == "| 1 | 22 |"
