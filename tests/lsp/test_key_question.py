"""A general key that would go to another endpoint: the user is asked, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, eventually, running

from foretype.models import key_origins

KEY = "sk-fake-0123456789abcdef"
HERE, THERE = "https://models.invalid/v1", "https://elsewhere.invalid/v1"


@pytest.mark.parametrize(("chosen", "state"), [("Send the key", "ready"), (None, "needs_key")])
def test_the_answer_counts(tmp_path: Path, chosen: str | None, state: str) -> None:
    env = environment(FORETYPE_LEDGER=str(tmp_path / "ledger.sqlite3"), FORETYPE_API_KEY=KEY)
    key_origins.served(KEY, HERE, env)
    asked: list[str] = []

    def answer(request: dict[str, Any]) -> Any:
        if request["method"] != "window/showMessageRequest":
            return None
        asked.append(request["params"]["message"])
        return chosen and {"title": chosen}

    def status(client: RawClient) -> str:
        return str([each["state"] for each in client.notifications("foretype/status")][-1:])

    for _ in range(2):
        with running(env=env) as client:
            client.answer_to = answer
            client.initialize(
                capabilities={"window": {"showMessage": {}}},
                initializationOptions={"client": "vscode", "baseUrl": THERE, "model": "m"},
            )
            assert eventually(lambda: state in status(client))
            client.settle()
            assert client.stop() == 0
    assert len(asked) == (1 if chosen else 2)
    assert "elsewhere.invalid" in asked[0] and KEY not in asked[0]
