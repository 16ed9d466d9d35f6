"""The scripted upstream over HTTP: what it says, what goes wrong, what it notices."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from foretype.upstream import Script, ScriptedUpstream, refused_url
from foretype.upstream.failures import ANSWERS, FAULTS

CHAT = "/chat/completions"


def chat(text: str, **more: Any) -> dict[str, Any]:
    message = {"role": "user", "content": f"Continue.\n\n{text}<|cursor|>"}
    return {"model": "scripted", "messages": [message], **more}


async def post(up: ScriptedUpstream, path: str, body: dict[str, Any]) -> tuple[int, str]:
    headers = {"Authorization": "Bearer not-a-key"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(up.url + path, json=body) as response,
    ):
        return response.status, await response.text()


def events(text: str) -> list[Any]:
    data = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    return [event if event == "[DONE]" else json.loads(event) for event in data]


def deltas(text: str, name: str = "content") -> str:
    chunks = [event for event in events(text) if event != "[DONE]" and event["choices"]]
    return "".join(chunk["choices"][0]["delta"].get(name) or "" for chunk in chunks)


async def test_streams_as_chat_completions_do() -> None:
    async with ScriptedUpstream(text="return a + b") as up:
        body = chat("x", stream=True, stream_options={"include_usage": True})
        status, text = await post(up, CHAT, body)
    first, *_, finish, usage, done = events(text)
    assert status == 200
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert deltas(text) == "return a + b"
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert usage["choices"] == [] and usage["usage"]["completion_tokens"] > 0
    assert done == "[DONE]"


async def test_a_whole_answer_leaves_with_its_end_in_one_piece() -> None:
    async with (
        ScriptedUpstream(text="a = 1\nb = 2", split="whole") as up,
        aiohttp.ClientSession(headers={"Authorization": "Bearer not-a-key"}) as session,
        session.post(up.url + CHAT, json=chat("x", stream=True)) as response,
    ):
        pieces = [piece async for piece, is_end in response.content.iter_chunks() if is_end]
        [record] = up.log.requests
    [piece] = pieces
    assert deltas(piece.decode()) == "a = 1\nb = 2"
    assert events(piece.decode())[-1] == "[DONE]"
    assert record.sent == record.planned > 1


@pytest.mark.parametrize("path", [CHAT, "/completions", "/responses"])
@pytest.mark.parametrize("stream", [False, True])
async def test_half_a_character_is_sent_as_the_replacement_character(
    path: str, stream: bool
) -> None:
    async with ScriptedUpstream(text="never") as up:
        async with aiohttp.ClientSession(up.root) as session:
            script = json.dumps({"text": "a\ud800b\U0001f642", "reasoning": "\udc00"})
            async with session.post("/_script", data=script) as told:
                assert told.status == 200
        body = {"prompt": "x"} if path == "/completions" else {}
        body |= {"input": "x<|cursor|>"} if path == "/responses" else {}
        status, text = await post(up, path, {**chat("x", stream=stream), **body})
        [record] = up.log.requests
    assert status == 200
    assert "\ufffd" in text and "\U0001f642" in text
    assert record.finish == "stop"


async def test_answers_in_one_piece() -> None:
    async with ScriptedUpstream(text="return a + b") as up:
        _, text = await post(up, CHAT, chat("x"))
    assert json.loads(text)["choices"][0]["message"]["content"] == "return a + b"


async def test_honours_max_tokens_and_stop() -> None:
    async with ScriptedUpstream(text="one two three\nfour") as up:
        _, cut = await post(up, CHAT, chat("x", max_tokens=2))
        _, stopped = await post(up, CHAT, chat("x", stop=["\n"]))
    assert json.loads(cut)["choices"][0]["finish_reason"] == "length"
    assert json.loads(cut)["choices"][0]["message"]["content"] == "one two"
    assert json.loads(stopped)["choices"][0]["message"]["content"] == "one two three"


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
async def test_thinks_in_several_spellings(name: str) -> None:
    async with ScriptedUpstream(text="x", reasoning="Let me see.", reasoning_as=name) as up:
        _, text = await post(up, CHAT, chat("x", stream=True))
    assert (deltas(text, name), deltas(text)) == ("Let me see.", "x")


async def test_thinks_in_tags() -> None:
    async with ScriptedUpstream(text="x", reasoning="Hm.", reasoning_as="think") as up:
        _, text = await post(up, CHAT, chat("x", stream=True))
    assert deltas(text) == "<think>\nHm.\n</think>\n\nx"


async def test_calls_tools_in_pieces() -> None:
    call = {"name": "read_file", "arguments": {"path": "a.py"}}
    async with ScriptedUpstream(tool_calls=(call,)) as up:
        _, text = await post(up, CHAT, chat("x", stream=True))
    calls = [
        call
        for event in events(text)
        if event != "[DONE]"
        for call in event["choices"][0]["delta"].get("tool_calls", [])
    ]
    assert calls[0]["function"]["name"] == "read_file"
    assert len(calls) > 2
    assert json.loads("".join(c["function"]["arguments"] for c in calls)) == {"path": "a.py"}


async def test_speaks_completions() -> None:
    truth = {"a.py": "def add(a, b):\n    return a + b\n\nprint(add(1, 2))\n"}
    async with ScriptedUpstream(truth=truth) as up:
        body = {"prompt": "def add(a, b):\n    return", "suffix": "\n\nprint", "stream": True}
        _, text = await post(up, "/completions", body)
        sentinels = "<|fim_prefix|>def add(a, b):<|fim_suffix|>\n\nprint<|fim_middle|>"
        _, asked = await post(up, "/completions", {"prompt": sentinels})
    chunks = [event for event in events(text) if event != "[DONE]"]
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks) == " a + b"
    assert json.loads(asked)["choices"][0]["text"] == "\n    return a + b"


async def test_speaks_responses() -> None:
    async with ScriptedUpstream(text="return a + b", reasoning="Hm.") as up:
        _, text = await post(up, "/responses", {"input": "x<|cursor|>", "stream": True})
        _, cut = await post(up, "/responses", {"input": "x<|cursor|>", "max_output_tokens": 1})
    told = events(text)
    said = [event["delta"] for event in told if event["type"] == "response.output_text.delta"]
    assert "".join(said) == "return a + b"
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    assert told[-1]["type"] == "response.completed"
    assert told[-1]["response"]["usage"]["output_tokens_details"]["reasoning_tokens"] == 1 + 1
    assert json.loads(cut)["incomplete_details"]["reason"] == "max_output_tokens"


async def test_says_queued_texts_one_after_the_other() -> None:
    async with ScriptedUpstream(text="last") as up:
        up.next("one", {"fault": "429", "retry_after": "7"})
        answers = [await post(up, CHAT, chat("x")) for _ in range(3)]
    assert "one" in answers[0][1]
    assert answers[1][0] == 429
    assert "last" in answers[2][1]


async def test_asks_a_function() -> None:
    async with ScriptedUpstream(answer=lambda asked: asked.before[-3:]) as up:
        _, text = await post(up, CHAT, chat("abcdef"))
    assert json.loads(text)["choices"][0]["message"]["content"] == "def"


@pytest.mark.parametrize("fault", sorted(ANSWERS))
async def test_answers_something_else_on_demand(fault: str) -> None:
    async with ScriptedUpstream(fault=fault) as up:
        status, text = await post(up, CHAT, chat("x", stream=True))
        record = up.log.requests[0]
    assert (status, text.encode()) == (ANSWERS[fault].status, ANSWERS[fault].body)
    assert record.fault == fault and record.sent == 0


async def test_names_the_parameter_that_it_refuses() -> None:
    async with ScriptedUpstream(rejects=("reasoning",)) as up:
        status, text = await post(up, CHAT, chat("x", reasoning={"effort": "none"}))
        accepted, _ = await post(up, CHAT, chat("x"))
    assert (status, json.loads(text)["error"]["param"]) == (400, "reasoning")
    assert accepted == 200


@pytest.mark.parametrize(("fault", "ending"), [("malformed", "conte"), ("error", "choices")])
async def test_breaks_the_stream_s_form(fault: str, ending: str) -> None:
    async with ScriptedUpstream(text="one two three four five", fault=fault) as up:
        _, text = await post(up, CHAT, chat("x", stream=True))
    assert "one" in text and "five" not in text and "[DONE]" not in text
    assert ending in text.splitlines()[-2]


async def test_cuts_the_stream() -> None:
    async with ScriptedUpstream(text="one two three four five", fault="cut") as up:
        with pytest.raises(aiohttp.ClientError):
            await post(up, CHAT, chat("x", stream=True))


async def test_ends_without_saying_so() -> None:
    async with ScriptedUpstream(text="one two three four five", fault="no_done") as up:
        _, text = await post(up, CHAT, chat("x", stream=True))
    assert deltas(text) == "one two three"
    assert "[DONE]" not in text


@pytest.mark.parametrize("fault", ["stall_headers", "stall_first", "stall_middle", "loris"])
async def test_stalls_until_the_client_hangs_up(fault: str) -> None:
    async with ScriptedUpstream(text="one two three four five", fault=fault) as up:
        asked = asyncio.create_task(post(up, CHAT, chat("x", stream=True)))
        await up.until(lambda log: bool(log.requests))
        await asyncio.sleep(0.05)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await up.until(lambda log: not log.running)
        [record] = up.log.aborted
    assert record.sent < record.planned


async def test_a_client_that_hangs_up_while_it_is_written_to_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def play(*args: object) -> None:
        raise ConnectionResetError("Cannot write to closing transport")

    monkeypatch.setattr("foretype.upstream.http_server.play", play)
    async with ScriptedUpstream() as up:
        await post(up, CHAT, chat("x", stream=True))
        [record] = up.log.aborted
    assert record.ended is not None
    assert not caplog.records


def test_every_fault_has_a_test_or_is_an_answer() -> None:
    played = {"malformed", "error", "cut", "no_done"}
    stalls = {"stall_headers", "stall_first", "stall_middle", "loris"}
    assert set(ANSWERS) | played | stalls == FAULTS


async def test_faults_come_in_their_share_and_again_in_every_run() -> None:
    script = Script(faults={"500": 0.2, "429": 0.1})
    thrown = [script.fault_now(script.dice(number)) for number in range(2000)]
    again = [script.fault_now(script.dice(number)) for number in range(2000)]
    assert thrown == again
    assert 340 < thrown.count("500") < 460 and 140 < thrown.count("429") < 260


def test_time_to_first_token_has_its_median_and_tail() -> None:
    script = Script(first_ms=180, first_p95_ms=450)
    times = sorted(script.first_token_s(script.dice(number)) for number in range(4001))
    assert times[2000] == pytest.approx(0.18, rel=0.06)
    assert times[3800] == pytest.approx(0.45, rel=0.08)


async def test_notes_what_came_without_the_key() -> None:
    async with ScriptedUpstream() as up:
        await post(up, CHAT, chat("abc"))
        async with aiohttp.ClientSession() as session, session.get(up.url + "/models") as models:
            assert models.status == 200
        [record] = up.log.requests
    assert record.authorized and "not-a-key" not in json.dumps(record.headers)
    assert record.body["messages"][0]["content"].endswith("abc<|cursor|>")
    assert (len(up.log.warm), up.log.connections) == (1, 2)
    assert record.first is not None and record.ended is not None and record.aborted is None


async def test_holds_an_answer_until_it_is_released() -> None:
    async with ScriptedUpstream(text="the first", hold=True) as up:
        first = asyncio.create_task(post(up, CHAT, chat("x", stream=True)))
        await up.until(lambda log: len(log.requests) == 1)
        up.next({"text": "the second", "hold": False})
        _, second = await post(up, CHAT, chat("x", stream=True))
        assert deltas(second) == "the second"
        assert up.log.requests[0].first is None
        async with aiohttp.ClientSession(up.root) as session:
            await session.post("/_script", json={"hold": False})
        _, text = await first
    assert deltas(text) == "the first"


async def test_is_directed_over_http() -> None:
    async with ScriptedUpstream() as up, aiohttp.ClientSession(up.root) as session:
        async with session.post("/_script", json={"text": "told"}) as told:
            assert told.status == 200
        async with session.post("/_script", json={"txt": "told"}) as wrong:
            assert (wrong.status, await wrong.json()) == (400, {"error": "a script has no txt"})
        _, text = await post(up, CHAT, chat("x"))
        async with session.get("/_log") as log:
            noted = await log.json()
        async with session.post("/_reset"):
            pass
        assert up.log.requests == []
    assert "told" in text
    assert noted["requests"][0]["said"] == "told"


async def test_tears_wide_characters_apart() -> None:
    async with ScriptedUpstream(text="é日本🙂", torn=True, split="characters") as up:
        _, text = await post(up, CHAT, chat("x", stream=True))
    assert deltas(text) == "é日本🙂"


async def test_nothing_listens_where_it_refuses() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(refused_url() + "/models")
