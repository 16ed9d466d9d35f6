"""``foretype.models``: what an editor lets its user choose from, with prices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, running
from helpers.upstream_thread import Upstream

OFFERED = (
    {"id": "mai-code-1-flash", "context_length": 128_000},
    {"id": "priced", "pricing": {"prompt": "0.000002", "completion": "0.000008"}},
    {"id": "unknown"},
)


@contextmanager
def client(**options: Any) -> Iterator[RawClient]:
    with running(env=environment(FORETYPE_API_KEY="sk-fake-key-for-tests")) as started:
        started.initialize(
            capabilities={"textDocument": {"inlineCompletion": {}}},
            initializationOptions={"client": "vscode", **options},
        )
        started.wait(lambda: started.notifications("foretype/status"))
        yield started
        assert started.stop() == 0


def models(client: RawClient) -> dict[str, Any]:
    told: dict[str, Any] = client.request(
        "workspace/executeCommand", {"command": "foretype.models"}
    )
    return told


def test_what_is_offered_is_told_with_its_prices(up: Upstream) -> None:
    up.says(models=OFFERED)
    with client(baseUrl=up.url, model="priced") as started:
        told = models(started)
    assert (told["provider"], told["model"], told["message"]) == ("custom", "priced", "")
    rows = {
        row["id"]: (row["price_input"], row["price_output"], row["context_tokens"])
        for row in told["models"]
    }
    assert rows == {
        "mai-code-1-flash": (0.75, 4.5, 128_000),
        "priced": (2.0, 8.0, None),
        "unknown": (None, None, None),
    }
    assert up.log.requests == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"baseUrl": "http://127.0.0.1:9/v1", "model": "any"}, "Start the server, or correct"),
        ({"completion": {"local": "only"}}, "No endpoint is set."),
    ],
)
def test_why_there_is_no_list_is_said(options: dict[str, Any], message: str) -> None:
    with client(**options) as started:
        told = models(started)
    assert told["models"] == []
    assert message in told["message"]
    assert "`" not in told["message"]


def test_a_model_that_is_not_offered_is_named(up: Upstream) -> None:
    up.says(models=OFFERED)
    with client(baseUrl=up.url, model="unknwn") as started:
        message = models(started)["message"]
    assert message.startswith("unknwn is not among them. Set foretype.model, such as ")
