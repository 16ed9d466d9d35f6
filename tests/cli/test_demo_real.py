"""The demo before the real server, as a user starts it. Slow: it types at a person's pace."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from foretype.cli.demo import command, scenes
from foretype.cli.demo.backstage import Upstream
from foretype.cli.demo.typist import TypingRhythm

psutil = pytest.importorskip("psutil")


@pytest.fixture(autouse=True)
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a key nor a file of the one who runs the tests."""
    for name in os.environ:
        if name.startswith("FORETYPE_") or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    config = tmp_path / "foretype.toml"
    config.write_text("")
    monkeypatch.setenv("FORETYPE_CONFIG", str(config))
    monkeypatch.setenv("FORETYPE_LEDGER", str(tmp_path / "ledger.sqlite3"))


@pytest.mark.parametrize(
    ("upstream", "said"),
    [
        ("auto", "No key is set, so the embedded engine completes"),
        ("local", "The embedded engine completes"),
        ("scripted", "A server on this machine plays the model"),
    ],
)
async def test_shows_right_suggestions(upstream: Upstream, said: str, tmp_path: Path) -> None:
    out = io.StringIO()
    code = await command.play(
        scenes.library_scenes(7)[:1],
        console=Console(file=out, width=120, color_system=None),
        upstream=upstream,
        rhythm=TypingRhythm(7, 1.5),
    )
    shown = out.getvalue()
    assert code == 0, shown
    assert said in shown and "Tab" in shown and "visible within 400 ms" in shown
    # The user's figures are of the user's own work.
    assert not (tmp_path / "ledger.sqlite3").exists()


def test_types_a_file_of_the_user_and_leaves_it_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    block = (
        'def f{0}(x):\n    if not x:\n        raise ValueError("there is no x")\n    return x\n\n\n'
    )
    path.write_text("".join(block.format(n) for n in range(8)))
    before = path.read_bytes(), path.stat().st_mtime_ns
    options = ["--file", str(path), "--line", "37", "--pace", "1.5"]
    done = _demo(*options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "own.py" in done.stdout and "Tab" in done.stdout
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_an_excluded_file_shows_nothing_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n\n" + "NAME=value\n" * 4)
    done = _demo("--file", str(path), "--line", "3", "--pace", "1.5")
    assert done.returncode == 1
    assert "excluded" in done.stdout and "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C of POSIX")
def test_ctrl_c_ends_it_and_the_server() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "foretype", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    servers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "Traceback" not in err
    assert servers and not [server for server in servers if server.is_running()]


def _demo(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "foretype", "demo", *options],
        capture_output=True,
        text=True,
        timeout=120,
    )
