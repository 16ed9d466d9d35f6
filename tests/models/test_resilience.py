"""The circuit breaker, in virtual time."""

from __future__ import annotations

import asyncio
import random

import pytest
from helpers.bounded import bounded
from helpers.virtual import virtual
from hypothesis import given
from hypothesis import strategies as st

from foretype.core.deadline import now
from foretype.models.protocol import (
    ModelError,
    ModelLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
    Prompt,
    PromptRejected,
    PromptTooLong,
)
from foretype.models.resilience import (
    FIRST_PAUSE_S,
    JITTER,
    LONGEST_PAUSE_S,
    LONGEST_RATE_LIMITED_PAUSE_S,
    MAX_FAILURES,
    RATE_LIMITED_PAUSE_S,
    REFUSED_PAUSE_S,
    Circuit,
    ResilientModel,
)
from foretype.models.scripted import Script, ScriptedModel

DOWN = ModelUnavailable("The endpoint has a fault of its own (500).")
CODE = Prompt(prefix="total = ")
NO_KEY = ModelRejected("The endpoint does not accept the key (401).", 401)


def breaker(*says: ModelError | str) -> ResilientModel:
    """A breaker around a model that says one thing after the other, the last for ever."""
    scripts = [Script([one]) for one in says]
    return ResilientModel(ScriptedModel(*scripts), rng=random.Random(1))


def asked(model: ResilientModel) -> int:
    assert isinstance(model.inner, ScriptedModel)
    return len(model.inner.prompts)


async def ask(model: ResilientModel, prompt: Prompt = CODE) -> str:
    """What came of one request: the text, or the fault's name."""
    try:
        return "".join([chunk.text async for chunk in model.stream(prompt)])
    except ModelError as fault:
        return type(fault).__name__


@virtual
async def test_a_model_that_works_is_let_alone() -> None:
    model = breaker("a")
    assert [await ask(model) for _ in range(3)] == ["a"] * 3
    assert model.health().circuit is Circuit.CLOSED


@virtual
async def test_one_fault_is_nobodys_habit() -> None:
    model = breaker(DOWN, "a", DOWN, DOWN, "a", DOWN, DOWN, "a")
    got = [await ask(model) for _ in range(8)]
    assert got.count("a") == 3
    assert asked(model) == 8


@virtual
async def test_three_faults_in_a_row_begin_a_pause_and_a_success_ends_it() -> None:
    model = breaker(DOWN, ModelTimeout("slow"), DOWN, "a")
    for _ in range(3):
        await ask(model)
    assert model.health().circuit is Circuit.OPEN
    assert model.health().why == str(DOWN)
    with pytest.raises(ModelUnavailable, match=r"fault of its own .* Trying again in \d s"):
        await anext(model.stream(Prompt()))
    assert asked(model) == 3
    await asyncio.sleep(1.3)
    assert model.health().circuit is Circuit.HALF_OPEN
    assert await ask(model) == "a"
    assert model.health() == type(model.health())(Circuit.CLOSED)


@pytest.mark.parametrize(
    ("fault", "first", "longest"),
    [
        (DOWN, FIRST_PAUSE_S, LONGEST_PAUSE_S),
        (ModelLimited("429"), RATE_LIMITED_PAUSE_S, LONGEST_RATE_LIMITED_PAUSE_S),
    ],
)
@virtual
async def test_pauses_grow_up_to_a_limit(fault: ModelError, first: float, longest: float) -> None:
    model = breaker(fault)
    pauses = []
    for _ in range(12):
        for _ in bounded(iter(lambda: model.health().circuit is Circuit.OPEN, True)):
            await ask(model)
        pauses.append(model.health().seconds)
        await asyncio.sleep(pauses[-1])
    for number, pause in enumerate(pauses):
        wanted = min(first * 2.0**number, longest)
        assert wanted * (1 - JITTER) <= pause <= wanted
    assert len(set(pauses[-5:])) == 5, "without jitter all editors come back at once"


