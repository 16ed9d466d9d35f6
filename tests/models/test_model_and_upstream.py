"""The adapter and the scripted upstream: each wire, each fault, each way of thinking."""

from __future__ import annotations

import asyncio
import json

import pytest

from foretype.models.open_model import open_model
from foretype.models.openai_model import OpenAIModel
from foretype.models.protocol import (
    Chunk,
    Message,
    ModelError,
    ModelLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
    Prompt,
    Tool,
    ToolCall,
)
from foretype.models.stream_reader import Limits
from foretype.privacy.gate import Gate
from foretype.settings.providers import PROVIDERS, Endpoint, WireName
from foretype.settings.schema import Settings
from foretype.spending.budget import Budget
from foretype.upstream import Script, ScriptedUpstream

TEXT = "return a + b  # „größer“ 😀\n\n"
PROMPT = Prompt(
    messages=(Message("user", "def add(a, b):\n    <|cursor|>"),),
    prefix="def add(a, b):\n    ",
    suffix="\n",
)
WIRES: tuple[WireName, ...] = ("chat", "fim", "responses")


def model_at(url: str, wire: WireName = "chat", limits: Limits | None = None) -> OpenAIModel:
    return OpenAIModel(Endpoint(row=PROVIDERS["custom"], base_url=url, wire=wire), limits=limits)


async def ask(model: OpenAIModel, prompt: Prompt = PROMPT) -> list[Chunk]:
    try:
        return [chunk async for chunk in model.stream(prompt)]
    finally:
        await model.close()


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("split", ["tokens", "characters", "whole"])
@pytest.mark.parametrize("torn", [False, True])
async def test_every_wire_says_the_text(wire: WireName, split: str, torn: bool) -> None:
    script = Script(text=TEXT, split=split, torn=torn, comments=True, cached=0.5)
    async with ScriptedUpstream(script) as up:
        got = await ask(model_at(up.url, wire))
    assert "".join(chunk.text for chunk in got) == TEXT
    assert [chunk.finish for chunk in got if chunk.finish] == ["stop"]
    (usage,) = [chunk.usage for chunk in got if chunk.usage]
    assert usage.output_tokens > 0
    assert 0 < usage.cached_tokens <= usage.input_tokens
    assert len(up.log.requests) == 1
    assert up.log.aborted == []


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("401", ModelRejected),
        ("402", ModelRejected),
        ("403", ModelRejected),
        ("404", ModelRejected),
        ("429", ModelLimited),
        ("500", ModelUnavailable),
        ("503", ModelUnavailable),
        ("html", ModelUnavailable),
        ("json", ModelUnavailable),
        ("empty", ModelUnavailable),
        ("malformed", ModelUnavailable),
        ("error", ModelUnavailable),
        ("cut", ModelUnavailable),
        ("no_done", ModelUnavailable),
        ("stall_headers", ModelTimeout),
        ("stall_first", ModelTimeout),
        ("stall_middle", ModelTimeout),
        ("loris", ModelTimeout),
    ],
)
async def test_every_fault_is_one_of_ours(wire: WireName, fault: str, kind: type) -> None:
    limits = Limits(first=0.5, gap=0.5, total=1.0) if kind is ModelTimeout else None
    async with ScriptedUpstream(Script(text="a " * 50, fault=fault)) as up:
        with pytest.raises(ModelError) as caught:
            await ask(model_at(up.url, wire, limits))
    assert type(caught.value) is kind


@pytest.mark.parametrize("wire", WIRES)
async def test_a_closed_stream_is_seen_there(wire: WireName) -> None:
    script = Script(text="a " * 500, tokens_per_second=200)
    async with ScriptedUpstream(script) as up:
        model = model_at(up.url, wire)
        stream = model.stream(PROMPT)
        await anext(stream)
        await stream.aclose()
        async with asyncio.timeout(5):
            while not up.log.aborted:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert up.log.aborted[0].sent < 100
        await model.close()


@pytest.mark.parametrize("wire", ["chat", "responses"])
async def test_tool_calls(wire: WireName) -> None:
    calls = ({"name": "read_file", "arguments": {"path": "a"}}, {"name": "b", "arguments": "{"})
    tool = Tool("read_file", "Reads.", {"type": "object", "properties": {}, "required": []})
    async with ScriptedUpstream(Script(text="", tool_calls=calls)) as up:
        got = await ask(model_at(up.url, wire), Prompt(messages=PROMPT.messages, tools=(tool,)))
    told = [call for chunk in got for call in chunk.tool_calls]
    assert [call.name for call in told] == ["read_file", "b"]
    assert json.loads(told[0].arguments) == {"path": "a"}
    assert told[1] == ToolCall(told[1].id, "b", "{")
    assert told[0].id != told[1].id
    assert [chunk.finish for chunk in got if chunk.finish] == ["tool_calls"]


@pytest.mark.parametrize("spelled", ["reasoning", "reasoning_content"])
async def test_reasoning_never_is_text(spelled: str) -> None:
    script = Script(text="a", reasoning="Let me think.", reasoning_as=spelled)
    async with ScriptedUpstream(script) as up:
        got = await ask(model_at(up.url))
    assert "".join(chunk.text for chunk in got) == "a"
    assert "".join(chunk.reasoning for chunk in got) == "Let me think."


async def test_every_optional_part_may_be_refused() -> None:
    rejects = ("reasoning_effort", "thinking", "chat_template_kwargs", "stream_options", "stop")
    prompt = Prompt(messages=PROMPT.messages, stop=("\n\n\n",))
    async with ScriptedUpstream(Script(text="a", rejects=(*rejects, "temperature"))) as up:
        got = await ask(model_at(up.url), prompt)
        assert "".join(chunk.text for chunk in got) == "a"
        tried = len(up.log.requests)
        # The least effort is tried once more, before reasoning is left to the model.
        assert tried == len(rejects) + 3
        await ask(model_at(up.url), prompt)
        assert len(up.log.requests) == tried + 1


async def test_warming_opens_a_connection_and_costs_no_request() -> None:
    async with ScriptedUpstream(Script(text="a")) as up:
        model = model_at(up.url)
        await model.warm()
        assert up.log.warm == []
        await ask(model)
        assert len(up.log.requests) == 1
        assert up.log.requests[0].connection == 1


async def test_settings_alone_reach_any_compatible_server() -> None:
    async with ScriptedUpstream(Script(text="a")) as up:
        settings = Settings(base_url=up.url, api_key="x", model="my-model")
        model = open_model(settings, {}, Gate(settings), Budget())
        assert model is not None
        got = [chunk.text async for chunk in model.stream(PROMPT)]
        await model.close()
        assert "".join(got) == "a"
        assert up.log.requests[0].authorized
        assert up.log.requests[0].body["model"] == "my-model"
