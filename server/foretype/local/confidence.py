"""Estimate how likely each token of a prediction is right.

A logistic function of a few features, independent of tokens and documents.
"""

from __future__ import annotations

from math import exp, log, log1p
from typing import NamedTuple

MIN_CONFIDENCE = 0.5
"""Minimum confidence at which a prediction is shown."""
MIN_CONFIDENCE_LINES = 0.8
"""The same for predictions of more than one line."""

COEFFICIENTS = {
    "constant": -0.370,
    "log-odds by the counts": 0.398,
    "lead over the rival": 1.743,
    "alike": 0.660,
    "alike, coded": 0.494,
    "short": -0.104,
    "short, coded": 0.493,
    "votes": 0.240,
    "others": 0.020,
    "below": 0.175,
    "below is otherwise": -0.083,
    "begun": 1.828,
    "ends the line": 0.606,
    "word": -0.152,
    "first": -0.511,
    "a single vote": -0.348,
    "new": -0.135,
    "left": 0.373,
    "later": -0.058,
    "rank alone": 0.550,
    "prose": -0.643,
    "kinds": -0.406,
    "coded: alike and short": -0.330,
    "begun and left": -0.680,
    "lead and alike": 0.825,
    "prose and alike": 0.721,
    "ends the line at once": 0.638,
}
"""The coefficients of the features.

Fitted by ``benches/local_engine.py --fit --lines 200 --seed 7`` on 52,559 tokens guessed in click
8.1.8, requests 2.32.3, jinja2 3.1.5, the standard library's asyncio, http and unittest, express
4.21.2 (JavaScript), cobra 1.6.1 (Go), hashbrown 0.12.3 (Rust), sinatra 3.0.5 (Ruby) and libuv
1.44.2 (C): with all files of the package open, with four, and with one.
"""

_WEIGHTS = tuple(COEFFICIENTS.values())


class Evidence(NamedTuple):
    """The evidence for and against a token."""

    probability: float
    """The probability by counts alone."""
    rival: float
    """The probability of the next best token."""
    new: float
    """The probability of a name that was not used recently."""
    alike: int
    """The longest match after which this token followed."""
    alike_coded: int
    """The same with names compared by rank."""
    short: int
    """How much longer the longest match is after which another token followed."""
    short_coded: int
    votes: int
    """The number of matches after which this token followed."""
    others: int
    """The number of matches after which another token followed."""
    below: int
    """The most equal tokens of the next line; -1 if nothing is below."""
    begun: int
    """Characters of the token that are already typed."""
    left: int
    """Characters of it that are not."""
    ends: bool
    """Whether the token is the line's end."""
    word: bool
    """Whether the token is a name or a word."""
    first: bool
    """Whether it is the first token of the prediction."""
    prose: bool
    """Whether the last tokens before it are words, as in a comment."""
    kinds: int
    """How many different tokens followed."""
    later: bool
    """Whether it is on a line after the cursor's."""


def features(evidence: Evidence) -> tuple[float, ...]:
    """Return the features in the order of the coefficients."""
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


def confidence_of(evidence: Evidence) -> float:
    """Return the probability that the token is right, given that all before it are."""
    total = sum(c * x for c, x in zip(_WEIGHTS, features(evidence), strict=True))
    return 1 / (1 + exp(-total))
