"""Combine what followed earlier occurrences: counts, probabilities, the best token.

Independent of documents and of how the matches were found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from foretype.local.confidence import Evidence
from foretype.local.lexer import END
from foretype.local.matches import MAX_CONTEXT_TOKENS, Match

OWN_WEIGHT = 1.5
OTHER_WEIGHT = 0.5
"""Weights of matches in the current document and in others."""
BELOW_GAIN = 1.5
"""Factor of a match's weight for each equal token of the next line."""
BELOW_LOSS = 0.4
"""Factor of a match's weight if its next line begins differently."""
LITERAL_SHARE = 0.75
EVEN_SHARE = 0.5
"""Share of literal matches against rank matches: if the longest match is literal, and otherwise."""
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

    def add(self, followers: Iterable[tuple[str, Match]], *, own: bool) -> None:
        """Count what followed matches in the current document or in others."""
        base = OWN_WEIGHT if own else OTHER_WEIGHT
        for token, (_, alike, below) in followers:
            level = _LEVELS[alike] if alike < len(_LEVELS) else MAX_CONTEXT_TOKENS
            if level not in self.levels:
                self.levels[level] = defaultdict(float)
            weight = base if below < 0 else base * _WEIGHTS_BELOW[below]
            self.levels[level][token] += weight
            self.n[token] += 1
            if alike > self.alike[token]:
                self.alike[token] = alike
            if below > self.below[token]:
                self.below[token] = below

    @property
    def longest(self) -> int:
        """The length of the longest match."""
        return max(self.alike.values(), default=0)

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


def elect(
    literal: Votes, coded: Votes, *, begun: int, first: bool, later: bool, prose: bool
) -> tuple[str, Evidence] | None:
    """Return the likeliest token and its evidence."""
    longest, longest_coded = literal.longest, coded.longest
    share = LITERAL_SHARE if longest >= longest_coded else EVEN_SHARE
    scores = {token: share * p for token, p in literal.probabilities().items()}
    for token, p in coded.probabilities().items():
        scores[token] = scores.get(token, 0.0) + (1 - share) * p
    new = scores.pop(NEW, 0.0)
    if not scores:
        return None
    token = max(scores, key=scores.__getitem__)
    probability = scores.pop(token)
    votes = literal.n[token] + coded.n[token]
    return token, Evidence(
        probability=probability,
        rival=max(scores.values(), default=0.0),
        new=new,
        alike=literal.alike[token],
        alike_coded=coded.alike[token],
        short=longest - literal.alike[token],
        short_coded=longest_coded - coded.alike[token],
        votes=votes,
        others=sum(literal.n.values()) + sum(coded.n.values()) - votes,
        below=max(literal.below[token], coded.below[token]),
        begun=begun,
        left=len(token.strip()) - begun,
        ends=token == END,
        word=token.strip()[:1].isidentifier(),
        first=first,
        later=later,
        prose=prose,
        kinds=len({*literal.n, *coded.n}),
    )
