"""Params that break the specification in places: what can be read of them is taken."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.examples import MORE
from helpers.paths import TESTS
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from foretype.lsp.app import make_server
from foretype.lsp.wire.framing import Framer
from foretype.lsp.wire.json_rpc import MAX_DIAGNOSTICS, MAX_MESSAGE_CHARS, converter
from foretype.lsp.wire.tolerance import Unreadable, readable

CLIENTS = {
    path.name.removesuffix(".initialize.json"): json.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "clients").glob("*.initialize.json"))
}
NONSENSE: list[Any] = [None, 7, "nonsense", [None], {}]
ENVIRON = {
    "FORETYPE_CONFIG": str(TESTS / "helpers" / "no_settings.toml"),
    "FORETYPE_LEDGER": ":memory:",
}
URI = "file:///project/a.py"
LINE = "    logger.warning('could not load', name)\n"
TEXT = f"def one(name):\n{LINE}\ndef two(name):\n{LINE}\ndef three(name):\n    logger.war"
AT_ITS_END = {"textDocument": {"uri": URI}, "position": {"line": 7, "character": 14}}
INLINE = "textDocument/inlineCompletion"


class Client:
    """A client in the server's own process. The embedded engine answers it."""

    def __init__(self) -> None:
        self.server = make_server(ENVIRON)
        self.server.protocol.set_writer(self)
        self.messages: list[dict[str, Any]] = []
        self._framer = Framer()
        self._n_ids = 0

    def write(self, data: bytes) -> None:
        self.messages += [json.loads(body) for body in self._framer.feed(data)]

    def close(self) -> None:
        return None

    def send(self, message: dict[str, Any]) -> None:
        self.server.protocol.receive(json.dumps({"jsonrpc": "2.0", **message}).encode(), 0.0)

    def notify(self, method: str, **params: Any) -> None:
        self.send({"method": method, "params": params})

    async def ask(self, method: str, params: Any) -> dict[str, Any]:
        self._n_ids += 1
        msg_id = f"r{self._n_ids}"
        self.send({"id": msg_id, "method": method, "params": params})
        async with asyncio.timeout(60):
            while True:
                for message in self.messages:
                    if message.get("id") == msg_id and "method" not in message:
                        return message
                await asyncio.sleep(0.001)

    async def start(self, **params: Any) -> dict[str, Any]:
        """Initialize and wait until the server is set up. Gives what it can."""
        hello = {"capabilities": {"textDocument": {"inlineCompletion": {}}}, **params}
        answer = await self.ask("initialize", hello)
        assert "result" in answer, answer
        self.notify("initialized")
        await self.server.ready.wait()
        return dict(answer["result"]["capabilities"])

    def open(self, **changes: Any) -> None:
        document = {"uri": URI, "languageId": "python", "version": 1, "text": TEXT, **changes}
        given = {name: value for name, value in document.items() if value is not ...}
        self.notify("textDocument/didOpen", textDocument=given)

    def change(self, document: dict[str, Any], *changes: Any) -> None:
        self.notify("textDocument/didChange", textDocument=document, contentChanges=list(changes))

    async def suggestion(self, offered: dict[str, Any], **more: Any) -> str:
        """The text that is suggested at the end, by whichever way the server offers.

        Asked for again where there is none: a busy machine may miss a deadline.
        """
        asked = {**AT_ITS_END, "context": {"triggerKind": 2}, **more}
        for _ in range(50):
            if "inlineCompletionProvider" in offered:
                for item in (await self.ask(INLINE, asked))["result"]:
                    return str(item["insertText"])
            else:
                assert "completionProvider" in offered
                answer = await self.ask("textDocument/completion", {**AT_ITS_END, **more})
                for item in answer["result"]["items"]:
                    return str(item["textEdit"]["newText"]).removeprefix("war")
            await asyncio.sleep(0.1)
        return ""


async def served(**params: Any) -> str:
    """What is suggested after an ``initialize``."""
    client = Client()
    try:
        offered = await client.start(**params)
        client.open()
        return await client.suggestion(offered)
    finally:
        await client.server.close()


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in entries:
        yield (*path, key)
        yield from paths_in(inner, (*path, key))


