"""What of a workspace the model may see: files inside of one folder, after links are resolved.

Excluded files do not exist. What the user sees of an open file counts, not the disk. Knows no
model; a path that may not be seen is a sentence for the model.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from foretype.core.text import BYTE_ORDER_MARK, Document
from foretype.core.text_style import with_line_ends
from foretype.core.uris import path_of
from foretype.languages import refactor_traits as languages
from foretype.refactor.agent.tool_schemas import ToolError

MAX_FILE_BYTES = 1_000_000
"""Bytes beyond which a file is not read."""
MAX_FILES = 5000
"""Files looked at in one listing or search."""

_HIDDEN_FOLDERS = {
    ".git",
    ".hg",
    ".svn",
    "node_modules",
    "__pycache__",
    ".venv",
    "venv",
    ".tox",
    ".nox",
}
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.I)


@dataclass
class Workspace:
    """One folder, as the model may see it."""

    root: Path
    excluded: Callable[[str], str | None]
    """The rule that keeps a file away from the model; None where it may be seen."""
    documents: Mapping[Path, Document] = field(default_factory=dict)
    """Open documents by their resolved paths."""

    def __post_init__(self) -> None:
        self.root = self.root.resolve()

    def path(self, given: str) -> Path:
        """The real path of what the model named. ToolError: it may not be seen."""
        plain = given.strip().replace("\\", "/")
        parts = [part for part in plain.split("/") if part not in ("", ".")]
        if plain.startswith(("/", "~")) or "\0" in plain or re.match(r"[A-Za-z][\w+.-]*:", plain):
            raise ToolError(
                f"{_display_name(given)} is outside of the workspace: use a relative path"
            )
        target = self.root.joinpath(*parts)
        try:
            real = target.resolve()
        except (OSError, RuntimeError, ValueError):
            raise ToolError(f"there is no file {_display_name(given)}") from None
        if not real.is_relative_to(self.root):
            raise ToolError(f"{_display_name(given)} is outside of the workspace")
        if self._is_hidden(real) or self._is_hidden(target) or any(map(_is_unsafe_name, parts)):
            raise ToolError(f"there is no file {_display_name(given)}, and none may be made there")
        return real

    def shown(self, path: Path) -> str:
        """A path as the model and the user see it."""
        return path.relative_to(self.root).as_posix()

    def document(self, path: Path) -> Document | None:
        """A file as it is, open or not; None where there is none. ToolError: it is no text."""
        if path in self.documents:
            return self.documents[path]
        return read_document(path)

    def text(self, path: Path) -> str:
        """A file's text, its lines ended by ``\\n``. ToolError: there is none, or it is no text."""
        if path in self.documents:
            text = self.documents[path].text.removeprefix(BYTE_ORDER_MARK)
            return with_line_ends(text, "\n")
        return with_line_ends(_read(path, self.shown(path)), "\n")

    def files(self, top: Path) -> Iterator[Path]:
        """Files that the model may see, in order. Links to folders are not followed, and one to
        a file is seen where that file is."""
        count = 0
        for folder, folders, names in os.walk(top):
            here = Path(folder)
            folders[:] = sorted(f for f in folders if not self._is_hidden(here / f))
            for name in sorted(names):
                count += 1
                if count > MAX_FILES:
                    return
                path = here / name
                if path.is_file() and not self._is_hidden(path) and self._stays_inside(path):
                    yield path

    def _stays_inside(self, path: Path) -> bool:
        """Whether a file is no link, or one to a file that may be seen."""
        if not path.is_symlink():
            return True
        real = path.resolve()
        return real.is_relative_to(self.root) and not self._is_hidden(real)

    def _is_hidden(self, path: Path) -> bool:
        inside = path.relative_to(self.root).parts if path.is_relative_to(self.root) else ()
        if any(part.lower() in _HIDDEN_FOLDERS for part in inside):
            return True
        return path != self.root and self.excluded(str(path)) is not None


def read_document(path: Path) -> Document | None:
    """A file as it lies on the disk; None where there is none. ToolError: it is no text."""
    if not path.is_file():
        return None
    language = languages.of_suffix(path.suffix)
    id_ = language.ids[0] if language.ids else ""
    return Document(path.as_uri(), _read(path, path.name), id_)


def documents_by_path(documents: Iterator[Document]) -> dict[Path, Document]:
    """Open documents under their real paths; those without a file are left out."""
    found = {}
    for document in documents:
        if path := path_of(document.uri):
            found[path.resolve()] = document
    return found


def _read(path: Path, shown: str) -> str:
    try:
        if not path.is_file():
            raise ToolError(f"there is no file {shown}")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ToolError(f"{shown} is too large to read")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError:
        raise ToolError(f"{shown} cannot be read") from None
    except UnicodeDecodeError:
        raise ToolError(f"{shown} is no text") from None
    if "\0" in text:
        raise ToolError(f"{shown} is no text")
    return text


def _is_unsafe_name(part: str) -> bool:
    """Names that mean something else on Windows: devices, streams, trailing dots."""
    if part == "..":
        return False
    return bool(_RESERVED.match(part)) or ":" in part or part != part.rstrip(". ")


def _display_name(given: str) -> str:
    return PurePosixPath(given.replace("\0", "")[:120] or ".").as_posix()
