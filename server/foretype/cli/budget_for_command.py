"""What pays for the models that a command asks: the day's budget, shared with the servers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

from foretype.models.pricing import price_of
from foretype.settings.schema import Settings
from foretype.spending.budget import Budget
from foretype.spending.ledger import Ledger, file_of
from foretype.spending.usage import Usage


@asynccontextmanager
async def purse(
    settings: Settings, environ: Mapping[str, str], tell: Callable[[str], None]
) -> AsyncIterator[Budget]:
    """A purse that knows what was spent today; what is paid from it is written on the way out."""

    def price(model: str, usage: Usage) -> float | None:
        return price_of(model, usage, settings, environ)

    ledger = Ledger(partial(file_of, environ))
    spending = Budget(ledger, settings.budget.daily_usd, price_of=price, tell=tell)
    try:
        if spending.daily_usd:
            await ledger.sync()
        yield spending
    finally:
        await ledger.close()
