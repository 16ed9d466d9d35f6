"""Messages name settings as the user of the editor knows them."""

from __future__ import annotations

import json

import pytest
from helpers.paths import ROOT

from foretype.lsp.session.setting_names import named_for


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Raise `completion.deadline_ms`.", "Raise foretype.completion.deadlineMs."),
        ("Set `model`, or correct `base_url`.", "Set foretype.model, or correct foretype.baseUrl."),
        # The user's own file alone, or the secret storage, holds these.
        ("`api_key_command` printed nothing.", "`api_key_command` printed nothing."),
        ("Run `pipx install .`, and see `private.py`.",) * 2,
        ("the model is slow",) * 2,
    ],
)
def test_what_a_setting_is_called_in_vs_code(message: str, shown: str) -> None:
    assert named_for("foretype.", message) == shown
    assert named_for("", message) == message


def test_each_setting_that_vs_code_declares_is_named_as_there() -> None:
    manifest = json.loads((ROOT / "editors" / "vscode" / "package.json").read_text("utf-8"))
    sections = manifest["contributes"]["configuration"]
    declared = {name for section in sections for name in section["properties"]}
    for name in declared - {"foretype.server.command"}:
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
        assert named_for("foretype.", f"`{snake.removeprefix('foretype.')}`") == name
