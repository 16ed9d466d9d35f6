"""What the server itself costs, with a scripted upstream and two other servers beside it.

    python -m benches.latency [--quick]

Times in milliseconds, from outside at the pipe, but for the overshoot of the deadline, which the
server notes itself. ``empty`` is a pygls server that answers null; ``naive`` sends every request
on as a chat completion.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from benches.editor import Editor, lines_of_code, shown
from benches.figures import median, number, percentile, table
from benches.processes import Upstream, command, environment, initialize_params, upstream
from benches.rpc import Connection

LINES = (50, 10_000)
_LINE = "compute(alpha, beta, gamma)"
_LONG = "compute(alpha_value, beta_value, gamma_value, delta_value, epsilon_value, zeta_value)"
_SETTLE_S = 0.05

Times = list[float]
"""Seconds."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.latency")
    parser.add_argument("--quick", action="store_true", help="a tenth of the tries")
    parser.add_argument("--only", help="one of the figures, by a part of its name")
    args = parser.parse_args()
    scale = 0.1 if args.quick else 1.0
    rows: list[list[str]] = []
    for name, measure in _FIGURES.items():
        if not args.only or args.only in name:
            print(f"{name} …", file=sys.stderr, flush=True)
            rows += asyncio.run(measure(scale))
    print(table(["ms", "foretype median", "p99", "beside", "median", "p99", "ratio", "n"], rows))
    return 0


def row(what: str, ours: Times, beside: str = "-", theirs: Times | None = None) -> list[str]:
    """One row: ours, what stands beside it, and the ratio of the medians."""
    theirs = theirs or []
    comparable = bool(theirs and ours) and median(ours) > 0
    ratio = median(ours) / median(theirs) if comparable else float("nan")
    return [what, *_two(ours), beside, *_two(theirs), number(ratio, 2), str(len(ours))]


def _two(times: Times) -> tuple[str, str]:
    in_ms = [1000 * each for each in times]
    return number(median(in_ms), 2), number(percentile(in_ms, 0.99), 2)


async def start_up(scale: float) -> list[list[str]]:
    """From the process's start to the answer to ``initialize``, turn by turn with ``empty``."""
    times: dict[str, Times] = {"foretype": [], "empty": []}
    for _ in range(max(int(20 * scale), 5)):
        for server, took in times.items():
            started = time.monotonic()
            env = environment("http://127.0.0.1:9/v1")
            connection = await Connection.open(command(server), env)
            asked = await connection.call("initialize", initialize_params("vscode", {}))
            took.append(asked.at - started)
            await connection.close()
    return [row("spawn to initialize", times["foretype"], "empty", times["empty"])]


async def round_trip(scale: float) -> list[list[str]]:
    """A request that needs no model: the cursor inside a word."""
    n = int(500 * scale)
    took: dict[tuple[str, int], Times] = {}
    for server in ("foretype", "empty"):
        editor = await Editor.start(server)
        for n_lines in LINES:
            editor.open(lines_of_code(n_lines))
            editor.type("unfinished")
            editor.character = 3
            took[server, n_lines] = [await _ask(editor) for _ in range(n)]
            editor.close_document()
        await editor.close()
    return [
        row(
            f"round trip, nothing to say, {n_lines:,} lines",
            took["foretype", n_lines],
            "empty",
            took["empty", n_lines],
        )
        for n_lines in LINES
    ]


async def to_upstream(scale: float) -> list[list[str]]:
    """From a request made by hand to the upstream's request, and from the last token back."""
    n = int(300 * scale)
    out: dict[tuple[str, int], Times] = {}
    back: dict[tuple[str, int], Times] = {}
    async with upstream() as up:
        for server in ("foretype", "naive"):
            editor = await Editor.start(server, up.url)
            for n_lines in LINES:
                key = server, n_lines
                out[key], back[key] = await there_and_back(editor, up, n_lines, n)
            await editor.close()
    rows = []
    for title, took in (("request to upstream", out), ("last token to answer", back)):
        rows += [
            row(f"{title}, {lines:,} lines", took["foretype", lines], "naive", took["naive", lines])
            for lines in LINES
        ]
    return rows


async def there_and_back(editor: Editor, up: Upstream, n_lines: int, n: int) -> tuple[Times, Times]:
    """Of requests made by hand: from each to the upstream's request, from the last token back."""
    await up.script(text=_LINE, first_ms=30, tokens_per_second=100, keep_bodies=False)
    editor.open(lines_of_code(n_lines))
    out, back = [], []
    for number_ in range(n):
        await up.reset()
        await up.script(text=_LINE, first_ms=30, tokens_per_second=100, keep_bodies=False)
        editor.type(f"\nvalue_{number_} = ")
        asked = await editor.answer(invoked=True)
        if shown(asked) != _LINE:
            print(f"unexpected: {asked.answers}", file=sys.stderr)
            continue
        await asyncio.sleep(_SETTLE_S)
        [request, *_] = (await up.log())["requests"]
        out.append(request["arrived"] - asked.sent)
        back.append(asked.at - request["last"])
    editor.close_document()
    return out, back


