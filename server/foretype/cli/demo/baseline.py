"""What a simpler way to complete would have saved: the latest line that begins alike.

Pure. A measure beside which the demo and the bench put the embedded engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from foretype.cli.demo.typist import Scene, count_strokes, strokes

MIN_LINE_CHARS = 3
"""Characters of a line from which on lines that begin alike are looked for."""


def latest_line(before: str) -> str:
    """Return how the latest line goes on that begins as the last one does; "" if none does."""
    above, _, last = before.rpartition("\n")
    begun = last.lstrip()
    if len(begun) < MIN_LINE_CHARS:
        return ""
    lines = (line.strip() for line in reversed(above.split("\n")))
    return next(
        (line[len(begun) :] for line in lines if line.startswith(begun) and line != begun), ""
    )


def share_saved(
    scenes: Sequence[Scene], min_saved: int, guess: Callable[[str], str] = latest_line
) -> float:
    """Return the share of keys that a guess would save, if what is right of it is accepted.

    ``min_saved``: keys that a suggestion must save to be accepted.
    """
    n_keys = n_all = 0
    for scene in scenes:
        rest = scene.truth
        n_all += count_strokes(rest)
        while rest:
            typed = scene.truth[: len(scene.truth) - len(rest)]
            text = guess(scene.before + typed)
            is_right = rest.startswith(text) and count_strokes(text) >= min_saved
            rest = rest[len(text if is_right else next(strokes(rest))) :]
            n_keys += 1
    return 1 - n_keys / n_all if n_all else 0.0
