"""Tokens at the junction of two texts, by class: what may follow what, in any language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

_TOKEN = re.compile(r"\n\s*|[ \t]+|\d[\w.]*|\w+|[-+*/%&|^!<>=?:.~@#$\\]+|.")
_WORDS = {
    "k": "return if for while elif else switch case with def class function func fn import from "
    "let const var new export public private protected static async await yield raise throw try "
    "except catch finally do then end begin unless until match struct enum impl trait interface "
    "use pub mut package require module local foreach echo print assert del global default fi "
    "done esac type",
    "o": "and or not in is as of instanceof extends implements",
    "c": "None True False null true false nil undefined self this super pass break continue",
}
_CLASS = {word: name for name, words in _WORDS.items() for word in words.split()}
QUOTES = ('"', "'", "`")
REACH = 48
"""Characters on each side of a junction that are read."""


def token_class(token: str) -> str:
    """A token's class: names, numbers and a few kinds of keywords; of signs, themselves."""
    if token[0].isdigit():
        return "0"
    if token[0].isalpha() or token[0] == "_":
        return _CLASS.get(token) or ("N" if token[0].isupper() else "n")
    return token if len(token) <= 3 else token[:3]


def all_bigrams(text: str) -> Iterator[str]:
    """The pairs of classes, and what is between them, of all tokens of a text."""
    names = (name for _, name in _classes(text))
    return (f"{one.lstrip('~_') or one} {other}" for one, other in pairwise(names))


def bigrams(left: str, right: str) -> list[str]:
    """The same for the tokens next to a junction."""
    start = max(left.rfind("\n", 0, max(0, len(left) - REACH)) + 1, len(left) - 4 * REACH, 0)
    left, right = left[start:], right[:REACH]
    seen = list(_classes(left + right))
    after = next((n for n, (end, _) in enumerate(seen) if end > len(left)), len(seen))
    names = [name for _, name in seen[max(0, after - 2) : after + 2]]
    if after == len(seen) and right[-1:] == "\n":
        names.append("~")
    return [f"{one.lstrip('~_') or one} {other}" for one, other in pairwise(names)]


def _classes(text: str) -> Iterator[tuple[int, str]]:
    """Where each token ends, and its class with what is before it: a line end, blanks, nothing."""
    gap, quoted = "", ""
    for found in _TOKEN.finditer(text):
        token = found.group()
        if token[0] == "\n":
            gap, quoted = "~", ""
        elif token.isspace():
            gap = gap or "_"
        else:
            name = token_class(token)
            if token in QUOTES and quoted in ("", token):
                # A quote that closes is another thing than one that opens.
                name, quoted = (token + "]", "") if quoted else (token, token)
            yield found.end(), gap + name
            gap = ""
