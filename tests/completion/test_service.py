"""The service in virtual time: typed text and a scripted model in, answers and moments out."""

from __future__ import annotations

import asyncio

import pytest
from helpers.marks import cursor
from helpers.service_editor import CountingEngine, editor, reason
from helpers.virtual import virtual

from foretype.completion.suggestion import NoSuggestion, Reason, Suggestion, Trigger
from foretype.core.deadline import now
from foretype.models.protocol import Chunk, ModelRejected, ModelUnavailable
from foretype.models.scripted import Script, ScriptedModel


@virtual
async def test_a_complete_suggestion_is_answered_as_soon_as_it_is_there() -> None:
    e = editor("total = ‸\n", ScriptedModel(Script(["sum(prices)", "\n"], first=0.2)))
    assert await e.shown() == "sum(prices)"
    assert now() == 0.2


@virtual
async def test_the_deadline_is_kept_while_the_model_stalls() -> None:
    e = editor("total = ‸\n", ScriptedModel(Script(stall=True)))
    assert reason(await e.ask()) is Reason.DEADLINE
    assert 0.39 <= now() <= 0.4


@virtual
async def test_whole_lines_are_shown_at_the_deadline() -> None:
    lines = ["a = 1\n", "    b = 2\n", "    c =", " 3\n"]
    e = editor("def f():\n    ‸\n", ScriptedModel(Script(lines, first=0.1, gap=0.1, stall=True)))
    answer = await e.ask()
    assert isinstance(answer, Suggestion)
    assert answer.text == "a = 1\n    b = 2"
    assert not answer.complete


@virtual
async def test_what_comes_late_is_there_for_the_next_key_and_announced() -> None:
    late: list[Suggestion] = []
    model = ScriptedModel(Script(["sum(prices)\n"], first=0.7))
    e = editor("total = ‸\n", model, late=late)
    assert reason(await e.ask()) is Reason.DEADLINE
    await asyncio.sleep(0.5)
    assert [s.text for s in late] == ["sum(prices)"]
    e.type("s")
    assert await e.shown() == "um(prices)"
    assert len(model.prompts) == 1


@virtual
async def test_typing_through_costs_no_request_and_no_time() -> None:
    model = ScriptedModel(Script(["sum(prices)\n"], first=0.2))
    e = editor("total = ‸\n", model)
    await e.shown()
    for typed in "sum(price":
        e.type(typed)
        before = now()
        assert (await e.shown()).startswith("sum(prices)"[len(e.at.before) - 8 :])
        assert now() == before
        await asyncio.sleep(0.1)
    assert len(model.prompts) == 1


@virtual
async def test_a_stream_is_read_on_while_the_user_types_what_it_says() -> None:
    model = ScriptedModel(Script(["sum", "(prices)", "\n"], first=0.3, gap=0.05))
    e = editor("total = ‸\n", model)
    for typed in "su":
        asyncio.ensure_future(e.ask())
        await asyncio.sleep(0.05)
        e.type(typed)
    assert await e.shown() == "m(prices)"
    assert len(model.prompts) == 1


@virtual
async def test_a_newer_request_answers_the_older_one_at_once() -> None:
    e = editor("total = ‸\n", ScriptedModel(Script(["sum(prices)\n"], first=0.3)))
    older = asyncio.create_task(e.ask())
    await asyncio.sleep(0.05)
    newer = asyncio.create_task(e.ask())
    assert reason(await older) is Reason.SUPERSEDED
    assert now() == 0.05
    assert isinstance(await newer, Suggestion)


@virtual
async def test_an_edit_answers_what_waits_on_the_older_text_at_once() -> None:
    e = editor("total = ‸\n", ScriptedModel(Script(["sum(prices)\n"], first=0.3)))
    waiting = asyncio.create_task(e.ask())
    await asyncio.sleep(0.05)
    e.type("s")
    assert reason(await waiting) is Reason.STALE
    assert now() == 0.05


@virtual
async def test_an_editors_cancel_does_not_end_a_stream_that_a_new_request_can_use() -> None:
    model = ScriptedModel(Script(["sum(prices)\n"], first=0.3))
    e = editor("total = ‸\n", model)
    cancelled = asyncio.create_task(e.ask())
    await asyncio.sleep(0.1)
    cancelled.cancel()
    await asyncio.sleep(0.1)
    e.type("s")
    assert await e.shown() == "um(prices)"
    assert now() == 0.3
    assert len(model.prompts) == 1 and model.aborted == []