@pytest.mark.parametrize("fails_s", [0.5, 3.0, 20.0, 600.0])
@virtual
async def test_however_long_it_fails_it_is_asked_once_a_second_and_back_within_two(
    fails_s: float,
) -> None:
    model, began = breaker(DOWN), now()
    while now() < began + fails_s:
        await ask(model)
        await asyncio.sleep(0.05)
    assert asked(model) <= MAX_FAILURES + fails_s
    model.inner = ScriptedModel(Script(["a"]))
    healed = now()
    for _ in range(41):
        if await ask(model) == "a":
            break
        await asyncio.sleep(0.05)
    assert await ask(model) == "a"
    assert now() - healed <= 2.0 + 0.05


@virtual
async def test_after_a_pause_only_one_request_tries_again() -> None:
    scripts = [Script([DOWN])] * 3 + [Script(["a"], first=1.0)]
    model = ResilientModel(ScriptedModel(*scripts), rng=random.Random(1))
    for _ in range(3):
        await ask(model)
    await asyncio.sleep(2)
    got = await asyncio.gather(*(ask(model) for _ in range(5)))
    assert sorted(got) == ["ModelUnavailable"] * 4 + ["a"]
    assert asked(model) == 4


@virtual
async def test_a_try_that_the_caller_gives_up_leaves_room_for_the_next() -> None:
    scripts = [Script([DOWN])] * 3 + [Script(stall=True), Script(["a"])]
    model = ResilientModel(ScriptedModel(*scripts), rng=random.Random(1))
    for _ in range(3):
        await ask(model)
    await asyncio.sleep(2)
    task = asyncio.create_task(ask(model))
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task])
    assert model.health().circuit is Circuit.HALF_OPEN
    assert await ask(model) == "a"


@pytest.mark.parametrize("wait", [7.0, 45.0])
@virtual
async def test_retry_after_is_kept_and_never_cut_short(wait: float) -> None:
    model = breaker(ModelLimited("Too many requests (429).", wait), "a")
    assert await ask(model) == "ModelLimited"
    await asyncio.sleep(wait - 0.01)
    with pytest.raises(ModelLimited) as caught:
        await anext(model.stream(Prompt()))
    assert caught.value.retry_after == pytest.approx(0.01, abs=wait * JITTER)
    await asyncio.sleep(wait * JITTER + 0.02)
    assert await ask(model) == "a"


@virtual
async def test_too_many_requests_without_a_time_pause_briefly() -> None:
    model = breaker(ModelLimited("429"), "a")
    await ask(model)
    assert 0 < model.health().seconds < 1
    await asyncio.sleep(1)
    assert await ask(model) == "a"


@virtual
async def test_an_overloaded_server_that_says_when_is_believed_at_once() -> None:
    model = breaker(ModelUnavailable("overloaded (503)", retry_after=20))
    await ask(model)
    assert model.health().seconds >= 20


@pytest.mark.parametrize("status", [401, 402, 403, 404])
@virtual
async def test_what_only_the_user_can_mend_pauses_for_long(status: int) -> None:
    model = breaker(ModelRejected("no", status), "a")
    await ask(model)
    await asyncio.sleep(120)
    with pytest.raises(ModelRejected) as caught:
        await anext(model.stream(Prompt()))
    assert (caught.value.status, str(caught.value)) == (status, "no")
    assert asked(model) == 1
    await asyncio.sleep(900)
    assert await ask(model) == "a"


@virtual
async def test_the_user_can_end_a_pause() -> None:
    model = breaker(NO_KEY, "a")
    await ask(model)
    model.retry_now()
    assert await ask(model) == "a"


@pytest.mark.parametrize("status", [400, 405, 407, 409, 410, 422])
@virtual
async def test_the_same_refusal_twice_pauses_for_long_and_one_request_tries_again(
    status: int,
) -> None:
    model = breaker(ModelRejected("no", status))
    for _ in range(30):
        await ask(model)
    assert asked(model) == 2
    assert model.health().refusal == status
    with pytest.raises(ModelRejected, match="no"):
        await anext(model.stream(CODE))
    await asyncio.sleep(REFUSED_PAUSE_S * (1 + JITTER))
    for _ in range(30):
        await ask(model)
    assert asked(model) == 3


