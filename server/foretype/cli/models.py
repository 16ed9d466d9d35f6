"""``foretype models``: what the endpoint offers, with prices, and what to choose."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from foretype.cli.command_model import command_model
from foretype.cli.complete import settings_for
from foretype.cli.file_position import project_of
from foretype.cli.terminal import BadInput, console
from foretype.models.model_list import OfferedModel, proposals
from foretype.models.protocol import ModelError
from foretype.privacy.gate import Gate
from foretype.settings.model_family import members, successor


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--all", "all_", is_flag=True, help="List all, not only those near to yours.")
def models(as_json: bool, all_: bool) -> int:
    """List the models that your endpoint offers, with their prices, and propose one.

    Prices are US dollars for a million tokens. Asks no model. Ends with 1 where the endpoint
    cannot be reached, or lists nothing.
    """
    return asyncio.run(_run(as_json, all_))


MAX_ROWS = 25
"""Models that are listed without ``--all``."""


async def _run(as_json: bool, all_: bool) -> int:
    here = Path.cwd()
    settings = settings_for(project_of(here / "here"), os.environ).settings
    said = console(stderr=True)
    notes: list[str] = []
    async with command_model(settings, os.environ, Gate(settings, (here,)), notes.append) as (
        model,
        _,
    ):
        if model is None:
            raise BadInput("No endpoint is set. Set OPENROUTER_API_KEY, or FORETYPE_BASE_URL.")
        try:
            offered = await model.offered()
        except ModelError as fault:
            said.print(str(fault), soft_wrap=True)
            return 1
        own, title = model.name, model.endpoint.title
    if not offered:
        said.print(f"{title} lists no models.", soft_wrap=True)
        return 1
    sentence = proposal(own, offered)
    if as_json:
        print(json.dumps({"model": own, "proposal": sentence, "models": _rows(offered)}))
        return 0
    shown = offered if all_ or len(offered) <= MAX_ROWS else _near(own, offered)
    console().print(_table(own, shown))
    if len(shown) < len(offered):
        said.print(f"{len(offered) - len(shown)} more: --all lists them.")
    if sentence:
        said.print(sentence, soft_wrap=True)
    return 0


def proposal(own: str, offered: Sequence[OfferedModel]) -> str:
    """Return what to set, in a sentence; empty where nothing is better than what is set."""
    ids = [model.id for model in offered]
    newer = successor(own, ids)
    if newer:
        return f"{newer} is of the same family and not dearer: set `model` to it."
    if own in ids:
        return ""
    near = proposals(own, ids)
    named = f" Set `model`, such as {near[0]}." if near else " Set `model` to one of these."
    return f"{own} is not among them.{named}"


def _near(own: str, offered: Sequence[OfferedModel]) -> Sequence[OfferedModel]:
    ids = [model.id for model in offered]
    wanted = {own, *members(ids), *proposals(own, ids)}
    return [model for model in offered if model.id in wanted]


def _table(own: str, offered: Sequence[OfferedModel]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("model", overflow="fold")
    for name in ("context", "$ in", "$ cached", "$ out"):
        table.add_column(name, justify="right")
    table.add_column("")
    for model in offered:
        prices = model.prices
        costs = (prices.input, prices.cached, prices.output) if prices else ()
        cells = [f"{cost:g}" for cost in costs] or ["-"] * 3
        context = str(model.context_tokens) if model.context_tokens else "-"
        table.add_row(model.id, context, *cells, "in use" if model.id == own else "")
    return table


def _rows(offered: Sequence[OfferedModel]) -> list[dict[str, object]]:
    return [
        {
            "id": model.id,
            "owner": model.owner,
            "context_tokens": model.context_tokens or None,
            "price_input": model.prices.input if model.prices else None,
            "price_cached": model.prices.cached if model.prices else None,
            "price_output": model.prices.output if model.prices else None,
        }
        for model in offered
    ]
