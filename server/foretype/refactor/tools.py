"""The tools of work across files: read, list, search, write, and run the user's tests.

Everything stays inside of one folder, after links are resolved; excluded files do not exist;
nothing is written to disk: writes are staged. A mistake of the model's is an answer to the model.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from foretype.exclusions import path_of
from foretype.models.base import Tool
from foretype.refactor import check, languages, trial
from foretype.refactor.edits import difference, line_end, with_line_ends
from foretype.refactor.outcome import Change
from foretype.refactor.risks import risks
from foretype.text import Document

RESULT = 4000
"""The most characters of one answer to the model."""
LARGEST_FILE = 1_000_000
"""Bytes beyond which a file is not read."""
LARGEST_WRITE = 200_000
"""Characters beyond which a file is not written."""
MOST_FILES = 5000
"""Files looked at in one listing or search."""

_NEVER = {".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", "venv", ".tox", ".nox"}
_HALF = re.compile("[\ud800-\udfff]")
"""Half of a character beyond 16 bits: JSON can hold it, no file can."""
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.I)

_PATH = {"type": "string", "description": "A path relative to the workspace, such as src/a.py"}
_TEXT = {"type": "string"}

READ = Tool(
    "read_file",
    f"Read a text file. At most {RESULT} characters come back: ask for later lines by first_line.",
    {
        "type": "object",
        "properties": {"path": _PATH, "first_line": {"type": "integer", "minimum": 1}},
        "required": ["path"],
        "additionalProperties": False,
    },
)
LIST = Tool(
    "list_files",
    "List the files of the workspace, or of a folder, whose paths match a pattern such as *.py.",
    {
        "type": "object",
        "properties": {"folder": _PATH, "pattern": _TEXT},
        "required": [],
        "additionalProperties": False,
    },
)
SEARCH = Tool(
    "search",
    "Find the lines that hold a text, letter by letter, in files whose paths match a pattern.",
    {
        "type": "object",
        "properties": {"text": _TEXT, "pattern": _TEXT},
        "required": ["text"],
        "additionalProperties": False,
    },
)
WRITE = Tool(
    "write_file",
    "Write a file: give content for the whole file, or old_text, which must occur exactly once, "
    "and new_text to put in its place.",
    {
        "type": "object",
        "properties": {"path": _PATH, "content": _TEXT, "old_text": _TEXT, "new_text": _TEXT},
        "required": ["path"],
        "additionalProperties": False,
    },
)
RUN_TESTS = Tool(
    "run_tests",
    "Run the project's tests with what you have written so far.",
    {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
)


class ToolError(Exception):
    """What the model did wrong, in a sentence for the model."""


@dataclass
class Toolbox:
    """The tools over one folder, and what was written with them."""

    root: Path
    excluded: Callable[[str], str | None]
    """The rule that keeps a file away from the model; None where it may be seen."""
    documents: Mapping[Path, Document] = field(default_factory=dict)
    """Open documents by their resolved paths: what the user sees counts, not the disk."""
    test_command: tuple[str, ...] = ()
    test_limit_s: float = 120.0
    staged: dict[Path, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = self.root.resolve()

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What the model is offered."""
        own = (RUN_TESTS,) if self.test_command else ()
        return (READ, LIST, SEARCH, WRITE, *own)

    async def call(self, name: str, arguments: str) -> str:
        """What a call gives. Wrong names and arguments are answered, not raised."""
        tool = next((tool for tool in self.tools if tool.name == name), None)
        if tool is None:
            known = ", ".join(tool.name for tool in self.tools)
            return f"error: there is no tool {name[:60]}; there are {known}"
        try:
            given = read_arguments(arguments, tool)
            if tool is RUN_TESTS:
                return cut(await self._run_tests())
            work: Callable[..., str] = getattr(self, tool.name)
            return cut(await asyncio.to_thread(work, **given))
        except ToolError as error:
            return f"error: {error}"
        except OSError as error:
            # Such as a name that is longer than the system takes.
            return f"error: {error.strerror or 'it cannot be reached'}"

    def read_file(self, path: str, first_line: int = 1) -> str:
        """A file's text from a line on."""
        text = self._text(self._path(path))
        lines = text.split("\n")
        if first_line > len(lines):
            raise ToolError(f"{path} has only {len(lines)} lines")
        rest = "\n".join(lines[first_line - 1 :])
        if len(rest) <= RESULT:
            return rest
        # Whole lines, so that the next call knows where to go on.
        shown = rest[: RESULT - 100].rpartition("\n")[0] or rest[: RESULT - 100]
        after = first_line + shown.count("\n") + 1
        return f"{shown}\n… (cut: {len(lines)} lines in all; go on with first_line={after})"

    def list_files(self, folder: str = "", pattern: str = "*") -> str:
        """Paths, one a line."""
        top = self._path(folder) if folder.strip("./") else self.root
        if not top.is_dir():
            raise ToolError(f"there is no folder {folder}")
        found = [self.shown(path) for path in self._files(top) if self._matches(path, pattern)]
        return "\n".join(found) if found else "no files"

    def search(self, text: str, pattern: str = "*") -> str:
        """Lines that hold a text, each with its path and number."""
        if not text.strip():
            raise ToolError("text is empty")
        hits: list[str] = []
        for path in self._files(self.root):
            if not self._matches(path, pattern):
                continue
            try:
                content = self._text(path)
            except ToolError:
                continue
            for number, line in enumerate(content.split("\n"), 1):
                if text in line:
                    hits.append(f"{self.shown(path)}:{number}: {line.strip()[:200]}")
            if len(hits) >= 60:
                return "\n".join([*hits[:60], "… (more; narrow it by pattern)"])
        return "\n".join(hits) if hits else "nothing found"

    def write_file(
        self,
        path: str,
        content: str | None = None,
        old_text: str | None = None,
        new_text: str | None = None,
    ) -> str:
        """Stage a file's new text."""
        target = self._path(path)
        if target == self.root or target.is_dir():
            raise ToolError(f"{path} is a folder")
        if any(above.is_file() or above in self.staged for above in target.parents):
            raise ToolError(f"{path} cannot be made: a part of its path is a file")
        exists = target in self.staged or target in self.documents or target.exists()
        current = self._text(target) if exists else ""
        if content is not None:
            if old_text is not None or new_text is not None:
                raise ToolError("give either content, or old_text and new_text")
            text = content
        elif old_text is None or new_text is None:
            raise ToolError("give content, or both old_text and new_text")
        else:
            text = _replaced(path, current, old_text, new_text, exists=exists)
        if len(text) > LARGEST_WRITE:
            raise ToolError(f"{path} would be larger than {LARGEST_WRITE} characters")
        self.staged[target] = text
        return f"{self.shown(target)} is staged: {len(text)} characters"

    def changes(self) -> tuple[Change, ...]:
        """What was written, as changes that touch no line they leave as it is."""
        made = []
        for path, text in self.staged.items():
            document = self.document(path)
            if document is None:
                made.append(Change(path.as_uri(), None, 0, 0, text))
                continue
            text = with_line_ends(text, line_end(document))
            if text != document.text:
                made.append(_narrowed(document, text))
        return tuple(made)

    def document(self, path: Path) -> Document | None:
        """A file as it was before this work; None where there was none."""
        if path in self.documents:
            return self.documents[path]
        return on_disk(path)

    def faults(self) -> list[str]:
        """What is wrong with what was written, each with its path."""
        found = []
        for path, text in self.staged.items():
            document = self.document(path)
            old = None if document is None else with_line_ends(document.text, "\n")
            language = languages.of_suffix(path.suffix)
            plain = with_line_ends(text, "\n")
            found += [
                f"{self.shown(path)}: {fault}"
                for fault in check.faults_of_file(old, plain, language)
            ]
        return found

    def shown(self, path: Path) -> str:
        """A path as the model and the user see it."""
        return path.relative_to(self.root).as_posix()

    async def _run_tests(self) -> str:
        for path, text in self.staged.items():
            document = self.document(path)
            language = languages.of_suffix(path.suffix)
            old = document.text if document else ""
            if found := risks(old, text, language):
                reason = found[0].reason
                raise ToolError(f"the tests are not run, because {self.shown(path)} {reason}")
        files = await asyncio.to_thread(lambda: list(self._files(self.root)))
        return await trial.run(
            self.test_command, self.root, files, self.staged, limit_s=self.test_limit_s
        )

    def _path(self, given: str) -> Path:
        """The real path of what the model named. What may not be seen is not there."""
        plain = given.strip().replace("\\", "/")
        parts = [part for part in plain.split("/") if part not in ("", ".")]
        if plain.startswith("/") or "\0" in plain or re.match(r"[A-Za-z][\w+.-]*:", plain):
            raise ToolError(f"{_named(given)} is outside of the workspace: use a relative path")
        target = self.root.joinpath(*parts)
        try:
            real = target.resolve()
        except (OSError, RuntimeError, ValueError):
            raise ToolError(f"there is no file {_named(given)}") from None
        if not real.is_relative_to(self.root):
            raise ToolError(f"{_named(given)} is outside of the workspace")
        if self._hidden(real) or self._hidden(target) or any(map(_unsafe, parts)):
            raise ToolError(f"there is no file {_named(given)}, and none may be made there")
        return real

    def _hidden(self, path: Path) -> bool:
        inside = path.relative_to(self.root).parts if path.is_relative_to(self.root) else ()
        if any(part.lower() in _NEVER for part in inside):
            return True
        return path != self.root and self.excluded(str(path)) is not None

    def _text(self, path: Path) -> str:
        if path in self.staged:
            return self.staged[path]
        if path in self.documents:
            return with_line_ends(self.documents[path].text, "\n")
        return with_line_ends(_read(path, self.shown(path)), "\n")

    def _files(self, top: Path) -> Iterator[Path]:
        """Files that the model may see, in order; links out of the folder are not followed."""
        count = 0
        new = sorted(path for path in self.staged if path.is_relative_to(top))
        yield from (path for path in new if not path.exists())
        for folder, folders, names in os.walk(top):
            here = Path(folder)
            folders[:] = sorted(
                f for f in folders if f not in _NEVER and not self._hidden(here / f)
            )
            for name in sorted(names):
                count += 1
                if count > MOST_FILES:
                    return
                path = here / name
                if path.is_symlink() and not path.resolve().is_relative_to(self.root):
                    continue
                if path.is_file() and not self._hidden(path):
                    yield path

    def _matches(self, path: Path, pattern: str) -> bool:
        shown = self.shown(path)
        return fnmatch(shown, pattern) or fnmatch(path.name, pattern)


