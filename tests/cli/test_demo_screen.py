"""What the demo shows, as plain text: frames of one moment, lines without a terminal, the table."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from helpers.marks import cursor
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from foretype.cli.demo.demo_typing import DemoMoment
from foretype.cli.demo.screen import LiveScreen, PlainScreen, code_window, draw, plain_line, summary
from foretype.cli.demo.typist import Ghost, Page, Scene, Tally


def moment(
    drawn: str, ghost: str = "", *, language: str = "python", replaces: int = 0
) -> DemoMoment:
    at = cursor(drawn, language=language)
    scene = Scene("a.py", at.document.uri, language, "", "", "")
    shown = Ghost(ghost, replaces) if ghost else None
    return DemoMoment(scene, Page(at.document, at.offset), shown, Tally(), took_ms=80.0)


def window(at: DemoMoment, *, width: int = 40, height: int = 10) -> str:
    lines = code_window(at, width=width, height=height).plain.split("\n")
    return "\n".join(line.rstrip() for line in lines)


def printed(what: RenderableType, *, width: int = 60, **console: object) -> str:
    out = io.StringIO()
    Console(file=out, width=width, **console).print(what)  # type: ignore[arg-type]
    return out.getvalue()


def test_ghost_text_stands_in_its_place() -> None:
    assert window(moment("a = 1\nb = ‸\nc = 3\n", "a + 1")) == (
        "1  a = 1\n2  b = a + 1\n3  c = 3\n4"
    )


def test_ghost_text_pushes_down_what_follows() -> None:
    assert window(moment("if a:‸\nz", "\n    b\nelse:")) == "1  if a:\n2      b\n3  else:\n4  z"


def test_ghost_text_covers_what_it_replaces() -> None:
    assert window(moment("f(‸)", "x, y)", replaces=1)) == "1  f(x, y)"


def test_line_ends_of_all_kinds_are_one_line_each() -> None:
    assert window(moment("a\r\nb\r‸c\n", "x\r\ny")) == "1  a\n2  b\n3  x\n4  yc\n5"


def test_tabs_take_four_columns() -> None:
    assert window(moment("f {\n\t‸\n}", "return\tx", language="go")) == (
        "1  f {\n2      return  x\n3  }"
    )


def test_what_steers_a_terminal_is_shown_as_a_question_mark() -> None:
    assert window(moment("a\x1b[2J\x07‸b\u2028c", "\x1b]0;x")) == "1  a?[2J??]0;xb?c"


def test_the_cursor_and_the_ghost_text_stay_inside_the_window() -> None:
    lines = "".join(f"line {number}\n" for number in range(1, 101))
    shown = window(moment(lines + "def ‸\n" + lines, "f():\n    one\n    two"), height=8)
    assert "101  def f():\n102      one\n103      two" in shown
    assert len(shown.split("\n")) == 8


def test_a_window_at_the_beginning_shows_the_first_lines() -> None:
    assert window(moment("‸a\nb\nc\n"), height=2) == "1  a\n2  b"


def test_long_lines_scroll_sideways_to_the_cursor() -> None:
    shown = window(moment("x" * 100 + "‸", "ghost"), width=30)
    assert shown.endswith("xxghost") and len(shown) <= 30


@given(
    st.text(alphabet="ab \t\n\r😀漢\x1b\u2028", max_size=40),
    st.text(alphabet="ab \t\n\r😀漢", max_size=40),
    st.text(alphabet="xy\n\t漢", max_size=20),
    st.integers(8, 50),
    st.integers(1, 12),
)
def test_every_moment_fits_its_window(
    before: str, after: str, ghost: str, width: int, height: int
) -> None:
    shown = code_window(moment(f"{before}‸{after}", ghost), width=width, height=height)
    assert len(shown.plain.split("\n")) <= height
    assert "\x1b" not in shown.plain and "\t" not in shown.plain


@pytest.mark.parametrize("width", [24, 40, 80, 200])
def test_a_frame_has_the_size_that_it_is_given(width: int) -> None:
    frame = draw(moment("a = ‸\n", "1 + 1"), engine="embedded engine", width=width, height=12)
    lines = printed(frame, width=width).splitlines()
    assert len(lines) == 12 and max(map(len, lines)) <= width


def test_a_frame_says_how_fast_and_who() -> None:
    shown = printed(draw(moment("a = ‸", "1"), engine="some engine", width=60, height=8))
    assert "a.py" in shown and "some engine" in shown and "80 ms after the key" in shown


def test_a_frame_needs_no_unicode() -> None:
    frame = draw(moment("a = ‸", "1"), engine="x", width=60, height=8, unicode=False)
    assert printed(frame).isascii()


def test_ghost_text_is_dim_without_color_too() -> None:
    frame = draw(moment("a = ‸", "1 + 1"), engine="x", width=60, height=8)
    shown = printed(frame, force_terminal=True, no_color=True)
    assert "a = \x1b[2;3;7m1\x1b[0m\x1b[2;3m + 1\x1b[0m" in shown
    assert not re.search(r"\x1b\[[\d;]*\b[39]\d\b", shown)


def test_the_live_screen_draws_each_moment() -> None:
    out = io.StringIO()
    console = Console(file=out, width=60, height=14, force_terminal=True)
    with LiveScreen(console, "some engine") as screen:
        screen.typed(moment("a‸"))
        screen.shown(moment("a‸", "bcd"))
        screen.accepted(replace(moment("abcd‸"), accepted=(1, 4)))
    assert "bcd" in out.getvalue() and " Tab " in out.getvalue()


def test_plain_lines_say_where_how_fast_and_what_then() -> None:
    out = io.StringIO()
    with PlainScreen(Console(file=out, width=20, color_system=None)) as screen:
        screen.shown(moment("a\nb = ‸", "left + right + more"))
        screen.accepted(moment("a\nb = left + right + more‸"))
        screen.shown(moment("a\nc = ‸", "wrong"))
        screen.shown(moment("a\nc = x‸", "wrong\nagain"))
    assert out.getvalue().splitlines()[1:] == [
        "    2    80 ms  b = [[left + right + more]]  Tab",
        "    2    80 ms  c = [[wrong]]  typed on",
        "    2    80 ms  c = x[[wrong +1 line]]",
    ]


def test_plain_lines_hold_nothing_that_steers_a_terminal() -> None:
    line = plain_line(moment("a\x1b[2J‸", "b\tc\nd\ne"), "Tab")
    assert line == "    1    80 ms  a?[2J[[b c +2 lines]]  Tab"


def test_the_table_tells_what_it_was_worth() -> None:
    tally = Tally(
        requests=9,
        cancelled=4,
        shown_ms=[60.0, 70.0, 500.0],
        right=2,
        accepted=2,
        typed=30,
        saved=10,
    )
    shown = printed(summary(tally, spent="none", beside=0.12))
    for said in (
        "9, 4 of them cancelled",
        "3 shown, 2 right, 2 accepted",
        "67%",
        "median 70 ms, p95 500 ms",
        "30 typed, 10 saved",
        "25%",
        "by the latest line alike",
        "12%",
        "none",
    ):
        assert said in shown


def test_the_table_claims_no_times_where_nothing_was_shown() -> None:
    shown = printed(summary(Tally(typed=3), spent="none", beside=0.0, unicode=False))
    assert "median" not in shown and "%" in shown and shown.isascii()
