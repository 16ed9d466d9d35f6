"""LiteLLM in front of an upstream: unknown models, budgets, retries, fallbacks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers.raw_upstream import RawUpstream, refusal, serving, whole
from helpers.service_editor import editor
from real_servers.real_servers import (
    PROMPT,
    Tap,
    free_port,
    model_at,
    program,
    running,
    tapped,
    text_of,
    wanted,
)

from foretype.models.openai_model import OpenAIModel
from foretype.models.protocol import ModelError, ModelLimited, ModelRejected
from foretype.models.resilience import ResilientModel

pytestmark = wanted

CONF = """
model_list:
  - model_name: known
    litellm_params: {{model: openai/known, api_key: x, api_base: "{good}"}}
  - model_name: gpt-5
    litellm_params: {{model: openai/gpt-5, api_key: x, api_base: "{good}"}}
  - model_name: limited
    litellm_params: {{model: openai/limited, api_key: x, api_base: "{limited}"}}
  - model_name: down
    litellm_params: {{model: openai/down, api_key: x, api_base: "http://127.0.0.1:9/v1"}}
  - model_name: broke
    litellm_params: {{model: openai/broke, api_key: x, api_base: "{good}", max_budget: 0.0000001,
                     budget_duration: 1d, input_cost_per_token: 1, output_cost_per_token: 1}}
router_settings:
  num_retries: 2
  fallbacks: [{{"down": ["known"]}}]
"""

ENVIRONMENT = {
    # Without network, and without keys of its own.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
}


@dataclass
class LiteLLM:
    tap: Tap
    good: RawUpstream
    limited: RawUpstream


@contextlib.asynccontextmanager
async def litellm(folder: Path) -> AsyncIterator[LiteLLM]:
    binary = program("litellm/bin/litellm")
    port = free_port()
    async with (
        serving(whole("sum(prices)")) as good,
        serving(refusal(429, "Rate limit reached.")) as limited,
    ):
        conf = folder / "litellm.yaml"
        conf.write_text(CONF.format(good=good.url, limited=limited.url))
        command = (binary, "--config", conf, "--port", str(port), "--host", "127.0.0.1")
        async with (
            running(command, port, folder, "/health/liveliness", **ENVIRONMENT),
            tapped(port) as tap,
        ):
            yield LiteLLM(tap, good, limited)


async def typed(model: ResilientModel, tap: Tap, keys: int = 30) -> tuple[int, list[str]]:
    """How many requests some keys cost, and the faults that are told, each once."""
    e = editor("total = ‸\n", model)
    told: list[str] = []

    def note(state: str, message: str) -> None:
        # A machine that is busy makes the gateway slow, which is told as well.
        if state == "error" and message not in told:
            told.append(message)

    e.service.resources.on_status = note
    before = tap.n_asked
    for number in range(keys):
        e.type("abcdefghij"[number % 10])
        await e.ask()
        await asyncio.sleep(0.05)
    await e.service.close()
    return tap.n_asked - before, told


async def test_litellm(tmp_path: Path) -> None:
    """One server for all rows: it takes long to start."""
    async with litellm(tmp_path) as server:
        await an_unknown_model_costs_a_handful_of_requests(server)
        await gpt_5_is_asked_without_what_it_refuses(server)
        await a_budget_that_is_used_up_is_told(server)
        await a_fallback_answers(server)
        await a_429_that_retries_delay_is_told(server)
        await what_it_offers_is_listed(server)


async def an_unknown_model_costs_a_handful_of_requests(server: LiteLLM) -> None:
    async with model_at(server.tap.url, "mai-code-1-flash") as model:
        n_asked, told = await typed(model, server.tap)
        assert 1 <= n_asked <= 8
        assert len(told) == 1
        assert "does not know mai-code-1-flash" in told[0] and "It says:" in told[0]
        assert model.health().refusal == 404


async def gpt_5_is_asked_without_what_it_refuses(server: LiteLLM) -> None:
    async with model_at(server.tap.url, "gpt-5") as model:
        assert await text_of(model) == "sum(prices)"
        before = server.tap.n_asked
        assert await text_of(model) == "sum(prices)"
        assert server.tap.n_asked == before + 1, "what is known is not tried again"


async def a_budget_that_is_used_up_is_told(server: LiteLLM) -> None:
    async with model_at(server.tap.url, "broke") as model:
        fault: ModelError | None = None
        for _ in range(20):
            try:
                await text_of(model)
            except ModelError as error:
                fault = error
                break
            await asyncio.sleep(0.5)
        assert isinstance(fault, ModelRejected) and fault.status == 402, fault
        n_asked, told = await typed(model, server.tap)
        assert n_asked <= 1 and len(told) == 1


async def a_fallback_answers(server: LiteLLM) -> None:
    async with model_at(server.tap.url, "down") as model:
        assert await text_of(model) == "sum(prices)"


async def a_429_that_retries_delay_is_told(server: LiteLLM) -> None:
    async with model_at(server.tap.url, "limited") as model:
        with pytest.raises(ModelLimited):
            await text_of(model, PROMPT)


async def what_it_offers_is_listed(server: LiteLLM) -> None:
    async with model_at(server.tap.url, "known") as model:
        assert isinstance(model.inner, OpenAIModel)
        offered = [each.id for each in await model.inner.offered()]
    assert {"known", "gpt-5", "limited", "down", "broke"} <= set(offered)
