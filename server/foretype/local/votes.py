"""Combine what followed earlier occurrences: counts, probabilities, the best token.

Independent of documents and of how the matches were found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from heapq import nlargest
from typing import NamedTuple

from foretype.local.confidence import Evidence
from foretype.local.lexer import END
from foretype.local.matches import MAX_CONTEXT_TOKENS, Match
from foretype.local.sources import Origin

WEIGHTS = {Origin.OWN: 1.5, Origin.WORKSPACE: 0.5, Origin.LIBRARY: 0.2}
"""Weights of matches by where they are."""
BELOW_GAIN = 1.5
"""Factor of a match's weight for each equal token of the next line."""
BELOW_LOSS = 0.4
"""Factor of a match's weight if its next line begins differently."""
LITERAL_SHARE = 0.75
EVEN_SHARE = 0.5
"""Share of literal matches against rank matches: if the longest match is literal, and otherwise."""
MAX_CANDIDATES = 3
"""Tokens whose confidence is estimated at each step."""
NEW = ""
"""The vote for a name that is not recent: it counts, but cannot be predicted."""

_WEIGHTS_BELOW = (BELOW_LOSS, *(BELOW_GAIN**n for n in range(1, 7)), BELOW_GAIN**6, BELOW_GAIN**6)
# Long matches are few, so that neighbouring lengths count as one.
_LEVELS = (0, 1, 2, 3, 4, 5, 6, 8, 8, 8, 12, 12, 12, 12, 12)


class Votes:
    """Weighted counts of following tokens by match length."""

    def __init__(self) -> None:
        self.levels: dict[int, defaultdict[str, float]] = {}
        self.alike: defaultdict[str, int] = defaultdict(int)
        """The longest match before each token."""
        self.below: defaultdict[str, int] = defaultdict(lambda: -1)
        self.n: defaultdict[str, int] = defaultdict(int)
        self.n_own: defaultdict[str, int] = defaultdict(int)
        self.n_library: defaultdict[str, int] = defaultdict(int)
        self.longest = 0
        """The length of the longest match."""
        self._latest = (-1, False, -1)
        self.latest = ""
        """What followed the longest match, of several the nearest one."""

    def add(self, followers: Iterable[tuple[str, Match]], origin: Origin) -> None:
        """Count what followed matches in one of the sources."""
        base = WEIGHTS[origin]
        own = origin is Origin.OWN
        n_here = {Origin.OWN: self.n_own, Origin.LIBRARY: self.n_library}.get(origin)
        for token, (at, alike, below) in followers:
            if (key := (alike, own, at)) > self._latest:
                self._latest, self.latest = key, token
            level = _LEVELS[alike] if alike < len(_LEVELS) else MAX_CONTEXT_TOKENS
            if level not in self.levels:
                self.levels[level] = defaultdict(float)
            weight = base if below < 0 else base * _WEIGHTS_BELOW[below]
            self.levels[level][token] += weight
            self.n[token] += 1
            if n_here is not None:
                n_here[token] += 1
            if alike > self.alike[token]:
                self.alike[token] = alike
                self.longest = max(self.longest, alike)
            if below > self.below[token]:
                self.below[token] = below

    def probabilities(self) -> dict[str, float]:
        """Return probabilities interpolated from short to long matches (Witten-Bell)."""
        running: defaultdict[str, float] = defaultdict(float)
        levels = []
        for level in sorted(self.levels, reverse=True):
            for token, weight in self.levels[level].items():
                running[token] += weight
            levels.append((sum(running.values()), dict(running)))
        scores: dict[str, float] = {}
        for total, counts in reversed(levels):
            kinds = len(counts)
            # The longer the match, the fewer the tokens: each of a level is in the one before.
            shorter = scores
            scores = {token: kinds * p / (total + kinds) for token, p in shorter.items()}
            for token, count in counts.items():
                scores[token] = scores.get(token, 0.0) + count / (total + kinds)
        return scores


class Place(NamedTuple):
    """What a place says of itself, whatever may follow."""

    begun: int
    n: int
    prose: bool
    later: bool
    after: int
    ago: Callable[[str], int]
    """How many tokens ago a token was used in this document."""


def candidates(literal: Votes, coded: Votes, place: Place) -> list[tuple[str, Evidence]]:
    """Return the likeliest tokens by the counts alone, each with its evidence."""
    share = LITERAL_SHARE if literal.longest >= coded.longest else EVEN_SHARE
    scores = {token: share * p for token, p in literal.probabilities().items()}
    for token, p in coded.probabilities().items():
        scores[token] = scores.get(token, 0.0) + (1 - share) * p
    new = scores.pop(NEW, 0.0)
    best = nlargest(max(MAX_CANDIDATES, 2), scores, key=scores.__getitem__)
    n_all = sum(literal.n.values()) + sum(coded.n.values())
    n_library = sum(literal.n_library.values())
    kinds = len({*literal.n, *coded.n})
    found = []
    for token in best[:MAX_CANDIDATES]:
        votes = literal.n[token] + coded.n[token]
        evidence = Evidence(
            probability=scores[token],
            rival=max((scores[other] for other in best if other != token), default=0.0),
            new=new,
            alike=literal.alike[token],
            alike_coded=coded.alike[token],
            short=literal.longest - literal.alike[token],
            short_coded=coded.longest - coded.alike[token],
            votes=votes,
            others=n_all - votes,
            own=literal.n_own[token] + coded.n_own[token],
            library=literal.n_library[token],
            library_others=n_library - literal.n_library[token],
            below=max(literal.below[token], coded.below[token]),
            begun=place.begun,
            left=len(token.strip()) - place.begun,
            ends=token == END,
            word=token.strip()[:1].isidentifier(),
            kinds=kinds,
            latest=literal.latest == token,
            latest_coded=coded.latest == token,
            ago=place.ago(token),
            n=place.n,
            prose=place.prose,
            later=place.later,
            after=place.after,
        )
        found.append((token, evidence))
    return found
