"""Refactorings end to end: the real process over stdio, the scripted upstream, a strict editor."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from helpers.paths import TESTS
from helpers.rawclient import environment, eventually, running
from helpers.refactor_editor import ALL, Editor, Page, editor, path_of, span
from helpers.refactor_samples import SAMPLES, Sample
from helpers.upstream_thread import Upstream

from foretype.languages import refactor_traits as languages
from foretype.lsp.features.refactoring.confirming import DECLINED
from foretype.refactor.actions.catalogue import BY_NAME, CATALOGUE

EXAMPLES = TESTS / "refactor" / "examples"

CODE = "def f(x):\n    if x == True:\n        return True\n    return False\n\n\ny = 1\n"
GOOD = "```python\ndef f(x):\n    return x == True\n```"
DONE = "def f(x):\n    return x == True\n\n\ny = 1\n"


@pytest.fixture(scope="module")
def shared(up: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with editor(tmp_path_factory.mktemp("work"), up.url) as running:
        yield running


@pytest.fixture
def ed(shared: Editor, up: Upstream) -> Editor:
    """The editor as it was in the beginning."""
    up.says("no code")
    shared.applied, shared.asked, shared.answer = [], [], "Apply"
    shared.choices = []
    shared.refuses, shared.garbles, shared.typed_before_apply = "", False, None
    shared.when_asked, shared.typed_after_apply = lambda: None, None
    shared.when_applying = lambda: None
    return shared


def fenced(code: str, tag: str = "python") -> str:
    return f"```{tag}\n{code}\n```"


# --- what is changed ----------------------------------------------------------------------------


def test_a_function_is_simplified(ed: Editor, up: Upstream) -> None:
    up.says(f"Sure!\n{GOOD}", cost=0.0021)
    page = ed.open(CODE)
    ending = ed.ended(ed.choose(page, 20, "simplify"))
    assert page.text == DONE
    assert ending.startswith("done (") and "$0.0021" in ending
    assert f"foretype: simplify f: {ending}" in ed.said()
    (edit,) = ed.applied
    (change,) = edit["documentChanges"]
    assert change["textDocument"] == {"uri": page.uri, "version": 1}
    assert "y = 1" not in json.dumps(edit) and "def f" not in json.dumps(edit)


def spots(sample: Sample) -> Iterator[tuple[str, str, int, int, dict[str, Any]]]:
    """Places in a file: its text, the function's lines in it, where the selection is, context."""
    lines = sample.old.split("\n")
    first = next(n for n, line in enumerate(lines) if re.search(r"(count|found)\b.*=", line))
    start = sample.whole.index(sample.old) + len("\n".join(lines[:first])) + 1
    statement = start + len(lines[first])
    yield sample.whole, sample.old, statement, statement, {}
    two = start + len("\n".join(lines[first : first + 2]))
    yield sample.whole, sample.old, start, two, {}
    diagnostic = {"range": span(sample.whole, statement - 3, statement), "message": "too slow"}
    yield sample.whole, sample.old, statement, statement, {"diagnostics": [diagnostic]}
    mark = languages.of_id(sample.language).comment
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    asking = f"{indent}{mark} foretype: count what is large\n{sample.old}"
    yield sample.whole.replace(sample.old, asking), asking, statement, statement, {}
    todo = sample.old.replace(lines[first], f"{lines[first]}\n{indent}  {mark} TODO: count", 1)
    below = statement + len(f"\n{indent}  {mark} TODO")
    yield sample.whole.replace(sample.old, todo), todo, below, below, {}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.language)
def test_every_action_in_every_language_that_it_claims(
    ed: Editor, up: Upstream, sample: Sample
) -> None:
    page = ed.open(sample.whole, sample.language, f"shop_{sample.language}{sample.suffix}")
    done: set[str] = set()
    for text, function, start, end, context in spots(sample):
        ed.replace(page, text)
        offered = ed.offered(page, start, end, **context)
        for name in sorted(set(offered) - done - {"across-files"}):
            done.add(name)
            new = sample.commented if BY_NAME[name].only else sample.new
            up.says(fenced(new, sample.language))
            ending = ed.ended(ed.run({**offered[name], "version": None}))
            assert ending.startswith("done"), (name, ending)
            if name == "explanation":
                assert page.text == text
            elif name == "tests":
                made = ed.applied[-1]["documentChanges"]
                assert [change.get("kind") for change in made] == ["create", None]
                assert path_of(made[0]["uri"]).read_text() == new + "\n"
            elif name == "extract":
                assert sample.new in page.text
            else:
                assert page.text == text.replace(function, new), name
            ed.replace(page, text)
    claimed = {a.name for a in CATALOGUE if not a.languages or sample.language in a.languages}
    if sample.language.startswith("typescript"):
        claimed.remove("type-hints")  # the sample has them
    assert done == (claimed | {"fix"}) - {"across-files", "flask-to-fastapi", "write"}


def test_a_comment_is_written_out_without_a_magic_word(ed: Editor, up: Upstream) -> None:
    comment = "# whether a number is even"
    written = f"{comment}\ndef is_even(n):\n    return n % 2 == 0"
    up.says(fenced(written))
    page = ed.open(f"x = 1\n\n\n{comment}\n\n\ny = 2\n")
    (first, *_) = ed.actions(page, 10)
    assert first["title"] == "foretype: write what the comment says: whether a number is even"
    ending = ed.ended(ed.run(first["command"]["arguments"][0]))
    assert ending.startswith("done"), ending
    assert page.text == f"x = 1\n\n\n{written}\n\n\ny = 2\n"
    assert not ed.asked


def test_an_explanation_is_shown_and_changes_nothing(ed: Editor, up: Upstream) -> None:
    up.says("It compares x with True.\nSlowly.")
    page = ed.open(CODE)
    assert ed.ended(ed.choose(page, 20, "explanation")).startswith("done (")
    assert "foretype: explain f:\nIt compares x with True.\nSlowly." in ed.said()
    assert page.text == CODE and not ed.applied and not ed.asked
    (request,) = up.log.requests
    sent = str(request.body["messages"][1]["content"])
    assert "The code, lines 1 to 4:\n```python\ndef f(x):" in sent


def test_our_own_extensions_show_an_explanation_as_a_document(up: Upstream, tmp_path: Path) -> None:
    with editor(tmp_path, up.url, options={"client": "neovim"}) as ed:
        up.says("It compares x with True.")
        page = ed.open(CODE)
        ed.ended(ed.choose(page, 20, "explanation"))
        (shown,) = ed.raw.notifications("foretype/document")
        assert shown == {"title": "Explain f", "text": "It compares x with True."}


