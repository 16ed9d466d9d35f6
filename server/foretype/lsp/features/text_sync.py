"""What the client opens, changes and closes, on its way to the mirror and the service."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretype.core.text import Document

if TYPE_CHECKING:
    from foretype.lsp.convert import Change
    from foretype.lsp.session.session import ForetypeServer

log = logging.getLogger(__name__)


def register(ls: ForetypeServer) -> None:
    """Follow documents and notebooks."""
    handlers: dict[str, Callable[..., None]] = {
        types.TEXT_DOCUMENT_DID_OPEN: did_open,
        types.TEXT_DOCUMENT_DID_CHANGE: did_change,
        types.TEXT_DOCUMENT_DID_CLOSE: did_close,
        types.TEXT_DOCUMENT_DID_SAVE: did_save,
        types.NOTEBOOK_DOCUMENT_DID_OPEN: notebook_did_open,
        types.NOTEBOOK_DOCUMENT_DID_CHANGE: notebook_did_change,
        types.NOTEBOOK_DOCUMENT_DID_CLOSE: notebook_did_close,
    }
    for method, handler in handlers.items():
        ls.feature(method)(handler)
    ls.protocol.on_unreadable = partial(forget_unreadable, ls)


def did_open(ls: ForetypeServer, params: types.DidOpenTextDocumentParams) -> None:
    _opened(ls, [ls.documents.open(params.text_document)])


def did_change(ls: ForetypeServer, params: types.DidChangeTextDocumentParams) -> None:
    _change(ls, params.text_document, params.content_changes)


def did_close(ls: ForetypeServer, params: types.DidCloseTextDocumentParams) -> None:
    document = ls.documents.get(params.text_document.uri)
    if document is not None and ls.documents.close(document.uri):
        _closed(ls, [document.uri])


def did_save(ls: ForetypeServer, params: types.DidSaveTextDocumentParams) -> None:
    document = ls.documents.get(params.text_document.uri)
    if ls.service is not None and document is not None:
        ls.service.saved(document.uri)


def notebook_did_open(ls: ForetypeServer, params: types.DidOpenNotebookDocumentParams) -> None:
    cells = params.cell_text_documents
    order = [cell.document for cell in params.notebook_document.cells]
    _opened(ls, ls.documents.open_notebook(params.notebook_document.uri, cells, order))


def notebook_did_change(ls: ForetypeServer, params: types.DidChangeNotebookDocumentParams) -> None:
    cells = params.change.cells
    if cells is None:
        return
    if cells.structure is not None:
        gone = [cell.uri for cell in cells.structure.did_close or ()]
        come = cells.structure.did_open or ()
        uri, array = params.notebook_document.uri, cells.structure.array
        opened = ls.documents.change_cells(uri, come, gone, array)
        _closed(ls, gone)
        _opened(ls, opened)
    for content in cells.text_content or ():
        _change(ls, content.document, content.changes)


def notebook_did_close(ls: ForetypeServer, params: types.DidCloseNotebookDocumentParams) -> None:
    cells = [cell.uri for cell in params.cell_text_documents]
    _closed(ls, ls.documents.close_notebook(params.notebook_document.uri, cells))


def forget_unreadable(ls: ForetypeServer, method: str, params: Any) -> None:
    """Forget a document of which a message cannot be read: what is known of it may not be its
    text any more.

    Requests in it are answered with nothing until the client opens it again.
    """
    if not isinstance(params, dict):
        return
    gone: tuple[str, ...] = ()
    if method.startswith("textDocument/"):
        uri = _uri(params, "textDocument")
        gone = (uri,) if ls.documents.close(uri) else ()
    elif method.startswith("notebookDocument/"):
        gone = ls.documents.close_notebook(_uri(params, "notebookDocument"))
    if gone:
        log.warning("a message could not be read, so its document is forgotten until it is opened")
        _closed(ls, gone)


def _uri(params: dict[str, Any], name: str) -> str:
    document = params.get(name)
    uri = document.get("uri") if isinstance(document, dict) else None
    return uri if isinstance(uri, str) else ""


def _opened(ls: ForetypeServer, documents: Iterable[Document]) -> None:
    for document in documents:
        ls.prepare(document.uri)
        if ls.service is not None and not ls.toggles.is_off(document):
            ls.service.opened(document)


def _change(
    ls: ForetypeServer,
    identifier: types.VersionedTextDocumentIdentifier,
    changes: Iterable[Change],
) -> None:
    changed = ls.documents.change(identifier.uri, identifier.version, tuple(changes))
    if changed is None:
        log.info("a change of a document that is not open was passed over")
        return
    for notify in ls.events.edited:
        notify(changed.old, changed.new)
    if ls.service is None:
        return
    if ls.toggles.is_off(changed.new):
        # Who has asked by hand waits there all the same.
        ls.service.closed(changed.new.uri)
    else:
        ls.service.edited(changed.old, changed.new, changed.edits)


def _closed(ls: ForetypeServer, uris: Iterable[str]) -> None:
    for uri in uris:
        for notify in ls.events.closed:
            notify(uri)
        if ls.service is not None:
            ls.service.closed(uri)
