"""Who asks by hand gets several texts to choose from; further ones are waited for, not for long."""

from __future__ import annotations

import asyncio

import pytest
from helpers.marks import cursor
from helpers.service_editor import Editor, OpenGate, Waits, editor
from helpers.virtual import virtual

from foretype.completion.feedback.displayed import Event
from foretype.completion.selection.alternatives import different
from foretype.completion.selection.syntax_check import warm
from foretype.completion.service import CompletionService
from foretype.completion.suggestion import Suggestion, Trigger
from foretype.core.deadline import now
from foretype.models.protocol import ModelUnavailable
from foretype.models.scripted import Script, ScriptedModel
from foretype.settings.schema import CompletionSettings, Settings

FIRST, SECOND, THIRD = "sum(prices)", "len(prices)", "max(prices)"


def slow(text: str, first: float = 0.2) -> Script:
    return Script([text + "\n"], first=first)


def drawn_editor(*scripts: Script, **settings: object) -> tuple[Editor, ScriptedModel]:
    model = ScriptedModel(*scripts)
    return editor("total = ‸\n", model, **settings), model  # type: ignore[arg-type]


async def texts(e: Editor, trigger: Trigger = Trigger.INVOKED) -> list[str]:
    ms = 2000 if trigger is Trigger.INVOKED else 400
    answer = await e.ask(trigger, ms=ms)
    assert isinstance(answer, Suggestion), answer
    # A moment, in which the stream ends.
    await asyncio.sleep(0.001)
    return [answer.text, *answer.alternatives]


@virtual
async def test_asking_again_by_hand_gives_three_texts_the_visible_one_first() -> None:
    e, model = drawn_editor(slow(FIRST), slow(SECOND), slow(THIRD + " + tax", first=0.3))
    assert await texts(e, Trigger.AUTOMATIC) == [FIRST]
    start = now()
    offered = await texts(e)
    assert offered[0] == FIRST
    assert set(offered[1:]) == {SECOND, THIRD + " + tax"}
    assert now() - start == pytest.approx(0.301)
    assert [prompt.temperature for prompt in model.prompts] == [0.1, 0.7, 1.0]
    assert len({prompt.messages for prompt in model.prompts}) == 1


@virtual
async def test_asking_once_more_costs_nothing() -> None:
    e, model = drawn_editor(slow(FIRST), slow(SECOND), slow(THIRD))
    await texts(e, Trigger.AUTOMATIC)
    first = await texts(e)
    start = now()
    assert await texts(e) == first
    assert now() - start < 0.002
    assert len(model.prompts) == 3


@virtual
async def test_the_first_request_by_hand_does_not_wait_for_others() -> None:
    e, model = drawn_editor(slow(FIRST), slow(SECOND))
    assert await texts(e) == [FIRST]
    assert now() == pytest.approx(0.201)
    assert len(model.prompts) == 1


@virtual
async def test_automatic_requests_get_one_text() -> None:
    e, model = drawn_editor(slow(FIRST), slow(SECOND), slow(THIRD))
    await texts(e, Trigger.AUTOMATIC)
    await texts(e)
    assert await texts(e, Trigger.AUTOMATIC) == [FIRST]
    assert len(model.prompts) == 3


@virtual
async def test_others_are_waited_for_a_second_and_a_half_at_most() -> None:
    e, model = drawn_editor(slow(FIRST), slow(SECOND), Script(stall=True))
    await texts(e, Trigger.AUTOMATIC)
    start = now()
    assert await texts(e) == [FIRST, SECOND]
    assert now() - start == pytest.approx(1.501)


@virtual
async def test_the_deadline_is_kept_while_others_stall() -> None:
    e, model = drawn_editor(slow(FIRST), Script(stall=True))
    await texts(e, Trigger.AUTOMATIC)
    start = now()
    answer = await e.ask(Trigger.INVOKED, ms=600)
    assert isinstance(answer, Suggestion)
    assert (answer.text, answer.alternatives) == (FIRST, ())
    assert 0.59 <= now() - start <= 0.6


@virtual
async def test_the_same_text_again_is_no_other_text() -> None:
    e, model = drawn_editor(slow(FIRST))
    await texts(e, Trigger.AUTOMATIC)
    assert await texts(e) == [FIRST]
    assert len(model.prompts) == 3


