"""The part of a workspace that the model may see: one folder, with links resolved.

Excluded files appear not to exist. Open documents take precedence over the disk. An inaccessible
path is reported in a sentence for the model.
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
from foretype.languages.definitions import word_set
from foretype.refactor.agent.tool_schemas import ToolError

MAX_FILE_BYTES = 1_000_000
"""Bytes beyond which a file is not read."""
MAX_FILES = 5000
"""Maximum files visited in one listing or search."""

_HIDDEN_FOLDERS = word_set(".git .hg .svn node_modules __pycache__ .venv venv .tox .nox")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.I)


@dataclass
class Workspace:
    """One folder as the model may see it."""

    root: Path
    excluded: Callable[[str], str | None]
    """Returns the rule that excludes a file; None if the model may see it."""
    documents: Mapping[Path, Document] = field(default_factory=dict)
    """Open documents by resolved path."""

    def __post_init__(self) -> None:
        self.root = self.root.resolve()

    def path(self, given: str) -> Path:
        """Resolve a path named by the model. Raises ToolError if it is not accessible."""
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
        """Return a path as shown to the model and the user."""
        return path.relative_to(self.root).as_posix()

    def document(self, path: Path) -> Document | None:
        """Return a file's document, open or not; None if there is none. ToolError: not text."""
        if path in self.documents:
            return self.documents[path]
        return read_document(path)

    def text(self, path: Path) -> str:
        """Return a file's text with ``\\n`` line ends. ToolError: none, or not text."""
        if path in self.documents:
            text = self.documents[path].text.removeprefix(BYTE_ORDER_MARK)
            return with_line_ends(text, "\n")
        return with_line_ends(_read(path, self.shown(path)), "\n")

    def files(self, top: Path) -> Iterator[Path]:
        """Yield the files that the model may see, in order.

        Links to folders are not followed; a link to a file counts if its target may be seen.
        """
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
        """Whether a file is not a link, or links to a file that may be seen."""
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
    """Read a file from the disk; None if it does not exist. Raises ToolError if it is not text."""
    if not path.is_file():
        return None
    language = languages.of_suffix(path.suffix)
    id_ = language.ids[0] if language.ids else ""
    return Document(path.as_uri(), _read(path, path.name), id_)


def documents_by_path(documents: Iterator[Document]) -> dict[Path, Document]:
    """Map open documents by their real paths; those without a file are left out."""
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
    """Whether a name has a special meaning on Windows: devices, streams, trailing dots."""
    if part == "..":
        return False
    return bool(_RESERVED.match(part)) or ":" in part or part != part.rstrip(". ")


def _display_name(given: str) -> str:
    return PurePosixPath(given.replace("\0", "")[:120] or ".").as_posix()
