"""A file of foretype's own, and what somebody has put in its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from foretype.core.state_file import read_state


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_bytes(b"12345")
    assert read_state(file, 5) == b"12345"
    with pytest.raises(ValueError, match="too large"):
        read_state(file, 4)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_and_a_device_count_as_missing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path, tmp_path / "nothing"):
        with pytest.raises(FileNotFoundError):
            read_state(path, 5)
