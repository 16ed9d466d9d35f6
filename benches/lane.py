"""One hand, one server and one upstream: a lane, several of which run beside each other."""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benches import corpus
from benches.manners import MANNERS, Manner
from benches.player import Player
from benches.processes import Upstream, command, environment, initialize_params, upstream
from benches.rpc import Connection
from benches.tally import Tally
from foretype.evaluation.ghost_screen import is_right
from foretype.evaluation.holes import Hole
from foretype.upstream.script import Script
from foretype.upstream.truth import Found, continuation

LANGUAGES = ("python", "typescript", "go", "markdown")

_NORMAL = {"first_ms": 180, "first_p95_ms": 450, "tokens_per_second": 120, "keep_bodies": False}
_FAULTS = {
    "500": 0.1,
    "429": 0.05,
    "stall_headers": 0.02,
    "stall_first": 0.015,
    "stall_middle": 0.015,
    "cut": 0.05,
    "malformed": 0.05,
}
CONDITIONS: Mapping[str, Mapping[str, Any]] = {
    "default": _NORMAL,
    "wrong": {**_NORMAL, "wrong_words": 0.12},
    "wrong-lines": {**_NORMAL, "wrong_lines": 0.2},
    "thinking": {**_NORMAL, "thinks": [100, 300]},
    "slow": {**_NORMAL, "first_ms": 600, "first_p95_ms": 1500},
    "faulty": {**_NORMAL, "faults": _FAULTS, "fault_after": 8},
}
JUDGED_BY_FIRST_LINE = frozenset({"wrong", "wrong-lines"})
"""Conditions in which only the first line of a suggestion can be right."""

_QUIET = 0.05
"""The part of a core that a server takes at most once it has loaded what it needs."""
_MOST_WARM_UP_S = 60.0
_WARM_UP_KEYS = 25
_REACHED_S = 0.02
"""An answer so shortly before its deadline is one that the deadline brought."""
_SETTLE_S = 3.0
"""Time for the last answers."""
_POLITE = {-32800, -32801}
"""Errors that say no more than that a request was cancelled or overtaken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What is measured: a server under a condition, in an editor's manner, by one hand."""

    server: str
    condition: str
    manner: str
    seed: int
    pauses: int

    @property
    def first_line(self) -> bool:
        return self.condition in JUDGED_BY_FIRST_LINE


async def run(lane: Lane) -> Tally:
    """Type until the lane has its pauses."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "rows.jsonl"
        async with upstream() as up:
            connection = await Connection.open(command(lane.server), environment(up.url, log))
            try:
                tally = await _type(lane, up, connection, log)
            finally:
                await connection.close()
    return tally


async def _type(lane: Lane, up: Upstream, connection: Connection, log: Path) -> Tally:
    manner = MANNERS[lane.manner]
    options = {"completion": {"local": "off"}, "notifyLate": True}
    await connection.call("initialize", initialize_params(manner.client, options))
    connection.notify("initialized", {})
    await _until_quiet(connection)
    stretches = stretches_of(lane.seed)

    async def play(tally: Tally, number: int, enough: Callable[[], bool]) -> None:
        await _play(lane, manner, up, connection, tally, next(stretches), number, enough)

    warm_up, tally = Tally(), Tally()
    await play(warm_up, 0, lambda: warm_up.keys >= _WARM_UP_KEYS)
    await asyncio.sleep(1)
    before = _Baseline(connection, log)
    await up.reset()
    for number in itertools.count(1):
        await play(tally, number, lambda: len(tally.pauses) >= lane.pauses)
        if len(tally.pauses) >= lane.pauses:
            break
    await asyncio.sleep(_SETTLE_S)
    before.close(tally)
    _count_upstream(lane, await up.log(), tally)
    return tally


async def _until_quiet(connection: Connection) -> None:
    """Wait until a server has loaded what it loads after ``initialized``."""
    process = psutil.Process(connection.process.pid)
    process.cpu_percent()
    began = time.monotonic()
    quiet = 0
    while quiet < 3 and time.monotonic() < began + _MOST_WARM_UP_S:
        await asyncio.sleep(1.0)
        quiet = quiet + 1 if process.cpu_percent() < 100 * _QUIET else 0


async def _play(
    lane: Lane,
    manner: Manner,
    up: Upstream,
    connection: Connection,
    tally: Tally,
    stretch: Hole,
    number: int,
    enough: Callable[[], bool],
) -> None:
    name = f"{number}-{stretch.source.name}"
    script = script_of(lane.condition, lane.seed, name, stretch)
    condition = {**CONDITIONS[lane.condition], "seed": lane.seed}
    await up.script(**condition, truth=dict(script.truth), ends=dict(script.ends))
    player = Player(
        connection,
        manner,
        tally,
        uri=f"file:///bench/{name}",
        stretch=stretch,
        seed=lane.seed,
        could=could_at(stretch, name, script, first_line=lane.first_line),
        first_line=lane.first_line,
    )
    await player.play(enough)


def script_of(condition: str, seed: int, name: str, stretch: Hole) -> Script:
    """The upstream's script while a stretch is typed in a document of a name."""
    texts = {"truth": {name: stretch.source.text}, "ends": {name: stretch.end}}
    return Script().changed({**CONDITIONS[condition], "seed": seed, **texts})


