"""Streams whose text comes after the next key and contradicts it, in virtual time."""

from __future__ import annotations

import asyncio

import pytest
from helpers.service_editor import Editor, editor, reason
from helpers.virtual import virtual

from foretype.completion.suggestion import NoSuggestion, Reason, Suggestion
from foretype.core.deadline import now
from foretype.models.scripted import Script, ScriptedModel

PER_WORD = ('rray_of("', "sizes", '")')
PER_LINE = ("rray_of(\n", "    1,\n", "    2,\n")
PER_CHARACTER = tuple('rray_of("sizes")')
FIRST_TOKENS = (0.15, 0.3, 0.7)


def model_that_errs(says: tuple[str, ...], first: float) -> ScriptedModel:
    """A model that is wrong of what follows ``a``, goes on for ever, and is then right."""
    return ScriptedModel(
        Script(says, first=first, gap=0.02, stall=True), Script(["is = 0\n"], first=first)
    )


async def type_and_type_on(e: Editor, after: float) -> tuple[str, float]:
    """What is shown or announced behind ``ax``, and when; the ``x`` comes so long after ``a``."""
    late: list[tuple[str, float]] = []
    e.service.resources.on_late = lambda suggestion: late.append((suggestion.text, now()))
    e.type("a")
    older = asyncio.ensure_future(e.ask())
    await asyncio.sleep(after)
    e.type("x")
    answer = await e.ask()
    await older
    if isinstance(answer, Suggestion):
        return answer.text, now()
    await asyncio.sleep(3)
    return late[0] if late else ("", 0.0)


@pytest.mark.parametrize("debounce", [0, "auto"])
@pytest.mark.parametrize("says", [PER_WORD, PER_LINE, PER_CHARACTER])
@pytest.mark.parametrize("after", [0.15, 0.25])
@pytest.mark.parametrize("first", FIRST_TOKENS)
@virtual
async def test_text_that_comes_after_the_next_key_and_contradicts_it_leaves_no_pause_empty(
    first: float, after: float, says: tuple[str, ...], debounce: object
) -> None:
    model = model_that_errs(says, first)
    e = editor("‸\n", model, debounce_ms=debounce)
    text, at = await type_and_type_on(e, after)
    assert text == "is = 0"
    # A debounce before each stream, and the characters until it is certain what is said.
    assert at <= max(first, after) + first + 0.3
    assert len(model.prompts) == 2
    assert model.prompts[1].messages[-1].content.endswith("ax<|cursor|>")


@pytest.mark.parametrize("says", [PER_WORD, PER_LINE])
@pytest.mark.parametrize("first", FIRST_TOKENS)
@virtual
async def test_a_stream_ends_soon_after_its_text_contradicts_what_was_typed_meanwhile(
    first: float, says: tuple[str, ...]
) -> None:
    model = model_that_errs(says, first)
    e = editor("‸\n", model)
    e.type("a")
    older = asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.1)
    e.type("x")
    newer = asyncio.ensure_future(e.ask())
    await asyncio.sleep(first - 0.1 + 0.29)
    assert model.aborted == []
    await asyncio.sleep(0.02)
    assert model.aborted == [0]
    await asyncio.gather(older, newer)


@pytest.mark.parametrize("wrong", [["prices"], ["p", "rices"], ["prices)\n", "print(total)\n"]])
@virtual
async def test_a_stream_that_was_typed_through_has_longer_until_a_slip_is_taken_back(
    wrong: list[str],
) -> None:
    model = ScriptedModel(
        Script(["sum(", *wrong], first=0.1, gap=0.4, stall=True),
        Script(["ers)\n"], first=0.05),
    )
    e = editor("total = ‸\n", model)
    asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.2)
    e.type("sum(")
    e.type("numb")
    # The stream has said no more than "sum(" by now, and fits; at 0.5 it does not.
    asked = asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.29)
    assert len(model.prompts) == 1
    answer = await asked
    assert isinstance(answer, Suggestion) and answer.text == "ers)"
    assert now() == 0.55
    await asyncio.sleep(1.29 - now())
    assert model.aborted == []
    await asyncio.sleep(0.02)
    assert model.aborted == [0]


@virtual
async def test_a_slip_that_late_text_shows_is_given_the_time_to_be_taken_back() -> None:
    model = ScriptedModel(Script(["um(prices)\n"], first=0.3, stall=True))
    e = editor("total = ‸\n", model, debounce_ms="auto")
    e.type("s")
    asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.15)
    e.type("un")
    asked = asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.3)
    e.backspace()
    assert reason(await asked) is Reason.STALE
    assert await e.shown() == "m(prices)"
    assert len(model.prompts) == 1


@pytest.mark.parametrize("says", [[], ["\n"], ["#"]])
@virtual
async def test_a_model_that_ends_with_less_than_was_typed_is_asked_again_after_the_deadline(
    says: list[str],
) -> None:
    model = ScriptedModel(Script(says, first=0.7), Script(["is = 0\n"], first=0.1))
    assert (await type_and_type_on(editor("‸\n", model), 0.15))[0] == "is = 0"
    assert len(model.prompts) == 2


@virtual
async def test_nothing_is_asked_after_the_deadline_for_a_client_that_takes_no_late_text() -> None:
    model = model_that_errs(PER_WORD, 0.7)
    e = editor("‸\n", model)
    e.type("a")
    asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.15)
    e.type("x")
    assert isinstance(await e.ask(), NoSuggestion)
    await asyncio.sleep(3)
    assert len(model.prompts) == 1 and model.aborted == [0]


@virtual
async def test_nothing_is_asked_for_a_place_that_was_left() -> None:
    model = model_that_errs(PER_WORD, 0.7)
    late: list[Suggestion] = []
    e = editor("‸\n", model, late=late)
    e.type("a")
    asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.15)
    e.type("x")
    assert isinstance(await e.ask(), NoSuggestion)
    e.type("is")
    await asyncio.sleep(3)
    assert len(model.prompts) == 1 and not late


@virtual
async def test_a_client_that_is_about_to_ask_finds_the_text_on_its_way() -> None:
    model = model_that_errs(PER_WORD, 0.3)
    e = editor("‸\n", model, waits_ms=200)
    e.follows()
    e.type("a")
    await asyncio.sleep(0.25)
    e.type("x")
    await asyncio.sleep(0.2)
    assert len(model.prompts) == 2
    assert await e.shown() == "is = 0"
    # The first text came 0.3 seconds after its own head start.
    assert now() < 0.25 + 0.3 + 0.2


@virtual
async def test_a_file_that_was_excluded_meanwhile_is_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = model_that_errs(PER_WORD, 0.7)
    late: list[Suggestion] = []
    e = editor("‸\n", model, late=late)
    e.type("a")
    asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.15)
    e.type("x")
    await e.ask()
    monkeypatch.setattr(e.service.resources.gate, "excluded", lambda _: "*")
    await asyncio.sleep(3)
    assert len(model.prompts) == 1


@pytest.mark.parametrize("first", FIRST_TOKENS)
@virtual
async def test_a_model_that_is_always_wrong_is_asked_once_a_place(first: float) -> None:
    model = ScriptedModel(Script(["rray_of", " = 1\n"], first=first, gap=0.02))
    e = editor("‸\n", model, debounce_ms="auto")
    for key in "axis":
        e.type(key)
        asyncio.ensure_future(e.ask())
        await asyncio.sleep(0.15)
    await asyncio.sleep(5)
    assert len(model.prompts) <= 5