async def through(scale: float) -> list[list[str]]:
    """Keys that type what was suggested: change, request, answer."""
    n = int(1000 * scale)
    took: dict[tuple[str, int], Times] = {}
    async with upstream() as up:
        await up.script(text=_LONG, keep_bodies=False)
        for server in ("foretype", "empty"):
            editor = await Editor.start(server, up.url)
            for n_lines in LINES:
                editor.open(lines_of_code(n_lines))
                took[server, n_lines] = await _type_through(editor, n, foretype=server != "empty")
                editor.close_document()
            await editor.close()
    return [
        row(
            f"typed through, {n_lines:,} lines",
            took["foretype", n_lines],
            "empty",
            took["empty", n_lines],
        )
        for n_lines in LINES
    ]


async def _type_through(editor: Editor, n: int, *, foretype: bool) -> Times:
    took: Times = []
    while len(took) < n:
        editor.type(f"\nvalue_{len(took)} = ")
        await editor.answer(invoked=True)
        await asyncio.sleep(_SETTLE_S)
        for at in range(1, len(_LONG) - 4):
            editor.type(_LONG[at - 1])
            asked = await editor.answer()
            if foretype and shown(asked) != _LONG[at:]:
                print(f"unexpected after {_LONG[:at]!r}: {asked.answers}", file=sys.stderr)
            took.append(asked.at - asked.sent)
            await asyncio.sleep(0.002)
    return took


_BESIDE = 10
"""Documents that wait for their deadlines at the same time, a little apart."""


async def deadlines(scale: float) -> list[list[str]]:
    """How late after its deadline an answer is written, the upstream stalled or slow."""
    n = int(2000 * scale)
    rows = []
    async with upstream() as up:
        sleeper = await Editor.start("empty", more={"FORETYPE_BENCH_SLEEP_MS": "400"})
        outside_empty = await _wait_for_deadlines(sleeper, n // 2)
        await sleeper.close()
        for title, script in (
            ("stalled", {"fault": "stall_headers"}),
            ("slow", {"text": _LINE, "first_ms": 350, "tokens_per_second": 20}),
        ):
            await up.reset()
            await up.script(**script, keep_bodies=False)
            with tempfile.TemporaryDirectory() as folder:
                log = Path(folder) / "rows"
                editor = await Editor.start(
                    "foretype", up.url, client="neovim", more={"FORETYPE_BENCH_LOG": str(log)}
                )
                outside = await _wait_for_deadlines(editor, n)
                await editor.close()
                told = [json.loads(line) for line in log.read_text().splitlines()]
            inside = [each["answered"] - each["deadline"] for each in told[2 * _BESIDE :]]
            worst = 1000 * percentile(inside, 0.999)
            rows.append(row(f"written after the deadline, {title}, p99.9 {worst:.1f}", inside))
            late = [each - 0.4 for each in outside]
            beside = [each - 0.4 for each in outside_empty]
            rows.append(row(f"the same from outside, {title}", late, "empty", beside))
    return rows


async def _wait_for_deadlines(editor: Editor, n: int) -> Times:
    """Requests that nothing answers in time, on several documents in turn."""
    places = []
    for number_ in range(_BESIDE):
        editor.open(lines_of_code(50), f"{number_}.py")
        places.append((editor.uri, editor.line))
    took: Times = []

    async def one(uri: str, line: int, turn: int) -> None:
        editor.uri, editor.line, editor.character = uri, line, 0
        asked = editor.ask()
        await asyncio.wait_for(asked.answered.wait(), 30)
        if turn >= 2:
            took.append(asked.at - asked.sent)

    for turn in range(n // _BESIDE + 2):
        async with asyncio.TaskGroup() as tasks:
            for uri, line in places:
                tasks.create_task(one(uri, line, turn))
                await asyncio.sleep(0.04)
    return took


async def memory(scale: float) -> list[list[str]]:
    """Resident megabytes, warmed up and after typing in a long file. The engine is on."""
    rows = []
    async with upstream() as up:
        await up.script(text=_LONG, keep_bodies=False)
        for server in ("foretype", "naive", "empty"):
            editor = await Editor.start(server, up.url, options={})
            warm = editor.rss_mb()
            editor.open(lines_of_code(10_000))
            await _type_through(editor, int(3000 * scale), foretype=False)
            rows.append([f"memory, MB: {server}", number(warm), "-", "after typing",
                         number(editor.rss_mb()), "-", "-", "1"])  # fmt: skip
            await editor.close()
    return rows


async def _ask(editor: Editor) -> float:
    asked = await editor.answer()
    await asyncio.sleep(0.002)
    return asked.at - asked.sent


_FIGURES: dict[str, Callable[[float], Coroutine[Any, Any, list[list[str]]]]] = {
    "spawn": start_up,
    "round trip": round_trip,
    "upstream": to_upstream,
    "typed through": through,
    "deadline": deadlines,
    "memory": memory,
}

if __name__ == "__main__":
    sys.exit(main())
