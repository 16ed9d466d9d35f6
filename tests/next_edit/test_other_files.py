"""What was renamed here, or given another parameter, is followed in the other open files."""

from __future__ import annotations

import pytest
from helpers.bounded import bounded
from helpers.next_edits import NextEditEditor

from foretype.core.text import Document

SHOP = "def total(prices, tax):\n    return sum(prices) * tax\n"
REPORT = "from shop import total\n\n\ndef report():\n    return total([1], 2)\n"


def beside(editor: NextEditEditor, *texts: str) -> None:
    editor.others = [
        Document(f"file:///other{n}.py", text, "python") for n, text in enumerate(texts)
    ]


def lines(editor: NextEditEditor) -> list[tuple[str, str]]:
    """What is proposed for the other files, each accepted in turn."""
    found = []
    for proposal in bounded(iter(editor.proposed, None)):
        after = proposal.document.apply(proposal.edit)
        line = after.line(after.line_of(proposal.edit.start)).strip()
        found.append((proposal.document.uri, line))
        editor.accept_elsewhere(proposal)
    return found


def test_a_renamed_function_is_renamed_where_other_files_import_it() -> None:
    editor = NextEditEditor(SHOP)
    beside(editor, REPORT, "from money import total\n\ntotal()\n")
    editor.replace("total", "amount")
    assert lines(editor) == [
        ("file:///other0.py", "return amount([1], 2)"),
        ("file:///other0.py", "from shop import amount"),
    ]


def test_calls_in_other_files_lose_the_argument_that_is_one_too_many() -> None:
    editor = NextEditEditor(SHOP)
    beside(editor, REPORT)
    editor.replace("(prices, tax)", "(prices)")
    assert lines(editor) == [("file:///other0.py", "return total([1])")]


def test_this_file_comes_first() -> None:
    editor = NextEditEditor(SHOP + "\n\nprint(total([1], 2))\n")
    beside(editor, REPORT)
    editor.replace("total", "amount")
    found = editor.proposed()
    assert found is not None
    assert found.document == editor.document


@pytest.mark.parametrize(
    "other",
    [
        REPORT.replace("shop import total", "shop import total as total"),
        REPORT.replace("shop", "shops"),
        REPORT.replace("shop", "workshop"),
        REPORT + "\n\ntotal = 3\n",
        REPORT.replace("from shop import total", "import shop"),
        REPORT + "\n\namount = 3\n",
    ],
)
def test_nothing_is_changed_elsewhere_where_it_may_be_another_name(other: str) -> None:
    editor = NextEditEditor(SHOP)
    beside(editor, other)
    editor.replace("total", "amount")
    assert editor.proposed() is None
