"""The tokens of one file, independent of a vocabulary, to be kept and read again.

Reading them takes half the time of splitting the file's text. Names are replaced by ranks when
they are read: a few files are near what is edited, and all of a workspace are indexed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from foretype.local import lexer
from foretype.local.lexer import END, Vocabulary

_SLICE_TOKENS = 4_000
"""Tokens translated at a time, so that other threads need not wait: a fraction of a millisecond."""


class Packed(NamedTuple):
    """The literal stream, and the tokens that its characters stand for."""

    tokens: str
    """In the order of their characters, one a line: no token contains a line feed."""
    literal: str


def packed(text: str) -> Packed:
    """Split a text into its tokens."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    bodies = [line.strip() for line in lines]
    tokens = lexer.tokens_of_lines(bodies)
    kinds = dict.fromkeys(tokens)
    kinds.pop(END, None)
    chars = dict(zip(kinds, map(chr, lexer.codes_of_tokens()), strict=False))
    encoded = "".join(map((chars | {END: END}).__getitem__, tokens))
    pieces, _ = lexer.laid_out(lines, bodies, encoded, 0)
    return Packed("\n".join(kinds), "".join(pieces))


NOTHING = Packed("", "")


def characters(file: Packed, vocabulary: Vocabulary) -> list[str]:
    """Return the characters that a vocabulary gives the tokens of a file; quick."""
    here = [vocabulary[token] for token in file.tokens.split("\n") if file.tokens]
    vocabulary.sort()
    return here


def translated(file: Packed, here: list[str]) -> str:
    """Return the literal stream in other characters for its tokens."""
    table = dict(zip(lexer.codes_of_tokens(), here, strict=False))
    return "".join(piece.translate(table) for piece in _slices(file.literal))


def _slices(stream: str) -> Iterator[str]:
    for start in range(0, len(stream), _SLICE_TOKENS):
        yield stream[start : start + _SLICE_TOKENS]
