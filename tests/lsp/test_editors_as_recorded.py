"""The server before each editor's own initialize parameters, as they were recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, eventually, running
from helpers.upstream_thread import Upstream

RECORDED = Path(__file__).parent / "clients"
BLOCK = "if a:\n        return b\n    return c"
WITH_GHOST_TEXT = ("coc.nvim-nvim", "emacs28.2-lsp-mode-10.0.0", "emacs30.1-lsp-mode-10.0.0",
                   "neovim-0.12.4", "vscode-codeserver-4.139.1-languageclient-11.0.0")  # fmt: skip
WITH_MENU = ("emacs28-eglot-1.9", "emacs30.1-eglot", "helix-25.07.1")


def start(client: RawClient, name: str, up: Upstream, **options: Any) -> Any:
    params = json.loads((RECORDED / f"{name}.initialize.json").read_text("utf-8"))
    given = {"baseUrl": up.url, "model": "scripted", **options}
    params["initializationOptions"] = given
    result = client.initialize(**params)
    # The libraries are loaded once this is answered; a first request would come too early.
    client.wait(lambda: b"is warm" in client.errors)
    return result["capabilities"]


def open_file(client: RawClient, text: str, uri: str = "file:///home/user/project/a.py") -> str:
    document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": document})
    return uri


@pytest.mark.parametrize("name", WITH_GHOST_TEXT)
def test_editors_with_ghost_text_get_ghost_text_and_no_menu(name: str, up: Upstream) -> None:
    up.says("return a + b")
    with running(env=environment(FORETYPE_LOG="info")) as client:
        # What an editor gets is seen here, and not how soon on a busy machine.
        capabilities = start(client, name, up, completion={"deadlineMs": 10_000})
        assert capabilities["inlineCompletionProvider"] == {}
        assert "completionProvider" not in capabilities
        uri = open_file(client, "def add(a, b):\n    ")
        params = {
            "textDocument": {"uri": uri},
            "position": {"line": 1, "character": 4},
            "context": {"triggerKind": 2},
        }
        (item,) = client.request("textDocument/inlineCompletion", params)
        assert item["insertText"] == "return a + b"
        assert client.stop() == 0
        assert client.strays == b""


@pytest.mark.parametrize("name", WITH_MENU)
def test_editors_without_ghost_text_get_a_menu(name: str, up: Upstream) -> None:
    up.says(BLOCK)
    with running(env=environment(FORETYPE_LOG="info")) as client:
        capabilities = start(client, name, up)
        assert "inlineCompletionProvider" not in capabilities
        assert "." in capabilities["completionProvider"]["triggerCharacters"]
        uri = open_file(client, "def f(a, b, c):\n    i\n\n\nf(1, 2, 3)\n")
        up.says("f a:\n        b()\n        return c")
        params = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 5}}
        menu = client.request("textDocument/completion", params)
        assert menu["isIncomplete"]
        (item,) = menu["items"]
        assert item["label"] == item["filterText"] == "if a:"
        assert item["sortText"] > "zzz"
        edit = item["textEdit"]
        assert edit["range"] == {
            "start": {"line": 1, "character": 4},
            "end": {"line": 1, "character": 5},
        }
        assert edit["newText"] == "if a:\n        b()\n        return c"
        assert item["documentation"]["value"].startswith("```python\nif a:\n    b()\n")
        assert item["command"]["command"] == "foretype.accepted"
        client.request("workspace/executeCommand", item["command"])


def test_the_menu_can_be_had_beside_ghost_text_and_be_done_without(up: Upstream) -> None:
    name = WITH_GHOST_TEXT[-1]
    with running(env=environment(FORETYPE_LOG="info")) as client:
        capabilities = start(client, name, up, completion={"menu": "on"})
        assert "completionProvider" in capabilities and "inlineCompletionProvider" in capabilities
    with running(env=environment(FORETYPE_LOG="info")) as client:
        capabilities = start(client, WITH_MENU[-1], up, completion={"menu": "off"})
        assert "completionProvider" not in capabilities


def test_a_menu_asked_for_in_the_users_file_is_registered_late(
    up: Upstream, tmp_path: Path
) -> None:
    file = tmp_path / "foretype.toml"
    file.write_text('[completion]\nmenu = "on"\n', "utf-8")
    with running(env=environment(FORETYPE_CONFIG=str(file), FORETYPE_LOG="info")) as client:
        start(client, "vscode-codeserver-4.139.1-languageclient-11.0.0", up)
        registered = client.wait(lambda: registrations(client, "textDocument/completion"))
        assert "." in registered[0]["registerOptions"]["triggerCharacters"]


def registrations(client: RawClient, method: str) -> list[Any]:
    asked = client.notifications("client/registerCapability")
    found = [one for params in asked for one in params["registrations"]]
    return [one for one in found if one["method"] == method]


def test_changed_settings_of_the_workspace_are_followed(up: Upstream) -> None:
    told: list[Any] = [{"completion": {"enabled": False}, "baseUrl": "http://elsewhere.invalid"}]
    with running(env=environment(FORETYPE_LOG="info")) as client:
        client.answer_to = lambda request: told if "items" in request["params"] else None
        start(client, "vscode-codeserver-4.139.1-languageclient-11.0.0", up)
        (registered,) = client.wait(
            lambda: registrations(client, "workspace/didChangeConfiguration")
        )
        assert registered["registerOptions"] == {"section": "foretype"}
        # A workspace cannot name an endpoint: one message says so, and the rest applies.
        assert "baseUrl" in client.notified("window/showMessage")["message"]
        uri = open_file(client, "def add(a, b):\n    ")
        params = {
            "textDocument": {"uri": uri},
            "position": {"line": 1, "character": 4},
            "context": {"triggerKind": 2},
        }
        up.says("return a + b")
        assert client.request("textDocument/inlineCompletion", params) == []
        assert not up.log.requests
        told[0] = {"completion": {"enabled": True}}
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.wait(lambda: len(client.notifications("workspace/configuration")) >= 2)
        client.settle()
        client.settle()
        assert client.wait(lambda: client.request("textDocument/inlineCompletion", params))


def test_settings_that_do_not_exist_are_named_in_one_message(up: Upstream) -> None:
    with running(env=environment(FORETYPE_LOG="info")) as client:
        start(client, "neovim-0.12.4", up, completion={"deadlinMs": 300, "multiline": "all"})
        message = client.notified("window/showMessage")["message"]
        assert "deadlinMs" in message and "deadlineMs" in message and "multiline" in message
        client.notified("foretype/status")
        assert len(client.notifications("window/showMessage")) == 1


def test_the_embedded_engine_serves_without_a_key_and_says_so_once() -> None:
    line = "    logger.warning('could not load', name)\n"
    text = f"def one(name):\n{line}\ndef two(name):\n{line}\ndef three(name):\n    logger.war"
    with running(env=environment(FORETYPE_LOG="info")) as client:
        client.initialize(capabilities={"textDocument": {"inlineCompletion": None}})
        uri = open_file(client, text)
        params = {
            "textDocument": {"uri": uri},
            "position": {"line": 7, "character": 14},
            "context": {"triggerKind": 2},
        }
        status = client.notified("foretype/status")
        assert (status["state"], status["provider"], status["model"]) == ("embedded", "", "")
        # On a busy machine the first questions may be asked before the engine has read the file.
        assert eventually(lambda: bool(client.request("textDocument/inlineCompletion", params)))
        (item,) = client.request("textDocument/inlineCompletion", params)
        assert item["insertText"].startswith("ning")
        client.notified("window/showMessage")
        client.request("textDocument/inlineCompletion", params)
        assert len(client.notifications("window/showMessage")) == 1


def test_editors_that_complain_of_unknown_notifications_get_none(up: Upstream) -> None:
    with running(env=environment(FORETYPE_LOG="info")) as client:
        start(client, "helix-25.07.1", up)
        uri = open_file(client, "x = ")
        params = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 4}}
        client.request("textDocument/completion", params)
        assert not client.notifications("foretype/status")


def test_a_key_that_is_refused_is_said_once_where_nothing_shows_the_status(up: Upstream) -> None:
    up.says(fault="401")
    with running(
        env=environment(FORETYPE_API_KEY="sk-fake-key-for-tests-0123456789", FORETYPE_LOG="info")
    ) as client:
        start(client, "helix-25.07.1", up)
        uri = open_file(client, "x = ")
        params = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 4}}
        for _ in range(3):
            client.request("textDocument/completion", params)
        message = client.notified("window/showMessage")["message"]
        assert "key" in message and "sk-fake" not in message
        assert len(client.notifications("window/showMessage")) == 1


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 9), ("utf-16", 6), ("utf-32", 5)])
def test_positions_are_counted_as_agreed(up: Upstream, encoding: str, character: int) -> None:
    up.says("1")
    with running(env=environment(FORETYPE_LOG="info")) as client:
        capabilities = client.initialize(
            capabilities={
                "general": {"positionEncodings": [encoding]},
                "textDocument": {"inlineCompletion": {}},
            },
            initializationOptions={"baseUrl": up.url, "model": "scripted"},
        )["capabilities"]
        assert capabilities["positionEncoding"] == encoding
        client.notified("foretype/status")
        uri = open_file(client, "é🎉 = ")
        start_of_line = {"line": 0, "character": character}
        change = {
            "textDocument": {"uri": uri, "version": 2},
            "contentChanges": [{"range": {"start": start_of_line, "end": start_of_line},
                                "text": "2 + "}],
        }  # fmt: skip
        client.notify("textDocument/didChange", change)
        params = {
            "textDocument": {"uri": uri},
            "position": {"line": 0, "character": character + 4},
            "context": {"triggerKind": 1},
        }
        (item,) = client.request("textDocument/inlineCompletion", params)
        assert item["range"]["start"] == params["position"]
        body = up.log.requests[-1].body
        assert "é🎉 = 2 + <|cursor" in body["messages"][-1]["content"]
