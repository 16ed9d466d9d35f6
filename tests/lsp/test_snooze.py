"""Snoozing: nothing by itself for as long as the user chose, and what is asked for all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, eventually, running

URI = "file:///project/cart.py"
BODY = "    total = sum(item.price for item in items)\n    return round(total, 2)\n"
# The same twice, and begun once more: what the embedded engine is sure of.
CODE = f"def gross(items):\n{BODY}\n\ndef net(items):\n{BODY}\n\ndef paid(items):\n    total = sum("
END = {"line": 11, "character": len("    total = sum(")}
AUTOMATIC, INVOKED = 2, 1


@pytest.fixture
def client() -> Iterator[RawClient]:
    with running(env=environment()) as started:
        started.initialize(
            capabilities={"textDocument": {"inlineCompletion": {}}},
            initializationOptions={"client": "vscode", "completion": {"local": "only"}},
        )
        document = {"uri": URI, "languageId": "python", "version": 1, "text": CODE}
        started.notify("textDocument/didOpen", {"textDocument": document})
        assert eventually(lambda: shows(started, AUTOMATIC))
        yield started
        assert started.stop() == 0


def shows(client: RawClient, trigger: int) -> bool:
    asked = {"textDocument": {"uri": URI}, "position": END, "context": {"triggerKind": trigger}}
    return bool(client.request("textDocument/inlineCompletion", asked))


def run(client: RawClient, command: str, *arguments: Any) -> Any:
    params = {"command": command, "arguments": arguments}
    return client.request("workspace/executeCommand", params)


def status(client: RawClient) -> tuple[str, str]:
    last = client.notifications("foretype/status")[-1]
    return last["state"], last["message"]


def test_a_snooze_ends_by_itself(client: RawClient) -> None:
    until = run(client, "foretype.snooze", {"minutes": 0.01})["until"]
    assert ("off", f"Snoozed until {until}.") in [
        (each["state"], each["message"]) for each in client.notifications("foretype/status")
    ]
    assert eventually(lambda: shows(client, AUTOMATIC))
    assert status(client)[0] != "off"


def test_what_is_asked_for_comes_all_the_same(client: RawClient) -> None:
    assert run(client, "foretype.snooze")["message"].startswith("snoozed until ")
    assert not shows(client, AUTOMATIC)
    assert shows(client, INVOKED)


@pytest.mark.parametrize("command", ["foretype.snooze", "foretype.toggle"])
def test_a_snooze_is_ended_by_hand(command: str, client: RawClient) -> None:
    run(client, "foretype.snooze", {"minutes": 60})
    assert not shows(client, AUTOMATIC)
    run(client, command, {"minutes": 0} if command == "foretype.snooze" else {})
    assert shows(client, AUTOMATIC)
    assert status(client)[0] != "off"


@pytest.mark.parametrize("minutes", [-1, 1441, "ten", True, None, [5]])
def test_a_time_that_is_none_is_named(minutes: Any, client: RawClient) -> None:
    params = {"command": "foretype.snooze", "arguments": [{"minutes": minutes}]}
    answer = client.answer(client.ask("workspace/executeCommand", params))
    assert "minutes is a number from 0 to 1,440" in answer["error"]["message"]
    assert shows(client, AUTOMATIC)
