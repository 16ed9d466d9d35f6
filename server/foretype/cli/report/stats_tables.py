"""``foretype stats`` in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from foretype.cli.terminal import speaks_unicode
from foretype.completion.feedback import stats_words as words
from foretype.spending.statistics import Group as Part
from foretype.spending.statistics import Stats

BAR_CELLS = 24


def show(stats: Stats, console: Console) -> None:
    """Print everything, as far as there is something."""
    console.print(Group(*_parts(stats, "█" if speaks_unicode(console) else "#")))


def _parts(stats: Stats, block: str) -> Iterator[RenderableType]:
    yield _heading(f"{stats.since} to {stats.until}")
    yield _funnel(stats, block)
    yield _heading("Characters")
    yield _pairs(
        [
            ("accepted", f"{stats.accepted_characters:,}"),
            ("typed", f"{stats.typed_characters:,}"),
            ("share accepted", words.percent(stats.completed_share)),
            ("still there after 30 s", words.percent(stats.kept_share)),
        ]
    )
    if stats.latency:
        yield _heading("Latency")
        yield _latency(stats)
    yield _heading("Cost")
    yield _costs(stats)
    if stats.reasons:
        yield _heading("Why nothing was shown")
        yield _pairs([(words.reason_words(name), f"{n:,}") for name, n in stats.reasons])
    for title, groups in (
        ("Models", stats.models),
        ("Languages", stats.languages),
        ("Editors", stats.editors),
    ):
        if groups:
            yield _heading(title)
            yield _groups(groups)


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _pairs(rows: Iterable[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    for row in rows:
        table.add_row(*row)
    return table


def _funnel(stats: Stats, block: str) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for name, label in words.FUNNEL.items():
        n = getattr(stats.funnel, name)
        share = n / stats.funnel.asked if stats.funnel.asked else 0.0
        bar = Text(block * round(BAR_CELLS * min(share, 1.0)), style="green")
        table.add_row(label, f"{n:,}", bar)
    return table


def _table(*names: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for at, name in enumerate(names):
        table.add_column(name, justify="right" if at else "left", overflow="fold")
    return table


def _latency(stats: Stats) -> Table:
    table = _table("", "median", "90 %", "99 %", "count")
    for one in stats.latency:
        times = (words.ms(value) for value in (one.p50, one.p90, one.p99))
        table.add_row(words.STAGES[one.stage], *times, f"{one.count:,}")
    return table


def _costs(stats: Stats) -> RenderableType:
    if not stats.costs:
        return Text("nothing was spent")
    table = _table("day", "model", "requests", "tokens", "cost")
    table.columns[1].justify = "left"
    for cost in stats.costs:
        entry = cost.entry
        about = "about " if entry.estimated else ""
        price = words.usd(entry.known_cost_usd)
        table.add_row(
            cost.day, cost.name, f"{entry.requests:,}", about + words.tokens(entry), price
        )
    total = stats.total
    table.add_row(
        "all", "", f"{total.requests:,}", words.tokens(total), words.usd(total.known_cost_usd)
    )
    per = f"for 1,000 accepted characters: {words.usd(stats.usd_per_1000_accepted)}"
    return Group(table, Text(per))


def _groups(groups: Iterable[Part]) -> Table:
    table = _table("", "shown", "accepted", "", "typed through", "dismissed", "kept")
    for one in groups:
        table.add_row(
            one.name,
            f"{one.shown:,}",
            f"{one.accepted:,}",
            words.percent(one.acceptance),
            f"{one.typed_through:,}",
            f"{one.rejected:,}",
            words.percent(one.kept_share),
        )
    return table
