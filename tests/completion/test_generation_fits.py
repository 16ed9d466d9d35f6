"""Where a generation fits: drawn before and after, told by the text around the cursor alone."""

from __future__ import annotations

import pytest
from helpers.marks import cursor
from hypothesis import given
from hypothesis import strategies as st

from foretype.completion.anchor import Anchor
from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit


@pytest.mark.parametrize(
    ("anchor", "now", "typed"),
    [
        ("total = ‸\n", "total = ‸\n", ""),
        ("total = ‸\n", "total = su‸\n", "su"),
        ("total = ‸\n", "count = ‸\n", None),
        ("total = ‸\n", "total = su‸m\n", None),
        ("total = ‸\n", "total =‸\n", None),
        ("print‸\n", "print(‸)\n", "("),
        ("f = {‸\nend\n", "f = {\n    ‸\n}\nend\n", "\n    "),
        ("a\nb\n‸", "a\nb\nc‸", "c"),
    ],
)
def test_typed_since(anchor: str, now: str, typed: str | None) -> None:
    assert Anchor.at(cursor(anchor)).typed_since(cursor(now)) == typed


def test_an_edit_far_above_does_not_matter() -> None:
    text = "line = 1\n" * 100 + "total = "
    before = Cursor(Document("file:///a", text + "\n"), len(text))
    after = Cursor(Document("file:///a", "import os\n" + text + "s\n"), len(text) + 11)
    assert Anchor.at(before).typed_since(after) == "s"


def test_another_document_is_another_place() -> None:
    assert Anchor.at(cursor("a‸")).typed_since(cursor("a‸", uri="file:///b.py")) is None


@given(st.text(max_size=400), st.text(max_size=60), st.text(alphabet="ab \n)", max_size=80))
def test_what_is_typed_at_the_cursor_is_found(before: str, typed: str, after: str) -> None:
    document = Document("file:///a", before + after)
    start = Cursor(document, len(before))
    end = Cursor(document.apply(Edit(len(before), len(before), typed)), len(before) + len(typed))
    found = Anchor.at(start).typed_since(end)
    assert found == typed


def test_text_that_repeats_itself_does_not_hide_what_was_typed() -> None:
    text = "x = 1\n" * 60
    before = Cursor(Document("file:///a", text), len(text))
    after = Cursor(Document("file:///a", text + "x = 1\n"), len(text) + 6)
    assert Anchor.at(before).typed_since(after) == "x = 1\n"