def test_an_explanation_that_does_not_come_is_said(ed: Editor, up: Upstream) -> None:
    up.says("")
    page = ed.open(CODE)
    assert "the answer is empty" in ed.ended(ed.choose(page, 20, "explanation"))


def test_the_guides_first_example(ed: Editor, up: Upstream) -> None:
    old = (EXAMPLES / "fetch_user.py.txt").read_text()
    new = (EXAMPLES / "fetch_user_typed.py.txt").read_text()
    up.says(fenced(new.strip("\n")), max_lines=200, most_tokens=2000)
    page = ed.open(old)
    end = len(old)
    assert ed.ended(ed.choose(page, 0, "errors", end)).startswith("done")
    assert page.text == new


def test_the_guides_tool_loop(ed: Editor, up: Upstream) -> None:
    a = ed.open("def old():\n    return 1\n", name="loop/a.py")
    b = ed.open("from a import old\n\nprint(old())\n", name="loop/b.py")
    wanted = {"path": "loop/a.py", "content": "def new():\n    return 1\n"}
    other = {"path": "loop/b.py", "content": "from a import new\n\nprint(new())\n"}
    up.next(
        {"tool_calls": [call("read_file", {"path": "loop/a.py"}), call("search", {"text": "old"})]},
        {"tool_calls": [call("write_file", wanted), call("write_file", other)]},
        "Renamed.",
    )
    argument = {"action": "across-files", "instruction": "rename old to new", "uri": a.uri}
    ending = ed.ended(ed.run(argument))
    assert ending.startswith("2 files changed. Renamed")
    assert ed.asked[0].startswith("foretype: Work across files: rename old to new: 2 files would")
    assert a.text == "def new():\n    return 1\n"
    assert b.text == "from a import new\n\nprint(new())\n"
    bodies = [record.body for record in up.log.requests if record.body]
    assert all(
        tool["function"]["parameters"]["required"] is not None for tool in bodies[0]["tools"]
    )
    assert [m["role"] for m in bodies[1]["messages"]][-3:] == ["assistant", "tool", "tool"]
    assert "loop/b.py:1: from a import old" in bodies[1]["messages"][-1]["content"]


def test_flask_to_fastapi_ends_in_two_files_whose_tests_pass(ed: Editor, up: Upstream) -> None:
    flask = (EXAMPLES / "users.py.txt").read_text()
    module = (EXAMPLES / "users_fastapi.py.txt").read_text()
    tests = (EXAMPLES / "test_users.py.txt").read_text()
    reply = (
        fenced(module, "python users_fastapi.py") + "\n\n" + fenced(tests, "python test_users.py")
    )
    up.says(f"Here are the two files.\n\n{reply}\n")
    page = ed.open(flask, name="service/users.py")
    ending = ed.ended(ed.choose(page, 0, "flask-to-fastapi"))
    assert ending.startswith("2 files changed")
    assert page.text == flask
    folder = ed.root / "service"
    assert (folder / "users_fastapi.py").read_text() == module
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_users.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "3 passed" in ran.stdout


# --- what is offered ----------------------------------------------------------------------------


def test_offers_say_what_they_do_and_hold_nothing_to_resolve(ed: Editor) -> None:
    page = ed.open("def f(x):\n    return 1\n")
    capabilities = ed.capabilities["codeActionProvider"]
    assert not capabilities.get("resolveProvider")
    found = ed.actions(page, 20)
    assert {action["kind"] for action in found} <= set(capabilities["codeActionKinds"])
    for action in found:
        assert action["title"].startswith("foretype: ") and "edit" not in action
        assert ("disabled" in action) != ("command" in action)


def test_the_kinds_asked_for_are_listed_whole(ed: Editor) -> None:
    page = ed.open("def f(x):\n    return 1\n")
    found = ed.actions(page, 20, only=["refactor"])
    assert any(a.get("disabled", {}).get("reason", "").startswith("select the") for a in found)
    assert len(found) > 7 and not any("more refactorings" in a["title"] for a in found)


def test_the_menu_is_short_and_leads_to_the_rest(ed: Editor, up: Upstream) -> None:
    up.says(GOOD)
    page = ed.open(CODE)
    problem = {"range": span(CODE, 14, 20), "message": "too slow"}
    found = ed.actions(page, 20, diagnostics=[problem])
    assert [action["title"] for action in found] == [
        "foretype: fix: too slow",
        "foretype: add type hints to f",
        "foretype: document f",
        "foretype: more refactorings…",
    ]
    ed.answer = "Simplify f"
    ed.raw.request("workspace/executeCommand", found[-1]["command"])
    assert eventually(lambda: page.text == DONE)
    assert ed.asked == ["foretype: which refactoring?"]
    assert {"Fix: too slow", "Simplify f", "Optimize f"} <= set(ed.choices[-1])
    assert not {"Extract into a function"} & set(ed.choices[-1])


def test_nothing_is_begun_where_nothing_is_chosen(ed: Editor, up: Upstream) -> None:
    page = ed.open(CODE)
    ed.answer = None
    argument = {"uri": page.uri, "range": span(CODE, 20, 20)}
    command = {"command": "foretype.refactor.menu", "arguments": [argument]}
    ed.raw.request("workspace/executeCommand", command)
    assert eventually(lambda: bool(ed.asked))
    ed.raw.settle()
    assert page.text == CODE and not up.log.requests


def test_an_editor_without_a_question_is_offered_everything_at_once(
    up: Upstream, tmp_path: Path
) -> None:
    capabilities = {**ALL, "window": {}}
    with editor(tmp_path, up.url, capabilities=capabilities) as ed:
        page = ed.open(CODE)
        titles = [action["title"] for action in ed.actions(page, 20)]
        assert len(titles) > 7 and "foretype: more refactorings…" not in titles
        argument = {"uri": page.uri, "range": span(CODE, 20, 20)}
        assert "context.only" in ed.refused(argument, "foretype.refactor.menu")


def test_only_the_kinds_asked_for_are_offered(ed: Editor) -> None:
    page = ed.open("def f(x):\n    y = 1\n    return y\n")
    assert set(ed.offered(page, 16, only=["refactor.inline"])) == {"inline"}
    assert ed.actions(page, 16, only=["source.organizeImports"]) == []


