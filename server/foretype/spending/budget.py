"""The budget: the ledger's spending against the limits in the settings.

Independent of models and their callers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from foretype.spending.allowance import TOLERANCE_USD, Limits
from foretype.spending.entry import Entry
from foretype.spending.fleet_metrics import Metrics, NoMetrics
from foretype.spending.ledger import Ledger
from foretype.spending.usage import Usage

EMBEDDED = "embedded"
"""The name under which the embedded engine is counted among models."""
NEAR_SHARE = 0.1
"""The share of a limit below which the user is told that it is near."""
STEP_SHARE = 0.25
"""The share of a reached limit by which the user may raise it for a session."""
MAX_TOKENS = 10**9
"""A provider that reports more tokens than this in one answer has miscounted."""


def _say_nothing(sentence: str) -> None:
    return None


@dataclass
class Budget:
    """Checks and records the spending of one session against the budget of all sessions."""

    ledger: Ledger = field(default_factory=Ledger)
    daily_usd: float = 0.0
    """Maximum spending per day; 0 for no limit."""
    monthly_usd: float = 0.0
    """Maximum spending per calendar month; 0 for no limit."""
    tell: Callable[[str], None] = _say_nothing
    """Shows a sentence to the user; never called twice with the same one."""
    metrics: Metrics = field(default_factory=NoMetrics)
    """Where measurements of a fleet go."""
    _dearest: dict[tuple[str, str], float] = field(default_factory=dict)
    """The highest cost of an answer, by model and provider."""
    _told: set[str] = field(default_factory=set)

    @property
    def limits(self) -> Limits:
        return Limits(daily_usd=self.daily_usd, monthly_usd=self.monthly_usd)

    @property
    def left_usd(self) -> float:
        """What may still be spent, by all sessions together; infinite without a limit."""
        if not self.limits.exist:
            return math.inf
        self.ledger.keep_fresh()
        self._tell_failure()
        spent = self.ledger.spent()
        return self.limits.left_usd(spent.today_usd, spent.month_usd)

    @property
    def is_used_up(self) -> bool:
        """Whether the day's or the month's budget is used up, by all sessions together."""
        return self.left_usd <= TOLERANCE_USD

    @property
    def has_budget(self) -> bool:
        """Whether there is a budget that is not used up."""
        return self.limits.exist and not self.is_used_up

    @property
    def notice(self) -> str:
        """A sentence where a limit is near; empty where none is, or one is reached."""
        if self.is_used_up:
            return ""
        spent = self.ledger.spent()
        for when, limit, used in (
            ("today", self.daily_usd, spent.today_usd),
            ("this month", self.monthly_usd, spent.month_usd),
        ):
            if limit > 0 and limit - used < NEAR_SHARE * limit:
                return f"Less than a tenth of {when}'s budget of ${limit:.2f} is left."
        return ""

    @property
    def refusal(self) -> str:
        """The message that says why no model is used, and how to change that."""
        if _is_reached(self.monthly_usd, self.ledger.spent().month_usd):
            return (
                f"This month's budget of ${self.monthly_usd:.2f} is used up: no model is asked "
                "until next month. Raise `budget.monthly_usd` to go on."
            )
        return (
            f"Today's budget of ${self.daily_usd:.2f} is used up: no model is asked until "
            "tomorrow. Raise `budget.daily_usd` to go on."
        )

    @property
    def next_step_usd(self) -> float:
        """What ``allow_more`` allows: a share of the limit that is reached; 0 where none is."""
        spent = self.ledger.spent()
        pairs = ((self.daily_usd, spent.today_usd), (self.monthly_usd, spent.month_usd))
        reached = (limit for limit, used in pairs if _is_reached(limit, used))
        return STEP_SHARE * min(reached, default=0.0)

    def allow_more(self) -> None:
        """Raise each limit that is reached by one step, until the settings are applied again."""
        step, spent = self.next_step_usd, self.ledger.spent()
        if _is_reached(self.daily_usd, spent.today_usd):
            self.daily_usd = max(self.daily_usd, spent.today_usd) + step
        if _is_reached(self.monthly_usd, spent.month_usd):
            self.monthly_usd = max(self.monthly_usd, spent.month_usd) + step

    async def reserve(
        self, model: str, most_usd: Callable[[], float | None], *, provider: str = ""
    ) -> float | None:
        """Reserve what a request may cost at most, and return it in US dollars, for ``release``.

        None if nothing may be spent. Where ``most_usd`` gives None, because only the provider
        knows the price, the dearest answer so far stands for it.
        """
        if not self.limits.exist:
            return 0.0
        if self.is_used_up:
            return None
        price = most_usd()
        usd = self._dearest.get((model, provider), 0.0) if price is None else price
        is_reserved = not usd or await self.ledger.reserve(usd, self.limits)
        self._tell_failure()
        return usd if is_reserved else None

    def release(self, usd: float) -> None:
        """Give back what was reserved, once the request is paid for."""
        self.ledger.release(usd)

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self.tell(sentence)

    def _tell_failure(self) -> None:
        if self.ledger.failure:
            self._tell_once(
                f"The record of what was spent cannot be used: {self.ledger.failure}. The budget "
                "goes by the last good count and by what this server spends itself; "
                "`foretype stats` names the file."
            )

    def pay(self, model: str, usage: Usage, *, estimated: bool, provider: str = "") -> None:
        """Record one answer, with its cost in ``usage.cost_usd``."""
        if usage.cost_usd is None and self.limits.exist:
            self._tell_once(
                f"The price of {model} is not known, so it does not count towards your "
                "budget. Set budget.price_input and budget.price_output."
            )
        known = self._dearest.get((model, provider), 0.0)
        self._dearest[model, provider] = max(known, usage.cost_usd or 0.0)
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
            provider,
        )

    def showed(self, model: str, provider: str = "") -> None:
        """Record a shown suggestion; an empty name stands for the embedded engine."""
        self.ledger.add(model or EMBEDDED, Entry(shown=1), provider)

    def accepted(self, model: str, characters: int, provider: str = "") -> None:
        """Record an accepted suggestion, or an accepted part of one."""
        entry = Entry(accepted=1, saved_characters=characters)
        self.ledger.add(model or EMBEDDED, entry, provider)


def _is_reached(limit_usd: float, spent_usd: float) -> bool:
    return 0 < limit_usd <= spent_usd + TOLERANCE_USD


def _counted(tokens: int) -> int:
    return max(0, min(tokens, MAX_TOKENS))
