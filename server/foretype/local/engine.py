"""The embedded engine: predicts text from the open documents alone.

The event loop reports opened, edited and closed documents, which is cheap. ``predict`` runs in a
worker thread, and ``idle`` indexes in short slices while the user is idle. Independent of LSP,
models and when a prediction is shown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.local.confidence import MIN_CONFIDENCE
from foretype.local.index import MAX_DOCUMENT_CHARS, Stream, extended, updated
from foretype.local.lexer import Vocabulary
from foretype.local.predict import Guess, predict
from foretype.local.situation import Part, Situation, Source, analyze

__all__ = ["Engine", "Guess"]

MAX_TOTAL_CHARS = 2_000_000
"""Maximum characters of all indexed documents, most recently used first."""
SLICE_LINES = 100
"""Lines indexed at a time: about half a millisecond."""
READING_TIME_SHARE = 0.4
"""The share of a prediction's time that may be spent on indexing."""
MAX_STALE_TOKENS = 20_000
"""Maximum tokens that are in no document any more, before the vocabulary is rebuilt."""

MoreTime = Callable[[], bool]


class Engine:
    """Predicts from the open documents. Safe to call from any thread."""

    def __init__(
        self,
        *,
        threshold: float = MIN_CONFIDENCE,
        budget_ms: float = 12.0,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._threshold = threshold
        self._budget = budget_ms / 1000
        self._clock = clock
        self._latest: dict[str, Document] = {}
        # Everything below is touched under the lock only.
        self._lock = threading.Lock()
        self._streams: dict[str, Stream] = {}
        self._vocabulary = Vocabulary()
        self._kinds: dict[str, tuple[Stream, frozenset[str]]] = {}
        self._n_known = 0
        self._others = _NO_OTHERS

    def opened(self, document: Document) -> None:
        """Register an opened document; it is indexed later."""
        # The most recently used one is last.
        self._latest.pop(document.uri, None)
        self._latest[document.uri] = document

    def edited(self, document: Document) -> None:
        """Register a new version of a document; it is indexed later."""
        self.opened(document)

    def closed(self, uri: str) -> None:
        """Remove a closed document."""
        self._latest.pop(uri, None)

    def predict(self, cursor: Cursor, *, threshold: float | None = None) -> Guess | None:
        """Predict the text at a cursor; None if unsure. Takes little longer than the budget."""
        more_time = self._timer(self._budget)
        here = self.look(cursor, more_time)
        if here is None:
            return None
        least = self._threshold if threshold is None else threshold
        return predict(here, more_time=more_time, threshold=least)

    def look(self, cursor: Cursor, more_time: MoreTime) -> Situation | None:
        """Return the situation at a cursor; None if no text fits or time is up."""
        document = cursor.document
        more_reading = self._timer(self._budget * READING_TIME_SHARE)
        if len(document.text) > MAX_DOCUMENT_CHARS or not self._lock.acquire(timeout=self._budget):
            return None
        try:
            self._renew()
            own = self._moved(document)
            while not own.complete and more_reading():
                own = self._extended(own)
            while own.complete and more_reading() and self._read_some(document.uri):
                pass
            self._drop(but=document.uri)
            hole = own.span(document.line_of(cursor.offset))
            sources = (Source(own.literal, own.coded, own=True, hole=hole), self._rest(own))
            return analyze(cursor, sources, self._vocabulary) if more_time() else None
        finally:
            self._lock.release()

    def idle(self, budget_ms: float = 10.0) -> bool:
        """Index for a limited time; return whether there is more to index."""
        more_time = self._timer(budget_ms / 1000)
        while more_time():
            with self._lock:
                self._renew()
                if not self._read_some():
                    self._drop()
                    return False
        return True

    def tokens_of(self, uri: str) -> list[tuple[str, str]]:
        """Return a document's tokens, each with its code in the coded stream."""
        with self._lock:
            stream = self._streams[uri]
            texts = self._vocabulary.texts
        pairs = zip(stream.literal, stream.coded, strict=True)
        return [(texts.get(char, char), texts.get(coded, coded)) for char, coded in pairs]

    def _timer(self, seconds: float) -> MoreTime:
        until = self._clock() + seconds
        return lambda: self._clock() < until

    def _moved(self, document: Document) -> Stream:
        stream = self._streams.get(document.uri) or Stream(document)
        if stream.document is not document:
            stream = updated(stream, document, SLICE_LINES, self._vocabulary)
        self._streams[document.uri] = stream
        return stream

    def _extended(self, stream: Stream) -> Stream:
        stream = extended(stream, SLICE_LINES, self._vocabulary)
        self._streams[stream.document.uri] = stream
        return stream

    def _read_some(self, but: str = "") -> bool:
        """Index a slice of one unfinished document; return whether there was one."""
        for document in self._readable():
            if document.uri != but:
                stream = self._moved(document)
                if not stream.complete:
                    self._extended(stream)
                    return True
        return False

    def _readable(self) -> list[Document]:
        """Return the documents to index, most recently used first, up to the limits."""
        documents: list[Document] = []
        n_chars = 0
        for document in reversed(list(self._latest.values())):
            if len(document.text) <= MAX_DOCUMENT_CHARS:
                n_chars += len(document.text)
                if n_chars > MAX_TOTAL_CHARS:
                    break
                documents.append(document)
        return documents

    def _rest(self, own: Stream) -> Source:
        """Join all documents but one into a single stream, most recently used last."""
        uri = own.document.uri
        uris = [document.uri for document in reversed(self._readable()) if document.uri != uri]
        streams = tuple(self._streams[uri] for uri in uris if uri in self._streams)
        if (self._others.but, self._others.streams) != (uri, streams):
            self._others = _Others(uri, streams, self._joined(streams))
        return self._others.source

    def _joined(self, streams: tuple[Stream, ...]) -> Source:
        parts: list[Part] = []
        end = 0
        for stream in streams:
            uri = stream.document.uri
            known, kinds = self._kinds.get(uri, (None, frozenset()))
            if known is not stream:
                kinds = frozenset(stream.literal)
                self._kinds[uri] = stream, kinds
            start, end = end, end + len(stream.literal)
            parts.append(Part(start, end, kinds))
        literal = "".join(stream.literal for stream in streams)
        coded = "".join(stream.coded for stream in streams)
        return Source(literal, coded, own=False, parts=parts)

    def _drop(self, but: str = "") -> None:
        """Drop streams whose documents are gone."""
        kept = {document.uri for document in self._readable()} | {but}
        for uri in self._streams.keys() - kept:
            del self._streams[uri]
            self._kinds.pop(uri, None)

    def _renew(self) -> None:
        """Rebuild the vocabulary if most of it is in no document any more."""
        if len(self._vocabulary) <= self._n_known + MAX_STALE_TOKENS:
            return
        held = frozenset[str]().union(*(stream.literal for stream in self._streams.values()))
        self._n_known = len(held)
        if len(self._vocabulary) > self._n_known + MAX_STALE_TOKENS:
            self._vocabulary = Vocabulary()
            self._streams = {}
            self._kinds = {}
            self._others = _NO_OTHERS


@dataclass(frozen=True, slots=True)
class _Others:
    """The documents but one, joined."""

    but: str
    streams: tuple[Stream, ...]
    source: Source


_NO_OTHERS = _Others("", (), Source("", "", own=False))
