"""What an answer is worth: compared with what stood there, and read by a parser. Pure.

``benches/infill.py`` judges by the same function.
"""

from __future__ import annotations

from foretype.evaluation.holes import Hole
from foretype.languages.grammars import n_errors
from foretype.languages.table import of_id

OUTCOMES = ("exact", "beginning", "wrong", "silent")
RIGHT = frozenset({"exact", "beginning"})


def outcome(hole: Hole, shown: tuple[str, str] | None) -> str:
    """Return what a suggestion is worth: one of OUTCOMES.

    ``shown`` is its text, and what the whole file becomes with it; None for nothing. A beginning
    of the truth counts if it ends where a line ends.
    """
    if shown is None or not shown[0].strip():
        return "silent"
    text, becomes = shown
    if _trimmed(becomes) == _trimmed(hole.source.text):
        return "exact"
    rest = hole.truth[len(text) :] if hole.truth.startswith(text) else None
    return "beginning" if rest is not None and rest.startswith("\n") else "wrong"


def similarity(one: str, other: str) -> float:
    """Return 1 for the same text, 0 for nothing in common: by edits of characters (Levenshtein).

    White space at both ends does not count.
    """
    one, other = one.strip(), other.strip()
    longest = max(len(one), len(other))
    return 1 - _n_edits(one, other) / longest if longest else 1.0


def adds_no_error(old: str, new: str, language: str) -> bool | None:
    """Whether a text has no more syntax errors than another; None where there is no grammar.

    Not for the event loop.
    """
    name = of_id(language).name
    before, after = n_errors(old, name), n_errors(new, name)
    return None if before is None or after is None else after[0] <= before[0]


def _n_edits(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for n, char in enumerate(one, 1):
        diagonal, row[0] = row[0], n
        for at, its in enumerate(other, 1):
            changed = diagonal + (char != its)
            diagonal, row[at] = row[at], min(changed, row[at] + 1, row[at - 1] + 1)
    return row[-1]


def _trimmed(text: str) -> str:
    """Return a text without white space at the ends of its lines, which no one sees."""
    return "\n".join(line.rstrip() for line in text.split("\n"))
