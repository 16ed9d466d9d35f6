"""Find earlier occurrences of the tokens before the cursor, and what followed them.

A stream is a string of tokens, so finding a context is a substring search. Independent of what
the tokens mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from foretype.local.lexer import END
from foretype.local.sources import ExcludedSpan, Source, Work

MAX_CONTEXT_TOKENS = 20
"""Tokens of context that are compared."""
LENGTHS = (2, 4, 8)
"""Lengths of context that are searched, each only if there are too many matches of the last."""
MAX_MATCHES = 80
"""Matches examined for one context of one length, the last ones first."""
MAX_BELOW_TOKENS = 8
"""Tokens after the cursor's line that are compared."""
MAX_GAP_TOKENS = 50_000
"""Tokens between two occurrences of a word beyond which the search ends."""
ENOUGH_MATCHES = 6
"""This many matches of ``GOOD_MATCH_TOKENS`` tokens make another search unnecessary."""
GOOD_MATCH_TOKENS = 4
TOKENS_PER_MATCH = 3_000
"""The tokens that are searched in the time in which one match is compared and counted."""


class Match(NamedTuple):
    """An earlier occurrence of the context."""

    at: int
    """The offset of the token that followed."""
    alike: int
    """How many tokens before it equal those before the cursor."""
    below: int
    """How many tokens of the next line equal those below the cursor; -1 if nothing is below."""


class Found(NamedTuple):
    """What is known of the occurrences of a context in one stream."""

    matches: list[Match]
    complete_from: int
    """All matches of at least so many tokens are among them."""


NOTHING_FOUND = Found([], MAX_CONTEXT_TOKENS)


def search(
    source: Source, context: str, below: str, old: Found, work: Work, *, coded: bool
) -> Found:
    """Find matches of the context's last two tokens, or of more if there are too many.

    ``old`` is what ``advance`` made of those of the context without its last token: where it is
    complete, nothing is searched again. The next line is compared in the literal stream.
    """
    found = {match.at: match for match in old.matches}
    complete_from = old.complete_from
    stream = source.stream(coded=coded)
    for length in LENGTHS:
        if len(context) < length or work.is_done or 2 < length >= complete_from:
            break
        hits = _last(stream, context[-length:], source.hole, work)
        for at in hits:
            if at not in found:
                alike = _alike(stream, at, context, length)
                found[at] = Match(at, alike, _alike_below(source.literal, at, below))
        if len(hits) < MAX_MATCHES:
            complete_from = length
    return Found(list(found.values()), complete_from)


def search_token(
    stream: str, token: str, at: int, context: str, hole: ExcludedSpan, below: str, most: int
) -> list[Match]:
    """Find the last few occurrences of a token in a literal stream before an offset."""
    found: list[Match] = []
    while len(found) < most:
        at = stream.rfind(token, max(at - MAX_GAP_TOKENS, 0), at)
        if at < 0:
            break
        if not hole[0] <= at < hole[1]:
            alike = _alike(stream, at, context, 0)
            found.append(Match(at, alike, _alike_below(stream, at, below)))
    return found


def advance(found: Found, stream: str, token: str, hole: ExcludedSpan) -> Found:
    """Keep the matches that this token followed, moved one token further."""
    last = len(stream) - 1
    matches = [
        Match(at + 1, alike + 1, below)
        for at, alike, below in found.matches
        if stream[at] == token and at < last and at + 1 != hole[0]
    ]
    return Found(matches, found.complete_from + 1)


def are_enough(found: Iterable[Found]) -> bool:
    """Whether there are enough good matches."""
    matches = (match for each in found for match in each.matches)
    return sum(match.alike >= GOOD_MATCH_TOKENS for match in matches) >= ENOUGH_MATCHES


def _last(stream: str, needle: str, hole: ExcludedSpan, work: Work) -> list[int]:
    """Return the offsets after the last occurrences of a needle."""
    hits: list[int] = []
    length = len(needle)
    at = stream.rfind(needle, 0, len(stream) - 1)
    while at >= 0 and len(hits) < MAX_MATCHES:
        if not hole[0] <= at + length < hole[1]:
            hits.append(at + length)
        at = stream.rfind(needle, 0, at + length - 1)
    work.take(len(stream) - max(at, 0) + TOKENS_PER_MATCH * len(hits))
    return hits


def _alike(stream: str, at: int, context: str, alike: int) -> int:
    most = min(MAX_CONTEXT_TOKENS, at, len(context))
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
