"""The embedded engine: guesses the rest of the line from the open documents alone.

``predict`` runs in a worker thread while the event loop reports edits; both may be called at any
time. Knows nothing of the protocol, of models or of when its guess is shown.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import perf_counter

from foretype.completion.suggestion import Place
from foretype.local.confidence import THRESHOLD
from foretype.local.index import LARGEST, Stream, extended, moved_on
from foretype.local.lexer import Vocabulary
from foretype.local.predict import Guess, Situation, Source, Step, guess, situation, steps
from foretype.text import Document

__all__ = ["Engine", "Guess"]

MOST_TOKENS = 600_000
"""Tokens kept, about 2.4 MB of source; the documents used longest ago are dropped first."""
SLICE = 200
"""Lines read in one go."""


class Engine:
    """Guesses from the documents that are open."""

    def __init__(
        self,
        *,
        threshold: float = THRESHOLD,
        budget_ms: float = 12.0,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._threshold = threshold
        self._budget = budget_ms / 1000
        self._clock = clock
        self._latest: dict[str, Document] = {}
        self._streams: OrderedDict[str, Stream] = OrderedDict()
        self._vocabulary = Vocabulary()
        self._lock = threading.Lock()
        self._others: tuple[str, tuple[Stream, ...], Source] | None = None

    def opened(self, document: Document) -> None:
        """A document is there to be learned from. Costs nothing now."""
        # The one used last stands last, which makes it the last to be dropped.
        self._latest.pop(document.uri, None)
        if len(document.text) <= LARGEST:
            self._latest[document.uri] = document

    def edited(self, document: Document) -> None:
        """A document has a new version. Costs nothing now."""
        self.opened(document)

    def closed(self, uri: str) -> None:
        """A document is no longer there."""
        self._latest.pop(uri, None)

    def predict(self, place: Place) -> Guess | None:
        """The text for a cursor, or None where unsure. Takes no longer than the budget."""
        until = self._clock() + self._budget

        def more_time() -> bool:
            return self._clock() < until

        if len(place.document.text) > LARGEST:
            return None
        here = self.look(place, more_time)
        if here is None:
            return None
        return guess(here, self._vocabulary, more_time=more_time, threshold=self._threshold)

    def look(self, place: Place, more_time: Callable[[], bool]) -> Situation | None:
        """What stands around a cursor."""
        with self._lock:
            own = self._read(place.document, more_time)
            sources = (self._own_source(own, place), self._others_source(place.document.uri))
            return situation(place, sources, self._vocabulary)

    def steps(self, here: Situation, more_time: Callable[[], bool]) -> Iterator[Step]:
        """The likeliest tokens at a cursor, sure or not."""
        return steps(here, self._vocabulary, more_time)

    def idle(self, budget_ms: float = 10.0) -> bool:
        """Read what is not read yet, for so long at most. Says whether there is more to read."""
        until = self._clock() + budget_ms / 1000
        with self._lock:
            self._forget()
            for document in list(self._latest.values()):
                stream = self._read(document, lambda: self._clock() < until)
                if not stream.complete:
                    return True
            if self._others is not None:
                self._index_words()
        return False

    def tokens_of(self, uri: str) -> tuple[tuple[str, str], ...]:
        """What is known of a document: each token, and what stands for it in the coded stream."""
        stream = self._streams[uri]
        texts = self._vocabulary.texts
        return tuple(
            (texts.get(char, char), texts.get(coded, coded))
            for char, coded in zip(stream.literal, stream.coded, strict=True)
        )

    def _read(self, document: Document, more_time: Callable[[], bool]) -> Stream:
        stream = self._streams.pop(document.uri, None)
        if stream is None:
            stream = Stream(document)
        elif stream.document is not document:
            stream = moved_on(stream, document, self._vocabulary)
        while not stream.complete and more_time():
            stream = extended(stream, SLICE, self._vocabulary)
        self._streams[document.uri] = stream
        return stream

    def _forget(self) -> None:
        for uri in [uri for uri in self._streams if uri not in self._latest]:
            del self._streams[uri]
        while sum(len(s.literal) for s in self._streams.values()) > MOST_TOKENS:
            uri, _ = self._streams.popitem(last=False)
            self._latest.pop(uri, None)

    def _own_source(self, stream: Stream, place: Place) -> Source:
        hole = stream.span(stream.document.line_of(place.offset))
        return Source(stream.literal, stream.coded, True, hole)

    def _others_source(self, uri: str) -> Source:
        streams = tuple(
            stream for key, stream in self._streams.items() if key != uri and key in self._latest
        )
        if self._others is None or self._others[:2] != (uri, streams):
            literal = "".join(stream.literal for stream in streams)
            coded = "".join(stream.coded for stream in streams)
            self._others = uri, streams, Source(literal, coded, False)
        return self._others[2]

    def _index_words(self) -> None:
        if self._others is not None and not self._others[2].last:
            uri, streams, source = self._others
            last = dict(zip(source.literal, range(len(source.literal)), strict=True))
            self._others = uri, streams, replace(source, last=last)
