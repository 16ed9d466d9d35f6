"""Today's budget: what was spent by the ledger, what may be spent by the settings.

Knows the ledger and prices; knows no model and nobody who asks one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from foretype.spending.ledger import Entry, Ledger
from foretype.spending.usage import Usage

EMBEDDED = "embedded"
"""What the embedded engine is called where models are counted; it has no name of its own."""
MAX_TOKENS = 10**9
"""Tokens; a provider that tells of more in one answer has miscounted."""


def _no_price(model: str, usage: Usage) -> float | None:
    return usage.cost_usd


def _say_nothing(sentence: str) -> None:
    return None


@dataclass
class Budget:
    """What pays for all models of one session, out of the budget of all sessions."""

    ledger: Ledger = field(default_factory=Ledger)
    daily_usd: float = 0.0
    """The most to spend a day; 0 for no limit."""
    price_of: Callable[[str, Usage], float | None] = _no_price
    """The price of a model's answer in US dollars; None where none is known."""
    tell: Callable[[str], None] = _say_nothing
    """Tells the user a sentence, the same one once."""

    @property
    def is_used_up(self) -> bool:
        """Whether today's budget is spent, in this session or another."""
        if not self.daily_usd:
            return False
        self.ledger.keep_fresh()
        return self.ledger.today().cost_usd >= self.daily_usd

    @property
    def has_budget(self) -> bool:
        """Whether there is a budget with something left of it."""
        return self.daily_usd > 0 and not self.is_used_up

    @property
    def refusal(self) -> str:
        """Why nothing more is asked, and how that can be changed."""
        return (
            f"Today's budget of ${self.daily_usd:.2f} is used up: no model is asked until "
            "tomorrow. Raise budget.daily_usd to go on."
        )

    def price(self, model: str, usage: Usage) -> float | None:
        """The price of an answer in US dollars; None where none is known."""
        cost = self.price_of(model, usage)
        return cost if cost is not None and math.isfinite(cost) and cost >= 0 else None

    def pay(self, model: str, usage: Usage, *, estimated: bool) -> None:
        """Enter one answer, its cost in ``usage.cost_usd``."""
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
        """Enter a suggestion that was shown; an empty name stands for the embedded engine."""
        self.ledger.add(model or EMBEDDED, Entry(shown=1))

    def accepted(self, model: str, characters: int) -> None:
        """Enter a suggestion, or a part of one, that was accepted."""
        self.ledger.add(model or EMBEDDED, Entry(accepted=1, saved_characters=characters))


def _counted(tokens: int) -> int:
    return max(0, min(tokens, MAX_TOKENS))