@virtual
async def test_a_cancelled_stream_that_nobody_wants_ends_after_half_a_second() -> None:
    model = ScriptedModel(Script(stall=True))
    e = editor("total = ‸\n", model)
    cancelled = asyncio.create_task(e.ask())
    await asyncio.sleep(0.1)
    cancelled.cancel()
    await asyncio.sleep(0.49)
    assert model.running == 1
    await asyncio.sleep(0.05)
    assert model.running == 0 and model.aborted == [0]


@virtual
async def test_a_contradicted_stream_ends_unless_the_slip_is_taken_back() -> None:
    model = ScriptedModel(Script(["sum"], first=0.05, stall=True))
    e = editor("total = ‸\n", model)
    asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.1)
    e.type("x")
    await asyncio.sleep(0.2)
    e.backspace()
    await asyncio.sleep(0.2)
    assert model.running == 1
    e.type("x")
    await asyncio.sleep(0.31)
    assert model.running == 0


@virtual
async def test_a_stream_ends_two_seconds_after_its_deadline() -> None:
    model = ScriptedModel(Script(["sum"], first=0.1, stall=True))
    e = editor("total = ‸\n", model)
    await e.ask()
    await asyncio.sleep(1.9)
    assert model.running == 1
    await asyncio.sleep(0.2)
    assert model.running == 0


@virtual
async def test_a_stream_that_does_not_begin_gets_a_second_one_beside_it() -> None:
    model = ScriptedModel(Script(stall=True), Script(["sum(prices)\n"], first=0.1))
    e = editor("total = ‸\n", model)
    for _ in range(4):
        e.service.resources.pace.first_token(0.2)
    assert await e.shown() == "sum(prices)"
    assert now() < 0.4
    assert len(model.prompts) == 2


@virtual
async def test_a_provider_fault_is_tried_again_within_the_deadline() -> None:
    model = ScriptedModel(
        Script([ModelUnavailable("The provider answered 503.")], first=0.05),
        Script(["sum(prices)\n"], first=0.1),
    )
    e = editor("total = ‸\n", model)
    assert await e.shown() == "sum(prices)"


@virtual
async def test_a_refusal_is_answered_at_once_with_the_providers_reason() -> None:
    model = ScriptedModel(Script([ModelRejected("The key was refused.", 401)], first=0.05))
    e = editor("total = ‸\n", model)
    answer = await e.ask()
    assert reason(answer) is Reason.UNAVAILABLE
    assert isinstance(answer, NoSuggestion) and "key" in answer.detail
    assert now() < 0.1


@virtual
async def test_a_model_with_nothing_to_say_is_silent() -> None:
    e = editor("total = ‸\n", ScriptedModel(Script([], first=0.1)))
    assert reason(await e.ask()) is Reason.EMPTY


@virtual
async def test_nothing_of_an_excluded_file_is_sent() -> None:
    model = ScriptedModel("x")
    e = editor("A=‸\n", model)
    e.at = cursor("A=‸\n", uri="file:///project/.env")
    assert reason(await e.ask()) is Reason.EXCLUDED
    e.at = cursor("key = 'sk-fake‸\n")
    assert reason(await e.ask()) is Reason.SECRET
    assert model.prompts == []


@virtual
async def test_the_edit_itself_starts_the_stream_for_a_client_that_waits() -> None:
    model = ScriptedModel(Script(["um(prices)\n"], first=0.18))
    e = editor("total = ‸\n", model, waits_ms=200)
    e.follows()
    e.type("s")
    await asyncio.sleep(0.2)
    assert await e.shown() == "um(prices)"
    assert now() == 0.2


@virtual
async def test_a_dismissed_suggestion_is_not_offered_again_in_its_place() -> None:
    model = ScriptedModel("sum(prices)\n", "len(prices)\n")
    e = editor("total = ‸\n", model)
    assert await e.shown() == "sum(prices)"
    await asyncio.sleep(2)
    for typed in "abc":
        e.type(typed)
        await asyncio.sleep(0.6)
    for _ in "abc":
        e.backspace()
    assert reason(await e.ask()) is Reason.REJECTED
    assert isinstance(await e.ask(Trigger.INVOKED), Suggestion)


