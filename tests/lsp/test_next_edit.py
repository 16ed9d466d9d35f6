"""Next edits over the wire: a raw client types, asks, and applies what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.rawclient import RawClient, environment, running

SHOP = 'log.warn("a")\nlog.warn("b")\n\n\nlog.warn("c")\nlog.warn("d")\n'
INLINE_EDIT = "textDocument/copilotInlineEdit"
NEXT_EDIT = "foretype/nextEdit"
CAPABILITIES = {"workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}}


class Editor:
    """One document in a raw client."""

    def __init__(self, client: RawClient, folder: Path, **options: Any) -> None:
        self.client = client
        self.client.initialize(
            capabilities=CAPABILITIES,
            initializationOptions={"completion": {"local": "off"}, **options},
            workspaceFolders=[{"uri": folder.as_uri(), "name": "shop"}],
        )
        self.client.answer_to = self.answer
        self.uri = (folder / "shop.py").as_uri()
        self.text, self.version = SHOP, 1
        self.edits: list[dict[str, Any]] = []
        item = {"uri": self.uri, "languageId": "python", "version": 1, "text": SHOP}
        self.client.notify("textDocument/didOpen", {"textDocument": item})
        self.client.notified("foretype/status")

    def answer(self, request: dict[str, Any]) -> Any:
        if request["method"] != "workspace/applyEdit":
            return None
        (change,) = request["params"]["edit"]["documentChanges"]
        self.edits.append(change)
        return {"applied": True}

    def change(self, line: int, start: int, end: int, text: str) -> None:
        """Replace a part of a line."""
        lines = self.text.splitlines(keepends=True)
        lines[line] = lines[line][:start] + text + lines[line][end:]
        self.text = "".join(lines)
        self.version += 1
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
                "position": {"line": 0, "character": 10},
                "context": {"triggerKind": 2},
            },
        )


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    with running(env=environment()) as client:
        yield Editor(client, tmp_path)


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
