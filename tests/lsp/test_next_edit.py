"""Next edits over the wire: a raw client types, asks, and applies what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, eventually, running
from helpers.upstream_thread import Upstream

SHOP = 'log.warn("a")\nlog.warn("b")\n\n\nlog.warn("c")\nlog.warn("d")\n'
INLINE_EDIT = "textDocument/copilotInlineEdit"
NEXT_EDIT = "foretype/nextEdit"
CAPABILITIES = {"workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}}


class Editor:
    """One document in a raw client."""

    def __init__(self, client: RawClient, folder: Path, text: str = SHOP, **options: Any) -> None:
        self.client, self.folder = client, folder
        self.client.initialize(
            capabilities=CAPABILITIES,
            initializationOptions={"completion": {"local": "off"}, **options},
            workspaceFolders=[{"uri": folder.as_uri(), "name": "shop"}],
        )
        self.client.answer_to = self.answer
        self.text, self.version = text, 1
        self.at = {"line": 0, "character": 10}
        """Where the cursor is."""
        self.edits: list[dict[str, Any]] = []
        self.uri = self.open("shop.py", text)
        self.client.notified("foretype/status")

    def open(self, name: str, text: str) -> str:
        """Open a file; its URI."""
        uri = (self.folder / name).as_uri()
        item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.client.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def answer(self, request: dict[str, Any]) -> Any:
        if request["method"] != "workspace/applyEdit":
            return None
        (change,) = request["params"]["edit"]["documentChanges"]
        self.edits.append(change)
        return {"applied": True}

    def why(self) -> list[str]:
        """The lines of ``foretype.why``."""
        answer = self.client.request("workspace/executeCommand", {"command": "foretype.why"})
        return list(answer["lines"])

    def change(self, line: int, start: int, end: int, text: str) -> None:
        """Replace a part of a line."""
        lines = self.text.splitlines(keepends=True)
        lines[line] = lines[line][:start] + text + lines[line][end:]
        self.text = "".join(lines)
        self.version += 1
        self.at = {"line": line, "character": start + len(text)}
        place = {
            "start": {"line": line, "character": start},
            "end": {"line": line, "character": end},
        }
        self.client.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": self.uri, "version": self.version},
                "contentChanges": [{"range": place, "text": text}],
            },
        )

    def change_two(self) -> None:
        """Make the same change in the first two lines."""
        self.change(0, 4, 8, "error")
        self.change(1, 4, 8, "error")

    def ask(self, method: str = INLINE_EDIT) -> Any:
        return self.client.request(
            method,
            {
                "textDocument": {"uri": self.uri, "version": self.version},
                "position": self.at,
                "context": {"triggerKind": 2},
            },
        )


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    with running(env=environment()) as client:
        yield Editor(client, tmp_path)


def test_who_asks_before_the_server_has_started_waits_until_it_has(tmp_path: Path) -> None:
    with running(env=environment()) as client:
        client.request("initialize", {"processId": None, "capabilities": CAPABILITIES})
        uri = (tmp_path / "shop.py").as_uri()
        item = {"uri": uri, "languageId": "python", "version": 1, "text": SHOP}
        client.notify("textDocument/didOpen", {"textDocument": item})
        for version, line in ((2, 0), (3, 1)):
            place = {"start": {"line": line, "character": 4}, "end": {"line": line, "character": 8}}
            client.notify(
                "textDocument/didChange",
                {
                    "textDocument": {"uri": uri, "version": version},
                    "contentChanges": [{"range": place, "text": "error"}],
                },
            )
        position = {"line": 1, "character": 9}
        asked = client.ask(INLINE_EDIT, {"textDocument": {"uri": uri}, "position": position})
        client.notify("initialized", {})
        (edit,) = client.answer(asked)["result"]["edits"]
        assert edit["text"] == 'log.error("c")\n'


def test_nothing_to_propose_is_an_empty_list(editor: Editor) -> None:
    assert editor.ask() == {"edits": []}
    assert editor.ask(NEXT_EDIT) == {"edits": [], "mode": "hint"}
    assert editor.client.request(INLINE_EDIT, {"nonsense": [1]}) == {"edits": []}


def test_a_change_made_twice_is_finished_line_by_line(editor: Editor) -> None:
    editor.change_two()
    (edit,) = editor.ask()["edits"]
    assert edit["text"] == 'log.error("c")\n'
    assert edit["range"] == {
        "start": {"line": 4, "character": 0},
        "end": {"line": 5, "character": 0},
    }
    assert edit["textDocument"] == {"uri": editor.uri, "version": 3}
    editor.change(4, 4, 8, "error")
    (edit,) = editor.ask()["edits"]
    assert edit["text"] == 'log.error("d")\n'
    editor.change(5, 4, 8, "error")
    assert editor.ask() == {"edits": []}


def test_our_own_request_names_the_edit_and_how_it_is_shown(editor: Editor) -> None:
    editor.change_two()
    answer = editor.ask(NEXT_EDIT)
    (edit,) = answer["edits"]
    assert answer["mode"] == "hint"
    assert (edit["kind"], edit["label"]) == ("repeat", "replace warn by error")
    assert (edit["near"], edit["more"]) == (False, 1)
    assert edit["inline"]["insertText"] == "error"


def test_what_is_dismissed_is_not_proposed_again(editor: Editor) -> None:
    editor.change_two()
    (edit,) = editor.ask(NEXT_EDIT)["edits"]
    command = {"command": "foretype.nextEdit.rejected", "arguments": [edit["id"]]}
    assert editor.client.request("workspace/executeCommand", command) == {"known": True}
    (other,) = editor.ask(NEXT_EDIT)["edits"]
    assert other["range"]["start"]["line"] == 5


@pytest.mark.parametrize(("line", "site"), [(0, 5), (9, 6)])
def test_the_code_action_applies_it(editor: Editor, line: int, site: int) -> None:
    editor.change_two()
    editor.ask()
    here = {"line": line, "character": 0}
    actions = editor.client.request(
        "textDocument/codeAction",
        {
            "textDocument": {"uri": editor.uri},
            "range": {"start": here, "end": here},
            "context": {"diagnostics": []},
        },
    )
    (action,) = [a for a in actions if a["title"].startswith("Apply the next edit")]
    assert action["title"] == f"Apply the next edit: replace warn by error (line {site})"
    command = {key: action["command"][key] for key in ("command", "arguments")}
    done = editor.client.request("workspace/executeCommand", command)
    assert done == {"applied": True}
    (change,) = editor.edits
    assert change["textDocument"] == {"uri": editor.uri, "version": 3}
    assert [e["newText"] for e in change["edits"]] == ["error"]
    editor.change(2, 0, 0, "x")
    refused = editor.client.answer(editor.client.ask("workspace/executeCommand", command))
    assert "ask again" in refused["error"]["message"]


@pytest.mark.parametrize("options", [{"nextEdit": {"mode": "off"}}, {"exclude": ["shop.py"]}])
def test_there_is_none_where_it_is_off_or_the_file_is_excluded(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    with running(env=environment()) as client:
        editor = Editor(client, tmp_path, **options)
        editor.change_two()
        assert editor.ask() == {"edits": []}


SHAPE = "def area(width):\n    return width * 2\n\n\nprint(1)\n"
REWRITTEN = "EDIT\ndef area(width, height):\n    return width * height\n\n\nprint(1)\n"


@contextmanager
def with_model(up: Upstream, folder: Path, model: str = "true", **options: Any) -> Iterator[Editor]:
    """An editor whose user has switched the model on in the settings file."""
    file = folder / "foretype.toml"
    file.write_text(f"[next_edit]\nmodel = {model}\n", encoding="utf-8")
    env = environment(
        FORETYPE_API_KEY="sk-fake-key-for-tests",
        FORETYPE_LEDGER=":memory:",
        FORETYPE_CONFIG=str(file),
        FORETYPE_BASE_URL=up.url,
        FORETYPE_MODEL="scripted",
    )
    up.says(REWRITTEN)
    work = folder / "work"
    work.mkdir()
    with running(env=env) as client:
        yield Editor(client, work, SHAPE, **options)


def ask_until(editor: Editor) -> Any:
    """Ask as an editor does, again and again: a slow machine may need more than one hold."""
    answer: Any = {}

    def has_one() -> bool:
        answer.update(editor.ask(NEXT_EDIT))
        return bool(answer["edits"])

    eventually(has_one)
    assert answer["edits"], editor.why()
    return answer


def test_the_model_is_asked_where_the_user_has_switched_it_on(up: Upstream, tmp_path: Path) -> None:
    with with_model(up, tmp_path) as editor:
        editor.change(0, 14, 14, ", height")
        (edit,) = ask_until(editor)["edits"]
        assert (edit["kind"], edit["inline"]["insertText"]) == ("model", "height")
        assert edit["text"] == "    return width * height\n"
        (asked,) = up.log.requests
        assert "updated:\ndef area(width, height):" in asked.body["messages"][1]["content"]
        for _ in range(3):
            editor.ask()
        assert len(up.log.requests) == 1
        assert "next edit: the model proposes an edit" in editor.why()


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("false", {}),
        ("false", {"nextEdit": {"model": True}}),
        ("true", {"nextEdit": {"mode": "off"}}),
        ("true", {"exclude": ["*.py"]}),
        ("true", {"nextEdit": {"languagesOff": ["python"]}}),
    ],
)
def test_the_model_is_not_asked_where_it_is_off_or_excluded(
    up: Upstream, tmp_path: Path, model: str, options: dict[str, Any]
) -> None:
    with with_model(up, tmp_path, model, **options) as editor:
        editor.change(0, 14, 14, ", height")
        assert editor.ask() == {"edits": []}
        assert editor.ask() == {"edits": []}
        assert up.log.requests == []


def test_an_edit_of_another_open_file_is_named_and_applied_there(tmp_path: Path) -> None:
    with running(env=environment()) as client:
        editor = Editor(client, tmp_path, "def total(prices):\n    return sum(prices)\n")
        report = editor.open("report.py", "from shop import total\n\nprint(total([1]))\n")
        editor.open("setup.py", "from shop import total\n\ntotal([1])\n")
        editor.change(0, 4, 9, "amount")
        assert editor.ask() == {"edits": []}
        (edit,) = editor.ask(NEXT_EDIT)["edits"]
        assert edit["textDocument"] == {"uri": report, "version": 1}
        assert edit["label"] == "rename total to amount in report.py"
        assert (edit["near"], edit["more"]) == (False, 0)
        done = client.request(
            "workspace/executeCommand",
            {"command": "foretype.nextEdit", "arguments": [{"uri": editor.uri, "id": edit["id"]}]},
        )
        assert done == {"applied": True}
        (change,) = editor.edits
        assert change["textDocument"]["uri"] == report
