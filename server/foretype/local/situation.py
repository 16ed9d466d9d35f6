"""The tokens around a cursor, from which a prediction is made.

Independent of probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foretype.core.cursor import Cursor
from foretype.local import lexer, matches
from foretype.local.layout import Layout
from foretype.local.lexer import MAX_LINE_CHARS, Vocabulary
from foretype.local.sources import Source

MAX_KNOWN_WORDS = 200
"""Words beyond which a prefix is too short to search other documents for it."""

_MAY_FOLLOW = ")]}>,;:\"'`"


@dataclass(frozen=True, slots=True)
class Situation:
    """The tokens and text around a cursor."""

    line: str
    """The line up to the cursor, without its indentation."""
    tokens: str
    """The tokens before the cursor, without a partial one."""
    begun: str
    """The text of a partial token."""
    after: str
    """The rest of the line, without blanks around it."""
    below: str
    """The first tokens after the line."""
    next_line: str
    """The line below, without its indentation."""
    words: Sequence[str]
    """The known tokens, with or without a space, that begin with the partial one."""
    layout: Layout
    sources: Sequence[Source]
    """The cursor's document, the others, and what it imports."""
    vocabulary: Vocabulary


def analyze(cursor: Cursor, sources: Sequence[Source], vocabulary: Vocabulary) -> Situation | None:
    """Analyze the text around a cursor; None if no text fits. Adds to the vocabulary."""
    before, after = cursor.before, cursor.after.strip()
    if len(before) + len(after) > MAX_LINE_CHARS or not _fits_between(after):
        return None
    begun = lexer.unfinished_end(before)
    own = sources[0]
    document = cursor.document
    line = document.line_of(cursor.offset)
    return Situation(
        line=before.lstrip(),
        tokens=_tokens_before(cursor, len(begun), vocabulary),
        begun=begun,
        after=after,
        below=own.literal[own.hole[1] : own.hole[1] + matches.MAX_BELOW_TOKENS],
        next_line=document.line(line + 1).strip() if line + 1 < document.n_lines else "",
        words=_words(begun.strip(), vocabulary),
        layout=Layout.at(cursor),
        sources=sources,
        vocabulary=vocabulary,
    )


def _tokens_before(cursor: Cursor, n_begun: int, vocabulary: Vocabulary) -> str:
    """The tokens before the cursor, without the one begun: enough to compare and to rank."""
    document = cursor.document
    line = document.line_of(cursor.offset)
    above: list[str] = []
    n_tokens = 0
    while line > 0 and n_tokens < lexer.RANK_WINDOW_TOKENS + matches.MAX_CONTEXT_TOKENS:
        line -= 1
        text = document.line(line)
        if len(text) <= MAX_LINE_CHARS:
            above.append(text)
            n_tokens += len(text) // 8 + 2
    chars: list[str] = []
    columns = 0
    for text in reversed(above):
        piece, columns = lexer.line_tokens(text, columns, vocabulary)
        chars.append(piece)
    before = cursor.before[: len(cursor.before) - n_begun]
    chars.append(lexer.shift(lexer.indentation(before + "x") - columns))
    chars.extend(vocabulary[token] for token in lexer.tokens(before.lstrip()))
    return "".join(chars)


def _words(begun: str, vocabulary: Vocabulary) -> list[str]:
    if not begun:
        return []
    return [
        char
        for text in (begun, " " + begun)
        for char in vocabulary.beginning_with(text, MAX_KNOWN_WORDS)
    ]


def _fits_between(after: str) -> bool:
    """Whether text may be inserted before the rest of a line: if that closes or separates."""
    return not after or after[0] in _MAY_FOLLOW
