"""The tokens of one answer, as counted by the provider, and what several cost together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


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


def tokens_and_cost(n_tokens: int, usd: float | None) -> str:
    """Return a summary such as ``2,312 tokens, $0.0041``."""
    tokens = f"{n_tokens:,} tokens"
    return tokens if usd is None else f"{tokens}, ${usd:.4f}"


@dataclass
class Spending:
    """The tokens and cost of one run over all its requests."""

    price: Callable[[Usage], float | None] = lambda usage: usage.cost_usd
    requests: int = 0
    usages: list[Usage] = field(default_factory=list)

    def add(self, usage: Usage) -> None:
        self.usages.append(usage)

    @property
    def n_tokens(self) -> int:
        return sum(usage.input_tokens + usage.output_tokens for usage in self.usages)

    @property
    def cost_usd(self) -> float | None:
        """The cost in US dollars; None if the price of any answer is unknown."""
        return sum_usd(map(self.price, self.usages)) if self.usages else None

    def line(self) -> str:
        """Return what it was in a few words."""
        if not self.usages:
            return "tokens not reported"
        return tokens_and_cost(self.n_tokens, self.cost_usd)
