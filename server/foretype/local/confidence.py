"""Estimate how likely each token of a prediction is right.

A sum of small decision trees over the evidence, turned into a probability. ``benches/local_fit.py``
writes them into ``trees.json``, which names the packages that they were fitted on. Independent of
tokens and documents.
"""

from __future__ import annotations

import json
from math import exp
from pathlib import Path
from typing import Any, NamedTuple

from foretype.local.lexer import KEYWORDS

MIN_CONFIDENCE = 0.5
"""Minimum confidence at which a prediction is shown."""
MIN_CONFIDENCE_LINES = 0.7
"""The same for predictions of more than one line."""

MIN_CONFIDENCE_LISTED = 0.35
"""The same for a token that what is imported defines, of which there are few to choose from."""

_KINDS_BEFORE = {
    ".": 4, "?.": 4, "->": 4, "::": 4, "(": 5, "[": 6, "{": 6, ",": 7, "=": 8, ":=": 8, ":": 9,
    "'": 10, '"': 10, "`": 10, "@": 11, "#": 12, "//": 12, "*": 12, ")": 13, "]": 13, "}": 13,
}  # fmt: skip


class Evidence(NamedTuple):
    """The evidence for and against a token, in numbers. The trees name its fields by position."""

    probability: float
    """The probability by counts alone."""
    rival: float
    """The probability of the best other token."""
    new: float
    """The probability of a name that was not used recently."""
    alike: int
    """The longest match after which this token followed."""
    alike_coded: int
    """The same with names compared by rank."""
    short: int
    """How much longer the longest match is after which another token followed."""
    short_coded: int
    votes: int
    """The number of matches after which this token followed."""
    others: int
    """The number of matches after which another token followed."""
    own: int
    """The number of the votes that are in this document."""
    library: int
    """The number of the votes that are in what the document imports."""
    library_others: int
    """The number of such matches after which another token followed."""
    below: int
    """The most equal tokens of the next line; -1 if nothing is below."""
    begun: int
    """Characters of the token that are already typed."""
    left: int
    """Characters of it that are not."""
    ends: bool
    """Whether the token is the line's end."""
    word: bool
    """Whether the token is a name or a word."""
    kinds: int
    """How many different tokens followed."""
    latest: bool
    """Whether it followed the longest match, of several the nearest one."""
    latest_coded: bool
    ago: int
    """How many tokens ago it was used in this document; large if never."""
    n: int
    """How many tokens of the prediction are before it."""
    prose: bool
    """Whether the last tokens before it are words, as in a comment."""
    later: bool
    """Whether it is on a line after the cursor's."""
    after: int
    """The kind of the token before it; see ``kind_before``."""


_Tree = Any
"""What a leaf adds to the logarithm of the odds; or the number of a field of the evidence, a
threshold, and the trees up to it and above it."""

_FITTED = json.loads(Path(__file__).with_name("trees.json").read_bytes())
_START: float = _FITTED["start"]
_TREES: list[_Tree] = _FITTED["trees"]


def kind_before(token: str) -> int:
    """Return the kind of the token before a place: 0 at a line's start, then what may follow."""
    text = token.strip()
    if not text or not text.isprintable():
        return 0
    if text[0].isidentifier():
        return 2 if text in KEYWORDS else 1
    return _KINDS_BEFORE.get(text, 3)


def confidence_of(evidence: Evidence) -> float:
    """Return the probability that the token is right, given that all before it are."""
    total = _START
    for tree in _TREES:
        total += _leaf(tree, evidence)
    return 1 / (1 + exp(-total))


def _leaf(tree: _Tree, evidence: Evidence) -> float:
    while isinstance(tree, list):
        field, threshold, below, above = tree
        tree = below if evidence[field] <= threshold else above
    return tree  # type: ignore[no-any-return]