@pytest.mark.parametrize("statuses", [(400, 422), (422, 405), (400, 405, 410)])
@virtual
async def test_refusals_that_differ_pause_after_the_third_in_a_row(
    statuses: tuple[int, ...],
) -> None:
    model = breaker(*(ModelRejected("no", status) for status in statuses * 10))
    for _ in range(20):
        await ask(model)
    assert asked(model) == 3


@virtual
async def test_a_pause_is_a_sentence_of_its_own() -> None:
    model = breaker(*[ModelUnavailable("It has a fault. It says: no route")] * 9)
    for _ in range(3):
        await ask(model)
    with pytest.raises(ModelUnavailable, match=r"no route\. Trying again in \d s\."):
        await anext(model.stream(CODE))


@pytest.mark.parametrize("between", ["a", DOWN])
@virtual
async def test_refusals_with_something_else_between_do_not_pause(between: ModelError | str) -> None:
    refused = ModelRejected("no", 400)
    model = breaker(refused, between, refused, "a", refused, "a")
    assert [await ask(model) for _ in range(6)][-1] == "a"
    assert asked(model) == 6


@virtual
async def test_a_prompt_that_is_too_long_never_pauses() -> None:
    model = breaker(*[PromptTooLong("too long", 400)] * 30, "a")
    long = Prompt(prefix="x = 1\n" * 500)
    assert [await ask(model, long) for _ in range(31)][-1] == "a"


@pytest.mark.parametrize("prompt", [Prompt(), Prompt(think=True, max_tokens=2000)])
@virtual
async def test_what_is_refused_to_a_refactoring_may_be_granted_to_completions(
    prompt: Prompt,
) -> None:
    model = breaker(*[ModelRejected("does not support tools", 400)] * 5, "a")
    for _ in range(5):
        await ask(model, prompt)
    assert await ask(model) == "a"


@virtual
async def test_a_filtered_prompt_pauses_briefly_and_needs_no_user() -> None:
    model = breaker(PromptRejected("filtered", 400))
    for _ in range(30):
        await ask(model)
    assert asked(model) == 3
    assert 0 < model.health().seconds <= 2
    assert model.health().refusal == 0


@pytest.mark.parametrize("wait", [0.0, 0.001])
@pytest.mark.parametrize("kind", [ModelLimited, ModelUnavailable])
@virtual
async def test_a_wait_of_next_to_nothing_is_not_asked_for(kind: type, wait: float) -> None:
    model = breaker(kind("later", wait))
    for _ in range(40):
        await ask(model)
        await asyncio.sleep(0.2)
    assert asked(model) <= 8


@virtual
async def test_a_stream_that_is_closed_early_is_no_fault_and_closes_the_one_behind() -> None:
    model = breaker("a")
    inner = model.inner
    assert isinstance(inner, ScriptedModel)
    for _ in range(5):
        stream = model.stream(Prompt())
        await anext(stream)
        await stream.aclose()
    assert model.health().circuit is Circuit.CLOSED
    assert inner.aborted == [0, 1, 2, 3, 4]
    assert inner.running == 0


@virtual
async def test_a_stream_that_began_before_the_pause_does_not_end_it() -> None:
    scripts = [Script(["old"], first=1.0), Script([ModelLimited("429", 30.0)])]
    model = ResilientModel(ScriptedModel(*scripts), rng=random.Random(1))
    old = asyncio.create_task(ask(model))
    await asyncio.sleep(0.1)
    await ask(model)
    assert await old == "old"
    assert model.health().circuit is Circuit.OPEN


FAULTS = st.sampled_from(
    [DOWN, ModelTimeout("t"), ModelLimited("l", 3.0), ModelLimited("l"), NO_KEY]
)


@given(st.lists(FAULTS | st.just("a"), min_size=1, max_size=15), st.lists(st.floats(0, 700)))
@virtual
async def test_whatever_happens_a_model_that_works_again_is_found_again(
    says: list[ModelError | str], waits: list[float]
) -> None:
    model = breaker(*says, "a")
    for wait in waits[:20]:
        await ask(model)
        await asyncio.sleep(wait)
    for _ in range(2 * len(says) + 2):
        await asyncio.sleep(1000)
        got = await ask(model)
    assert got == "a"
    assert model.health().circuit is Circuit.CLOSED
