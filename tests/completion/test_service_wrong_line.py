"""A model that is wrong, or has nothing to add, while a line is typed at an even pace."""

from __future__ import annotations

import asyncio

import pytest
from helpers.service_editor import Editor, editor
from helpers.virtual import virtual

from foretype.core.deadline import now
from foretype.models.scripted import Script, ScriptedModel

LINE = "result = compute(first, second) + other[0].value\n"
KEY_S = 0.11
MODELS = {
    "wrong": Script(["quux(", "1)\n"], first=0.18, gap=0.01),
    "wrong at once": Script(["quux(1)\n"]),
    "wrong and slow": Script(["quux(", "1)\n"], first=0.6, gap=0.01),
    "empty": Script([], first=0.18),
    "empty at once": Script([]),
}


async def type_evenly(e: Editor, text: str, key_s: float = KEY_S) -> None:
    """Type as in VS Code: a request 50 ms after each key, cancelled by the next one."""
    for key in text:
        e.type(key)
        await asyncio.sleep(0.05)
        asked = asyncio.ensure_future(e.ask())
        await asyncio.sleep(key_s - 0.05)
        asked.cancel()


@pytest.mark.parametrize("kind", MODELS)
@virtual
async def test_a_model_that_is_wrong_or_empty_is_asked_less_the_longer_the_line_goes_on(
    kind: str,
) -> None:
    model = ScriptedModel(MODELS[kind])
    e = editor("‸\n", model, waits_ms=50, debounce_ms="auto")
    await type_evenly(e, LINE[:25])
    half = len(model.prompts)
    await type_evenly(e, LINE[25:])
    whole = len(model.prompts)
    assert whole <= 10 and whole - half <= half


@pytest.mark.parametrize("kind", MODELS)
@virtual
async def test_after_such_a_line_a_pause_is_answered_as_ever(kind: str) -> None:
    model = ScriptedModel(MODELS[kind])
    e = editor("‸\n", model, waits_ms=50, debounce_ms="auto")
    await type_evenly(e, LINE)
    model.scripts = [Script(["total = 0\n"])]
    e.type("sub")
    asked = now()
    assert await e.shown() == "total = 0"
    assert now() - asked <= 0.31
