"""A stream's work is bounded by what comes, and an answer without an end is read so far only."""

from __future__ import annotations

import asyncio

import pytest
from helpers.completion_places import PLACES, context_at
from helpers.service_editor import editor
from helpers.virtual import virtual

from foretype.completion import postprocess
from foretype.completion.generation.generation import MAX_CHARS
from foretype.completion.postprocess import Postprocessor
from foretype.completion.postprocess.stage import Stage, run
from foretype.completion.suggestion import Suggestion
from foretype.models.scripted import Script, ScriptedModel


class Counted:
    """The steps of postprocessing, counting the characters that they are given."""

    def __init__(self) -> None:
        self.n_read = 0

    def __call__(self, stages: tuple[Stage, ...], lines: list[str], *, ended: bool) -> list[str]:
        self.n_read += sum(map(len, lines))
        return run(stages, lines, ended=ended)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    counted = Counted()
    monkeypatch.setattr(postprocess, "run", counted)
    return counted


UNITS = ["a", "x = 1; ", " ", "`", "(", '"', "\t", "é", "<", "\r", "</thinking>", "Sure. ", "x\n"]


@pytest.mark.parametrize("name", ["python body", "python comment", "markdown", "javascript"])
@pytest.mark.parametrize("unit", UNITS)
def test_each_character_of_a_stream_is_read_once(name: str, unit: str, counted: Counted) -> None:
    stream = Postprocessor(context_at(PLACES[name]))
    for character in ("x" + unit * 20_000)[:20_000]:
        stream.feed(character)
    stream.feed("", final=True)
    assert counted.n_read <= 20_000


def pieces_of(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize(
    "pieces",
    [
        ["x = " + "a" * 65_000] * 16,
        pieces_of("a" * 40_000, 1),
        pieces_of("x = [" + "1, " * 20_000, 3),
        pieces_of('x = "' + "word " * 20_000, 5),
    ],
    ids=["65 KB", "one character", "numbers", "words"],
)
@virtual
async def test_an_answer_without_an_end_is_read_no_further_than_suggestions_go(
    pieces: list[str],
) -> None:
    model = ScriptedModel(Script(pieces, first=0.1, stall=True))
    e = editor("‸\n", model)
    assert not isinstance(await e.ask(), Suggestion)
    await asyncio.sleep(0.1)
    assert model.running == 0
    assert all(len(each.raw) <= MAX_CHARS for each in e.service.pool.cache)


@virtual
async def test_of_an_answer_without_an_end_whole_lines_are_shown() -> None:
    e = editor("‸\n", ScriptedModel(Script(["total = 0\nx = " + "a" * 65_000], first=0.1)))
    assert await e.shown() == "total = 0"
