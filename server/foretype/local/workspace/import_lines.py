"""Whether another file of a project has an import, word for word.

Walks the project: not for the event loop. Bounded in files and bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from foretype.core.read_file import read_file
from foretype.local.walk import files_below

MAX_FILES = 3_000
"""Files of the language that are read; what none of them has counts as not there."""
HEAD_BYTES = 20_000
"""Bytes at the top of a file among which its imports are."""


def lines_there(
    wanted: Iterable[str],
    roots: Sequence[Path],
    endings: frozenset[str],
    except_for: Path,
    is_excluded: Callable[[str], str | None],
    *,
    folder: Path | None = None,
) -> set[str]:
    """Return those of some lines that other files of a project have as lines of their own.

    ``endings``: the language's, such as ``.py``. ``folder``: only files right in it.
    """
    missing, found = {tidied(line): line for line in wanted}, set[str]()
    n_files = 0
    for root in roots:
        for file in files_below(root):
            if not missing or n_files >= MAX_FILES:
                return found
            path = Path(file.path)
            is_other = path.suffix in endings and path != except_for
            if not is_other or (folder is not None and path.parent != folder):
                continue
            if is_excluded(file.path) is not None:
                continue
            n_files += 1
            for line in _head(path):
                if (known := missing.pop(tidied(line), None)) is not None:
                    found.add(known)
    return found


def tidied(line: str) -> str:
    """Return a line without what does not change its meaning."""
    return " ".join(line.split()).removesuffix(";")


def _head(path: Path) -> list[str]:
    try:
        return read_file(path, HEAD_BYTES).decode("utf-8", "replace").split("\n")
    except OSError:
        return []
