"""A model that begins long after the deadline: its text is announced, and asked for once."""

from __future__ import annotations

import pytest
from helpers.rawclient import RawClient, environment, eventually, running
from helpers.upstream_thread import Upstream

WARM = "file:///project/warm.py"
URI = "file:///project/cart.py"
BODY = "    total = sum(item.price for item in items)\n    return round(total, 2)\n"
# The same twice, and begun once more: what the embedded engine is sure of.
CODE = f"def gross(items):\n{BODY}\n\ndef net(items):\n{BODY}\n\ndef paid(items):\n    total = sum("
END = {"line": 11, "character": len("    total = sum(")}


def ask(client: RawClient, uri: str, at: dict[str, int]) -> list[str]:
    asked = {"textDocument": {"uri": uri}, "position": at, "context": {"triggerKind": 2}}
    answer = client.request("textDocument/inlineCompletion", asked)
    return [item["insertText"] for item in answer or []]


def open_document(client: RawClient, uri: str, text: str) -> None:
    document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": document})


@pytest.mark.parametrize("local", ["off", "fallback"])
def test_text_that_comes_late_is_announced_and_replaces_the_embedded_engine_s_once(
    up: Upstream, local: str
) -> None:
    env = environment(FORETYPE_API_KEY="sk-fake-key-for-tests", FORETYPE_LEDGER=":memory:")
    with running(env=env) as client:
        client.initialize(
            capabilities={"textDocument": {"inlineCompletion": {}}},
            initializationOptions={
                "client": "vscode",
                "notifyLate": True,
                "baseUrl": up.url,
                "model": "scripted",
                "completion": {"local": local, "headStart": False},
            },
        )
        up.says("1")
        open_document(client, WARM, "warm = ")
        # The model's library is loaded by then.
        assert eventually(lambda: ask(client, WARM, {"line": 0, "character": 7}) != [])
        up.says("max(items))\n", hold=True)
        open_document(client, URI, CODE)
        guessed = ask(client, URI, END)
        assert [text.startswith("item.price") for text in guessed] == [True] * (local != "off")
        assert ask(client, URI, END) == guessed
        why = client.request("workspace/executeCommand", {"command": "foretype.why"})
        assert why["source"] == ("local" if local != "off" else None)
        assert len(up.log.requests) == 1
        up.says("pass")
        # On a busy machine the text that warms up may be late and announced as well.
        [ready] = client.wait(
            lambda: [
                each
                for each in client.notifications("foretype/suggestionReady")
                if each["uri"] == URI
            ]
        )
        assert ready == {"uri": URI, "version": 1, "replaces": local != "off"}
        assert ask(client, URI, END) == ["max(items))"]
        assert ask(client, URI, END) == ["max(items))"]
        assert not up.log.requests
        assert client.stop() == 0
