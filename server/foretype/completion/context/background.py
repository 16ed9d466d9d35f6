"""What the prompts say beyond the file itself, made while the user rests and kept until then.

Nothing of it is made on the path of a keystroke: a prompt takes what is ready. It changes only
in a pause, so that the beginning of the prompt stays the same from key to key.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from foretype.completion.context.imports import leads_out
from foretype.completion.context.recent_edits import RecentEdits, secret_lines, stands_in
from foretype.completion.context.snippets import (
    choose_snippets,
    read_closed,
    read_imported,
    read_similar,
)
from foretype.completion.context.window import Snippet
from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit
from foretype.core.uris import path_of

log = logging.getLogger(__name__)

REST = 1.5
"""Seconds without a key after which the background is made anew."""
SHARE = 0.2
"""Of the prompt's tokens."""
MAX_DOCUMENTS = 24
"""Documents that are looked through, the latest ones."""
MAX_SIMILAR_FILES = 6
"""Files of the workspace that are looked through beside those that imports name."""
NEAR = 200
"""Lines around the cursor whose changes the prompt shows anyway."""


@dataclass(frozen=True, slots=True)
class RetrievedContext:
    """What a prompt says of other places."""

    snippets: tuple[Snippet, ...] = ()
    recent: str = ""


NOTHING = RetrievedContext()


class RetrievedContexts:
    """The background of each document, and what it is made of."""

    def __init__(
        self,
        is_excluded: Callable[[str], str | None],
        similar_files: Callable[[Cursor, int], list[str]] = lambda cursor, most: [],
    ) -> None:
        self._is_excluded = is_excluded
        self._similar_files = similar_files
        """The files of the workspace that are most like a place, so many at most."""
        self._documents: dict[str, Document] = {}
        self._closed: dict[str, str] = {}
        """The language of each document that was open, whose text is the disk's by now."""
        self._recent = RecentEdits()
        self._ready: dict[str, RetrievedContext] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def ready(self, uri: str) -> RetrievedContext:
        """What there is for a document's prompt now."""
        return self._ready.get(uri, NOTHING)

    def opened(self, document: Document) -> None:
        """A document was opened or changed; it is the latest one."""
        self._closed.pop(document.uri, None)
        self._documents.pop(document.uri, None)
        self._documents[document.uri] = document
        while len(self._documents) > MAX_DOCUMENTS:
            oldest = next(iter(self._documents))
            del self._documents[oldest]
            self._ready.pop(oldest, None)

    def edited(self, old: Document, cursor: Cursor, edit: Edit, *, tokens: int) -> None:
        """A document changed; its background is made anew once the user pauses."""
        self.opened(cursor.document)
        self._recent.note(old, cursor.document, edit)
        self.later(cursor, tokens=tokens)

    def later(self, cursor: Cursor, *, tokens: int) -> None:
        """Make the background of a place once nothing has happened for a while."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(REST, self._begin, cursor, tokens)

    def closed(self, uri: str) -> None:
        """A document was closed. What the disk has of it may still be of use to others."""
        self._ready.pop(uri, None)
        if (document := self._documents.pop(uri, None)) is not None:
            self._closed[uri] = document.language
        if path_of(uri) is None or any(change.uri == uri for change in self._recent.changes):
            self.drop()  # it may hold what was never saved
        while len(self._closed) > MAX_DOCUMENTS:
            del self._closed[next(iter(self._closed))]

    def drop(self) -> None:
        """Forget what was gathered, for it may hold what is excluded by now."""
        self._ready.clear()
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """End what is under way."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _begin(self, cursor: Cursor, tokens: int) -> None:
        if self._task is not None and not self._task.done():
            self.later(cursor, tokens=tokens)
            return
        self._task = asyncio.create_task(self.make(cursor, tokens=tokens))
        self._task.add_done_callback(_log_fault)

    async def make(self, cursor: Cursor, *, tokens: int) -> None:
        """Make the background of a place now."""
        uri = cursor.document.uri
        documents = [d for u, d in self._documents.items() if self._is_excluded(u) is None]
        changed = {change.uri for change in self._recent.changes}
        uris = {uri, *self._documents, *self._closed, *changed}
        closed = dict(self._closed)
        found = await asyncio.to_thread(
            self._find, cursor, documents, closed, uris, int(tokens * SHARE)
        )
        snippets, shown, saved, secret = found
        self._recent.keep(
            lambda change: (
                change.uri in self._documents
                or (change.uri in saved and stands_in(change, saved[change.uri]))
            )
        )
        line = cursor.document.line_of(cursor.offset)
        near = range(max(0, line - NEAR), line + NEAR)
        if uri in self._documents:
            self._ready[uri] = RetrievedContext(
                snippets, self._recent_changes(uri, near, shown, secret)
            )

    def _find(
        self,
        cursor: Cursor,
        documents: list[Document],
        closed: dict[str, str],
        uris: set[str],
        tokens: int,
    ) -> tuple[tuple[Snippet, ...], set[str], dict[str, str], frozenset[str]]:
        """The snippets for a place, which of some documents may be shown beside it, the text of
        those that are closed, and the lines of those that were changed that hold a secret."""
        shown = _shown_beside(cursor.document.uri, uris)
        read = (
            read_closed(uri, language, self._is_excluded)
            for uri, language in closed.items()
            if uri in shown
        )
        saved = [document for document in read if document is not None]
        documents = [*(document for document in documents if document.uri in shown), *saved]
        known = [document.uri for document in documents]
        imported = read_imported(cursor.document, self._is_excluded, known)
        known += [document.uri for document in imported]
        paths = self._similar_files(cursor, MAX_SIMILAR_FILES)
        similar = read_similar(cursor.document, self._is_excluded, known, paths)
        snippets = choose_snippets(cursor, [*documents, *imported, *similar], tokens=tokens)
        changed = {change.uri for change in tuple(self._recent.changes)}
        secret = frozenset[str]().union(
            *(secret_lines(document.text) for document in documents if document.uri in changed)
        )
        return snippets, shown, {document.uri: document.text for document in saved}, secret

    def _recent_changes(
        self, uri: str, near: range, shown: set[str], secret: frozenset[str]
    ) -> str:
        changed = {change.uri for change in self._recent.changes}
        if any(each not in shown or self._is_excluded(each) is not None for each in changed):
            return ""
        return self._recent.as_diff(without=(uri, near), secret=secret)


def _shown_beside(uri: str, others: set[str]) -> set[str]:
    """Those documents that may be shown beside one: no link leads out of a project to them."""
    return {other for other in others if other == uri or not leads_out(other, uri)}


def _log_fault(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.error("What nearby code says could not be gathered.", exc_info=fault)