def test_an_excluded_file_is_said_to_be_one(ed: Editor) -> None:
    page = ed.open("def f(x):\n    return 1\n", name=".env.py")
    (action,) = ed.actions(page, 16)
    assert "excluded (`.env*`" in action["disabled"]["reason"]
    argument = {"action": "simplify", "uri": page.uri, "range": span(page.text, 16, 16)}
    assert "excluded (`.env*`" in ed.ended(ed.run(argument))


def test_no_offers_for_what_is_not_open(ed: Editor) -> None:
    page = ed.open("x = 1\n")
    page.uri += "x"
    assert ed.actions(page, 0) == []


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        ("", "the answer is empty"),
        ("I would rather leave this as it is.", "the model said: I would rather leave"),
        (fenced("a = 1") + "\n" + fenced("b = 1"), "there are 2 blocks in the answer"),
        ("```python\ndef f(x):\n    return", "left out"),
        (fenced("def f(x:"), "does not parse"),
        (fenced("fn f(x) {}", "rust"), "the code is in Rust, not in Python"),
        (fenced("# nothing"), "only comments"),
    ],
)
def test_a_bad_reply_changes_nothing(ed: Editor, up: Upstream, reply: str, sentence: str) -> None:
    up.says(reply, stops=False)
    page = ed.open(CODE)
    ending = ed.ended(ed.choose(page, 20, "simplify"))
    assert sentence in ending and "tokens" in ending
    assert f"foretype: simplify f: {ending}" in ed.said()
    assert page.text == CODE and not ed.applied
    assert len(up.log.requests) == 2


def test_an_answer_that_is_cut_is_continued(ed: Editor, up: Upstream) -> None:
    up.next({"text": "```python\ndef f(x):\n    ret", "finish": "length"}, "urn x == True\n```")
    page = ed.open(CODE)
    assert ed.ended(ed.choose(page, 20, "simplify")).startswith("done")
    assert page.text == DONE


def test_an_answer_that_stays_cut_is_refused(ed: Editor, up: Upstream) -> None:
    up.says("```python\ndef f(x):\n    return x", finish="length")
    page = ed.open(CODE)
    assert "too long and was cut" in ed.ended(ed.choose(page, 20, "simplify"))
    assert page.text == CODE


@pytest.mark.parametrize(
    "path", ["../out.py", "/tmp/out.py", "C:\\out.py", "leads_out/out.py", ".env", ".git/hooks/x"]
)
def test_tools_stay_inside_of_the_workspace(
    ed: Editor, up: Upstream, tmp_path: Path, path: str
) -> None:
    if path.startswith("leads_out") and not (ed.root / "leads_out").is_symlink():
        (ed.root / "leads_out").symlink_to(tmp_path)
    write = call("write_file", {"path": path, "content": "x = 1\n"})
    up.next({"tool_calls": [write, call("read_file", {"path": path})]}, "I cannot.")
    page = ed.open(CODE)
    ending = ed.ended(ed.run({"action": "across-files", "instruction": "write", "uri": page.uri}))
    assert ending.startswith("nothing to change. I cannot.".rstrip("."))
    answers = [m["content"] for m in up.log.requests[1].body["messages"] if m["role"] == "tool"]
    assert len(answers) == 2 and all(answer.startswith("error: ") for answer in answers)
    assert not ed.applied and not (tmp_path / "out.py").exists()


@pytest.mark.parametrize("name", ["../x.py", "/tmp/x.py", "C:\\x.py"])
def test_a_block_for_a_file_outside_is_refused(ed: Editor, up: Upstream, name: str) -> None:
    up.says(fenced("x = 1", f"python {name}") + "\n" + fenced("y = 1", "python test_app.py"))
    page = ed.open("from flask import Flask\n", name="app.py")
    assert "outside of the workspace" in ed.ended(ed.choose(page, 0, "flask-to-fastapi"))
    assert not ed.applied


def test_wrong_calls_are_answered_to_the_model(ed: Editor, up: Upstream) -> None:
    calls = [call("rm", {}), call("read_file", "{no json"), call("read_file", {})]
    up.next({"tool_calls": calls}, "Nothing.")
    page = ed.open(CODE)
    ed.ended(ed.run({"action": "across-files", "instruction": "x", "uri": page.uri}))
    answers = [m["content"] for m in up.log.requests[1].body["messages"] if m["role"] == "tool"]
    assert ["there is no tool" in answers[0], "no JSON" in answers[1], "needs path" in answers[2]]


def test_an_endless_loop_of_reads_is_ended(ed: Editor, up: Upstream) -> None:
    up.says(tool_calls=[call("list_files", {})])
    page = ed.open(CODE)
    ending = ed.ended(ed.run({"action": "across-files", "instruction": "x", "uri": page.uri}))
    assert "repeated itself; nothing was changed" in ending


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        (None, "takes an object"),
        (7, "takes an object"),
        ({"action": 7}, "action is a string"),
        ({"action": "simplify", "uri": "file:///nowhere.py"}, "the file is not open"),
        ({"action": "simplify", "range": 7}, "range has a start and an end"),
        ({"action": "simplify", "range": {"start": {}, "end": {}}}, "range has a start"),
        ({"action": "simplify", "version": "1"}, "version is a number"),
        ({"action": "simplify", "version": -5}, "choose the action again"),
        ({"action": "nothing"}, "there is no refactoring named 'nothing'"),
        ({"action": "instruct"}, "an instruction is needed"),
        ({"action": "fix"}, "no diagnostic"),
        ("", "an instruction is needed"),
    ],
)
def test_a_wrong_argument_is_a_clear_error(ed: Editor, argument: Any, sentence: str) -> None:
    page = ed.open(CODE)
    if isinstance(argument, dict):
        argument = {"uri": page.uri, "range": span(CODE, 20, 20), **argument}
    assert sentence in ed.refused(argument)
    assert page.text == CODE


def test_an_instruction_alone_is_carried_out_where_the_cursor_was(ed: Editor, up: Upstream) -> None:
    up.says(GOOD)
    page = ed.open(CODE)
    ed.actions(page, 20)
    assert ed.ended(ed.run("return the comparison itself")).startswith("done")
    assert page.text == DONE
    assert "Task: return the comparison itself" in str(up.log.requests[0].body["messages"])


# --- what happens meanwhile ---------------------------------------------------------------------


