"""``foretype eval --html``: one page of HTML without scripts, its charts drawn as SVG. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import log10

from foretype.cli.report import eval_table
from foretype.cli.report.page_parts import details, section, table, whole_page
from foretype.completion.feedback.stats_words import usd
from foretype.evaluation.attempt import Attempt
from foretype.evaluation.compare import Difference
from foretype.evaluation.summary import Estimate, Summary

N_COLORS = 6
FASTEST_MS, SLOWEST_MS = 10.0, 10_000.0
"""The ends of the latency chart, which goes by powers of ten."""
MAX_SIDE_BY_SIDE = 5
"""Models that have a column each; where there are more, the figures have."""
MAX_RAW_CHARS = 4000
MAX_FAILURES = 200
"""Failures that are shown with their answers, over all models."""


def page(
    summaries: Sequence[Summary],
    attempts: Sequence[Attempt],
    *,
    deadline_ms: float,
    made: str,
    differences: Sequence[Difference] = (),
) -> str:
    """Return the page. ``made``: when and on what, for its head."""
    body = "".join(_sections(summaries, attempts, deadline_ms, differences))
    head = f"<span>evaluation · {escape(made)}</span>"
    note = "It holds the models' answers, and code of the tasks where these were cut out of yours."
    return whole_page("foretype: evaluation", head, body, note)


def _sections(
    summaries: Sequence[Summary],
    attempts: Sequence[Attempt],
    deadline_ms: float,
    differences: Sequence[Difference],
) -> Iterable[str]:
    yield section("Models", _models(summaries), kind="wide")
    if differences:
        yield section("Since then", _differences(differences), kind="wide")
    yield section(f"Output tokens against {_judged_by(summaries)}", _scatter(summaries))
    yield section("How soon", _latency(summaries, deadline_ms))
    if any(summary.usd_per_1000_accepted for summary in summaries):
        yield section("Cost of 1,000 right characters", _costs(summaries), kind="wide")
    yield section("What failed, and why", _failures(attempts), kind="wide")


def _judged_by(summaries: Sequence[Summary]) -> str:
    return "tests passed" if any(summary.passed for summary in summaries) else "right completions"


def _models(summaries: Sequence[Summary]) -> str:
    columns = eval_table.columns(summaries)
    if len(summaries) <= MAX_SIDE_BY_SIDE:
        columns = eval_table.turned(columns)
    rows = zip(*(cells for _, cells in columns), strict=True)
    ties = "".join(f"<p>{escape(sentence)}</p>" for sentence in eval_table.ties(summaries))
    note = (
        '<p class="dim">Shares and means are those of tasks, with 95 % confidence intervals; '
        "times are the median and the 90th percentile, the first request of a session left out."
        "</p>"
    )
    return table([name for name, _ in columns], list(rows)) + ties + note


def _differences(differences: Sequence[Difference]) -> str:
    rows = [
        (each.model, each.figure, each.shown(each.old), each.shown(each.new), each.verdict)
        for each in differences
    ]
    return table(("model", "figure", "then", "now", ""), rows)


# --- output tokens against tests passed -------------------------------------------------------


def _scatter(summaries: Sequence[Summary]) -> str:
    known = [
        (at, s.output_tokens, s.score)
        for at, s in enumerate(summaries)
        if s.output_tokens is not None and s.score is not None
    ]
    if not known:
        return "<p>Nothing was judged.</p>"
    most = _round_up(max(tokens.high for _, tokens, _ in known))
    points = "".join(_point(at, tokens, score, most) for at, tokens, score in known)
    grid = "".join(
        f'<line class="grid" x1="0" x2="100%" y1="{_y(part)}" y2="{_y(part)}"/>'
        for part in (0, 0.25, 0.5, 0.75, 1)
    )
    label = (
        f"Output tokens to the right, {_judged_by(summaries)} upward; the table has the numbers."
    )
    return (
        f'<div class="plot"><div class="scale"><span>100 %</span><span>50 %</span><span>0 %</span>'
        f'</div><svg class="scatter" role="img" aria-label="{escape(label)}">{grid}{points}</svg>'
        f'</div><div class="axis plotted"><span>0 tokens</span><span>{most:,.0f}</span></div>'
        f"{_key(summaries)}"
    )


def _point(at: int, tokens: Estimate, score: Estimate, most: float) -> str:
    """A disk with the model's number, and its error bars to the sides and upward."""
    x, y = _x(tokens.value, most), _y(score.value)
    color = at % N_COLORS
    return (
        f'<g class="s{color}"><line x1="{_x(tokens.low, most)}" x2="{_x(tokens.high, most)}" '
        f'y1="{y}" y2="{y}"/><line x1="{x}" x2="{x}" y1="{_y(score.low)}" '
        f'y2="{_y(score.high)}"/><circle class="c{color}" cx="{x}" cy="{y}" r="10"/></g>'
        f'<text class="in" x="{x}" y="{y}" dy="4">{at + 1}</text>'
    )