def read_arguments(arguments: str, tool: Tool) -> dict[str, Any]:
    """The arguments of a call, checked against the tool's schema."""
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        raise ToolError("the arguments are no JSON: send one JSON object") from None
    if not isinstance(given, dict):
        raise ToolError("the arguments must be one JSON object")
    known: dict[str, Any] = tool.parameters["properties"]
    for name in tool.parameters["required"]:
        if given.get(name) is None:
            raise ToolError(f"{tool.name} needs {name}")
    read = {}
    for name, value in given.items():
        if name not in known:
            raise ToolError(f"{tool.name} knows no {name[:40]}; it knows {', '.join(known)}")
        if value is None:
            continue
        if known[name]["type"] == "string" and not isinstance(value, str):
            raise ToolError(f"{name} must be a string")
        if isinstance(value, str) and _HALF.search(value):
            raise ToolError(f"{name} holds half of a character: write it whole")
        if known[name]["type"] == "integer" and (
            not isinstance(value, int) or isinstance(value, bool) or value < 1
        ):
            raise ToolError(f"{name} must be a whole number from 1 on")
        read[name] = value
    return read


def on_disk(path: Path) -> Document | None:
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
        if document.uri.startswith("file:"):
            found[Path(path_of(document.uri)).resolve()] = document
    return found


