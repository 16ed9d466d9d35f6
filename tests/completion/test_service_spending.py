"""The service and the day's budget: what it counts, when it asks no more, when it asks ahead."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from helpers.marks import cursor
from helpers.service_editor import Editor, OpenGate, Waits, reason
from helpers.virtual import virtual

from foretype.completion.service import CompletionService
from foretype.completion.suggestion import Reason, Source, Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.models.protocol import Chunk
from foretype.models.scripted import Script, ScriptedModel
from foretype.settings.schema import CompletionSettings, Settings


@dataclass
class FakeBudget:
    """A budget that a test empties, and what was entered in it."""

    is_used_up: bool = False
    has_budget: bool = True
    refusal: str = "Today's budget is used up."
    entries: list[tuple[str, ...]] = field(default_factory=list)

    def showed(self, model: str, provider: str) -> None:
        self.entries.append(("shown", model))

    def accepted(self, model: str, characters: int, provider: str) -> None:
        self.entries.append(("accepted", model, str(characters)))


@dataclass
class Engine:
    """An embedded engine that is always sure of the same text."""

    text: str = "sum(values)"

    def opened(self, document: Document) -> None:
        pass

    def edited(self, document: Document) -> None:
        pass

    def closed(self, uri: str) -> None:
        pass

    def predict(self, cursor: Cursor) -> Engine:
        return self

    def similar_files(self, cursor: Cursor, most: int) -> list[str]:
        return []

    def idle(self) -> bool:
        return False


def editor(
    drawn: str,
    model: ScriptedModel,
    budget: FakeBudget | None,
    *,
    local: Engine | None = None,
    said: list[tuple[str, str]] | None = None,
    **settings: object,
) -> Editor:
    completion = replace(
        CompletionSettings(local="fallback" if local else "off", debounce_ms=0),
        **settings,  # type: ignore[arg-type]
    )
    service = CompletionService(
        settings=Settings(completion=completion),
        model=model,
        gate=OpenGate(),
        client=Waits(),
        local=local,
        on_status=None if said is None else lambda state, message: said.append((state, message)),
        budget=budget,
    )
    return Editor(service, cursor(drawn))


@pytest.mark.parametrize("trigger", Trigger)
@virtual
async def test_without_money_no_model_is_asked_and_the_engine_serves(trigger: Trigger) -> None:
    model, budget = ScriptedModel("sum(prices)\n"), FakeBudget(is_used_up=True)
    said: list[tuple[str, str]] = []
    e = editor("total = ‸\n", model, budget, local=Engine(), said=said)
    answer = await e.ask(trigger)
    assert isinstance(answer, Suggestion)
    assert (answer.text, answer.source) == ("sum(values)", Source.LOCAL)
    assert model.prompts == []
    assert said == [("budget", budget.refusal)]
    assert budget.entries == [("shown", "")]


@virtual
async def test_without_money_and_without_the_engine_the_reason_is_the_budget() -> None:
    model, budget = ScriptedModel("sum(prices)\n"), FakeBudget(is_used_up=True)
    e = editor("total = ‸\n", model, budget)
    assert reason(await e.ask()) is Reason.BUDGET
    budget.is_used_up = False
    assert await e.shown() == "sum(prices)"


@virtual
async def test_what_was_paid_for_is_still_shown_once_the_money_is_gone() -> None:
    model, budget = ScriptedModel("sum(prices)\n"), FakeBudget()
    e = editor("total = ‸\n", model, budget)
    await e.shown()
    budget.is_used_up = True
    e.type("s")
    assert await e.shown() == "um(prices)"


@virtual
async def test_a_suggestion_is_counted_once_however_often_it_is_asked_for() -> None:
    budget = FakeBudget()
    e = editor("total = ‸\n", ScriptedModel("sum(prices)\n"), budget)
    await e.shown()
    for typed in "sum":
        e.type(typed)
        await e.shown()
    e.type("(prices)")
    assert budget.entries == [("shown", "scripted"), ("accepted", "scripted", "8")]


@virtual
async def test_an_acceptance_that_is_told_and_seen_is_counted_once() -> None:
    budget = FakeBudget()
    e = editor("total = ‸\n", ScriptedModel("sum(prices)\n"), budget)
    for told_first in (True, False):
        answer = await e.ask()
        assert isinstance(answer, Suggestion)
        if told_first:
            e.service.accepted(answer.id)
        e.type(answer.text)
        if not told_first:
            e.service.accepted(answer.id)
        e.type("\nx = ")
    counted = [entry for entry in budget.entries if entry[0] == "accepted"]
    assert counted == [("accepted", "scripted", "11")] * 2


async def accept(e: Editor, times: int) -> None:
    """Take what is suggested so many times, each on a line of its own."""
    for _ in range(times):
        e.type(await e.shown())
        await asyncio.sleep(1)
        e.type("\ntotal = ")
        await asyncio.sleep(1)


@pytest.mark.parametrize(
    ("speculate", "budget", "taken", "asked"),
    [
        (True, FakeBudget(), 6, True),
        (False, FakeBudget(), 6, False),
        (True, FakeBudget(has_budget=False), 6, False),
        (True, None, 6, False),
        (True, FakeBudget(), 2, False),
    ],
)
@virtual
async def test_what_follows_an_acceptance_is_asked_for_where_that_is_worth_its_price(
    speculate: bool, budget: FakeBudget | None, taken: int, asked: bool
) -> None:
    model = ScriptedModel("sum(prices)\n")
    e = editor("total = ‸\n", model, budget, speculate=speculate)
    await accept(e, taken)
    text = await e.shown()
    await asyncio.sleep(0.01)
    before = len(model.prompts)
    e.type(text)
    await asyncio.sleep(0.01)
    assert len(model.prompts) == before + asked
    if asked:
        assert model.prompts[-1].messages[-1].content.endswith("total = sum(prices)<|cursor|>")


@virtual
async def test_nothing_is_asked_ahead_where_suggestions_are_seldom_taken() -> None:
    model = ScriptedModel("sum(prices)\n")
    e = editor("total = ‸\n", model, FakeBudget(), speculate=True)
    await accept(e, 2)
    for _ in range(8):
        await e.shown()
        e.type("len(prices)")
        await asyncio.sleep(1)
        e.type("\ntotal = ")
        await asyncio.sleep(1)
    text = await e.shown()
    before = len(model.prompts)
    e.type(text)
    await asyncio.sleep(0.01)
    assert len(model.prompts) == before
    assert e.service.debounce.acceptance_rate < 0.3


@virtual
async def test_nothing_is_asked_ahead_in_an_excluded_file() -> None:
    model = ScriptedModel("sum(prices)\n")
    e = editor("total = ‸\n", model, FakeBudget(), speculate=True)
    await accept(e, 6)
    text = await e.shown()
    e.service.resources.gate = Closed()
    before = len(model.prompts)
    e.type(text)
    await asyncio.sleep(0.01)
    assert len(model.prompts) == before


class Closed(OpenGate):
    def excluded(self, uri_or_path: str) -> str | None:
        return "*"


@pytest.mark.parametrize(
    "script",
    [
        Script([Chunk(reasoning="hm")], first=0.1, stall=True),
        Script(["<think>hm"], first=0.1, stall=True),
        Script([Chunk(reasoning="hm"), Chunk(finish="length")], first=0.1),
        Script(["<think>hm", Chunk(finish="length")], first=0.1),
    ],
)
@pytest.mark.parametrize("local", [None, Engine()])
@virtual
async def test_a_model_that_is_still_thinking_is_told_apart(
    script: Script, local: Engine | None
) -> None:
    said: list[tuple[str, str]] = []
    e = editor("total = ‸\n", ScriptedModel(script), None, local=local, said=said)
    answer = await e.ask()
    if local is None:
        assert reason(answer) is Reason.REASONING
    assert ("reasoning", "") in said


def test_every_reason_is_given_somewhere() -> None:
    import foretype

    sources = Path(foretype.__file__).parent.rglob("*.py")
    given = "".join(path.read_text(encoding="utf-8") for path in sources)
    assert [reason for reason in Reason if f"(Reason.{reason.name}" not in given] == []
