"""What stands above the window and matters in it: imports, and where the scopes begin.

Read line by line, by indentation and the words that lines begin with.
"""

from __future__ import annotations

import re

from foretype.core.text import Document
from foretype.core.tokens import n_tokens
from foretype.languages.columns import columns
from foretype.languages.table import LANGUAGES

MAX_HEAD_LINES = 400
"""Lines at the top of a file among which its imports are looked for."""
MAX_LINE_CHARS = 200
"""Characters; a longer line is no import and no signature."""
MAX_SCOPE_LINES = 3_000
"""Lines above the window among which the beginnings of its scopes are looked for."""

_IMPORT = re.compile(
    "|".join(dict.fromkeys(line for row in LANGUAGES for line in row.import_lines))
)
"""Matches an import line of any language, whatever the language of the file."""
_CLOSERS = {"(": ")", "{": "}"}


def outline_above(document: Document, start: int, *, tokens: float) -> str:
    """The imports above an offset and the lines that begin the scopes around it, in file order.

    They are the same wherever in the window the cursor is. Where there is no room for all, the
    nearest scopes count most, then the first imports.
    """
    n_above = document.line_of(start)
    kept = set()
    for number in [*reversed(scopes_above(document, n_above)), *_imports(document, n_above)]:
        tokens -= n_tokens(document.line(number) + "\n")
        if tokens < 0:
            break
        kept.add(number)
    return "\n".join(document.line(number).rstrip() for number in sorted(kept))


def _imports(document: Document, n_above: int) -> list[int]:
    """The lines of a file's head that name what it uses."""
    found: list[int] = []
    closer = ""
    for number in range(min(n_above, MAX_HEAD_LINES)):
        line = document.line(number)
        if closer:
            found.append(number)
            closer = "" if closer in line else closer
        elif line[:1].strip() and _IMPORT.match(line):
            found.append(number)
            opener = next((each for each in _CLOSERS if each in line), "")
            closer = _CLOSERS.get(opener, "")
            closer = "" if closer in line else closer
    return [number for number in found if len(document.line(number)) <= MAX_LINE_CHARS]


def scopes_above(document: Document, n_above: int) -> list[int]:
    """The lines that begin the functions and classes around a line, the outermost first."""
    below = range(n_above, document.n_lines)
    first = next((number for number in below if document.line(number).strip()), None)
    depth = columns(document.line(first)) if first is not None else 0
    found: list[int] = []
    for above in range(n_above - 1, max(n_above - MAX_SCOPE_LINES, -1), -1):
        if depth == 0:
            break
        start = document.starts[above]
        if document.text[start : start + depth].isspace():
            # Deeper, or blank: seen without looking at the whole line.
            continue
        line = document.line(above)
        if not line.strip() or columns(line) >= depth or line.lstrip()[0] in ")]}#":
            continue
        depth = columns(line)
        if len(line) <= MAX_LINE_CHARS:
            found.append(above)
    return found[::-1]
