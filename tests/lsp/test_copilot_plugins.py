"""Plugins for Copilot's language server, as a raw client that sends what each of them sends.

It stands in for the plugins themselves, which no package registry has. One test for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpers.rawclient import SERVER, RawClient, environment, eventually, running
from helpers.upstream_thread import Upstream

SHOP = 'log.warn("a")\nlog.warn("b")\n\n\nlog.warn("c")\nlog.warn("d")\n'
ACCEPT = "github.copilot.didAcceptCompletionItem"
SIGNED_IN = {"status": "OK", "user": "foretype"}


def options(name: str) -> dict[str, Any]:
    return {
        "editorInfo": {"name": "Neovim", "version": "0.12.0"},
        "editorPluginInfo": {"name": name, "version": "1.0"},
    }


class Plugin:
    """One document in a client that is a plugin for Copilot's server."""

    def __init__(self, client: RawClient, folder: Path, given: dict[str, Any]) -> None:
        self.client = client
        client.initialize(
            capabilities={"workspace": {"workspaceFolders": True}},
            initializationOptions=given,
            workspaceFolders=[{"uri": folder.as_uri(), "name": "shop"}],
        )
        self.uri = (folder / "shop.py").as_uri()
        self.version, self.text = 1, SHOP
        item = {"uri": self.uri, "languageId": "python", "version": 1, "text": SHOP}
        client.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, line: int, start: int, end: int, text: str) -> None:
        self.version += 1
        place = {
            "start": {"line": line, "character": start},
            "end": {"line": line, "character": end},
        }
        self._send([{"range": place, "text": text}])

    def replace_all(self, text: str) -> None:
        """As cursortab does before each request: everything, to a line that there is not, and
        with the same version."""
        place = {
            "start": {"line": 0, "character": 0},
            "end": {"line": 2147483647, "character": 0},
        }
        self._send([{"range": place, "text": text}])

    def _send(self, changes: list[dict[str, Any]]) -> None:
        self.client.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": self.uri, "version": self.version},
                "contentChanges": changes,
            },
        )

    def change_two(self) -> None:
        self.change(0, 4, 8, "error")
        self.change(1, 4, 8, "error")

    def ask(self, **more: Any) -> Any:
        return self.client.request(
            "textDocument/copilotInlineEdit",
            {
                "textDocument": {"uri": self.uri, "version": self.version},
                "position": {"line": 1, "character": 9},
                **more,
            },
        )

    def complaints(self) -> list[str]:
        """Messages about settings that are none of ours."""
        kinds = ("window/showMessage", "window/showMessageRequest")
        shown = [str(m["params"]) for m in self.client.messages if m.get("method") in kinds]
        return [message for message in shown if "setting" in message]


@contextmanager
def plugin(
    folder: Path, name: str, *, command: tuple[str, ...] = SERVER, **more: Any
) -> Iterator[Plugin]:
    env = environment(**more)
    with running(*command, env=env) as client:
        yield Plugin(client, folder, options(name) if name else {})


def test_sidekick(tmp_path: Path) -> None:
    with plugin(tmp_path, "sidekick.nvim") as editor:
        editor.client.notify("textDocument/didFocus", {"textDocument": {"uri": editor.uri}})
        status = editor.client.notified("didChangeStatus")
        assert status == {"busy": False, "message": "", "kind": "Normal"}
        assert editor.ask(context={"triggerKind": 2}) == {"edits": []}
        editor.change_two()
        (edit,) = editor.ask(context={"triggerKind": 2})["edits"]
        assert edit["text"] == 'log.error("c")\n'
        assert edit["textDocument"] == {"uri": editor.uri, "version": editor.version}
        # It applies all that it is given, then runs the command.
        editor.change(4, 4, 8, "error")
        command = {key: edit["command"][key] for key in ("command", "arguments")}
        assert command["command"] == ACCEPT
        editor.client.request("workspace/executeCommand", command)
        (edit,) = editor.ask(context={"triggerKind": 2})["edits"]
        assert edit["text"] == 'log.error("d")\n'
        editor.client.notify("textDocument/didFocus", {})
        assert editor.complaints() == []


def test_copilot_lsp(tmp_path: Path) -> None:
    """It takes a null for a fault, and sends nothing once an edit is accepted."""
    with plugin(tmp_path, "copilot.lua") as editor:
        assert editor.ask() == {"edits": []}
        editor.change_two()
        (edit,) = editor.ask()["edits"]
        editor.client.notify(
            "textDocument/didShowInlineEdit", {"item": {"command": edit["command"]}}
        )
        editor.change(4, 4, 8, "error")
        (edit,) = editor.ask()["edits"]
        assert edit["text"] == 'log.error("d")\n'
        signed = editor.client.request("signIn", {})
        assert signed["status"] == "AlreadySignedIn"
        assert editor.client.request("signOut", {})["status"] == "NotSignedIn"


