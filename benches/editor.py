"""A minimal editor: opens documents in a server, types at one place, asks, and waits."""

from __future__ import annotations

import asyncio
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from benches.processes import command, environment, initialize_params
from benches.rpc import Asked, Connection

WARM_S = 4.0
"""Time for a server to load what it loads after ``initialized``."""


class Editor:
    """A server process and one document at a time in it, the cursor in the middle."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.uri = ""
        self.line = 0
        self.character = 0
        self._version = 0

    @classmethod
    async def start(
        cls,
        server: str,
        url: str = "http://127.0.0.1:9/v1",
        *,
        client: str = "vscode",
        options: Mapping[str, Any] | None = None,
        more: Mapping[str, str] | None = None,
        warm_s: float = WARM_S,
    ) -> Editor:
        """Start a server and wait until it has warmed up; ``more`` is added to its environment."""
        connection = await Connection.open(command(server), environment(url) | dict(more or {}))
        options = options if options is not None else {"completion": {"local": "off"}}
        await connection.call("initialize", initialize_params(client, options))
        connection.notify("initialized", {})
        await asyncio.sleep(warm_s)
        return cls(connection)

    def open(self, lines: Sequence[str], name: str = "a.py") -> None:
        """Open a document, the cursor on an empty line in its middle."""
        self.line, self.character, self._version = len(lines) // 2, 0, 1
        text = "\n".join([*lines[: self.line], "", *lines[self.line :]]) + "\n"
        self.uri = f"file:///bench/{len(lines)}/{name}"
        document = {"uri": self.uri, "languageId": "python", "version": 1, "text": text}
        self.connection.notify("textDocument/didOpen", {"textDocument": document})

    def type(self, text: str) -> None:
        """Insert a text at the cursor, as one change."""
        self._version += 1
        self.connection.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": self.uri, "version": self._version},
                "contentChanges": [{"range": self._here(), "text": text}],
            },
        )
        self.line += text.count("\n")
        self.character = len(text) - text.rfind("\n") - 1 + ("\n" not in text) * self.character

    def ask(self, *, invoked: bool = False) -> Asked:
        """Ask for ghost text at the cursor."""
        params = {
            "textDocument": {"uri": self.uri},
            "position": self._here()["start"],
            "context": {"triggerKind": 1 if invoked else 2},
        }
        return self.connection.ask("textDocument/inlineCompletion", params)

    async def answer(self, *, invoked: bool = False) -> Asked:
        """Ask, and wait for the answer."""
        asked = self.ask(invoked=invoked)
        await asyncio.wait_for(asked.answered.wait(), 30)
        return asked

    def close_document(self) -> None:
        self.connection.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})

    def rss_mb(self) -> float:
        return float(psutil.Process(self.connection.process.pid).memory_info().rss / 2**20)

    async def close(self) -> None:
        await self.connection.close()

    def _here(self) -> dict[str, dict[str, int]]:
        at = {"line": self.line, "character": self.character}
        return {"start": at, "end": at}


def lines_of_code(n: int) -> list[str]:
    """So many lines of the standard library."""
    text = Path(sysconfig.get_paths()["stdlib"], "argparse.py").read_text(encoding="utf-8")
    lines = text.splitlines()
    return (lines * (n // len(lines) + 1))[:n]


def shown(asked: Asked) -> str:
    """The text of the first suggestion; empty for none."""
    items = asked.result.get("items") if isinstance(asked.result, dict) else asked.result
    return str(items[0]["insertText"]) if items else ""
