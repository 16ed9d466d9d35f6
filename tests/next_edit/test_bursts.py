"""Edits as bursts: one place, before and after, how it came about."""

from __future__ import annotations

import pytest
from helpers.next_edits import NextEditEditor
from hypothesis import given, settings
from hypothesis import strategies as st

from foretype.core.text import Document, Edit
from foretype.next_edit.bursts import Origin, origin_of

LINES = "one = 1\ntwo = 2\nthree = 3\n"


def shown(editor: NextEditEditor) -> list[tuple[str, str, Origin]]:
    return [(b.before, b.after, b.origin) for b in editor.next_edits.history]


def test_keys_at_one_place_are_one_burst() -> None:
    editor = NextEditEditor(LINES)
    editor.type(7, "00")
    assert shown(editor) == [("one = 1\n", "one = 100\n", Origin.TYPED)]


def test_an_edit_elsewhere_is_another_burst() -> None:
    editor = NextEditEditor(LINES)
    editor.replace("one", "uno")
    editor.replace("three", "tres")
    assert [after for _, after, _ in shown(editor)] == ["uno = 1\n", "tres = 3\n"]


def test_lines_that_are_changed_again_later_keep_their_first_text() -> None:
    editor = NextEditEditor("def read<T>(text: T): T\n", "typescript")
    editor.replace("read<T>", "readText")
    editor.replace("T)", "string)")
    editor.replace(": T", ": string")
    last = editor.next_edits.history.last
    assert last is not None
    assert (last.before, last.after) == (
        "def readText(text: string): T\n",
        "def readText(text: string): string\n",
    )
    assert last.original == "def read<T>(text: T): T\n"


def test_a_burst_follows_its_text() -> None:
    editor = NextEditEditor(LINES)
    editor.replace("three", "tres")
    editor.change(Edit(0, 0, "zero = 0\n"))
    burst = next(iter(editor.next_edits.history))
    assert editor.text[burst.place.start : burst.place.end] == "tres = 3\n"


def test_what_is_undone_is_no_burst_any_more() -> None:
    editor = NextEditEditor(LINES)
    editor.replace("one", "uno")
    editor.undo(LINES)
    assert shown(editor) == []


@pytest.mark.parametrize(
    ("before", "after", "origin"),
    [
        ("f(a,\n  b)\n", "f(a, b)\n", Origin.FORMATTED),
        ("x = {'a': 1,\n 'b': 2}\n", 'x = {"a": 1, "b": 2,}\n', Origin.FORMATTED),
        ("", "line\n" * 9, Origin.PASTED),
        ("", "x" * 300, Origin.PASTED),
        ("a", "ab", Origin.TYPED),
    ],
)
def test_how_an_edit_came_about(before: str, after: str, origin: Origin) -> None:
    document = Document("file:///a.py", before)
    assert origin_of(document, Edit(0, len(before), after)) is origin


EDITS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 12), st.text("ab \n", max_size=6), st.booleans()),
    max_size=12,
)


@given(EDITS)
@settings(max_examples=300, deadline=None)
def test_every_burst_is_the_text_at_its_place(edits: list[tuple[int, int, str, bool]]) -> None:
    editor = NextEditEditor(LINES)
    for at, length, text, soon in edits:
        start = min(at, len(editor.text))
        end = min(start + length, len(editor.text))
        editor.change(Edit(start, end, text), after_s=0.1 if soon else 5.0)
        for burst in editor.next_edits.history:
            assert editor.text[burst.place.start : burst.place.end] == burst.after
            assert burst.place.start <= burst.touched.start <= burst.touched.end <= burst.place.end
