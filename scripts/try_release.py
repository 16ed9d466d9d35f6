"""Install the wheel of ``dist/`` into a new environment, and use it outside of the clone."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (
    ("--version",),
    ("demo",),
    ("eval", "--help"),
    ("play", "--help"),
    ("setup", "neovim"),
    ("setup", "emacs"),
    ("doctor",),
)


def main() -> int:
    wheels = sorted((ROOT / "dist").glob("*.whl"))
    if len(wheels) != 1:
        sys.exit("dist/ holds no wheel: `make release` builds it.")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        venv.create(home / "env", with_pip=True)
        scripts = home / "env" / ("Scripts" if sys.platform == "win32" else "bin")
        _run(home, str(scripts / "python"), "-m", "pip", "install", "-q", str(wheels[0]))
        failed = [
            " ".join(command)
            for command in COMMANDS
            if _run(home, str(scripts / "foretype"), *command, check=False)
        ]
    print(f"failed: {', '.join(failed)}" if failed else "all of it works")
    return bool(failed)


def _run(home: Path, *command: str, check: bool = True) -> int:
    print("$", Path(command[0]).name, *command[1:], flush=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith("FORETYPE_")}
    own |= {"HOME": str(home), "USERPROFILE": str(home), "FORETYPE_LEDGER": ":memory:"}
    done = subprocess.run(command, cwd=home, env=own, stdin=subprocess.DEVNULL, check=check)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
