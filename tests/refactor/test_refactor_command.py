"""``foretype refactor`` as a process: what it shows, what it writes, how it ends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from helpers.upstream_thread import Upstream

from foretype.cli.refactor import write_all
from foretype.cli.terminal import BadInput
from foretype.core.text import Document
from foretype.refactor.outcome import Change

EXAMPLES = Path(__file__).parent / "examples"
CODE = "def f(x):\n    if x == True:\n        return True\n    return False\n\n\ny = 1\n"
DONE = "def f(x):\n    return x == True\n\n\ny = 1\n"
GOOD = "```python\ndef f(x):\n    return x == True\n```"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Ask = Callable[..., Done]


def refactor(place: str, *options: str, home: Path, url: str = "") -> Done:
    """Run the command in a folder, with no settings but the endpoint's."""
    config = home / "settings" / "foretype.toml"
    config.parent.mkdir(exist_ok=True)
    config.touch()
    endpoint = {"FORETYPE_BASE_URL": url, "FORETYPE_MODEL": "scripted"} if url else {}
    ran = subprocess.run(
        [sys.executable, "-m", "foretype", "refactor", place, *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=home,
        env={
            "PATH": "",
            "HOME": str(home),
            "SYSTEMROOT": "C:\\Windows",
            "COLUMNS": "100",
            "FORETYPE_CONFIG": str(config),
            "NO_PROXY": "*",
            "FORETYPE_LEDGER": str(home / "settings" / "ledger.sqlite3"),
            **endpoint,
        },
        check=False,
    )
    return Done(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_bytes(CODE.encode())
    return path


@pytest.fixture
def ask(up: Upstream, tmp_path: Path) -> Ask:
    """Run the command while the upstream says a text."""

    def run(text: str, place: str, *options: str, **script: Any) -> Done:
        up.says(text, stops=False, **script)
        return refactor(place, *options, home=tmp_path, url=up.url)

    return run


def test_the_diff_is_shown_and_nothing_written(ask: Ask, file: Path, tmp_path: Path) -> None:
    done = ask(GOOD, "a.py:2", "--action", "simplify", cost=0.002)
    assert done.code == 0, done.err
    assert done.out.splitlines()[:3] == ["--- a/a.py", "+++ b/a.py", "@@ -1,7 +1,5 @@"]
    assert "-    if x == True:\n" in done.out and "+    return x == True\n" in done.out
    assert "Add --write to apply this." in done.err and "$0.0020" in done.err
    assert file.read_text() == CODE


@pytest.mark.skipif(not shutil.which("patch"), reason="there is no patch here")
def test_the_diff_is_one_that_patch_takes(ask: Ask, file: Path, tmp_path: Path) -> None:
    done = ask(GOOD, "a.py:2", "--action", "simplify")
    patched = subprocess.run(["patch", "-p1"], input=done.out, text=True, cwd=tmp_path, check=False)
    assert patched.returncode == 0 and file.read_text() == DONE


@pytest.mark.skipif(not shutil.which("patch"), reason="there is no patch here")
@pytest.mark.parametrize("end", ["\f", "\x0b", "\x85", "\u2028"])
def test_patch_takes_a_file_with_what_ends_a_line_elsewhere(
    ask: Ask, file: Path, tmp_path: Path, end: str
) -> None:
    file.write_bytes(CODE.replace("\n\n\n", f"\n# {end}a\n\n").encode())
    done = ask(GOOD, "a.py:2", "--action", "simplify")
    command = ["patch", "-p1"]
    patched = subprocess.run(command, input=done.out.encode(), cwd=tmp_path, check=False)
    assert patched.returncode == 0
    assert file.read_bytes() == DONE.replace("\n\n\n", f"\n# {end}a\n\n").encode()


def test_write_applies_it(ask: Ask, file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + CODE.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    done = ask(GOOD, "a.py:1-4", "--instruction", "shorter", "--write")
    assert done.code == 0, done.err
    assert file.read_bytes() == b"\xef\xbb\xbf" + DONE.replace("\n", "\r\n").encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert "Written: a.py." in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py", "settings"]


def test_a_new_file_is_named(ask: Ask, file: Path, tmp_path: Path) -> None:
    done = ask(
        "```python\ndef test_f():\n    assert f\n```", "a.py:1", "--action", "tests", "--write"
    )
    assert done.code == 0, done.err
    assert "Written: test_a.py." in done.err and (tmp_path / "test_a.py").exists()


def test_a_file_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text(CODE)
    inside = Change((tmp_path / "a.py" / "b.py").as_uri(), None, 0, 0, "x = 1\n")
    with pytest.raises(BadInput, match="cannot be written"):
        write_all([inside])
    document = Document((tmp_path / "a.py").as_uri(), CODE, "python")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(BadInput, match="may not be written"):
        write_all([Change(document.uri, document, 0, 3, "abc")])
    assert (tmp_path / "a.py").read_text() == CODE


def test_flask_to_fastapi_on_a_file(ask: Ask, tmp_path: Path) -> None:
    flask, module, tests = (
        (EXAMPLES / f"{name}.py.txt").read_text()
        for name in ("users", "users_fastapi", "test_users")
    )
    (tmp_path / "users.py").write_text(flask)
    reply = f"```python users_fastapi.py\n{module}```\n\n```python test_users.py\n{tests}```\n"
    options = ("users.py", "--action", "flask-to-fastapi", "--write")
    asked = ask(reply, *options)
    assert asked.code == 2 and "add --yes" in asked.err
    assert not (tmp_path / "test_users.py").exists()
    done = ask(reply, *options, "--yes")
    assert done.code == 0, done.err
    assert (tmp_path / "users_fastapi.py").read_text() == module
    assert (tmp_path / "test_users.py").read_text() == tests
    assert "--- /dev/null\n+++ b/users_fastapi.py\n" in done.out


def test_risky_code_wants_a_yes(ask: Ask, file: Path, tmp_path: Path) -> None:
    risky = "```python\ndef f(x):\n    return eval(x)\n```"
    done = ask(risky, "a.py:2", "--action", "simplify", "--write")
    assert done.code == 2
    assert "evaluates text as code (eval) (line 2)" in done.err
    assert file.read_text() == CODE


def test_a_bad_answer_changes_nothing(ask: Ask, file: Path, tmp_path: Path) -> None:
    done = ask("No.", "a.py:2", "--action", "simplify", "--write")
    assert done.code == 1 and "there is no code in the answer" in done.err
    assert done.out == "" and file.read_text() == CODE


def test_a_provider_that_fails_is_quoted(ask: Ask, file: Path, tmp_path: Path) -> None:
    done = ask("x", "a.py:2", "--action", "simplify", fault="402")
    assert done.code == 1 and "credit" in done.err.lower()


def test_without_an_action_the_menu_is_shown(file: Path, tmp_path: Path) -> None:
    done = refactor("a.py:2", home=tmp_path)
    assert done.code == 0
    assert "simplify " in done.out and "Simplify f" in done.out
    assert "Extract into a function (select the statements to extract)" in done.out


@pytest.mark.parametrize(
    ("place", "options", "sentence"),
    [
        ("nowhere.py", ("--action", "simplify"), "There is no file nowhere.py"),
        ("a.py:9", ("--action", "simplify"), "a.py has lines 1 to 8"),
        ("a.py:3-2", ("--action", "simplify"), "a.py has lines 1 to 8"),
        ("a.py", ("--action", "simplfy"), "There is no refactoring named 'simplfy'"),
        ("a.py", ("--action", "flask-to-fastapi"), "does not apply here"),
        ("a.py", ("--action", "instruct"), "An instruction is needed"),
        ("a.py", ("--instruction", ""), "An instruction is needed"),
    ],
)
def test_wrong_input_is_named(
    file: Path, tmp_path: Path, place: str, options: tuple[str, ...], sentence: str
) -> None:
    done = refactor(place, *options, home=tmp_path)
    assert done.code == 2 and sentence in done.err


def test_without_a_model_it_says_so(file: Path, tmp_path: Path) -> None:
    done = refactor("a.py:2", "--action", "simplify", home=tmp_path)
    assert done.code == 1 and "need a model: set a key, such as OPENROUTER_API_KEY" in done.err


def test_an_excluded_file_stays_here(ask: Ask, up: Upstream, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEY=1\n")
    done = ask(GOOD, ".env", "--instruction", "x")
    assert up.log.requests == []
    assert done.code == 1 and "excluded" in done.err


def test_what_it_costs_is_written_down_and_the_budget_holds(
    ask: Ask, file: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "settings" / "foretype.toml"
    settings.parent.mkdir()
    settings.write_text("[budget]\ndaily_usd = 0.001\n")
    first = ask(GOOD, "a.py:2", "--action", "simplify", cost=0.002)
    assert first.code == 0, first.err
    second = ask(GOOD, "a.py:2", "--action", "simplify", cost=0.002)
    assert second.code == 1 and "budget of $0.00 is used up" in second.err