def _x(tokens: float, most: float) -> str:
    return f"{4 + 92 * min(max(tokens / most, 0.0), 1.0):.2f}%"


def _y(part: float) -> str:
    return f"{94 - 88 * min(max(part, 0.0), 1.0):.2f}%"


def _round_up(value: float) -> float:
    """Return the next number that is easy to read."""
    power = 10.0 ** int(log10(max(value, 1.0)))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


def _key(summaries: Sequence[Summary]) -> str:
    names = "".join(
        f'<li><svg viewBox="0 0 1 1" aria-hidden="true"><rect class="c{at % N_COLORS}" width="1" '
        f'height="1"/></svg>{at + 1} {escape(summary.model)}</li>'
        for at, summary in enumerate(summaries)
    )
    return f'<ul class="key">{names}</ul>'


# --- latency ----------------------------------------------------------------------------------


def _latency(summaries: Sequence[Summary], deadline_ms: float) -> str:
    if not any(summary.first_token_ms for summary in summaries):
        return "<p>No time was measured.</p>"
    curves = "".join(
        _curve(summary.first_token_ms, at, "dashed") + _curve(summary.first_line_ms, at, "")
        for at, summary in enumerate(summaries)
    )
    limit = _log_place(deadline_ms)
    label = "The share of answers that had begun by each moment; the table has the numbers."
    rows = [
        (
            summary.model,
            eval_table.quantiles(summary.first_token_ms),
            eval_table.quantiles(summary.first_line_ms),
            eval_table.percent(summary.in_time),
        )
        for summary in summaries
    ]
    names = ("", "first token", "first line", f"within {deadline_ms:.0f} ms")
    note = (
        '<p class="dim">The share of answers whose first token (dashed) and first line that can '
        f"be shown had come, from 10 ms to 10 s by powers of ten; the upright line is the deadline "
        f"of {deadline_ms:.0f} ms.</p>"
    )
    return (
        '<div class="plot"><div class="scale"><span>100 %</span><span>50 %</span><span>0 %</span>'
        '</div><svg class="curves" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" '
        f'aria-label="{label}"><line class="limit" x1="{limit:.2f}" x2="{limit:.2f}" y1="0" '
        f'y2="100"/>{curves}</svg></div><div class="axis plotted"><span>10 ms</span>'
        f"<span>100 ms</span><span>1 s</span><span>10 s</span></div>{_key(summaries)}{note}"
        f"{details('All times', table(names, rows))}"
    )


def _curve(ordered: Sequence[float], at: int, kind: str) -> str:
    """The share of times up to each moment, as steps."""
    if not ordered:
        return ""
    steps, height = ["M0 100"], 100.0
    for number, ms in enumerate(ordered, 1):
        x = _log_place(ms)
        steps.append(f"L{x:.2f} {height:.2f}")
        height = 100 - 100 * number / len(ordered)
        steps.append(f"L{x:.2f} {height:.2f}")
    steps.append(f"L100 {height:.2f}")
    return f'<path class="s{at % N_COLORS} {kind}" d="{"".join(steps)}"/>'


def _log_place(ms: float) -> float:
    bounded = min(max(ms, FASTEST_MS), SLOWEST_MS)
    return 100 * log10(bounded / FASTEST_MS) / log10(SLOWEST_MS / FASTEST_MS)


# --- costs and failures -----------------------------------------------------------------------


def _costs(summaries: Sequence[Summary]) -> str:
    known = [(s.model, s.usd_per_1000_accepted) for s in summaries]
    most = max(cost for _, cost in known if cost)
    rows = []
    for at, (model, cost) in enumerate(known):
        width = 100 * (cost or 0.0) / most
        rows.append(
            f"<div>{escape(model)}</div>"
            '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
            '<rect class="track" width="100" height="10"/>'
            f'<rect class="c{at % N_COLORS}" width="{width:.2f}" height="10"/></svg>'
            f'<div class="number">{usd(cost)}</div>'
        )
    return f'<div class="bars">{"".join(rows)}</div>'


def _failures(attempts: Sequence[Attempt]) -> str:
    failed = [each for each in attempts if eval_table.has_failed(each)]
    if not failed:
        return "<p>Nothing failed.</p>"
    shown = "".join(_failure(each) for each in failed[:MAX_FAILURES])
    n_more = len(failed) - MAX_FAILURES
    return shown + (f"<p>{n_more} more are in the output of --json.</p>" if n_more > 0 else "")


def _failure(made: Attempt) -> str:
    title = f"{made.model} · {made.task} · {eval_table.shortened(eval_table.reason(made), 120)}"
    parts = [("Answer", "\n\n— asked again —\n\n".join(made.raw))]
    if made.shown and made.shown not in made.raw:
        parts.append(("Shown", made.shown))
    if made.test_output:
        parts.append(("Tests", made.test_output))
    content = "".join(
        f'<h3>{name}</h3><pre tabindex="0">{escape(text[:MAX_RAW_CHARS])}</pre>'
        for name, text in parts
    )
    return details(title, content)
