"""``foretype.why``: where something can be done, the user is asked, and it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, eventually, running
from helpers.upstream_thread import Upstream

from foretype.lsp.features.remedies import NEW_FILE
from foretype.models import key_origins

URI = "file:///project/cart.py"
TEXT = "total = "
OTHER = "count = "
END = {"line": 0, "character": len(TEXT)}
KEY = "sk-fake-0123456789abcdef"


class Editor:
    """A client that answers each question with the same button, if it is there."""

    def __init__(self, client: RawClient) -> None:
        self.client = client
        self.press = "nothing"
        self.offered: list[list[str]] = []
        self.shown: list[str] = []
        client.answer_to = self.answer

    def answer(self, request: dict[str, Any]) -> Any:
        params: Any = request.get("params")
        if request["method"] == "window/showDocument":
            self.shown.append(params["uri"])
            return {"success": True}
        if request["method"] != "window/showMessageRequest":
            return None
        titles = [action["title"] for action in params["actions"]]
        self.offered.append(titles)
        return next(({"title": title} for title in titles if title.startswith(self.press)), None)

    def suggested(self, kind: int = 2) -> list[str]:
        asked = {"textDocument": {"uri": URI}, "position": END, "context": {"triggerKind": kind}}
        answer = self.client.request("textDocument/inlineCompletion", asked)
        return [item["insertText"] for item in answer or []]

    def why(self, press: str) -> list[str]:
        """Ask why, press a button; what was offered."""
        self.press = press
        n_before = len(self.offered)
        told = self.client.request("workspace/executeCommand", {"command": "foretype.why"})
        assert eventually(lambda: len(self.offered) > n_before), told
        assert self.offered[-1] == told["actions"]
        return self.offered[-1]

    def said(self) -> str:
        return " ".join(each["message"] for each in self.client.notifications("window/showMessage"))


@contextmanager
def editor(tmp_path: Path, variables: Mapping[str, str], *, shows: bool = True) -> Iterator[Editor]:
    env = environment(
        FORETYPE_CONFIG=str(tmp_path / "foretype.toml"),
        FORETYPE_LEDGER=str(tmp_path / "ledger.sqlite3"),
        **variables,
    )
    with running(env=env) as client:
        ed = Editor(client)
        client.initialize(
            capabilities={
                "window": {"showMessage": {}, "showDocument": {"support": shows}},
                "textDocument": {"inlineCompletion": {}},
            },
            initializationOptions={"completion": {"local": "off"}},
        )
        document = {"uri": URI, "languageId": "python", "version": 1, "text": TEXT}
        client.notify("textDocument/didOpen", {"textDocument": document})
        yield ed
        assert client.stop() == 0


def at(up: Upstream) -> dict[str, str]:
    return {"FORETYPE_BASE_URL": up.url, "FORETYPE_MODEL": "scripted"}


@pytest.mark.parametrize(
    "off",
    [
        ("foretype.toggle", {"enabled": False}),
        ("foretype.toggle", {"language": "python", "enabled": False}),
        ("foretype.toggle", {"uri": URI, "enabled": False}),
        ("foretype.snooze", {"minutes": 30}),
    ],
)
def test_what_is_off_is_turned_on(
    up: Upstream, tmp_path: Path, off: tuple[str, dict[str, Any]]
) -> None:
    up.says("price * count")
    with editor(tmp_path, at(up)) as ed:
        assert eventually(lambda: bool(ed.suggested()))
        name, argument = off
        command = {"command": name, "arguments": [argument]}
        ed.client.request("workspace/executeCommand", command)
        assert ed.suggested() == []
        quiet = {"command": "foretype.why", "arguments": [{"quiet": True}]}
        told = ed.client.request("workspace/executeCommand", quiet)
        ed.client.settle()
        assert told["actions"] == ["Turn on"] and not ed.offered
        assert ed.why("Turn on") == ["Turn on"]
        assert eventually(lambda: bool(ed.suggested()))


def test_a_used_up_budget_is_raised_by_a_step_for_the_session(up: Upstream, tmp_path: Path) -> None:
    (tmp_path / "foretype.toml").write_text("[budget]\ndaily_usd = 0.5\nmonthly_usd = 9.0\n")
    up.says("price * count", cost=0.6)
    with editor(tmp_path, at(up)) as ed:
        assert eventually(lambda: bool(ed.suggested(1)))
        change = {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": OTHER}]}
        ed.client.notify("textDocument/didChange", change)
        assert ed.suggested(1) == []
        offered = ed.why("Allow")
        assert offered == ["Allow $0.12 more in this session", "Open settings"]
        assert eventually(lambda: bool(ed.suggested(1)))


def test_the_settings_file_is_opened_and_made_where_there_is_none(
    up: Upstream, tmp_path: Path
) -> None:
    up.says(fault="401")
    file = tmp_path / "foretype.toml"
    with editor(tmp_path, at(up)) as ed:
        assert eventually(lambda: "401" in ed.said() or bool(ed.suggested(1)))
        offered = ed.why("Open settings")
        assert offered == ["How to log in", "Try again", "Open settings"]
        assert eventually(lambda: ed.shown == [file.as_uri()])
        assert file.read_text() == NEW_FILE
        file.write_text("model = 'mine'\n")
        ed.why("Open settings")
        assert eventually(lambda: len(ed.shown) == 2) and file.read_text() == "model = 'mine'\n"
        ed.why("How to log in")
        assert eventually(lambda: "foretype login custom" in ed.said())
        up.says("price * count")
        ed.why("Try again")
        assert eventually(lambda: bool(ed.suggested()))


def test_an_editor_that_shows_no_files_is_told_the_path(up: Upstream, tmp_path: Path) -> None:
    up.says(fault="402")
    with editor(tmp_path, at(up), shows=False) as ed:
        assert eventually(lambda: "credit" in ed.said() or bool(ed.suggested(1)))
        ed.why("Open settings")
        assert eventually(lambda: str(tmp_path / "foretype.toml") in ed.said())


def test_a_general_key_is_agreed_on_later(tmp_path: Path) -> None:
    env = {"FORETYPE_LEDGER": str(tmp_path / "ledger.sqlite3")}
    key_origins.served(KEY, "https://models.invalid/v1", env)
    there = "https://elsewhere.invalid/v1"
    variables = {"FORETYPE_BASE_URL": there, "FORETYPE_API_KEY": KEY, "FORETYPE_MODEL": "m"}
    with editor(tmp_path, variables) as ed:
        assert eventually(lambda: len(ed.offered) == 1)  # At the start; it was closed.
        assert not _may_serve(there, env)
        assert ed.suggested(1) == []
        assert ed.why("Send") == ["Send the key", "Open settings"]
        assert eventually(lambda: _may_serve(there, env))


def _may_serve(url: str, env: dict[str, str]) -> bool:
    key_origins.retry()
    return key_origins.may_serve(KEY, url, env)


def test_nothing_is_asked_where_nothing_can_be_done(up: Upstream, tmp_path: Path) -> None:
    up.says("price * count")
    with editor(tmp_path, at(up)) as ed:
        assert eventually(lambda: bool(ed.suggested()))
        told = ed.client.request("workspace/executeCommand", {"command": "foretype.why"})
        ed.client.settle()
        assert told["actions"] == [] and ed.offered == []
