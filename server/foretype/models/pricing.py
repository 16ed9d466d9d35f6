"""What a model's answer cost, in US dollars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from foretype.models import endpoint_choice
from foretype.settings.providers import Prices, Provider
from foretype.settings.schema import BudgetSettings, Settings
from foretype.spending.usage import Usage


def price_of(
    model: str, usage: Usage, settings: Settings, environ: Mapping[str, str]
) -> float | None:
    """The cost of an answer by a model of the provider that is set; None where none is known."""
    row = row_of(model, settings, environ)
    return usage.cost_usd if row is None else cost_usd(usage, row, settings.budget)


def row_of(model: str, settings: Settings, environ: Mapping[str, str]) -> Provider | None:
    """The row of the provider that is set, as it serves a model; None where none is set."""
    try:
        endpoint = endpoint_choice.choose(replace(settings, model=model), environ)
    except endpoint_choice.ConfigProblem:
        return None
    return None if endpoint is None else endpoint.row


def cost_usd(usage: Usage, row: Provider, budget: BudgetSettings) -> float | None:
    """The cost of one answer; None where no price is known.

    The user's prices count before the provider's own word, and that before the row's prices.
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
    """The row's prices with the user's in their place; None where one is still missing.

    Cached input costs what other input does unless its price is known.
    """
    base = row.prices
    if base is None:
        if budget.price_input is None or budget.price_output is None:
            return None
        base = Prices(budget.price_input, budget.price_input, budget.price_output)
    input_ = _first(budget.price_input, base.input)
    cached = base.cached if budget.price_input is None else input_
    return Prices(
        input_, _first(budget.price_cached, cached), _first(budget.price_output, base.output)
    )


def _first(own: float | None, otherwise: float) -> float:
    return otherwise if own is None else own
