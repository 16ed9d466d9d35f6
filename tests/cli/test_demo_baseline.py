"""What the latest line that begins alike would have saved."""

from __future__ import annotations

from helpers.marks import cursor

from foretype.cli.demo.baseline import latest_line, share_saved
from foretype.cli.demo.typist import Scene


def after(drawn: str) -> str:
    here = cursor(drawn)
    return latest_line(here.document.text[: here.offset])


def test_goes_on_as_the_latest_line_that_begins_alike() -> None:
    assert after("x = f(1)\n  x = f(2)\nx = ‸") == "f(2)"
    assert after("x = f(1)\ny = g(1)\nx = ‸") == "f(1)"
    assert after("x = f(1)\nx = f(1)‸") == ""
    assert after("x = f(1)\nx‸") == ""


def scene(before: str, truth: str) -> Scene:
    return Scene("a.py", "file:///a.py", "python", before, truth, "\n")


def test_a_line_that_stands_above_is_accepted_once_it_is_begun() -> None:
    # Three keys, a Tab; eleven without help.
    assert share_saved([scene("value = 10\n", "value = 10")], 3) == 1 - 4 / 10


def test_nothing_is_saved_where_nothing_is_alike_or_right() -> None:
    assert share_saved([scene("a = 1\n", "value = 10")], 3) == 0.0
    assert share_saved([scene("value = 12\n", "value = 10")], 3) == 0.0
    assert share_saved([], 3) == 0.0
