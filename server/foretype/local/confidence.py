"""How likely each token of a guess is right, from what speaks for it.

A logistic function of a few numbers. Knows nothing of tokens or documents.
"""

from __future__ import annotations

from math import exp, log, log1p
from typing import NamedTuple

THRESHOLD = 0.5
"""The least confidence at which a guess is shown."""
THRESHOLD_LINES = 0.8
"""The same for more than one line."""


class Evidence(NamedTuple):
    """What speaks for a token, and what against it."""

    probability: float
    """By the counts alone."""
    rival: float
    """The probability of the next best token."""
    new: float
    """The probability of a name that is not among the recent ones."""
    alike: int
    """The longest match of a place where this token followed."""
    alike_coded: int
    """The same where names are compared by rank."""
    short: int
    """How much longer the longest match is where something else followed."""
    short_coded: int
    votes: int
    """The number of places where this token followed."""
    others: int
    """The number of places where something else followed."""
    below: int
    """The most tokens of the next line that were alike; -1 where nothing is below."""
    begun: int
    """How much of the token is typed already, in characters."""
    left: int
    """How much of it is not."""
    ends: bool
    """Whether the token is the line's end."""
    word: bool
    """Whether the token is a name or a word."""
    first: bool
    """Whether it is the first token of the guess."""
    prose: bool
    """Whether the last tokens before it are words, as in a comment."""
    kinds: int
    """How many different tokens followed."""
    later: bool
    """Whether it stands on a line after the cursor's."""


FEATURES = (
    "constant",
    "log-odds by the counts",
    "lead over the rival",
    "alike",
    "alike, coded",
    "short",
    "short, coded",
    "votes",
    "others",
    "below",
    "below is otherwise",
    "begun",
    "ends the line",
    "word",
    "first",
    "a single vote",
    "new",
    "left",
    "later",
    "rank alone",
    "prose",
    "kinds",
    "coded: alike and short",
    "begun and left",
    "lead and alike",
    "prose and alike",
    "ends the line at once",
)


def features(evidence: Evidence) -> tuple[float, ...]:
    """The numbers that the coefficients are for, in their order."""
    e = evidence
    p = min(max(e.probability, 0.001), 0.999)
    lead = log(p / (p + e.rival + 0.01))
    alike, coded, short_coded = log1p(e.alike), log1p(e.alike_coded), log1p(e.short_coded)
    begun = log1p(e.begun)
    left = log1p(e.left) if e.begun else 0.0
    return (
        1.0,
        log(p / (1 - p)),
        lead,
        alike,
        coded,
        log1p(e.short),
        short_coded,
        log1p(e.votes),
        log1p(e.others),
        log1p(max(e.below, 0)),
        float(e.below == 0),
        begun,
        float(e.ends),
        float(e.word),
        float(e.first),
        float(e.votes == 1),
        e.new,
        left,
        float(e.later),
        float(e.alike == 0),
        float(e.prose),
        log1p(e.kinds),
        coded * short_coded,
        begun * left,
        lead * alike,
        e.prose * alike,
        float(e.ends and e.first),
    )


COEFFICIENTS = (
    -0.370,  # constant
    0.398,  # log-odds by the counts
    1.743,  # lead over the rival
    0.660,  # alike
    0.494,  # alike, coded
    -0.104,  # short
    0.493,  # short, coded
    0.240,  # votes
    0.020,  # others
    0.175,  # below
    -0.083,  # below is otherwise
    1.828,  # begun
    0.606,  # ends the line
    -0.152,  # word
    -0.511,  # first
    -0.348,  # a single vote
    -0.135,  # new
    0.373,  # left
    -0.058,  # later
    0.550,  # rank alone
    -0.643,  # prose
    -0.406,  # kinds
    -0.330,  # coded: alike and short
    -0.680,  # begun and left
    0.825,  # lead and alike
    0.721,  # prose and alike
    0.638,  # ends the line at once
)


def sure(evidence: Evidence) -> float:
    """The likelihood that the token is right where all before it are."""
    total = sum(c * x for c, x in zip(COEFFICIENTS, features(evidence), strict=True))
    return 1 / (1 + exp(-total))
