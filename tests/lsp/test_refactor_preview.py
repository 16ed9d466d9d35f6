"""A change is shown before it is applied, as ``refactor.preview`` says, by each editor's means."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.refactor_editor import ALL, Editor, editor
from helpers.upstream_thread import Upstream

CODE = "a = 1\n\n\ndef f(x):\n    if x == True:\n        return True\n    return False\n\n\ny = 1\n"
GOOD = "```python\ndef f(x):\n    return x == True\n```"
RISKY = "```python\ndef f(x):\n    return eval(x)\n```"
DONE = "a = 1\n\n\ndef f(x):\n    return x == True\n\n\ny = 1\n"
DIFF = """\
--- a/{name}
+++ b/{name}
@@ -2,9 +2,7 @@
 
 
 def f(x):
-    if x == True:
-        return True
-    return False
+    return x == True
 
 
 y = 1"""
NOT_APPLIED = "nothing was changed, as you chose"
CANCEL = {"command": "foretype.cancel", "arguments": []}


@contextmanager
def shown_by(client: str, root: Path, up: Upstream, preview: str) -> Iterator[Editor]:
    """An editor with one of our extensions, or without any, and the setting."""
    capabilities = json.loads(json.dumps(ALL))
    if client == "vscode":
        capabilities["workspace"]["workspaceEdit"]["changeAnnotationSupport"] = {}
    options: dict[str, Any] = {"refactor": {"preview": preview}}
    if client:
        options["client"] = client
    with editor(root, up.url, capabilities=capabilities, options=options) as ed:
        yield ed


@pytest.mark.parametrize(
    ("client", "preview", "answer", "how"),
    [
        ("", "never", GOOD, ""),
        ("", "never", RISKY, "question"),
        ("", "ask", GOOD, ""),
        ("", "ask", RISKY, "question"),
        ("", "always", GOOD, "question with the diff"),
        ("", "always", RISKY, "question with the diff"),
        ("neovim", "never", GOOD, ""),
        ("neovim", "never", RISKY, "question"),
        ("neovim", "ask", GOOD, ""),
        ("neovim", "ask", RISKY, "diff"),
        ("neovim", "always", GOOD, "diff"),
        ("neovim", "always", RISKY, "diff"),
        ("vscode", "never", GOOD, ""),
        ("vscode", "never", RISKY, "question"),
        ("vscode", "ask", GOOD, ""),
        ("vscode", "ask", RISKY, "annotation"),
        ("vscode", "always", GOOD, "annotation"),
        ("vscode", "always", RISKY, "annotation"),
    ],
)
def test_when_a_change_is_shown_and_how(
    up: Upstream, tmp_path: Path, client: str, preview: str, answer: str, how: str
) -> None:
    with shown_by(client, tmp_path, up, preview) as ed:
        up.says(answer)
        page = ed.open(CODE)
        ending = ed.ended(ed.choose(page, CODE.index("if"), "simplify"))
        assert ending.startswith("done"), ending
        asked = [question for question in ed.asked if "@@" not in question]
        found = {
            "question": asked,
            "question with the diff": [question for question in ed.asked if "@@" in question],
            "diff": ed.previews,
            "annotation": [edit for edit in ed.applied if edit.get("changeAnnotations")],
        }
        assert [name for name, each in found.items() if each] == ([how] if how else [])


@pytest.mark.parametrize("client", ["", "neovim"])
def test_the_diff_is_that_of_the_change(up: Upstream, tmp_path: Path, client: str) -> None:
    with shown_by(client, tmp_path, up, "always") as ed:
        up.says(GOOD)
        page = ed.open(CODE, name="shop.py")
        ed.ended(ed.choose(page, CODE.index("if"), "simplify"))
        assert page.text == DONE
        diff = DIFF.format(name="shop.py")
        if client:
            (shown,) = ed.previews
            assert (shown["question"], shown["diff"]) == ("Simplify f:", diff)
        else:
            assert ed.asked == [f"foretype: Simplify f:\n{diff}"]


def test_a_question_shows_the_first_lines_of_a_long_diff(up: Upstream, tmp_path: Path) -> None:
    with shown_by("", tmp_path, up, "always") as ed:
        long = "\n".join(f"    x = {n}" for n in range(40))
        up.says(f"```python\ndef f(x):\n{long}\n    return x == True\n```")
        page = ed.open(CODE)
        ed.ended(ed.choose(page, CODE.index("if"), "simplify"))
        (question,) = ed.asked
        assert question.count("\n") == 21 and question.endswith("… (33 more lines)")


@pytest.mark.parametrize("client", ["", "neovim", "vscode"])
def test_discard_says_that_nothing_was_changed(up: Upstream, tmp_path: Path, client: str) -> None:
    with shown_by(client, tmp_path, up, "always") as ed:
        up.says(GOOD)
        ed.answer, ed.ticks = "Discard", ()
        page = ed.open(CODE)
        assert ed.ended(ed.choose(page, CODE.index("if"), "simplify")).startswith(NOT_APPLIED)
        assert page.text == CODE
        assert any(NOT_APPLIED in sentence for sentence in ed.said())


@pytest.mark.parametrize("client", ["", "neovim", "vscode"])
def test_edits_above_and_below_meanwhile_are_kept(
    up: Upstream, tmp_path: Path, client: str
) -> None:
    with shown_by(client, tmp_path, up, "always") as ed:
        up.says(GOOD)
        page = ed.open(CODE)

        def type_around() -> None:
            ed.when_asked = ed.when_applying = lambda: None
            ed.type(page, "a = 1", "# above\n")
            ed.type(page, "y = 1", "# below\n")

        if client == "vscode":
            ed.when_applying = type_around
        else:
            ed.when_asked = type_around
        assert ed.ended(ed.choose(page, CODE.index("if"), "simplify")).startswith("done")
        assert page.text == "# above\n" + DONE.replace("y = 1", "# below\ny = 1")


def test_an_edit_within_ends_the_run(up: Upstream, tmp_path: Path) -> None:
    with shown_by("neovim", tmp_path, up, "always") as ed:
        up.says(GOOD)
        page = ed.open(CODE)
        ed.when_asked = lambda: ed.type(page, "return True", "pass; ")
        ending = ed.ended(ed.choose(page, CODE.index("if"), "simplify"))
        assert "you changed the code meanwhile" in ending and not ed.applied


def test_a_cancel_closes_neovims_diff_and_a_late_yes_changes_nothing(
    up: Upstream, tmp_path: Path
) -> None:
    with shown_by("neovim", tmp_path, up, "always") as ed:
        up.says(GOOD)
        page = ed.open(CODE)
        ed.when_asked = lambda: ed.raw.ask("workspace/executeCommand", CANCEL)
        run = ed.choose(page, CODE.index("if"), "simplify")
        assert ed.ended(run) == "cancelled, nothing was changed"
        assert ed.raw.notifications("foretype/previewEnded") == [{"id": run}]
        assert page.text == CODE and not ed.applied


@pytest.mark.parametrize(
    ("ticks", "ending", "text"),
    [
        ((), "cancelled, nothing was changed", CODE),
        (None, "cancelled when the edit was on its way already: look at it, or undo", DONE),
    ],
)
def test_a_cancel_closes_vscodes_preview_unless_it_was_just_answered(
    up: Upstream, tmp_path: Path, ticks: Any, ending: str, text: str
) -> None:
    with shown_by("vscode", tmp_path, up, "always") as ed:
        up.says(GOOD)
        page = ed.open(CODE)
        ed.ticks = ticks
        ed.when_applying = lambda: ed.raw.ask("workspace/executeCommand", CANCEL)
        run = ed.choose(page, CODE.index("if"), "simplify")
        assert ed.ended(run) == ending
        assert ed.raw.notifications("foretype/previewEnded") == [{"id": run}]
        assert page.text == text


def test_an_editor_that_can_show_nothing_is_told_so(up: Upstream, tmp_path: Path) -> None:
    capabilities = json.loads(json.dumps(ALL))
    del capabilities["window"]["showMessage"]
    options = {"refactor": {"preview": "always"}}
    with editor(tmp_path, up.url, capabilities=capabilities, options=options) as ed:
        up.says(GOOD)
        page = ed.open(CODE)
        ending = ed.ended(ed.choose(page, CODE.index("if"), "simplify"))
        assert ending.startswith("not applied, because this editor cannot ask you to confirm it")
        assert page.text == CODE and not ed.applied
