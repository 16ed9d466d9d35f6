"""Next edits on the wire: two requests, a code action, and commands for editors without more.

``textDocument/copilotInlineEdit`` is what plugins for Copilot's language server ask;
``foretype/nextEdit`` answers the same and what our own plugins draw. Both answer with one edit or
none, never null, for the text as it is now. Nothing here asks a model.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretype.core.text import Document
from foretype.lsp import convert
from foretype.lsp.command_names import NEXT_EDIT, NEXT_EDIT_ACCEPTED, NEXT_EDIT_REJECTED
from foretype.lsp.features.late_import import LateImport
from foretype.lsp.wire.json_rpc import RequestError

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer
    from foretype.next_edit.next_edits import NextEdits, Shown

COPILOT_INLINE_EDIT = "textDocument/copilotInlineEdit"
FORETYPE_NEXT_EDIT = "foretype/nextEdit"
NEAR_LINES = 2
"""An edit is near that is at most so many lines from the cursor."""
MAX_EARLY = 64
"""Edits from before the rules were loaded that are kept."""
APPLY_S = 30.0
"""How long a client may take to apply an edit, in seconds."""


def register(ls: ForetypeServer) -> None:
    """Offer next edits."""
    requests = NextEditRequests(ls)
    # Partials, because pygls sets attributes of handlers, which methods do not have.
    ls.feature(COPILOT_INLINE_EDIT)(partial(requests.copilot_inline_edit))
    ls.feature(FORETYPE_NEXT_EDIT)(partial(requests.next_edit))
    ls.command(NEXT_EDIT)(partial(requests.apply))
    ls.command(NEXT_EDIT_ACCEPTED)(partial(requests.accepted))
    ls.command(NEXT_EDIT_REJECTED)(partial(requests.rejected))
    ls.events.started.append(requests.load)
    ls.events.edited.append(requests.edited)
    ls.events.closed.append(requests.closed)
    ls.events.code_actions.append(requests.code_actions)


class NextEditRequests:
    """One client's next edits."""

    def __init__(self, ls: ForetypeServer) -> None:
        self._ls = ls
        self._late = LateImport(_import_rules)
        self._early: deque[tuple[Document, Document, float]] = deque(maxlen=MAX_EARLY)
        """Edits from before it was loaded."""

    async def load(self) -> None:
        """Load the rules."""
        rules = await self._late.load()
        while self._early:
            rules.edited(*self._early.popleft())

    def edited(self, old: Document, new: Document) -> None:
        at_s = asyncio.get_running_loop().time()
        if self._rules is None:
            self._early.append((old, new, at_s))
        else:
            self._rules.edited(old, new, at_s)

    def closed(self, uri: str) -> None:
        if self._rules is not None:
            self._rules.closed(uri)

    # --- requests -----------------------------------------------------------------------------

    async def copilot_inline_edit(self, params: Any) -> dict[str, Any]:
        """The next edit as whole lines, as plugins for Copilot's server expect it."""
        shown, _ = await self._settled(params)
        return {"edits": [self._as_lines(shown)] if shown else []}

    async def next_edit(self, params: Any) -> dict[str, Any]:
        """The same with what it does, and how it is to be shown: see ``next_edit.mode``."""
        shown, offset = await self._settled(params)
        mode = self._ls.settings.next_edit.mode
        return {"edits": [self._in_full(shown, offset)] if shown else [], "mode": mode}

    def code_actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """The next edit as a code action, wherever it is in the file."""
        document = self._ls.documents.get(params.text_document.uri)
        kinds = [str(getattr(kind, "value", kind)) for kind in params.context.only or ("quickfix",)]
        if document is None or not self._ls.profile.applies_edits:
            return []
        if not any(kind in ("", "quickfix") for kind in kinds):
            return []
        offset = convert.to_offset(document, params.range.start, self._ls.documents.encoding)
        shown = self._now(document, offset)
        if shown is None:
            return []
        line = document.line_of(shown.proposal.edit.start) + 1
        title = f"Apply the next edit: {shown.proposal.label} (line {line})"
        at = {"line": params.range.start.line, "character": params.range.start.character}
        argument = {"id": shown.id, "uri": document.uri, "position": at}
        command = types.Command(title=title, command=NEXT_EDIT, arguments=[argument])
        kind = types.CodeActionKind.QuickFix
        return [types.CodeAction(title=title, kind=kind, command=command)]

    # --- commands -----------------------------------------------------------------------------

    async def apply(self, *arguments: Any) -> dict[str, Any]:
        """Apply the next edit, and show its place; of a document (``uri``), near a ``position``.

        With the ``id`` of one that was offered, that one or none.
        """
        place = arguments[0] if arguments else None
        if not isinstance(place, Mapping) or not isinstance(place.get("uri"), str):
            raise RequestError(f"{NEXT_EDIT} takes an object with uri")
        document = self._ls.documents.get(place["uri"])
        offered = None if self._rules is None else self._rules.shown
        if document is None:
            raise RequestError("that file is not open")
        shown = self._now(document, self._offset(document, place.get("position")))
        if "id" in place and (offered is None or shown != offered or offered.id != place["id"]):
            raise RequestError("the text has changed since this edit was offered: ask again")
        if shown is None:
            return {"applied": False}
        return {"applied": await self._apply(shown)}

    def accepted(self, *arguments: Any) -> None:
        """An edit was accepted. The change of the document, which comes anyway, is what counts."""

    def rejected(self, *arguments: Any) -> dict[str, bool]:
        """An edit was dismissed; its id is the argument. It is not proposed again."""
        edit_id = arguments[0] if arguments else None
        if not isinstance(edit_id, str):
            raise RequestError(f"{NEXT_EDIT_REJECTED} takes the id of an edit")
        return {"known": self._rules is not None and self._rules.rejected(edit_id)}

    async def _apply(self, shown: Shown) -> bool:
        ls, proposal = self._ls, shown.proposal
        document, edit = proposal.document, proposal.edit
        place = convert.to_range(document, edit.start, edit.end, ls.documents.encoding)
        edits = [types.TextEdit(range=place, new_text=edit.text)]
        if ls.profile.applies_document_changes:
            version = types.OptionalVersionedTextDocumentIdentifier(
                uri=document.uri, version=document.version
            )
            change = types.TextDocumentEdit(text_document=version, edits=list(edits))
            workspace_edit = types.WorkspaceEdit(document_changes=[change])
        else:
            workspace_edit = types.WorkspaceEdit(changes={document.uri: edits})
        params = types.ApplyWorkspaceEditParams(
            edit=workspace_edit, label=f"foretype: {proposal.label}"
        )
        asked = asyncio.ensure_future(ls.workspace_apply_edit_async(params))
        try:
            async with asyncio.timeout(APPLY_S):
                # Cancelling the command does not take back the request itself.
                return (await asyncio.shield(asked)).applied
        except TimeoutError:
            raise RequestError("the editor did not say whether it applied the edit") from None

    # --- which edit ---------------------------------------------------------------------------

    async def _settled(self, params: Any) -> tuple[Shown | None, int]:
        """The next edit once the last one counts as finished, and the cursor.

        None where the text changes meanwhile: its client asks again.
        """
        identifier = params.get("textDocument") if isinstance(params, Mapping) else None
        uri = identifier.get("uri") if isinstance(identifier, Mapping) else None
        document = self._ls.documents.get(uri) if isinstance(uri, str) else None
        if document is None or (rules := await self._late.get()) is None:
            return None, 0
        offset = self._offset(document, params.get("position"))
        if (wait_s := rules.wait_s(asyncio.get_running_loop().time())) > 0:
            await asyncio.sleep(wait_s)
        if self._ls.documents.get(document.uri) != document:
            return None, 0
        return self._now(document, offset), offset

    @property
    def _rules(self) -> NextEdits | None:
        """None until they are loaded."""
        return self._late.value

    def _now(self, document: Document, offset: int) -> Shown | None:
        """The next edit in a document; None where there is none, or none is allowed."""
        ls, gate = self._ls, self._ls.services.gate
        if self._rules is None or gate is None or ls.settings.next_edit.mode == "off":
            return None
        if ls.toggles.all_off or ls.toggles.is_off(document) or gate.excluded(document.uri):
            return None
        return self._rules.next(document, offset)

    def _offset(self, document: Document, position: Any) -> int:
        line, character = 0, 0
        if isinstance(position, Mapping):
            line, character = position.get("line", 0), position.get("character", 0)
        if not all(isinstance(n, int) and not isinstance(n, bool) for n in (line, character)):
            return 0
        at = types.Position(line=max(line, 0), character=max(character, 0))
        return convert.to_offset(document, at, self._ls.documents.encoding)

    # --- as JSON ------------------------------------------------------------------------------

    def _as_lines(self, shown: Shown) -> dict[str, Any]:
        """An edit of whole lines: plugins that strike out what is replaced show it best."""
        proposal = shown.proposal
        document, edit = proposal.document, proposal.edit
        start = document.line_start(document.line_of(edit.start))
        end = document.line_start(document.line_of(edit.end) + 1)
        text = document.text[start : edit.start] + edit.text + document.text[edit.end : end]
        command = {"title": "Accept", "command": NEXT_EDIT_ACCEPTED, "arguments": [shown.id]}
        return {
            "text": text,
            "range": self._range(document, start, end),
            "textDocument": {"uri": document.uri, "version": document.version},
            "command": command,
        }

    def _in_full(self, shown: Shown, offset: int) -> dict[str, Any]:
        proposal = shown.proposal
        document, edit = proposal.document, proposal.edit
        lines = abs(document.line_of(edit.start) - document.line_of(offset))
        inline = {"insertText": edit.text, "range": self._range(document, edit.start, edit.end)}
        return self._as_lines(shown) | {
            "id": shown.id,
            "kind": proposal.kind,
            "label": proposal.label,
            "near": lines <= NEAR_LINES,
            "inline": inline,
            "more": proposal.n_more,
        }

    def _range(self, document: Document, start: int, end: int) -> dict[str, Any]:
        place = convert.to_range(document, start, end, self._ls.documents.encoding)
        return {
            "start": {"line": place.start.line, "character": place.start.character},
            "end": {"line": place.end.line, "character": place.end.character},
        }


def _import_rules() -> type[NextEdits]:
    from foretype.next_edit.next_edits import NextEdits

    return NextEdits
