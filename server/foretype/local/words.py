"""Find words that may complete a partial word.

Words are found by prefix alone; the tokens before them affect only the weight of a match.
"""

from __future__ import annotations

from collections.abc import Iterator

from foretype.local import matches
from foretype.local.matches import Match
from foretype.local.situation import Situation
from foretype.local.sources import Origin, Source

NEAR_TOKENS = 4000
"""Tokens before the cursor, and half as many after it, whose words are considered."""
MAX_WORDS = 12
"""Maximum words examined, and occurrences of each."""
MAX_PLACES_PER_WORD = 6
MIN_OWN_PLACES = 4
"""Occurrences in the current document that make searching others unnecessary."""


def completions(here: Situation) -> Iterator[tuple[Source, list[tuple[str, Match]]]]:
    """Yield completions of the partial word, as matches at the cursor."""
    space = here.begun[: len(here.begun) - len(here.begun.lstrip())]
    texts = here.vocabulary.texts
    for source in here.sources:
        words = _near(here, source) if source.origin is Origin.OWN else _known(here, source)
        found: list[tuple[str, Match]] = []
        for char, at in words[:MAX_WORDS]:
            alike_there = texts[char].startswith(here.begun)
            hits = matches.search_token(
                source.literal, char, at, here.tokens, source.hole, here.below, MAX_PLACES_PER_WORD
            )
            # Where it stands just so, after the same tokens, it is counted already.
            token = space + texts[char].lstrip()
            found += [(token, hit) for hit in hits if hit.alike < 2 or not alike_there]
        yield source, found
        if len(found) >= MIN_OWN_PLACES:
            return


def _near(here: Situation, source: Source) -> list[tuple[str, int]]:
    """Return nearby words with the prefix, the last first, and where to search from."""
    start, end = source.hole
    near = (
        source.literal[max(start - NEAR_TOKENS, 0) : start]
        + source.literal[end : end + NEAR_TOKENS // 2]
    )
    texts = here.vocabulary.texts
    begun = here.begun.lstrip()
    chars = set(near).intersection(here.words) if here.words else set(near)
    words = [char for char in chars if texts.get(char, "").lstrip().startswith(begun)]
    words.sort(key=near.rfind, reverse=True)
    return [(word, len(source.literal)) for word in words]


def _known(here: Situation, source: Source) -> list[tuple[str, int]]:
    """Return words of other documents with the prefix, those of the last document first."""
    words = dict.fromkeys(here.words)
    found: list[tuple[str, int]] = []
    for part in reversed(source.parts):
        there = part.kinds.intersection(words)
        for word in [word for word in words if word in there] if there else ():
            found.append((word, part.end))
            del words[word]
        if len(found) >= MAX_WORDS:
            break
    return found
