"""Code that gets the indentation of what it replaces."""

from __future__ import annotations

from textwrap import indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.languages import refactor_traits as languages
from foretype.refactor.rewrite.reindent import reindent

PYTHON = languages.of_id("python")
GO = languages.of_id("go")
PLAIN = languages.of_id("unheard-of")


def test_a_block_at_the_left_edge_gets_the_depth_of_what_it_replaces() -> None:
    old = "    def f(self):\n        return 1"
    assert (
        reindent("def f(self):\n    return 2", old, PYTHON) == "    def f(self):\n        return 2"
    )


def test_a_block_that_is_too_deep_is_moved_left() -> None:
    assert reindent("        x = 1\n        y = 2", "x = 0", PYTHON) == "x = 1\ny = 2"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    def f():\n        return 1", "def f():\n        return 2"),
        ("  f() {\n    a();\n  }", "f() {\n    b();\n  }"),
        ("    x = 1\n    y = 2", "x = 3\n    y = 4"),
    ],
)
def test_a_first_line_that_alone_lacks_its_indentation_moves_no_other(old: str, new: str) -> None:
    lead = old[: len(old) - len(old.lstrip())]
    assert reindent(new, old, PYTHON) == lead + new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    x = 1\n    y = 2", "for x in y:\n    f(x)"),
        ("  f() {\n    a();\n  }", "f() {\n  b();\n}"),
        ("    a = 1", "if a:\n    b = 1"),
    ],
)
def test_lines_that_all_lack_their_indentation_are_all_moved(old: str, new: str) -> None:
    lead = old[: len(old) - len(old.lstrip())]
    assert reindent(new, old, PYTHON) == indent(new, lead)


FOUR = "def f():\n    if a:\n        b()\n    c()"
DOCUMENTED = 'def f():\n  """It\n  is."""\n  c()'
TWO = "def f():\n  if a:\n    b()\n  c()"


@pytest.mark.parametrize(
    ("old", "new", "becomes"),
    [
        (FOUR, TWO, FOUR),
        (TWO, FOUR, TWO),
        (indent(FOUR, "    "), TWO, indent(FOUR, "    ")),
        (FOUR, DOCUMENTED, DOCUMENTED),
        (FOUR, "def f():\n   c()", "def f():\n   c()"),
        (FOUR, "f(a,\n  b)", "f(a,\n  b)"),
        (FOUR, "if f(a,\n        b):\n  c()", "if f(a,\n                b):\n    c()"),
        ("f(a,\n        b)", TWO, TWO),
        (FOUR, "/**\n * a\n */\n{\n  c()\n}", "/**\n * a\n */\n{\n    c()\n}"),
    ],
)
def test_steps_are_as_wide_as_in_the_file(old: str, new: str, becomes: str) -> None:
    assert reindent(new, old, PYTHON) == becomes


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("cpp", "A::A(\n  int a)\n  : B(a) {}", "A::A(\n    int a)\n    : B(a) {}"),
        ("java", "int f(\n  int a) {\n    g();\n}", "int f(\n    int a) {\n    h();\n}"),
        ("rust", "fn f(\n  a: u8,\n) {\n    g()\n}", "fn f(\n    a: u8,\n) {\n    h()\n}"),
        ("python", "def f(\n  a,\n):\n    g()", "def f(\n    a,\n):\n    h()"),
    ],
)
def test_continued_lines_are_no_steps(language: str, old: str, new: str) -> None:
    assert reindent(new, old, languages.of_id(language)) == new


def test_tabs_are_kept_where_the_file_has_tabs() -> None:
    old = "func f() {\n\tif a {\n\t\tb()\n\t}\n}"
    new = "func f() {\n    if a {\n        c()\n    }\n}"
    assert reindent(new, old, GO) == "func f() {\n\tif a {\n\t\tc()\n\t}\n}"


def test_spaces_are_kept_where_the_file_has_spaces() -> None:
    assert (
        reindent("def f():\n\treturn 1", "def f():\n  return 0", PYTHON) == "def f():\n  return 1"
    )


def test_the_inside_of_a_string_stays_where_it_was() -> None:
    old = '    x = """\nleft\n"""\n    y = 1'
    new = 'x = """\nleft\n"""\ny = 2'
    assert reindent(new, old, PYTHON) == '    x = """\nleft\n"""\n    y = 2'


def test_blank_lines_around_the_code_are_left_out() -> None:
    assert reindent("\n\nx = 1\n\n", "x = 0", PLAIN) == "x = 1"


@given(st.integers(0, 3), st.integers(0, 3))
def test_every_depth_is_mended(given_depth: int, wanted_depth: int) -> None:
    lines = ["def f():", "    if a:", "        b()", "", "    return 1"]
    given_code = "\n".join(("    " * given_depth + line).rstrip() for line in lines)
    wanted = "\n".join(("    " * wanted_depth + line).rstrip() for line in lines)
    assert reindent(given_code, wanted, PYTHON) == wanted
