"""``foretype stats``: what was suggested, accepted and spent, from this machine's own record."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import click

from foretype.cli.terminal import console
from foretype.completion.feedback import stats_words
from foretype.settings.schema import MAX_KEEP_DAYS
from foretype.spending.ledger import file_of
from foretype.spending.ledger_file import LedgerUnusable, forget
from foretype.spending.statistics import Stats, read_stats


@click.command()
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(1, MAX_KEEP_DAYS), metavar="N"
)
@click.option("--json", "is_json", is_flag=True, help="Print everything as JSON.")
@click.option("--web", "is_page", is_flag=True, help="Show it in the browser.")
@click.option("--no-open", is_flag=True, help="With --web: print the address alone.")
@click.option("--forget", "is_forgotten", is_flag=True, help="Delete the record.")
def stats(days: int, is_json: bool, is_page: bool, no_open: bool, is_forgotten: bool) -> int:
    """Show what was suggested, accepted and spent in the last days.

    The record holds times, counts and costs: no code, and no names of files. It stays on this
    machine, and is deleted after `ledger.keep_days`. `--forget` deletes it at once, but for this
    month's costs, which budgets go by.
    """
    path = file_of(os.environ)
    out = console()
    try:
        if is_forgotten:
            if path is not None:
                forget(path, date.today().isoformat())
            out.print("Deleted all that was recorded, but for this month's costs.")
            return 0
        found = read(path, days)
    except LedgerUnusable as fault:
        out.print(
            f"{path} cannot be used: {fault}. Close your editors and move it away to begin a new "
            "one. Budgets keep to the last good count.",
            soft_wrap=True,
        )
        return 1
    if is_page:
        from foretype.cli.stats_server import serve

        return serve(lambda n: read(path, n), days, out, opens=not no_open)
    if is_json:
        click.echo(json.dumps(stats_words.as_json(found), indent=2))
    elif found.is_empty:
        out.print("Nothing is recorded yet.")
    else:
        from foretype.cli.report.stats_tables import show

        show(found, out)
    return 0


def read(path: Path | None, days: int) -> Stats:
    """Add up the days until today."""
    return read_stats(path, until=date.today().isoformat(), days=days)
