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
from foretype.models.model_list import OfferedModel, as_json, proposal, proposals
from foretype.models.protocol import ModelError
from foretype.privacy.gate import Gate
from foretype.settings.model_family import members


@click.command()
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
@click.option("--all", "all_", is_flag=True, help="List all, not only those near to yours.")
def models(json_: bool, all_: bool) -> int:
    """List the models that your endpoint offers, with their prices, and propose one.

    Prices are US dollars for a million tokens. Asks no model. Ends with 1 where the endpoint
    cannot be reached, or lists nothing.
    """
    return asyncio.run(_run(json_, all_))


MAX_ROWS = 25
"""Models that are listed without ``--all``."""


async def _run(json_: bool, all_: bool) -> int:
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
    if json_:
        print(json.dumps({"model": own, "proposal": sentence, "models": as_json(offered)}))
        return 0
    shown = offered if all_ or len(offered) <= MAX_ROWS else _near(own, offered)
    console().print(_table(own, shown))
    if len(shown) < len(offered):
        said.print(f"{len(offered) - len(shown)} more: --all lists them.")
    if sentence:
        said.print(sentence, soft_wrap=True)
    return 0


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
