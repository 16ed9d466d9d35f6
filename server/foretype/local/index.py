"""The streams of tokens of a document, kept up with its text by reading only what changed.

Knows the lexer and documents; knows nothing of cursors or of what is looked for.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from foretype.core.text import Document, common_head, common_tail
from foretype.local import lexer
from foretype.local.lexer import Vocabulary

MAX_DOCUMENT_CHARS = 400_000
"""Characters beyond which a document is not read."""
MAX_LINE_CHARS = 2_000
"""Characters beyond which a line is taken for data or minified code, and left out."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The tokens of the first lines of one version of a document."""

    document: Document
    literal: str = ""
    coded: str = ""
    """The same, names replaced by ranks; see ``lexer.code``."""
    ends: array[int] = field(default_factory=lambda: array("I"))
    """Where in the streams each line read so far ends."""

    @property
    def complete(self) -> bool:
        return len(self.ends) == self.document.n_lines

    def span(self, line: int) -> tuple[int, int]:
        """Where a line's tokens stand in the streams; an empty span for one not read yet."""
        if line >= len(self.ends):
            return len(self.literal), len(self.literal)
        return self.ends[line - 1] if line else 0, self.ends[line]


def extended(stream: Stream, n_lines: int, vocabulary: Vocabulary) -> Stream:
    """The stream with so many lines more."""
    first = len(stream.ends)
    last = min(first + n_lines, stream.document.n_lines)
    return _spliced(stream, stream.document, first, last, first, vocabulary)


def updated(stream: Stream, document: Document, n_lines: int, vocabulary: Vocabulary) -> Stream:
    """The stream for another version of its document. Lines that are the same are not read.

    Where more than ``n_lines`` lines are new, these and what follows are left to be read.
    """
    old = stream.document
    if document.text == old.text:
        return Stream(document, stream.literal, stream.coded, stream.ends)
    head = common_head(old.text, document.text)
    most = min(len(old.text), len(document.text)) - head
    tail = common_tail(old.text, document.text, most)
    # One line more on each side: an edit may join a "\r" with a "\n", or part them.
    first = max(old.line_of(head) - 1, 0)
    kept = max(old.n_lines - old.line_of(len(old.text) - tail) - 2, 0)
    if len(stream.ends) <= first:
        return Stream(document, stream.literal, stream.coded, stream.ends)
    last = document.n_lines - kept
    if len(stream.ends) <= old.n_lines - kept or last - first > n_lines:
        end = stream.ends[first - 1] if first else 0
        return Stream(document, stream.literal[:end], stream.coded[:end], stream.ends[:first])
    return _spliced(stream, document, first, last, old.n_lines - kept, vocabulary)


def _spliced(
    stream: Stream, document: Document, first: int, last: int, resume: int, vocabulary: Vocabulary
) -> Stream:
    """Lines ``first`` to ``last`` of the document in place of those that end at ``resume``."""
    start = stream.ends[first - 1] if first else 0
    columns = _columns_before(document, first)
    pieces: list[str] = []
    ends: list[int] = []
    at = start
    line = first
    beyond = 0
    n_ends = len(stream.ends)
    # The lines after an edit are read until no rank and no change of indentation depends on it.
    while line < last or (beyond <= lexer.RANK_WINDOW_TOKENS and resume < n_ends):
        piece, columns = _read(document.line(line), columns, vocabulary)
        pieces.append(piece)
        at += len(piece)
        ends.append(at)
        if line >= last:
            beyond += len(piece)
            resume += 1
        line += 1
    literal = "".join(pieces)
    warm = stream.literal[max(start - lexer.RANK_WINDOW_TOKENS, 0) : start]
    coded = lexer.code(warm + literal, vocabulary, skip=len(warm))
    rest = stream.ends[resume - 1] if resume else 0
    delta = at - rest
    # A comprehension, because it is three times as fast as a generator.
    following = [end + delta for end in stream.ends[resume:]]
    return Stream(
        document,
        stream.literal[:start] + literal + stream.literal[rest:],
        stream.coded[:start] + coded + stream.coded[rest:],
        stream.ends[:first] + array("I", ends) + array("I", following),
    )


def _read(line: str, columns: int, vocabulary: Vocabulary) -> tuple[str, int]:
    if len(line) > MAX_LINE_CHARS:
        return "", columns
    return lexer.line_tokens(line, columns, vocabulary)


def _columns_before(document: Document, line: int) -> int:
    """The indentation of the last line before this one that is read and not blank."""
    while line > 0:
        line -= 1
        text = document.line(line)
        if len(text) <= MAX_LINE_CHARS and text.strip():
            return lexer.indentation(text)
    return 0
