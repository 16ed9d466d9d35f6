"""Neovim's completion plugins before the menu, as their documentation says that they behave.

nvim-cmp and blink.cmp keep what is typed on in step with an answer that has come: an entry stays
while what stands from its range's start to the cursor begins its filter text, and the range's end
moves along with the cursor. Since the list is incomplete, both ask again at each key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, running
from helpers.upstream_thread import Upstream

RECORDED = Path(__file__).parent / "clients" / "neovim-0.12.4.initialize.json"
ABOVE = "def total(prices):\n    return "
INVOKED, TYPED, INCOMPLETE = 1, 2, 3


@pytest.fixture(scope="module")
def client(up: Upstream) -> Iterator[RawClient]:
    params = json.loads(RECORDED.read_text("utf-8"))
    completion = {"menu": "on", "local": "off"}
    params["initializationOptions"] = {
        "baseUrl": up.url,
        "model": "scripted",
        "completion": completion,
    }
    with running(env=environment(FORETYPE_LOG="info")) as started:
        started.initialize(**params)
        started.wait(lambda: b"is warm" in started.errors)
        yield started
        assert started.stop() == 0


@dataclass
class Plugin:
    """A file's last line, what of a list is shown there, and what accepting an entry does."""

    client: RawClient
    uri: str
    line: str
    after: str = ""
    version: int = 1
    asked_at: int = 0
    items: tuple[dict[str, Any], ...] = ()

    def open(self) -> None:
        document = {"uri": self.uri, "languageId": "python", "version": 1, "text": self.text}
        self.client.notify("textDocument/didOpen", {"textDocument": document})

    @property
    def text(self) -> str:
        return f"{ABOVE}{self.line}{self.after}\n"

    def type(self, typed: str, *, closes: str = "") -> None:
        """Type something; a plugin that closes brackets adds what closes them."""
        self.line += typed
        self.after = closes + self.after
        self.version += 1
        changed = {
            "textDocument": {"uri": self.uri, "version": self.version},
            "contentChanges": [{"text": self.text}],
        }
        self.client.notify("textDocument/didChange", changed)

    def ask(self, kind: int) -> None:
        self.asked_at = len("    return ") + len(self.line)
        params = {
            "textDocument": {"uri": self.uri},
            "position": {"line": 1, "character": self.asked_at},
            "context": {"triggerKind": kind},
        }
        answer = self.client.request("textDocument/completion", params)
        assert answer["isIncomplete"]
        self.items = tuple(answer["items"])

    def shown(self) -> list[dict[str, Any]]:
        """The entries that what was typed since has left."""
        whole = f"    return {self.line}"
        return [
            item
            for item in self.items
            if item["filterText"].startswith(
                whole[item["textEdit"]["range"]["start"]["character"] :]
            )
        ]

    def accepted(self) -> str:
        """The line after the only entry was accepted."""
        (item,) = self.shown()
        edit, whole = item["textEdit"], f"    return {self.line}{self.after}"
        moved = len("    return ") + len(self.line) - self.asked_at
        end = edit["range"]["end"]["character"] + moved
        start = edit["range"]["start"]["character"]
        return str(whole[:start] + edit["newText"] + whole[end:]).strip()


@pytest.fixture
def plugin(client: RawClient, up: Upstream, request: pytest.FixtureRequest) -> Plugin:
    up.says(truth={"a.py": f"{ABOVE}sum(prices)\n"})
    made = Plugin(client, f"file:///home/user/project/{abs(hash(request.node.name))}.py", "")
    made.open()
    return made


@pytest.mark.parametrize("asks_again", [True, False])
@pytest.mark.parametrize("typed", ["", "m", "m(", "m(pri"])
def test_an_entry_is_right_however_far_it_was_typed(
    plugin: Plugin, typed: str, asks_again: bool
) -> None:
    plugin.type("su")
    plugin.ask(INVOKED)
    for key in typed:
        plugin.type(key)
        if asks_again:
            plugin.ask(INCOMPLETE)
    assert plugin.accepted() == "return sum(prices)"


def test_a_bracket_that_was_closed_meanwhile_is_not_closed_twice(plugin: Plugin) -> None:
    plugin.type("sum")
    plugin.ask(INVOKED)
    plugin.type("(", closes=")")
    plugin.ask(TYPED)
    assert plugin.accepted() == "return sum(prices)"


def test_what_contradicts_the_entry_takes_it_away(plugin: Plugin) -> None:
    plugin.type("su")
    plugin.ask(INVOKED)
    plugin.type("x")
    assert plugin.shown() == []
