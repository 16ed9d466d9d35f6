"""A file typed at a person's pace, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from helpers.service_editor import OpenGate
from helpers.virtual import run, virtual
from rich.console import Console

from foretype.cli.eval_replay import Session
from foretype.evaluation.answer_store import AnswerStore
from foretype.evaluation.evaluate import Contender
from foretype.evaluation.holes import Source
from foretype.evaluation.observed_model import Cap
from foretype.evaluation.replay import Replayed, cut
from foretype.evaluation.tasks import of_holes
from foretype.models.protocol import Chunk, Prompt
from foretype.settings.schema import CompletionSettings, Settings
from foretype.spending.usage import Usage

PARAGRAPH = """\
def area_{n}(width, height):
    if width < 0 or height < 0:
        raise ValueError("{n}: a side is not negative")
    return width * height + {n}


"""
TEXT = "".join(PARAGRAPH.format(n=n) for n in range(20))
SOURCE = Source("area.py", "python", TEXT)
SETTINGS = Settings(completion=CompletionSettings(local="off"))


@dataclass
class Endpoint:
    base_url: str = "http://127.0.0.1:9/v1"


@dataclass
class Knowing:
    """A model that knows the text, and begins to say it after a time."""

    first_s: float
    name: str = "knowing"
    is_local: bool = True
    takes_messages: bool = True
    endpoint: Endpoint = field(default_factory=Endpoint)
    n_asked: int = field(default=0)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        self.n_asked += 1
        before = prompt.messages[-1].content.partition("Before the cursor:\n")[2]
        tail = before.partition("<|cursor|>")[0][-60:]
        await asyncio.sleep(self.first_s)
        at = TEXT.find(tail)
        if tail.strip() and at >= 0:
            rest = TEXT[at + len(tail) :]
            for line in rest.splitlines(keepends=True)[:3]:
                yield Chunk(text=line)
        yield Chunk(finish="stop", usage=Usage(input_tokens=100, output_tokens=20))

    def price(self, usage: Usage) -> float | None:
        return None

    def estimate(self, n_sent: int, n_came: int) -> Usage:
        return Usage(input_tokens=n_sent // 4, output_tokens=n_came // 4)

    async def warm(self) -> None:
        return None

    async def close(self) -> None:
        return None


def session(model: Knowing, store: AnswerStore, *, pauses: int = 20) -> Session:
    hole = cut(SOURCE, pauses, seed=1)
    assert hole is not None
    [task] = of_holes([hole], Path("/project"))
    contender = Contender(
        label="knowing",
        model=cast(Any, model),
        settings=SETTINGS,
        gate=cast(Any, OpenGate()),
        layout="below_first",
    )
    return Session(contender, task, pauses, 1, store)


async def typed(model: Knowing, store: AnswerStore | None = None, *, pauses: int = 20) -> Replayed:
    one = session(model, store or AnswerStore(None), pauses=pauses)
    await one.type(Cap(1.0), Console(file=StringIO()))
    assert one.is_whole
    return one.done


@virtual
async def test_a_model_that_is_right_and_soon_is_there_in_nearly_all_pauses() -> None:
    counted = await typed(Knowing(first_s=0.1))
    assert counted.covered(0.4) >= 0.9 * len(counted.pauses) > 0
    assert 0 < counted.requests < counted.keys
    assert counted.output_tokens > 0


@virtual
async def test_a_slower_model_is_there_less_often() -> None:
    soon, late = await typed(Knowing(first_s=0.1)), await typed(Knowing(first_s=3.0))
    assert late.covered(0.4) < soon.covered(0.4)


async def stopped(model: Knowing, store: AnswerStore, *, after_s: float) -> None:
    """Type for a time, and stop as Ctrl-C does."""
    task = asyncio.create_task(session(model, store).type(Cap(1.0), Console(file=StringIO())))
    await asyncio.sleep(after_s)
    assert task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("stops_s", [(0.0,), (0.4,), (31.0,), (7.1, 0.0, 13.3, 2.9)])
def test_what_was_typed_is_kept_whenever_it_is_stopped(
    tmp_path: Path, stops_s: tuple[float, ...]
) -> None:
    async def main() -> tuple[list[int], Replayed, Replayed]:
        model, reached = Knowing(first_s=0.1), []
        for after_s in stops_s:
            await stopped(model, loaded(tmp_path), after_s=after_s)
            reached.append(session(model, loaded(tmp_path)).done.typed)
        again = await typed(model, loaded(tmp_path))
        assert again.requests == model.n_asked
        n_asked = model.n_asked
        assert (await typed(model, loaded(tmp_path)), model.n_asked) == (again, n_asked)
        return reached, again, await typed(Knowing(first_s=0.1))

    reached, again, at_once = run(main())
    assert reached == sorted(reached)
    assert (again.typed, again.keys, len(again.pauses)) == (
        at_once.typed,
        at_once.keys,
        len(at_once.pauses),
    )
    # The places are the same; what was known at one is not, after a stop.
    assert abs(again.covered(0.4) - at_once.covered(0.4)) <= len(stops_s)


def loaded(folder: Path) -> AnswerStore:
    store = AnswerStore(folder / "evaluations.jsonl")
    store.load()
    return store


def test_a_part_counts_once_and_a_line_that_is_not_whole_not_at_all(tmp_path: Path) -> None:
    one, other = loaded(tmp_path), loaded(tmp_path)
    part = Replayed(model="a", typed=5, keys=6, pauses=(0.1, None))
    one.add_typed("key", part)
    other.add_typed("key", part)
    with (tmp_path / "evaluations.jsonl").open("a") as file:
        file.write('{"key": "key", "from": 5, "replay": {"mod')
    one.add_typed("key", Replayed(model="a", typed=9, keys=4, pauses=(None,)))
    whole = Replayed(model="a", typed=9, keys=10, pauses=(0.1, None, None))
    assert loaded(tmp_path).typed("key") == whole


def test_whole_paragraphs_are_typed_the_same_ones_for_the_same_seed() -> None:
    hole = cut(SOURCE, 20, seed=1)
    assert hole == cut(SOURCE, 20, seed=1) and hole is not None
    assert hole.truth.startswith("def area_") and hole.truth[-1].isdigit()
    assert cut(Source("a", "", "one line"), 20, seed=1) is None


@pytest.mark.parametrize("n_pauses", [1, 1000])
def test_a_file_too_short_for_the_pauses_is_typed_to_its_end(n_pauses: int) -> None:
    hole = cut(SOURCE, n_pauses, seed=3)
    assert hole is not None and 0 < hole.start < hole.end <= len(TEXT)
