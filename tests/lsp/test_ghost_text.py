"""Ghost text end to end: pytest-lsp drives the real process, the scripted upstream is the model."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_lsp
from helpers.marks import CURSOR
from helpers.rawclient import environment
from helpers.upstream_thread import Upstream
from lsprotocol import types
from pygls.exceptions import JsonRpcRequestCancelled
from pytest_lsp import ClientServerConfig, LanguageClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
AUTOMATIC = types.InlineCompletionTriggerKind.Automatic
INVOKED = types.InlineCompletionTriggerKind.Invoked
NUMBERS = itertools.count()


class Client(LanguageClient):
    """pytest-lsp's client, which keeps foretype's own notifications."""

    statuses: list[Any]
    ready: list[Any]


def make_client() -> Client:
    client = Client()
    client.statuses, client.ready = [], []

    @client.feature("foretype/status")  # type: ignore[untyped-decorator]
    def on_status(params: Any) -> None:
        client.statuses.append(params)

    @client.feature("foretype/suggestionReady")  # type: ignore[untyped-decorator]
    def on_ready(params: Any) -> None:
        client.ready.append(params)

    @client.feature(types.WINDOW_LOG_MESSAGE)  # type: ignore[untyped-decorator]
    def on_log(params: types.LogMessageParams) -> None:
        client.log_messages.append(params)

    @client.feature(types.WINDOW_SHOW_MESSAGE)  # type: ignore[untyped-decorator]
    def on_show(params: types.ShowMessageParams) -> None:
        client.messages.append(params)

    return client


@pytest_lsp.fixture(  # type: ignore[untyped-decorator]
    scope="module",
    config=ClientServerConfig(
        server_command=[sys.executable, "-P", "-m", "foretype", "--stdio"],
        server_env=dict(environment(FORETYPE_API_KEY="sk-fake-key-for-tests")),
        client_factory=make_client,
    ),
)
async def client(lsp_client: Client, up: Upstream) -> AsyncIterator[None]:
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(
                text_document=types.TextDocumentClientCapabilities(
                    inline_completion=types.InlineCompletionClientCapabilities()
                )
            ),
            initialization_options={
                "baseUrl": up.url,
                "model": "scripted",
                "notifyLate": True,
                "completion": {"local": "off", "debounceMs": 0, "headStart": False},
            },
        )
    )
    await until(lambda: bool(lsp_client.statuses))
    yield
    await lsp_client.shutdown_session()


async def until(holds: Any) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


class Page:
    """A document open in the editor, with a cursor."""

    def __init__(self, client: LanguageClient, drawn: str) -> None:
        self.client = client
        self.uri = f"file:///project/page{next(NUMBERS)}.py"
        before, _, after = drawn.partition(CURSOR)
        self.text, self.version = before + after, 1
        lines = before.split("\n")
        self.position = types.Position(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2)
        item = types.TextDocumentItem(self.uri, "python", self.version, self.text)
        client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, text: str) -> None:
        self.version += 1
        at = self.position
        change = types.TextDocumentContentChangePartial(range=types.Range(at, at), text=text)
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=self.version, uri=self.uri), [change]
            )
        )
        self.position = types.Position(at.line, at.character + len(text.encode("utf-16-le")) // 2)

    def params(
        self,
        trigger: types.InlineCompletionTriggerKind = AUTOMATIC,
        selected: types.SelectedCompletionInfo | None = None,
    ) -> types.InlineCompletionParams:
        return types.InlineCompletionParams(
            context=types.InlineCompletionContext(trigger, selected),
            text_document=types.TextDocumentIdentifier(self.uri),
            position=self.position,
        )

    async def ask(self, *args: Any) -> Any:
        return await self.client.text_document_inline_completion_async(self.params(*args))


async def why(client: LanguageClient) -> Any:
    return await command(client, "foretype.why")


async def command(client: LanguageClient, name: str, *arguments: Any) -> Any:
    params = types.ExecuteCommandParams(name, arguments=list(arguments))
    return await client.workspace_execute_command_async(params)


# The first two stand first: a model that was fast before gets less time for its first token.
async def test_a_request_by_hand_waits_longer(client: Client, up: Upstream) -> None:
    up.says("return 7", first_ms=700)
    page = Page(client, f"def seven():\n    {CURSOR}\n")
    (item,) = await page.ask(INVOKED)
    assert item.insert_text == "return 7"


async def test_a_late_suggestion_is_announced(client: Client, up: Upstream) -> None:
    up.says("return late", first_ms=700)
    page = Page(client, f"def late():\n    {CURSOR}\n")
    assert await page.ask() == []
    await until(lambda: any(note.uri == page.uri for note in client.ready))
    (item,) = await page.ask()
    assert item.insert_text == "return late"
    assert len(up.log.requests) == 1


async def test_a_model_completes_a_line(client: Client, up: Upstream) -> None:
    up.says("return a + b")
    page = Page(client, f"def add(a, b):\n    {CURSOR}\n")
    (item,) = await page.ask()
    assert item.insert_text == "return a + b"
    assert item.range == types.Range(page.position, page.position)
    assert item.command.command == "foretype.accepted"
    before = await command(client, "foretype.stats")
    await command(client, item.command.command, *item.command.arguments)
    after = await command(client, "foretype.stats")
    assert after["accepted"] == before.get("accepted", 0) + 1


async def test_positions_count_utf_16_units_and_what_follows_is_kept(
    client: Client, up: Upstream
) -> None:
    up.says("name)")
    page = Page(client, f"print('🎉é', {CURSOR})\n")
    (item,) = await page.ask()
    start, end = item.range.start, item.range.end
    assert start == page.position
    # Whether the bracket is replaced or left out is one and the same to the user.
    assert item.insert_text[: len(item.insert_text) - (end.character - start.character)] == "name"


async def test_typed_through_text_is_not_asked_for_again(client: Client, up: Upstream) -> None:
    up.says("return a + b")
    page = Page(client, f"def add(a, b):\n    {CURSOR}\n")
    await page.ask()
    for typed in "retu":
        page.type(typed)
        (item,) = await page.ask()
    assert item.insert_text == "rn a + b"
    assert len(up.log.requests) == 1


async def test_an_upstream_that_stalls_is_not_waited_for(client: Client, up: Upstream) -> None:
    up.says(fault="stall_headers")
    page = Page(client, f"def stalled(a, b):\n    {CURSOR}\n")
    assert await page.ask() == []
    assert (await why(client))["reason"] == "deadline"


async def test_whole_lines_that_are_there_at_the_deadline_are_shown(
    client: Client, up: Upstream
) -> None:
    up.says("first = 1\n    second = 2\n    third = 3\n", fault="stall_middle", fault_after=8)
    page = Page(client, f"def slow():\n    {CURSOR}\n")
    (item,) = await page.ask()
    assert item.insert_text.splitlines()[0] == "first = 1"


async def test_a_newer_request_is_answered_and_the_older_leaves_the_screen_alone(
    client: Client, up: Upstream
) -> None:
    up.says("return 1", first_ms=100)
    page = Page(client, f"def one():\n    {CURSOR}\n")
    first = asyncio.ensure_future(page.ask())
    await asyncio.sleep(0.02)
    (item,) = await page.ask()
    assert await first is None
    assert item.insert_text == "return 1"


async def test_a_request_for_older_text_leaves_the_screen_alone(
    client: Client, up: Upstream
) -> None:
    up.says("return 1", first_ms=100)
    page = Page(client, f"def one():\n    {CURSOR}\n")
    first = asyncio.ensure_future(page.ask())
    await asyncio.sleep(0.02)
    page.type("x")
    assert await first is None


async def test_a_cancel_is_confirmed_and_the_stream_serves_the_next_request(
    client: Client, up: Upstream
) -> None:
    up.says("return 1", first_ms=150)
    page = Page(client, f"def one():\n    {CURSOR}\n")
    sent = client.protocol.send_request_async(  # type: ignore[no-untyped-call]
        types.TEXT_DOCUMENT_INLINE_COMPLETION, page.params(), msg_id="cancelled"
    )
    first = asyncio.ensure_future(sent)
    await asyncio.sleep(0.05)
    client.cancel_request(types.CancelParams(id="cancelled"))
    with pytest.raises(JsonRpcRequestCancelled):
        await first
    page.type("r")
    (item,) = await page.ask()
    assert item.insert_text == "eturn 1"
    assert len(up.log.requests) == 1


async def test_a_preview_of_the_popups_entry_stands_in_its_range(
    client: Client, up: Upstream
) -> None:
    up.says("('hello')")
    page = Page(client, f"pri{CURSOR}\n")
    entry = types.Range(types.Position(0, 0), page.position)
    (item,) = await page.ask(AUTOMATIC, types.SelectedCompletionInfo(entry, "print"))
    assert item.insert_text == "print('hello')"
    assert item.range == entry


async def test_a_cell_of_a_notebook_is_completed(client: Client, up: Upstream) -> None:
    up.says("return a + b")
    book, cell = "file:///project/book.ipynb", "vscode-notebook-cell:/project/book.ipynb#1"
    text = "def add(a, b):\n    "
    client.notebook_document_did_open(
        types.DidOpenNotebookDocumentParams(
            types.NotebookDocument(
                uri=book,
                notebook_type="jupyter-notebook",
                version=1,
                cells=[types.NotebookCell(kind=types.NotebookCellKind.Code, document=cell)],
            ),
            [types.TextDocumentItem(cell, "python", 1, text)],
        )
    )
    params = types.InlineCompletionParams(
        context=types.InlineCompletionContext(AUTOMATIC),
        text_document=types.TextDocumentIdentifier(cell),
        position=types.Position(1, 4),
    )
    answer: Any = await client.text_document_inline_completion_async(params)
    assert [item.insert_text for item in answer] == ["return a + b"]
    client.notebook_document_did_close(
        types.DidCloseNotebookDocumentParams(
            types.NotebookDocumentIdentifier(book), [types.TextDocumentIdentifier(cell)]
        )
    )
    assert await client.text_document_inline_completion_async(params) is None


async def test_what_is_switched_off_is_quiet_until_it_is_switched_on(
    client: Client, up: Upstream
) -> None:
    up.says("return 1")
    page = Page(client, f"def quiet():\n    {CURSOR}\n")
    scopes: tuple[tuple[dict[str, str], str], ...] = (
        ({"uri": page.uri}, "in this file"),
        ({"language": "python"}, "in python"),
        ({}, ""),
    )
    for scope, where in scopes:
        told = await command(client, "foretype.toggle", {**scope, "enabled": False})
        assert told == {"enabled": False, "message": f"suggestions are off {where}".rstrip()}
        assert await page.ask() == []
        assert (await why(client))["reason"] == "off"
        assert (await command(client, "foretype.toggle", scope))["enabled"]
    assert not up.log.requests
    (item,) = await page.ask()
    assert item.insert_text == "return 1"


async def test_the_last_suggestion_can_be_had_again(client: Client, up: Upstream) -> None:
    up.says("return again")
    page = Page(client, f"def again():\n    {CURSOR}\n")
    await page.ask()
    page.type("# something else\n")
    last = await command(client, "foretype.lastSuggestion")
    assert (last["text"], last["uri"]) == ("return again", page.uri)


async def test_asking_again_by_hand_gives_texts_to_choose_from(
    client: LanguageClient, up: Upstream
) -> None:
    up.says("sum(prices)")
    page = Page(client, f"total = {CURSOR}\n")
    assert [item.insert_text for item in await page.ask()] == ["sum(prices)"]
    up.next("len(prices)", "max(prices)")
    items = await page.ask(INVOKED)
    assert items[0].insert_text == "sum(prices)"
    assert {item.insert_text for item in items[1:]} == {"len(prices)", "max(prices)"}
    assert all(item.command.command == "foretype.accepted" for item in items)
    assert len(up.log.requests) == 3
    again = await page.ask(INVOKED)
    assert [item.insert_text for item in again] == [item.insert_text for item in items]
    assert len(up.log.requests) == 3
