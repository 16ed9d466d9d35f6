"""Every oddity that a model has shown, one file each in ``golden/``; see its README."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.golden_cases import FILES, Case, cuts, read
from helpers.marks import cursor as drawn

from foretype.completion.complete_text import complete_text
from foretype.completion.shape import Shaped
from foretype.core.cursor import Cursor
from foretype.settings.schema import CompletionSettings


def shown(case: Case, cursor: Cursor, pieces: list[str]) -> Shaped:
    """What the product shows in the end."""
    settings = CompletionSettings(multiline=case.multiline)  # type: ignore[arg-type]
    is_cut = case.finish == "length"
    raw = ""
    for piece in pieces:
        raw += piece
        now = complete_text(raw, cursor, settings, final=False, after_accept=case.after_accept)
        if now.done:
            return now.shaped
    return complete_text(
        raw, cursor, settings, is_cut=is_cut, after_accept=case.after_accept
    ).shaped


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_shows(path: Path) -> None:
    case = read(path)
    cursor = drawn(case.text, language=case.language, uri=f"file:///project/{case.language}")
    for pieces in cuts(case):
        shaped = shown(case, cursor, pieces)
        assert shaped.whole_lines == case.shows, (case.description, pieces)
        assert shaped.replaces == case.replaces, case.description


def test_the_cases_are_told_apart_and_of_many_languages() -> None:
    cases = [read(path) for path in FILES]
    assert len({case.description for case in cases}) == len(cases)
    assert len({case.language for case in cases}) >= 12
    assert all(case.description.strip() for case in cases)
