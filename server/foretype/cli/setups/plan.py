"""What setting up an editor would change: files to write or delete, programs to run.

A plan is created without changing anything, so that it can be shown first.
"""

from __future__ import annotations

import difflib
import os
import shlex
import shutil
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from foretype.cli.terminal import BadInput
from foretype.core.atomic_write import write_atomically
from foretype.core.text_style import line_end_of

MAX_DIFF_LINES = 40
"""Maximum lines of a change that are shown."""


@dataclass(frozen=True, slots=True)
class Write:
    """A file's text from now on; None deletes it."""

    path: Path
    text: str | None

    @property
    def before(self) -> str | None:
        return read(self.path)

    @property
    def changes(self) -> bool:
        return self.before != self.text


@dataclass(frozen=True, slots=True)
class Run:
    """A program to run, such as an editor's own installer of extensions."""

    command: tuple[str, ...]

    def __str__(self) -> str:
        return in_one_line(self.command)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that is to be done for one editor."""

    writes: tuple[Write, ...] = ()
    runs: tuple[Run, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences for the user: remaining manual steps."""
    warnings: tuple[str, ...] = ()
    """Problems, which are shown first in any case."""
    owned: tuple[Path, ...] = ()
    """Folders that only we use: deleted once they are empty."""

    @property
    def changed(self) -> tuple[Write, ...]:
        return tuple(write for write in self.writes if write.changes)


def read(path: Path) -> str | None:
    """A file's text with its line ends as they are; None where there is no file.

    Raises BadInput where it cannot be read, or is not in UTF-8.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise BadInput(
            f"{path} is not text in UTF-8. Nothing was changed: save it as UTF-8, then run this "
            "again."
        ) from None
    except OSError as fault:
        raise _unusable(path, "read", fault) from fault


def _unusable(path: Path, done: str, fault: OSError) -> BadInput:
    file = next((folder for folder in path.parents if folder.is_file()), None)
    if file is not None:
        return BadInput(
            f"{file} is a file where a folder is needed, for {path}. Nothing was changed: move it "
            "away, then run this again."
        )
    return BadInput(
        f"{path} cannot be {done}: {fault.strerror or fault}. Fix that, then run this again."
    )


def apply_write(write: Write) -> None:
    """Write or delete one file. A file that is replaced keeps its permissions, and a symbolic
    link, as managers of dotfiles make them, stays one. Raises BadInput where it cannot be."""
    try:
        _apply_write(write)
    except OSError as fault:
        raise _unusable(write.path, "written", fault) from fault


def refuse_unwritable(writes: Iterable[Write]) -> None:
    """Raises BadInput where a file is read-only: somebody has said that it stays as it is.
    Asked before the first file is written, because half a set-up serves nobody."""
    for write in writes:
        path = Path(os.path.realpath(write.path))
        if path.exists() and not path.stat().st_mode & stat.S_IWUSR:
            raise BadInput(
                f"{path} is read-only. Nothing was changed: make it writable, or add manually what "
                "this shows without --write."
            )


def _apply_write(write: Write) -> None:
    path = Path(os.path.realpath(write.path))
    if write.text is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, write.text.encode())


def delete_empty(folders: Iterable[Path]) -> None:
    """Delete folders that hold no file any more, with the empty folders inside."""
    for folder in folders:
        for root, _, _ in os.walk(folder, topdown=False):
            if not any(Path(root).iterdir()):
                Path(root).rmdir()


def diff(write: Write) -> list[str]:
    """The change as a unified diff, cut short; the number of lines for a long new file."""
    before, after = write.before, write.text
    if before is None and after is not None and after.count("\n") > 25:
        return [f"(a new file of {after.count(chr(10))} lines)"]
    if after is None:
        return ["(deleted)"]
    lines = difflib.unified_diff(
        (before or "").splitlines(), after.splitlines(), n=1, lineterm="", fromfile="", tofile=""
    )
    shown = [line for line in lines if not line.startswith(("---", "+++"))]
    if len(shown) > MAX_DIFF_LINES:
        shown[MAX_DIFF_LINES:] = [f"(and {len(shown) - MAX_DIFF_LINES} lines more)"]
    return shown


def server_command() -> tuple[str, ...]:
    """How an editor starts this very installation: by name where every PATH of the user's leads
    here, else by its absolute path. An activated virtual environment is on this PATH alone."""
    here = Path(sys.executable).parent
    beside = shutil.which("foretype", path=str(here))
    found = shutil.which("foretype")
    activated = found and sys.prefix != sys.base_prefix and Path(found).parent == here
    if found and not activated and (not beside or os.path.samefile(found, beside)):
        return ("foretype", "--stdio")
    if beside:
        return (str(Path(beside).absolute()), "--stdio")
    return (sys.executable, "-m", "foretype", "--stdio")


def in_one_line(command: tuple[str, ...]) -> str:
    """A command as one types it."""
    if sys.platform == "win32":
        return " ".join(f'"{word}"' if " " in word else word for word in command)
    return shlex.join(command)


def templates(editor: str) -> Path:
    """The folder with an editor's files: inside the installed package, or in the checkout."""
    package = Path(__file__).resolve().parents[2]
    installed = package / "editors" / editor
    return installed if installed.is_dir() else package.parents[1] / "editors" / editor


def with_block(text: str | None, block: str, comment: str) -> str:
    """A file's text with our block at its end, in place of the one it may have; None for a file
    that is to be made. What else is added is noted in the block's first line."""
    own = without_block(text, comment)
    rest = own or ""
    if not block:
        return rest
    newline = line_end_of(rest)
    gap = "" if not rest or rest.endswith("\n") else newline
    blank = newline if rest else ""
    added = _MADE if own is None else _LINE_END if gap else ""
    lines = [f"{comment} >>> foretype: written by `foretype setup`, which also takes it out{added}"]
    lines += block.strip("\n").split("\n")
    lines += [f"{comment} <<< foretype"]
    return rest + gap + blank + newline.join(lines) + newline


_MADE = ", with the file"
_LINE_END = ", with the line end above"


def without_block(text: str | None, comment: str) -> str | None:
    """A file's text without our block; None where that leaves nothing of a file that we made."""
    if text is None:
        return None
    lines = text.splitlines(keepends=True)
    first, last = block_at(lines, comment)
    if first is None or last is None:
        return text
    opening = lines[first].rstrip("\r\n")
    newline = lines[first][len(opening) :]
    before, after = lines[:first], lines[last + 1 :]
    if before and not before[-1].strip():
        before.pop()
    if opening.endswith(_LINE_END) and before and not after:
        before[-1] = before[-1].removesuffix(newline)
    rest = "".join(before + after)
    return None if opening.endswith(_MADE) and not rest else rest


def block_at(lines: list[str], comment: str) -> tuple[int | None, int | None]:
    """The numbers of our block's first and last line; None for each where it is not whole. An
    opening line whose closing one is gone counts for nothing: what follows it is the user's."""
    opening, closing = f"{comment} >>> foretype", f"{comment} <<< foretype"
    first = None
    for number, line in enumerate(lines):
        if line.startswith(opening):
            first = number
        elif line.startswith(closing) and first is not None:
            return first, number
    return None, None
