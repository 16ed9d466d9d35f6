"""The demo as a whole, against a server process that says what it is told."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest
from helpers.paths import TESTS
from rich.console import Console

from foretype.cli.demo import command
from foretype.cli.demo.typist import Scene, TypingRhythm

FAKE = TESTS / "helpers" / "demo_fake_server.py"
TRUTH = "def total(prices):\n    return sum(prices)\n"


async def play(mode: str, tmp_path: Path, *, seconds: float = 30) -> tuple[int, str]:
    truth = tmp_path / "truth.py"
    truth.write_bytes(TRUTH.encode())
    scene = Scene("shop.py", "file:///shop.py", "python", "", TRUTH.rstrip(), "\n")
    out = io.StringIO()
    code = await command.play(
        [scene],
        console=Console(file=out, width=100, color_system=None),
        rhythm=TypingRhythm(7, 2.0),
        seconds=seconds,
        command=[sys.executable, str(FAKE), mode, str(truth)],
    )
    return code, out.getvalue()


async def test_ends_well_where_a_right_suggestion_was_shown(tmp_path: Path) -> None:
    code, shown = await play("right", tmp_path)
    assert code == 0
    assert "embedded engine completes" in shown
    # On a busy machine a suggestion comes later, when its first letters are typed.
    assert re.search(r"\[\[.*(total|sum)\(prices\).*\]\]  Tab", shown)
    assert "visible within 400 ms" in shown and "nothing left this machine" in shown


async def test_fails_where_nothing_right_was_shown(tmp_path: Path) -> None:
    code, shown = await play("wrong", tmp_path)
    assert code == 1
    assert "None of the suggestions was what the file's author wrote." in shown


async def test_fails_with_the_servers_reason_where_nothing_was_shown(tmp_path: Path) -> None:
    code, shown = await play("silent", tmp_path)
    assert code == 1
    assert "No suggestion was shown. The server says: nothing fits." in shown


@pytest.mark.parametrize("mode", ["dies", "dies at once", "talks nonsense"])
async def test_fails_with_a_sentence_where_the_server_fails(tmp_path: Path, mode: str) -> None:
    code, shown = await play(mode, tmp_path)
    assert code == 1
    assert "The demo failed. The server" in shown and "Traceback" not in shown
