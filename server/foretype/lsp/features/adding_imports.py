"""Add the imports that an accepted text needs: of the standard library, or as the project has them.

A menu's entry brings the edit along. Ghost text cannot: after it was accepted the file is edited,
at the version that it has then, as one step to undo.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from foretype.completion.suggestion import Suggestion
from foretype.core.text import Document, Edit
from foretype.core.uris import path_of
from foretype.lsp import convert
from foretype.lsp.features.asking import Unanswered, ask

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer

ADD, NOT_NOW = "Add", "Not now"
ARRIVES_S = 2.0
"""Seconds that an accepted text may take to arrive in the document."""
APPLY_S = 10.0
"""Seconds that the client may take to apply the edit."""
TRIES = 3
"""How often an edit is sent that a key crosses."""


def edit_beside(ls: ForetypeServer, suggestion: Suggestion) -> types.TextEdit | None:
    """The edit that comes with a menu's entry, as far as can be told without reading files."""
    if not suggestion.imports:
        return None
    document = suggestion.cursor.document
    lines, _ = _known(ls, suggestion, document)
    edit = _edit(document, lines, suggestion)
    return None if edit is None else _text_edit(ls, document, edit)


def follow(ls: ForetypeServer, suggestion_id: str) -> None:
    """A suggestion was accepted: add what it needs, where the settings let it."""
    suggestion = ls.recorder.importing.pop(suggestion_id, None)
    mode = ls.settings.completion.add_imports
    if suggestion is None or mode == "never" or not ls.profile.applies_edits:
        return
    if mode == "ask" and not ls.profile.can_show_message_request:
        return
    ls.spawn(_follow(ls, suggestion, asks=mode == "ask"))


async def _follow(ls: ForetypeServer, suggestion: Suggestion, *, asks: bool) -> None:
    document = await _with_text(ls, suggestion)
    if document is None:
        return
    lines, unknown = _known(ls, suggestion, document)
    lines += await asyncio.to_thread(_in_project, ls, unknown, document)
    if not lines or (asks and not await _may_add(ls, lines)):
        return
    for _ in range(TRIES):
        now = ls.documents.get(document.uri)
        edit = None if now is None else _edit(now, lines, suggestion)
        if now is None or edit is None or await _applied(ls, now, edit, lines):
            return
        if ls.documents.get(document.uri) == now:
            return  # The client has its reasons.


def _known(
    ls: ForetypeServer, suggestion: Suggestion, document: Document
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The imports that are needed: those that may be added, and those the project must know."""
    from foretype.languages.needed_imports import is_relative, is_standard, needed
    from foretype.local.workspace.import_lines import tidied

    language = document.language
    others = [each for each in ls.documents if _is_sibling(each, document)]
    there = {tidied(line) for each in others for line in each.text[:20_000].splitlines()}
    lines: list[str] = []
    unknown: list[str] = []
    for line in needed(suggestion.imports, suggestion.text, document):
        is_there = tidied(line) in there and not is_relative(line, language)
        (lines if is_standard(line, language) or is_there else unknown).append(line)
    return tuple(lines), tuple(unknown)


def _is_sibling(other: Document, document: Document) -> bool:
    return other.uri != document.uri and other.language == document.language


def _in_project(ls: ForetypeServer, lines: tuple[str, ...], document: Document) -> tuple[str, ...]:
    """Those of some imports that other files of the project have. Not for the event loop."""
    from foretype.languages.needed_imports import is_relative
    from foretype.local.workspace.import_lines import lines_there

    path, gate = path_of(document.uri), ls.services.gate
    if not lines or path is None or gate is None:
        return ()
    roots = [root for root in ls.services.roots if path.is_relative_to(root)]
    endings = frozenset({path.suffix})
    found: set[str] = set()
    for is_near in (True, False):
        wanted = [each for each in lines if is_relative(each, document.language) is is_near]
        folder: Path | None = path.parent if is_near else None
        if wanted:
            found |= lines_there(wanted, roots, endings, path, gate.excluded, folder=folder)
    return tuple(line for line in lines if line in found)


async def _with_text(ls: ForetypeServer, suggestion: Suggestion) -> Document | None:
    """The document once the accepted text is in it; None where it does not come."""
    cursor = suggestion.cursor
    wanted = suggestion.text.replace("\r\n", "\n").strip()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ARRIVES_S):
            while (now := ls.documents.get(cursor.document.uri)) is not None:
                if wanted in now.text.replace("\r\n", "\n") and now != cursor.document:
                    return now
                await asyncio.sleep(0.02)
    return None


async def _may_add(ls: ForetypeServer, lines: tuple[str, ...]) -> bool:
    named = ", ".join(f"`{line}`" for line in lines)
    question = f"add {named}, which the accepted text needs?"
    try:
        return await ask(ls, question, (ADD, NOT_NOW)) == ADD
    except Unanswered:
        return False


async def _applied(
    ls: ForetypeServer, document: Document, edit: Edit, lines: tuple[str, ...]
) -> bool:
    changes = [_text_edit(ls, document, edit)]
    if ls.profile.applies_document_changes:
        versioned = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
        whole = types.WorkspaceEdit(
            document_changes=[types.TextDocumentEdit(text_document=versioned, edits=[*changes])]
        )
    else:
        whole = types.WorkspaceEdit(changes={document.uri: changes})
    label = f"foretype: {lines[0]}"
    try:
        async with asyncio.timeout(APPLY_S):
            result = await ls.workspace_apply_edit_async(
                types.ApplyWorkspaceEditParams(edit=whole, label=label)
            )
    except (JsonRpcException, TimeoutError):
        return True
    if not result.applied:
        await asyncio.sleep(0.1)  # A key that crossed it is on its way.
    return bool(result.applied)


def _edit(document: Document, lines: tuple[str, ...], suggestion: Suggestion) -> Edit | None:
    from foretype.languages.needed_imports import import_edit, needed

    lines = needed(lines, suggestion.text, document)
    offset = min(suggestion.cursor.offset, len(document.text))
    return import_edit(document, lines, offset) if lines else None


def _text_edit(ls: ForetypeServer, document: Document, edit: Edit) -> types.TextEdit:
    return types.TextEdit(
        range=convert.to_range(document, edit.start, edit.end, ls.documents.encoding),
        new_text=edit.text,
    )