@virtual
async def test_a_slip_taken_back_brings_the_suggestion_back() -> None:
    model = ScriptedModel("sum(prices)\n")
    e = editor("total = ‸\n", model)
    assert await e.shown() == "sum(prices)"
    await asyncio.sleep(2)
    e.type("x")
    await asyncio.sleep(0.2)
    e.backspace()
    assert await e.shown() == "sum(prices)"


@virtual
async def test_what_follows_a_text_typed_through_is_asked_for_before_its_end() -> None:
    model = ScriptedModel("sum(prices)\n", Script(["\nprint(total)\n"], first=0.3))
    e = editor("total = ‸\n", model, waits_ms=200)
    await e.shown()
    for typed in "sum(prices)":
        e.type(typed)
        await asyncio.sleep(0.15)
    assert len(model.prompts) == 2
    assert "total = sum(prices)" in model.prompts[1].messages[-1].content
    assert await e.shown() == "\nprint(total)"
    assert model.aborted == []


@virtual
async def test_what_follows_a_finished_text_begins_a_line_though_the_line_end_is_left_out() -> None:
    model = ScriptedModel("price\n", Script(["show(total)\n"], first=0.3))
    e = editor("total = ‸\n", model, waits_ms=200)
    await e.shown()
    for typed in "price":
        e.type(typed)
        await asyncio.sleep(0.15)
    assert await e.shown() == "\nshow(total)"


@pytest.mark.parametrize("says", ["\n", "\n\n"])
@virtual
async def test_a_model_that_says_only_line_ends_is_not_asked_again(says: str) -> None:
    model = ScriptedModel(Script([says], first=0.01))
    e = editor("total = ‸\n", model)
    assert reason(await e.ask()) is Reason.EMPTY
    assert len(model.prompts) == 1


@virtual
async def test_a_text_that_is_typed_to_its_end_does_not_stand_for_silence() -> None:
    model = ScriptedModel("sum(prices)\n", "\nprint(total)\n")
    e = editor("total = ‸\n", model)
    await e.shown()
    e.type("sum(prices)")
    assert await e.shown() == "\nprint(total)"


@virtual
async def test_asking_by_hand_offers_what_else_is_there() -> None:
    model = ScriptedModel("sum(prices)\n", "len(prices)\n")
    e = editor("total = ‸\n", model)
    await e.shown()
    e.service.pool.start(model, e.at)
    await asyncio.sleep(0.1)
    answer = await e.ask(Trigger.INVOKED)
    assert isinstance(answer, Suggestion)
    assert {answer.text, *answer.alternatives} == {"sum(prices)", "len(prices)"}


@virtual
async def test_a_menu_is_not_prepared_for_where_it_will_not_open() -> None:
    model = ScriptedModel("um(prices)\n")
    e = editor("total =‸\n", model, waits_ms=250, ghost_text=False)
    e.follows()
    for typed, pool in ((" ", 0), ("s", 0), ("u", 1)):
        e.type(typed)
        await asyncio.sleep(0.5)
        assert len(model.prompts) == pool


@virtual
async def test_the_embedded_engine_fills_in_at_the_deadline() -> None:
    e = editor("total = ‸\n", ScriptedModel(Script(stall=True)), local="fallback")
    e.service.set_local(CountingEngine())
    assert await e.shown() == "sum(prices)"
    assert 0.39 <= now() <= 0.4


@virtual
async def test_with_no_model_the_embedded_engine_answers_at_once() -> None:
    e = editor("total = ‸\n", None, local="fallback")
    e.service.set_local(CountingEngine())
    assert await e.shown() == "sum(prices)"
    assert now() == 0


@virtual
async def test_the_embedded_engine_reads_while_the_hand_rests() -> None:
    e = editor("total = ‸\n", None, local="fallback")
    engine = CountingEngine(unread=5)
    e.service.set_local(engine)
    e.type("s")
    await asyncio.sleep(0.1)
    assert engine.unread == 5
    e.type("u")
    await asyncio.sleep(0.5)
    assert engine.unread == 0


