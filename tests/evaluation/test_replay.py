"""A file typed at a person's pace, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from helpers.service_editor import OpenGate
from helpers.virtual import virtual

from foretype.core.text import Document
from foretype.evaluation.observed_model import Cap, ObservedModel
from foretype.evaluation.replay import Replayed, Typist, stretch_of
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
DOCUMENT = Document("file:///project/area.py", TEXT, "python", 1)
SETTINGS = Settings(completion=CompletionSettings(local="off"))


@dataclass
class Knowing:
    """A model that knows the text, and begins to say it after a time."""

    first_s: float
    name: str = "knowing"
    is_local: bool = True
    takes_messages: bool = True
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


async def typed(model: Knowing, *, pauses: int = 20) -> Replayed:
    stretch = stretch_of(DOCUMENT, pauses, seed=1)
    assert stretch is not None
    observed = ObservedModel(cast(Any, model), Cap(1.0), asyncio.Semaphore(8), "below_first")
    typist = Typist(stretch, observed, SETTINGS, cast(Any, OpenGate()), seed=1)
    n_seen = []
    counted = await typist.play(pauses, lambda: n_seen.append(1))
    assert len(n_seen) == len(counted.pauses)
    return counted


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


def test_whole_paragraphs_are_typed_the_same_ones_for_the_same_seed() -> None:
    stretch = stretch_of(DOCUMENT, 20, seed=1)
    assert stretch == stretch_of(DOCUMENT, 20, seed=1) and stretch is not None
    assert stretch.typed.startswith("def area_") and stretch.typed[-1].isdigit()
    assert stretch_of(Document("file:///a", "one line", "", 1), 20, seed=1) is None


@pytest.mark.parametrize("n_pauses", [1, 1000])
def test_a_file_too_short_for_the_pauses_is_typed_to_its_end(n_pauses: int) -> None:
    stretch = stretch_of(DOCUMENT, n_pauses, seed=3)
    assert stretch is not None and 0 < stretch.start < stretch.end <= len(TEXT)
