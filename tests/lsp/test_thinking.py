"""A model that thinks for three seconds first: nobody waits for it or sees its thoughts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, eventually, running
from helpers.upstream_thread import Upstream

from foretype.upstream import tokenizer as tokens

THOUGHT = "\n".join(["The user wants a total.", "```python", "return thoughts", "```"] * 4)
PACE = {"first_ms": 50, "tokens_per_second": len(tokens.split(THOUGHT)) / 3}
URI = "file:///project/cart.py"
BODY = "    total = sum(item.price for item in items)\n    return round(total, 2)\n"
# The same twice, and begun once more: what the embedded engine is sure of.
CODE = f"def gross(items):\n{BODY}\n\ndef net(items):\n{BODY}\n\ndef paid(items):\n    total = sum("
END = {"line": 11, "character": len("    total = sum(")}


@contextmanager
def session(up: Upstream, local: str) -> Iterator[RawClient]:
    env = environment(FORETYPE_API_KEY="sk-fake-key-for-tests", FORETYPE_LEDGER=":memory:")
    with running(env=env) as client:
        client.initialize(
            capabilities={"textDocument": {"inlineCompletion": {}}},
            initializationOptions={
                "client": "vscode",
                "baseUrl": up.url,
                "model": "scripted",
                "completion": {"local": local, "headStart": False},
            },
        )
        open_document(client, "file:///project/warm.py", "warm = ")
        up.says("1")
        # The model's library is loaded by then.
        warm = "file:///project/warm.py"
        assert eventually(lambda: ask(client, warm, {"line": 0, "character": 7}) != [])
        yield client
        assert client.stop() == 0


def open_document(client: RawClient, uri: str, text: str) -> None:
    document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": document})


def ask(client: RawClient, uri: str = URI, at: dict[str, int] = END) -> list[str]:
    asked = {"textDocument": {"uri": uri}, "position": at, "context": {"triggerKind": 2}}
    answer = client.request("textDocument/inlineCompletion", asked)
    return [item["insertText"] for item in answer or []]


def statuses(client: RawClient) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = client.notifications("foretype/status")
    return [status for status in told if "reasons before it answers" in status["message"]]


@pytest.mark.parametrize(("local", "spelled"), [("off", "think"), ("fallback", "reasoning")])
def test_a_model_that_thinks_for_three_seconds(up: Upstream, local: str, spelled: str) -> None:
    with session(up, local) as client:
        up.says("len(items))", reasoning=THOUGHT, reasoning_as=spelled, **PACE)
        shown: list[list[str]] = []

        def is_said() -> bool:
            uri = f"file:///project/cart{len(shown)}.py"
            open_document(client, uri, CODE)
            n_asked = len(up.log.requests)
            shown.append(ask(client, uri, END))
            # Whoever asks is answered while the model still thinks.
            assert all(asked.ended is None for asked in up.log.requests[n_asked:])
            return bool(statuses(client))

        assert eventually(is_said)
        ask(client)
        assert len(up.log.requests) > 1
        assert not any("thought" in text or "```" in text for texts in shown for text in texts)
        if local == "off":
            assert not any(shown)
        else:
            assert shown[0] and shown[0][0].startswith("item.price for item in items")
        assert len({status["message"] for status in statuses(client)}) == 1
        assert client.notifications("foretype/status")[-1]["state"] == "error"
        told = [each["message"] for each in client.notifications("window/showMessage")]
        assert len([message for message in told if "reasons before it answers" in message]) == 1
