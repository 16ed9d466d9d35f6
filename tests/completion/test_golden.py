"""Every oddity that a model has shown, one file each in ``golden/``; see its README."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.completion_places import context_at
from helpers.golden_cases import FILES, Case, cuts, read
from helpers.marks import cursor as drawn

from foretype.completion.complete_text import complete_text
from foretype.completion.postprocess import Postprocessor
from foretype.completion.postprocess.extent import Shaped
from foretype.core.cursor import Cursor
from foretype.settings.schema import CompletionSettings


def shown(case: Case, cursor: Cursor, pieces: list[str]) -> Shaped:
    """What the product shows in the end of an answer in pieces."""
    settings = CompletionSettings(multiline=case.multiline)  # type: ignore[arg-type]
    raw = "".join(pieces)
    stream = Postprocessor(context_at(cursor, case.multiline))
    for piece in pieces:
        stream.feed(piece)
    is_cut = case.finish == "length"
    completion = complete_text(raw, cursor, settings, is_cut=is_cut, after_accept=case.after_accept)
    assert stream.feed("", final=True) == completion.text, pieces
    return completion.extent


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_shows(path: Path) -> None:
    case = read(path)
    cursor = drawn(case.text, language=case.language, uri=f"file:///project/{case.language}")
    for pieces in cuts(case):
        extent = shown(case, cursor, pieces)
        assert (extent.whole_lines, extent.replaces) == (case.shows, case.replaces), (
            case.description,
            pieces,
        )


def test_the_cases_are_told_apart_and_of_many_languages() -> None:
    cases = [read(path) for path in FILES]
    assert len({case.description for case in cases}) == len(cases)
    assert len({case.language for case in cases}) >= 12
    assert all(case.description.strip() for case in cases)
