"""The line end and the step of indentation that a text uses: one answer each."""

from __future__ import annotations

from textwrap import dedent

import pytest

from foretype.completion.context.window import gather
from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.core.text_style import (
    indentation_name,
    indentation_of,
    line_end_of,
    with_line_ends,
)
from foretype.local.layout import Layout


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("", "\n"),
        ("a", "\n"),
        ("a\nb", "\n"),
        ("a\r\nb\r\nc\n", "\r\n"),
        ("a\r\nb\nc\n", "\n"),
        ("a\nb\r\nc\r\n", "\r\n"),
        ("a\rb\rc", "\r"),
        ("a\rb\r\nc\r\n", "\r\n"),
        ("a\r\nb\n", "\n"),
        ("x\r" + "a\n" * 9, "\n"),
    ],
)
def test_the_line_end_is_the_one_used_most(text: str, end: str) -> None:
    assert line_end_of(text) == end
    assert with_line_ends("x\ny\r\nz\rw", end) == f"x{end}y{end}z{end}w"


@pytest.mark.parametrize("text", ["a\nb\r\nc\r\nd", "a\r\nb\nc\nd", "a\rb", "a"])
def test_all_who_write_lines_write_the_same_end(text: str) -> None:
    cursor = Cursor(Document("file:///a.py", text, "python"), len(text))
    assert gather(cursor, tokens=1_000).line_end == Layout.at(cursor).newline == line_end_of(text)


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("def f():\n    if x:\n        y\n    z\n", "    "),
        ("function f() {\n  if (x) {\n    y()\n  }\n}\n", "  "),
        ("func f() {\n\tif x {\n\t\ty()\n\t}\n}\n", "\t"),
        # One odd line, and lines that are aligned with what stands above.
        ("a:\n    b:\n        c\n  odd\nd:\n    e\n", "    "),
        ("f(a,\n  b)\nif x:\n    y\nelse:\n    z\n", "    "),
        # A text that begins deep shows the step all the same.
        ("        if x:\n            y\n        z\n", "    "),
        ("            if x:\n              y\n", "  "),
        # A block comment's lines have a blank of their own.
        ("/*\n * a\n * b\n */\nif (x) {\n    y();\n}\n", "    "),
        # All as deep as each other.
        ("    a\n    b\n", "    "),
        ("  a\n  b\n", "  "),
        # A few lines that use tabs.
        ("if x:\n    y\n\tz\nif a:\n    b\n", "    "),
        ("if (x) {\r\n  y\r\n}\r\n", "  "),
    ],
)
def test_one_step_of_indentation_is_read_from_the_lines(text: str, step: str) -> None:
    assert indentation_of(text) == step
    assert indentation_of(text, "\t") == step


@pytest.mark.parametrize("text", ["", "a\nb\n", "a\n     b\n", "a\n   \nb"])
def test_where_no_line_shows_it_the_step_is_the_usual_one(text: str) -> None:
    assert indentation_of(text, "\t") == "\t"
    assert indentation_of(text, "  ") == "  "


@pytest.mark.parametrize(("language", "step"), [("go", "\t"), ("ruby", "  "), ("python", "    ")])
def test_all_who_write_lines_indent_alike(language: str, step: str) -> None:
    for text in ("x\n", dedent("""\
        a
        \tb
        \tc
        d
        """)):  # fmt: skip
        cursor = Cursor(Document("file:///a", text, language), 0)
        written = Layout.at(cursor).written("\n")
        assert written is not None
        deeper = written[1].written("\x01")
        assert deeper is not None
        assert deeper[0] == gather(cursor, tokens=1_000).indentation
        assert deeper[0] == ("\t" if "\t" in text else step)


def test_a_step_has_a_name() -> None:
    assert [indentation_name(step) for step in ("\t", "  ", "    ")] == [
        "tabs", "2 spaces", "4 spaces",
    ]  # fmt: skip
