"""Read a small file of foretype's own, whatever somebody has put in its place."""

from __future__ import annotations

from pathlib import Path

from foretype.core.read_file import read_file


def read_state(path: Path, max_bytes: int) -> bytes:
    """Return a file's content. Raises OSError; ValueError for a larger file, which is not ours."""
    data = read_file(path, max_bytes + 1)
    if len(data) > max_bytes:
        raise ValueError("the file is too large to be ours")
    return data