@virtual
async def test_the_embedded_engine_is_not_asked_for_answers_that_were_given() -> None:
    e = editor("total = ‸\n", ScriptedModel(Script(stall=True)), local="fallback")
    engine = CountingEngine()
    e.service.set_local(engine)
    asked = [asyncio.ensure_future(e.ask()) for _ in range(50)]
    await asyncio.gather(*asked)
    assert engine.asked == 1


@virtual
async def test_who_waits_for_a_model_is_served_by_the_one_that_replaces_it() -> None:
    e = editor("total = ‸\n", ScriptedModel(Script([ModelRejected("No.", 401)], first=0.2)))
    asked = asyncio.ensure_future(e.ask())
    await asyncio.sleep(0.1)
    e.service.replace_model(ScriptedModel(Script(["sum(prices)\n"], first=0.15)))
    answer = await asked
    assert isinstance(answer, Suggestion)
    assert answer.text == "sum(prices)"


@virtual
async def test_a_closed_desk_answers_at_once() -> None:
    e = editor("total = ‸\n", ScriptedModel(Script(stall=True)))
    await e.service.close()
    assert reason(await e.ask()) is Reason.STALE
    assert now() == 0.0


@pytest.mark.parametrize("noticed_s", [0.3, 0.45])
@virtual
async def test_a_slip_of_the_hand_costs_no_second_request(noticed_s: float) -> None:
    model = ScriptedModel(Script(["sum(prices)\n"], first=0.1), Script(["x\n"]))
    e = editor("total = ‸\n", model, debounce_ms="auto")
    assert await e.shown() == "sum(prices)"
    for key in ("s", "u", "n"):
        await asyncio.sleep(0.15)
        e.type(key)
    asked = asyncio.ensure_future(e.ask())
    await asyncio.sleep(noticed_s)
    e.backspace()
    assert reason(await asked) in {Reason.STALE, Reason.DEADLINE}
    assert await e.shown() == "m(prices)"
    assert len(model.prompts) == 1


@virtual
async def test_another_way_inside_a_word_is_asked_for_once_it_is_no_slip() -> None:
    model = ScriptedModel(Script(["sum(prices)\n"], first=0.1), Script(["y(it)\n"], first=0.1))
    e = editor("total = ‸\n", model, debounce_ms="auto")
    assert await e.shown() == "sum(prices)"
    for key in "simpl":
        await asyncio.sleep(0.15)
        e.type(key)
    assert await e.shown() == "y(it)"
    assert now() < 0.1 + 5 * 0.15 + 0.3


@pytest.mark.parametrize(
    "finish", ["length", "content_filter", "recitation", "abort", "cancelled", "timeout", "new"]
)
@virtual
async def test_a_cut_answer_shows_whole_lines_or_nothing(finish: str) -> None:
    for said, shows in (
        ("alpha = 1\n    beta = 2\n    gam", "alpha = 1\n    beta = 2"),
        ("alpha = 1\n    beta = 2\n", "alpha = 1\n    beta = 2"),
        ("alpha = su", ""),
    ):
        cut = Chunk(text=said, finish=finish)
        e = editor("def f():\n    ‸\n", ScriptedModel(Script([cut], first=0.1)))
        if shows:
            assert await e.shown() == shows
        else:
            assert reason(await e.ask()) is Reason.CUT


@virtual
async def test_a_stream_that_ran_out_of_tokens_is_not_waited_for() -> None:
    cut = Chunk(text="sum(pri", finish="length")
    e = editor("total = ‸\n", ScriptedModel(Script([cut], first=0.1)))
    assert reason(await e.ask()) is Reason.CUT
    assert now() == 0.1


@virtual
async def test_what_follows_the_whole_lines_of_a_cut_answer_is_asked_for() -> None:
    cut = Chunk(text="a = 1\nb = 2\nc = pri", finish="length")
    model = ScriptedModel(Script([cut]), Script(["c = prices\n"]))
    e = editor("‸\n", model)
    assert await e.shown() == "a = 1\nb = 2"
    e.type("a = 1\nb = 2")
    e.type("\n")
    assert await e.shown() == "c = prices"
    assert len(model.prompts) == 2
