"""The editor's own completion list is open beside the ghost text: late text still comes."""

from __future__ import annotations

import asyncio

import pytest
from helpers.service_editor import Editor, editor, reason
from helpers.virtual import virtual

from foretype.completion.suggestion import Answer, Reason, Suggestion, Trigger
from foretype.core.deadline import Deadline
from foretype.models.scripted import Script, ScriptedModel


async def select(e: Editor, entry: str, *, ms: float = 400) -> Answer:
    """The request that comes when the list has an entry selected."""
    deadline = Deadline.after_ms(ms)
    return await e.service.suggest(e.at, Trigger.AUTOMATIC, deadline, selected=entry)


def late_editor(drawn: str, *says: str, first: float) -> tuple[Editor, list[Suggestion]]:
    late: list[Suggestion] = []
    model = ScriptedModel(*[Script([text], first=first) for text in says])
    return editor(drawn, model, late=late), late


# The list opens once the first request has its (empty) answer, and asks for itself.
@pytest.mark.parametrize("first", [0.45, 0.7, 0.9, 1.2])
@pytest.mark.parametrize("entry", ["print", "price_of", "prune"])
@virtual
async def test_late_text_is_announced_though_the_list_asks_for_its_entry(
    entry: str, first: float
) -> None:
    late: list[Suggestion] = []
    model = ScriptedModel(Script(["ices.sum()\n"], first=first), Script(stall=True))
    e = editor("total = pr‸\n", model, late=late)
    assert reason(await e.ask()) is Reason.DEADLINE
    assert reason(await select(e, entry)) is Reason.DEADLINE
    await asyncio.sleep(1.5)
    assert [s.text for s in late] == ["ices.sum()"]


@virtual
async def test_what_came_late_is_there_for_the_list_and_without_it() -> None:
    e, late = late_editor("total = pr‸\n", "ices.sum()\n", first=0.9)
    assert reason(await e.ask()) is Reason.DEADLINE
    assert reason(await select(e, "prices")) is Reason.DEADLINE
    await asyncio.sleep(0.3)
    assert len(late) == 1
    answer = await select(e, "prices")
    assert isinstance(answer, Suggestion)
    assert answer.text == "ices.sum()"
    assert await e.shown() == "ices.sum()"


@virtual
async def test_late_text_is_announced_where_the_list_was_open_from_the_first_request_on() -> None:
    e, late = late_editor("total = prices.‸\n", "()\n", first=0.9)
    assert reason(await select(e, "sum")) is Reason.DEADLINE
    await asyncio.sleep(1.5)
    assert [s.text for s in late] == ["()"]
    assert late[0].cursor.document.version == e.at.document.version
    answer = await select(e, "sum")
    assert isinstance(answer, Suggestion)
    assert answer.text == "sum()"


@virtual
async def test_an_entry_that_does_not_fit_ends_no_text_that_fits_what_is_typed() -> None:
    late: list[Suggestion] = []
    lines = ["ices:\n", "        total += price\n", "    return total\n"]
    model = ScriptedModel(Script(lines, first=0.3, gap=0.6), Script(stall=True))
    e = editor("def f(prices):\n    for price in pr‸\n", model, late=late)
    asked = asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.38)
    # VS Code takes its request back when the list opens.
    asked.cancel()
    await asyncio.sleep(0)
    await select(e, "print")
    await asyncio.sleep(1)
    assert (await e.shown()).splitlines()[:2] == lines[0].splitlines() + lines[1].splitlines()
    assert 0 not in model.aborted


@virtual
async def test_nothing_is_announced_once_the_cursor_or_the_text_is_another() -> None:
    e, late = late_editor("total = pr‸\n", "ices.sum()\n", "!\n", first=0.9)
    assert reason(await e.ask()) is Reason.DEADLINE
    assert reason(await select(e, "print")) is Reason.DEADLINE
    e.type("x")
    await asyncio.sleep(1.5)
    assert late == []


@virtual
async def test_what_is_shown_beside_the_list_is_not_announced() -> None:
    e, late = late_editor("total = pr‸\n", "ices.sum()\n", first=0.6)
    assert reason(await e.ask()) is Reason.DEADLINE
    answer = await select(e, "prices")
    assert isinstance(answer, Suggestion)
    await asyncio.sleep(1)
    assert late == []
