"""Several providers: who answers when one fails, and when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from helpers.virtual import virtual

from foretype.models.capability_file import CapabilityFile
from foretype.models.open_model import OpenModel, open_model
from foretype.models.protocol import (
    Chunk,
    Message,
    ModelError,
    ModelLimited,
    ModelRejected,
    ModelUnavailable,
    Prompt,
    PromptTooLong,
)
from foretype.models.resilience import REFUSED_PAUSE_S
from foretype.models.scripted import Script, ScriptedModel
from foretype.privacy.gate import Gate
from foretype.settings.providers import Endpoint
from foretype.settings.schema import ProviderSettings, Settings
from foretype.spending.budget import Budget
from foretype.spending.ledger import Ledger
from foretype.spending.statistics import read_stats
from foretype.spending.usage import Usage

FIRST = ProviderSettings(base_url="http://127.0.0.1:1/v1", model="first")
SECOND = ProviderSettings(provider="ollama", model="second")
OnSend = Callable[[str, str, bytes], None]
PROMPT = Prompt(messages=(Message("user", "the user's code"),), prefix="the user's code")
GOOD = Script(["ok", Chunk(usage=Usage(10, 0, 1))])

REFUSED = ModelRejected("The endpoint does not accept the key (401).", 401)
NO_CREDIT = ModelRejected("No credit is left (402).", 402)
UNKNOWN = ModelRejected("The endpoint does not know the model (404).", 404)
DOWN = ModelUnavailable("The endpoint cannot be reached.")
LIMITED = ModelLimited("Too many requests.", None)
LIMITED_LONG = ModelLimited("Too many requests.", 60.0)


@dataclass
class Upstreams:
    """What each model answers; changed as the test goes on."""

    scripts: dict[str, Script] = field(default_factory=dict)
    asked: list[tuple[str, Prompt]] = field(default_factory=list)

    def __call__(
        self,
        endpoint: Endpoint,
        *,
        file: CapabilityFile,
        on_send: Callable[[str, str, bytes], None],
    ) -> ScriptedModel:
        upstreams = self

        class Asked(ScriptedModel):
            def stream(self, prompt: Prompt):  # type: ignore[no-untyped-def]
                upstreams.asked.append((self.name, prompt))
                self.scripts = [upstreams.scripts.get(self.name, GOOD)]
                return super().stream(prompt)

            async def offered(self) -> tuple[()]:
                return ()

        made = Asked()
        made.name = endpoint.model
        made.endpoint = endpoint  # type: ignore[attr-defined]
        return made

    def names(self) -> list[str]:
        """Who was asked since the last call."""
        names = [name for name, _ in self.asked]
        self.asked.clear()
        return names


@pytest.fixture
def upstreams(monkeypatch: pytest.MonkeyPatch) -> Upstreams:
    upstreams = Upstreams()
    monkeypatch.setattr("foretype.models.endpoint_model.OpenAIModel", upstreams)
    return upstreams


@dataclass
class Opened:
    model: OpenModel
    budget: Budget
    switches: list[str] = field(default_factory=list)

    async def ask(self, prompt: Prompt = PROMPT) -> str:
        try:
            return "".join([chunk.text async for chunk in self.model.stream(prompt)])
        except ModelError as fault:
            return str(fault)


def opened(*providers: ProviderSettings, **settings: object) -> Opened:
    chosen = Settings(providers=providers or (FIRST, SECOND), **settings)  # type: ignore[arg-type]
    budget = Budget()
    model = open_model(chosen, {"FORETYPE_LEDGER": ":memory:"}, Gate(chosen), budget)
    assert model is not None
    found = Opened(model, budget)
    model.on_switch = lambda: found.switches.append(model.name)
    return found


@virtual
async def test_the_first_one_answers_as_long_as_it_can(upstreams: Upstreams) -> None:
    it = opened()
    assert [await it.ask() for _ in range(3)] == ["ok"] * 3
    assert upstreams.names() == ["first"] * 3 and it.switches == [] and it.model.notice == ""


@pytest.mark.parametrize("fault", [REFUSED, NO_CREDIT, UNKNOWN, LIMITED_LONG])
@virtual
async def test_where_one_is_out_for_long_the_next_answers_at_once_and_from_then_on(
    upstreams: Upstreams, fault: ModelError
) -> None:
    upstreams.scripts["first"] = Script([fault])
    it = opened()
    assert [await it.ask() for _ in range(3)] == ["ok"] * 3
    assert upstreams.names() == ["first", "second", "second", "second"]
    assert it.switches == ["second"] and (it.model.name, it.model.provider) == ("second", "ollama")
    assert "second at Ollama answers in place of first" in it.model.notice
    assert str(fault).rstrip(".") in it.model.notice


@pytest.mark.parametrize("fault", [DOWN, LIMITED])
@virtual
async def test_a_failure_that_may_pass_is_made_up_for_and_the_first_stays_first(
    upstreams: Upstreams, fault: ModelError
) -> None:
    it = opened()
    upstreams.scripts["first"] = Script([fault])
    assert await it.ask() == "ok" and it.switches == []
    await asyncio.sleep(1)
    upstreams.scripts["first"] = GOOD
    assert await it.ask() == "ok"
    assert upstreams.names() == ["first", "second", "first"] and it.model.name == "first"


@virtual
async def test_one_that_fails_again_and_again_is_left(upstreams: Upstreams) -> None:
    upstreams.scripts["first"] = Script([DOWN])
    it = opened()
    assert [await it.ask() for _ in range(5)] == ["ok"] * 5
    assert upstreams.names() == ["first", "second"] * 3 + ["second"] * 2
    assert it.switches == ["second"]


@virtual
async def test_it_is_back_after_a_trial_for_which_nobody_waits(upstreams: Upstreams) -> None:
    upstreams.scripts["first"] = Script([REFUSED])
    it = opened()
    await it.ask()
    await asyncio.sleep(REFUSED_PAUSE_S * 1.3)
    upstreams.names()
    upstreams.scripts["first"] = Script(["o", "k"], first=5.0)
    began = asyncio.get_running_loop().time()
    assert await it.ask() == "ok" and asyncio.get_running_loop().time() == began
    tried = [prompt for name, prompt in upstreams.asked if name == "first"]
    assert len(tried) == 1 and "the user's code" not in str(tried[0]) and it.model.name == "second"
    assert await it.ask() == "ok"  # One trial at a time.
    await asyncio.sleep(6.0)
    assert it.switches == ["second", "first"] and it.model.notice == ""
    assert upstreams.names().count("first") == 1


@virtual
async def test_a_trial_that_fails_waits_for_the_next_pause(upstreams: Upstreams) -> None:
    upstreams.scripts["first"] = Script([REFUSED])
    it = opened()
    for _ in range(60):
        await it.ask()
        await asyncio.sleep(60.0)
    assert 3 <= upstreams.names().count("first") <= 8 and it.switches == ["second"]


@virtual
async def test_what_the_user_asks_for_tries_again_at_once_but_waits_for_nothing(
    upstreams: Upstreams,
) -> None:
    upstreams.scripts["first"] = Script([NO_CREDIT])
    it = opened()
    await it.ask()
    upstreams.scripts["first"] = GOOD
    it.model.retry_now()
    assert await it.ask() == "ok"
    await asyncio.sleep(0.1)
    assert it.model.name == "first"


@virtual
async def test_where_all_fail_the_words_of_the_one_that_answered_last_are_told(
    upstreams: Upstreams,
) -> None:
    upstreams.scripts |= {"first": Script([REFUSED]), "second": Script([DOWN])}
    it = opened()
    assert [await it.ask() for _ in range(3)] == [str(REFUSED), str(DOWN), str(DOWN)]
    assert await it.ask() == str(REFUSED) and it.model.name == "first"
    upstreams.scripts["second"] = GOOD
    await asyncio.sleep(10)
    assert await it.ask() == "ok" and it.model.name == "second"


@virtual
async def test_what_concerns_the_prompt_is_asked_nobody_else(upstreams: Upstreams) -> None:
    upstreams.scripts["first"] = Script([PromptTooLong("The prompt is too long.", 400)])
    it = opened()
    assert (
        await it.ask(Prompt(messages=(Message("user", "x" * 9000),))) == "The prompt is too long."
    )
    assert upstreams.names() == ["first"]


@virtual
async def test_an_answer_that_broke_off_is_not_begun_anew(upstreams: Upstreams) -> None:
    upstreams.scripts["first"] = Script(["half", DOWN])
    it = opened()
    assert await it.ask() == str(DOWN)
    assert upstreams.names() == ["first"]


@virtual
async def test_each_is_paid_by_its_own_prices_and_named_in_the_ledger(
    upstreams: Upstreams, tmp_path: Path
) -> None:
    dear = "microsoft/mai-code-1-flash"
    paid = ProviderSettings(provider="openrouter", api_key="sk-fake-0123456789", model=dear)
    upstreams.scripts["second"] = Script(["ok", Chunk(usage=Usage(10**6, 0, 0))])
    upstreams.scripts[dear] = upstreams.scripts["second"]
    it = opened(SECOND, paid)
    it.budget.ledger = Ledger(lambda: tmp_path / "ledger.sqlite3")
    await it.ask()
    assert it.budget.ledger.today().cost_usd == 0.0
    upstreams.scripts["second"] = Script([DOWN])
    await it.ask()
    await it.budget.ledger.sync()
    stats = read_stats(tmp_path / "ledger.sqlite3", until=it.budget.ledger.day, days=1)
    assert {cost.name: cost.entry.cost_usd > 0 for cost in stats.costs} == {
        "second (ollama)": False,
        f"{dear} (openrouter)": True,
    }


@virtual
async def test_a_model_for_refactorings_is_the_first_ones_and_others_stand_in(
    upstreams: Upstreams,
) -> None:
    it = opened()
    other = it.model.by_name("refactors")
    assert other.name == "refactors" and it.model.by_name("first") is it.model
    upstreams.scripts["refactors"] = Script([UNKNOWN])
    assert "".join([chunk.text async for chunk in other.stream(PROMPT)]) == "ok"
    assert upstreams.names() == ["refactors", "second"]


@virtual
async def test_one_that_is_named_alone_comes_before_the_list(upstreams: Upstreams) -> None:
    it = opened(SECOND, provider="custom", base_url="http://127.0.0.1:9/v1", model="alone")
    await it.ask()
    assert upstreams.names() == ["alone"]


@virtual
async def test_one_that_cannot_be_used_is_passed_over(upstreams: Upstreams) -> None:
    it = opened(ProviderSettings(provider="openrouter"), SECOND)  # There is no key.
    assert await it.ask() == "ok" and it.model.name == "second"
