"""Cells of a notebook: those above are the text before the cursor, in their order."""

from __future__ import annotations

import pytest
from helpers.marks import cursor as drawn

from foretype.completion.context.notebook import with_cells_above
from foretype.completion.context.window import ABOVE_CHARS, gather
from foretype.core.text import Document


def cell(text: str, language: str = "python", number: int = 0) -> Document:
    return Document(f"vscode-notebook-cell:/book.ipynb#{number}", text, language)


def before(drawn_cell: str, *cells: Document, language: str = "python") -> str:
    """What a prompt has before the cursor."""
    at = with_cells_above(drawn(drawn_cell, language=language), cells)
    return gather(at, tokens=20_000).prefix


@pytest.mark.parametrize(
    ("cells", "language", "above"),
    [
        ((), "python", ""),
        ((cell("x = 1"), cell("y = x\n")), "python", "x = 1\n\ny = x\n\n"),
        ((cell("# Prices\n\nOf all.", "markdown"), cell("x = 1")), "python",
         "# # Prices\n# Of all.\n\nx = 1\n\n"),
        ((cell("select 1", "sql"), cell("x = 1"), cell("\n")), "python", "x = 1\n\n"),
        ((cell("Text.", "markdown"), cell("let x = 1;", "javascript")), "javascript",
         "// Text.\n\nlet x = 1;\n\n"),
        ((cell("Text.", "markdown"), cell("x = 1")), "markdown", "Text.\n\n"),
    ],
)  # fmt: skip
def test_cells_stand_above_in_their_order(
    cells: tuple[Document, ...], language: str, above: str
) -> None:
    assert before("total = ‸", *cells, language=language) == f"{above}total = "


def test_line_ends_are_those_of_the_cell() -> None:
    at = with_cells_above(drawn("a = 1\r\n‸"), [cell("x = 1\ny = 2")])
    assert at.document.text == "x = 1\r\ny = 2\r\n\r\na = 1\r\n"
    assert at.document.line_of(at.offset) == 4


def test_the_nearest_cells_fit() -> None:
    far, near = cell("far = 1"), cell(f"near = '{'x' * (ABOVE_CHARS - 100)}'")
    text = before("total = ‸", far, far, far, near)
    assert text.startswith("near = ") or "near = " in text
    assert len(text) <= ABOVE_CHARS
    large = cell("x" * (ABOVE_CHARS + 1))
    assert before("total = ‸", large) == "total = "
    assert before("total = ‸", large, far) == "far = 1\n\ntotal = "
