"""The files of a project that may be opened on the page: sources that no rule excludes."""

from __future__ import annotations

from pathlib import Path

from foretype.local.walk import MAX_FILE_BYTES, files_below
from foretype.privacy.gate import Gate

MAX_FILES = 2000
"""The most that are listed."""


def listed(root: Path, gate: Gate) -> list[str]:
    """The paths, relative to the project, with ``/``. Not for the event loop."""
    paths: list[str] = []
    for file in files_below(root):
        if gate.excluded(file.path) is None:
            paths.append(Path(file.path).relative_to(root).as_posix())
            if len(paths) == MAX_FILES:
                break
    return sorted(paths)


def read(root: Path, relative: str, gate: Gate) -> str | None:
    """The text of a file of the project; None where it is not one, or may not be opened.

    Links are resolved first, so that none leads out of the project. Not for the event loop.
    """
    try:
        path = (root / relative).resolve(strict=True)
        if not path.is_relative_to(root) or not path.is_file() or gate.excluded(str(path)):
            return None
        if path.stat().st_size > MAX_FILE_BYTES:
            return None
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError):
        return None
