"""Places in files, as the user names them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from foretype.cli.file_position import (
    FilePosition,
    language_of,
    open_at_position,
    parse_position,
    project_of,
)
from foretype.cli.terminal import BadInput


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        ("main.py:40:8", FilePosition(Path("main.py"), 40, 8)),
        ("C:\\x.py:3:4", FilePosition(Path("C:\\x.py"), 3, 4)),
        ("C:/project/x.py:3:4", FilePosition(Path("C:/project/x.py"), 3, 4)),
        ("a:b:c.py:1:2", FilePosition(Path("a:b:c.py"), 1, 2)),
        ("./ä ö.py:1:1", FilePosition(Path("./ä ö.py"), 1, 1)),
    ],
)
def test_reads_a_place(text: str, spot: FilePosition) -> None:
    assert parse_position(text) == spot


@pytest.mark.parametrize(
    "text",
    ["", "main.py", "main.py:3", "C:\\x.py:3", ":3:4", "main.py:a:4", "main.py:3:4:", "x:-1:2"],
)
def test_says_how_to_write_a_place(text: str) -> None:
    with pytest.raises(BadInput, match="FILE:LINE:COL"):
        parse_position(text)


@pytest.mark.parametrize("text", ["main.py:0:1", "main.py:1:0"])
def test_counts_from_1(text: str) -> None:
    with pytest.raises(BadInput, match="from 1"):
        parse_position(text)


@pytest.mark.parametrize(
    ("text", "line", "column", "before", "after"),
    [
        ("ab\ncd\n", 1, 1, "", "ab"),
        ("ab\ncd\n", 2, 2, "c", "d"),
        ("ab\ncd\n", 2, 3, "cd", ""),
        ("ab\ncd\n", 3, 1, "", ""),
        ("ab\r\ncd", 1, 3, "ab", ""),
        ("x = '😀'\n", 1, 7, "x = '😀", "'"),
        ("a\x0cb\u2028c\n", 1, 5, "a\x0cb\u2028", "c"),
        ("", 1, 1, "", ""),
        ("\ufeffab", 1, 2, "a", "b"),
    ],
)
def test_finds_the_place(
    tmp_path: Path, text: str, line: int, column: int, before: str, after: str
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(text.encode())
    place = open_at_position(FilePosition(path, line, column))
    assert (place.before, place.after) == (before, after)
    assert place.document.language == "python"
    assert place.document.uri == path.resolve().as_uri()


@pytest.mark.parametrize(
    ("content", "line", "column", "says"),
    [
        (b"ab\n", 3, 1, "has 2 lines, there is no line 3"),
        (b"ab", 2, 1, "has 1 line, there is no line 2"),
        (b"ab\n", 1, 4, "has 2 characters: its last column is 3, there is no column 4"),
        (b"a\0b", 1, 1, "binary"),
        (b"\x89PNG\r\n\x1a\n\0\0", 1, 1, "binary"),
        (b"caf\xe9", 1, 1, "not text in UTF-8"),
    ],
)
def test_says_why_there_is_no_such_place(
    tmp_path: Path, content: bytes, line: int, column: int, says: str
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(content)
    with pytest.raises(BadInput) as fault:
        open_at_position(FilePosition(path, line, column))
    assert says in fault.value.message


def test_says_that_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file"):
        open_at_position(FilePosition(tmp_path / "none.py", 1, 1))


def test_says_that_it_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder"):
        open_at_position(FilePosition(tmp_path, 1, 1))


def test_says_that_the_name_is_none() -> None:
    with pytest.raises(BadInput, match="no name of a file|There is no file"):
        open_at_position(FilePosition(Path("a\0b"), 1, 1))


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read all")
def test_says_that_it_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x")
    path.chmod(0)
    with pytest.raises(BadInput, match="cannot be read"):
        open_at_position(FilePosition(path, 1, 1))


def test_knows_languages_by_their_names() -> None:
    assert [language_of(Path(name)) for name in ("a.PY", "b.tsx", "Makefile", "c.unknown")] == [
        "python",
        "typescriptreact",
        "makefile",
        "",
    ]


def test_a_project_begins_where_it_says_so(tmp_path: Path) -> None:
    inner = tmp_path / "src" / "deep"
    inner.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    assert project_of(inner / "a.py") == tmp_path.resolve()
    (tmp_path / "src" / ".foretype.toml").write_text("")
    assert project_of(inner / "a.py") == (tmp_path / "src").resolve()


@pytest.mark.skipif(sys.platform == "win32", reason="such files are POSIX's")
def test_what_would_never_end_is_not_read(tmp_path: Path) -> None:
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe.py")
    for path in (tmp_path / "pipe.py", Path("/dev/zero")):
        with pytest.raises(BadInput, match="no ordinary file"):
            open_at_position(FilePosition(path, 1, 1))