def could_at(
    stretch: Hole, name: str, script: Script, *, first_line: bool
) -> Callable[[int], bool]:
    """Give whether the model, asked behind so many characters of a stretch, is right."""

    def could(at: int) -> bool:
        said = continuation(Found(name, stretch.source.text, stretch.start + at), script)
        return is_right(said, stretch.truth[at:] + "\n", first_line=first_line)

    return could


def stretches_of(seed: int) -> Iterator[Hole]:
    """Stretches of all languages in turn; those without files are left out."""
    first = seed % len(LANGUAGES)
    in_turn = (*LANGUAGES[first:], *LANGUAGES[:first])
    turns = [corpus.stretches(language, seed) for language in in_turn]
    while turns:
        for turn in list(turns):
            stretch = next(turn, None)
            if stretch is None:
                turns.remove(turn)
            else:
                yield stretch


class _Baseline:
    """The state when measuring began, to tell what came after."""

    def __init__(self, connection: Connection, log: Path) -> None:
        self._connection = connection
        self._process = psutil.Process(connection.process.pid)
        self._cpu_s = self._cpu()
        self._log = log
        self._n_asked = len(connection.asked)
        self._log_from = log.stat().st_size if log.exists() else 0

    def _cpu(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def close(self, tally: Tally) -> None:
        tally.cpu_s += self._cpu() - self._cpu_s
        tally.rss_mb = self._process.memory_info().rss / 2**20
        asked = [each for each in self._connection.asked.values() if each.id > self._n_asked]
        tally.unanswered += sum(not each.answers for each in asked)
        tally.twice += sum(len(each.answers) > 1 for each in asked)
        tally.errors += sum(
            bool(each.answers and each.error and each.error["code"] not in _POLITE)
            for each in asked
        )
        tally.overshoots += list(self._overshoots())

    def _overshoots(self) -> Iterator[float]:
        if not self._log.exists():
            return
        with self._log.open(encoding="utf-8") as rows:
            rows.seek(self._log_from)
            for line in rows:
                with suppress(ValueError, KeyError, TypeError):
                    row = json.loads(line)
                    if row["answered"] >= row["deadline"] - _REACHED_S:
                        yield row["answered"] - row["deadline"]


def _count_upstream(lane: Lane, log: dict[str, Any], tally: Tally) -> None:
    requests = log["requests"]
    tally.upstream_requests += len(requests)
    tally.upstream_tokens += sum(request["sent"] for request in requests)
    tally.upstream_aborted += sum(request["aborted"] is not None for request in requests)
    tally.upstream_chars += sum(request["n_chars"] for request in requests)
    tally.warm_requests += len(log["warm"])
    kept = ("arrived", "first", "last", "ended", "aborted", "fault", "sent", "said")
    tally.streams += [
        {"lane": lane.seed} | {name: request[name] for name in kept} for request in requests
    ]
