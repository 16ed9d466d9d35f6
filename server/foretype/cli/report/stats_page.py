"""``foretype stats --web``: one page of HTML without scripts, its charts drawn as SVG. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from html import escape
from math import log10

from foretype.cli.report.page_parts import bars, details, section, table, whole_page
from foretype.completion.feedback import stats_words as words
from foretype.spending.statistics import Group, Stats

PERIODS = (7, 30, 90)
"""Days that can be chosen."""
N_COLORS = 6
MAX_MODELS_IN_CHART = 5
"""Models with a color of their own; the others share one."""
OTHERS = "others"
MAX_LATENCY_DECADES = 4
"""The latency chart goes from 1 ms to 10 s, by powers of ten."""


def page(stats: Stats, days: int) -> str:
    """Return the page for some days."""
    body = _nothing() if stats.is_empty else "".join(_sections(stats))
    links = "".join(
        f'<a href="?days={n}"{" aria-current=page" if n == days else ""}>{n} days</a>'
        for n in PERIODS
    )
    return whole_page(
        "foretype: statistics",
        f'<span>{stats.since} to {stats.until}</span><nav aria-label="Period">{links}</nav>',
        body,
        "From this machine's own record, which holds no code and no names of files.",
    )


def _nothing() -> str:
    return section("Nothing is recorded yet", "<p>Write some code, then reload this page.</p>")


def _sections(stats: Stats) -> Iterable[str]:
    yield section("In short", _in_short(stats), kind="wide")
    yield section("From request to kept text", _funnel(stats))
    yield section("Why nothing was shown", _reasons(stats), kind="tall")
    yield section("Latency", _latency(stats))
    yield section("Cost by day and model", _costs(stats), kind="wide")
    yield section("Models", _groups(stats.models), kind="third")
    yield section("Languages", _groups(stats.languages), kind="third")
    yield section("Editors", _groups(stats.editors), kind="third")
    yield section("Latest answers", _latest(stats), kind="wide")


# --- parts ------------------------------------------------------------------------------------


def _in_short(stats: Stats) -> str:
    total, funnel = stats.total, stats.funnel
    share = funnel.accepted / funnel.shown if funnel.shown else None
    rows = [
        ("of all characters accepted", words.percent(stats.completed_share)),
        ("of suggestions accepted", words.percent(share)),
        ("of accepted text kept", words.percent(stats.kept_share)),
        ("spent", words.usd(total.known_cost_usd)),
        ("for 1,000 accepted characters", words.usd(stats.usd_per_1000_accepted)),
        ("characters accepted", f"{stats.accepted_characters:,}"),
    ]
    pairs = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows)
    return f'<dl class="figures">{pairs}</dl>'


def _funnel(stats: Stats) -> str:
    numbers = [(label, getattr(stats.funnel, name)) for name, label in words.FUNNEL.items()]
    return bars(numbers, most=stats.funnel.asked)


def _reasons(stats: Stats) -> str:
    numbers = [(words.reason_words(name), n) for name, n in stats.reasons]
    return bars(numbers, color=1) if numbers else "<p>Something was shown each time.</p>"


def _costs(stats: Stats) -> str:
    days = _days(stats.since, stats.until)
    names = _models_by_cost(stats)
    by_day: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for cost in stats.costs:
        name = cost.name if cost.name in names else OTHERS
        by_day[cost.day][name] += cost.entry.cost_usd
    most = max((sum(models.values()) for models in by_day.values()), default=0.0)
    if not most:
        return "<p>Nothing was spent, or no price is known.</p>" + _cost_table(stats)
    columns = "".join(_column(at, by_day[day], names, most) for at, day in enumerate(days))
    label = f"Cost by day, at most {words.usd(most)}; the table below has the numbers."
    key = "".join(
        f'<li><svg viewBox="0 0 1 1" aria-hidden="true"><rect class="c{at}" width="1" height="1"/>'
        f"</svg>{escape(name)}</li>"
        for at, name in enumerate(names)
    )
    return (
        f'<div class="axis"><span>{words.usd(most)}</span></div>'
        f'<svg class="columns" viewBox="0 0 {len(days)} 100" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(label)}">{columns}</svg>'
        f'<div class="axis"><span>{days[0]}</span><span>{days[-1]}</span></div>'
        f'<ul class="key">{key}</ul>{_cost_table(stats)}'
    )


def _models_by_cost(stats: Stats) -> list[str]:
    """Return the dearest models, and a name for the others if there are any."""
    totals: defaultdict[str, float] = defaultdict(float)
    for cost in stats.costs:
        totals[cost.name] += cost.entry.cost_usd
    names = sorted((name for name in totals if totals[name]), key=lambda name: -totals[name])
    return names if len(names) <= N_COLORS else [*names[:MAX_MODELS_IN_CHART], OTHERS]


def _column(at: int, costs: dict[str, float], names: list[str], most: float) -> str:
    parts, bottom = [], 100.0
    for color, name in enumerate(names):
        height = 100 * costs.get(name, 0.0) / most
        bottom -= height
        if height:
            parts.append(
                f'<rect class="c{color}" x="{at + 0.1:.1f}" y="{bottom:.2f}" width="0.8" '
                f'height="{height:.2f}"/>'
            )
    return "".join(parts)


def _days(since: str, until: str) -> list[str]:
    first = date.fromisoformat(since)
    n_days = (date.fromisoformat(until) - first).days + 1
    return [(first + timedelta(days=n)).isoformat() for n in range(n_days)]


def _cost_table(stats: Stats) -> str:
    rows = [
        (
            cost.day,
            cost.name,
            f"{cost.entry.requests:,}",
            words.tokens(cost.entry),
            words.usd(cost.entry.known_cost_usd),
        )
        for cost in reversed(stats.costs)
    ]
    return details("All days", table(("day", "model", "requests", "tokens", "cost"), rows))


def _latency(stats: Stats) -> str:
    if not stats.latency:
        return "<p>No time was measured.</p>"
    drawn, rows = [], []
    for one in stats.latency:
        label = words.STAGES[one.stage]
        start, middle, end = (_log_place(value) for value in (one.p50, one.p90, one.p99))
        drawn.append(
            f"<div>{label}</div>"
            '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
            '<rect class="track" width="100" height="10"/>'
            f'<rect class="c4" x="{start:.1f}" width="{max(end - start, 0.6):.1f}" height="10"/>'
            f'<rect class="c0" x="{start:.1f}" width="{max(middle - start, 0.6):.1f}" height="10"/>'
            f'</svg><div class="number">{words.ms(one.p50)}</div>'
        )
        times = (words.ms(value) for value in (one.p50, one.p90, one.p99))
        rows.append((label, *times, f"{one.count:,}"))
    note = (
        '<p class="dim">From the median over the 90th to the 99th percentile, from 1 ms to 10 s '
        "by powers of ten; the number is the median.</p>"
    )
    numbers = table(("", "median", "90 %", "99 %", "count"), rows)
    return f'<div class="bars">{"".join(drawn)}</div>{note}{details("All numbers", numbers)}'


def _log_place(ms: float) -> float:
    return min(100.0, 100 * log10(max(ms, 1.0)) / MAX_LATENCY_DECADES)


def _groups(groups: Sequence[Group]) -> str:
    rows = [
        (
            one.name,
            f"{one.shown:,}",
            f"{one.accepted:,}",
            words.percent(one.acceptance),
            words.percent(one.kept_share),
        )
        for one in groups
    ]
    return table(("", "shown", "accepted", "share", "kept"), rows)


def _latest(stats: Stats) -> str:
    rows = [
        (
            words.when(row),
            row.language,
            row.model,
            words.OUTCOMES.get(row.outcome, row.outcome),
            words.ms(row.answer_ms),
            words.usd(row.cost_usd),
            words.reason_words(row.reason) if row.reason else "",
        )
        for row in stats.latest
    ]
    names = ("time", "language", "model", "outcome", "answer", "cost", "why")
    return details(f"{len(rows)} answers", table(names, rows, words_at=6))
