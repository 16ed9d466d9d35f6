"""Whatever comes: each request with an id is answered once, and nothing else is answered."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from foretype.lsp.app import make_server
from foretype.lsp.wire.framing import Framer

METHODS = [
    "textDocument/inlineCompletion",
    "textDocument/completion",
    "textDocument/codeAction",
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didClose",
    "notebookDocument/didOpen",
    "notebookDocument/didChange",
    "workspace/executeCommand",
    "workspace/didChangeWorkspaceFolders",
    "window/workDoneProgress/cancel",
    "$/cancelRequest",
    "$/setTrace",
    "initialize",
    "initialized",
    "no/such",
]
KEYS = st.sampled_from(
    ["jsonrpc", "id", "method", "textDocument", "uri", "position", "line", "character", "context",
     "triggerKind", "contentChanges", "range", "text", "command", "arguments", "params", "version"]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["file:///a", "foretype.why", "foretype.accepted", "foretype.toggle"])
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)
IDS = st.integers(0, 3) | st.sampled_from(["", "a", "1"])
REQUESTS = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0"), "id": IDS, "method": st.sampled_from(METHODS)},
    optional={"params": JSON},
)
NOTIFICATIONS = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0"), "method": st.sampled_from(METHODS)}, optional={"params": JSON}
)
RESPONSES = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0"), "id": IDS | st.none()}, optional={"result": JSON, "error": JSON}
).filter(lambda message: "result" in message or "error" in message)
HELLO = {
    "jsonrpc": "2.0",
    "id": "hello",
    "method": "initialize",
    "params": {"processId": None, "rootUri": None, "capabilities": {"textDocument": {}}},
}
OPEN = {
    "jsonrpc": "2.0",
    "method": "textDocument/didOpen",
    "params": {
        "textDocument": {"uri": "file:///a", "languageId": "x", "version": 1, "text": "a\n"}
    },
}


class Sink:
    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self._framer = Framer()

    def write(self, data: bytes) -> None:
        self.messages += [json.loads(body) for body in self._framer.feed(data)]

    def close(self) -> None:
        return None


async def answers_to(messages: list[Any]) -> list[dict[str, Any]]:
    server, sink = make_server({}), Sink()
    server.protocol.set_writer(sink)
    server.ready.set()
    for message in [HELLO, OPEN, *messages]:
        server.protocol.receive(json.dumps(message).encode(), asyncio.get_running_loop().time())
        await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not server.protocol.in_flight
    await server.close()
    assert "Traceback" not in str(sink.messages)
    return [message for message in sink.messages if "method" not in message]


@settings(max_examples=40, deadline=None)
@given(st.lists(REQUESTS | NOTIFICATIONS | RESPONSES, max_size=6))
def test_each_request_is_answered_once(messages: list[dict[str, Any]]) -> None:
    answers = asyncio.run(answers_to(messages))
    asked = ["hello"] + [m["id"] for m in messages if "id" in m and "method" in m]
    key = repr
    assert sorted((a["id"] for a in answers), key=key) == sorted(asked, key=key)
    assert all(("result" in answer) != ("error" in answer) for answer in answers)


@settings(max_examples=40, deadline=None)
@given(st.lists(JSON, max_size=4))
def test_any_json_is_survived(messages: list[Any]) -> None:
    answers = asyncio.run(answers_to([*messages, {**HELLO, "id": "last"}]))
    assert [answer["id"] for answer in answers if answer["id"] == "last"] == ["last"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=4))
def test_any_bytes_are_survived(bodies: list[bytes]) -> None:
    async def main() -> None:
        server, sink = make_server({}), Sink()
        server.protocol.set_writer(sink)
        for body in bodies:
            server.protocol.receive(body, 0.0)
        server.protocol.receive(json.dumps(HELLO).encode(), 0.0)
        assert "result" in sink.messages[-1]

    asyncio.run(main())