def cut(text: str) -> str:
    """A result as long as one may be."""
    return text if len(text) <= RESULT else f"{text[: RESULT - 20]}\n… (cut)"


def _replaced(path: str, current: str, old: str, new: str, *, exists: bool) -> str:
    if not exists:
        raise ToolError(f"there is no file {path}: give content to make it")
    old, new = with_line_ends(old, "\n"), with_line_ends(new, "\n")
    count = current.count(old) if old else 0
    if count != 1:
        often = "does not occur" if count == 0 else f"occurs {count} times"
        raise ToolError(f"old_text {often} in {path}; it must occur exactly once")
    return current.replace(old, new)


def _narrowed(document: Document, text: str) -> Change:
    """The change of a whole file as a change of the lines that differ, so that edits elsewhere
    do not stand against it."""
    edit = difference(document.text, text)
    first, last = document.line_of(edit.start), document.line_of(edit.end)
    start, end = document.line_start(first), document.line_end(last)
    tail = len(document.text) - end
    return Change(document.uri, document, start, end, text[start : len(text) - tail])


def _read(path: Path, shown: str) -> str:
    try:
        if not path.is_file():
            raise ToolError(f"there is no file {shown}")
        if path.stat().st_size > LARGEST_FILE:
            raise ToolError(f"{shown} is too large to read")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError:
        raise ToolError(f"{shown} cannot be read") from None
    except UnicodeDecodeError:
        raise ToolError(f"{shown} is no text") from None
    if "\0" in text:
        raise ToolError(f"{shown} is no text")
    return text


def _unsafe(part: str) -> bool:
    """Names that mean something else on Windows: devices, streams, trailing dots."""
    if part == "..":
        return False
    return bool(_RESERVED.match(part)) or ":" in part or part != part.rstrip(". ")


def _named(given: str) -> str:
    return PurePosixPath(given.replace("\0", "")[:120] or ".").as_posix()
