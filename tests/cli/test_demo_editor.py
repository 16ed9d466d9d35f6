"""The demo's editor against a server process that says what it is told, and ends as it is told."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from helpers.paths import TESTS
from hypothesis import given
from hypothesis import strategies as st

from foretype.cli.demo.typist import Page
from foretype.cli.lsp_client import ServerFault, connect, to_offset, to_position
from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit

psutil = pytest.importorskip("psutil")
FAKE = TESTS / "helpers" / "demo_fake_server.py"
DOCUMENT = Document("file:///a.py", "x = '😀'\n", "python", 1)


def command(mode: str, truth: Path) -> list[str]:
    return [sys.executable, str(FAKE), mode, str(truth)]


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    path = tmp_path / "truth.py"
    path.write_text("x = '😀' + y\n", encoding="utf-8", newline="")
    return path


async def test_speaks_as_an_editor_does(
    truth: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    monkeypatch.setenv("FAKE_SERVER_LOG", str(log))
    async with connect(command("right", truth), options={"client": "vscode"}) as editor:
        editor.open(DOCUMENT)
        page = Page(DOCUMENT, 7)
        after = page.edited(page.typing(" "))
        editor.change(page.document, page.typing(" "), after.document)
        items = await editor.ask(Cursor(after.document, after.offset))
        editor.close(after.document)
    assert [(edit, id) for edit, id, _ in items] == [(Edit(8, 8, "+ y"), "s-1")]
    sent = [json.loads(line) for line in log.read_text().splitlines()]
    assert [message["method"] for message in sent] == [
        "initialize",
        "initialized",
        "textDocument/didOpen",
        "textDocument/didChange",
        "textDocument/inlineCompletion",
        "textDocument/didClose",
        "shutdown",
        "exit",
    ]
    assert sent[0]["params"]["initializationOptions"] == {"client": "vscode"}
    (change,) = sent[3]["params"]["contentChanges"]
    assert change["range"]["start"] == change["range"]["end"] == {"line": 0, "character": 8}


async def test_hears_notifications_and_the_end(truth: Path) -> None:
    heard: list[str] = []
    async with connect(
        command("right", truth), on_notification=lambda method, params: heard.append(method)
    ) as editor:
        editor.open(DOCUMENT)
        await editor.ask(Cursor(DOCUMENT, 7))
    assert heard[0] == "foretype/status" and heard[-1] in {"foretype/status", "$/ended"}


async def test_a_cancelled_question_is_cancelled_at_the_server(
    truth: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    monkeypatch.setenv("FAKE_SERVER_LOG", str(log))
    async with connect(command("right", truth)) as editor:
        editor.open(DOCUMENT)
        asking = asyncio.create_task(editor.ask(Cursor(DOCUMENT, 7)))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    sent = [json.loads(line) for line in log.read_text().splitlines()]
    (question,) = [m for m in sent if m["method"] == "textDocument/inlineCompletion"]
    (cancel,) = [m for m in sent if m["method"] == "$/cancelRequest"]
    assert cancel["params"] == {"id": question["id"]}


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        ("dies", "The server ended"),
        ("talks nonsense", "not the protocol"),
    ],
)
async def test_a_server_that_fails_is_said_so(truth: Path, mode: str, says: str) -> None:
    with pytest.raises(ServerFault, match=says):
        async with connect(command(mode, truth)) as editor:
            editor.open(DOCUMENT)
            for _ in range(5):
                await editor.ask(Cursor(DOCUMENT, 7))


async def test_a_server_that_dies_at_once_gets_its_last_words(truth: Path) -> None:
    with pytest.raises(ServerFault, match="Its last words: no such module"):
        async with connect(command("dies at once", truth)):
            pass


async def test_a_program_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ServerFault, match="cannot be started"):
        async with connect([str(tmp_path / "none")]):
            pass


def youngest_child() -> int:
    """The id of the process that was started last."""
    children = psutil.Process().children()
    return int(max(children, key=lambda child: child.create_time()).pid)


async def test_a_server_that_does_not_end_is_made_to(
    truth: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foretype.cli.lsp_client.STOP_TIMEOUT_S", 0.1)
    async with connect(command("never ends", truth)):
        pid = youngest_child()
    assert not psutil.pid_exists(pid)


async def test_no_process_is_left_when_the_demo_is_interrupted(truth: Path) -> None:
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        async with connect(command("right", truth)):
            started.set_result(youngest_child())
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    pid = await started
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not psutil.pid_exists(pid)


@given(st.text(alphabet="ab😀漢\n\r\u2028"), st.data())
def test_positions_come_back(text: str, data: st.DataObject) -> None:
    document = Document("file:///a", text)
    offset = data.draw(st.integers(0, len(text)))
    position = to_position(document, offset)
    if offset <= document.line_end(position["line"]):
        assert to_offset(document, position) == offset
