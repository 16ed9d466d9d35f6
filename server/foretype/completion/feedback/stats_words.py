"""The words and numbers of ``foretype stats``: in the terminal, in JSON and on the page."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from foretype.completion.suggestion import Reason
from foretype.spending.entry import Entry
from foretype.spending.statistics import Stats
from foretype.spending.suggestion_row import SuggestionRow, time_of

FUNNEL = {
    "asked": "requests of the editor",
    "answered": "while the text was the same",
    "in_time": "decided in time",
    "shown": "shown",
    "accepted": "accepted, or a part",
    "kept": "still there after 30 s",
}
STAGES = {
    "asked": "until the model is asked",
    "first": "first token after that",
    "whole": "whole stream after that",
    "answer": "request to answer",
}
OUTCOMES = {
    "none": "nothing shown",
    "shown": "shown",
    "accepted": "accepted",
    "partly": "accepted in part",
    "typed": "typed through",
    "rejected": "dismissed",
}


def reason_words(name: str) -> str:
    """Return a reason's sentence; its name if an older or newer version wrote it."""
    found = Reason.__members__.get(name.upper())
    return name if found is None else found.value


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def usd(amount: float | None) -> str:
    """Return an amount with as many digits as matter."""
    if amount is None:
        return "–"
    return f"${amount:.2f}" if amount >= 1 or not amount else f"${amount:.4f}"


def ms(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "–"
    return f"{milliseconds:,.0f} ms" if milliseconds < 10_000 else f"{milliseconds / 1000:,.1f} s"


def tokens(entry: Entry) -> str:
    """Such as ``3,210 in (2,000 cached), 40 out``."""
    cached = f" ({entry.cached_tokens:,} cached)" if entry.cached_tokens else ""
    return f"{entry.input_tokens:,} in{cached}, {entry.output_tokens:,} out"


def when(row: SuggestionRow) -> str:
    """Return a row's local time."""
    return datetime.fromtimestamp(time_of(row.key)).strftime("%Y-%m-%d %H:%M:%S")


def lines(stats: Stats) -> list[str]:
    """Return the most important numbers as text, for an editor's window."""
    said = [f"{stats.since} to {stats.until}", ""]
    counts = [(label, f"{getattr(stats.funnel, name):,}") for name, label in FUNNEL.items()]
    said += _columns(counts)
    total = stats.total
    numbers = [
        ("characters accepted", f"{stats.accepted_characters:,}"),
        ("of all written", percent(stats.completed_share)),
        ("still there after 30 s", percent(stats.kept_share)),
        ("spent", usd(total.known_cost_usd)),
        ("for 1,000 accepted characters", usd(stats.usd_per_1000_accepted)),
    ]
    said += ["", *_columns(numbers)]
    times = [(STAGES[t.stage], f"{ms(t.p50)}, 90 %: {ms(t.p90)}") for t in stats.latency]
    reasons = [(reason_words(name), f"{n:,}") for name, n in stats.reasons[:8]]
    for title, rows in (("Median times", times), ("Why nothing was shown", reasons)):
        if rows:
            said += ["", title, *_columns(rows)]
    return said


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    width = max(len(label) for label, _ in rows)
    return [f"{label:<{width}}  {value}" for label, value in rows]


def as_json(stats: Stats) -> dict[str, Any]:
    """Return everything as JSON values. Costs are in US dollars, times in milliseconds."""
    values = asdict(stats)
    values["reasons"] = [
        {"reason": name, "message": reason_words(name), "count": n} for name, n in stats.reasons
    ]
    values["costs"] = [
        {
            "day": cost.day,
            "model": cost.model,
            "provider": cost.provider,
            **asdict(cost.entry),
        }
        for cost in stats.costs
    ]
    values["latest"] = [
        {"time": datetime.fromtimestamp(time_of(row.key), UTC).isoformat(), **asdict(row)}
        for row in stats.latest
    ]
    for row in values["latest"]:
        del row["key"], row["day"]
    return values | {
        "total": asdict(stats.total) | {"cost_usd": stats.total.known_cost_usd},
        "completed_share": stats.completed_share,
        "usd_per_1000_accepted_characters": stats.usd_per_1000_accepted,
    }
