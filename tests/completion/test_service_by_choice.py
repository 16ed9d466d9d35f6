"""Less noise by choice: when text may appear, and whether it appears by itself at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from helpers.service_editor import CountingEngine, Editor, editor, reason
from helpers.virtual import virtual

from foretype.completion.suggestion import Answer, NoSuggestion, Reason, Suggestion, Trigger
from foretype.core.deadline import Deadline, now
from foretype.models.scripted import Script, ScriptedModel

DELAYS = (0.0, 0.1, 0.25, 0.5, 2.0)
"""Seconds after the last key."""


async def ask(e: Editor, delay_s: float, *, ms: float = 400) -> Answer:
    deadline = Deadline.after_ms(max(ms, delay_s * 1000))
    return await e.service.suggest(e.at, Trigger.AUTOMATIC, deadline, delay_s=delay_s)


@pytest.mark.parametrize("first", [0.02, 0.2])
@pytest.mark.parametrize("delay_s", DELAYS)
@virtual
async def test_text_appears_no_sooner_than_chosen_and_as_soon_as_it_may(
    delay_s: float, first: float
) -> None:
    e = editor("‸\n", model := ScriptedModel(Script(["sum(prices)\n"], first=first)))
    e.type("total = ")
    key = now()
    answer = await ask(e, delay_s)
    assert isinstance(answer, Suggestion) and answer.text == "sum(prices)"
    assert now() - key == pytest.approx(max(first, delay_s), abs=0.02)
    assert len(model.prompts) == 1


@virtual
async def test_a_guess_of_the_embedded_engine_waits_too() -> None:
    e = editor("‸\n", ScriptedModel(Script([], first=60)), local="fallback")
    e.service.set_local(CountingEngine())
    e.type("total = ")
    key = now()
    assert isinstance(await ask(e, 0.6), Suggestion)
    assert now() - key >= 0.59


@virtual
async def test_that_nothing_comes_is_not_held_back() -> None:
    e = editor("‸\n", ScriptedModel(Script([], first=0.1)))
    e.type("total = ")
    key = now()
    assert reason(await ask(e, 2.0)) is Reason.EMPTY
    assert now() - key < 0.3


@virtual
async def test_what_is_visible_stays_while_it_is_typed() -> None:
    e = editor("‸\n", ScriptedModel(Script(["sum(prices)\n"], first=0.05)))
    e.type("total = ")
    assert isinstance(await ask(e, 1.0), Suggestion)
    for key in "sum(":
        e.type(key)
        at = now()
        assert isinstance(await ask(e, 1.0), Suggestion)
        assert now() == at


@virtual
async def test_typing_on_shows_nothing_in_between() -> None:
    e = editor("‸\n", ScriptedModel(*[Script(["sum(prices)\n"], first=0.02)] * 9))
    answers = []
    for key in "total = ":
        e.type(key)
        answers.append(asyncio.ensure_future(ask(e, 0.5)))
        await asyncio.sleep(0.2)
    await asyncio.sleep(0.5)
    shown = [isinstance(answer.result(), Suggestion) for answer in answers]
    assert shown == [False] * 7 + [True]


@pytest.mark.parametrize("off", [{"trigger": "on_request"}, {"enabled": False}])
@virtual
async def test_on_request_asks_for_nothing_by_itself(off: dict[str, Any]) -> None:
    e = editor("‸\n", model := ScriptedModel(Script(["sum(prices)\n"], first=0.05)), **off)
    e.follows()
    e.type("total = ")
    assert reason(await e.ask()) is Reason.OFF
    await asyncio.sleep(5)
    assert model.prompts == []
    answer = await e.ask(Trigger.INVOKED)
    assert isinstance(answer, Suggestion) and answer.text == "sum(prices)"


@virtual
async def test_on_request_says_by_which_setting() -> None:
    e = editor("total = ‸\n", None, trigger="on_request")
    answer = await e.ask()
    assert isinstance(answer, NoSuggestion) and "completion.trigger" in answer.detail
