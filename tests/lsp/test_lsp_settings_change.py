"""Settings that change while the server runs, seen from the editor."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from lsp.rawclient import PATIENCE_S, RawClient, environment, running

SENSOR = """\
class Sensor:
    def celsius(self):
        return self.raw_value * 0.0625

    def kelvin(self):
        return self.raw_value * 0.0625 + 273.15
"""
OTHER = "class Other:\n    def celsius(self):\n        return self."


def test_the_embedded_engine_knows_what_was_opened_while_it_was_off(tmp_path: Path) -> None:
    config = tmp_path / "foretype.toml"
    with running(env=environment(FORETYPE_CONFIG=str(config))) as client:
        client.initialize(capabilities={"textDocument": {"inlineCompletion": {}}})
        client.notified("foretype/status")
        opens(client, "other", OTHER)
        assert suggested(client, "other", OTHER) == []
        for local in ("off", "fallback"):
            config.write_text(f'[completion]\nlocal = "{local}"\n')
            client.notify("workspace/didChangeConfiguration", {"settings": {}})
            time.sleep(0.3)
            if local == "off":
                opens(client, "sensor", SENSOR)
        end = time.monotonic() + PATIENCE_S
        while not (texts := suggested(client, "other", OTHER)) and time.monotonic() < end:
            time.sleep(0.1)
        assert texts == ["raw_value * 0.0625"]


def opens(client: RawClient, name: str, text: str) -> None:
    document = {"uri": f"file:///project/{name}.py", "languageId": "python", "version": 1}
    client.notify("textDocument/didOpen", {"textDocument": {**document, "text": text}})


def suggested(client: RawClient, name: str, text: str) -> list[Any]:
    """What is suggested at the end of a text."""
    lines = text.split("\n")
    asked = {
        "textDocument": {"uri": f"file:///project/{name}.py"},
        "position": {"line": len(lines) - 1, "character": len(lines[-1])},
        "context": {"triggerKind": 2},
    }
    items = client.request("textDocument/inlineCompletion", asked)
    return [item["insertText"] for item in items]