def slow(up: Upstream, text: str = GOOD, *, stall: bool = False) -> None:
    """An upstream that gives time to do something meanwhile."""
    up.says(text, tokens_per_second=30.0, fault="stall_middle" if stall else "")


def arriving(ed: Editor, up: Upstream) -> None:
    """Wait until some of the answer has arrived."""
    assert eventually(lambda: any(record.sent for record in up.log.requests))


def test_progress_shows_what_arrives(ed: Editor, up: Upstream) -> None:
    slow(up)
    page = ed.open(CODE)
    run = ed.choose(page, 20, "simplify")
    ed.ended(run)
    values = [p["value"] for p in ed.raw.notifications("$/progress") if p["token"] == run]
    assert values[0]["kind"] == "begin" and values[0]["cancellable"]
    assert values[0]["title"] == "foretype: Simplify f"
    assert any("lines · " in value.get("message", "") for value in values)
    assert [value["kind"] for value in values[1:-1]] == ["report"] * (len(values) - 2)


def test_edits_elsewhere_are_kept_and_the_run_is_rebased(ed: Editor, up: Upstream) -> None:
    slow(up)
    page = ed.open(f"a = 1\n\n\n{CODE}")
    run = ed.choose(page, 30, "simplify")
    arriving(ed, up)
    ed.type(page, "a = 1", "# é𝄞 above\n")
    ed.type(page, "y = 1", "z = 2\n")
    ed.type(page, "a = 1", "# more\n")
    assert ed.ended(run).startswith("done")
    assert page.text == "# é𝄞 above\n# more\na = 1\n\n\n" + DONE.replace("y = 1", "z = 2\ny = 1")


def test_one_change_above_and_below_is_kept_as_by_a_formatter(ed: Editor, up: Upstream) -> None:
    slow(up)
    page = ed.open(f"a=1\nb=1\n\n{CODE}")
    run = ed.choose(page, 30, "simplify")
    arriving(ed, up)
    ed.replace(page, f"a = 1\nb = 1\n\n\n{CODE}z = 2\n")
    assert ed.ended(run).startswith("done")
    assert page.text == f"a = 1\nb = 1\n\n\n{DONE}z = 2\n"


def test_an_explanation_that_is_cancelled_shows_nothing(ed: Editor, up: Upstream) -> None:
    up.says("This never arrives whole.", fault="stall_middle")
    page = ed.open(CODE)
    run = ed.choose(page, 20, "explanation")
    assert eventually(lambda: len(up.log.requests) == 1)
    ed.raw.request("workspace/executeCommand", {"command": "foretype.cancel", "arguments": []})
    assert ed.ended(run) == "cancelled, nothing was changed"
    assert eventually(lambda: len(up.log.aborted) == 1)
    assert not any("This never" in sentence for sentence in ed.said())


def test_an_edit_within_ends_the_run(ed: Editor, up: Upstream) -> None:
    slow(up)
    page = ed.open(CODE)
    run = ed.choose(page, 20, "simplify")
    arriving(ed, up)
    ed.type(page, "return True", "# mine\n        ")
    assert "you changed the code meanwhile" in ed.ended(run)
    assert page.text == CODE.replace("return True", "# mine\n        return True")
    assert not ed.applied


def test_a_key_that_crosses_the_edit_is_kept(ed: Editor, up: Upstream) -> None:
    up.says(GOOD)
    page = ed.open(CODE)
    ed.typed_before_apply = ("y = 1", "z = 2\n")
    assert ed.ended(ed.choose(page, 20, "simplify")).startswith("done")
    assert len(ed.applied) == 2
    assert page.text == DONE.replace("y = 1", "z = 2\ny = 1")


def test_an_edit_that_is_shown_first_is_placed_anew_as_often_as_keys_come(
    tmp_path: Path, up: Upstream
) -> None:
    up.says(GOOD)
    with editor(tmp_path, up.url, options={"client": "play"}) as ed:
        page = ed.open(CODE)
        keys = list("54321")

        def types() -> None:
            if keys:
                ed.type(page, "y = 1", f"z = {keys.pop()}\n")

        ed.when_applying = types
        assert ed.ended(ed.choose(page, 20, "simplify")).startswith("done")
        assert len(ed.applied) == 6
        typed = "".join(f"z = {key}\n" for key in "12345")
        assert page.text == DONE.replace("y = 1", f"{typed}y = 1")


def test_an_edit_that_is_shown_first_may_be_declined(tmp_path: Path, up: Upstream) -> None:
    up.says(GOOD)
    with editor(tmp_path, up.url, options={"client": "play"}) as ed:
        page = ed.open(CODE)
        ed.ticks = ()
        assert ed.ended(ed.choose(page, 20, "simplify")) == DECLINED
        assert page.text == CODE


def test_a_key_that_crosses_the_edit_within_ends_the_run(ed: Editor, up: Upstream) -> None:
    up.says(GOOD)
    page = ed.open(CODE)
    ed.typed_before_apply = ("return True", "pass\n        ")
    assert "you changed the code meanwhile" in ed.ended(ed.choose(page, 20, "simplify"))
    assert page.text == CODE.replace("return True", "pass\n        return True")


def test_an_action_chosen_after_an_edit_elsewhere_is_moved(ed: Editor, up: Upstream) -> None:
    up.says(GOOD)
    page = ed.open(CODE)
    argument = ed.offered(page, 20)["simplify"]
    ed.type(page, "def f", "a = 1\n\n\n")
    assert ed.ended(ed.run(argument)).startswith("done")
    assert page.text == f"a = 1\n\n\n{DONE}"


def test_a_file_that_is_closed_meanwhile_is_left_alone(ed: Editor, up: Upstream) -> None:
    slow(up)
    page = ed.open(CODE)
    run = ed.choose(page, 20, "simplify")
    arriving(ed, up)
    ed.raw.notify("textDocument/didClose", {"textDocument": {"uri": page.uri}})
    assert "the file was closed meanwhile" in ed.ended(run)
    assert not ed.applied


