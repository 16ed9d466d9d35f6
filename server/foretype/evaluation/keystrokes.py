"""Human typing: when each key of a text is pressed, typos included.

Times between keys are log-normal. The chance that belongs to a place in the text is its own, so
that the same places have the same pauses whatever was accepted before.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

PAUSE_S = 0.4
"""Longer than this between two keys is a pause."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key press: so long after the key before it, it inserts a text or deletes one back."""

    after_s: float
    text: str = ""
    deletes: bool = False


_TYPO_SHARE = 0.025
"""Of the letters: with what is typed before they are noticed, one key in fifteen is taken back."""
_NEIGHBOURS = {
    "a": "s", "b": "v", "c": "v", "d": "f", "e": "r", "f": "g", "g": "h", "h": "j", "i": "o",
    "j": "k", "k": "l", "l": "k", "m": "n", "n": "m", "o": "p", "p": "o", "q": "w", "r": "t",
    "s": "d", "t": "r", "u": "i", "v": "c", "w": "e", "x": "c", "y": "u", "z": "x",
}  # fmt: skip


def keys_at(text: str, at: int, seed: int) -> list[Key]:
    """The key presses that bring a text's next key on screen: one, or a typo taken back first."""
    dice = random.Random(f"{seed}:{at}")
    after_s = _gap(text, at, dice)
    key = next_key(text, at)
    wrong = _NEIGHBOURS.get(key)
    if wrong is None or dice.random() >= _TYPO_SHARE:
        return [Key(after_s, key)]
    run_on = _run_on(text, at, dice.randrange(3))
    noticed = _log_normal(dice, 0.3, 0.3)
    return [
        Key(after_s, wrong),
        *(Key(_log_normal(dice, 0.13, 0.3), char) for char in run_on),
        Key(noticed, deletes=True),
        *(Key(_log_normal(dice, 0.09, 0.2), deletes=True) for _ in run_on),
        Key(_log_normal(dice, 0.16, 0.3), key),
    ]


def next_key(text: str, at: int) -> str:
    """What one key inserts: a character; Enter brings the next line's indentation along."""
    if text[at] != "\n":
        return text[at]
    end = at + 1
    while end < len(text) and text[end] in " \t":
        end += 1
    # An editor leaves an empty line empty.
    return "\n" if end < len(text) and text[end] == "\n" else text[at:end]


def _run_on(text: str, at: int, most: int) -> str:
    """The letters of the same word that are typed before a typo is noticed."""
    end = at + 1
    while end < len(text) and end <= at + most and text[end].isalnum():
        end += 1
    return text[at + 1 : end]


def _gap(text: str, at: int, dice: random.Random) -> float:
    """Seconds before the key at a place."""
    before = text[at - 1] if at else "\n"
    here = text[at]
    line_start = text.rfind("\n", 0, at) + 1
    if here == "\n":
        return _maybe_pause(dice, 0.35, median=0.7, otherwise=0.2)
    if not text[line_start:at].strip():
        return _maybe_pause(dice, 0.75, median=0.9, otherwise=0.25)
    if before.isalnum() and here.isalnum():
        return _log_normal(dice, 0.125, 0.33)
    if before in "([{=,:" or (before == " " and here.isalnum()):
        return _maybe_pause(dice, 0.1, median=0.9, otherwise=0.17)
    return _log_normal(dice, 0.16, 0.35)


def _maybe_pause(dice: random.Random, share: float, *, median: float, otherwise: float) -> float:
    """A pause to think in a share of the cases."""
    if dice.random() < share:
        return _log_normal(dice, median, 0.5)
    return _log_normal(dice, otherwise, 0.35)


def _log_normal(dice: random.Random, median: float, spread: float) -> float:
    return min(median * math.exp(dice.gauss(0.0, spread)), 6.0)
