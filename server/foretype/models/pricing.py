"""Compute the cost of a model's answer in US dollars, and open the budget it is paid from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from foretype.settings.model_family import Prices
from foretype.settings.providers import Provider
from foretype.settings.schema import BudgetSettings, Settings
from foretype.spending.budget import Budget
from foretype.spending.ledger import Ledger, file_of
from foretype.spending.usage import Usage


async def open_budget(
    settings: Settings, environ: Mapping[str, str], tell: Callable[[str], None]
) -> Budget:
    """The day's budget, shared with all sessions of the user. Its ledger has to be closed.

    ``tell`` tells the user a sentence, the same one once.
    """
    budget = Budget(Ledger(partial(file_of, environ)), tell=tell)
    set_limits(budget, settings)
    if budget.limits.exist:
        # Nothing is asked before it is known what was spent.
        await budget.ledger.sync()
    return budget


def set_limits(budget: Budget, settings: Settings) -> None:
    """Apply settings to a budget: the most to spend, and how long the record is kept."""
    budget.daily_usd = settings.budget.daily_usd
    budget.monthly_usd = settings.budget.monthly_usd
    budget.ledger.keep_days = settings.ledger.keep_days


def cost_usd(usage: Usage, row: Provider, budget: BudgetSettings) -> float | None:
    """Return the cost of one answer; None if no price is known.

    The user's prices override the cost reported by the provider, which overrides the row's prices.
    """
    own = (budget.price_input, budget.price_cached, budget.price_output)
    if usage.cost_usd is not None and all(price is None for price in own):
        return usage.cost_usd
    prices = prices_for(row, budget)
    if prices is None:
        return None
    cached = min(usage.cached_tokens, usage.input_tokens)
    return (
        (usage.input_tokens - cached) * prices.input
        + cached * prices.cached
        + usage.output_tokens * prices.output
    ) / 1_000_000


def prices_for(row: Provider, budget: BudgetSettings) -> Prices | None:
    """Return the row's prices overridden by the user's; None if one is missing.

    Cached input costs as much as other input unless its price is known.
    """
    base = row.prices
    if base is None:
        if budget.price_input is None or budget.price_output is None:
            return None
        base = Prices(budget.price_input, budget.price_input, budget.price_output)
    input_ = _own_or(budget.price_input, base.input)
    cached = base.cached if budget.price_input is None else input_
    return Prices(
        input_, _own_or(budget.price_cached, cached), _own_or(budget.price_output, base.output)
    )


def _own_or(own: float | None, otherwise: float) -> float:
    return otherwise if own is None else own
