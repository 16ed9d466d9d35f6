"""What a session spends, end to end: counted, written, told, and refused once there is no more."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, eventually, running
from helpers.upstream_thread import Upstream

NUMBERS = itertools.count()
CODE = "def one():\n    "


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite3"


@contextmanager
def session(up: Upstream, ledger: Path | str, **options: Any) -> Iterator[RawClient]:
    """A server with its model warm, shut down in the end."""
    completion = {"local": "off", "debounceMs": 0, **options.pop("completion", {})}
    env = environment(FORETYPE_API_KEY="sk-fake-key-for-tests", FORETYPE_LEDGER=str(ledger))
    with running(env=env) as client:
        client.initialize(
            capabilities={
                "textDocument": {"inlineCompletion": {}},
                "workspace": {"applyEdit": True},
            },
            initializationOptions={
                "client": "vscode",
                "baseUrl": up.url,
                "model": "scripted",
                "completion": completion,
                **options,
            },
        )
        # A model whose library is still being loaded is asked a second time.
        client.wait(lambda: [s for s in client.notifications("foretype/status") if s["state"]])
        assert eventually(lambda: "today" in stats(client))
        yield client
        assert client.stop() == 0


def stats(client: RawClient) -> dict[str, Any]:
    told: dict[str, Any] = client.request("workspace/executeCommand", {"command": "foretype.stats"})
    return told


def counted(client: RawClient, n_requests: int) -> None:
    """Wait until so many requests of today are entered."""
    assert eventually(lambda: stats(client)["model_requests"] == n_requests), str(stats(client))


def ask(client: RawClient, *, trigger: int = 1) -> Any:
    uri = f"file:///project/spent{next(NUMBERS)}.py"
    document = {"uri": uri, "languageId": "python", "version": 1, "text": CODE}
    client.notify("textDocument/didOpen", {"textDocument": document})
    answer = client.request(
        "textDocument/inlineCompletion",
        {
            "textDocument": {"uri": uri},
            "position": {"line": 1, "character": 4},
            "context": {"triggerKind": trigger},
        },
    )
    return answer and [item["insertText"] for item in answer]


def why(client: RawClient) -> Any:
    return client.request("workspace/executeCommand", {"command": "foretype.why"})


def messages(client: RawClient) -> list[str]:
    return [told["message"] for told in client.notifications("window/showMessage")]


def test_what_was_used_is_told_and_written(up: Upstream, ledger: Path) -> None:
    up.says("return 1", cost=0.25, cached=0.5)
    with session(up, ledger) as client:
        assert ask(client) == ["return 1"]
        counted(client, 1)
        told = stats(client)
    (asked,) = up.log.requests
    assert told["input_tokens"] > told["cached_tokens"] > 0 and told["output_tokens"] > 0
    assert told["cost_usd"] == told["session_cost_usd"] == 0.25
    assert told["estimated_requests"] == told["unpriced_requests"] == 0
    tokens = told["input_tokens"] + told["output_tokens"]
    assert told["today"] == f"{tokens:,} tokens, $0.2500"
    assert told["suggestions_shown"] == 1 and told["budget_usd"] is None
    connection = sqlite3.connect(ledger)
    rows = connection.execute("SELECT model, requests, cost_usd, shown FROM days").fetchall()
    connection.close()
    assert rows == [("scripted", 1, 0.25, 1)]
    assert CODE.encode() not in ledger.read_bytes() and asked.body


def test_another_session_goes_on_where_the_first_ended(up: Upstream, ledger: Path) -> None:
    up.says("return 1", cost=0.25)
    for number in (1, 2):
        with session(up, ledger) as client:
            assert ask(client) == ["return 1"]
            counted(client, number)
            told = stats(client)
            assert (told["session_cost_usd"], told["cost_usd"]) == (0.25, 0.25 * number)


def test_once_the_budget_is_used_up_nothing_is_asked_and_that_is_said_once(
    up: Upstream, ledger: Path
) -> None:
    up.says("return 1", cost=0.6)
    with session(up, ledger, budget={"dailyUsd": 1.0}) as client:
        for n_requests in (1, 2):
            assert ask(client) == ["return 1"]
            counted(client, n_requests)
        for trigger in (1, 2, 1):
            assert not ask(client, trigger=trigger)
            assert why(client)["reason"] == "budget"
        refused = client.answer(
            client.ask(
                "workspace/executeCommand",
                {"command": "foretype.refactor", "arguments": [{"action": "simplify"}]},
            )
        )
        assert "budget" in refused["error"]["message"]
        assert len(up.log.requests) == 2
        said = [message for message in messages(client) if "budget" in message]
        assert len([message for message in said if message.startswith("foretype: Today")]) == 1
    with session(up, ledger, budget={"dailyUsd": 1.0}) as client:
        assert not ask(client)
    assert len(up.log.requests) == 2
    with session(up, ledger, budget={"dailyUsd": 2.0}) as client:
        assert ask(client) == ["return 1"]


def test_a_price_that_is_not_known_is_said_and_counts_nothing(up: Upstream) -> None:
    up.says("return 1")
    with session(up, ":memory:", budget={"dailyUsd": 0.001}) as client:
        for n_requests in (1, 2):
            assert ask(client) == ["return 1"]
            counted(client, n_requests)
        told = stats(client)
        assert (told["unpriced_requests"], told["cost_usd"]) == (2, None)
        assert len([m for m in messages(client) if "price of scripted is not known" in m]) == 1


def test_the_users_own_prices_count(up: Upstream) -> None:
    up.says("return 1")
    prices = {"priceInput": 1000.0, "priceOutput": 2000.0}
    with session(up, ":memory:", budget=prices) as client:
        assert ask(client) == ["return 1"]
        counted(client, 1)
        told = stats(client)
        cost = (told["input_tokens"] * 1000 + told["output_tokens"] * 2000) / 1e6
        assert told["cost_usd"] == pytest.approx(cost)


def test_asking_ahead_without_a_budget_is_refused_in_words(up: Upstream) -> None:
    with session(up, ":memory:", completion={"speculate": True}) as client:
        assert [m for m in messages(client) if "speculate needs a budget" in m]


def test_a_model_that_always_thinks_first_is_said_to_be_too_slow_once(up: Upstream) -> None:
    up.says("return 1", reasoning="let me see " * 200, first_ms=20, tokens_per_second=200)
    with session(up, ":memory:") as client:

        def told() -> list[str]:
            ask(client, trigger=2)
            statuses = client.notifications("foretype/status")
            return [s["message"] for s in statuses if "reasons before it answers" in s["message"]]

        assert eventually(lambda: bool(told()))
        ask(client, trigger=2)
        assert len(set(told())) == 1
        assert client.notifications("foretype/status")[-1]["state"] == "error"
        assert len([m for m in messages(client) if "reasons before it answers" in m]) == 1
        up.says("return 1")
        assert eventually(lambda: ask(client, trigger=2) == ["return 1"])
        client.wait(lambda: client.notifications("foretype/status")[-1]["state"] == "ready")


def test_editors_get_what_is_recorded_as_text_and_numbers(up: Upstream, ledger: Path) -> None:
    up.says("return 1", cost=0.25)
    with session(up, ledger) as client:
        command = {"command": "foretype.stats", "arguments": [{"days": 30}]}
        assert ask(client) == ["return 1"]
        counted(client, 1)
        told = client.request("workspace/executeCommand", command)
        assert told["record"]["funnel"]["shown"] == 1
        assert told["record"]["costs"][0]["cost_usd"] == 0.25
        assert any(group["name"] == "python" for group in told["record"]["languages"])
        assert all(isinstance(line, str) for line in told["lines"]) and told["message"]
        for days in (0, -1, "x", True, 10**9):
            wrong = {**command, "arguments": [{"days": days}]}
            answer = client.answer(client.ask("workspace/executeCommand", wrong))
            assert "days is a number" in answer["error"]["message"]


def test_a_limit_that_is_near_is_in_the_status(up: Upstream, ledger: Path) -> None:
    up.says("return 1", cost=0.95)
    with session(up, ledger, budget={"monthlyUsd": 1.0}) as client:
        assert ask(client) == ["return 1"]
        counted(client, 1)
        up.says("return 2", cost=0.001)
        assert ask(client) == ["return 2"]
        near = "Less than a tenth of this month's budget of $1.00 is left."
        client.wait(lambda: client.notifications("foretype/status")[-1]["message"] == near)
        assert client.notifications("foretype/status")[-1]["state"] == "ready"


def test_what_was_accepted_is_looked_for_when_the_file_is_saved(up: Upstream, ledger: Path) -> None:
    up.says("return 1")
    with session(up, ledger) as client:
        assert ask(client) == ["return 1"]
        uri = f"file:///project/spent{next(NUMBERS) - 1}.py"
        at = {"line": 1, "character": 4}
        change = {"range": {"start": at, "end": at}, "text": "return 1"}
        document = {"uri": uri, "version": 2}
        client.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [change]}
        )
        client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        command = {"command": "foretype.stats", "arguments": [{"days": 1}]}

        def row() -> dict[str, Any]:
            told = client.request("workspace/executeCommand", command)
            return dict(told["record"]["latest"][0])

        assert eventually(lambda: row()["kept_at_save"] == 1.0), row()
        assert (row()["outcome"], row()["accepted_characters"]) == ("accepted", 8)


def test_what_a_session_would_send_is_what_the_upstream_receives(
    up: Upstream, ledger: Path
) -> None:
    up.says("return 1")
    with session(up, ledger) as client:
        uri = "file:///project/audited.py"
        document = {"uri": uri, "languageId": "python", "version": 1, "text": CODE}
        client.notify("textDocument/didOpen", {"textDocument": document})
        place = {"uri": uri, "position": {"line": 1, "character": 4}}
        command = {"command": "foretype.audit", "arguments": [place]}
        told = client.request("workspace/executeCommand", command)
        assert not up.log.requests
        assert "the file itself" in told["lines"][1]
        client.request(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": uri},
                "position": place["position"],
                "context": {"triggerKind": 1},
            },
        )
        (received,) = up.log.requests
        assert json.loads(told["body"]) == received.body
        for wrong in ([], [1], [{"uri": uri}], [{**place, "position": {"line": "x"}}]):
            answer = client.answer(
                client.ask("workspace/executeCommand", {**command, "arguments": wrong})
            )
            assert answer["error"]["message"].startswith("foretype.audit takes")