def with_value(params: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(params)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return changed


FIELDS = [(name, path) for name, params in CLIENTS.items() for path in paths_in(params)]


@settings(max_examples=40 * MORE)
@given(st.sampled_from(FIELDS), st.sampled_from(NONSENSE))
def test_a_client_is_served_whatever_one_field_of_its_initialize_holds(
    field: tuple[str, tuple[Any, ...]], value: Any
) -> None:
    name, path = field
    found = asyncio.run(served(**with_value(CLIENTS[name], path, value)))
    assert found.startswith("ning"), (name, path)


WHOLE = [(name, key) for name, params in CLIENTS.items() for key in params]


@pytest.mark.parametrize(("name", "key"), WHOLE, ids=lambda part: str(part))
async def test_a_client_is_served_whatever_a_whole_part_of_its_initialize_is(
    name: str, key: str
) -> None:
    for value in NONSENSE:
        found = await served(**with_value(CLIENTS[name], (key,), value))
        assert found.startswith("ning"), value


@pytest.mark.parametrize(
    "params",
    [
        {"trace": "compact"},
        {"trace": "message"},
        {"trace": "on"},
        {"trace": True},
        {"workspaceFolders": [{"uri": "file:///project"}]},
        {"workspaceFolders": [None, {"uri": 7, "name": "x"}, {"name": "x"}, "file:///project"]},
        {"workspaceFolders": [{"uri": "file://[", "name": "x"}, {"uri": "\0", "name": "x"}]},
        {"workspaceFolders": "file:///project"},
        {"capabilities": None},
        {"capabilities": []},
        {"capabilities": {"textDocument": "all"}},
        {"capabilities": {"textDocument": {"inlineCompletion": True, "completion": 7}}},
        {"clientInfo": {}},
        {"clientInfo": {"name": None, "version": 3}},
        {"clientInfo": "an editor"},
        {"rootUri": 5},
        {"rootUri": {"path": "/project"}},
        {"rootUri": "project"},
        {"rootUri": "file://["},
        {"rootPath": ["/project"]},
        {"initializationOptions": "nothing"},
        {"initializationOptions": [1, None]},
        {"initializationOptions": {"completion": 7, "client": []}},
        {"processId": "4711"},
        {"processId": [4711]},
        {"locale": 7},
        {"workDoneToken": {}},
    ],
    ids=json.dumps,
)
async def test_an_initialize_with_odd_parts_is_answered(params: dict[str, Any]) -> None:
    found = await served(**params)
    assert found.startswith("ning")


@pytest.mark.parametrize("params", [None, [], 7, {}])
async def test_an_initialize_without_params_is_answered(params: Any) -> None:
    client = Client()
    assert "result" in await client.ask("initialize", params)


async def test_what_is_left_out_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    client = Client()
    await client.start(trace="secret-word", workspaceFolders=[None, None, {"uri": "file:///p"}])
    for _ in range(3):
        client.notify("$/setTrace", value="secret-word")
    await client.server.close()
    logged = [record.getMessage() for record in caplog.records if "left out" in record.getMessage()]
    assert logged == [
        "cannot read initialize: params.trace, which is left out",
        "cannot read initialize: params.workspaceFolders[], which is left out",
        "cannot read initialize: params.workspaceFolders[].name, which is left out",
        "cannot read $/setTrace: params.value, which is left out",
    ]


# --- documents ----------------------------------------------------------------------------------


async def text_after(*changes: Any, document: Any = None, text: str = "one\ntwo\n") -> str | None:
    """The server's text after a change; None where it has none any more."""
    client = Client()
    await client.ask("initialize", {"capabilities": {}})
    client.open(text=text)
    client.change({"uri": URI, "version": 2} if document is None else document, *changes)
    await asyncio.sleep(0)
    found = client.server.documents.get(URI)
    return None if found is None else found.text


START = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 3}}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"range": None, "text": "new"}, "new"),
        ({"range": None, "rangeLength": None, "text": "new"}, "new"),
        ({"text": "new", "somethingNew": 1}, "new"),
        ({"range": START, "rangeLength": "three", "text": "1"}, "1\ntwo\n"),
        ({"range": START, "rangeLength": -3, "text": "1"}, "1\ntwo\n"),
        # A range that is there and cannot be read is not the whole document.
        ({"range": 3, "text": "new"}, None),
        ({"range": {}, "text": "new"}, None),
        ({"range": {"start": {"line": 0, "character": 0}}, "text": "new"}, None),
        ({"range": {**START, "end": {"line": -1, "character": 0}}, "text": "new"}, None),
        # No text is none: neither "None" nor "7".
        ({"text": None}, None),
        ({"range": START, "text": None}, None),
        ({"range": START, "text": 7}, None),
        (None, None),
        ("new", None),
    ],
    ids=json.dumps,
)
async def test_a_change_is_taken_as_it_is_meant_or_not_at_all(
    change: Any, text: str | None
) -> None:
    assert await text_after(change) == text
    # One that cannot be read is not passed over between two that can.
    again = await text_after({"range": START, "text": "ONE"}, change, {"text": "last"})
    assert again == (None if text is None else "last")


@pytest.mark.parametrize(
    "document", [{"uri": URI}, {"uri": URI, "version": None}, {"uri": URI, "version": "two"}]
)
async def test_a_change_without_a_version_is_a_new_version(document: Any) -> None:
    client = Client()
    await client.ask("initialize", {"capabilities": {}})
    client.open(version=7)
    for text in ("new", "newer"):
        client.change(document, {"text": text})
        await asyncio.sleep(0)
    found = client.server.documents.get(URI)
    assert found is not None
    assert (found.text, found.version) == ("newer", 9)


