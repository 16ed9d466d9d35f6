"""How a text is written: its line ends, the blank lines around it, a step of its indentation."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

SAMPLE_CHARS = 20_000
"""How much of a text's beginning is read to find its indentation."""

_LEAD = re.compile(r"^([ \t]*+)(?!\*)\S", re.MULTILINE)
"""Of all lines but those of a block comment, which have a blank of their own."""
_STEPS = (2, 3, 4, 8)
"""Blanks that one step of indentation may have; other widths align a line with the one above."""


def line_end_of(text: str) -> str:
    r"""The line end that a text uses most; ``\n`` where it has none, or another as often.

    Not its first one, and not ``\r\n`` wherever there is any: a line that was pasted from
    elsewhere, also at the top, must not decide how all others are written. Editors choose alike
    where they have to, so that what is inserted is what they write.
    """
    if "\r" not in text:
        return "\n"
    n_crlf = text.count("\r\n")
    counts = {"\n": text.count("\n") - n_crlf, "\r\n": n_crlf, "\r": text.count("\r") - n_crlf}
    return max(counts, key=lambda end: counts[end])


def with_line_ends(text: str, end: str) -> str:
    """The text with every line end as given."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    return plain if end == "\n" else plain.replace("\n", end)


def with_blank_edges(code: str, old: str) -> str:
    """Give the code the surrounding blank lines and the last line end of the old code."""
    if not code.strip() or not old.strip():
        return code
    first = len(old) - len(old.lstrip())
    above = old[: old.rfind("\n", 0, first) + 1]
    last = old.find("\n", len(old.rstrip()))
    below = old[last:] if last >= 0 else ""
    return above + code.strip("\n") + below


def indentation_of(text: str, usual: str = "    ") -> str:
    """One step of a text's indentation: a tab where most of its indented lines use tabs, else as
    many blanks as a line is most often deeper than the one above it.

    Not the least that occurs, which a single odd line may be. ``usual`` where nothing is deeper
    than anything; where every line is as deep, that depth is one step if it can be one.
    """
    leads = [found[1] for found in _LEAD.finditer(text, 0, SAMPLE_CHARS)]
    indented = [lead for lead in leads if lead]
    if sum(lead[0] == "\t" for lead in indented) * 2 > len(indented):
        return "\t"
    widths = [len(lead) for lead in leads if "\t" not in lead]
    steps = Counter(b - a for a, b in pairwise(widths) if b - a in _STEPS)
    if steps:
        return " " * steps.most_common(1)[0][0]
    least = min((width for width in widths if width), default=0)
    return " " * least if least in _STEPS else usual


def indentation_name(indentation: str) -> str:
    """A step of indentation in words, such as ``4 spaces``."""
    return "tabs" if indentation.startswith("\t") else f"{len(indentation)} spaces"
