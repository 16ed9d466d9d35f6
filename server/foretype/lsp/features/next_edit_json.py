"""Next edits as they stand on the wire. Pure: no session, no state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lsprotocol import types

from foretype.core.text import Document
from foretype.lsp import convert
from foretype.lsp.command_names import COPILOT_ACCEPTED, NEXT_EDIT, NEXT_EDIT_ACCEPTED

if TYPE_CHECKING:
    from foretype.next_edit.next_edits import Shown

NEAR_LINES = 2
"""An edit is near that is at most so many lines from the cursor."""


def as_lines(shown: Shown, encoding: convert.Encoding, *, copilot: bool = False) -> dict[str, Any]:
    """An edit of whole lines: plugins that strike out what is replaced show it best."""
    proposal = shown.proposal
    document, edit = proposal.document, proposal.edit
    start = document.line_start(document.line_of(edit.start))
    end = document.line_start(document.line_of(edit.end) + 1)
    text = document.text[start : edit.start] + edit.text + document.text[edit.end : end]
    name = COPILOT_ACCEPTED if copilot else NEXT_EDIT_ACCEPTED
    return {
        "text": text,
        "range": to_range(document, start, end, encoding),
        "textDocument": {"uri": document.uri, "version": document.version},
        "command": {"title": "Accept", "command": name, "arguments": [shown.id]},
    }


def in_full(
    shown: Shown, document: Document, offset: int, encoding: convert.Encoding
) -> dict[str, Any]:
    """The same with what it does, and the smallest change. ``document`` is where the cursor is."""
    proposal = shown.proposal
    edit = proposal.edit
    is_here = proposal.document.uri == document.uri
    lines = abs(proposal.document.line_of(edit.start) - document.line_of(offset))
    return as_lines(shown, encoding) | {
        "id": shown.id,
        "kind": proposal.kind,
        "label": label(shown, document.uri),
        "near": is_here and lines <= NEAR_LINES,
        "inline": {
            "insertText": edit.text,
            "range": to_range(proposal.document, edit.start, edit.end, encoding),
        },
        "more": proposal.n_more,
    }


def label(shown: Shown, uri: str) -> str:
    """What an edit does, with its file's name where that is another one."""
    target = shown.proposal.document.uri
    name = unquote(target.rpartition("/")[2])
    return shown.proposal.label if target == uri else f"{shown.proposal.label} in {name}"


def code_action(shown: Shown, document: Document, position: types.Position) -> types.CodeAction:
    """The edit as a code action for a cursor in a document."""
    proposal = shown.proposal
    line = proposal.document.line_of(proposal.edit.start) + 1
    title = f"Apply the next edit: {label(shown, document.uri)} (line {line})"
    at = {"line": position.line, "character": position.character}
    argument = {"id": shown.id, "uri": document.uri, "position": at}
    command = types.Command(title=title, command=NEXT_EDIT, arguments=[argument])
    return types.CodeAction(title=title, kind=types.CodeActionKind.QuickFix, command=command)


def workspace_edit(
    shown: Shown, encoding: convert.Encoding, *, versioned: bool
) -> types.WorkspaceEdit:
    """The edit for ``workspace/applyEdit``; ``versioned`` where the client looks at versions."""
    document, edit = shown.proposal.document, shown.proposal.edit
    place = convert.to_range(document, edit.start, edit.end, encoding)
    edits = [types.TextEdit(range=place, new_text=edit.text)]
    if not versioned:
        return types.WorkspaceEdit(changes={document.uri: edits})
    version = types.OptionalVersionedTextDocumentIdentifier(
        uri=document.uri, version=document.version
    )
    change = types.TextDocumentEdit(text_document=version, edits=list(edits))
    return types.WorkspaceEdit(document_changes=[change])


def to_range(
    document: Document, start: int, end: int, encoding: convert.Encoding
) -> dict[str, Any]:
    """A range of a document as JSON."""
    place = convert.to_range(document, start, end, encoding)
    return {
        "start": {"line": place.start.line, "character": place.start.character},
        "end": {"line": place.end.line, "character": place.end.character},
    }


def to_offset(document: Document, position: Any, encoding: convert.Encoding) -> int:
    """The offset of a position in JSON; the text's start for what is none."""
    line, character = 0, 0
    if isinstance(position, Mapping):
        line, character = position.get("line", 0), position.get("character", 0)
    if not all(isinstance(n, int) and not isinstance(n, bool) for n in (line, character)):
        return 0
    at = types.Position(line=max(line, 0), character=max(character, 0))
    return convert.to_offset(document, at, encoding)