@pytest.mark.parametrize(
    "changes",
    [
        {"languageId": ...},
        {"languageId": None},
        {"languageId": ["python"]},
        {"version": ...},
        {"version": None},
        {"version": {}},
        {"languageId": ..., "version": ...},
    ],
    ids=str,
)
async def test_a_document_is_taken_without_its_language_or_version(changes: Any) -> None:
    client = Client()
    offered = await client.start()
    client.open(**changes)
    found = await client.suggestion(offered)
    await client.server.close()
    assert found.startswith("ning")


@pytest.mark.parametrize("changes", [{"text": ...}, {"text": None}, {"text": 7}], ids=str)
async def test_a_document_whose_new_text_cannot_be_read_is_forgotten(changes: Any) -> None:
    client = Client()
    await client.ask("initialize", {"capabilities": {}})
    client.open()
    client.open(**changes)
    assert client.server.documents.get(URI) is None


CELL = {"uri": URI, "languageId": "python", "version": 1, "text": "one"}
NOTEBOOK = {"uri": "file:///n.ipynb", "version": 1, "notebookType": "jupyter-notebook"}


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ({"textContent": [{"document": {"uri": URI}, "changes": [{"text": "new"}]}]}, "new"),
        ({"data": 7, "structure": {"array": None, "didOpen": [None]}}, "one"),
        ({"textContent": [{"document": {"uri": URI}, "changes": [{"text": None}]}]}, None),
        ({"textContent": [None]}, None),
        ({"textContent": 7}, None),
        (7, None),
    ],
    ids=json.dumps,
)
async def test_a_notebook_is_followed_or_forgotten(cells: Any, text: str | None) -> None:
    client = Client()
    await client.ask("initialize", {"capabilities": {}})
    client.notify(
        "notebookDocument/didOpen", notebookDocument=NOTEBOOK, cellTextDocuments=[CELL, None]
    )
    client.notify(
        "notebookDocument/didChange",
        notebookDocument={"uri": NOTEBOOK["uri"]},
        change={"cells": cells, "metadata": 7},
    )
    await asyncio.sleep(0)
    found = client.server.documents.get(URI)
    assert (None if found is None else found.text) == text


# --- requests -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "context",
    [None, {}, 7, [], {"triggerKind": None}, {"triggerKind": 7}, {"triggerKind": "typed"},
     {"triggerKind": 2, "selectedCompletionInfo": 7},
     {"triggerKind": 2, "selectedCompletionInfo": {"text": "x"}}],
    ids=json.dumps,
)  # fmt: skip
@pytest.mark.parametrize("capabilities", [{}, {"textDocument": {"inlineCompletion": {}}}])
async def test_a_context_that_cannot_be_read_costs_no_suggestion(
    context: Any, capabilities: dict[str, Any]
) -> None:
    client = Client()
    offered = await client.start(capabilities=capabilities)
    client.open()
    found = await client.suggestion(offered, context=context)
    await client.server.close()
    assert found.startswith("ning")


def test_a_position_has_no_harmless_value() -> None:
    structure = converter().structure
    for position in (None, {}, {"line": 1}, {"line": -1, "character": 0}):
        message = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": INLINE,
            "params": {**AT_ITS_END, "position": position, "context": None},
        }
        with pytest.raises(Unreadable, match="params.position"):
            readable(message, types.InlineCompletionRequest, structure)


def test_actions_are_offered_without_a_context() -> None:
    structure = converter().structure
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    params = {"textDocument": {"uri": URI}, "range": place}
    for context in (None, {"diagnostics": [None]}, {"diagnostics": [], "triggerKind": 9}):
        message = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "textDocument/codeAction",
            "params": {**params, "context": context},
        }
        taken, _ = readable(message, types.CodeActionRequest, structure)
        assert structure(taken, types.CodeActionRequest).params.context.diagnostics in ((), [])


def test_only_the_first_diagnostics_of_a_place_are_read() -> None:
    one = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}}
    many = [{**one, "message": str(number)} for number in range(MAX_DIAGNOSTICS + 1)]
    params = {**one, "textDocument": {"uri": "file:///a"}, "context": {"diagnostics": many}}
    read = converter().structure(params, types.CodeActionParams)
    assert [each.message for each in read.context.diagnostics] == [
        str(number) for number in range(MAX_DIAGNOSTICS)
    ]
    params["context"] = {"diagnostics": [{**one, "message": "x" * (MAX_MESSAGE_CHARS + 1)}]}
    [cut] = converter().structure(params, types.CodeActionParams).context.diagnostics
    assert cut.message == "x" * MAX_MESSAGE_CHARS
