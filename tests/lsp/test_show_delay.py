"""``completion.show_delay_ms`` over the wire: it moves the deadline, and it counts from the key."""

from __future__ import annotations

import time

from helpers.rawclient import RawClient, environment, eventually, running

WARM = "file:///project/warm.py"
URI = "file:///project/cart.py"
BODY = "    total = sum(item.price for item in items)\n    return round(total, 2)\n"
# The same twice, and begun once more: what the embedded engine is sure of.
CODE = f"def gross(items):\n{BODY}\n\ndef net(items):\n{BODY}\n\ndef paid(items):\n    total = sum"
END = {"line": 11, "character": len("    total = sum")}
DELAY_MS = 900


def ask(client: RawClient, uri: str) -> list[str]:
    position = {"line": END["line"], "character": END["character"] + 1}
    asked = {"textDocument": {"uri": uri}, "position": position, "context": {"triggerKind": 2}}
    answer = client.request("textDocument/inlineCompletion", asked)
    return [item["insertText"] for item in answer or []]


def test_nothing_appears_before_the_delay_is_over_and_then_it_does() -> None:
    chosen = {"local": "only", "showDelayMs": DELAY_MS}
    with running(env=environment()) as client:
        client.initialize(
            capabilities={"textDocument": {"inlineCompletion": {}}},
            initializationOptions={"completion": chosen},
        )
        for uri, text in ((WARM, f"{CODE}("), (URI, CODE)):
            document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
            client.notify("textDocument/didOpen", {"textDocument": document})
        # The server has loaded what it needs by then.
        assert eventually(lambda: ask(client, WARM) != [])
        key = time.monotonic()
        typed = {"range": {"start": END, "end": END}, "text": "("}
        versioned = {"uri": URI, "version": 2}
        client.notify(
            "textDocument/didChange", {"textDocument": versioned, "contentChanges": [typed]}
        )
        (text,) = ask(client, URI)
        assert text.startswith("item.price")
        assert time.monotonic() - key >= DELAY_MS / 1000 - 0.01
        assert client.stop() == 0
