"""Today's budget: the ledger's spending against the limit in the settings.

Independent of models and their callers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from foretype.spending.ledger import Entry, Ledger
from foretype.spending.usage import Usage

EMBEDDED = "embedded"
"""The name under which the embedded engine is counted among models."""
MAX_TOKENS = 10**9
"""A provider that reports more tokens than this in one answer has miscounted."""


def _no_price(model: str, usage: Usage) -> float | None:
    return usage.cost_usd


def _say_nothing(sentence: str) -> None:
    return None


@dataclass
class Budget:
    """Checks and records the spending of one session against the budget of all sessions."""

    ledger: Ledger = field(default_factory=Ledger)
    daily_usd: float = 0.0
    """Maximum spending per day; 0 for no limit."""
    price_of: Callable[[str, Usage], float | None] = _no_price
    """Returns the price of a model's answer in US dollars; None if unknown."""
    tell: Callable[[str], None] = _say_nothing
    """Shows a sentence to the user, the same one only once."""

    @property
    def is_used_up(self) -> bool:
        """Whether today's budget is used up, by all sessions together."""
        if not self.daily_usd:
            return False
        self.ledger.keep_fresh()
        return self.ledger.today().cost_usd >= self.daily_usd

    @property
    def has_budget(self) -> bool:
        """Whether there is a budget that is not used up."""
        return self.daily_usd > 0 and not self.is_used_up

    @property
    def refusal(self) -> str:
        """The message that says why no model is used, and how to change that."""
        return (
            f"Today's budget of ${self.daily_usd:.2f} is used up: no model is asked until "
            "tomorrow. Raise budget.daily_usd to go on."
        )

    def price(self, model: str, usage: Usage) -> float | None:
        """Return the price of an answer in US dollars; None if unknown."""
        cost = self.price_of(model, usage)
        return cost if cost is not None and math.isfinite(cost) and cost >= 0 else None

    def pay(self, model: str, usage: Usage, *, estimated: bool) -> None:
        """Record one answer, with its cost in ``usage.cost_usd``."""
        if usage.cost_usd is None and self.daily_usd:
            self.tell(
                f"The price of {model} is not known, so it does not count towards "
                "budget.daily_usd. Set budget.price_input and budget.price_output."
            )
        self.ledger.add(
            model,
            Entry(
                requests=1,
                estimated=int(estimated),
                unpriced=int(usage.cost_usd is None),
                input_tokens=_counted(usage.input_tokens),
                cached_tokens=_counted(usage.cached_tokens),
                output_tokens=_counted(usage.output_tokens),
                cost_usd=usage.cost_usd or 0.0,
            ),
        )

    def showed(self, model: str) -> None:
        """Record a shown suggestion; an empty name stands for the embedded engine."""
        self.ledger.add(model or EMBEDDED, Entry(shown=1))

    def accepted(self, model: str, characters: int) -> None:
        """Record an accepted suggestion, or an accepted part of one."""
        self.ledger.add(model or EMBEDDED, Entry(accepted=1, saved_characters=characters))


def _counted(tokens: int) -> int:
    return max(0, min(tokens, MAX_TOKENS))
