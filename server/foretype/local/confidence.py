"""How likely a guess is right, from what it was made of.

Knows numbers only. The coefficients are data.
"""

from __future__ import annotations

from math import exp

THRESHOLD = 0.6
"""The least confidence at which a guess is shown."""


def confidence(log_probability: float) -> float:
    """The likelihood, 0 to 1, that the text is a beginning of what will be typed."""
    return exp(log_probability)
