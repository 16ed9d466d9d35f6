"""The models that an evaluation asks, and the most that it may spend on them."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from foretype.cli.command_model import command_model
from foretype.cli.terminal import BadInput
from foretype.evaluation.evaluate import Contender
from foretype.evaluation.model_choice import settings_for_model, without_endpoint
from foretype.models.endpoint_choice import ConfigError
from foretype.privacy.gate import Gate
from foretype.settings.providers import PromptLayout
from foretype.settings.schema import Settings

DEFAULT_USD = 1.0
"""US dollars that are proposed as the most to spend."""


class Dollars(click.FloatRange):
    """The most to spend. Not "not a number", which no cost exceeds: such a cap would not hold."""

    def __init__(self) -> None:
        super().__init__(min=0)

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        amount = float(super().convert(value, param, ctx))
        if not math.isfinite(amount):
            self.fail(f"{value} is no amount in US dollars.", param, ctx)
        return amount


@asynccontextmanager
async def open_contenders(
    wanted: Sequence[str],
    layouts: Sequence[PromptLayout],
    settings: Settings,
    root: Path,
    said: Console,
) -> AsyncIterator[list[Contender]]:
    """Open every model in every form; without a form, in the one in use. Raises BadInput."""

    def warn(sentence: str) -> None:
        said.print(sentence, style="yellow", soft_wrap=True)

    made: list[Contender] = []
    async with AsyncExitStack() as stack:
        for named in wanted or (settings.model,):
            try:
                its_own = settings_for_model(named, settings, os.environ)
            except ConfigError as problem:
                raise BadInput(str(problem)) from problem
            gate = Gate(its_own, (root,))
            opening = command_model(its_own, os.environ, gate, warn)
            model, _ = await stack.enter_async_context(opening)
            if model is None:
                raise BadInput("No model is set. `foretype doctor` says what is.")
            await model.load()
            if layouts and not model.takes_messages:
                raise BadInput(
                    f"--prompts compares no forms of {model.name}: it is sent code alone."
                )
            for layout in layouts or (model.layout,):
                contender = Contender(
                    label=_label(named or model.name, wanted, layout, layouts),
                    model=model,
                    settings=its_own,
                    gate=gate,
                    layout=layout,
                )
                # "a" and "a@URL" may be the same model.
                if contender.identity not in {each.identity for each in made}:
                    made.append(contender)
        yield made


def _label(
    named: str, all_named: Sequence[str], layout: PromptLayout, layouts: Sequence[PromptLayout]
) -> str:
    """Return the shortest name that no other model or form of the report has."""
    short = without_endpoint(named)
    label = short if [without_endpoint(each) for each in all_named].count(short) < 2 else named
    return f"{label} · {layout}" if len(layouts) > 1 else label


def cap_usd(
    contenders: Iterable[Contender],
    rough_usd: float | None,
    said: Console,
    *,
    max_usd: float | None,
    yes: bool,
) -> float:
    """Return the most to spend; ask for it where that is not said and something may cost.

    ``rough_usd`` is what it may cost, None if that is not known. Raises BadInput.
    """
    if not any(contender.may_cost for contender in contenders):
        return DEFAULT_USD if max_usd is None else max_usd
    if rough_usd is not None:
        said.print(f"That costs roughly ${rough_usd:.2f}.", soft_wrap=True)
    else:
        said.print("The price of a model is not known before its first answer.", soft_wrap=True)
    if max_usd is not None:
        return max_usd
    if yes:
        said.print(f"At most ${DEFAULT_USD:.2f} is spent; --max-usd sets another limit.")
        return DEFAULT_USD
    if not sys.stdin.isatty():
        raise BadInput("Add --max-usd, the most in US dollars that this may spend.")
    question = "How many US dollars may this spend at most?"
    return float(click.prompt(question, default=DEFAULT_USD, type=Dollars(), err=True))
