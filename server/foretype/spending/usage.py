"""The tokens of one answer, as counted by the provider."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as counted by the provider. ``cost_usd`` only if the provider reports it."""

    input_tokens: int = 0
    cached_tokens: int = 0
    """The part of the input tokens that the provider's prompt cache held."""
    output_tokens: int = 0
    reasoning_tokens: int = 0
    """The part of the output tokens that was reasoning."""
    cost_usd: float | None = None


def sane_usd(usd: float | None) -> float | None:
    """Return a price in US dollars; None for what is none, such as a negative one."""
    return usd if usd is not None and math.isfinite(usd) and usd >= 0 else None


def sum_usd(amounts: Iterable[float | None]) -> float | None:
    """Add up prices in US dollars; None where one of them is not known."""
    total = 0.0
    for usd in amounts:
        if usd is None:
            return None
        total += usd
    return total
