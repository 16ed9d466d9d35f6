"""Place what a run staged in the text as it is by now, and show it as a diff.

All of it fits, or none does. Sends nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from foretype.core.edits import diff_lines, with_edits
from foretype.core.text import Document
from foretype.core.uris import path_of, path_text
from foretype.lsp.features.refactoring.following import Run, Stop
from foretype.refactor.agent.tool_schemas import ToolError
from foretype.refactor.agent.workspace import read_document
from foretype.refactor.outcome import Change, FileEdit, file_edit

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer


async def edits_now(ls: ForetypeServer, run: Run, changes: tuple[Change, ...]) -> list[FileEdit]:
    """The changes as edits of the text as it is now. Stop: one does not fit any more."""
    edits = []
    for change in changes:
        if change.document is None:
            edits.append(file_edit(change, None, None))
            continue
        current = ls.documents.get(change.uri)
        if current is None:
            if change.uri in run.opened:
                raise Stop("the file was closed meanwhile, so nothing was applied")
            current = await asyncio.to_thread(_now_on_disk, change.uri)
        place = run.place(change.document, change.start, change.end, current)
        edits.append(file_edit(change, current, place))
    return edits


def diff_of(edits: Iterable[FileEdit], roots: tuple[Path, ...]) -> str:
    """The edits as ``diff -u`` shows them. Not for the event loop."""
    lines: list[str] = []
    for edit in edits:
        name = shown_path(edit.uri, roots)
        old = "" if edit.document is None else edit.document.text
        before = "/dev/null" if edit.document is None else f"a/{name}"
        lines += diff_lines(old, with_edits(old, edit.edits), before, f"b/{name}")
    return "".join(lines).replace("\r\n", "\n")


def shown_path(uri: str, roots: tuple[Path, ...]) -> str:
    """A file's path below its workspace folder, or the whole one where it lies in none."""
    path = PurePath(path_text(uri))
    inside = [path.relative_to(root) for root in roots if path.is_relative_to(root)]
    return min(inside, key=lambda one: len(one.parts), default=path).as_posix()


def _now_on_disk(uri: str) -> Document:
    """A file that is open nowhere, as it is by now."""
    try:
        path = path_of(uri)
        document = read_document(path) if path else None
    except ToolError:
        document = None
    if document is None:
        raise Stop("a file is no longer what it was, so nothing was applied")
    return document