def test_copilot_lua(up: Upstream, tmp_path: Path) -> None:
    """It asks for ghost text in the older way, and adds `_` to each request."""
    up.says("(total)")
    with plugin(
        tmp_path,
        "copilot.lua",
        FORETYPE_API_KEY="sk-fake-key-for-tests",
        FORETYPE_BASE_URL=up.url,
        FORETYPE_MODEL="scripted",
        FORETYPE_LEDGER=":memory:",
    ) as editor:
        ask = editor.client.request
        assert ask("checkStatus", {"options": {"localChecksOnly": True}, "_": True}) == SIGNED_IN
        assert ask("setEditorInfo", {"editorInfo": {}, "_": True}) == "OK"
        assert "version" in ask("getVersion", {"_": True})
        assert ask("copilot/models", {"_": True}) == []
        assert ask("signInInitiate", {"_": True})["status"] == "AlreadySignedIn"
        assert ask("signInConfirm", {"userCode": "x", "_": True}) == SIGNED_IN
        editor.client.notify("$/setTrace", {"value": "off"})
        editor.client.notify(
            "workspace/didChangeConfiguration",
            {"settings": {"http": {}, "telemetry": {}, "github-enterprise": {"uri": ""}}},
        )
        editor.change(2, 0, 0, "print")
        params = {
            "doc": {
                "uri": editor.uri,
                "version": editor.version,
                "position": {"line": 2, "character": 5},
                "insertSpaces": True,
                "tabSize": 4,
                "relativePath": "shop.py",
            },
            "_": True,
        }
        found: list[dict[str, Any]] = []

        def answers() -> bool:
            found[:] = ask("getCompletionsCycling", params)["completions"]
            return bool(found)

        eventually(answers)
        (item,) = found
        assert item["displayText"].startswith("(total)")
        assert item["text"] == "print" + item["displayText"]
        assert item["range"]["start"] == {"line": 2, "character": 0}
        assert item["docVersion"] == editor.version
        assert ask("notifyShown", {"uuid": item["uuid"], "_": True}) == "OK"
        assert ask("notifyAccepted", {"uuid": item["uuid"], "_": True}) == "OK"
        assert ask("notifyRejected", {"uuids": [item["uuid"]], "_": True}) == "OK"
        unknown = {"doc": {"uri": "file:///nowhere", "position": {}}, "_": True}
        assert ask("getCompletions", unknown) == {"completions": []}
        assert editor.complaints() == []


def test_copilot_el(tmp_path: Path) -> None:
    """It runs the command of an accepted edit as a notification, and compares versions."""
    with plugin(tmp_path, "copilot.el") as editor:
        assert editor.client.request("checkStatus", {}) == SIGNED_IN
        editor.change_two()
        (edit,) = editor.ask()["edits"]
        assert edit["textDocument"] == {"uri": editor.uri, "version": editor.version}
        editor.client.notify(
            "textDocument/didShowInlineEdit", {"item": {"command": edit["command"]}}
        )
        editor.change(4, 4, 8, "error")
        editor.client.notify("workspace/executeCommand", edit["command"])
        (edit,) = editor.ask()["edits"]
        assert edit["text"] == 'log.error("d")\n'
        assert not [m for m in editor.client.messages if "error" in m]


def test_cursortab(tmp_path: Path) -> None:
    with plugin(tmp_path, "cursortab") as editor:
        editor.client.notify("textDocument/didFocus", {"textDocument": {"uri": editor.uri}})
        once = SHOP.replace("warn", "error", 1)
        editor.replace_all(once)
        assert editor.ask() == {"edits": []}
        editor.replace_all(once.replace("warn", "error", 1))
        (edit,) = editor.ask()["edits"]
        assert edit["range"]["start"] == {"line": 4, "character": 0}
        assert edit["text"] == 'log.error("c")\n'


def test_a_client_that_does_not_say_what_it_is(tmp_path: Path) -> None:
    with plugin(tmp_path, "", command=(*SERVER, "--copilot")) as editor:
        answer = editor.client.answer(editor.client.ask("checkStatus", {}))
        assert answer.get("result") == SIGNED_IN, editor.client.errors


def test_other_clients_are_not_told_of_a_sign_in(tmp_path: Path) -> None:
    with plugin(tmp_path, "") as editor:
        answer = editor.client.answer(editor.client.ask("checkStatus", {}))
        assert answer["error"]["code"] == -32601
