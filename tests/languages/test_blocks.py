"""Functions and types read from lines alone: where they end, and what is none."""

from __future__ import annotations

import pytest

from foretype.core.text import Document
from foretype.languages import refactor_traits
from foretype.languages.blocks import blocks_of, function_around


def extents(text: str, language: str) -> list[tuple[str, int, int]]:
    found = blocks_of(Document("file:///a", text), refactor_traits.of_id(language))
    return [(each.name, each.first, each.last) for each in found]


def test_what_is_in_a_text_has_a_name_and_lines() -> None:
    lines = [
        "import os", "", "class A:", "    x = 1", "", "    @cache", "    def f(self):",
        "        return 1", "", "    def g(self):", "        def h():", "            pass", "",
        "def k():", "    pass",
    ]  # fmt: skip
    assert extents("\n".join(lines), "python") == [
        ("A", 2, 11), ("f", 5, 7), ("g", 9, 11), ("h", 10, 11), ("k", 13, 14),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "text", "last"),
    [
        ("python", 'def f():\n    x = """\nfar left\n"""\n    return x\n\ny = 1', 4),
        ("python", "def f(\n    x,\n):\n    return x\n# aside\ny = 1", 3),
        ("python", "def f():\n    pass\ntry:\n    pass", 1),
        ("go", "func f() {\n\tx := `\n}\n`\n\tg(x)\n}\n\nfunc h() {}", 5),
        ("c", "int f(int a)\n{\n#ifdef X\n    g();\n#endif\nout:\n    return 1;\n}\nint b;", 7),
        ("cpp", "    int f()\n    {\n#if A\n        g();\n#endif\n    }\n    int b;", 5),
        ("cpp", "int f()\n    { return 1; }\n    // aside\nint b;", 1),
        ("typescript", "function f<\n  A,\n>(\n  a: A,\n): A {\n  return a;\n}\nb();", 6),
        ("csharp", 'void F()\n{\n    Run(@"\nclass A:\n");\n}\nint b;', 5),
        ("rust", "fn f<T>(x: T) -> u8\nwhere\n    T: Copy,\n{\n    1\n}\nconst B: u8 = 1;", 5),
        ("ruby", "def f\n  g\nrescue A\n  h\nend\ni", 4),
        ("lua", "local function f()\n  g()\nend\nh()", 2),
        ("kotlin", "fun f() = 1\nfun g() {\n}", 0),
    ],
)
def test_a_block_ends_where_something_else_is_as_far_left(
    language: str, text: str, last: int
) -> None:
    assert extents(text, language)[0][1:] == (0, last)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("javascript", "walk(node, function (child) {\n  go(child);\n});"),
        ("typescript", "interface A {\n  get(\n    x: number,\n  ): string;\n}"),
        ("kotlin", "interface A {\n    fun f(): Int\n    fun g(): Int\n}"),
    ],
)
def test_what_has_no_body_is_not_around_anything(language: str, text: str) -> None:
    row = refactor_traits.of_id(language)
    assert function_around(Document("file:///a", text), row, 1, 1) is None
