"""The tables of the typing bench, from what the lanes counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from benches.figures import median, number, percentile, share, table
from benches.lane import JUDGED_BY_FIRST_LINE
from benches.manners import MANNERS
from benches.tally import Pause, Tally

WITHIN_S = 0.4


class Group(NamedTuple):
    """What is pooled: all lanes of a server under a condition in one manner."""

    server: str
    condition: str
    manner: str


Groups = dict[Group, Tally]


def report(groups: Groups) -> str:
    """All tables, the one of the wrong words and lines first."""
    parts = [
        _wrong_words(groups),
        _coverage(groups, "within 400 ms", lambda tally: tally.covered(WITHIN_S)),
        _coverage(groups, "at any time in the pause", lambda tally: tally.covered()),
        _promises(groups),
        _costs(groups),
    ]
    return "\n\n".join(part for part in parts if part)


def _wrong_words(groups: Groups) -> str:
    rows = []
    for group, tally in groups.items():
        if group.condition not in JUDGED_BY_FIRST_LINE:
            continue
        n = len(tally.pauses)
        hits, _ = tally.covered(WITHIN_S)
        best = sum(pause.could for pause in tally.pauses)
        gap = 100 * (best - hits) / n if n else 0.0
        rows.append(
            [
                group.server,
                group.condition,
                group.manner,
                share(hits, n),
                share(best, n),
                f"{gap:.1f}",
                str(n),
            ]
        )
    header = ["wrong", "upstream", "manner", "covered %", "could be %", "points short", "pauses"]
    return table(header, sorted(rows)) if rows else ""


def _coverage(groups: Groups, title: str, count: Callable[[Tally], tuple[int, int]]) -> str:
    manners = [manner for manner in MANNERS if any(group.manner == manner for group in groups)]
    judged_whole = (g.condition for g in groups if g.condition not in JUDGED_BY_FIRST_LINE)
    conditions = _in_order(judged_whole)
    rows = []
    for condition in conditions:
        for server in _in_order(group.server for group in groups if group.condition == condition):
            mine = [groups.get(Group(server, condition, manner)) for manner in manners]
            cells = [share(*count(tally)) if tally else "-" for tally in mine]
            rows.append([server, condition, *cells])
    return table([f"covered {title}, %", "upstream", *manners], rows) if rows else ""


def _promises(groups: Groups) -> str:
    rows = []
    for group, tally in groups.items():
        through = [1000 * took for took in tally.through]
        over = [1000 * each for each in tally.overshoots]
        rows.append(
            [
                " ".join(group),
                f"{number(median(through))} / {number(percentile(through, 0.99))}",
                share(tally.offered_again, tally.fitting_keys),
                f"{tally.replaced} / {tally.cleared} / {tally.stale}",
                f"{len(tally.late)}",
                f"{tally.unanswered} / {tally.twice} / {tally.errors}",
                f"{number(percentile(over, 0.999))} ({len(over)})",
                f"{tally.requests}",
            ]
        )
    header = [
        "promises",
        "typed through ms, median / p99",
        "again in 50 ms, %",
        "replaced / cleared / stale",
        "late",
        "unanswered / twice / errors",
        "overshoot ms, p99.9 (n)",
        "requests",
    ]
    return table(header, sorted(rows))


def _costs(groups: Groups) -> str:
    rows = []
    for group, tally in groups.items():
        keys = max(tally.keys, 1) / 100
        accepted = tally.accepted_chars
        rows.append(
            [
                " ".join(group),
                f"{tally.upstream_requests / keys:.1f}",
                f"{tally.upstream_tokens / keys:.0f}",
                f"{tally.upstream_chars / 4 / keys:,.0f}",
                f"{tally.upstream_tokens / accepted:.2f}" if accepted else "-",
                f"{tally.upstream_chars / 4 / accepted:.2f}" if accepted else "-",
                f"{tally.upstream_aborted / keys:.1f}",
                f"{tally.warm_requests / keys:.1f}",
                f"{10 * tally.cpu_s / keys:.1f}",
                f"{tally.rss_mb:.0f}",
                f"{tally.keys}",
            ]
        )
    header = [
        "cost per 100 keys",
        "requests",
        "tokens out",
        "tokens in",
        "out per accepted char",
        "in per accepted char",
        "aborted",
        "warm-ups",
        "CPU ms per key",
        "MB",
        "keys",
    ]
    return table(header, sorted(rows))


def traces(groups: Groups, most: int) -> str:
    """What happened in pauses that could have been covered and were not."""
    lines = []
    for group, tally in groups.items():
        bad = [
            pause
            for pause in tally.pauses
            if pause.could and (pause.right_after is None or pause.right_after > WITHIN_S)
        ]
        for pause in bad[:most]:
            lines.append(f"\n{' '.join(group)}: {pause.length:.2f} s at {pause.place}")
            lines += [f"    asked, answered: {answer}" for answer in pause.answers]
            lines += [f"    upstream: {_told(each, pause.began)}" for each in _near(tally, pause)]
    return "\n".join(lines)


def _near(tally: Tally, pause: Pause) -> list[dict[str, Any]]:
    end = pause.began + pause.length
    return [
        each
        for each in tally.streams
        if each["lane"] == pause.lane
        and each["arrived"] < end
        and (each["ended"] or end) > pause.began - 0.5
    ]


def _told(stream: dict[str, Any], began: float) -> str:
    names = ("arrived", "first", "last", "aborted")
    times = [f"{name} {stream[name] - began:+.3f}" for name in names if stream[name]]
    return f"{', '.join(times)} {stream['fault']} {stream['said'][:120]!r}"


def _in_order(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