@pytest.mark.parametrize("how", ["button", "command", "command with id"])
@pytest.mark.parametrize("stage", ["before the first token", "in the middle", "while asked"])
def test_a_cancel_ends_the_run_at_every_stage(
    ed: Editor, up: Upstream, how: str, stage: str
) -> None:
    def cancel() -> None:
        if how == "button":
            ed.raw.notify("window/workDoneProgress/cancel", {"token": runs[0]})
        else:
            arguments = [runs[0]] if how.endswith("id") else []
            command = {"command": "foretype.cancel", "arguments": arguments}
            ed.raw.ask("workspace/executeCommand", command)

    runs: list[str] = []
    page = ed.open(CODE)
    argument = ed.offered(page, 20)["simplify"]
    if stage == "while asked":
        # The user cancels, and then presses Apply all the same.
        ed.when_asked = cancel
        up.says(RISKY, tokens_per_second=30.0)
        runs.append(ed.run(argument))
    else:
        up.says(GOOD, fault="stall_headers" if stage.startswith("before") else "stall_middle")
        runs.append(ed.run(argument))
        assert eventually(lambda: len(up.log.requests) == 1)
        cancel()
    assert ed.ended(runs[0]) == "cancelled, nothing was changed"
    if stage != "while asked":
        assert eventually(lambda: len(up.log.aborted) == 1), "the connection is closed"
    assert page.text == CODE and not ed.applied


def test_a_cancel_that_comes_after_the_edit_does_not_deny_it(ed: Editor, up: Upstream) -> None:
    up.says(GOOD)
    page = ed.open(CODE)
    cancel = {"command": "foretype.cancel", "arguments": []}
    ed.when_applying = lambda: ed.raw.ask("workspace/executeCommand", cancel)
    ending = ed.ended(ed.choose(page, 20, "simplify"))
    assert ending == "cancelled when the edit was on its way already: look at it, or undo"
    assert page.text == DONE


def test_several_runs_at_a_time(ed: Editor, up: Upstream) -> None:
    up.says(GOOD, fault="stall_middle")
    pages = [ed.open(CODE) for _ in range(5)]
    runs = [ed.choose(page, 20, "simplify") for page in pages[:4]]
    argument = ed.offered(pages[4], 20)["simplify"]
    assert "4 refactorings are running" in ed.refused(argument)
    command = {"command": "foretype.cancel", "arguments": []}
    assert ed.raw.request("workspace/executeCommand", command) == {"cancelled": 4}
    for run in runs:
        ed.ended(run)


# --- what is asked, and what the editor does ----------------------------------------------------

RISKY = fenced("def f(x):\n    return eval(x)")


@pytest.mark.parametrize(
    ("answer", "applied"), [("Apply", True), ("Discard", False), (None, False)]
)
def test_risky_code_is_applied_after_a_yes(
    ed: Editor, up: Upstream, answer: str | None, applied: bool
) -> None:
    up.says(RISKY)
    ed.answer = answer
    page = ed.open(CODE)
    ending = ed.ended(ed.choose(page, 20, "simplify"))
    assert ed.asked == [
        "foretype: Simplify f: The new code evaluates text as code (eval) (return eval(x))."
    ]
    assert ending.startswith("done" if applied else NOT_APPLIED)
    assert ("eval(x)" in page.text) == applied


def test_runs_that_wait_for_an_answer_hold_up_no_others(up: Upstream, tmp_path: Path) -> None:
    with editor(tmp_path, up.url) as ed:
        ed.is_silent = True
        up.says(RISKY)
        pages = [ed.open(CODE) for _ in range(5)]
        runs = []
        for number, page in enumerate(pages, 1):
            runs.append(ed.choose(page, 20, "simplify"))
            ed.raw.wait(partial(lambda count: len(ed.asked) == count, number))
        up.says(GOOD)
        ed.replace(pages[0], CODE)
        assert ed.ended(ed.choose(pages[0], 20, "simplify")).startswith("done")
        command = {"command": "foretype.cancel", "arguments": []}
        assert ed.raw.request("workspace/executeCommand", command) == {"cancelled": 5}
        assert {ed.ended(run) for run in runs} == {"cancelled, nothing was changed"}


def test_a_client_that_never_makes_its_progress_is_not_waited_for(
    up: Upstream, tmp_path: Path
) -> None:
    with editor(tmp_path, up.url) as ed:
        ed.makes_progress = False
        up.says(GOOD)
        page = ed.open(CODE)
        ed.choose(page, 20, "simplify")
        assert eventually(lambda: page.text == DONE)
        assert not ed.raw.notifications("$/progress")


def test_work_across_files_asks_even_for_one_file(ed: Editor, up: Upstream) -> None:
    write = call("write_file", {"path": "one/a.py", "content": "x = 2\n"})
    up.next({"tool_calls": [write]}, "Done.")
    page = ed.open("x = 1\n", name="one/a.py")
    ed.answer = "Discard"
    ending = ed.ended(ed.run({"action": "across-files", "instruction": "two", "uri": page.uri}))
    assert ending.startswith(NOT_APPLIED) and "one file would change: one/a.py" in ed.asked[0]
    assert page.text == "x = 1\n"


def test_a_closed_file_that_changed_on_the_disk_is_followed(ed: Editor, up: Upstream) -> None:
    page = ed.open("y = 1\n", name="disk/open.py")
    path = ed.root / "disk" / "closed.py"
    path.write_text("x = 1\n\n\ny = 1\n")
    write = call("write_file", {"path": "disk/closed.py", "content": "x = 1\n\n\ny = 2\n"})
    argument = {"action": "across-files", "instruction": "two", "uri": page.uri}
    up.next({"tool_calls": [write]}, "Done.")
    ed.when_asked = lambda: path.write_text("w = 0\nx = 1\n\n\ny = 1\n")
    assert ed.ended(ed.run(argument)).startswith("done")
    assert path.read_text() == "w = 0\nx = 1\n\n\ny = 2\n"
    path.write_text("x = 1\n\n\ny = 1\n")
    up.next({"tool_calls": [write]}, "Done.")
    ed.when_asked = lambda: path.write_text("x = 1\n\n\ny = 3\n")
    assert "you changed the code meanwhile" in ed.ended(ed.run(argument))
    assert path.read_text() == "x = 1\n\n\ny = 3\n"


def test_keys_right_after_the_edit_are_no_fault(ed: Editor, up: Upstream) -> None:
    up.says(GOOD)
    page = ed.open(CODE)
    ed.typed_after_apply = ("y = 1", "z = 2\n")
    assert ed.ended(ed.choose(page, 20, "simplify")).startswith("done")
    assert page.text == DONE.replace("y = 1", "z = 2\ny = 1")


