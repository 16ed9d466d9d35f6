"""One question to one model, in virtual time: what is recorded of it, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from helpers.service_editor import OpenGate
from helpers.virtual import virtual

from foretype.evaluation.attempt import Attempt, attempt, from_json
from foretype.evaluation.holes import Hole, Source
from foretype.evaluation.observed_model import Cap, ObservedModel
from foretype.evaluation.tasks import Task, of_holes
from foretype.models.protocol import Chunk, ModelError, ModelTimeout, Prompt
from foretype.settings.schema import Settings
from foretype.spending.usage import Usage

TEXT = "def add(a, b):\n    total = a + b\n    return total\n"
USAGE = Usage(input_tokens=100, output_tokens=9, cost_usd=0.001)
Piece = tuple[float, str | ModelError]
"""Seconds to wait, and what comes then; an empty text ends the answer."""


@dataclass
class Timed:
    """A model that sends pieces at their times, one answer after the other."""

    answers: list[Sequence[Piece]]
    name: str = "timed"
    is_local: bool = False
    takes_messages: bool = True
    n_asked: int = field(default=0)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        self.n_asked += 1
        for seconds, piece in self.answers[min(self.n_asked, len(self.answers)) - 1]:
            await asyncio.sleep(seconds)
            if isinstance(piece, ModelError):
                raise piece
            yield Chunk(text=piece) if piece else Chunk(finish="stop", usage=USAGE)

    def price(self, usage: Usage) -> float | None:
        return usage.cost_usd if usage.cost_usd is not None else 0.0005

    def estimate(self, n_sent: int, n_came: int) -> Usage:
        return Usage(input_tokens=n_sent // 4, output_tokens=n_came // 4)

    async def warm(self) -> None:
        return None

    async def close(self) -> None:
        return None


def task(truth: str) -> Task:
    start = TEXT.index(truth)
    hole = Hole(Source("add.py", "python", TEXT), "block", start, start + len(truth))
    return of_holes([hole], Path("/nowhere"))[0]


async def made(truth: str, *answers: Sequence[Piece]) -> Attempt:
    model = cast(Any, Timed(list(answers)))
    observed = ObservedModel(model, Cap(1.0), asyncio.Semaphore(1), "below_first")
    asked = task(truth)
    blank = Attempt(key="k", model="m", task=asked.name, kind="block", language="python", run=1)
    return await attempt(asked, observed, Settings(), cast(Any, OpenGate()), blank)


@virtual
async def test_a_line_counts_from_the_moment_it_is_whole() -> None:
    one = await made("\n    total = a + b\n    return total", (
        (0.2, "\n    total = a"), (0.1, " + b\n"), (0.3, "    return total"), (0.1, "")
    ))  # fmt: skip
    assert one.shown == "\n    total = a + b\n    return total"
    assert one.first_token_ms == pytest.approx(200)
    assert one.first_line_ms == pytest.approx(300) and one.in_time
    assert (one.output_tokens, one.cost_usd, one.is_estimated) == (9, 0.001, False)


@virtual
async def test_a_line_without_an_end_is_whole_when_the_model_stops() -> None:
    one = await made("a + b", ((0.2, "a + "), (0.1, "b"), (0.2, "")))
    assert one.shown == "a + b"
    assert one.first_line_ms == pytest.approx(500) and one.in_time is False


@virtual
async def test_an_answer_may_take_long_and_is_late_then() -> None:
    one = await made("a + b", ((20.0, "a + b"), (0.0, "")))
    assert (one.shown, one.in_time, one.failure) == ("a + b", False, "")


@virtual
async def test_no_answer_at_all_is_a_failure_of_the_endpoint() -> None:
    fault = ModelTimeout("nothing was sent")
    one = await made("a + b", ((0.1, fault),), ((0.1, fault),), ((90.0, ""),))
    assert one.failure == "nothing was sent" and not one.shown and one.why


@virtual
async def test_an_empty_answer_is_none() -> None:
    one = await made("a + b", ((0.1, ""),))
    assert (one.failure, one.shown, one.in_time) == ("", "", False)
    assert one.why.startswith("the model had nothing to add")


@virtual
async def test_what_is_stored_is_read_again() -> None:
    one = await made("a + b", ((0.1, "a + b"), (0.0, "")))
    assert from_json(one.as_json()) == one
    assert from_json({**one.as_json(), "a later version": "has more"}) == one
