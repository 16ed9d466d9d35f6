"""The token streams of a document, updated by reading only what changed.

Independent of cursors and of what is searched for.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from foretype.core.text import Document, common_head, common_tail
from foretype.local import lexer
from foretype.local.lexer import Vocabulary

MAX_DOCUMENT_CHARS = 400_000
"""Characters beyond which a document is not indexed."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The tokens of the first lines of one version of a document."""

    document: Document
    literal: str = ""
    coded: str = ""
    """The same, names replaced by ranks; see ``lexer.code``."""
    ends: array[int] = field(default_factory=lambda: array("I"))
    """Where each indexed line ends in the streams."""

    @property
    def complete(self) -> bool:
        return len(self.ends) == self.document.n_lines

    def span(self, line: int) -> tuple[int, int]:
        """Return the span of a line's tokens; empty for a line that is not indexed yet."""
        if line >= len(self.ends):
            return len(self.literal), len(self.literal)
        return self.ends[line - 1] if line else 0, self.ends[line]


def extended(stream: Stream, n_lines: int, vocabulary: Vocabulary) -> Stream:
    """Extend the stream by a number of lines."""
    first = len(stream.ends)
    last = min(first + n_lines, stream.document.n_lines)
    return _spliced(stream, stream.document, first, last, first, vocabulary)


def updated(stream: Stream, document: Document, n_lines: int, vocabulary: Vocabulary) -> Stream:
    """Update the stream to another version of its document, reading only changed lines.

    If more than ``n_lines`` lines changed, they and what follows are indexed later.
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
    """Replace the lines up to ``resume`` by lines ``first`` to ``last`` of the document."""
    start = stream.ends[first - 1] if first else 0
    columns = _columns_before(document, first)
    pieces, columns = lexer.lines_tokens(_lines(document, first, last), columns, vocabulary)
    line = last
    beyond = 0
    # The lines after an edit are read until no rank and no change of indentation depends on it.
    while beyond <= lexer.RANK_WINDOW_TOKENS and resume < len(stream.ends):
        piece, columns = lexer.line_tokens(document.line(line), columns, vocabulary)
        pieces.append(piece)
        beyond += len(piece)
        resume += 1
        line += 1
    ends = list(accumulate(map(len, pieces), initial=start))[1:]
    literal = "".join(pieces)
    warm = stream.literal[max(start - lexer.RANK_WINDOW_TOKENS, 0) : start]
    coded = lexer.code(warm + literal, vocabulary, skip=len(warm))
    rest = stream.ends[resume - 1] if resume else 0
    delta = ends[-1] - rest if ends else start - rest
    # A comprehension, because it is three times as fast as a generator.
    following = [end + delta for end in stream.ends[resume:]]
    return Stream(
        document,
        stream.literal[:start] + literal + stream.literal[rest:],
        stream.coded[:start] + coded + stream.coded[rest:],
        stream.ends[:first] + array("I", ends) + array("I", following),
    )


def _lines(document: Document, first: int, last: int) -> list[str]:
    """Return lines with their line ends, which is quicker than to look for these."""
    bounds = [*document.starts[first : last + 1], len(document.text)]
    return [document.text[start:end] for start, end in pairwise(bounds[: last - first + 1])]


def _columns_before(document: Document, line: int) -> int:
    """Return the indentation of the last indexed, non-blank line before this one."""
    while line > 0:
        line -= 1
        text = document.line(line)
        if 0 < len(text.strip()) <= lexer.MAX_LINE_CHARS:
            return lexer.indentation(text)
    return 0