def test_an_editor_that_refuses_is_quoted(ed: Editor, up: Upstream) -> None:
    up.says(GOOD)
    ed.refuses = "the buffer is read-only"
    page = ed.open(CODE)
    ending = ed.ended(ed.choose(page, 20, "simplify"))
    assert ending == "the editor did not apply the edit: the buffer is read-only"
    assert page.text == CODE


def test_an_edit_that_came_out_otherwise_is_told(ed: Editor, up: Upstream) -> None:
    up.says(GOOD)
    ed.garbles = True
    page = ed.open(CODE)
    assert "is not what was checked" in ed.ended(ed.choose(page, 20, "simplify"))


def test_a_provider_that_fails_is_quoted(up: Upstream, tmp_path: Path) -> None:
    with editor(tmp_path, up.url) as ed:
        up.says(GOOD, fault="401")
        page = ed.open(CODE)
        ending = ed.ended(ed.choose(page, 20, "simplify"))
        assert "key" in ending and page.text == CODE


def test_the_deadline_of_refactorings_is_their_own(up: Upstream, tmp_path: Path) -> None:
    with editor(tmp_path, up.url, options={"refactor": {"deadlineS": 1}}) as ed:
        up.says(GOOD, fault="stall_middle")
        page = ed.open(CODE)
        assert "longer than 1 seconds" in ed.ended(ed.choose(page, 20, "simplify"))
        assert page.text == CODE


def test_a_client_that_applies_no_edits_is_told(up: Upstream, tmp_path: Path) -> None:
    with editor(tmp_path, up.url, capabilities={"textDocument": ALL["textDocument"]}) as ed:
        page = ed.open(CODE)
        assert ed.actions(page, 20) == []
        argument = {"action": "simplify", "uri": page.uri, "range": span(CODE, 20, 20)}
        assert "does not apply edits" in ed.refused(argument)
        assert "foretype: this editor does not apply edits (workspace/applyEdit)" in ed.said()


def test_a_client_with_plain_edits_gets_plain_edits(up: Upstream, tmp_path: Path) -> None:
    bare = {"workspace": {"applyEdit": True}, "window": {"workDoneProgress": True}}
    with editor(tmp_path, up.url, capabilities=bare) as ed:
        up.says(GOOD)
        page = ed.open(CODE)
        commands = ed.actions(page, 20)
        assert all(command["command"] == "foretype.refactor" for command in commands)
        simplify = next(c for c in commands if c["title"] == "foretype: simplify f")
        assert ed.ended(ed.run(simplify["arguments"][0])).startswith("done")
        assert list(ed.applied[0]["changes"]) == [page.uri]
        assert page.text == DONE
        up.says(fenced("def test_f(): ..."))
        tests = {"action": "tests", "uri": page.uri, "range": span(page.text, 12, 12)}
        assert "cannot create files" in ed.ended(ed.run(tests))


def test_an_editor_that_cannot_ask_applies_nothing_risky(up: Upstream, tmp_path: Path) -> None:
    capabilities = {**ALL, "window": {"workDoneProgress": True}}
    with editor(tmp_path, up.url, capabilities=capabilities) as ed:
        up.says(RISKY)
        page = ed.open(CODE)
        ending = ed.ended(ed.choose(page, 20, "simplify"))
        assert "this editor cannot ask you to confirm it" in ending and "eval" in ending
        assert page.text == CODE and not ed.applied and not ed.asked


def test_vscode_asks_by_change_annotations(up: Upstream, tmp_path: Path) -> None:
    capabilities = json.loads(json.dumps(ALL))
    capabilities["workspace"]["workspaceEdit"]["changeAnnotationSupport"] = {}
    with editor(tmp_path, up.url, capabilities=capabilities, client="Visual Studio Code") as ed:
        up.says(RISKY)
        page = ed.open(CODE)
        assert ed.ended(ed.choose(page, 20, "simplify")).startswith("done")
        assert not ed.asked
        (edit,) = ed.applied
        ((name, annotation),) = edit["changeAnnotations"].items()
        assert annotation["needsConfirmation"] and "eval" in annotation["description"]
        for change in edit["documentChanges"]:
            assert {one["annotationId"] for one in change["edits"]} == {name}


NOT_APPLIED = "nothing was changed, as you chose"
PREVIEWS = json.loads(json.dumps(ALL))
PREVIEWS["workspace"]["workspaceEdit"]["changeAnnotationSupport"] = {}


@contextmanager
def vscode(root: Path, up: Upstream) -> Iterator[Editor]:
    """An editor that has the user tick in a preview what is to be applied."""
    with editor(root, up.url, capabilities=PREVIEWS, client="Visual Studio Code") as ed:
        yield ed


def two_files(ed: Editor, up: Upstream) -> tuple[Page, Page, str]:
    """A run that changes two files; they, and the run's id."""
    a, b = ed.open("a = 1\n", name="a.py"), ed.open("b = 1\n", name="b.py")
    writes = [call("write_file", {"path": f"{n}.py", "content": f"{n} = 2\n"}) for n in "ab"]
    up.next({"tool_calls": writes}, "Done.")
    return a, b, ed.run({"action": "across-files", "instruction": "two", "uri": a.uri})


def kinds_said(ed: Editor) -> set[int]:
    """The kinds of the messages shown: 2 is a warning, 3 plain information."""
    return {params["type"] for params in ed.raw.notifications("window/showMessage")}


def test_discard_in_a_preview_says_that_nothing_was_changed(up: Upstream, tmp_path: Path) -> None:
    with vscode(tmp_path, up) as ed:
        ed.ticks = ()
        up.says(RISKY)
        page = ed.open(CODE)
        assert ed.ended(ed.choose(page, 20, "simplify")) == NOT_APPLIED
        assert ed.said() == [f"foretype: {NOT_APPLIED}: Simplify f"]
        reports = [one["value"] for one in ed.raw.notifications("$/progress")]
        assert "waiting for your confirmation" in [one.get("message") for one in reports]
        *_, run = two_files(ed, up)
        assert ed.ended(run) == NOT_APPLIED
        up.says(fenced("x = 1", "python app_fastapi.py") + "\n" + fenced("y = 1", "python b_t.py"))
        page = ed.open("from flask import Flask\n", name="app.py")
        assert ed.ended(ed.choose(page, 0, "flask-to-fastapi")) == NOT_APPLIED
        assert kinds_said(ed) == {3}


