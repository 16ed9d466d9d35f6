"""The model that a command asks, and the day's budget that it is paid from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from foretype.cli.terminal import BadInput
from foretype.models.endpoint_choice import ConfigError
from foretype.models.open_model import OpenModel, open_model
from foretype.models.pricing import open_budget
from foretype.privacy.gate import Gate
from foretype.settings.schema import Settings
from foretype.spending.budget import Budget


@asynccontextmanager
async def command_model(
    settings: Settings,
    environ: Mapping[str, str],
    gate: Gate,
    tell: Callable[[str], None],
    *,
    is_asked: bool = True,
) -> AsyncIterator[tuple[OpenModel | None, Budget]]:
    """Open the model and the budget, and close both on the way out.

    The model is None where none is set, or where it is not asked. ``tell`` tells the user a
    sentence. Raises BadInput where the settings cannot work.
    """
    budget = await open_budget(settings, environ, tell)
    model = None
    try:
        if is_asked:
            model = open_model(settings, environ, gate, budget)
        yield model, budget
    except ConfigError as problem:
        raise BadInput(str(problem)) from problem
    finally:
        if model is not None:
            await model.close()
        await budget.ledger.close()
