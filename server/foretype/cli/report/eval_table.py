"""The terminal table of ``foretype eval``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from foretype.cli.terminal import visible
from foretype.completion.feedback.stats_words import usd
from foretype.evaluation.attempt import Attempt
from foretype.evaluation.compare import Difference
from foretype.evaluation.summary import Estimate, Summary, percentile

NONE = "–"
MAX_FAILURES_SHOWN = 8
MAX_WHY_CHARS = 70
GAP = 2
"""Blanks between two columns."""


def table(summaries: Sequence[Summary], width: int) -> Table:
    """Return one row a model, the best first; one column a model where that is too wide."""
    shown = columns(summaries)
    n_needed = sum(max(map(len, [name, *cells])) + GAP for name, cells in shown) - GAP
    if n_needed > width:
        shown = turned(shown)
    made = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for at, (name, _) in enumerate(shown):
        made.add_column(name, justify="right" if at else "left", overflow="fold")
    for row in zip(*(cells for _, cells in shown), strict=True):
        made.add_row(*row)
    return made


def columns(rows: Sequence[Summary]) -> list[tuple[str, list[str]]]:
    """Return the figures by columns, with one cell a model; those that no model has left out."""
    made = [
        ("model", [row.model for row in rows]),
        ("tests passed", [percent(row.passed) for row in rows]),
        ("right", [percent(row.right) for row in rows]),
        ("exact", [percent(row.exact) for row in rows]),
        ("similar", [percent(row.similarity) for row in rows]),
        ("no new error", [percent(row.sound) for row in rows]),
        ("tokens out", [whole(row.output_tokens) for row in rows]),
        ("no answer", [f"{row.n_failed:,}" if row.n_failed else NONE for row in rows]),
        ("first token", [quantiles(row.first_token_ms) for row in rows]),
        ("first line", [quantiles(row.first_line_ms) for row in rows]),
        ("in time", [percent(row.in_time) for row in rows]),
        ("cost", [usd(row.cost_usd) for row in rows]),
        ("1,000 chars", [usd(row.usd_per_1000_accepted) for row in rows]),
    ]
    return [(name, cells) for name, cells in made if any(cell != NONE for cell in cells)]


def turned(columns: Sequence[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """Return columns by rows: one column a model where there was one row."""
    lines = [[name, *cells] for name, cells in columns]
    return [(first, rest) for first, *rest in zip(*lines, strict=True)]


def percent(figure: Estimate | None) -> str:
    """Return a share with its interval: ``95 % (76–99)``."""
    if figure is None:
        return NONE
    low, high = max(100 * figure.low, 0), min(100 * figure.high, 100)
    return f"{100 * figure.value:.0f} % ({low:.0f}–{high:.0f})"


def whole(figure: Estimate | None) -> str:
    """Return a mean with its interval, in whole numbers."""
    if figure is None:
        return NONE
    return f"{figure.value:.0f} ({max(figure.low, 0):.0f}–{figure.high:.0f})"


def quantiles(ordered: Sequence[float]) -> str:
    """Return the median and the 90th percentile of times: ``210 / 480 ms``."""
    middle, most = percentile(ordered, 0.5), percentile(ordered, 0.9)
    return NONE if middle is None or most is None else f"{middle:,.0f} / {most:,.0f} ms"


def ties(summaries: Sequence[Summary]) -> list[str]:
    """Return sentences about models whose order the intervals do not settle."""
    found = []
    for one, other in zip(summaries, summaries[1:], strict=False):
        if one.score and other.score and one.score.overlaps(other.score):
            found.append(
                f"{one.model} and {other.model} cannot be told apart by {one.score.n} tasks."
            )
    return found


def failures(attempts: Sequence[Attempt]) -> list[str]:
    """Return what failed and why, one line each, the first few of each model."""
    lines = []
    for model in dict.fromkeys(a.model for a in attempts):
        failed = [a for a in attempts if a.model == model and has_failed(a)]
        for a in failed[:MAX_FAILURES_SHOWN]:
            line = f"{model} · {a.task} · {shortened(reason(a), MAX_WHY_CHARS)}"
            # Names and what tests print may hold line ends, and commands to the terminal.
            lines.append(visible(line).replace("\n", "\\n"))
        if len(failed) > MAX_FAILURES_SHOWN:
            lines.append(f"{model} · {len(failed) - MAX_FAILURES_SHOWN} more")
    return lines


def has_failed(made: Attempt) -> bool:
    """Whether an answer is not what was wanted, by tests where they ran."""
    if made.passed is not None:
        return not made.passed
    return made.outcome in ("wrong", "silent") or not made.shown


def reason(made: Attempt) -> str:
    """Return why an answer failed, in a few words."""
    if made.failure or made.why:
        return made.failure or made.why
    if made.passed is False:
        lines = [line.strip() for line in made.test_output.splitlines() if line.strip()]
        raised = [line for line in lines if re.match(r"\w*(?:Error|Exception)\b", line)]
        return (raised or lines or ["the tests fail"])[-1]
    return f"shown {made.shown.strip()!r}"


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters, the last of them a mark where it was cut."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def show(
    summaries: Sequence[Summary],
    attempts: Sequence[Attempt],
    out: Console,
    differences: Sequence[Difference] = (),
) -> None:
    """Print the table, what the intervals do not settle, what has changed, and what failed."""
    out.print(table(summaries, out.width))
    for sentence in ties(summaries):
        out.print(sentence, soft_wrap=True)
    if differences:
        out.print("\nSince then:", style="bold")
    for each in differences:
        then, now = each.shown(each.old), each.shown(each.new)
        out.print(f"{each.model} · {each.figure} · {then} → {now}: {each.verdict}", soft_wrap=True)
    failed = failures(attempts)
    if failed:
        out.print("\nWhat failed:", style="bold")
    for line in failed:
        out.print(line, soft_wrap=True)
