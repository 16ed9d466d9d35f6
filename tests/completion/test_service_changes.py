"""What changes while a request waits: settings, models, brackets that the editor closes, popups."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from helpers.service_editor import CountingEngine, Editor, editor, reason
from helpers.virtual import virtual

from foretype.completion.suggestion import NoSuggestion, Reason, Suggestion, Trigger
from foretype.core.deadline import Deadline, now
from foretype.core.text import Edit
from foretype.models.protocol import ModelRejected
from foretype.models.scripted import Script, ScriptedModel


def close_bracket(e: Editor) -> None:
    """Type an opening bracket where the editor closes it at once."""
    at = e.at.offset
    e.change(Edit(at, at, "()"))
    e.at = replace(e.at, offset=at + 1)


async def accepted(e: Editor) -> str:
    """The line as it is once the suggestion is accepted."""
    answer = await e.ask()
    assert isinstance(answer, Suggestion), answer
    e.change(Edit(e.at.offset, e.at.offset + answer.replaces, answer.text))
    return e.at.document.line(0)


@virtual
async def test_text_that_is_visible_meets_a_bracket_that_the_editor_closes() -> None:
    e = editor("x = ‸\n", ScriptedModel(Script(["foo(a)\n"])))
    assert await e.shown() == "foo(a)"
    e.type("foo")
    close_bracket(e)
    assert await accepted(e) == "x = foo(a)"


@virtual
async def test_what_goes_on_behind_a_closed_bracket_takes_its_place() -> None:
    e = editor("x = foo(‸)\n", ScriptedModel(Script(["a) + 1\n"])))
    assert await accepted(e) == "x = foo(a) + 1"


@virtual
async def test_a_file_that_is_excluded_meanwhile_is_not_asked_about() -> None:
    model = ScriptedModel(Script(["sum(prices)\n"]))
    e = editor("total =‸\n", model, debounce_ms=300)
    e.type(" ")
    asked = asyncio.ensure_future(e.ask(ms=2000))
    await asyncio.sleep(0.1)

    class Shut:
        def excluded(self, uri_or_path: str) -> str | None:
            return "plans.*"

        def secret_beside(self, text: str, offset: int) -> bool:
            return False

    e.service.resources.gate = Shut()
    e.service.set_settings(e.service.resources.settings)
    assert reason(await asked) is Reason.EXCLUDED
    await asyncio.sleep(1)
    assert not model.prompts


@virtual
async def test_the_same_model_behind_another_gate_ends_no_stream() -> None:
    model = ScriptedModel(Script(["sum(prices)\n"], first=0.2))
    e = editor("total = ‸\n", model)
    asked = asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.1)
    e.service.replace_model(model, keep_streams=True)
    await asked
    assert now() == 0.2
    assert len(model.prompts) == 1


@virtual
async def test_a_stream_that_no_longer_fits_does_not_hurry_those_who_wait() -> None:
    first = Script(["sum(", ModelRejected("No.", 400)], first=0.1, gap=0.3)
    model = ScriptedModel(first, Script(["x + 1\n"], first=0.1))
    e = editor("total = ‸\n", model, debounce_ms=250)
    asked = asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.4)
    e.type("ma")
    assert reason(await asked) is Reason.DEADLINE
    assert await e.shown() == "x + 1"
    assert len(model.prompts) == 2


@virtual
async def test_entries_of_a_popup_that_are_passed_over_cost_nothing() -> None:
    model = ScriptedModel(Script(["(prices)\n"], first=0.1))
    e = editor("total = s‸\n", model, debounce_ms="auto")
    e.type("u")
    for entry in ("sum", "sumif", "sums", "summary", "sunday", "sunset"):
        asked = asyncio.ensure_future(
            e.service.suggest(e.at, Trigger.AUTOMATIC, Deadline.after_ms(400), selected=entry)
        )
        await asyncio.sleep(0.06)
    await asked
    assert len(model.prompts) <= 2


@virtual
async def test_a_model_that_repeats_itself_is_not_asked_again_and_again_by_hand() -> None:
    model = ScriptedModel(*[Script(["sum(prices)\n"], first=0.1)] * 9)
    e = editor("total = ‸\n", model)
    for _ in range(4):
        await e.ask(Trigger.INVOKED, ms=2000)
        await asyncio.sleep(0.01)
    assert len(model.prompts) == 3


@virtual
async def test_the_embedded_engine_does_not_bring_back_what_was_just_deleted() -> None:
    e = editor("total = sum(prices)‸\n", None, local="fallback")
    e.service.set_local(CountingEngine())
    at = e.at.offset
    e.change(Edit(at - len("sum(prices)"), at, ""))
    assert reason(await e.ask()) is Reason.UNSURE


@virtual
async def test_a_closed_desk_starts_no_second_stream() -> None:
    model = ScriptedModel(Script(stall=True))
    e = editor("total = ‸\n", model)
    asked = asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.1)
    await e.service.close()
    await asked
    await asyncio.sleep(5)
    assert len(model.prompts) == 1


def type_key(e: Editor, key: str) -> None:
    """Type in an editor that closes brackets, and lets its closers be typed over."""
    at, text = e.at.offset, e.at.document.text
    if key in ")]}" and text[at : at + 1] == key:
        e.at = replace(e.at, offset=at + 1)
    elif key in "([{":
        e.change(Edit(at, at, key + {"(": ")", "[": "]", "{": "}"}[key]))
        e.at = replace(e.at, offset=at + 1)
    else:
        e.type(key)


@pytest.mark.parametrize(
    "line",
    [
        "amount = round(sum(map(float, prices)), 2)",
        'rows = [make_row(name, {"a": 1, "b": [2, 3]}) for name in names]',
        "print(format_all(amount, rows, key=lambda r: r[0])) or done()",
        "if check(amount, rows[0]):",
    ],
)
@virtual
async def test_wherever_a_line_is_accepted_its_brackets_are_right(line: str) -> None:
    async def accepted_after(n: int) -> str | None:
        e = editor("‸\n", ScriptedModel(Script([line + "\n"])))
        assert await e.shown() == line
        for key in line[:n]:
            type_key(e, key)
        if isinstance(await e.ask(), NoSuggestion):
            return None
        return await accepted(e)

    found = [await accepted_after(n) for n in range(1, len(line))]
    assert {text for text in found if text is not None} == {line}
    assert found.count(None) <= len(line) / 4


@virtual
async def test_what_was_asked_for_inside_a_line_stays_while_it_is_typed_through() -> None:
    model = ScriptedModel("sum(prices)\n")
    e = editor("total = ‸ + tax\n", model)
    assert isinstance(await e.ask(Trigger.INVOKED), Suggestion)
    for key, left in (("s", "um(prices)"), ("u", "m(prices)")):
        e.type(key)
        assert await e.shown() == left
    e.type("#")
    assert reason(await e.ask()) is Reason.UNWANTED
    assert len(model.prompts) == 1
