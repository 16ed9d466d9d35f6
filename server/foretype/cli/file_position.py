"""Parse a position in a file: ``FILE:LINE:COL``, both from 1, in characters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from foretype.cli.terminal import BadInput, counted
from foretype.core.cursor import Cursor
from foretype.core.project import project_root
from foretype.core.text import Document
from foretype.languages import table

MAX_FILE_BYTES = 10_000_000
"""Maximum bytes of a file that is read."""


@dataclass(frozen=True, slots=True)
class FilePosition:
    """A position named by the user; the file has not been read."""

    path: Path
    line: int
    """From 1."""
    column: int
    """From 1, in characters; one more than the line has is the place at its end."""


def parse_position(text: str) -> FilePosition:
    """``FILE:LINE:COL``; the file may hold colons itself, as ``C:\\x.py`` does."""
    parts = text.rsplit(":", 2)
    if len(parts) < 3 or not parts[0] or not all(_is_number(part) for part in parts[1:]):
        raise BadInput(f"{text} names no place. Write FILE:LINE:COL, such as main.py:12:5.")
    line, column = int(parts[1]), int(parts[2])
    if line < 1 or column < 1:
        raise BadInput("Lines and columns are counted from 1.")
    return FilePosition(Path(parts[0]), line, column)


def open_at_position(spot: FilePosition) -> Cursor:
    """Open the file at a position. Raises BadInput with what is wrong."""
    document = read_document(spot.path)
    if spot.line > document.n_lines:
        has = counted(document.n_lines, "line")
        raise BadInput(f"{spot.path} has {has}, there is no line {spot.line}.")
    start = document.line_start(spot.line - 1)
    length = document.line_end(spot.line - 1) - start
    if spot.column > length + 1:
        raise BadInput(
            f"Line {spot.line} of {spot.path} has {counted(length, 'character')}: its last column "
            f"is {length + 1}, there is no column {spot.column}."
        )
    return Cursor(document, start + spot.column - 1)


def read_document(path: Path) -> Document:
    """Read a file like an editor. Raises BadInput if it is not text."""
    try:
        if path.is_dir():
            raise BadInput(f"{path} is a folder, not a file.")
        if path.exists() and not path.is_file():
            raise BadInput(f"{path} is no ordinary file.")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BadInput(f"{path} is larger than {MAX_FILE_BYTES // 1_000_000} MB.")
        raw = path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except OSError as fault:
        raise BadInput(f"{path} cannot be read: {fault.strerror or 'unknown fault'}.") from fault
    except ValueError as fault:
        raise BadInput(f"{str(path)!r} is no name of a file: {fault}.") from fault
    if b"\0" in raw:
        raise BadInput(f"{path} is a binary file.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not text in UTF-8.") from None
    return Document(path.resolve().as_uri(), text, language_of(path), version=1)


def language_of(path: Path) -> str:
    """Return the language id for a file name; "" if unknown."""
    return next(iter(table.of_file(path).ids), "")


def project_of(path: Path) -> Path:
    """Return the root folder of the file's project."""
    return project_root(path.resolve().parents)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
