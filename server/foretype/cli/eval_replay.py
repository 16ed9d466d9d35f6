"""``foretype eval --replay``: what a user would have had in time, while typing a file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from foretype.cli.eval_models import cap_usd, open_contenders
from foretype.cli.file_position import project_of, read_document
from foretype.cli.report.eval_table import percent
from foretype.cli.terminal import BadInput, console
from foretype.completion.feedback.stats_words import usd
from foretype.evaluation.evaluate import Contender
from foretype.evaluation.observed_model import Cap, ObservedModel
from foretype.evaluation.replay import Replayed, Stretch, Typist, stretch_of
from foretype.evaluation.summary import share
from foretype.settings.schema import Settings
from foretype.spending.usage import Usage

SLOTS = 8
"""Requests at a time: as many as the server itself has at most."""
TOKENS_PER_PAUSE = (2000, 60)
"""Input and output tokens that a pause costs, roughly, for the estimate alone."""


def replay(
    path: Path,
    models: Sequence[str],
    settings: Settings,
    *,
    n: int,
    seed: int,
    max_usd: float | None,
    yes: bool,
    is_json: bool,
) -> int:
    """Type a part of a file with each model in turn, and print what was counted."""
    document = read_document(path)
    stretch = stretch_of(document, n, seed)
    if stretch is None:
        raise BadInput(f"{path} has no paragraphs to type.")
    root, said = project_of(path), console(stderr=True)

    async def run() -> list[tuple[Replayed, float]]:
        async with open_contenders(models, (), settings, root, said) as contenders:
            excluded = {rule for each in contenders if (rule := each.gate.excluded(document.uri))}
            if excluded:
                raise BadInput(f"{path} is excluded by {min(excluded)}: nothing of it is sent.")
            minutes = stretch.seconds * len(contenders) / 60
            said.print(f"{len(stretch.typed):,} keys a model: about {minutes:.0f} minutes in all.")
            rough = _rough_usd(contenders, n)
            cap = Cap(cap_usd(contenders, rough, said, max_usd=max_usd, yes=yes))
            return [await _typed(each, stretch, cap, said, n=n, seed=seed) for each in contenders]

    found = asyncio.run(run())
    if is_json:
        click.echo(json.dumps([asdict(one) for one, _ in found], indent=1))
    else:
        _show(found, console())
    for one, _ in found:
        if one.fault:
            said.print(f"{one.model}: {one.fault}", style="yellow", soft_wrap=True)
    return 0


async def _typed(
    contender: Contender, stretch: Stretch, cap: Cap, said: Console, *, n: int, seed: int
) -> tuple[Replayed, float]:
    """Return what was counted, and the deadline in milliseconds."""
    slots = asyncio.Semaphore(SLOTS)
    model = ObservedModel(contender.model, cap, slots, contender.layout)
    await model.warm()
    typist = Typist(stretch, model, contender.settings, contender.gate, seed)
    with Progress(console=said, transient=True, disable=not said.is_terminal) as progress:
        bar = progress.add_task(f"Typing with {contender.label}", total=n)
        counted = await typist.play(n, lambda: progress.advance(bar))
    counted.model = contender.label
    return counted, float(contender.settings.completion.deadline_ms)


def _rough_usd(contenders: Sequence[Contender], n: int) -> float | None:
    n_input, n_output = (n * tokens for tokens in TOKENS_PER_PAUSE)
    usage = Usage(input_tokens=n_input, output_tokens=n_output)
    prices = [contender.model.price(usage) for contender in contenders]
    known = [price for price in prices if price is not None]
    return sum(known) if len(known) == len(prices) else None


def _show(found: Sequence[tuple[Replayed, float]], out: Console) -> None:
    limit_ms = found[0][1]
    table = Table(box=None, pad_edge=False, header_style="bold")
    names = ("model", f"right within {limit_ms:.0f} ms", "ever", "pauses", "keys", "requests")
    for name in (*names, "tokens out", "cost"):
        table.add_column(name, justify="left" if name == "model" else "right", overflow="fold")
    for one, deadline_ms in found:
        hits = [float(after is not None and after <= deadline_ms / 1000) for after in one.pauses]
        ever = [float(after is not None) for after in one.pauses]
        table.add_row(
            one.model,
            percent(share(hits)),
            percent(share(ever)),
            f"{len(one.pauses):,}",
            f"{one.keys:,}",
            f"{one.requests:,}",
            f"{one.output_tokens:,}",
            usd(one.cost_usd),
        )
    out.print(table)
