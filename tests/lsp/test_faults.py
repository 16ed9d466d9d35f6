"""What a user sees of a provider that fails: an answer each time, one status, no pop-up."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, eventually, running
from helpers.upstream_thread import Upstream

from foretype.upstream import refused_url
from foretype.upstream.failures import FAULTS

KEY = "sk-fake-key-for-tests-0123456789"
PASSING = {"stall_headers", "stall_first", "stall_middle", "loris", "no_done", "cut"}
"""Faults that may leave the deadline to speak first."""
MENDED_BY_THE_USER = {"400", "401", "402", "403", "404"}
"""What a pause of ten minutes follows: a 400 once it came twice."""
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "foretype.toml"
    path.write_text("", "utf-8")
    return path


@pytest.fixture(scope="module")
def client(config: Path) -> Iterator[RawClient]:
    env = environment(FORETYPE_API_KEY=KEY, FORETYPE_CONFIG=str(config))
    with running(env=env) as client:
        client.initialize(
            capabilities={"textDocument": {"inlineCompletion": {}}},
            initializationOptions={
                "client": "vscode",
                "completion": {"local": "off", "debounceMs": 0},
            },
        )
        client.notified("foretype/status")
        yield client
        assert client.stop() == 0


def use(client: RawClient, config: Path, url: str) -> str:
    """Have a model that nothing is known of yet, behind a URL. Gives its name."""
    model = f"scripted-{next(NUMBERS)}"
    config.write_text(f'base_url = "{url}"\nmodel = "{model}"\n', "utf-8")
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    client.wait(lambda: statuses(client, model))
    return model


def statuses(client: RawClient, model: str) -> list[Any]:
    return [told for told in client.notifications("foretype/status") if told["model"] == model]


def ask(client: RawClient, *, trigger: int = 2) -> Any:
    uri = f"file:///project/faulty{next(NUMBERS)}.py"
    text = "def one():\n    "
    document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": document})
    return client.request(
        "textDocument/inlineCompletion",
        {
            "textDocument": {"uri": uri},
            "position": {"line": 1, "character": 4},
            "context": {"triggerKind": trigger},
        },
    )


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_of_the_provider_gives_an_answer_and_a_status_and_the_server_goes_on(
    client: RawClient, up: Upstream, config: Path, fault: str
) -> None:
    up.says("return 1", fault=fault)
    model = use(client, config, up.url)
    before = len(client.messages)
    for _ in range(2):
        assert ask(client) == []
    if fault not in PASSING:
        client.wait(lambda: any(s["message"] for s in statuses(client, model)))
        state = statuses(client, model)[-1]["state"]
        refused = "key_refused" if fault == "401" else "refused"
        assert (state == refused) == (fault in MENDED_BY_THE_USER), state
    told = json.dumps(client.messages[before:])
    assert KEY not in told and "Traceback" not in told and "<html" not in told.lower()
    assert not client.notifications("window/showMessage")
    up.says("return 1")
    if fault not in MENDED_BY_THE_USER:
        # A pause after a fault is short; the user's next key after it finds the model well again.
        assert eventually(lambda: bool(ask(client, trigger=1)), every=0.2)
    assert client.request("workspace/executeCommand", {"command": "foretype.stats"})["faults"] == 0


def test_an_endpoint_that_is_not_there_gives_an_answer_and_a_status(
    client: RawClient, config: Path
) -> None:
    model = use(client, config, refused_url())
    assert ask(client) == []
    client.wait(lambda: any(s["message"] for s in statuses(client, model)))


def test_a_key_that_cannot_be_used_is_said_once_and_the_server_goes_on(config: Path) -> None:
    env = environment(FORETYPE_BASE_URL="https://host.invalid/v1", FORETYPE_API_KEY="ké y")
    with running(env=env) as client:
        client.initialize(capabilities={"textDocument": {"inlineCompletion": {}}})
        status = client.notified("foretype/status")
        assert status["state"] == "needs_key"
        told = client.notified("window/showMessage")
        assert "FORETYPE_API_KEY" in told["message"] and "ké" not in told["message"]
        assert ask(client) == []
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.settle()
        assert len(client.notifications("window/showMessage")) == 1


@pytest.mark.parametrize(("fault", "words"), [("400", "'stop' is not supported"), ("401", "API")])
@pytest.mark.parametrize("editor", ["", "helix", "emacs", "neovim"])
def test_a_refusal_that_comes_again_is_told_once_in_the_servers_words(
    up: Upstream, config: Path, editor: str, fault: str, words: str
) -> None:
    up.says("return 1", fault=fault)
    model = f"scripted-{next(NUMBERS)}"
    config.write_text(f'base_url = "{up.url}"\nmodel = "{model}"\n', "utf-8")
    env = environment(FORETYPE_API_KEY=KEY, FORETYPE_CONFIG=str(config))
    with running(env=env) as client:
        client.initialize(
            capabilities={"textDocument": {"inlineCompletion": {}}},
            clientInfo={"name": editor or "another"},
            # A deadline that a busy machine keeps, too: else it is told that the model is slow.
            initializationOptions={
                "completion": {"local": "off", "debounceMs": 0, "deadlineMs": 20_000}
            },
        )
        before = len(up.log.requests)
        for _ in range(8):
            ask(client)
        client.wait(lambda: client.notifications("window/showMessage"))
        for _ in range(40):
            ask(client)
        client.settle()
        shown = [told["message"] for told in client.notifications("window/showMessage")]
        assert len(shown) == 1
        assert words in shown[0]
        # On a busy machine some of the first questions are asked before the refusal has come.
        assert len(up.log.requests) - before <= 16
        # New settings end the pause.
        up.says("return 1")
        config.write_text(config.read_text("utf-8") + "[completion]\nmax_tokens = 64\n", "utf-8")
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        assert eventually(lambda: bool(ask(client)), every=0.2)
        assert client.stop() == 0
