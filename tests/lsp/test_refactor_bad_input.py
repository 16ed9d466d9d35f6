"""Bad input to refactorings, against the real process: a clear message each time, and no change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.rawclient import eventually
from helpers.refactor_editor import Editor, Page, editor, span
from helpers.upstream_thread import Upstream

from foretype.upstream.failures import FAULTS

CODE = "def f(x):\n    if x == True:\n        return True\n    return False\n\n\ny = 1\n"
GOOD = "```python\ndef f(x):\n    return x == True\n```"
FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"

SAYS = {
    "400": "refuses the request (400)",
    "401": "does not accept the key in FORETYPE_API_KEY (401). Check that it is whole",
    "402": "has no credit left for this key (402). Add credit",
    "403": "does not let this key use scripted (403)",
    "404": "does not know scripted, or has no API at this address (404). Check `model`",
    "429": "has had too many requests (429). It takes more in 1 s",
    "500": "has a fault of its own (500)",
    "503": "is overloaded (503)",
    "cut": "broke off",
    "empty": "answered with nothing at all",
    "error": "has a fault of its own (502)",
    "html": "answered with a web page in place of text",
    "json": "has a fault of its own (502)",
    "loris": "took longer than 1 seconds: select less, or raise refactor.deadline_s",
    "malformed": "answered with something that cannot be read",
    "no_done": "broke off",
    "stall_first": "took longer than 1 seconds",
    "stall_headers": "took longer than 1 seconds",
    "stall_middle": "took longer than 1 seconds",
}


@pytest.fixture(scope="module")
def shared(up: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    options = {"refactor": {"deadlineS": 1, "maxRounds": 3}}
    with editor(tmp_path_factory.mktemp("work"), up.url, options=options) as running:
        yield running


@pytest.fixture
def ed(shared: Editor, up: Upstream) -> Editor:
    up.says("no code")
    shared.applied, shared.asked = [], []
    return shared


def fenced(code: str, tag: str = "python") -> str:
    return f"```{tag}\n{code}\n```"


def call(name: str, arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


def across(page: Page) -> dict[str, Any]:
    return {"action": "across-files", "instruction": "tidy up", "uri": page.uri}


def is_untouched(ed: Editor, page: Page, text: str = CODE) -> bool:
    return page.text == text and not ed.applied and not ed.asked


def test_every_fault_has_its_sentence() -> None:
    assert set(SAYS) == set(FAULTS)


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("work", ["simplify", "across-files"])
def test_a_fault_of_the_provider_is_told(ed: Editor, up: Upstream, work: str, fault: str) -> None:
    up.says(GOOD, fault=fault)
    page = ed.open(CODE)
    place = span(CODE, 20, 20)
    asked = across(page) if work == "across-files" else {"action": work, "uri": page.uri}
    ending = ed.ended(ed.run({**asked, "range": place}))
    assert SAYS[fault] in ending and ending.endswith("nothing was changed")
    assert any(message.endswith(ending) for message in ed.said())
    assert is_untouched(ed, page)


def test_no_provider_at_all_is_told(tmp_path: Path) -> None:
    with editor(tmp_path, "http://127.0.0.1:9/v1") as ed:
        page = ed.open(CODE)
        ending = ed.ended(ed.choose(page, 20, "simplify"))
        assert "127.0.0.1:9" in ending and ending.endswith("nothing was changed")
        assert is_untouched(ed, page)


@pytest.mark.parametrize(
    ("action", "reply", "sentence"),
    [
        ("tests", "I would rather not.", "there is no code in the answer"),
        ("tests", fenced("fn f() {}", "rust"), "the code is in Rust, not in Python"),
        ("tests", fenced("def test_f(:"), "does not parse"),
        ("tests", fenced("# later"), "only comments"),
        ("flask-to-fastapi", fenced("x = 1"), "there is 1 block in the answer, where 2 were asked"),
        ("flask-to-fastapi", "None.", "there is no code in the answer, where 2 were asked"),
        (
            "flask-to-fastapi",
            fenced("x = 1", "python \\\\host\\a.py") + "\n" + fenced("y = 1"),
            "is outside of the workspace",
        ),
    ],
)
def test_a_bad_reply_makes_no_file(
    ed: Editor, up: Upstream, action: str, reply: str, sentence: str
) -> None:
    up.says(reply, stops=False)
    page = ed.open(FLASK)
    before = sorted(ed.root.rglob("*"))
    ending = ed.ended(ed.choose(page, 0, action))
    assert sentence in ending and "nothing was changed" in ending
    assert len(up.log.requests) == 2, "the model is told once"
    assert is_untouched(ed, page, FLASK) and sorted(ed.root.rglob("*")) == before


@pytest.mark.parametrize(
    "path", ["~/out.py", "..\\out.py", "file:///tmp/out.py", "CON", "a/../../b"]
)
def test_tools_write_nothing_outside(ed: Editor, up: Upstream, path: str) -> None:
    write = call("write_file", {"path": path, "content": "x = 1\n"})
    up.next({"tool_calls": [write]}, "I cannot.")
    page = ed.open(CODE)
    before = sorted(ed.root.rglob("*"))
    assert ed.ended(ed.run(across(page))).startswith("nothing to change. I cannot")
    (answer,) = (m["content"] for m in up.log.requests[1].body["messages"] if m["role"] == "tool")
    assert answer.startswith("error: ")
    assert is_untouched(ed, page) and sorted(ed.root.rglob("*")) == before


def test_reads_without_an_end_are_ended(ed: Editor, up: Upstream) -> None:
    (ed.root / "long.txt").write_text("line\n" * 50)
    reads = [
        {"tool_calls": [call("read_file", {"path": "long.txt", "first_line": number})]}
        for number in range(1, 9)
    ]
    up.next(*reads)
    page = ed.open(CODE)
    assert "not done after 3 rounds; nothing was changed" in ed.ended(ed.run(across(page)))
    assert len(up.log.requests) == 3 and is_untouched(ed, page)


def test_a_file_that_stays_broken_is_refused(ed: Editor, up: Upstream) -> None:
    write = call("write_file", {"path": "broken.py", "content": "def f(:\n"})
    up.next({"tool_calls": [write]}, "Done.", "Done.")
    page = ed.open(CODE)
    ending = ed.ended(ed.run(across(page)))
    assert "broken.py: it does not parse" in ending and "nothing was changed" in ending
    assert is_untouched(ed, page)


BAD = "I would rather not."
STAGES: dict[str, tuple[Any, ...]] = {
    "asking again": (BAD, {"text": GOOD, "fault": "stall_headers"}),
    "continuing": (
        {"text": "```python\ndef f(x):\n    ret", "finish": "length"},
        {"text": GOOD, "fault": "stall_headers"},
    ),
    "after a tool": (
        {"tool_calls": [call("read_file", {"path": "long.txt"})]},
        {"text": "Done.", "fault": "stall_headers"},
    ),
    "after a write": (
        {"tool_calls": [call("write_file", {"path": "new.py", "content": "x = 1\n"})]},
        {"text": "Done.", "fault": "stall_middle"},
    ),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_cancel_between_two_answers(up: Upstream, tmp_path: Path, stage: str) -> None:
    with editor(tmp_path, up.url) as ed:
        up.says(BAD)
        up.next(*STAGES[stage])
        page = ed.open(CODE)
        before = sorted(tmp_path.rglob("*"))
        asked = across(page) if stage.startswith("after") else {"action": "simplify"}
        run = ed.run({**asked, "uri": page.uri, "range": span(CODE, 20, 20)})
        assert eventually(lambda: len(up.log.requests) == 2)
        ed.raw.notify("window/workDoneProgress/cancel", {"token": run})
        assert ed.ended(run) == "cancelled, nothing was changed"
        assert eventually(lambda: len(up.log.aborted) == 1), "the connection is closed"
        assert is_untouched(ed, page) and sorted(tmp_path.rglob("*")) == before


def test_a_cancel_right_after_the_beginning(ed: Editor, up: Upstream) -> None:
    up.says(GOOD, fault="stall_headers")
    page = ed.open(CODE)
    command = {"command": "foretype.refactor"}
    argument = {"action": "simplify", "uri": page.uri, "range": span(CODE, 20, 20)}
    # Both at once, so that the run has hardly begun.
    ed.raw.ask("workspace/executeCommand", {**command, "arguments": [argument]})
    cancel = ed.raw.ask("workspace/executeCommand", {"command": "foretype.cancel"})
    assert ed.raw.answer(cancel)["result"] == {"cancelled": 1}
    assert eventually(lambda: any("cancelled, nothing was changed" in m for m in ed.said()))
    assert is_untouched(ed, page)
