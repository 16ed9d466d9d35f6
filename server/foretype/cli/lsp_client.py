"""A small LSP client: runs the server as a process over stdio.

Behaves like VS Code where it matters to a server: UTF-16 positions, incremental changes,
cancelled requests.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from foretype import __version__
from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit
from foretype.lsp.wire.framing import frame

Json = Any
OnNotification = Callable[[str, Json], None]
"""Receives each notification's method and parameters."""

ENDED = "$/ended"
"""Reported like a notification when the connection has ended."""

SERVER = (sys.executable, "-P", "-m", "foretype", "--stdio")
"""The command that starts the server; ``-P`` keeps the working folder's modules out of it."""

START_TIMEOUT_S = 20.0
"""Seconds that a server may take to start, from a cold disk."""
STOP_TIMEOUT_S = 3.0
"""Seconds that it may take to end by itself before it is killed."""


class ServerFault(Exception):
    """The server did not start, ended, or answered with an error. A sentence for the user."""


class ServerProcess:
    """A server as a process, and the messages to and from it. The benches have one as well."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        on_notification: OnNotification = lambda method, params: None,
    ) -> None:
        self.process = process
        self.on_notification = on_notification

    def notify(self, method: str, params: Json = None) -> None:
        """Send a notification."""
        self.send({"method": method, "params": params})

    def send(self, message: dict[str, Json]) -> None:
        """Send a message; none once the server has closed its input."""
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        pipe = self.process.stdin
        assert pipe is not None
        if not pipe.is_closing():
            pipe.write(frame(body))

    async def read(self) -> None:
        """Receive messages until IncompleteReadError: the server's output has ended."""
        pipe = self.process.stdout
        assert pipe is not None
        while header := await pipe.readuntil(b"\r\n\r\n"):
            self.receive(json.loads(await pipe.readexactly(_content_length(header))))

    def receive(self, message: dict[str, Json]) -> None:
        """Answer a request of the server's; pass on its notifications and answers."""
        if "method" not in message:
            self.on_answer(message)
        elif "id" in message:
            self.send({"id": message["id"], "result": _answer_to(message)})
        else:
            self.on_notification(message["method"], message.get("params"))

    def on_answer(self, message: dict[str, Json]) -> None:
        """Receive the answer to a request."""
        raise NotImplementedError


class Editor(ServerProcess):
    """An open connection to a server, created by ``connect``."""

    def __init__(
        self, process: asyncio.subprocess.Process, on_notification: OnNotification
    ) -> None:
        super().__init__(process, on_notification)
        self.said: deque[str] = deque(maxlen=20)
        """The last lines on the server's standard error."""
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._ended: ServerFault | None = None

    async def request(self, method: str, params: Json = None) -> Json:
        """Send a request and return its result. Raises ServerFault. Can be cancelled."""
        if self._ended:
            raise self._ended
        number = next(self._ids)
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self.send({"id": number, "method": method, "params": params})
            return await answer
        except asyncio.CancelledError:
            self.notify("$/cancelRequest", {"id": number})
            raise
        finally:
            self._waiting.pop(number, None)

    def open(self, document: Document) -> None:
        self.notify(
            "textDocument/didOpen",
            {
                "textDocument": {
                    "uri": document.uri,
                    "languageId": document.language,
                    "version": document.version,
                    "text": document.text,
                }
            },
        )

    def change(self, old: Document, edit: Edit, new: Document) -> None:
        """Report one edit that turned ``old`` into ``new``."""
        self.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": new.uri, "version": new.version},
                "contentChanges": [
                    {
                        "range": {
                            "start": to_position(old, edit.start),
                            "end": to_position(old, edit.end),
                        },
                        "text": edit.text,
                    }
                ],
            },
        )

    def close(self, document: Document) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": document.uri}})

    async def ask(self, cursor: Cursor) -> list[tuple[Edit, str, Json]]:
        """Ask for ghost text at the cursor: what each suggestion edits, its id and command."""
        result = await self.request(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": cursor.document.uri},
                "position": to_position(cursor.document, cursor.offset),
                "context": {"triggerKind": 2},
            },
        )
        items = result.get("items") if isinstance(result, dict) else result
        return [_read_item(item, cursor) for item in items or ()]

    async def read(self) -> None:
        """Receive messages until the server ends; fail what waits for an answer then."""
        try:
            await super().read()
        except asyncio.IncompleteReadError:
            self._end(ServerFault("The server ended." + await self._last_words()))
        except (ValueError, asyncio.LimitOverrunError):
            self._end(ServerFault("The server wrote something that is not the protocol."))

    async def _last_words(self) -> str:
        try:
            async with asyncio.timeout(0.5):
                await self.process.wait()
        except TimeoutError:
            # It only closed its output; what it said so far is all there is.
            pass
        last = next((line for line in reversed(self.said) if line.strip()), "")
        return f" Its last words: {last.strip()}" if last else ""

    async def _read_errors(self) -> None:
        pipe = self.process.stderr
        assert pipe is not None
        while piece := await pipe.read(4096):
            self.said.extend(piece.decode("utf-8", "replace").splitlines())

    def on_answer(self, message: dict[str, Json]) -> None:
        answer = self._waiting.get(message.get("id", 0))
        if answer is None or answer.done():
            return
        if "error" in message:
            fault = message["error"].get("message", "no reason given")
            answer.set_exception(ServerFault(f"The server answered with an error: {fault}."))
        else:
            answer.set_result(message.get("result"))

    def _end(self, fault: ServerFault) -> None:
        self._ended = fault
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(fault)
        self.on_notification(ENDED, None)


