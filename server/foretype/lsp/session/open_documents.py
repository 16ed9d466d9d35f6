"""The client's open documents, as the core sees them.

Replaces pygls' workspace, which reads disks, takes a form feed for a line end and needs a third
of a second for a key on a line of a megabyte. Notebooks' cells are documents like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lsprotocol import types

from foretype.core.text import Document, Edit
from foretype.core.uris import one_spelling
from foretype.lsp.convert import UTF16, Change, Encoding, apply_changes, without_surrogates
from foretype.lsp.wire.tolerance import NO_VERSION


@dataclass(frozen=True, slots=True)
class Changed:
    """One client's change: the document before and after, and the edits between, one on the
    other."""

    old: Document
    new: Document
    edits: tuple[Edit, ...]


class OpenDocuments:
    """Follows what the client opens, changes and closes."""

    def __init__(self, encoding: Encoding = UTF16) -> None:
        self.encoding = encoding
        self._documents: dict[str, Document] = {}
        self._spelled: dict[str, str] = {}
        """The URI under which each document was opened, by its one spelling."""
        self._cells: dict[str, list[str]] = {}
        """The cells of each notebook, in its order."""
        self._notebook_of: dict[str, str] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(tuple(self._documents.values()))

    def get(self, uri: str) -> Document | None:
        """A document as it is now; None where it is not open. Its URI may be spelt otherwise."""
        return self._documents.get(self._own(uri))

    def _own(self, uri: str) -> str:
        """A URI as the document was opened; itself where none was."""
        return uri if uri in self._documents else self._spelled.get(one_spelling(uri), uri)

    def open(self, item: types.TextDocumentItem) -> Document:
        """Take a document that the client has opened. One that was open already is replaced."""
        self.close(item.uri)
        self._spelled[one_spelling(item.uri)] = item.uri
        document = Document(
            uri=item.uri,
            text=without_surrogates(item.text),
            language=item.language_id,
            version=item.version,
        )
        self._documents[item.uri] = document
        return document

    def change(self, uri: str, version: int, changes: Sequence[Change]) -> Changed | None:
        """Follow a change; None where the document is not open."""
        uri = self._own(uri)
        old = self._documents.get(uri)
        if old is None:
            return None
        if version == NO_VERSION:
            version = old.version + 1
        new, edits = apply_changes(old, changes, version, self.encoding)
        self._documents[uri] = new
        return Changed(old, new, edits)

    def close(self, uri: str) -> bool:
        """Forget a document. Whether it was open."""
        own = self._own(uri)
        self._spelled.pop(one_spelling(uri), None)
        return self._documents.pop(own, None) is not None

    # --- notebooks --------------------------------------------------------------------------

    def cells_above(self, cell: str) -> tuple[Document, ...]:
        """The open cells above a notebook's cell, in its order; nothing for other documents."""
        order = self._cells.get(self._notebook_of.get(cell, ""), [])
        above = order[: order.index(cell)] if cell in order else []
        return tuple(found for uri in above if (found := self.get(uri)) is not None)

    def open_notebook(
        self, uri: str, cells: Sequence[types.TextDocumentItem], order: Sequence[str] = ()
    ) -> tuple[Document, ...]:
        """Take the cells of a notebook that the client has opened. ``order``: as they stand."""
        self._place(uri, dict.fromkeys([*order, *(cell.uri for cell in cells)]))
        return tuple(self.open(cell) for cell in cells)

    def change_cells(
        self,
        uri: str,
        opened: Sequence[types.TextDocumentItem],
        closed: Sequence[str],
        array: types.NotebookCellArrayChange | None = None,
    ) -> tuple[Document, ...]:
        """Follow cells that come to a notebook, go from it and move. Gives those that came."""
        gone = set(closed)
        for cell_uri in gone:
            self.close(cell_uri)
        order = list(self._cells.get(uri, []))
        if array is not None:
            come = [cell.document for cell in array.cells or ()]
            order[array.start : array.start + array.delete_count] = come
        kept = dict.fromkeys([*order, *(cell.uri for cell in opened)])
        self._place(uri, (cell for cell in kept if cell not in gone))
        return tuple(self.open(cell) for cell in opened)

    def close_notebook(self, uri: str, cells: Sequence[str] = ()) -> tuple[str, ...]:
        """Forget a notebook. Gives the cells that went with it."""
        uris = dict.fromkeys([*self._cells.pop(uri, []), *cells])
        for cell in uris:
            self._notebook_of.pop(cell, None)
        return tuple(cell for cell in uris if self.close(cell))

    def _place(self, uri: str, order: Iterable[str]) -> None:
        for cell in self._cells.get(uri, []):
            self._notebook_of.pop(cell, None)
        self._cells[uri] = list(order)
        self._notebook_of |= dict.fromkeys(self._cells[uri], uri)
