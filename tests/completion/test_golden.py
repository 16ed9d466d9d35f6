"""Every oddity that a model has shown, one file each in ``golden/``; see its README."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from helpers.marks import cursor as drawn

from foretype.completion.complete_text import complete_text
from foretype.completion.shape import Shaped
from foretype.core.cursor import Cursor
from foretype.settings.schema import CompletionSettings

FOLDER = Path(__file__).parent / "golden"
FILES = sorted(FOLDER.glob("*.toml"))
KEYS = {
    "description", "text", "model", "shows", "language", "finish", "multiline", "chunks", "wire",
    "replaces", "after_accept",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What one file says."""

    description: str
    text: str
    shows: str
    model: str = ""
    chunks: tuple[str, ...] = ()
    language: str = "python"
    finish: str = "stop"
    multiline: str = "auto"
    wire: str = "chat"
    replaces: int = 0
    after_accept: bool = False


def read(path: Path) -> Case:
    said: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = said.keys() - KEYS
    assert not unknown, f"no case has {', '.join(unknown)}"
    chunks = tuple(said.pop("chunks", ()))
    case = Case(chunks=chunks, **said)
    assert bool(case.model) != bool(chunks) or not case.shows, "give model, or chunks"
    assert case.finish in {"stop", "length"} and case.wire in {"chat", "fim", "responses"}
    return case


def cuts(case: Case) -> Iterator[list[str]]:
    """The answer as a stream: as it is told, in one piece, in characters, in pieces by chance."""
    if case.chunks:
        yield list(case.chunks)
    said = "".join(case.chunks) or case.model
    yield [said]
    yield list(said)
    dice = random.Random(said)
    for most in (3, 7, 20, 60):
        pieces, at = [], 0
        while at < len(said):
            size = dice.randint(1, most)
            pieces.append(said[at : at + size])
            at += size
        yield pieces


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
