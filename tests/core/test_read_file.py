"""What is no regular file is not waited for, and not followed where it may not be."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from foretype.core.read_file import read_file


def test_reads_the_beginning_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\r\ntwo\x1a")
    assert read_file(tmp_path / "a", 100) == b"one\r\ntwo\x1a"
    assert read_file(str(tmp_path / "a"), 5) == b"one\r\n"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links of POSIX")
def test_waits_for_no_pipe_and_follows_links_only_where_it_may(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").write_bytes(b"text")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert read_file(tmp_path / "link", 9) == b"text"
    with pytest.raises(OSError):
        read_file(tmp_path / "link", 9, follows_links=False)
    for other in ("pipe", ".", "missing"):
        with pytest.raises(OSError):
            read_file(tmp_path / other, 9)
    with pytest.raises(OSError):
        read_file("/dev/zero", 9)


def first_free_descriptor() -> int:
    descriptor = os.open(os.devnull, os.O_RDONLY)
    os.close(descriptor)
    return descriptor


def test_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"text")
    free = first_free_descriptor()
    read_file(tmp_path / "a", 9)
    with pytest.raises(OSError):
        read_file(tmp_path, 9)
    assert first_free_descriptor() == free
