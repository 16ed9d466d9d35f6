"""Who types while the server starts sees a suggestion all the same, without another key."""

from __future__ import annotations

from typing import Any

from helpers.rawclient import RawClient, environment, eventually, running

URI = "file:///project/cart.py"
BODY = "    total = sum(item.price for item in items)\n    return round(total, 2)\n"
# The same twice, and begun once more: what the embedded engine is sure of.
CODE = f"def gross(items):\n{BODY}\n\ndef net(items):\n{BODY}\n\ndef paid(items):\n    total = sum("
AT = {"line": 11, "character": len("    total = sum(")}
READY = "foretype/suggestionReady"


def asked(client: RawClient) -> Any:
    params = {"textDocument": {"uri": URI}, "position": AT, "context": {"triggerKind": 2}}
    return client.request("textDocument/inlineCompletion", params)


def start(client: RawClient, **options: Any) -> None:
    """Introduce the client, open a file and ask at once, before anything is set up."""
    client.initialize(
        capabilities={"textDocument": {"inlineCompletion": {}}},
        initializationOptions={"client": "neovim", "completion": {"local": "only"}, **options},
    )
    document = {"uri": URI, "languageId": "python", "version": 1, "text": CODE}
    client.notify("textDocument/didOpen", {"textDocument": document})
    asked(client)


def test_the_client_is_told_to_ask_again_once_the_server_is_ready() -> None:
    with running(env=environment()) as client:
        start(client, notifyLate=True)
        assert client.notified(READY) == {"uri": URI, "version": 1, "replaces": False}
        assert eventually(lambda: asked(client))
        assert len(client.notifications(READY)) == 1
        assert client.stop() == 0


def test_a_client_that_takes_no_late_text_is_told_nothing() -> None:
    with running(env=environment()) as client:
        start(client)
        assert eventually(lambda: asked(client))
        assert client.notifications(READY) == []
        assert client.stop() == 0
