"""The adapter against servers of bytes on loopback: streams, aborts, spare connections, and what
an endpoint refuses."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from helpers.raw_upstream import (
    DONE,
    END,
    STREAM,
    USAGE,
    RawUpstream,
    Write,
    chunk,
    delta,
    event,
    refusal,
    serving,
    whole,
)

from foretype.models import openai_model, spare_connection
from foretype.models.openai_model import OpenAIModel
from foretype.models.protocol import (
    Chunk,
    Message,
    ModelError,
    ModelRejected,
    Prompt,
    Tool,
    ToolCall,
)
from foretype.models.stream_reader import Limits
from foretype.settings.providers import PROVIDERS, Endpoint, Provider, WireName
from foretype.spending.usage import Usage

PROMPT = Prompt(
    messages=(Message("user", "def f(<|cursor|>"),),
    prefix="def f(",
    suffix="): ...",
    stop=("\n\n",),
)
KEY = "test-key-not-real"


@asynccontextmanager
async def model_at(
    url: str,
    *,
    row: Provider = PROVIDERS["custom"],
    wire: WireName = "chat",
    limits: Limits | None = None,
    key: str = KEY,
) -> AsyncIterator[OpenAIModel]:
    model = OpenAIModel(
        Endpoint(row=row, base_url=url, wire=wire, key=key, key_from="FORETYPE_API_KEY"),
        limits=limits,
    )
    try:
        yield model
    finally:
        await model.close()


@asynccontextmanager
async def talking(
    *answers: bytes | Callable[[Write], Awaitable[None]],
    hang_up_after: bool = False,
    row: Provider = PROVIDERS["custom"],
    wire: WireName = "chat",
    limits: Limits | None = None,
    key: str = KEY,
) -> AsyncIterator[tuple[RawUpstream, OpenAIModel]]:
    """A server and a model that speaks to it."""
    async with (
        serving(*answers, hang_up_after=hang_up_after) as up,
        model_at(up.url, row=row, wire=wire, limits=limits, key=key) as model,
    ):
        yield up, model


async def said(model: OpenAIModel, prompt: Prompt = PROMPT) -> list[Chunk]:
    return [chunk async for chunk in model.stream(prompt)]


async def text_of(model: OpenAIModel, prompt: Prompt = PROMPT) -> str:
    return "".join(chunk.text for chunk in await said(model, prompt))


async def soon(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether something becomes true; the limit only ends a test that has failed."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    return True


class TestStream:
    async def test_gives_text_finish_and_usage(self) -> None:
        async with talking(whole("return a")) as (up, model):
            assert await said(model) == [
                Chunk(text="return a"),
                Chunk(finish="stop"),
                Chunk(usage=Usage(input_tokens=9, output_tokens=2)),
            ]
            (request,) = up.requests
            assert request.line == "POST /v1/chat/completions HTTP/1.1"
            assert request.body["model"] == "mai-code-1-flash"
            assert request.headers["authorization"] == f"Bearer {KEY}"

    async def test_gives_text_while_the_next_has_not_come(self) -> None:
        go_on = asyncio.Event()

        async def slowly(write: Write) -> None:
            await write(STREAM + delta("a"))
            await go_on.wait()
            await write(delta("b", "stop") + USAGE + DONE + END)

        async with talking(slowly) as (up, model):
            stream = model.stream(PROMPT)
            assert await anext(stream) == Chunk(text="a")
            go_on.set()
            assert [c.text async for c in stream] == ["b", ""]

    async def test_text_in_the_middle_of_a_character(self) -> None:
        piece = delta("é")
        raw = 'data: {"choices":[{"delta":{"content":"😀 é"}}]}\n\n'.encode()
        torn = b"".join(chunk(raw[i : i + 1]) for i in range(len(raw)))

        async def by_bytes(write: Write) -> None:
            for byte in STREAM + torn + piece + delta(finish="stop") + USAGE + DONE + END:
                await write(bytes([byte]))

        async with talking(by_bytes) as (up, model):
            assert await text_of(model) == "😀 éé"

    async def test_reasoning_is_told_apart(self) -> None:
        thought = delta(reasoning="hm") + delta(reasoning_content="hm")
        async with talking(STREAM + thought + delta("a", "stop") + DONE + END) as (up, model):
            got = await said(model)
        assert [c.reasoning for c in got] == ["hm", "hm", ""]
        assert "".join(c.text for c in got) == "a"

    async def test_tool_calls_are_given_whole(self) -> None:
        first = {"index": 0, "id": "c1", "function": {"name": "read_file", "arguments": '{"pa'}}
        second = {"index": 0, "function": {"arguments": 'th": "a"}'}}
        calls = delta(tool_calls=[first]) + delta(tool_calls=[second]) + delta(finish="tool_calls")
        tool = Tool("read_file", "Reads.", {"type": "object", "properties": {}})
        async with talking(STREAM + calls + DONE + END) as (up, model):
            (got,) = await said(model, Prompt(messages=PROMPT.messages, tools=(tool,)))
        assert got.tool_calls == (ToolCall("c1", "read_file", '{"path": "a"}'),)
        assert up.requests[0].body["tools"][0]["function"]["name"] == "read_file"

    async def test_the_finish_reason_comes_before_the_end_of_the_stream(self) -> None:
        async def hesitating(write: Write) -> None:
            await write(STREAM + delta("a", "stop"))
            await asyncio.Event().wait()

        async with talking(hesitating) as (up, model):
            stream = model.stream(PROMPT)
            assert (await anext(stream)).finish == "stop"
            await stream.aclose()

    async def test_a_body_that_stays_open_after_done_delays_nobody(self) -> None:
        async def lingering(write: Write) -> None:
            await write(STREAM + delta("a", "stop") + USAGE + DONE)
            await asyncio.Event().wait()

        async with talking(lingering) as (up, model):
            await said(model)
            # Ended while the response is still open, which is drained on the side.
            assert not up.hung_up.is_set()
            assert model.is_closing
            await asyncio.wait_for(up.hung_up.wait(), 5)

    async def test_a_count_that_never_comes_is_no_fault(self) -> None:
        async def uncounted(write: Write) -> None:
            await write(STREAM + delta("a", "stop"))
            await asyncio.Event().wait()

        async with talking(uncounted, limits=Limits(usage=0.05)) as (up, model):
            assert await said(model) == [Chunk(text="a", finish="stop")]

    async def test_a_connection_that_breaks_after_the_finish_reason_is_no_fault(self) -> None:
        async with talking(STREAM + delta("a", "stop"), hang_up_after=True) as (up, model):
            assert await said(model) == [Chunk(text="a", finish="stop")]

    async def test_done_without_a_finish_reason_is_an_end(self) -> None:
        async with talking(STREAM + delta("a") + DONE + END) as (up, model):
            assert await said(model) == [Chunk(text="a"), Chunk(finish="stop")]

    async def test_text_is_cut_at_a_stop_sequence_that_the_server_ignores(self) -> None:
        async def chatty(write: Write) -> None:
            await write(STREAM + delta("a\n") + delta("\nb"))
            await asyncio.Event().wait()

        async with talking(chatty) as (up, model):
            got = await said(model)
            assert "".join(c.text for c in got) == "a\n"
            assert got[-1].finish == "stop"
            await asyncio.wait_for(up.hung_up.wait(), 5)

    async def test_a_server_that_does_not_stream(self) -> None:
        body = json.dumps({"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]})
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        async with talking(f"{head}\r\n\r\n{body}".encode()) as (up, model):
            assert await said(model) == [Chunk(text="a", finish="stop")]

    async def test_an_event_stream_under_another_name(self) -> None:
        misnamed = whole("a").replace(b"text/event-stream", b"text/plain")
        async with talking(misnamed) as (up, model):
            assert await text_of(model) == "a"

    async def test_comments_keep_nothing_from_coming(self) -> None:
        comments = chunk(b": PROCESSING\n\n") * 3
        async with talking(STREAM + comments + delta("a", "stop") + DONE + END) as (up, model):
            assert await text_of(model) == "a"

    async def test_a_caller_that_takes_its_time_is_not_taken_for_a_stall(self) -> None:
        async with talking(whole("a"), limits=Limits(gap=0.05)) as (up, model):
            got = []
            async for piece in model.stream(PROMPT):
                got.append(piece)
                await asyncio.sleep(0.1)
        assert len(got) == 3

    async def test_a_model_that_shall_think_is_given_the_time(self) -> None:
        async def pensive(write: Write) -> None:
            await write(STREAM)
            await asyncio.sleep(0.2)
            await write(delta("a", "stop") + DONE + END)

        limits = Limits(first=0.05, gap=0.05, thought=30)
        async with talking(pensive, limits=limits) as (_, model):
            with pytest.raises(ModelError):
                await said(model)
            assert await text_of(model, Prompt(messages=PROMPT.messages, think=True)) == "a"


class TestOtherWires:
    async def test_fim_sends_both_sides(self) -> None:
        piece = event({"choices": [{"text": "a, b", "finish_reason": "stop"}]})
        async with talking(STREAM + piece + USAGE + DONE + END, wire="fim") as (up, model):
            assert await text_of(model) == "a, b"
        (request,) = up.requests
        assert request.line.startswith("POST /v1/completions ")
        assert (request.body["prompt"], request.body["suffix"]) == ("def f(", "): ...")

    async def test_fim_at_a_path_of_its_own(self) -> None:
        async with talking(whole("a"), wire="fim", row=PROVIDERS["codestral"]) as (up, model):
            assert await text_of(model) == "a"
            assert await text_of(model, Prompt(messages=PROMPT.messages)) == "a"
        lines = [request.line.split()[1] for request in up.requests]
        assert lines == ["/v1/fim/completions", "/v1/chat/completions"]

    async def test_fim_falls_back_to_sentinels(self) -> None:
        no_suffix = refusal(400, "Unsupported param: suffix")
        row = PROVIDERS["custom"].serving("qwen2.5-coder-7b")
        async with talking(no_suffix, whole("a"), wire="fim", row=row) as (up, model):
            assert await text_of(model) == "a"
        sent = up.requests[1].body
        assert sent["prompt"] == "<|fim_prefix|>def f(<|fim_suffix|>): ...<|fim_middle|>"
        assert "suffix" not in sent

    async def test_responses(self) -> None:
        events = (
            event({"type": "response.created", "response": {}})
            + event({"type": "response.output_text.delta", "delta": "a"})
            + event({"type": "response.completed", "response": {"usage": {"input_tokens": 3}}})
        )
        async with talking(STREAM + events + END, wire="responses") as (up, model):
            assert await said(model) == [
                Chunk(text="a"),
                Chunk(finish="stop", usage=Usage(input_tokens=3)),
            ]
        (request,) = up.requests
        assert request.line.startswith("POST /v1/responses ")
        assert request.body["store"] is False


class TestAbort:
    @staticmethod
    async def talk(write: Write) -> None:
        await write(STREAM)
        while True:
            await write(delta("a"))
            await asyncio.sleep(0.005)

    async def test_closing_hangs_up(self) -> None:
        async with talking(self.talk) as (up, model):
            stream = model.stream(PROMPT)
            await anext(stream)
            await stream.aclose()
            await asyncio.wait_for(up.hung_up.wait(), 5)

    async def test_cancelling_hangs_up(self) -> None:
        async def silence(write: Write) -> None:
            await write(STREAM + delta("a"))
            await asyncio.Event().wait()

        async with talking(silence) as (up, model):
            task = asyncio.create_task(said(model))
            await soon(lambda: bool(up.requests))
            await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.wait_for(up.hung_up.wait(), 5)
            await asyncio.wait([task])
            assert task.cancelled()

    async def test_cancelling_before_the_headers_hangs_up(self) -> None:
        async def nothing(write: Write) -> None:
            await asyncio.Event().wait()

        async with talking(nothing) as (up, model):
            task = asyncio.create_task(said(model))
            await soon(lambda: bool(up.requests))
            task.cancel()
            await asyncio.wait_for(up.hung_up.wait(), 5)

    async def test_a_cancelled_first_stream_leaves_the_loading_to_the_next(self) -> None:
        async with talking(whole("a")) as (up, model):
            task = asyncio.create_task(said(model))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert await text_of(model) == "a"

    async def test_nothing_is_left_behind(self) -> None:
        async with talking(self.talk) as (up, model):
            for _ in range(5):
                stream = model.stream(PROMPT)
                await anext(stream)
                await stream.aclose()
            assert await soon(lambda: not model.is_closing)
        gc.collect()


class TestConnections:
    async def test_answers_that_end_share_a_connection(self) -> None:
        async with talking(whole("a")) as (up, model):
            for _ in range(4):
                await said(model)
                await soon(lambda: not model.is_closing)
            assert {request.connection for request in up.requests} == {1}

    async def test_warming_opens_one_without_a_request(self) -> None:
        async with talking(whole("a")) as (up, model):
            await model.warm()
            await soon(lambda: up.n_connections == 1)
            assert up.warm == up.requests == []
            await said(model)
            assert up.requests[0].connection == 1

    async def test_typing_with_many_aborts_costs_no_other_request(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(spare_connection, "MIN_INTERVAL_S", 0.0)
        monkeypatch.setattr(spare_connection, "SETTLE_S", 0.0)
        async with talking(TestAbort.talk) as (up, model):
            await model.warm()
            for _ in range(10):
                stream = model.stream(PROMPT)
                await anext(stream)
                await stream.aclose()
            assert len(up.requests) == 10
            assert up.warm == []

    async def test_a_spare_one_that_the_server_closed_is_not_used(self) -> None:
        async with talking(whole("a")) as (up, model):
            await model.warm()
            await soon(lambda: up.n_connections == 1)
            connection = model.connection
            assert connection is not None
            up.hang_up_all()
            await soon(lambda: not connection.is_ready)
            assert await text_of(model) == "a"
            assert len(up.requests) == 1
            assert up.requests[0].connection == 2

    async def test_an_abort_is_followed_by_a_new_spare_one(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(spare_connection, "MIN_INTERVAL_S", 0.01)
        monkeypatch.setattr(spare_connection, "SETTLE_S", 0.01)
        async with talking(TestAbort.talk, whole("b")) as (up, model):
            await model.warm()
            stream = model.stream(PROMPT)
            await anext(stream)
            connection = model.connection
            assert connection is not None
            # Beside the running stream one is ready already, before it is aborted.
            await soon(lambda: connection.is_ready)
            before = up.n_connections
            await stream.aclose()
            assert await text_of(model) == "b"
            assert up.n_connections == before
            await soon(lambda: connection.is_ready)

    async def test_idle_connections_are_counted_by_a_private_name_that_is_still_there(
        self,
    ) -> None:
        async with talking(whole("a")) as (up, model):
            await said(model)
            await soon(lambda: not model.is_closing)
            assert model.connection is not None
            assert model.connection.n_idle == 1

    async def test_an_idle_connection_that_the_server_closed_costs_no_request(self) -> None:
        async with talking(whole("a"), hang_up_after=True) as (up, model):
            for _ in range(3):
                assert await text_of(model) == "a"
            assert len(up.requests) == 3

    async def test_one_that_breaks_as_it_is_used_again_is_replaced_once(self) -> None:
        async def hang_up(write: Write) -> None:
            return

        async with talking(whole("a"), hang_up, whole("b")) as (up, model):
            assert await text_of(model) == "a"
            await soon(lambda: not model.is_closing)
            assert await text_of(model) == "b"
            assert len(up.requests) == 3

    async def test_warming_never_raises(self) -> None:
        async with model_at("http://127.0.0.1:9/v1") as model:
            await model.warm()

    async def test_a_model_that_was_never_used_can_be_closed(self) -> None:
        async with model_at("http://127.0.0.1:9/v1"):
            pass


class TestWhatLeaves:
    async def test_nothing_that_is_meant_for_another_provider(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
            monkeypatch.setenv(f"OPENAI_{name}", "other-secret")
        monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/other-secret")
        monkeypatch.setenv(
            "OPENAI_CUSTOM_HEADERS", "Authorization: other-secret\nX-Other: other-secret"
        )
        async with talking(whole("a"), key="") as (up, model):
            await model.warm()
            assert await text_of(model) == "a"
        for request in (*up.requests, *up.warm):
            assert "other-secret" not in str(request)
            assert "authorization" not in request.headers

    async def test_nothing_about_the_machine(self) -> None:
        async with talking(whole("a")) as (up, model):
            await said(model)
        (request,) = up.requests
        assert request.headers.keys() <= {
            "host", "accept", "accept-encoding", "connection", "content-type", "content-length",
            "user-agent", "authorization", "x-stainless-raw-response",
        }  # fmt: skip
        assert request.headers["user-agent"].startswith("foretype/")

    async def test_the_rows_headers(self) -> None:
        async with talking(whole("a"), row=PROVIDERS["openrouter"]) as (up, model):
            await said(model)
        assert up.requests[0].headers["x-title"] == "foretype"

    async def test_a_proxy_is_never_asked_for_this_machine(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
        async with talking(whole("a")) as (up, model):
            assert await text_of(model) == "a"

    async def test_a_redirect_is_not_followed(self) -> None:
        away = b"HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:9/v1\r\nContent-Length: 0\r\n\r\n"
        async with talking(away) as (up, model):
            with pytest.raises(ModelRejected, match="sends requests on to http://127.0.0.1:9/v1 "):
                await said(model)


class TestRefusedParameters:
    async def test_reasoning_is_switched_off_in_another_way_and_remembered(self) -> None:
        no = refusal(400, "Unrecognized request argument supplied: reasoning_effort")
        async with serving(no, whole("a")) as up:
            async with model_at(up.url) as model:
                assert await text_of(model) == "a"
            async with model_at(up.url) as another:
                assert await text_of(another) == "a"
        bodies = [request.body for request in up.requests]
        assert [("reasoning_effort" in b, "thinking" in b) for b in bodies] == [
            (True, False),
            (False, True),
            (False, True),
        ]

    @pytest.mark.parametrize(
        ("message", "name"),
        [
            ("Unsupported parameter: 'stop' is not supported with this model.", "stop"),
            ("'temperature' does not support 0.1 with this model.", "temperature"),
            ("Unknown field: stream_options", "stream_options"),
        ],
    )
    async def test_others_are_dropped(self, message: str, name: str) -> None:
        async with talking(refusal(400, message), whole("a")) as (up, model):
            assert await text_of(model) == "a"
        assert [name in request.body for request in up.requests] == [True, False]

    async def test_max_tokens_under_its_other_name(self) -> None:
        no = refusal(
            400,
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            param="max_tokens",
        )
        async with talking(no, whole("a")) as (up, model):
            assert await text_of(model) == "a"
        assert up.requests[1].body["max_completion_tokens"] == PROMPT.max_tokens
        assert "max_tokens" not in up.requests[1].body

    async def test_without_a_count_nothing_is_waited_for(self) -> None:
        async def uncounted(write: Write) -> None:
            await write(STREAM + delta("a", "stop"))
            await asyncio.Event().wait()

        no = refusal(422, "include_usage: extra fields not permitted")
        async with talking(no, uncounted) as (up, model):
            assert await said(model) == [Chunk(text="a", finish="stop")]

    async def test_a_refusal_that_names_nothing_is_found_out(self) -> None:
        async with talking(refusal(400, "Bad request"), refusal(400, "Bad request"), whole()) as (
            up,
            model,
        ):
            assert await text_of(model) == "a"
            assert await text_of(model) == "a"
        assert len(up.requests) == 4

    async def test_a_content_that_is_refused_is_told_with_the_first_answer(self) -> None:
        async with talking(refusal(400, "The prompt was filtered.")) as (up, model):
            with pytest.raises(ModelRejected, match="filtered"):
                await said(model)
            tried = len(up.requests)
            with pytest.raises(ModelRejected):
                await said(model)
            assert len(up.requests) == tried + 1
        assert tried <= 9

    async def test_a_refusal_after_a_success_is_about_the_content(self) -> None:
        async with talking(whole(), refusal(400, "The prompt was filtered.")) as (up, model):
            await said(model)
            with pytest.raises(ModelRejected):
                await said(model)
            assert len(up.requests) == 2

    async def test_a_model_that_thinks_all_the_same_is_told_in_every_way(self) -> None:
        async with talking(STREAM + delta(reasoning="hm") + delta("a", "stop") + DONE + END) as (
            up,
            model,
        ):
            for _ in range(2 * len(PROVIDERS["custom"].reasoning_off)):
                await said(model)
            assert model.thinks
        told = [sorted(set(r.body) & {"reasoning_effort", "thinking", "chat_template_kwargs"})
                for r in up.requests]  # fmt: skip
        assert told == [
            *[["reasoning_effort"]] * 2,
            *[["thinking"]] * 2,
            *[["chat_template_kwargs"]] * 2,
            *[["reasoning_effort"]] * 2,
        ]
        assert up.requests[-1].body["reasoning_effort"] == "low"

    async def test_a_model_that_shall_think_is_not_told_anything(self) -> None:
        async with talking(STREAM + delta(reasoning="hm") + delta("a", "stop") + DONE + END) as (
            up,
            model,
        ):
            for _ in range(4):
                await said(model, Prompt(messages=PROMPT.messages, think=True))
            assert not model.thinks
        assert all("reasoning_effort" not in request.body for request in up.requests)


@pytest.mark.parametrize("wire", ["chat", "fim", "infill", "responses"])
def test_the_rehearsal_plays_on_every_wire(wire: WireName) -> None:
    # In use its failure is only logged.
    openai_model.rehearse_request(
        Endpoint(row=PROVIDERS["custom"], base_url="http://127.0.0.1:9/v1", wire=wire)
    )


def test_importing_the_adapter_does_not_load_the_sdk_and_warming_does() -> None:
    code = """
import asyncio, sys
from foretype.models.openai_model import OpenAIModel
from foretype.settings.providers import PROVIDERS, Endpoint

def loaded():
    return {name.partition(".")[0] for name in sys.modules} & {"openai", "httpx2", "anyio"}

assert not loaded(), loaded()

async def main():
    model = OpenAIModel(
        Endpoint(row=PROVIDERS["custom"], base_url="http://127.0.0.1:9/v1", wire="chat")
    )
    assert not loaded(), loaded()
    await model.warm()
    before = set(sys.modules)
    async for _ in model.stream(Prompt(messages=(Message("user", "x"),))):
        pass

async def fails():
    try:
        await main()
    except ModelError:
        return
    raise SystemExit("nothing listens there")

from foretype.models.protocol import Message, ModelError, Prompt
asyncio.run(fails())
assert loaded() == {"openai", "httpx2", "anyio"}
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
