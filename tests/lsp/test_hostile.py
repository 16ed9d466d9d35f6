"""Malformed and hostile input: each request with an id is answered once, and the server goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, frame, running

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
URI = "file:///project/hostile.py"


@pytest.fixture(scope="module")
def client() -> Iterator[RawClient]:
    with running(env=environment()) as client:
        client.initialize(
            capabilities={"textDocument": {"inlineCompletion": {}}},
            initializationOptions={"completion": {"local": "off"}},
        )
        client.notified("window/showMessage")
        open_document(client)
        yield client
        assert client.stop() == 0
        assert client.strays == b""


def open_document(client: RawClient) -> None:
    document = {"uri": URI, "languageId": "python", "version": 1, "text": "x = 1\n"}
    client.notify("textDocument/didOpen", {"textDocument": document})


def request(msg_id: Any, method: Any, *params: Any, **more: Any) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "id": msg_id, "method": method, **more}
    return {**message, "params": params[0]} if params else message


def inline(**changes: Any) -> dict[str, Any]:
    params = {
        "textDocument": {"uri": URI},
        "position": {"line": 0, "character": 0},
        "context": {"triggerKind": 2},
    }
    return {k: v for k, v in {**params, **changes}.items() if v is not ...}


@dataclass(frozen=True)
class Case:
    """What is sent, and the code of the one answer to each id; None for a result."""

    name: str
    sent: Any
    answers: dict[Any, int | None] = field(default_factory=dict)

    def data(self) -> bytes:
        return self.sent if isinstance(self.sent, bytes) else frame(self.sent)


INLINE = "textDocument/inlineCompletion"
COMMAND = "workspace/executeCommand"
DEEP = b"[" * 100_000 + b"]" * 100_000
CASES = [
    Case("no JSON", b"Content-Length: 5\r\n\r\n{oops", {None: PARSE_ERROR}),
    Case("an empty body", b"Content-Length: 0\r\n\r\n", {None: PARSE_ERROR}),
    Case("no UTF-8", frame(b'{"jsonrpc": "2.0", "method": "\xff\xfe"}'), {None: PARSE_ERROR}),
    Case("nested too deeply", frame(DEEP), {None: PARSE_ERROR}),
    Case("a number that is none", frame(b'{"id": NaN}'), {None: PARSE_ERROR}),
    Case("a number without end", frame(b"9" * 10_000), {None: PARSE_ERROR}),
    Case("a message that is a number", 42, {None: INVALID_REQUEST}),
    Case("a message that is null", frame(b"null"), {None: INVALID_REQUEST}),
    Case("a message that is a string", "initialize", {None: INVALID_REQUEST}),
    Case("an empty batch", [], {None: INVALID_REQUEST}),
    Case(
        "a batch",
        [request("b1", "no/such"), {"jsonrpc": "2.0", "method": "no/such"}, request("b2", INLINE)],
        {"b1": METHOD_NOT_FOUND, "b2": INVALID_PARAMS},
    ),
    Case("an empty object", {}, {}),
    Case("only an id", {"jsonrpc": "2.0", "id": 1}, {1: INVALID_REQUEST}),
    Case("no version of JSON-RPC", {"id": 2, "method": INLINE}, {2: INVALID_REQUEST}),
    Case("another version", request(3, INLINE) | {"jsonrpc": "1.0"}, {3: INVALID_REQUEST}),
    Case("a method that is a number", request(4, 7), {4: INVALID_REQUEST}),
    Case("a method that is null", request(5, None), {5: INVALID_REQUEST}),
    Case("an unknown method", request(6, "no/such", {}), {6: METHOD_NOT_FOUND}),
    Case("an unknown method of $", request(7, "$/no/such", {}), {7: METHOD_NOT_FOUND}),
    Case("a long method", request(8, "x" * 100_000, {}), {8: METHOD_NOT_FOUND}),
    Case("a method of the server's", request(9, "workspace/applyEdit", {}), {9: METHOD_NOT_FOUND}),
    Case("an id that is null", request(None, INLINE, inline()), {None: INVALID_REQUEST}),
    Case("an id that is a list", request([1], INLINE, inline()), {None: INVALID_REQUEST}),
    Case("an id that is an object", request({"a": 1}, INLINE, inline()), {None: INVALID_REQUEST}),
    Case("an id that is true", request(True, INLINE, inline()), {None: INVALID_REQUEST}),
    Case("an id with a fraction", request(1.5, INLINE, inline()), {None: INVALID_REQUEST}),
    Case("an id that is whole but real", request(10.0, INLINE, inline()), {10: None}),
    Case("an id that is empty", request("", INLINE, inline()), {"": None}),
    Case("a huge id", request(10**30, INLINE, inline()), {10**30: None}),
    Case("a number and its text as ids", [request(11, INLINE, inline()), request("11", "no/such")],
         {11: None, "11": METHOD_NOT_FOUND}),
    Case("no params", request(12, INLINE), {12: INVALID_PARAMS}),
    Case("params that are null", request(13, INLINE, None), {13: INVALID_PARAMS}),
    Case("params that are a list", request(14, INLINE, [1, 2]), {14: INVALID_PARAMS}),
    Case("params that are a string", request(15, INLINE, "x"), {15: INVALID_PARAMS}),
    Case("no position", request(16, INLINE, inline(position=...)), {16: INVALID_PARAMS}),
    Case("a position of text", request(17, INLINE, inline(position={"line": "a", "character": 0})),
         {17: INVALID_PARAMS}),
    Case("a negative line", request(18, INLINE, inline(position={"line": -1, "character": 0})),
         {18: INVALID_PARAMS}),
    Case("an unknown trigger", request(19, INLINE, inline(context={"triggerKind": 7})),
         {19: None}),
    Case("a position far outside",
         request(20, INLINE, inline(position={"line": 2**31 - 1, "character": 2**31 - 1})),
         {20: None}),
    Case("a position beyond what the specification has room for",
         request(36, INLINE, inline(position={"line": 0, "character": 2**32 - 1})), {36: None}),
    Case("a document never opened", request(21, INLINE, inline(textDocument={"uri": "file:///n"})),
         {21: None}),
    Case("a URI that is none", request(22, INLINE, inline(textDocument={"uri": "::\x00%zz"})),
         {22: None}),
    Case("unknown fields", request(23, INLINE, inline(more={"jsonrpc": "2.0", "id": 1})),
         {23: None}),
    Case("nested messages", request(24, COMMAND, {"command": "foretype.why", "arguments": [
        {"jsonrpc": "2.0", "id": 99, "method": "shutdown"}]}), {24: None}),
    Case("fields of a message that no message has", request(25, INLINE, inline(), result=1),
         {25: None}),
    Case("a request and an answer in one", request(26, INLINE, inline(), result=1, error={}),
         {26: None}),
    Case("a notification with an id", request(27, "textDocument/willSave", {}),
         {27: METHOD_NOT_FOUND}),
    Case("a known notification with an id", request(28, "textDocument/didClose", {}),
         {28: INVALID_REQUEST}),
    Case("exit with an id", request(29, "exit"), {29: INVALID_REQUEST}),
    Case("initialize again", request(30, "initialize", {"capabilities": {}}),
         {30: INVALID_REQUEST}),
    Case("an unknown command", request(31, COMMAND, {"command": "rm"}), {31: INVALID_PARAMS}),
    Case("a command without arguments", request(32, COMMAND, {"command": "foretype.accepted"}),
         {32: INVALID_PARAMS}),
    Case("a command with wrong arguments",
         request(33, COMMAND, {"command": "foretype.toggle", "arguments": [[], 1, None]}),
         {33: INVALID_PARAMS}),
    Case("a command with more arguments than it takes",
         request(34, COMMAND, {"command": "foretype.why", "arguments": [1, {}, None]}),
         {34: None}),
    Case("arguments that are no list",
         request(35, COMMAND, {"command": "foretype.why", "arguments": {"a": 1}}),
         {35: None}),
    Case("a request without an id", {"jsonrpc": "2.0", "method": INLINE, "params": inline()}),
    Case("an answer to nothing", {"jsonrpc": "2.0", "id": 77, "result": {}}),
    Case("an error about nothing", {"jsonrpc": "2.0", "id": None, "error": {"code": 1}}),
    Case("an error that is no object", {"jsonrpc": "2.0", "id": 78, "error": 5}),
    Case("a cancel of nothing", {"jsonrpc": "2.0", "method": "$/cancelRequest",
                                 "params": {"id": 12345}}),
    Case("a cancel without params", {"jsonrpc": "2.0", "method": "$/cancelRequest"}),
    Case("a cancel of an object", {"jsonrpc": "2.0", "method": "$/cancelRequest",
                                   "params": {"id": {"a": []}}}),
    Case("a change of a document never opened",
         {"jsonrpc": "2.0", "method": "textDocument/didChange",
          "params": {"textDocument": {"uri": "file:///n", "version": 2},
                     "contentChanges": [{"text": "x"}]}}),
    Case("a close of a document never opened",
         {"jsonrpc": "2.0", "method": "textDocument/didClose",
          "params": {"textDocument": {"uri": "file:///n"}}}),
    Case("a notification without params", {"jsonrpc": "2.0", "method": "textDocument/didOpen"}),
    Case("an unknown notification", {"jsonrpc": "2.0", "method": "no/such", "params": 3}),
    Case("a lower-case header", b"content-length: 60\r\n\r\n"
         + json.dumps(request(40, "no/such")).encode().ljust(60), {40: METHOD_NOT_FOUND}),
    Case("a header of another name",
         b"X-Trace: 1\r\nCONTENT-LENGTH: 60\r\nContent-Type: x\r\n\r\n"
         + json.dumps(request(41, "no/such")).encode().ljust(60), {41: METHOD_NOT_FOUND}),
    Case("garbage between messages", b"Traceback (most recent call last):\n  boom\n\n\x00\xff"
         + frame(request(42, "no/such")), {42: METHOD_NOT_FOUND}),
    Case("a negative length", b"Content-Length: -7\r\n\r\n" + frame(request(43, "no/such")),
         {43: METHOD_NOT_FOUND}),
    Case("a length beyond all memory", b"Content-Length: 99999999999999999999\r\n\r\n"
         + frame(request(44, "no/such")), {44: METHOD_NOT_FOUND}),
    Case("a length of nine gigabytes", b"Content-Length: 9999999999\r\n\r\n"
         + frame(request(45, "no/such")), {45: METHOD_NOT_FOUND}),
    Case("a byte-order mark", b"\xef\xbb\xbf" + frame(request(46, "no/such")),
         {46: METHOD_NOT_FOUND}),
    Case("HTTP in mid-stream", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
         + frame(request(47, "no/such")), {47: METHOD_NOT_FOUND}),
    Case("a lone surrogate", frame(b'{"jsonrpc":"2.0","id":"\\ud800","method":"no/such"}'),
         {"\ud800": METHOD_NOT_FOUND}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_request_is_answered_once_and_the_server_goes_on(
    client: RawClient, case: Case
) -> None:
    before = len(client.messages)
    client.send_bytes(case.data())
    client.wait(lambda: all(client.answers(msg_id, since=before) for msg_id in case.answers))
    client.settle()
    came = client.messages[before:]
    for msg_id, code in case.answers.items():
        (answer,) = client.answers(msg_id, since=before)
        assert answer.get("error", {}).get("code") == code, answer
        assert ("result" in answer) is (code is None)
    # The answer to settle() is the one more.
    assert len([m for m in came if "method" not in m]) == len(case.answers) + 1
    assert not [m for m in came if m.get("method") == "window/showMessage"]
    told = json.dumps(came)
    assert "Traceback" not in told and "site-packages" not in told and ".py" not in told
    assert client.process.poll() is None


def test_the_end_of_a_line_may_be_said_by_the_largest_number_there_is(client: RawClient) -> None:
    whole_line = {
        "start": {"line": 0, "character": 0},
        "end": {"line": 0, "character": 2**32 - 1},
    }
    change = {
        "textDocument": {"uri": URI, "version": 2},
        "contentChanges": [{"range": whole_line, "text": "y = 2"}],
    }
    client.notify("textDocument/didChange", change)
    assert client.request("textDocument/inlineCompletion", inline()) == []
    open_document(client)


def test_two_requests_with_one_id_get_two_answers(client: RawClient) -> None:
    stalled = request("twice", "textDocument/inlineCompletion", inline(context={"triggerKind": 1}))
    client.send([stalled, stalled])
    client.wait(lambda: len(client.answers("twice")) >= 2)
    client.settle()
    assert len(client.answers("twice")) == 2
    codes = {answer.get("error", {}).get("code") for answer in client.answers("twice")}
    assert codes == {INVALID_REQUEST, None}


def test_a_change_that_cannot_be_read_costs_the_document_until_it_is_opened_again(
    client: RawClient,
) -> None:
    change = {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"range": 3}]}
    client.notify("textDocument/didChange", change)
    assert client.request("textDocument/inlineCompletion", inline()) is None
    why = client.request("workspace/executeCommand", {"command": "foretype.why"})
    assert why["reason"] == "no_document"
    open_document(client)
    assert client.request("textDocument/inlineCompletion", inline()) == []
