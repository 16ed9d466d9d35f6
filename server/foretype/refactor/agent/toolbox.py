"""The agent's tools: read, list, search and write files, and run the user's tests.

Nothing is written to disk: writes are staged. ``workspace.py`` decides what is visible. Invalid
calls are answered, not raised.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from foretype.core.text import BYTE_ORDER_MARK, Document, difference
from foretype.core.text_style import line_end_of, with_line_ends
from foretype.core.unseen import without_unseen
from foretype.languages import refactor_traits as languages
from foretype.models.protocol import Tool
from foretype.privacy.masking import mask
from foretype.refactor.agent.tool_schemas import (
    LIST,
    MAX_RESULT_CHARS,
    READ,
    RUN_TESTS,
    SEARCH,
    WRITE,
    ToolError,
    cut,
    read_arguments,
)
from foretype.refactor.agent.workspace import Workspace
from foretype.refactor.checks import acceptance
from foretype.refactor.outcome import Change
from foretype.refactor.rewrite import secret_placeholders
from foretype.refactor.risks.find_risks import find_risks
from foretype.sandbox import confined, confined_tests

MAX_WRITE_CHARS = 200_000
"""Maximum characters of a file written by the model."""
MAX_SEARCH_LINES = 60
"""Maximum lines of one search result."""

_COULD = {
    confined.FILES: "read and change your own files",
    confined.PROCESSES: "read the environment of your other programs",
    confined.NETWORK: "use the network",
    confined.ENDS: "leave programs running",
}
"""What tests could do where the sandbox does not prevent it."""

AskPermission = Callable[[str], Awaitable[bool]]
"""Asks the user a question, and returns whether the answer was yes."""


@dataclass
class Toolbox:
    """The tools for one workspace, and the changes staged with them."""

    workspace: Workspace
    test_command: tuple[str, ...] = ()
    test_limit_s: float = 120.0
    allows: AskPermission | None = None
    """Asks the user whether the tests may run; without it the tool is not offered."""
    staged: dict[Path, str] = field(default_factory=dict)
    _allowed: dict[Path, str] | None = None
    """What was staged when the user last allowed the tests to run."""
    _refused: bool = False

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools offered to the model."""
        own = (RUN_TESTS,) if self.test_command and self.allows else ()
        return (READ, LIST, SEARCH, WRITE, *own)

    async def call(self, name: str, arguments: str) -> str:
        """Execute a tool call and return its result. Invalid calls are answered, not raised."""
        tool = next((tool for tool in self.tools if tool.name == name), None)
        if tool is None:
            known = ", ".join(tool.name for tool in self.tools)
            return f"error: there is no tool {name[:60]}; there are {known}"
        try:
            given = read_arguments(arguments, tool)
            if tool is RUN_TESTS:
                return cut(without_unseen(await self._run_tests()))
            work: Callable[..., str] = getattr(self, tool.name)
            return cut(without_unseen(await asyncio.to_thread(work, **given)))
        except ToolError as error:
            return f"error: {error}"
        except OSError as error:
            # For example a name longer than the system allows.
            return f"error: {error.strerror or 'it cannot be reached'}"

    def read_file(self, path: str, first_line: int = 1) -> str:
        """Return a file's text from a given line on."""
        # Masked while it is whole: a part may lack the name that makes a value a secret.
        text = mask(self._text(self.workspace.path(path)))
        lines = text.split("\n")
        if first_line > len(lines):
            raise ToolError(f"{path} has only {len(lines)} lines")
        rest = "\n".join(lines[first_line - 1 :])
        if len(rest) <= MAX_RESULT_CHARS:
            return rest
        # Whole lines, so that the next call knows where to continue.
        shown = rest[: MAX_RESULT_CHARS - 100].rpartition("\n")[0] or rest[: MAX_RESULT_CHARS - 100]
        after = first_line + shown.count("\n") + 1
        return f"{shown}\n… (cut: {len(lines)} lines in all; go on with first_line={after})"

    def list_files(self, folder: str = "", pattern: str = "*") -> str:
        """List paths, one per line."""
        top = self.workspace.path(folder) if folder.strip("./") else self.workspace.root
        if not top.is_dir():
            raise ToolError(f"there is no folder {folder}")
        matching = (path for path in self._files(top) if self._matches(path, pattern))
        found = [self.workspace.shown(path) for path in matching]
        return "\n".join(found) if found else "no files"

    def search(self, text: str, pattern: str = "*") -> str:
        """Find lines that contain a text, each with its path and number."""
        if not text.strip():
            raise ToolError("text is empty")
        hits: list[str] = []
        for path in self._files(self.workspace.root):
            if not self._matches(path, pattern):
                continue
            try:
                content = self._text(path)
            except ToolError:
                continue
            if text not in content:
                continue
            for number, line in enumerate(mask(content).split("\n"), 1):
                if text in line:
                    hits.append(f"{self.workspace.shown(path)}:{number}: {line.strip()[:200]}")
            if len(hits) >= MAX_SEARCH_LINES:
                return "\n".join([*hits[:MAX_SEARCH_LINES], "… (more; narrow it by pattern)"])
        return "\n".join(hits) if hits else "nothing found"

    def write_file(
        self,
        path: str,
        content: str | None = None,
        old_text: str | None = None,
        new_text: str | None = None,
    ) -> str:
        """Stage the new text of a file."""
        target = self.workspace.path(path)
        if target == self.workspace.root or target.is_dir():
            raise ToolError(f"{path} is a folder")
        if any(above.is_file() or above in self.staged for above in target.parents):
            raise ToolError(f"{path} cannot be made: a part of its path is a file")
        exists = target in self.staged or target in self.workspace.documents or target.exists()
        current = self._text(target) if exists else ""
        if content is not None:
            if old_text is not None or new_text is not None:
                raise ToolError("give either content, or old_text and new_text")
            text = content
        elif old_text is None or new_text is None:
            raise ToolError("give content, or both old_text and new_text")
        else:
            text = _replace_once(path, current, old_text, new_text, exists=exists)
        if len(text) > MAX_WRITE_CHARS:
            raise ToolError(f"{path} would be larger than {MAX_WRITE_CHARS} characters")
        self.staged[target] = text
        return f"{self.workspace.shown(target)} is staged: {len(text)} characters"

    def changes(self) -> tuple[Change, ...]:
        """Return the staged files as changes that do not touch unchanged lines."""
        made = []
        for path, text in self.staged.items():
            document = self.workspace.document(path)
            if document is None:
                made.append(Change(path.as_uri(), None, 0, 0, text))
                continue
            text = with_line_ends(_with_edges_of(text, document.text), line_end_of(document.text))
            if text != document.text:
                made.append(_narrow_change(document, text))
        return tuple(made)

    def verdict(self) -> acceptance.Verdict:
        """Judge the staged files; each fault names its file."""
        found = {self.workspace.shown(path): self._verdict(path) for path in self.staged}
        faults = (f"{name}: {fault}" for name, one in found.items() for fault in one.faults)
        doubts = (doubt for one in found.values() for doubt in one.doubts)
        return acceptance.Verdict(tuple(faults), tuple(doubts))

    def _verdict(self, path: Path) -> acceptance.Verdict:
        document = self.workspace.document(path)
        old = None if document is None else with_line_ends(document.text, "\n")
        language = languages.of_suffix(path.suffix)
        new = with_line_ends(self.staged[path], "\n")
        if gone := secret_placeholders.find_replaced_secret(old or "", new):
            return acceptance.Verdict((gone,))
        return acceptance.judge_file(old, new, language)

    async def _run_tests(self) -> str:
        for path, text in self.staged.items():
            document = self.workspace.document(path)
            language = languages.of_suffix(path.suffix)
            old = document.text if document else ""
            if found := find_risks(old, text, language):
                what = f"{self.workspace.shown(path)} {found[0].reason}"
                raise ToolError(f"the tests are not run, because {what}")
        staged, held = dict(self.staged), await confined_tests.available_confinement()
        await self._ask(staged, held)
        files = await asyncio.to_thread(lambda: list(self._files(self.workspace.root)))
        return await confined_tests.run_tests(
            self.test_command,
            self.workspace.root,
            files,
            staged,
            limit_s=self.test_limit_s,
            promised=held,
        )

    async def _ask(self, staged: dict[Path, str], held: set[str]) -> None:
        """Ask the user to allow a test run of the staged files. Raises ToolError if not allowed.

        The same question is not asked twice, and none after the user has refused.
        """
        if self._allowed == staged:
            return
        shown = [self.workspace.shown(path) for path in staged]
        if not self._refused and self.allows is not None:
            if await self.allows(question(self.test_command, shown, held)):
                self._allowed = staged
                return
            self._refused = True
        raise ToolError("the user did not allow the tests to run: go on without them")

    def _text(self, path: Path) -> str:
        return self.staged[path] if path in self.staged else self.workspace.text(path)

    def _files(self, top: Path) -> Iterator[Path]:
        """Yield the files that the model may see, its own new files first."""
        new = sorted(path for path in self.staged if path.is_relative_to(top))
        yield from (path for path in new if not path.exists())
        yield from self.workspace.files(top)

    def _matches(self, path: Path, pattern: str) -> bool:
        shown = self.workspace.shown(path)
        return fnmatch(shown, pattern) or fnmatch(path.name, pattern)


