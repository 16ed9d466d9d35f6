"""How many streams run at a time: enough for each document that asks, and no more."""

from __future__ import annotations

import asyncio

import pytest
from helpers.marks import cursor
from helpers.service_editor import Editor, editor, reason
from helpers.virtual import virtual

from foretype.completion.generation.pool import MAX_IN_ALL, MAX_RUNNING
from foretype.completion.suggestion import Reason, Suggestion, Trigger
from foretype.core.deadline import now
from foretype.models.protocol import ModelRejected
from foretype.models.scripted import Script, ScriptedModel


def editors(n: int, model: ScriptedModel) -> list[Editor]:
    """Several documents at one service."""
    first = editor("total = ‸\n", model)
    uris = [f"file:///project/number_{i}.py" for i in range(n)]
    return [Editor(first.service, cursor("total = ‸\n", uri=uri)) for uri in uris]


@pytest.mark.parametrize("n", [2, 3, 4, MAX_IN_ALL])
@virtual
async def test_documents_that_ask_at_the_same_time_are_all_answered(n: int) -> None:
    model = ScriptedModel(Script(["sum(prices)\n"], first=0.2))
    answers = await asyncio.gather(*(e.shown() for e in editors(n, model)))
    assert answers == ["sum(prices)"] * n
    assert model.aborted == []


@virtual
async def test_there_is_a_limit_however_many_documents_ask() -> None:
    model = ScriptedModel(Script(["sum(prices)\n"], first=0.2))
    asked = [asyncio.ensure_future(e.ask()) for e in editors(30, model)]
    await asyncio.sleep(0.1)
    assert model.running == MAX_IN_ALL
    answers = await asyncio.gather(*asked)
    assert sum(isinstance(answer, Suggestion) for answer in answers) == MAX_IN_ALL


@virtual
async def test_streams_of_other_documents_that_nobody_waits_for_make_room() -> None:
    model = ScriptedModel(Script(stall=True))
    for e in editors(5, model):
        assert reason(await e.ask()) is Reason.DEADLINE
        assert model.running <= MAX_RUNNING


@virtual
async def test_a_stream_lives_as_long_as_a_request_waits_for_it() -> None:
    e = editor("total = ‸\n", ScriptedModel(Script(["sum(prices)\n"], first=3)))
    answer = await e.ask(Trigger.INVOKED, ms=5000)
    assert isinstance(answer, Suggestion)
    assert now() == 3


@virtual
async def test_a_stream_of_another_way_does_not_keep_a_second_one_from_a_stalled_one() -> None:
    model = ScriptedModel(
        Script(["sum"], first=0.05, stall=True),
        Script(stall=True),
        Script(["max(prices)\n"], first=0.05),
    )
    e = editor("total = ‸\n", model)
    for _ in range(4):
        e.service.resources.pace.first_token(0.1)
    asked = asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.125)
    e.type("s")
    e.type("x")
    assert reason(await asked) is Reason.STALE
    assert await e.shown() == "max(prices)"


@virtual
async def test_a_stream_that_stops_in_the_middle_does_not_block_what_is_typed_on() -> None:
    model = ScriptedModel(Script(["sum"], first=0.1, stall=True), Script(["rices)\n"], first=0.1))
    e = editor("total = ‸\n", model)
    for _ in range(4):
        e.service.resources.pace.first_token(0.1)
    assert reason(await e.ask()) is Reason.DEADLINE
    for key in "sum(p":
        await asyncio.sleep(0.2)
        e.type(key)
    assert await e.shown() == "rices)"


@virtual
async def test_whole_lines_need_no_second_stream_though_the_first_one_stalls() -> None:
    model = ScriptedModel(Script(["a = 1\n", "    b"], first=0.1, stall=True))
    e = editor("def f():\n    ‸\n", model)
    assert await e.shown() == "a = 1"
    for key in "a =":
        await asyncio.sleep(0.5)
        e.type(key)
        await e.shown()
    assert len(model.prompts) == 1


@virtual
async def test_a_stream_that_says_nothing_is_not_kept_by_typing() -> None:
    model = ScriptedModel(Script(stall=True), Script(["a" * 60 + "\n"], first=0.1))
    e = editor("total = ‸\n", model)
    await e.ask()
    for _ in range(30):
        await asyncio.sleep(0.2)
        e.type("a")
        await e.ask()
    assert model.aborted == [0]


@virtual
async def test_a_fault_is_named_though_a_stream_that_says_nothing_still_runs() -> None:
    model = ScriptedModel(
        Script(stall=True), Script([ModelRejected("The key was refused.", 401)], first=0.05)
    )
    e = editor("total = ‸\n", model)
    for _ in range(4):
        e.service.resources.pace.first_token(0.1)
    assert reason(await e.ask()) is Reason.UNAVAILABLE
    assert now() < 0.35
