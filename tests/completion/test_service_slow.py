"""Endpoints that take long to begin: waited for while the user rests, and not asked twice."""

from __future__ import annotations

import asyncio

import pytest
from helpers.service_editor import CountingEngine, Editor, editor
from helpers.virtual import virtual

from foretype.completion.suggestion import NoSuggestion, Source, Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import Deadline, now
from foretype.core.text import Document
from foretype.models.scripted import Script, ScriptedModel

SLOW = (3.0, 6.0, 20.0)
"""Seconds to the first token."""


def slow_editor(model: ScriptedModel, late: list[Suggestion], *, guesses: bool) -> Editor:
    e = editor("‸\n", model, late=late, local="fallback" if guesses else "off")
    e.service.set_local(CountingEngine() if guesses else None)
    return e


@pytest.mark.parametrize("guesses", [False, True])
@pytest.mark.parametrize("first", SLOW)
@virtual
async def test_a_user_who_rests_gets_the_text_whenever_it_comes_for_one_request(
    first: float, guesses: bool
) -> None:
    model = ScriptedModel(Script(["price in prices)\n"], first=first))
    late: list[Suggestion] = []
    e = slow_editor(model, late, guesses=guesses)
    for pause in range(1, 5):
        e.type(f"total_{pause} = sum(price for ")
        answer = await e.ask()
        assert isinstance(answer, Suggestion if guesses else NoSuggestion)
        await asyncio.sleep(first + 0.1)
        assert len(late) == len(model.prompts) == pause
        assert await e.shown() == "price in prices)"
        e.type("price in prices)\n")
    assert model.aborted == []


@virtual
async def test_late_text_replaces_the_embedded_engine_s_once() -> None:
    model = ScriptedModel(Script(["max(prices)\n"], first=3))
    late: list[Suggestion] = []
    e = slow_editor(model, late, guesses=True)
    e.type("total = ")
    guessed = await e.ask()
    assert isinstance(guessed, Suggestion) and guessed.source is Source.LOCAL
    again = await e.ask()
    assert isinstance(again, Suggestion) and again.text == guessed.text
    await asyncio.sleep(3)
    assert [suggestion.text for suggestion in late] == ["max(prices)"]
    assert await e.shown() == "max(prices)"
    await asyncio.sleep(3)
    assert await e.shown() == "max(prices)"
    assert len(late) == 1


@virtual
async def test_what_was_typed_into_stays() -> None:
    model = ScriptedModel(Script(["sum(others)\n"], first=3))
    late: list[Suggestion] = []
    e = slow_editor(model, late, guesses=True)
    e.type("total = ")
    assert await e.shown() == "sum(prices)"
    e.type("su")
    await asyncio.sleep(3)
    assert not late
    assert await e.shown() == "m(prices)"
    assert "from the embedded engine." in " ".join(e.service.why("the model"))


@virtual
async def test_a_stream_ends_once_the_user_rests_elsewhere() -> None:
    model = ScriptedModel(Script(["price\n"], first=60))
    e = slow_editor(model, [], guesses=False)
    e.type("total = ")
    await e.ask()
    await asyncio.sleep(10)
    assert model.aborted == []
    other = Document("file:///other.py", "x\n", "python", 1)
    e.service.opened(other)
    asyncio.ensure_future(
        e.service.suggest(Cursor(other, 0), Trigger.AUTOMATIC, Deadline.after_ms(400))
    )
    await asyncio.sleep(3)
    assert model.aborted == [0]


@virtual
async def test_nothing_goes_on_for_a_client_that_takes_no_late_text() -> None:
    model = ScriptedModel(Script(["price\n"], first=60))
    e = editor("‸\n", model)
    e.type("total = ")
    await e.ask()
    await asyncio.sleep(2.1)
    assert model.aborted == [0] and now() < 3


@virtual
async def test_an_endpoint_that_was_too_slow_once_is_known_to_be_slow() -> None:
    model = ScriptedModel(Script(["price\n"], first=60))
    e = editor("‸\n", model)
    usual = e.service.resources.pace.usual
    e.type("total = ")
    await e.ask()
    await asyncio.sleep(2.1)
    assert e.service.resources.pace.usual > 2 > usual