def question(command: Sequence[str], shown: Sequence[str], held: set[str]) -> str:
    """Return the question for the user before a command runs on a copy with the model's files."""
    could = [what for name, what in _COULD.items() if name not in held]
    ends = "It has no network and does not see your own files."
    if could:
        listed = ", ".join(could[:-1]) + " and " * bool(could[1:]) + could[-1]
        ends = f"On this system it could {listed}."
    return (
        f"run your tests now? {shlex.join(command)} would run on a copy of the workspace, with the "
        f"code that the model wrote in: {', '.join(shown) or 'none so far'}. {ends}"
    )


def _replace_once(path: str, current: str, old: str, new: str, *, exists: bool) -> str:
    if not exists:
        raise ToolError(f"there is no file {path}: give content to make it")
    old, new = with_line_ends(old, "\n"), with_line_ends(new, "\n")
    count = current.count(old) if old else 0
    if count != 1:
        often = "does not occur" if count == 0 else f"occurs {count} times"
        raise ToolError(f"old_text {often} in {path}; it must occur exactly once")
    return current.replace(old, new)


def _with_edges_of(text: str, old: str) -> str:
    """Restore what models omit from a whole file: a byte order mark, the last line end."""
    if text and not text.endswith(("\n", "\r")) and old.endswith(("\n", "\r")):
        text += "\n"
    marked = old.startswith(BYTE_ORDER_MARK) and not text.startswith(BYTE_ORDER_MARK)
    return BYTE_ORDER_MARK + text if marked else text


def _narrow_change(document: Document, text: str) -> Change:
    """Reduce a file's change to the lines that differ, so that edits elsewhere do not conflict."""
    edit = difference(document.text, text)
    first, last = document.line_of(edit.start), document.line_of(edit.end)
    start, end = document.line_start(first), document.line_end(last)
    tail = len(document.text) - end
    return Change(document.uri, document, start, end, text[start : len(text) - tail])
