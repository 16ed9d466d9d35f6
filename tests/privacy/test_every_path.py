"""No secret is in any byte that the upstream receives, by whatever path it would leave.

The real process over stdio, the scripted upstream, and a secret of each shape and form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.rawclient import eventually
from helpers.refactor_editor import ALL, Editor, Page, editor, span
from helpers.secret_samples import FORMS, TOKENS, filled, token
from helpers.upstream_thread import Upstream

SAMPLES = [
    *((f'x{n} = "{token(kind)}"', token(kind)) for n, kind in enumerate(TOKENS)),
    *(filled(form) for form in FORMS),
]
TEXT = "".join(f"{text}\n\nprint({n})\n\n" for n, (text, _) in enumerate(SAMPLES))
OPTIONS = {
    "completion": {"local": "off", "headStart": False, "contextTokens": 150_000},
    "refactor": {"maxTokens": 100_000},
    "privacy": {"record": "bodies"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrets")


@pytest.fixture(scope="module")
def ed(up: Upstream, folder: Path) -> Iterator[Editor]:
    (folder / "w").mkdir()
    variables = {"FORETYPE_LEDGER": str(folder / "state/ledger.sqlite3"), "FORETYPE_LOG": "debug"}
    capabilities = {**ALL, "textDocument": {**ALL["textDocument"], "inlineCompletion": {}}}
    with editor(
        folder / "w", up.url, capabilities=capabilities, options=OPTIONS, variables=variables
    ) as running:
        # Whichever tests follow, something was sent and logged.
        page = running.open(below(SAMPLES[0][0]), name="first.py")
        complete(running, page, len(page.text))
        yield running
        # Wherever the tests of this module ran: nothing is in the log, nor in a message.
        kinds = ("window/logMessage", "window/showMessage")
        shown = [running.raw.notifications(kind) for kind in kinds]
        log = running.raw.errors.decode("utf-8", "replace")
        assert "DEBUG" in log and leaked(log) == []
        assert leaked(json.dumps(shown, ensure_ascii=False)) == []


def received(up: Upstream) -> str:
    """All that the upstream received so far, as it was sent and as it is meant."""
    bodies = [record.body for record in up.log.requests]
    return "\n".join(
        json.dumps(body, ensure_ascii=ascii_only) for body in bodies for ascii_only in (True, False)
    ) + "\n".join(str(message) for body in bodies for message in body.get("messages", ()))


def leaked(text: str) -> list[str]:
    return [secret for _, secret in SAMPLES if secret in text]


def below(text: str) -> str:
    """The text, and far enough below it a place to complete at."""
    shown = "".join(f"\nprint({line}, 'is shown')" for line in range(4))
    return f"{text}\n{shown}\n\n\nvalue = "


def complete(ed: Editor, page: Page, at: int) -> None:
    place = span(page.text, at, at)["start"]
    ed.raw.request(
        "textDocument/inlineCompletion",
        {
            "textDocument": {"uri": page.uri},
            "position": place,
            "context": {"triggerKind": 1},
        },
    )


def test_there_are_enough_secrets() -> None:
    assert len(SAMPLES) >= 200 and len(leaked(TEXT)) == len(SAMPLES)


def test_nothing_leaves_with_the_current_file(ed: Editor, up: Upstream) -> None:
    up.says("pass")
    n_before = len(up.log.requests)
    for number, (text, _) in enumerate(SAMPLES):
        page = ed.open(below(text), name=f"current{number}.py")
        complete(ed, page, len(page.text))
    sent = received(up)
    assert len(up.log.requests) - n_before >= 200 and "is shown" in sent
    assert sent.count("MASKED") >= 200 and leaked(sent) == []


def test_nothing_leaves_with_diagnostics_and_selected_code(ed: Editor, up: Upstream) -> None:
    up.says("no code")
    page = ed.open(TEXT, name="fixed.py")
    n_before = len(up.log.requests)
    for action in ("fix", "simplify"):
        problem = "undefined: " + "\n".join(text for text, _ in SAMPLES)
        argument: dict[str, Any] = {"action": action, "uri": page.uri, "problem": problem}
        argument["range"] = span(page.text, 0, len(page.text))
        if action == "simplify":
            argument["action"], argument["instruction"] = "instruct", problem
        ed.ended(ed.run(argument))
    assert len(up.log.requests) > n_before
    assert leaked(received(up)) == []


def test_nothing_leaves_with_the_results_of_tools(ed: Editor, up: Upstream) -> None:
    page = ed.open("x = 1\n", name="agent.py")
    n_lines = TEXT.count("\n")
    (ed.root / "read.py").write_text(TEXT, encoding="utf-8")
    calls = [
        {"name": "read_file", "arguments": json.dumps({"path": "read.py", "first_line": line})}
        for line in range(1, n_lines, 100)
    ]
    calls += [
        {"name": "search", "arguments": json.dumps({"text": text.split("\n")[0][:12]})}
        for text, _ in SAMPLES[::10]
    ]
    n_before = len(up.log.requests)
    for one in calls:
        up.next({"tool_calls": [one]}, "Done.")
        ed.ended(ed.run({"action": "across-files", "instruction": "look", "uri": page.uri}))
    assert len(up.log.requests) >= n_before + 2 * len(calls)
    sent = received(up)
    assert f"print({len(SAMPLES) - 1})" in sent
    assert leaked(sent) == []


def test_nothing_leaves_with_names(ed: Editor, up: Upstream) -> None:
    up.says("pass")
    kinds = [kind for kind in TOKENS if token(kind).isidentifier() and len(token(kind)) < 200]
    for kind in kinds:
        page = ed.open("def f():\n    ", name=f"{token(kind)}.py")
        complete(ed, page, len(page.text))
    assert len(kinds) > 50
    sent = received(up)
    assert "MASKED.py" in sent and leaked(sent) == []


def test_nothing_is_kept_in_the_state_folder(ed: Editor, folder: Path) -> None:
    assert eventually(lambda: any("sent" in f.name for f in (folder / "state").rglob("*")))
    for file in [file for file in (folder / "state").rglob("*") if file.is_file()]:
        assert leaked(content(file)) == [], file.name


def content(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""  # A journal of SQLite, which has done its work.
