"""Split text like a model's tokenizer: about four characters, at likely boundaries.

Only an imitation, for pacing streams and counting their cost.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
    \n[\ \t]*                  # a line end with the indentation that follows
  | [\ \t]*\r?\n               # white space that ends a line
  | \ ?[^\W\d_]{1,7}           # a word or a part of one, with the space before it
  | \ ?\d{1,3}
  | \ ?(?:_+|[^\w\s]{1,3})
  | \s                         # what is left of a run of spaces
    """,
    re.VERBOSE,
)


def split(text: str) -> list[str]:
    """The text's tokens; joined they are the text again."""
    pieces: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        end = match.end() if match else at + 1
        pieces.append(text[at:end])
        at = end
    return pieces


def count(text: str) -> int:
    """How many tokens a text is taken for: one for every four characters, rounded up."""
    return (len(text) + 3) // 4
