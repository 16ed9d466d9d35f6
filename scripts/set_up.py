"""Make the virtual environment ``.venv`` and install foretype into it, by whichever way there is.

Called by ``scripts/set-up`` with any Python from 3.11 on, outside the environment, so it knows the
standard library alone. What it runs is written to ``.venv/set-up.log``.
"""

from __future__ import annotations

import glob
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
LOG = VENV / "set-up.log"


def main(need: str) -> int:
    print("Setting up .venv: this takes a minute, once.", file=sys.stderr, flush=True)
    LOG.unlink(missing_ok=True)
    if not is_sound() and not make_environment():
        return fail(
            "no virtual environment can be made here: install one of python3-venv (as Debian and "
            "Ubuntu call it), virtualenv or uv, and try again"
        )
    install = next((way for question, way in ways_to_install() if runs(*question)), None)
    if install is None:
        return fail(
            "there is no pip for the virtual environment: install one of python3-venv or "
            "python3-pip (as Debian and Ubuntu call them), virtualenv or uv, and try again"
        )
    extra = "" if need == "for-demo" else f"[{need.removeprefix('for-')}]"
    if not runs(*install, "--editable", f"{ROOT}{extra}"):
        return fail(f"installing did not work ({last_words()}); {LOG} has the whole story")
    return 0


def is_sound() -> bool:
    """Whether there is an environment whose Python runs and is new enough."""
    return runs(PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))")


def make_environment() -> bool:
    """An environment, with pip inside where that is possible."""
    ways: list[list[str | Path]] = [
        [sys.executable, "-m", "venv", "--clear", VENV],
        [sys.executable, "-m", "virtualenv", "--quiet", VENV],
        ["virtualenv", "--quiet", "--python", sys.executable, VENV],
        ["uv", "venv", "--quiet", "--seed", "--python", sys.executable, VENV],
        [sys.executable, "-m", "venv", "--clear", "--without-pip", VENV],
    ]
    for way in ways:
        shutil.rmtree(VENV, ignore_errors=True)  # what a failed way left behind
        if runs(*way) and is_sound():
            return True
    return False


def ways_to_install() -> Iterator[tuple[list[str | Path], list[str | Path]]]:
    """A command that says whether a way is open, and the way, to be ended by what to install."""
    options = ["--quiet", "--disable-pip-version-check", "--no-input"]
    pips: list[list[str | Path]] = [[PYTHON, "-m", "pip"]]
    outside: list[list[str | Path]] = [[sys.executable, "-m", "pip"], ["pip3"], ["pip"]]
    outside += [[sys.executable, f"{w}/pip"] for w in glob.glob("/usr/share/python-wheels/pip-*")]
    pips += [[*pip, "--python", PYTHON] for pip in outside]
    for pip in pips:
        yield [*pip, "--version"], [*pip, "install", *options]
    yield ["uv", "--version"], ["uv", "pip", "install", "--quiet", "--python", PYTHON]


def runs(*command: str | Path) -> bool:
    """Whether a command runs and succeeds. What it says goes to the log."""
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError:
        return False
    if VENV.is_dir():
        with LOG.open("ab") as log:
            log.write(f"$ {' '.join(map(str, command))}\n".encode() + done.stdout)
    return done.returncode == 0


def last_words() -> str:
    """The last line of the log that tells an error."""
    lines = LOG.read_text("utf-8", "replace").splitlines() if LOG.exists() else []
    errors = [line for line in lines if line.lower().lstrip().startswith("error")]
    return (errors or lines or ["no output"])[-1].strip()


def fail(message: str) -> int:
    print(f"foretype's set-up: {message}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