def test_what_was_not_ticked_in_a_preview_is_no_fault(up: Upstream, tmp_path: Path) -> None:
    with vscode(tmp_path, up) as ed:
        ed.ticks = ("a.py",)
        a, b, run = two_files(ed, up)
        assert ed.ended(run).startswith("1 of 2 files changed, as you chose")
        assert (a.text, b.text) == ("a = 2\n", "b = 1\n")
        up.says(fenced("x = 1", "python app_fastapi.py") + "\n" + fenced("y = 1", "python b_t.py"))
        ed.ticks = ("app_fastapi.py",)
        page = ed.open("from flask import Flask\n", name="app.py")
        ending = ed.ended(ed.choose(page, 0, "flask-to-fastapi"))
        assert ending.startswith("1 of 2 files changed, as you chose")
        assert kinds_said(ed) == {3}


def test_a_preview_that_fails_is_still_a_fault(up: Upstream, tmp_path: Path) -> None:
    with vscode(tmp_path, up) as ed:
        ed.refuses = "the disk is full"
        *_, run = two_files(ed, up)
        assert ed.ended(run) == "the editor did not apply the edit: the disk is full"
        ed.refuses = ""
        ed.garbles = True
        ed.pages.clear()
        *_, run = two_files(ed, up)
        assert "is not what was checked" in ed.ended(run)
        assert kinds_said(ed) == {2}


def test_neovim_gets_one_document_at_a_time(up: Upstream, tmp_path: Path) -> None:
    capabilities = json.loads(json.dumps(ALL))
    del capabilities["workspace"]["workspaceEdit"]["documentChanges"]
    with editor(tmp_path, up.url, capabilities=capabilities, client="Neovim") as ed:
        up.says(
            fenced("x = 1", "python app_fastapi.py") + "\n" + fenced("y = 1", "python test_app.py")
        )
        page = ed.open("from flask import Flask\n", name="app.py")
        assert ed.ended(ed.choose(page, 0, "flask-to-fastapi")).startswith("2 files changed")
        assert [len(edit["documentChanges"]) for edit in ed.applied] == [2, 2]
        assert len(ed.asked) == 1
        # Neovim ends the last line itself.
        assert (tmp_path / "test_app.py").read_text() == "y = 1"


def test_neovim_is_told_when_only_some_files_were_changed(up: Upstream, tmp_path: Path) -> None:
    with editor(tmp_path, up.url, client="Neovim") as ed:
        a, b = ed.open("a = 1\n", name="a.py"), ed.open("b = 1\n", name="b.py")
        writes = [
            call("write_file", {"path": f"{name}.py", "content": f"{name} = 2\n"}) for name in "ab"
        ]
        argument = {"action": "across-files", "instruction": "two", "uri": a.uri}
        # Typed while the user is asked: found before anything is sent.
        up.next({"tool_calls": writes}, "Done.")
        ed.when_asked = lambda: ed.type(b, "1", "3")
        assert "nothing was applied" in ed.ended(ed.run(argument))
        assert (a.text, b.text) == ("a = 1\n", "b = 31\n") and not ed.applied
        # Refused between the two edits.
        ed.when_asked = lambda: None
        ed.replace(b, "b = 1\n")
        up.next({"tool_calls": writes}, "Done.")
        ed.refuses_after = 1
        ending = ed.ended(ed.run(argument))
        assert "only 1 of 2 files were changed" in ending
        assert (a.text, b.text) == ("a = 2\n", "b = 1\n")


def test_a_file_that_acts_by_itself_is_asked_about_with_its_whole_path(
    up: Upstream, tmp_path: Path
) -> None:
    with editor(tmp_path, up.url) as ed:
        page = ed.open("{}\n", language="json", name=".claude/settings.json")
        ed.answer = "Discard"
        content = '{"hooks": {}}\n'
        up.next(
            {
                "tool_calls": [
                    call("write_file", {"path": ".claude/settings.json", "content": content})
                ]
            },
            "Done.",
        )
        argument = {"action": "across-files", "instruction": "hooks", "uri": page.uri}
        assert "nothing was changed" in ed.ended(ed.run(argument))
        assert "one file would change: .claude/settings.json." in ed.asked[0]
        path = str(tmp_path / ".claude/settings.json").replace("\\", "/")
        assert f"configures an editor or an assistant ({path}" in ed.asked[0]


def test_work_across_files_is_not_offered_where_nothing_is_trusted(
    up: Upstream, tmp_path: Path
) -> None:
    with editor(tmp_path, up.url, options={"refactor": {"trusted": False}}) as ed:
        page = ed.open(f"# foretype: sort\n{CODE}")
        assert "across-files" not in ed.offered(page, 0)
        argument = {"action": "across-files", "instruction": "x", "uri": page.uri}
        assert "needs a trusted workspace" in ed.refused(argument)


def test_whether_a_workspace_is_trusted_is_asked_once_and_remembered(
    up: Upstream, tmp_path: Path
) -> None:
    (tmp_path / "w").mkdir()
    variables = {"FORETYPE_LEDGER": str(tmp_path / "state/ledger.sqlite3")}
    asked = []
    for answer in ("Do not trust", None, "Trust", "Do not trust"):
        with editor(tmp_path / "w", up.url, trusted=None, variables=variables) as ed:
            ed.answer = answer
            page = ed.open(CODE, name="a.py")
            assert not ed.asked, "never at the start"
            # The answer that was not asked for before is not kept.
            up.says()
            up.next("Nothing to do.")
            ending = ed.ended(
                ed.run({"action": "across-files", "instruction": "x", "uri": page.uri})
            )
            sent = bool(up.log.requests)
            assert ("you trust" in ending) == (not sent)
            asked.append((len(ed.asked), sent))
            assert not ed.asked or str(tmp_path / "w") in ed.asked[0]
    assert asked == [(1, False), (1, False), (1, True), (0, True)]


def test_refactorings_of_ones_own_stand_first_and_use_their_model(
    up: Upstream, tmp_path: Path
) -> None:
    (tmp_path / ".foretype.toml").write_text(
        '[[refactor.actions]]\ntitle = "Add a header"\ninstruction = "Write our header."\n'
        'languages = ["python"]\n'
    )
    own = {"title": "Say it in one line", "instruction": "One line!", "model": "careful"}
    with editor(tmp_path, up.url, options={"refactor": {"actions": [own]}}) as ed:
        up.says(GOOD)
        page = ed.open(CODE)
        titles = [action["title"] for action in ed.actions(page, 20)]
        assert titles[:2] == ["foretype: say it in one line", "foretype: add a header (workspace)"]
        assert ed.ended(ed.choose(page, 20, "Say it in one line")).startswith("done")
        ed.replace(page, CODE)
        assert ed.ended(ed.choose(page, 20, "Add a header (workspace)")).startswith("done")
        first, second = (record.body for record in up.log.requests)
        assert first["model"] == "careful" and "Task: One line!" in str(first["messages"])
        assert second["model"] == "scripted" and "Write our header." in str(second["messages"])
        other = ed.open("let x = 1;\n", "javascript", "x.js")
        assert "Add a header (workspace)" not in ed.offered(other, 0)


