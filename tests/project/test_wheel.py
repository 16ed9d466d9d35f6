"""The built wheel: everything is in it, and it works outside the clone."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from helpers.paths import ROOT

from foretype import __version__


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    return wheel


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    sources = (ROOT / "server").rglob("*")
    wanted = {
        path.relative_to(ROOT / "server").as_posix()
        for path in sources
        if path.is_file() and path.suffix not in (".pyc", "") and "__pycache__" not in path.parts
    }
    assert wanted <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests", "benches", "editors"))]


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What installing the wheel puts into ``site-packages``."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def python(site: Path, cwd: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(site), "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_works_outside_the_clone(site: Path, tmp_path: Path) -> None:
    where = "import foretype; print(foretype.__file__)"
    assert str(site) in python(site, tmp_path, "-c", where)
    assert __version__ in python(site, tmp_path, "-m", "foretype", "--version")
    assert "Usage" in python(site, tmp_path, "-m", "foretype", "complete", "--help")


@pytest.mark.skipif(not os.environ.get("CI"), reason="takes half a minute: CI does it")
def test_the_wheel_runs_the_demo_outside_the_clone(site: Path, tmp_path: Path) -> None:
    assert "keys" in python(site, tmp_path, "-m", "foretype", "demo")
