"""When the embedded engine is asked beside a model, and when its text is shown."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from helpers.service_editor import CountingEngine, Editor, Guessed, editor, reason
from helpers.virtual import virtual

from foretype.completion.suggestion import Answer, Reason, Source, Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import now
from foretype.models.protocol import ModelRejected
from foretype.models.scripted import Script, ScriptedModel


@dataclass
class UnsureEngine(CountingEngine):
    """An embedded engine that is never sure."""

    def predict(self, cursor: Cursor) -> Guessed | None:
        self.asked += 1
        return None


@dataclass
class Pauses:
    """An editor in which each pause follows one more line."""

    model: ScriptedModel
    engine: CountingEngine = field(default_factory=CountingEngine)
    late: list[Suggestion] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.editor: Editor = editor("‸\n", self.model, late=self.late, local="fallback")
        self.editor.service.set_local(self.engine)
        self.n = 0

    async def pause(self, trigger: Trigger = Trigger.AUTOMATIC) -> tuple[Answer, float]:
        """Type one more line, and ask; return the answer and the seconds that it took."""
        self.n += 1
        self.editor.type(f"\ntotal_{self.n} = ")
        key = now()
        return await self.editor.ask(trigger), now() - key

    async def learn(self) -> None:
        """Pause until the endpoint is known."""
        for _ in range(5):
            await self.pause()
            await asyncio.sleep(8)


def source(answer: Answer) -> Source:
    assert isinstance(answer, Suggestion), answer
    return answer.source


@virtual
async def test_the_engine_is_not_asked_where_the_model_has_a_line_in_time() -> None:
    seen = Pauses(ScriptedModel(Script(["sum(prices)\n"], first=0.3)))
    for _ in range(3):
        answer, _ = await seen.pause()
        assert source(answer) is Source.MODEL
    assert seen.engine.asked == 0


@virtual
async def test_the_engine_is_asked_shortly_before_the_deadline_and_shown_at_it() -> None:
    seen = Pauses(ScriptedModel(Script(stall=True)))
    asked = asyncio.ensure_future(seen.pause())
    await asyncio.sleep(0.31)
    assert seen.engine.asked == 0
    await asyncio.sleep(0.02)
    assert seen.engine.asked == 1 and not asked.done()
    answer, seconds = await asked
    assert source(answer) is Source.LOCAL
    assert 0.39 <= seconds <= 0.4


@virtual
async def test_a_line_that_comes_in_the_last_moment_is_preferred() -> None:
    seen = Pauses(ScriptedModel(Script(["max(prices)\n"], first=0.37)))
    answer, seconds = await seen.pause()
    assert source(answer) is Source.MODEL
    assert seen.engine.asked == 1 and seconds == pytest.approx(0.37, abs=0.01)


@virtual
async def test_text_that_agrees_so_far_is_not_waited_for() -> None:
    seen = Pauses(ScriptedModel(Script(["sum(", "prices", ")\n"], first=0.1, gap=0.1)))
    answer, seconds = await seen.pause()
    assert source(answer) is Source.LOCAL
    assert seconds == pytest.approx(0.1, abs=0.01)


@virtual
async def test_text_that_disagrees_is_waited_for() -> None:
    seen = Pauses(ScriptedModel(Script(["max(", "prices", ")\n"], first=0.1, gap=0.1)))
    answer, seconds = await seen.pause()
    assert source(answer) is Source.MODEL
    assert seconds == pytest.approx(0.3, abs=0.01)


@virtual
async def test_while_a_model_is_known_to_be_slow_the_engine_answers_at_once() -> None:
    seen = Pauses(ScriptedModel(Script(["max(prices)\n"], first=3)))
    await seen.learn()
    n_requests = len(seen.model.prompts)
    answer, seconds = await seen.pause()
    assert source(answer) is Source.LOCAL
    assert seconds < 0.02
    seen.late.clear()
    await asyncio.sleep(3.1)
    assert [suggestion.text for suggestion in seen.late] == ["max(prices)"]
    assert await seen.editor.shown() == "max(prices)"
    assert len(seen.model.prompts) == n_requests + 1


@virtual
async def test_a_slow_model_is_waited_for_where_the_engine_is_not_sure() -> None:
    seen = Pauses(ScriptedModel(Script(["max(prices)\n"], first=3)), UnsureEngine())
    await seen.learn()
    answer, seconds = await seen.pause()
    assert reason(answer) is Reason.DEADLINE
    assert 0.39 <= seconds <= 0.4


@virtual
async def test_what_is_visible_does_not_give_way_to_the_engine() -> None:
    seen = Pauses(ScriptedModel(Script(["max(prices)\n"], first=0.1), Script(stall=True)))
    await seen.pause()
    for typed in "max(":
        seen.editor.type(typed)
        answer = await seen.editor.ask()
        assert source(answer) is Source.REUSE
    assert seen.engine.asked == 0


@virtual
async def test_where_the_model_refuses_the_engine_answers_at_once() -> None:
    seen = Pauses(ScriptedModel(Script([ModelRejected("No.", 401)], first=0.05)))
    answer, seconds = await seen.pause()
    assert source(answer) is Source.LOCAL
    assert seconds == pytest.approx(0.05, abs=0.01)


@virtual
async def test_where_both_have_nothing_the_refusal_is_the_answer() -> None:
    seen = Pauses(ScriptedModel(Script([ModelRejected("No.", 401)], first=0.05)), UnsureEngine())
    answer, seconds = await seen.pause()
    assert reason(answer) is Reason.UNAVAILABLE
    assert seconds < 0.4


@virtual
async def test_an_explicitly_invoked_request_gets_the_engine_s_text_beside_the_model_s() -> None:
    seen = Pauses(ScriptedModel(Script(["max(prices)\n"], first=0.2)))
    answer, _ = await seen.pause(Trigger.INVOKED)
    assert isinstance(answer, Suggestion)
    assert (answer.text, answer.alternatives) == ("max(prices)", ("sum(prices)",))
