"""Where the repository is, and what is kept outside of it."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"


def live_in(home: str) -> None:
    """Have this process, and all that it starts, take a folder for the user's home.

    So nothing is written to the real one, whichever variables a test hands on. What the install
    scripts fetched is still found where it is.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    for variable, folder in {
        "FORETYPE_EDITORS": "foretype-editors",
        "FORETYPE_SERVERS": "foretype-servers",
    }.items():
        os.environ.setdefault(variable, str(cache / folder))
    for kind in ("CONFIG", "DATA", "STATE", "CACHE"):
        os.environ.pop(f"XDG_{kind}_HOME", None)
    for variable in (
        *("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
        # Windows itself is asked otherwise.
        "WIN_PD_OVERRIDE_LOCAL_APPDATA",
    ):
        os.environ[variable] = home
