"""The door by which answers come in: bytes of any server in, text or the server's own words out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable
from itertools import count
from typing import Any

import pytest
from helpers.bounded import bounded
from helpers.virtual import virtual
from hypothesis import given
from hypothesis import strategies as st

from foretype.core.deadline import now
from foretype.models import sse
from foretype.models.faults import Stalled, translating_errors
from foretype.models.protocol import (
    Chunk,
    ModelError,
    ModelRejected,
    ModelUnavailable,
    Prompt,
    ToolCall,
)
from foretype.models.stream_reader import AnswerReader, EventReader, Limits
from foretype.models.wires import WIRES, AnswerTooLong, Request, parts
from foretype.settings.providers import PROVIDERS, Endpoint, WireName

AT = Endpoint(row=PROVIDERS["custom"], base_url="http://127.0.0.1:1/v1", wire="chat")
NOTHING_ASKED = Request({})


async def read(
    pieces: Iterable[bytes], wire: WireName = "chat", request: Request = NOTHING_ASKED
) -> list[Chunk]:
    """What a caller sees of an answer that comes in these pieces."""

    async def body() -> AsyncGenerator[bytes, None]:
        for piece in pieces:
            yield piece

    with translating_errors(AT):
        reading = EventReader(body(), limits=Limits(), started=now())
        answer = AnswerReader(WIRES[wire].decoder(), request, Prompt())
        seen = []
        while not answer.complete:
            event = await reading.next()
            if event is None:
                seen.append(answer.end(marked=reading.marked_end))
                break
            seen.append(answer.feed(event))
        return [chunk for chunk in seen if chunk is not None]


def text_of(*pieces: bytes, wire: WireName = "chat") -> str:
    chunks = asyncio.run(read(pieces, wire))
    assert chunks[-1].finish == "stop"
    return "".join(chunk.text for chunk in chunks)


def fault_of(*pieces: bytes, wire: WireName = "chat") -> ModelError:
    with pytest.raises(ModelError) as caught:
        asyncio.run(read(pieces, wire))
    return caught.value


def event(payload: object, name: str = "") -> bytes:
    data = payload if isinstance(payload, str) else json.dumps(payload)
    return (f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode()


def delta(text: str, **more: Any) -> bytes:
    return event({"choices": [{"delta": {"content": text}, **more}]})


STOP = event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
DONE = event("[DONE]")
CALL = {"index": 0, "id": "c1", "function": {"name": "read_file", "arguments": "{}"}}

ODD = (
    b"\n",
    b"data:\n\n",
    b"data\n\n",
    b"data:\ndata:\n\n",
    b"data: \n\n",
    b"data: : PROCESSING\n\n",
    b"data: : OPENROUTER PROCESSING\n\n",
    b"data: null\n\n",
    b"data: true\n\n",
    b"data: []\n\n",
    b'data: ""\n\n',
    b'data: "ping"\n\n',
    b"data: {}\n\n",
    b'data: {"choices": []}\n\n',
    b'data: {"choices": null, "error": null}\n\n',
    b'data: {"error": ""}\n\n',
    b'data: {"error": {"code": 0, "message": ""}}\n\n',
    b'data: {"type": "ping"}\n\n',
    b'data: {"status": "queued"}\n\n',
    b'data: {"message": "still working", "code": 0}\n\n',
    b"data: keep-alive\n\n",
    b"event: ping\n\n",
    b"event: ping\ndata: {}\n\n",
    b": comment\n\n",
    b":\n",
    b"id: 1\nretry: 3000\n\n",
    b"data_: {\n\n",
    # Without the blank line that ends an event.
    b"data: : PROCESSING\n",
    b"data: keep-alive\n",
    b"data: null\n",
    b"data:\n",
    b"data: {}\n",
    b"event: ping\n",
)
"""Events that a server may send, lawful or not, and in which nothing of the answer stands."""


ODD_CHOICES = (
    {"index": 1, "delta": {"content": "another"}},
    {"index": 1, "delta": {}, "finish_reason": "stop"},
    {"index": 1, "text": "another"},
    {"index": 0, "delta": {"reasoning_content": "hm"}},
    {"index": 0, "delta": {"reasoning": "hm", "content": ""}},
    {"index": 0, "delta": {"content": [{"type": "reasoning", "text": "hm"}]}},
    {"index": 0, "delta": {"content": [{"type": "thinking", "thinking": "hm"}]}},
    {"index": 0, "delta": {"content": [{"type": "reasoning_text", "text": "hm"}]}},
    {"index": 0, "delta": {"content": [{"type": "image_url", "text": "hm"}]}},
    {"index": 0, "delta": None, "content_filter_results": {"hate": {"filtered": False}}},
    {"index": 0, "delta": {"role": "assistant", "content": None, "refusal": None}},
    {"index": 0, "delta": {"content": ""}, "finish_reason": None, "logprobs": None},
    {"index": 0, "delta": {}, "finish_reason": ""},
    {"index": 0, "delta": [], "message": None},
)
ODD_IN_CHAT = tuple(event({"choices": [choice]}) for choice in ODD_CHOICES) + (
    event({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}),
    event({"choices": [ODD_CHOICES[0], {"index": 0, "delta": {"role": "assistant"}}]}),
    event({"id": "", "object": "", "model": "", "choices": [], "usage": None}),
    event({"object": "chat.completion.chunk", "choices": [], "usage": {"prompt_tokens": 0}}),
)
"""The same for Chat Completions: other choices, thoughts, filters, roles."""


@pytest.mark.parametrize("odd", [*ODD, *ODD_IN_CHAT, b"event: error\n\n"])
def test_an_odd_event_between_good_ones_is_passed_over(odd: bytes) -> None:
    good = [delta("b * "), delta("2"), STOP, DONE]
    for at in range(len(good) + 1):
        assert text_of(*good[:at], odd, *good[at:]) == "b * 2"


@pytest.mark.parametrize("mark", [b"[done]", b' "[Done]"', b"[DONE] "])
def test_the_end_is_known_however_it_is_spelled(mark: bytes) -> None:
    assert text_of(delta("b * "), delta("2"), b"data: " + mark + b"\n\n") == "b * 2"


def test_events_without_a_blank_line_between_them() -> None:
    good = b"".join([delta("b * "), delta("2"), STOP, DONE])
    assert text_of(good.replace(b"\n\n", b"\n")) == "b * 2"


@pytest.mark.parametrize(
    "stream",
    [
        event({"choices": [{"delta": {"tool_calls": [CALL]}}]}) + DONE,
        json.dumps({"choices": [{"message": {"tool_calls": [CALL]}}]}).encode(),
    ],
)
def test_calls_are_given_where_no_finish_reason_comes(stream: bytes) -> None:
    calls = (ToolCall("c1", "read_file", "{}"),)
    assert asyncio.run(read([stream])) == [Chunk(tool_calls=calls, finish="tool_calls")]


@virtual
async def test_signs_of_life_after_the_end_delay_nobody() -> None:
    async def talk() -> AsyncGenerator[bytes, None]:
        yield delta("b") + STOP
        while True:
            await asyncio.sleep(1)
            yield event({"choices": []})

    reading = EventReader(talk(), limits=Limits(usage=2.0), started=now())
    for _ in range(2):
        assert await reading.next()
    with pytest.raises(Stalled):
        for _ in bounded(count()):
            reading.hurry()
            await reading.next()
    assert now() == 2.0


@pytest.mark.parametrize("end", ["[DONE]", " [DONE]", "  [DONE] ", "\t[DONE]", '"[DONE]"'])
def test_the_end_is_known_with_blanks_around_it(end: str) -> None:
    assert text_of(delta("b * 2"), f"data:{end}\n\n".encode()) == "b * 2"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\n\n", b" \r\n", b"\xef\xbb\xbf\n"])
def test_blanks_and_a_mark_before_an_answer(before: bytes) -> None:
    whole = b'{"choices": [{"message": {"content": "b * 2"}, "finish_reason": "stop"}]}'
    assert text_of(before + delta("b * 2"), STOP) == "b * 2"
    assert text_of(before, delta("b * 2"), STOP) == "b * 2"
    assert text_of(before + whole) == "b * 2"
    assert text_of(before, whole[:9], whole[9:]) == "b * 2"


@pytest.mark.parametrize(
    "torn", ['{"choices": [{"delta": {"content": "b', "{", '{"a": 1} {"b": 2}']
)
def test_an_object_that_is_torn_is_never_passed_over(torn: str) -> None:
    # What is missing would be missing in the middle of the text.
    assert "cannot be read" in str(fault_of(delta("a = "), event(torn), delta("2"), STOP))


def last_of(text: str) -> list[bytes]:
    """The forms in which servers send the end of an answer, some of them with all of it again."""
    repeated: dict[str, Any] = {
        "message": {"role": "assistant", "content": text},
        "finish_reason": "stop",
    }
    choices: list[dict[str, Any]] = [
        {"delta": {}, "finish_reason": "stop"},
        {"delta": None, "finish_reason": "eos_token"},
        {"delta": {}, **repeated},
        {"delta": None, **repeated},
        {"delta": {"content": ""}, **repeated},
    ]
    return [event({"choices": [{"index": 0, **choice}]}) for choice in choices]


def messages(text: str, cuts: list[int], wire: WireName, last: bytes = STOP) -> list[bytes]:
    """A good answer, event by event."""
    bounds = [0, *sorted(cuts), len(text)]
    said = [text[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]
    if wire == "chat":
        usage = event({"choices": [], "usage": {"completion_tokens": 3}})
        return [*map(delta, said), last, usage, DONE]
    deltas = [event({"type": "response.output_text.delta", "delta": piece}) for piece in said]
    whole = event({"type": "response.output_text.done", "text": text})
    return [*deltas, whole, event({"type": "response.completed", "response": {}})]


@given(
    wire=st.sampled_from(["chat", "responses"]),
    text=st.text(max_size=20),
    end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    data=st.data(),
)
def test_odd_events_among_good_ones_never_change_the_text(
    wire: WireName, text: str, end: bytes, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=3))
    stream = b""
    odd = ODD + ODD_IN_CHAT if wire == "chat" else ODD
    last = data.draw(st.sampled_from(last_of(text)))
    for good in messages(text, cuts, wire, last):
        stream += b"".join(data.draw(st.lists(st.sampled_from(odd), max_size=3))) + good
    stream = stream.replace(b"\n", end)
    tears = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    bounds = [0, *tears, len(stream)]
    pieces = [stream[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]
    assert text_of(*pieces, wire=wire) == text


@pytest.mark.parametrize(
    ("n_tokens", "reason", "finish"),
    [(24, None, "length"), (25, None, "length"), (23, None, "stop"), (0, None, "stop"),
     (24, "content_filter", "content_filter")],
)  # fmt: skip
def test_an_answer_that_took_all_its_tokens_is_cut_though_called_complete(
    n_tokens: int, reason: str | None, finish: str
) -> None:
    response = {
        "status": "completed",
        "incomplete_details": reason and {"reason": reason},
        "usage": {"output_tokens": n_tokens},
    }
    stream = event({"type": "response.output_text.delta", "delta": "b *"})
    stream += event({"type": "response.completed", "response": response})
    asked = Request({"max_output_tokens": 24})
    assert asyncio.run(read([stream], "responses", asked))[-1].finish == finish


class TestErrorsUnderStatus200:
    @pytest.mark.parametrize(
        "body",
        [
            b'{"object": "error", "message": "It is full.", "type": "x", "code": null}',
            b'{"detail": "It is full."}',
            b'{"detail": [{"loc": ["body", "n"], "msg": "It is full.", "type": "x"}]}',
            b'{"error": "It is full."}',
            b'{"error": {"message": "It is full."}}',
            b'{"error": {"error": {"detail": "It is full."}}}',
            b'{"error": true, "message": "It is full."}',
            b'{"errors": [{"message": "It is full."}], "success": false}',
            b'{"error_code": 336003, "error_msg": "It is full."}',
            b'{"message": "It is full."}',
            b'{"type": "error", "error": {"type": "x", "message": "It is full."}}',
            b'{"type": "about:blank", "title": "No", "detail": "It is full."}',
            b'{"choices": null, "base_resp": {"status_code": 1002, "status_msg": "It is full."}}',
            b'{"fault": {"faultstring": "It is full."}}',
            b'{"reason": "It is full."}',
        ],
    )
    @pytest.mark.parametrize("form", ["%s", "data: %s\n\n", "event: error\ndata: %s\n\n"])
    @pytest.mark.parametrize("wire", ["chat", "fim", "responses"])
    def test_are_told_in_the_servers_words(self, body: bytes, form: str, wire: WireName) -> None:
        fault = fault_of(form.encode() % body, wire=wire)
        assert type(fault) is ModelUnavailable
        assert "It is full." in str(fault)

    @pytest.mark.parametrize(
        "text", ["It is full.", "[It is full.", '"It is full."', ": It is full."]
    )
    def test_as_an_event_of_text(self, text: str) -> None:
        fault = fault_of(delta("b"), event(text, name="error"))
        assert "It is full." in str(fault)

    @pytest.mark.parametrize("name", ["error", "Error", " error "])
    @pytest.mark.parametrize("data", ["", "null", "{}", "[]", '"x"', "{torn"])
    def test_an_event_named_so_is_one_whatever_it_holds(self, name: str, data: str) -> None:
        assert "fault of its own" in str(fault_of(delta("b"), event(data, name), STOP, DONE))

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b'{"object": "error", "message": "No such model.", "code": 404}', 404),
            (b'{"object": "error", "message": "No.", "type": "invalid_request_error"}', 400),
            (b'{"detail": "Not authenticated", "status_code": 401}', 401),
            (b'{"error": "No.", "status": 403}', 403),
            (b'{"code": 1113, "msg": "Insufficient balance"}', 402),
            (b'{"detail": "The model `m` does not exist."}', 404),
            (b'{"error": {"message": "Invalid API key", "code": null}}', 401),
        ],
    )
    def test_keep_the_status_that_they_name(self, body: bytes, status: int) -> None:
        fault = fault_of(body)
        assert isinstance(fault, ModelRejected)
        assert fault.status == status

    def test_words_in_the_middle_are_why_the_answer_broke_off(self) -> None:
        words = event({"detail": "It is full."})
        assert "It is full." in str(fault_of(delta("b"), words))
        assert "It is full." in str(fault_of(delta("b"), words, DONE))

    def test_after_the_finish_reason_they_take_nothing_away(self) -> None:
        late = event({"error": {"message": "no usage"}}), event("no usage", name="error")
        for error in late:
            assert text_of(delta("b"), STOP, DONE, error) == "b"

    def test_a_choice_may_hold_one(self) -> None:
        choice = {"finish_reason": "error", "error": {"message": "It is full.", "code": 502}}
        assert "It is full." in str(fault_of(delta("b"), event({"choices": [choice]})))


class TestLimits:
    def test_lines_of_data_without_anything(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 1000)
        for line in (b"data:\n", b"data\r\n", b"data: \r"):
            assert "far more" in str(fault_of(*[line] * 400))

    def test_an_event_in_many_pieces_is_looked_at_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        n_looked_at = 0
        line_end = sse.LINE_END

        class Counting:
            def split(self, data: bytes) -> list[bytes]:
                nonlocal n_looked_at
                n_looked_at += len(data)
                return line_end.split(data)

        monkeypatch.setattr(sse, "LINE_END", Counting())
        stream = delta("b" * 5000) + STOP
        assert len(text_of(*(stream[i : i + 1] for i in range(len(stream))))) == 5000
        assert n_looked_at <= len(stream)

    @pytest.mark.parametrize("same", [{}, {"index": 0, "id": "c"}])
    def test_calls_of_chat(self, same: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parts, "MAX_ARGUMENT_CHARS", 10_000)
        call = {"function": {"name": "write_file", "arguments": "x" * 1000}, **same}
        events = [event({"choices": [{"delta": {"tool_calls": [call]}}]})] * 20
        assert "far more" in str(fault_of(*events, STOP))

    def test_calls_without_number(self) -> None:
        calls = [
            event({"choices": [{"delta": {"tool_calls": [{"index": n, "function": {}}]}}]})
            for n in range(1000)
        ]
        assert "far more" in str(fault_of(*calls, STOP))
        assert text_of(*calls[: parts.MAX_CALLS], STOP) == ""

    @pytest.mark.parametrize(("n_calls", "n_chars"), [(1000, 1), (3, 600_000)])
    def test_calls_of_responses(self, n_calls: int, n_chars: int) -> None:
        items = [
            {"type": "function_call", "call_id": str(n), "name": "a", "arguments": "x" * n_chars}
            for n in range(n_calls)
        ]
        decoder = WIRES["responses"].decoder()
        with pytest.raises(AnswerTooLong):
            for item in items:
                decoder.feed({"type": "response.output_item.done", "item": item})

    def test_an_answer_that_does_not_stream(self) -> None:
        assert "far more" in str(fault_of(b"{", *[b" " * 2**16] * 40))


NAMES = """
    choices delta message content text finish_reason error detail object type code status usage
    response output item part refusal tool_calls function arguments index id thought summary
"""
KINDS = """
    response.output_text.delta response.output_text.done response.content_part.done
    response.output_item.done response.completed response.incomplete response.failed error
"""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["error", "text", "reasoning", "message", "function_call", "stop"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=4),
    max_leaves=15,
)  # fmt: skip


@given(
    wire=st.sampled_from(["chat", "fim", "responses"]),
    events=st.lists(
        st.builds(
            lambda fields, kind, name: event({**fields, "type": kind}, name),
            st.dictionaries(st.sampled_from(NAMES.split()), JSON, max_size=4),
            st.sampled_from(KINDS.split()),
            st.sampled_from(["", "", "error"]),
        )
        | st.binary(max_size=20).map(lambda data: b"data: " + data + b"\n\n"),
        max_size=4,
    ),
)
def test_whatever_comes_is_text_or_a_fault_of_the_server(
    wire: WireName, events: list[bytes]
) -> None:
    try:
        chunks = asyncio.run(read(events, wire))
    except ModelError as fault:
        assert "unexpected fault" not in str(fault)
    else:
        assert all(isinstance(chunk, Chunk) for chunk in chunks)
