"""Several providers, as an editor sees them: who answers, who stands in, and who is back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.rawclient import RawClient, environment, eventually, running
from helpers.upstream_thread import Upstream, upstream

URI = "file:///project/cart.py"
TEXT = "total = "
END = {"line": 0, "character": len(TEXT)}


@pytest.fixture
def two() -> Iterator[tuple[Upstream, Upstream]]:
    with upstream() as first, upstream() as second:
        yield first, second


def suggested(client: RawClient, at: dict[str, int] = END, *, invoked: bool = False) -> list[str]:
    kind = 1 if invoked else 2
    asked = {"textDocument": {"uri": URI}, "position": at, "context": {"triggerKind": kind}}
    return [
        item["insertText"] for item in client.request("textDocument/inlineCompletion", asked) or []
    ]


def test_the_status_the_reasons_and_the_record_name_who_answers(
    two: tuple[Upstream, Upstream], tmp_path: Path
) -> None:
    first, second = two
    config, ledger = tmp_path / "foretype.toml", tmp_path / "ledger.sqlite3"
    config.write_text(
        f'[[providers]]\nbase_url = "{first.url}"\nmodel = "one"\n'
        f'[[providers]]\nprovider = "vllm"\nbase_url = "{second.url}"\nmodel = "two"\n'
    )
    env = environment(FORETYPE_CONFIG=str(config), FORETYPE_LEDGER=str(ledger))
    first.says(fault="401")
    second.says("price * count")
    with running(env=env) as client:
        client.initialize(
            capabilities={"textDocument": {"inlineCompletion": {}}},
            initializationOptions={"client": "vscode", "completion": {"local": "off"}},
        )
        document = {"uri": URI, "languageId": "python", "version": 1, "text": TEXT}
        client.notify("textDocument/didOpen", {"textDocument": document})
        assert eventually(lambda: suggested(client) == ["price * count"])

        def status() -> dict[str, str]:
            statuses: list[dict[str, str]] = client.notifications("foretype/status")
            return statuses[-1] if statuses else {}

        assert eventually(lambda: status().get("provider") == "vllm")
        assert status()["model"] == "two" and "in place of one" in status()["message"]
        assert status()["state"] in ("ready", "thinking")
        why = client.request("workspace/executeCommand", {"command": "foretype.why"})
        assert any("two (vllm)" in line for line in why["lines"])

        first.says("one_again")
        assert eventually(
            lambda: bool(suggested(client, invoked=True)) and status()["model"] == "one"
        )
        assert status()["message"] == ""
        assert client.stop() == 0
    shown = subprocess.run(
        [sys.executable, "-m", "foretype", "stats", "--json"],
        env={**env, "PYTHONUTF8": "1"},
        capture_output=True,
        check=True,
    ).stdout
    costs = json.loads(shown)["costs"]
    assert {(cost["model"], cost["provider"]) for cost in costs if cost["requests"]} == {
        ("one", "custom"),
        ("two", "vllm"),
    }
    latest = json.loads(shown)["latest"]
    assert "vllm" in {row["provider"] for row in latest if row["outcome"] == "shown"}
