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

from foretype.completion.cleanup import CompletionContext, Flow, clean
from foretype.completion.context.prompt import cursor_mark
from foretype.completion.context.window import gather
from foretype.completion.shape import Shaped, shape
from foretype.core.cursor import Cursor, only_closers

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
    single = case.multiline == "single" or not only_closers(cursor.after)
    context = gather(cursor, tokens=2000)
    around = CompletionContext(context, cursor_mark(context.prefix + context.suffix), single)
    raw, flow = "", Flow("")
    for piece in pieces:
        raw += piece
        flow = clean(raw, around, final=False)
        if flow.done:
            break
    else:
        flow = clean(raw, around, final=True)
    is_cut = case.finish == "length" and not flow.done and not flow.text.endswith("\n")
    return shape(
        flow.text,
        cursor,
        finished=not is_cut,
        multiline=case.multiline,  # type: ignore[arg-type]
        after_accept=case.after_accept,
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_shows(path: Path) -> None:
    case = read(path)
    cursor = drawn(case.text, language=case.language, uri=f"file:///project/{case.language}")
    for pieces in cuts(case):
        shaped = shown(case, cursor, pieces)
        assert shaped.whole_lines == case.shows, (case.description, pieces)
        assert shaped.replaces == case.replaces, case.description


def test_the_cases_are_many_and_told_apart() -> None:
    cases = [read(path) for path in FILES]
    assert len(cases) >= 150
    assert len({case.description for case in cases}) == len(cases)
    assert len({case.language for case in cases}) >= 12
    assert all(case.description.strip() for case in cases)
