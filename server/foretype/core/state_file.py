"""Read a small file of foretype's own, whatever somebody has put in its place."""

from __future__ import annotations

from pathlib import Path


def read_state(path: Path, max_bytes: int) -> bytes:
    """Return a file's content. Raises OSError; ValueError for a larger file, which is not ours.

    A pipe or a device, of which the end may never come, counts as missing.
    """
    if not path.is_file():
        raise FileNotFoundError(path)
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ValueError("the file is too large to be ours")
    return data
