"""Where the tokens before the cursor stood before, and what followed there.

A stream is a string of tokens, so looking for a context is a search for a substring. Knows
nothing of what the tokens mean.
"""

from __future__ import annotations

from typing import NamedTuple

from foretype.local.lexer import END

LONGEST = 20
"""Tokens of context that are compared."""
MOST = 80
"""Places looked at for one context of one length, the last ones first."""
MOST_BELOW = 8
"""Tokens after the cursor's line that are compared."""
REACH = 50_000
"""Tokens between two places of a word beyond which no further is looked for."""
ENOUGH = 6
"""So many places that agree for ``WELL`` tokens make a new search needless."""
WELL = 4

Hole = tuple[int, int]
"""The span of a stream where nothing is looked for: the cursor's own line."""


class Found(NamedTuple):
    """A place like the cursor's."""

    at: int
    """The offset of the token that followed."""
    alike: int
    """How many tokens before it are as before the cursor."""
    below: int
    """How many tokens of the next line are as below the cursor; -1 where nothing is below."""


def search(stream: str, context: str, hole: Hole, literal: str, below: str) -> list[Found]:
    """The places that have the context's last two tokens, or more where too many have them.

    What is below is compared in the literal stream.
    """
    found: dict[int, Found] = {}
    for length in (2, 4, 8):
        if len(context) < length:
            break
        hits = _last(stream, context[-length:], hole)
        for at in hits:
            if at not in found:
                alike = _alike(stream, at, context, length)
                found[at] = Found(at, alike, _alike_below(literal, at, below))
        if len(hits) < MOST:
            break
    return list(found.values())


def search_token(
    stream: str, token: str, at: int, context: str, hole: Hole, below: str, most: int
) -> list[Found]:
    """The last few places of a token in a literal stream, from an offset on backwards."""
    found: list[Found] = []
    while len(found) < most:
        at = stream.rfind(token, max(at - REACH, 0), at)
        if at < 0:
            break
        if not hole[0] <= at < hole[1]:
            alike = _alike(stream, at, context, 0)
            found.append(Found(at, alike, _alike_below(stream, at, below)))
    return found


def advanced(found: list[Found], stream: str, token: str, hole: Hole) -> list[Found]:
    """The places where this token followed, one token further."""
    last = len(stream) - 1
    return [
        Found(at + 1, alike + 1, below)
        for at, alike, below in found
        if stream[at] == token and at < last and at + 1 != hole[0]
    ]


def enough(found: list[Found]) -> bool:
    """Whether these places tell enough of what follows."""
    return sum(cursor.alike >= WELL for cursor in found) >= ENOUGH


def _last(stream: str, needle: str, hole: Hole) -> list[int]:
    """The offsets after the last places of a needle, where a token follows."""
    hits: list[int] = []
    length = len(needle)
    at = stream.rfind(needle, 0, len(stream) - 1)
    while at >= 0 and len(hits) < MOST:
        if not hole[0] <= at + length < hole[1]:
            hits.append(at + length)
        at = stream.rfind(needle, 0, at + length - 1)
    return hits


def _alike(stream: str, at: int, context: str, alike: int) -> int:
    most = min(LONGEST, at, len(context))
    while alike < most and stream[at - alike - 1] == context[-alike - 1]:
        alike += 1
    return alike


def _alike_below(literal: str, at: int, below: str) -> int:
    if not below:
        return -1
    start = literal.find(END, at) + 1
    n = 0
    for token in below:
        if start + n >= len(literal) or literal[start + n] != token:
            break
        n += 1
    return n
