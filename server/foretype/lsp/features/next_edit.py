"""Next edits on the wire: two requests, a code action, and commands for editors without more.

``textDocument/copilotInlineEdit`` is what plugins for Copilot's language server ask;
``foretype/nextEdit`` answers the same and what our own plugins draw. Both answer with one edit or
none, never null, for the text as it is now. A model is asked only where no rule has anything and
the user has switched it on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretype.core.cursor import Cursor
from foretype.core.text import Document, difference
from foretype.core.uris import path_of
from foretype.lsp import convert
from foretype.lsp.command_names import (
    COPILOT_ACCEPTED,
    NEXT_EDIT,
    NEXT_EDIT_ACCEPTED,
    NEXT_EDIT_REJECTED,
)
from foretype.lsp.features import next_edit_json as as_json
from foretype.lsp.features import next_edit_model
from foretype.lsp.features.late_import import LateImport
from foretype.lsp.wire.json_rpc import RequestError

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer
    from foretype.next_edit.bursts import Origin
    from foretype.next_edit.model.model_edits import ModelEdits
    from foretype.next_edit.next_edits import NextEdits, Shown

COPILOT_INLINE_EDIT = "textDocument/copilotInlineEdit"
FORETYPE_NEXT_EDIT = "foretype/nextEdit"
MAX_EARLY = 64
"""Edits from before the rules were loaded that are kept."""
MIN_ACCEPTED_CHARS = 2
"""So much of ghost text that comes at once was accepted; a character may have been typed."""
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
    ls.command(COPILOT_ACCEPTED)(partial(requests.accepted))
    ls.command(NEXT_EDIT_REJECTED)(partial(requests.rejected))
    ls.events.started.append(requests.load)
    ls.events.edited.append(requests.edited)
    ls.events.closed.append(requests.closed)
    ls.events.code_actions.append(requests.code_actions)
    ls.events.explanations.append(requests.explain)
    ls.events.ending.append(requests.close)


class NextEditRequests:
    """One client's next edits."""

    def __init__(self, ls: ForetypeServer) -> None:
        self._ls = ls
        self._late = LateImport(_import_rules)
        self._model: ModelEdits | None = None
        """None until it is switched on."""
        self._early: deque[tuple[Document, Document, float]] = deque(maxlen=MAX_EARLY)
        """Edits from before it was loaded."""

    async def load(self) -> None:
        """Load the rules."""
        await self._loaded()

    async def _loaded(self) -> NextEdits:
        """The rules, once the server has started: however long that takes, no client blocks."""
        await self._ls.ready.wait()
        rules = await self._late.load()
        while self._early:
            rules.edited(*self._early.popleft())
        return rules

    def edited(self, old: Document, new: Document) -> None:
        at_s = asyncio.get_running_loop().time()
        if self._model is not None:
            self._model.cancel()
        if self._rules is None:
            self._early.append((old, new, at_s))
        else:
            self._rules.edited(old, new, at_s, self._origin(old, new))

    def _origin(self, old: Document, new: Document) -> Origin | None:
        """That ghost text was accepted; None where it was not."""
        from foretype.next_edit.bursts import Origin

        edit = difference(old.text, new.text)
        if self._ls.service is None or len(edit.text) < MIN_ACCEPTED_CHARS:
            return None
        visible = self._ls.service.visible_text(Cursor(old, edit.start))
        return Origin.ACCEPTED if visible.startswith(edit.text) else None

    def closed(self, uri: str) -> None:
        if self._rules is not None:
            self._rules.closed(uri)

    async def close(self) -> None:
        """End what runs."""
        if self._model is not None:
            await self._model.close()

    def explain(self) -> list[str]:
        """What became of the last question to the model, for ``foretype.why``."""
        why = "" if self._model is None else self._model.why
        return [f"next edit: {why}"] if why else []

    # --- requests -----------------------------------------------------------------------------

    async def copilot_inline_edit(self, params: Any) -> dict[str, Any]:
        """The next edit as whole lines, as plugins for Copilot's server expect it.

        Only of the file that is asked about: some of them show no other, and some apply any.
        """
        shown, _ = await self._settled(params, elsewhere=False)
        encoding = self._ls.documents.encoding
        return {"edits": [as_json.as_lines(shown, encoding, copilot=True)] if shown else []}

    async def next_edit(self, params: Any) -> dict[str, Any]:
        """The same with what it does, and how it is to be shown: see ``next_edit.mode``."""
        shown, cursor = await self._settled(params, elsewhere=True)
        answer: dict[str, Any] = {"edits": [], "mode": self._ls.settings.next_edit.mode}
        if shown is not None and cursor is not None:
            encoding = self._ls.documents.encoding
            answer["edits"] = [as_json.in_full(shown, cursor.document, cursor.offset, encoding)]
        return answer

    def code_actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """The next edit as a code action, wherever it is."""
        document = self._ls.documents.get(params.text_document.uri)
        kinds = [str(getattr(kind, "value", kind)) for kind in params.context.only or ("quickfix",)]
        if document is None or not self._ls.profile.applies_edits:
            return []
        if not any(kind in ("", "quickfix") for kind in kinds):
            return []
        offset = convert.to_offset(document, params.range.start, self._ls.documents.encoding)
        shown = self._now(Cursor(document, offset), elsewhere=True)
        return [as_json.code_action(shown, document, params.range.start)] if shown else []

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
        offset = self._offset(document, place.get("position"))
        shown = self._now(Cursor(document, offset), elsewhere=True)
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
        ls = self._ls
        versioned = ls.profile.applies_document_changes
        params = types.ApplyWorkspaceEditParams(
            edit=as_json.workspace_edit(shown, ls.documents.encoding, versioned=versioned),
            label=f"foretype: {shown.proposal.label}",
        )
        asked = asyncio.ensure_future(ls.workspace_apply_edit_async(params))
        try:
            async with asyncio.timeout(APPLY_S):
                # Cancelling the command does not take back the request itself.
                return (await asyncio.shield(asked)).applied
        except TimeoutError:
            raise RequestError("the editor did not say whether it applied the edit") from None

    # --- which edit ---------------------------------------------------------------------------

    async def _settled(self, params: Any, *, elsewhere: bool) -> tuple[Shown | None, Cursor | None]:
        """The next edit once the last one counts as finished, and the cursor.

        None where the text changes meanwhile: its client asks again.
        """
        identifier = params.get("textDocument") if isinstance(params, Mapping) else None
        uri = identifier.get("uri") if isinstance(identifier, Mapping) else None
        document = self._ls.documents.get(uri) if isinstance(uri, str) else None
        if document is None:
            return None, None
        rules = await self._loaded()
        cursor = Cursor(document, self._offset(document, params.get("position")))
        if (wait_s := rules.wait_s(asyncio.get_running_loop().time())) > 0:
            await asyncio.sleep(wait_s)
        shown = self._if_current(cursor, elsewhere=elsewhere)
        if shown is None and (model := self._model_for(document)) is not None:
            await next_edit_model.ask(self._ls, model, cursor)
            shown = self._if_current(cursor, elsewhere=elsewhere)
        return shown, cursor

    def _if_current(self, cursor: Cursor, *, elsewhere: bool) -> Shown | None:
        is_current = self._ls.documents.get(cursor.document.uri) == cursor.document
        return self._now(cursor, elsewhere=elsewhere) if is_current else None

    @property
    def _rules(self) -> NextEdits | None:
        """None until they are loaded."""
        return self._late.value

    def _now(self, cursor: Cursor, *, elsewhere: bool) -> Shown | None:
        """The next edit; None where there is none, or none is allowed."""
        if self._rules is None or not self._is_allowed(cursor.document):
            return None
        others = list(self._others(cursor.document))
        shown = self._rules.next(cursor.document, cursor.offset, others)
        if shown is None or elsewhere or shown.proposal.document == cursor.document:
            return shown
        return None

    def _is_allowed(self, document: Document) -> bool:
        ls, settings = self._ls, self._ls.settings.next_edit
        if settings.mode == "off" or document.language in settings.languages_off:
            return False
        if ls.services.gate is None or ls.toggles.all_off or ls.toggles.is_off(document):
            return False
        return ls.services.gate.excluded(document.uri) is None

    def _others(self, document: Document) -> Iterator[Document]:
        """Further open files into which an edit may go: none that runs or configures something."""
        from foretype.refactor.risks.acting_files import act_of_file

        for other in self._ls.documents:
            path = path_of(other.uri)
            if other.uri == document.uri or other.language != document.language or path is None:
                continue
            if not act_of_file("/".join(path.parts[-3:])) and self._is_allowed(other):
                yield other

    def _model_for(self, document: Document) -> ModelEdits | None:
        """What asks the model; None where it is not to be asked."""
        ls, gate = self._ls, self._ls.services.gate
        is_on = ls.settings.next_edit.model and ls.services.model is not None
        if not is_on or self._rules is None or gate is None or not self._is_allowed(document):
            return None
        if self._model is None:
            from foretype.next_edit.model.model_edits import ModelEdits

            model = self._model = ModelEdits(self._rules, gate.mask)
            loop = asyncio.get_running_loop()
            self._rules.on_outcome = lambda taken: model.judged(loop.time(), accepted=taken)
        self._model.masked = gate.mask
        return self._model

    def _offset(self, document: Document, position: Any) -> int:
        return as_json.to_offset(document, position, self._ls.documents.encoding)


def _import_rules() -> type[NextEdits]:
    from foretype.next_edit.next_edits import NextEdits

    return NextEdits
