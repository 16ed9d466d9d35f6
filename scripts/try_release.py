"""Install the wheel of ``dist/`` into a new environment, and use it outside of the clone."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = "Scripts" if sys.platform == "win32" else "bin"
COMMANDS = (("--version",), ("demo",), ("setup", "neovim"), ("setup", "emacs"), ("doctor",))


def main() -> int:
    wheels = sorted((ROOT / "dist").glob("*.whl"))
    if len(wheels) != 1:
        sys.exit("dist/ holds no wheel, or several: `make release` builds one.")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        venv.create(home / "env", with_pip=True)
        python = str(home / "env" / BIN / "python")
        foretype = str(home / "env" / BIN / "foretype")
        if not works(home, python, "-m", "pip", "install", "-q", str(wheels[0])):
            return 1
        failed = [" ".join(each) for each in COMMANDS if not works(home, foretype, *each)]
        with running(home, python, "-m", "foretype.upstream") as url:
            page = str(home / "page.html")
            asked = (foretype, "eval", "--models", f"scripted@{url}", "--html", page)
            if not works(home, *asked) or not Path(page).is_file():
                failed.append("eval")
        with (
            running(home, foretype, "play", "--no-open") as address,
            urllib.request.urlopen(address) as answer,
        ):
            if b"<script" not in answer.read():
                failed.append("play")
    print(f"failed: {', '.join(failed)}" if failed else "all of it works")
    return bool(failed)


def works(home: Path, *command: str) -> bool:
    """Whether a command succeeds."""
    print("$", Path(command[0]).name, *command[1:], flush=True)
    nothing = subprocess.DEVNULL
    return not subprocess.run(command, cwd=home, env=_own(home), stdin=nothing).returncode


@contextmanager
def running(home: Path, *command: str) -> Iterator[str]:
    """Keep a command running; gives the first line that it prints."""
    print("$", Path(command[0]).name, *command[1:], flush=True)
    process = subprocess.Popen(
        command,
        cwd=home,
        env=_own(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def _own(home: Path) -> dict[str, str]:
    """Return an environment that points to nothing of the user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FORETYPE_")}
    places = {"HOME": str(home), "USERPROFILE": str(home), "APPDATA": str(home)}
    return {**kept, **places, "FORETYPE_LEDGER": ":memory:", "PYTHONUTF8": "1"}


if __name__ == "__main__":
    sys.exit(main())
