"""Read what may be another thing than a file: a pipe, a device, a link."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISREG


def read_file(path: Path | str, most_bytes: int, *, follows_links: bool = True) -> bytes:
    """Return the first bytes of a file. Raises OSError, also for what is no regular file.

    A pipe, of which the end may never come, does not hold it up, and counts as missing.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not follows_links:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags)
    try:
        if not S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(path)
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(most_bytes)
    finally:
        os.close(descriptor)
