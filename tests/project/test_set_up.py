"""The first minute of a newcomer: which Python is found, when the environment is made again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.paths import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stand-ins are shell scripts")

TOOLS = ("sh", "cat", "cmp", "mkdir", "cp", "chmod")
STANDS_IN = """#!/bin/sh
case "$1" in
-c) exit {version_is_fine} ;;
scripts/set_up.py)
    echo "{name} $2" >>calls
    mkdir -p .venv/bin
    cp "$0" .venv/bin/python
    exit {set_up} ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with our set-up, and a folder of programs that holds what a shell has and no more."""
    folder = tmp_path / "my clone"
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    (folder / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "programs").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found
        (tmp_path / "programs" / tool).symlink_to(found)
    return folder


def stand_in(clone: Path, name: str, *, version_is_fine: bool = True, set_up: int = 0) -> Path:
    program = clone.parent / "programs" / name
    text = STANDS_IN.format(version_is_fine=int(not version_is_fine), name=name, set_up=set_up)
    program.write_text(text)
    program.chmod(0o755)
    return program


def set_up(
    clone: Path, need: str = "for-test", **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "scripts/set-up", need],
        cwd=clone,
        env={"PATH": str(clone.parent / "programs"), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def calls(clone: Path) -> list[str]:
    return (clone / "calls").read_text().splitlines() if (clone / "calls").exists() else []


def test_without_a_python_one_message_says_what_to_install(clone: Path) -> None:
    stand_in(clone, "python3", version_is_fine=False)
    done = set_up(clone)
    assert done.returncode == 1
    assert "Python 3.11 or later" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["python3.14", "python3.11", "python3", "python"])
def test_a_python_is_found_by_its_usual_names(clone: Path, name: str) -> None:
    stand_in(clone, "python3.12", version_is_fine=False)
    stand_in(clone, name)
    assert set_up(clone).returncode == 0
    assert calls(clone) == [f"{name} for-test"]


def test_windows_launcher_is_asked_last(clone: Path) -> None:
    program = stand_in(clone, "py")
    program.write_text('#!/bin/sh\n[ "$1" = -3 ] && shift\n' + program.read_text())
    assert set_up(clone).returncode == 0
    assert calls(clone) == ["py for-test"]


def test_a_python_may_be_named(clone: Path) -> None:
    stand_in(clone, "python3")
    named = stand_in(clone, "my own python")
    assert set_up(clone, PYTHON=str(named)).returncode == 0
    assert calls(clone) == ["my own python for-test"]


def test_it_is_done_once_and_again_when_something_changed(clone: Path) -> None:
    stand_in(clone, "python3")
    for _ in range(2):
        assert set_up(clone).returncode == 0
    assert len(calls(clone)) == 1
    assert set_up(clone, "for-demo").returncode == 0
    assert len(calls(clone)) == 1, "tests need more than the demo"
    assert set_up(clone, "for-dev").returncode == 0
    assert len(calls(clone)) == 2, "the style needs more than tests"
    (clone / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert set_up(clone).returncode == 0
    assert len(calls(clone)) == 3
    moved = clone.rename(clone.parent / "elsewhere")
    assert set_up(moved).returncode == 0
    assert len(calls(moved)) == 4, "an environment knows the folder it was made for"
    (moved / ".venv/bin/python").write_text("#!/bin/sh\nexit 1\n")
    assert set_up(moved).returncode == 0
    assert len(calls(moved)) == 5, "its Python was taken away"


def test_a_set_up_that_failed_is_tried_again(clone: Path) -> None:
    stand_in(clone, "python3", set_up=1)
    assert set_up(clone).returncode == 1
    assert not (clone / ".venv/for-test").exists()
    stand_in(clone, "python3")
    assert set_up(clone).returncode == 0
    assert len(calls(clone)) == 2


def test_ci_runs_what_a_newcomer_runs(tmp_path: Path) -> None:
    make = tmp_path / "make"
    make.write_text('#!/bin/sh\necho "$PWD: $*"\n')
    make.chmod(0o755)
    done = subprocess.run(
        ["bash", str(ROOT / ".ci/run")],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{ROOT}: lint types test test-editors test-servers\n"


def test_make_knows_the_names_that_others_rely_on() -> None:
    if not shutil.which("make"):
        pytest.skip("there is no make")
    for target in ("demo", "test", "lint", "types", "fix", "bench", "docs"):
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
