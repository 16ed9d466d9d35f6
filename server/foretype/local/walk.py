"""Find the files of a workspace that are worth indexing.

Bounded whatever the workspace holds: links are not followed, nothing but regular files is
touched, and what is too much is left out. Reads folders, not files.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

from foretype.languages import table

MAX_FILE_BYTES = 200_000
"""A larger file is data, or generated."""
MAX_ENTRIES = 60_000
"""Entries of folders that are looked at."""
MAX_ENTRIES_OF_FOLDER = 4_000
"""Entries of one folder that are looked at."""

_NOT_SOURCES = frozenset(
    {
        ".git", ".hg", ".svn", ".jj", ".venv", "venv", "node_modules", "site-packages",
        "__pycache__", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache",
    }
)  # fmt: skip
"""Folders of repositories, environments and caches, which not every project ignores."""


class File(NamedTuple):
    """A file as a folder lists it."""

    path: str
    language: str
    """The language's id."""
    mtime_ns: int
    size: int
    """In bytes."""


def files_below(root: Path) -> Iterator[File]:
    """Yield the source files of a folder, those of the upper folders first."""
    waiting = deque([str(root)])
    n_entries = 0
    while waiting and n_entries < MAX_ENTRIES:
        for entry in _entries(waiting.popleft()):
            n_entries += 1
            try:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _NOT_SOURCES and not _is_junction(entry):
                        waiting.append(entry.path)
                elif entry.is_file(follow_symlinks=False) and (file := _source(entry)):
                    yield file
            except (OSError, ValueError):
                continue  # gone meanwhile, not for this user, or not to be spelled


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            listed = [entry for entry, _ in zip(entries, range(MAX_ENTRIES_OF_FOLDER))]  # noqa: B905
    except OSError:
        return []
    return sorted(listed, key=lambda entry: entry.name)


def _source(entry: os.DirEntry[str]) -> File | None:
    language = table.of_file(PurePath(entry.name))
    if not language.keywords:
        return None  # prose and data teach nothing about code
    status = entry.stat(follow_symlinks=False)
    if not 0 < status.st_size <= MAX_FILE_BYTES:
        return None
    entry.path.encode()
    return File(entry.path, language.ids[0], status.st_mtime_ns, status.st_size)


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether a folder of Windows leads elsewhere; Python 3.11 cannot tell, and follows none."""
    is_junction = getattr(entry, "is_junction", None)
    if is_junction is not None:
        return bool(is_junction())
    reparse = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return bool(reparse)
