"""The embedded engine: predicts text from the open documents alone.

The event loop reports opened, edited and closed documents, which is cheap. ``predict`` runs in a
worker thread, and ``idle`` indexes in short slices while the user is idle. Independent of LSP,
models and when a prediction is shown.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.core.uris import path_of
from foretype.local import lexer
from foretype.local.confidence import MIN_CONFIDENCE
from foretype.local.lexer import Vocabulary
from foretype.local.library.usage_lines import depends_on, usage
from foretype.local.packed import NOTHING, characters, translated
from foretype.local.predict import Guess, predict
from foretype.local.situation import Situation, analyze
from foretype.local.sources import Origin, Part, Source
from foretype.local.token_streams import MAX_DOCUMENT_CHARS, Stream, extended, updated
from foretype.local.walk import File
from foretype.privacy import masking

if TYPE_CHECKING:
    from foretype.local.library.modules import Modules
    from foretype.local.packed import Packed

__all__ = ["Engine", "Guess"]

MAX_TOTAL_CHARS = 2_000_000
"""Maximum characters of all open documents, most recently used first."""
MAX_WORKSPACE_CHARS = 2_000_000
"""Maximum bytes of the files of the workspace that are in memory, the nearest ones."""
AROUND_CHARS = 3_000
"""Characters before the cursor whose names make a file similar."""
MAX_SECRET_CHARS = 500
"""Characters before the cursor in which a secret that the text completes may begin."""
SLICE_LINES = 200
"""Lines indexed at a time: about a millisecond."""
MAX_SLICES = 5
"""Slices that a prediction indexes of what is not indexed yet."""
MAX_STALE_TOKENS = 20_000
"""Maximum tokens that are in no document any more, before the vocabulary is rebuilt."""

MoreTime = Callable[[], bool]


class Workspace(Protocol):
    """The files that are not open; ``workspace/indexed_workspace.py`` has them."""

    @property
    def version(self) -> int: ...
    def changed(self) -> None: ...
    def refresh(self, near: Sequence[Document]) -> None: ...
    def nearest(self, document: Document, most_chars: int) -> list[File]: ...
    def read(self, file: File) -> Packed | None: ...
    def close(self) -> None: ...


class Engine:
    """Predicts from the open documents. Safe to call from any thread."""

    def __init__(
        self,
        *,
        threshold: float = MIN_CONFIDENCE,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._threshold = threshold
        self._clock = clock
        self._latest: dict[str, Document] = {}
        self._wanted: Workspace | None = None
        self._modules: Modules | None = None
        self._indexing = threading.Lock()
        """Held while one thread indexes; what it does slowly, it does without the other lock."""
        # Everything below is touched under the lock only, which a prediction waits for.
        self._lock = threading.Lock()
        self._streams: dict[str, Stream] = {}
        self._vocabulary = Vocabulary()
        self._parts: dict[str, tuple[Stream, _Part]] = {}
        self._n_known = 0
        self._workspace: Workspace | None = None
        self._left: list[Workspace] = []
        """Workspaces that are not used any more, to be closed."""
        self._chosen_for: tuple[str, int] | None = None
        self._near: dict[str, File] = {}
        self._closed: dict[str, _Part] = {}
        self._others = _NO_OTHERS
        self._library = Stream(Document("", ""))
        self._library_for: tuple[Modules | None, int, int] | None = None
        self._library_part = Source("", "", Origin.LIBRARY)

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
        if self._wanted is not None:
            self._wanted.changed()

    def use(self, workspace: Workspace | None, modules: Modules | None = None) -> None:
        """Read the files of a workspace from now on that are not open, and what files import."""
        self._wanted = workspace
        self._modules = modules

    def predict(self, cursor: Cursor, *, threshold: float | None = None) -> Guess | None:
        """Predict the text at a cursor; None if unsure. No clock has a part in it."""
        here = self.look(cursor)
        if here is None:
            return None
        least = self._threshold if threshold is None else threshold
        guess = predict(here, threshold=least)
        return None if guess is None or _has_secret(cursor.before, guess.text) else guess

    def look(self, cursor: Cursor) -> Situation | None:
        """Return the situation at a cursor; None if no text fits."""
        document = cursor.document
        if len(document.text) > MAX_DOCUMENT_CHARS:
            return None
        with self._lock:
            self._switch()
            self._renew()
            own = self._moved(document)
            for _ in range(MAX_SLICES):
                if not own.complete:
                    own = self._extended(own)
                elif not self._read_some(document.uri):
                    break
            self._drop(but=document.uri)
            hole = own.span(document.line_of(cursor.offset))
            mine = Source(own.literal, own.coded, Origin.OWN, hole)
            sources = (mine, self._rest(document.uri), self._imported())
            return analyze(cursor, sources, self._vocabulary)

    def idle(self, budget_ms: float = 10.0) -> bool:
        """Index for a limited time; return whether there is more to index."""
        # A thread that waits for a slow disk may hold it for long.
        if not self._indexing.acquire(timeout=budget_ms / 1000):
            return True
        try:
            more_time = self._timer(budget_ms / 1000)
            self._choose()
            while more_time():
                if not self._read_next() and not self._load_one():
                    self._join_ahead()
                    return self._read_imported(more_time)
            return True
        finally:
            self._indexing.release()

    def _read_next(self) -> bool:
        """Index a slice of an open document; return whether there was one."""
        with self._lock:
            self._renew()
            if self._read_some():
                return True
            self._drop()
            return False

    def _read_imported(self, more_time: MoreTime) -> bool:
        """Read what the latest document imports; return whether there is more to read."""
        document = next(reversed(self._latest.values()), None)
        if document is None:
            return False
        modules = self._modules
        # What is usual is known once the workspace is indexed.
        version = self._workspace.version if self._workspace is not None else 0
        state = (modules, depends_on(document), version)
        if state != self._library_for:
            lines = usage(document, modules) if modules is not None else ""
            with self._lock:
                if self._library.document.text != lines:
                    self._library = Stream(Document("", lines))
                self._library_for = state
        while not self._library.complete:
            if not more_time():
                return True
            with self._lock:
                self._library = extended(self._library, SLICE_LINES, self._vocabulary)
        return False

    def _imported(self) -> Source:
        """What is imported, as a source without ranks: its lines are not in the order of use."""
        literal = self._library.literal
        if self._library_part.literal is not literal:
            kinds = self._vocabulary.own_characters(literal)
            self._library_part = Source(
                literal, "", Origin.LIBRARY, parts=[Part(0, len(literal), kinds)]
            )
        return self._library_part

    def similar_files(self, cursor: Cursor, most: int) -> list[str]:
        """Return the files of the workspace that share most rare names with a place."""
        text = cursor.document.text[max(cursor.offset - AROUND_CHARS, 0) : cursor.offset]
        with self._lock:
            known = self._vocabulary
            names = {known.names[known[t]][0] for t in lexer.tokens(text) if known.is_name(t)}
            spelled = [{known.get(name), known.get(f" {name}")} for name in names]
            files = list(self._closed.items())
        found = [[path for path, part in files if chars & part.kinds] for chars in spelled]
        scores: defaultdict[str, float] = defaultdict(float)
        for paths in found:
            for path in paths:
                scores[path] += 1 / len(paths)
        return nlargest(most, scores, key=scores.__getitem__)

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

    def _rest(self, uri: str) -> Source:
        """Join all files but one into a single stream; quick where it was done ahead."""
        parts = self._others_than(uri)
        if parts != self._others.parts:
            self._others = _Others(parts, _joined(parts))
        return self._others.source

    def _join_ahead(self) -> None:
        """Join the files for the latest document, so that no prediction has to."""
        with self._lock:
            document = next(reversed(self._latest.values()), None)
            parts = self._others_than(document.uri) if document is not None else ()
            if parts == self._others.parts:
                return
        others = _Others(parts, _joined(parts))
        with self._lock:
            self._others = others

    def _others_than(self, uri: str) -> tuple[_Part, ...]:
        """Return all files but one, what is worth most last."""
        uris = [document.uri for document in reversed(self._readable()) if document.uri != uri]
        streams = [self._streams[uri] for uri in uris if uri in self._streams]
        files = [self._closed[path] for path in reversed(self._near) if path in self._closed]
        return (*files, *map(self._part, streams))

    def _part(self, stream: Stream) -> _Part:
        uri = stream.document.uri
        known, part = self._parts.get(uri, (None, _NO_PART))
        if known is not stream:
            kinds = self._vocabulary.own_characters(stream.literal)
            part = _Part(stream.literal, stream.coded, kinds)
            self._parts[uri] = stream, part
        return part

    def _switch(self) -> None:
        """Turn to the workspace that is wanted; what was read of another one is dropped."""
        old, self._workspace = self._workspace, self._wanted
        if old is not self._workspace:
            self._near, self._closed, self._chosen_for = {}, {}, None
            if old is not None:
                self._left.append(old)

    def _choose(self) -> None:
        """Choose the files of the workspace that are near the latest document."""
        with self._lock:
            self._switch()
            workspace, left, self._left = self._workspace, self._left, []
            readable = self._readable()
        for old in left:
            old.close()
        if workspace is None or not self._latest:
            return
        workspace.refresh(readable)
        documents = list(self._latest.values())
        document, state = documents[-1], (documents[-1].uri, workspace.version)
        if state == self._chosen_for:
            return
        paths = (path_of(each.uri) for each in documents)
        opened = {str(path) for path in paths if path is not None}
        files = workspace.nearest(document, MAX_WORKSPACE_CHARS)
        near = {file.path: file for file in files if file.path not in opened}
        with self._lock:
            if workspace is self._workspace:
                self._near, self._chosen_for = near, state
                for path in self._closed.keys() - near.keys():
                    del self._closed[path]

    def _load_one(self) -> bool:
        """Load a file of the workspace; return whether there was one to load."""
        with self._lock:
            workspace, vocabulary, near = self._workspace, self._vocabulary, self._near
            missing = (file for file in near.values() if not self._is_loaded(file))
            file = next(missing, None)
        if workspace is None or file is None:
            return False
        streams = workspace.read(file) or NOTHING
        with self._lock:
            here = characters(streams, vocabulary)
        literal = translated(streams, here)
        part = _Part(literal, lexer.code(literal, vocabulary), frozenset(here), file)
        with self._lock:
            # Meanwhile the vocabulary may have been renewed, or other files chosen.
            if vocabulary is self._vocabulary and near is self._near:
                self._closed[file.path] = part
        return True

    def _is_loaded(self, file: File) -> bool:
        part = self._closed.get(file.path)
        return part is not None and part.file == file

    def _drop(self, but: str = "") -> None:
        """Drop streams whose documents are gone."""
        kept = {document.uri for document in self._readable()} | {but}
        for uri in self._streams.keys() - kept:
            del self._streams[uri]
            self._parts.pop(uri, None)

    def _renew(self) -> None:
        """Rebuild the vocabulary if most of it is in no document any more."""
        if len(self._vocabulary) <= self._n_known + MAX_STALE_TOKENS:
            return
        held = set(self._library.literal)
        for stream in self._streams.values():
            held.update(stream.literal)
        for part in self._closed.values():
            held.update(part.kinds)
        self._n_known = len(held)
        if len(self._vocabulary) > self._n_known + MAX_STALE_TOKENS:
            self._vocabulary = Vocabulary()
            self._streams = {}
            self._parts = {}
            self._closed = {}
            self._library, self._library_for = Stream(Document("", "")), None
            self._others = _NO_OTHERS


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The tokens of one file."""

    literal: str
    coded: str
    kinds: frozenset[str]
    """The tokens that occur in it, without layout."""
    file: File | None = None
    """The file of the workspace; None for an open document."""


@dataclass(frozen=True, slots=True)
class _Others:
    """The files but one, joined."""

    parts: tuple[_Part, ...]
    source: Source


_NO_PART = _Part("", "", frozenset())
_NO_OTHERS = _Others((), Source("", "", Origin.WORKSPACE))


def _has_secret(before: str, text: str) -> bool:
    """Whether a text holds what looks like a secret, or completes it."""
    before = before[-MAX_SECRET_CHARS:]
    return any(end > len(before) for _, end in masking.spans(before + text))


def _joined(parts: Sequence[_Part]) -> Source:
    spans: list[Part] = []
    end = 0
    for part in parts:
        start, end = end, end + len(part.literal)
        spans.append(Part(start, end, part.kinds))
    literal = "".join(part.literal for part in parts)
    coded = "".join(part.coded for part in parts)
    return Source(literal, coded, Origin.WORKSPACE, parts=spans)
