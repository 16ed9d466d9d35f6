"""Settings that change while the server runs, seen from the editor."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from helpers.rawclient import PATIENCE_S, RawClient, environment, eventually, running

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


def test_what_each_folder_excludes_is_excluded_also_in_one_that_comes_later(tmp_path: Path) -> None:
    folders = [{"uri": (tmp_path / name).as_uri(), "name": name} for name in ("one", "two")]
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".foretype.toml").write_text(f'exclude = ["private_{name}.py"]\n')
    with running(env=environment()) as client:
        client.initialize(
            capabilities={"textDocument": {"inlineCompletion": {}}}, workspaceFolders=folders[:1]
        )
        client.notified("foretype/status")
        for name in ("private_one", "private_two"):
            opens(client, name, OTHER)
        assert why(client, "private_one") == "excluded"
        assert why(client, "private_two") != "excluded"
        change = {"event": {"added": folders[1:], "removed": []}}
        client.notify("workspace/didChangeWorkspaceFolders", change)
        assert eventually(lambda: why(client, "private_two") == "excluded")


def test_that_folders_disagree_is_said_once_and_the_first_one_wins(tmp_path: Path) -> None:
    folders = [{"uri": (tmp_path / name).as_uri(), "name": name} for name in ("one", "two")]
    for name, enabled in (("one", "true"), ("two", "false")):
        (tmp_path / name).mkdir()
        file = tmp_path / name / ".foretype.toml"
        file.write_text(f"completion.enabled = {enabled}\n")
    with running(env=environment()) as client:
        client.initialize(
            capabilities={"textDocument": {"inlineCompletion": {}}}, workspaceFolders=folders
        )
        client.notified("foretype/status")
        opens(client, "sensor", SENSOR)
        opens(client, "other", OTHER)
        for _ in range(3):
            assert suggested(client, "other", OTHER) == ["raw_value * 0.0625"]
            client.notify("workspace/didChangeConfiguration", {"settings": {}})
        messages = [one["message"] for one in client.notifications("window/showMessage")]
    told = [message for message in messages if "`completion.enabled`" in message]
    assert len(told) == 1
    assert str(tmp_path / "two") in told[0]


def why(client: RawClient, name: str) -> Any:
    """Why nothing is suggested in a document."""
    suggested(client, name, OTHER)
    return client.request("workspace/executeCommand", {"command": "foretype.why"})["reason"]


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