@asynccontextmanager
async def connect(
    command: Sequence[str] = SERVER,
    *,
    options: Mapping[str, Json] | None = None,
    on_notification: OnNotification = lambda method, params: None,
    environ: Mapping[str, str] | None = None,
) -> AsyncIterator[Editor]:
    """Start and initialize a server; stop it at the end in any case.

    ``options`` are the initialization options, ``environ`` additional variables. Raises
    ServerFault if it does not start.
    """
    # In a group of its own, or Ctrl-C would reach the server before it is told to stop.
    own_group: dict[str, Any] = (
        {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            limit=1 << 24,
            env={**os.environ, **(environ or {})},
            **own_group,
        )
    except OSError as fault:
        raise ServerFault(f"The server cannot be started: {fault.strerror}.") from fault
    editor = Editor(process, on_notification)
    readers = [asyncio.create_task(editor.read()), asyncio.create_task(editor._read_errors())]
    try:
        await _shake_hands(editor, options or {})
        yield editor
    finally:
        await _stop(editor, process)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)


async def _shake_hands(editor: Editor, options: Mapping[str, Json]) -> None:
    hello = {
        "processId": os.getpid(),
        "clientInfo": {"name": "foretype demo", "version": __version__},
        "rootUri": None,
        "capabilities": {
            "general": {"positionEncodings": ["utf-16"]},
            "textDocument": {
                "synchronization": {"dynamicRegistration": False},
                "inlineCompletion": {"dynamicRegistration": False},
            },
            "window": {"workDoneProgress": True},
        },
        "initializationOptions": dict(options),
    }
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            await editor.request("initialize", hello)
    except TimeoutError:
        raise ServerFault(
            f"The server did not answer within {START_TIMEOUT_S:.0f} seconds."
        ) from None
    editor.notify("initialized", {})


async def _stop(editor: Editor, process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await editor.request("shutdown")
            editor.notify("exit")
            await process.wait()
    except (TimeoutError, ServerFault):
        # It is made to end below.
        pass
    finally:
        if process.returncode is None:
            process.kill()
        # The transport's pipes are open as long as nobody has waited for the process.
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()


def to_position(document: Document, offset: int) -> dict[str, int]:
    """An offset as the protocol counts: lines from 0, and UTF-16 code units."""
    line = document.line_of(offset)
    before = document.text[document.line_start(line) : offset]
    return {"line": line, "character": len(before.encode("utf-16-le", "surrogatepass")) // 2}


def to_offset(document: Document, position: Mapping[str, int]) -> int:
    """The offset of a position that counts UTF-16 code units."""
    units = document.line(position["line"]).encode("utf-16-le", "surrogatepass")
    before = units[: 2 * position["character"]].decode("utf-16-le", "surrogatepass")
    return document.line_start(position["line"]) + len(before)


def _read_item(item: Json, cursor: Cursor) -> tuple[Edit, str, Json]:
    text = item["insertText"]
    if isinstance(text, dict):
        text = text["value"]
    start = end = cursor.offset
    if span := item.get("range"):
        start = to_offset(cursor.document, span["start"])
        end = to_offset(cursor.document, span["end"])
    command = item.get("command")
    first = ((command or {}).get("arguments") or [""])[0]
    return Edit(start, end, text), str(first), command


def _answer_to(message: dict[str, Json]) -> Json:
    if message["method"] == "workspace/configuration":
        return [None for _ in message["params"]["items"]]
    return None


def _content_length(header: bytes) -> int:
    for line in header.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("no length")