@virtual
async def test_faults_of_the_others_leave_the_first() -> None:
    broken = Script([ModelUnavailable("no")], first=0.1)
    e, model = drawn_editor(slow(FIRST), broken, slow(SECOND), broken)
    await texts(e, Trigger.AUTOMATIC)
    assert await texts(e) == [FIRST, SECOND]
    assert len(model.prompts) == 3


@virtual
async def test_asking_again_while_others_are_written_waits_for_them() -> None:
    e, model = drawn_editor(slow(FIRST), slow(SECOND, 0.4), slow(THIRD, 0.4))
    await texts(e, Trigger.AUTOMATIC)
    earlier = asyncio.create_task(e.ask(Trigger.INVOKED, ms=2000))
    await asyncio.sleep(0.1)
    offered = await texts(e)
    assert offered[0] == FIRST and set(offered[1:]) == {SECOND, THIRD}
    assert not isinstance(await earlier, Suggestion)
    assert len(model.prompts) == 3


@virtual
async def test_a_text_with_a_syntax_error_is_none_of_them() -> None:
    e, model = drawn_editor(slow(FIRST), slow("sum(a b) + 1"), slow(THIRD))
    warm("python")
    await texts(e, Trigger.AUTOMATIC)
    assert await texts(e) == [FIRST, THIRD]


@virtual
async def test_one_text_where_the_settings_say_so() -> None:
    e, model = drawn_editor(slow(FIRST), slow(SECOND), alternatives=1)
    await texts(e, Trigger.AUTOMATIC)
    assert await texts(e) == [FIRST]
    assert len(model.prompts) == 1


class EmptyBudget:
    is_used_up = False
    has_budget = True
    refusal = "enough for today"

    def showed(self, model: str, provider: str) -> None: ...
    def accepted(self, model: str, characters: int, provider: str) -> None: ...


@virtual
async def test_no_others_are_asked_for_once_the_budget_is_used_up() -> None:
    model, budget = ScriptedModel(slow(FIRST), slow(SECOND)), EmptyBudget()
    service = CompletionService(
        settings=Settings(completion=CompletionSettings(local="off", debounce_ms=0)),
        model=model,
        gate=OpenGate(),
        client=Waits(),
        budget=budget,
    )
    e = Editor(service, cursor("total = ‸\n"))
    await texts(e, Trigger.AUTOMATIC)
    budget.is_used_up = True
    assert await texts(e) == [FIRST]
    assert len(model.prompts) == 1


@virtual
async def test_no_more_than_two_streams_run() -> None:
    e, model = drawn_editor(slow(FIRST), slow(SECOND), slow(THIRD))
    await texts(e, Trigger.AUTOMATIC)
    task = asyncio.create_task(e.ask(Trigger.INVOKED, ms=2000))
    await asyncio.sleep(0.1)
    assert model.running == 2
    await task


@virtual
async def test_taking_another_text_is_taking_a_suggestion() -> None:
    e, model = drawn_editor(slow(FIRST), slow(SECOND), slow(THIRD), slow("x"))
    await texts(e, Trigger.AUTOMATIC)
    await texts(e)
    e.type(SECOND)
    assert e.service.counts[Event.ACCEPTED.name.lower()] == 1
    assert e.service.counts["rejected"] == 0


@virtual
async def test_another_text_can_be_typed_through() -> None:
    e, model = drawn_editor(slow(FIRST), slow(SECOND), slow(THIRD))
    await texts(e, Trigger.AUTOMATIC)
    await texts(e)
    e.type("le")
    assert await texts(e, Trigger.AUTOMATIC) == ["n(prices)"]
    assert len(model.prompts) == 3


@pytest.mark.parametrize(
    ("others", "kept"),
    [
        (["b", "c", "d"], ("b", "c")),
        (["a", " a ", "b"], ("b",)),
        (["a\n    more", "b\nx", "b"], ("b\nx",)),
        (["ab", "b"], ("ab", "b")),
        ([], ()),
    ],
)
def test_a_beginning_of_another_text_is_not_another(
    others: list[str], kept: tuple[str, ...]
) -> None:
    assert different("a", others, 2) == kept