def test_a_second_model_plans_and_the_users_tests_are_run(up: Upstream, tmp_path: Path) -> None:
    program = "import a; assert a.x == 2; print('all is well')"
    options = {"planner": "thinker", "testCommand": [sys.executable, "-c", program]}
    with editor(tmp_path, up.url, options={"refactor": options}) as ed:
        page = ed.open("x = 1\n", name="a.py")
        wrong, right = (
            call("write_file", {"path": "a.py", "content": f"x = {number}\n"}) for number in (3, 2)
        )
        up.says("Done.")
        up.next(
            "1. Write 2 into a.py.",
            {"tool_calls": [wrong, call("run_tests", {})]},
            {"tool_calls": [right, call("run_tests", {})]},
            "Done.",
        )
        argument = {"action": "across-files", "instruction": "two", "uri": page.uri}
        assert ed.ended(ed.run(argument)).startswith("done. Done")
        plan, first, second, third = (record.body for record in up.log.requests)
        assert plan["model"] == "thinker" and not plan.get("tools")
        assert first["model"] == "scripted" and "1. Write 2 into a.py." in str(first["messages"])
        assert "failed, exit code 1" in second["messages"][-1]["content"]
        assert third["messages"][-1]["content"].startswith("passed\nall is well")
        assert page.text == "x = 2\n"
        assert [question.partition("run your tests now? ")[2] != "" for question in ed.asked] == [
            *(True, True, False)
        ]
        assert "assert a.x == 2" in ed.asked[0] and "the model wrote in: a.py." in ed.asked[0]


def test_tests_do_not_run_unless_the_user_lets_them(up: Upstream, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    program = f"open({str(ran)!r}, 'w')"
    options = {"testCommand": [sys.executable, "-c", program]}
    with editor(tmp_path, up.url, options={"refactor": options}) as ed:
        ed.lets_tests_run = False
        page = ed.open("x = 1\n", name="a.py")
        write = call("write_file", {"path": "test_a.py", "content": "import a\n"})
        up.next(
            {"tool_calls": [write, call("run_tests", {})]},
            {"tool_calls": [call("run_tests", {})]},
            "Done.",
        )
        argument = {"action": "across-files", "instruction": "two", "uri": page.uri}
        assert ed.ended(ed.run(argument)).startswith("done. Done")
        bodies = [record.body for record in up.log.requests]
        for body in bodies[-2:]:
            assert "the user did not allow the tests to run" in body["messages"][-1]["content"]
        # Asked once: who said no is not asked again and again.
        assert sum("run your tests now?" in question for question in ed.asked) == 1
        assert not ran.exists()


def test_our_own_extensions_ask_for_an_instruction(up: Upstream, tmp_path: Path) -> None:
    with editor(tmp_path, up.url, options={"client": "neovim"}) as ed:
        page = ed.open(CODE)
        argument = ed.offered(page, 20)["instruct"]
        assert argument["needsInstruction"] is True
        assert "an instruction is needed" in ed.refused(argument)
        up.says(GOOD)
        assert ed.ended(ed.run({**argument, "instruction": "shorter"})).startswith("done")


def test_a_refactoring_that_is_asked_for_at_once_waits_for_the_start(
    up: Upstream, tmp_path: Path
) -> None:
    up.says(GOOD)
    with editor(tmp_path, up.url, is_started=False) as ed:
        page = ed.open(CODE)
        asked = {"action": "simplify", "uri": page.uri, "range": span(CODE, 20, 20)}
        assert ed.ended(ed.run(asked)).startswith("done")
        assert "return x == True" in page.text


def test_a_run_ends_with_the_editor(up: Upstream, tmp_path: Path) -> None:
    with editor(tmp_path, up.url) as ed:
        up.says(GOOD, fault="stall_middle")
        page = ed.open(CODE)
        ed.choose(page, 20, "simplify")
        assert eventually(lambda: len(up.log.requests) == 1)
    assert ed.raw.exit_code() == 0
    assert eventually(lambda: len(up.log.aborted) == 1)


def test_a_run_ends_when_the_editor_dies(up: Upstream, tmp_path: Path) -> None:
    with editor(tmp_path, up.url, stop=False) as ed:
        up.says(GOOD, fault="stall_middle")
        page = ed.open(CODE)
        ed.choose(page, 20, "simplify")
        assert eventually(lambda: len(up.log.requests) == 1)
        ed.raw.close_stdin()
        ed.raw.exit_code()
    assert eventually(lambda: len(up.log.aborted) == 1)


def test_without_a_model_the_menu_says_what_is_missing(tmp_path: Path) -> None:
    with running(env=environment()) as raw:
        raw.initialize(rootUri=tmp_path.as_uri(), capabilities=ALL)
        raw.notified("foretype/status")
        ed = Editor(raw, tmp_path)
        page = ed.open(CODE)
        assert eventually(lambda: bool(ed.actions(page, 20)))
        (action,) = ed.actions(page, 20)
        assert "need a model: set a key" in action["disabled"]["reason"]
        argument = {"action": "simplify", "uri": page.uri, "range": span(CODE, 20, 20)}
        assert "need a model: set a key" in ed.refused(argument)


def call(name: str, arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


@pytest.mark.parametrize("message", ["too slow", ""])
def test_a_thousand_diagnostics_that_are_alike_are_not_all_sent_back(
    ed: Editor, message: str
) -> None:
    page = ed.open(CODE)
    diagnostic = {"range": span(CODE, 14, 20), "message": message}
    other = {"range": span(CODE, 14, 20), "message": "too long"}
    answer = ed.actions(page, 14, 20, diagnostics=[other, *[diagnostic] * 1000])
    fixed = [action.get("diagnostics") for action in answer]
    assert [other] in fixed
    assert len(json.dumps(answer)) < 50_000
