"""Characters that no one sees: what a terminal would obey, and what hides or reorders text."""

from __future__ import annotations

import re
from collections.abc import Iterator

# The control characters but for tab, line ends and form feed; then what Unicode 16 calls
# Default_Ignorable_Code_Point: what reorders text, joins, fills, varies or tags it.
_VARIATIONS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
    # One variation of a character is seen, as in an emoji; a chain of them is not.
    f"|(?<![^\\s{_VARIATIONS}])[{_VARIATIONS}]"
)


def where_unseen(text: str) -> str:
    """Return the first such character and its line, such as ``U+200B in line 3``; or nothing."""
    found = UNSEEN.search(text)
    if found is None:
        return ""
    line = text.count("\n", 0, found.start()) + 1
    return f"U+{ord(found[0][0]):04X} in line {line}"


JOINER = "\u200d"
BEFORE_JOINER = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff\ufe0f]")
AFTER_JOINER = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]")
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
"""A region's flag: a black flag, the region's letters as tags, and the tag that ends them."""


def unseen_in(text: str) -> Iterator[int]:
    """Yield where characters stand that no one sees, but for those of an emoji or a flag."""
    passed = 0
    for found in UNSEEN.finditer(text):
        at = found.start()
        joins = text[at] == JOINER and at and BEFORE_JOINER.match(text[at - 1])
        if at < passed or (joins and AFTER_JOINER.match(text, at + 1)):
            continue
        if flag := FLAG.match(text, max(0, at - 1)):
            passed = flag.end()
            continue
        yield at


def without_unseen(text: str) -> str:
    """Remove what no one sees: it may speak to a model behind the user's back."""
    pieces, done = [], 0
    for at in unseen_in(text):
        pieces.append(text[done:at])
        done = at + 1
    return "".join([*pieces, text[done:]]) if pieces else text
