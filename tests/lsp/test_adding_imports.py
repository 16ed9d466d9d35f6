"""Imports that an accepted text needs, from the model's answer to the client's edit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, eventually, running
from helpers.upstream_thread import Upstream

METHOD = '''\
class Shop:
    """Sells things."""

    def area(self, radius):
        """The floor's."""
        '''
AT = {"line": 5, "character": 8}
BODY = "return math.pi * Cart(radius).area"
ANSWER = f"""\
import math
from shop import Cart
from os import evil


class Shop:
    def area(self, radius):
        {BODY}
"""


ADDED = "additionalTextEdits"


class Editor:
    """A client that applies edits to its one document, and counts what it was asked."""

    def __init__(self, client: RawClient, uri: str, *, chooses: str | None) -> None:
        self.client, self.uri, self.chooses = client, uri, chooses
        self.text, self.version = METHOD, 1
        self.edits: list[Any] = []
        self.questions: list[str] = []
        client.answer_to = self.answer

    def answer(self, request: dict[str, Any]) -> Any:
        if request["method"] == "workspace/applyEdit":
            self.edits.append(request["params"]["edit"])
            return {"applied": True}
        if request["method"] == "window/showMessageRequest":
            self.questions.append(request["params"]["message"])
            return {"title": self.chooses} if self.chooses else None
        return None

    def accept(self) -> None:
        """Ask until the model's text is there, take it, and report that."""
        document = {"uri": self.uri, "languageId": "python", "version": 1, "text": self.text}
        self.client.notify("textDocument/didOpen", {"textDocument": document})
        items: list[Any] = []

        def has_text() -> bool:
            asked = {
                "textDocument": {"uri": self.uri},
                "position": AT,
                "context": {"triggerKind": 1},
            }
            items[:] = self.client.request("textDocument/inlineCompletion", asked) or []
            return bool(items) and items[0]["insertText"].startswith(BODY)

        assert eventually(has_text)
        self.change(AT, items[0]["insertText"])
        command = items[0]["command"]
        self.client.request(
            "workspace/executeCommand",
            {"command": command["command"], "arguments": command["arguments"]},
        )

    def change(self, at: dict[str, int], text: str) -> None:
        self.version += 1
        changed = {"range": {"start": at, "end": at}, "text": text}
        versioned = {"uri": self.uri, "version": self.version}
        self.client.notify(
            "textDocument/didChange", {"textDocument": versioned, "contentChanges": [changed]}
        )


@contextmanager
def editor(
    up: Upstream, root: Path, mode: str | None, *, chooses: str | None = None
) -> Iterator[Editor]:
    up.says(ANSWER)
    completion = {"local": "off", "headStart": False} | ({"addImports": mode} if mode else {})
    with running(env=environment(FORETYPE_API_KEY="sk-fake-key-for-tests")) as client:
        client.initialize(
            rootUri=root.as_uri(),
            capabilities={
                "textDocument": {"inlineCompletion": {}},
                "workspace": {
                    "applyEdit": True,
                    "workspaceEdit": {"documentChanges": True},
                },
                "window": {"showMessage": {}},
            },
            initializationOptions={
                "baseUrl": up.url, "model": "scripted", "completion": completion
            },
        )  # fmt: skip
        yield Editor(client, (root / "area.py").as_uri(), chooses=chooses)
        assert client.stop() == 0


def added(edit: Any) -> tuple[str, int | None]:
    """The text that an edit adds, all in one piece, and the version that it is for."""
    [change] = edit["documentChanges"]
    [one] = change["edits"]
    assert one["range"] == {
        "start": {"line": 0, "character": 0},
        "end": {"line": 0, "character": 0},
    }
    return one["newText"], change["textDocument"]["version"]


def test_always_adds_what_is_standard_or_known_to_the_project(up: Upstream, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("import re\nfrom shop import Cart\n")
    with editor(up, tmp_path, "always") as ed:
        ed.accept()
        assert eventually(lambda: bool(ed.edits))
        assert added(ed.edits[0]) == ("import math\nfrom shop import Cart\n\n\n", 2)
        assert ed.questions == []


def test_what_no_file_of_the_project_has_is_not_added(up: Upstream, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("# from shop import Cart\n")
    with editor(up, tmp_path, "always") as ed:
        ed.accept()
        assert eventually(lambda: bool(ed.edits))
        assert added(ed.edits[0])[0] == "import math\n\n\n"


@pytest.mark.parametrize(("chooses", "n_edits"), [("Add", 1), ("Not now", 0), (None, 0)])
def test_by_default_the_user_is_asked(
    up: Upstream, tmp_path: Path, chooses: str | None, n_edits: int
) -> None:
    with editor(up, tmp_path, None, chooses=chooses) as ed:
        ed.accept()
        assert eventually(lambda: bool(ed.questions))
        assert "`import math`" in ed.questions[0] and "evil" not in ed.questions[0]
        assert eventually(lambda: len(ed.edits) == n_edits)
        ed.client.settle()
        assert len(ed.edits) == n_edits


def test_never_asks_nothing(up: Upstream, tmp_path: Path) -> None:
    with editor(up, tmp_path, "never") as ed:
        ed.accept()
        ed.client.settle()
    assert ed.edits == [] and ed.questions == []


@pytest.mark.parametrize(("mode", "n_edits"), [("always", 1), ("ask", 0)])
def test_a_menus_entry_brings_its_import_along(
    up: Upstream, tmp_path: Path, mode: str, n_edits: int
) -> None:
    up.says(ANSWER.replace("Cart(radius).area", "radius"))
    completion = {"local": "off", "headStart": False, "menu": "on", "addImports": mode}
    with running(env=environment(FORETYPE_API_KEY="sk-fake-key-for-tests")) as client:
        client.initialize(
            rootUri=tmp_path.as_uri(),
            initializationOptions={
                "baseUrl": up.url, "model": "scripted", "completion": completion
            },
        )  # fmt: skip
        uri = (tmp_path / "area.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": METHOD}
        client.notify("textDocument/didOpen", {"textDocument": document})
        found: list[Any] = []

        def has_text() -> bool:
            asked = {"textDocument": {"uri": uri}, "position": AT}
            found[:] = client.request("textDocument/completion", asked)["items"]
            return bool(found)

        # The import may come after the first text that can be shown.
        assert eventually(lambda: has_text() and bool(n_edits <= len(found[0].get(ADDED) or [])))
        edits = found[0].get(ADDED) or []
        assert [edit["newText"] for edit in edits] == ["import math\n\n\n"] * n_edits
        assert client.stop() == 0
