"""What an edit leaves where its user ticks only some of its parts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.marks import cursor

from foretype.core.text import Edit
from foretype.lsp.features.refactoring.applying import is_part
from foretype.refactor.outcome import FileEdit

BEFORE = cursor("a = 1\nb = 1\nc = 1\n‸").document
EDIT = FileEdit(BEFORE.uri, BEFORE, (Edit(4, 5, "2"), Edit(12, 18, "")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb = 1\nc = 1\n", True),
        ("a = 2\nb = 1\nc = 1\n", True),
        ("a = 1\nb = 1\n", True),
        ("a = 2\r\nb = 1\r\n", True),
        ("a = 2\nb = 2\n", False),
        ("a = 12\nb = 1\n", False),
        ("", False),
    ],
)
def test_a_part_of_an_edit_is_told_from_something_else(text: str, expected: bool) -> None:
    assert is_part(EDIT, replace(BEFORE, text=text)) == expected