@pytest.mark.parametrize(
    ("first", "says"), [(0.9, "scripted takes about 0.9 s to begin"), (60, "has not begun")]
)
@virtual
async def test_after_three_pauses_with_nothing_the_user_is_told_why_and_what_to_do(
    first: float, says: str
) -> None:
    told: list[tuple[str, str]] = []
    e = slow_editor(ScriptedModel(Script(["price\n"], first=first)), [], guesses=False)
    e.service.resources.on_status = lambda state, message: told.append((state, message))
    for pause in range(1, 6):
        e.type(f"total_{pause} = ")
        assert isinstance(await e.ask(), NoSuggestion)
        e.type("something_else\n")
        await asyncio.sleep(1)
        slow = [message for state, message in told if state == "slow"]
        assert len(slow) == (pause >= 3)
    assert says in slow[0] and "foretype doctor" in slow[0]


@virtual
async def test_a_user_whose_pauses_are_filled_late_is_told_nothing() -> None:
    told: list[str] = []
    late: list[Suggestion] = []
    e = slow_editor(ScriptedModel(Script(["1\n"], first=3)), late, guesses=False)
    e.service.resources.on_status = lambda state, message: told.append(state)
    for pause in range(1, 6):
        e.type(f"total_{pause} = ")
        await e.ask()
        assert told[-1] == "thinking"
        await asyncio.sleep(3)
        assert told[-1] == "ready"
        assert await e.shown() == "1"
        e.type("1\n")
    assert "slow" not in told


@virtual
async def test_who_types_on_waits_no_more() -> None:
    told: list[str] = []
    e = slow_editor(ScriptedModel(Script(["1\n"], first=3)), [], guesses=False)
    e.service.resources.on_status = lambda state, message: told.append(state)
    e.type("total = ")
    await e.ask()
    e.type("x")
    assert told == ["thinking", "idle"]


@pytest.mark.parametrize(
    ("first", "set_to", "asked"), [(0.2, 128, 128), (2, 128, 256), (2, 64, 64)]
)
@virtual
async def test_a_slow_endpoint_is_asked_for_more_lines_unless_the_user_has_set_how_many(
    first: float, set_to: int, asked: int
) -> None:
    model = ScriptedModel("1\n")
    e = editor("‸\n", model, max_tokens=set_to)
    for _ in range(4):
        e.service.resources.pace.first_token(first)
    e.type("total = ")
    await e.ask()
    assert model.prompts[0].max_tokens == asked


@pytest.mark.parametrize("first", [0.2, 2.5])
@virtual
async def test_the_slower_an_endpoint_the_sooner_it_is_asked_for_what_follows(first: float) -> None:
    line = "total = sum(price for price in prices if price > 0)\n"
    model = ScriptedModel(Script([line], first=first), Script(["\nprint(total)\n"], first=first))
    e = editor("‸\n", model, waits_ms=50, debounce_ms="auto")
    for _ in range(4):
        e.service.resources.pace.first_token(first)
    e.follows()
    e.type("t")
    await asyncio.sleep(first + 0.5)
    n_typed = 1
    for key in line[1:-1]:
        if len(model.prompts) == 2:
            break
        await e.ask()
        e.type(key)
        n_typed += 1
        await asyncio.sleep(0.12)
    left = len(line) - 1 - n_typed
    assert (left > 15) == (first > 1) and left > 0


@virtual
async def test_late_text_is_announced_and_given_as_soon_as_a_line_of_it_is_whole() -> None:
    model = ScriptedModel(Script(["a = 1\n", "b", " = 2\n"], first=0.5, gap=1))
    late: list[Suggestion] = []
    e = editor("‸\n", model, late=late, waits_ms=50)
    e.type("if x:\n    ")
    await asyncio.sleep(0.05)
    assert isinstance(await e.ask(), NoSuggestion)
    await asyncio.sleep(0.56 - now())
    assert [suggestion.text for suggestion in late] == ["a = 1"]
    asked = now()
    assert await e.shown() == "a = 1"
    assert now() == asked
