"""Human typing of real files against foretype and the reference servers.

    python -m benches.human_typing --help

Runs the lanes beside each other, pools what they counted, and prints tables.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benches import lane
from benches.lane import CONDITIONS, Lane
from benches.manners import MANNERS
from benches.processes import SERVERS
from benches.tally import Tally
from benches.typing_report import Group, report, traces

_PER_LANE = 50
"""Pauses that one lane plays; more are shared out to lanes with other texts."""
_PAUSES_PER_S = 0.24
_OVERHEAD_S = 15
"""To start, warm up and end a lane."""


def main() -> int:
    args = _arguments()
    lanes = list(_lanes(args))
    seconds = sum(each.pauses / _PAUSES_PER_S + _OVERHEAD_S for each in lanes)
    minutes = seconds / min(args.beside, len(lanes)) / 60
    print(f"{len(lanes)} lanes, {args.beside} at a time: about {minutes:.0f} minutes", flush=True)
    started = time.monotonic()
    groups = asyncio.run(_run(lanes, args.beside, args.verbose))
    text = report(groups)
    print(text)
    if args.traces:
        print(traces(groups, args.traces))
    print(f"\n{(time.monotonic() - started) / 60:.1f} minutes, seed {args.seed}")
    if args.out:
        rows = [{"group": list(group), **tally.as_json()} for group, tally in groups.items()]
        args.out.write_text(json.dumps(rows), encoding="utf-8")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benches.human_typing")
    parser.add_argument("--quick", action="store_true", help="a first look, in ten minutes")
    parser.add_argument("--servers", type=names_of(SERVERS), default=list(SERVERS))
    parser.add_argument("--conditions", type=names_of(CONDITIONS), default=list(CONDITIONS))
    parser.add_argument("--manners", type=names_of(MANNERS), default=list(MANNERS))
    parser.add_argument("--pauses", type=int, help="for each figure; 500, and 200 but by default")
    parser.add_argument("--beside", type=int, default=8, help="lanes that run at the same time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="every figure and pause, as JSON")
    parser.add_argument("--traces", type=int, default=0, help="look into so many bad pauses")
    parser.add_argument("--verbose", action="store_true", help="a line for each lane that is done")
    args = parser.parse_args()
    if args.quick:
        args.beside = 16
    return args


def names_of(known: Any) -> Any:
    """Read names that are separated by commas, all of them known ones."""

    def read(text: str) -> list[str]:
        names = text.split(",")
        if unknown := set(names) - set(known):
            raise argparse.ArgumentTypeError(f"not among {', '.join(known)}: {unknown}")
        return names

    return read


def _lanes(args: argparse.Namespace) -> Iterator[Lane]:
    for condition in args.conditions:
        for manner in args.manners:
            for server in args.servers:
                if not _wanted(server, condition, manner, quick=args.quick):
                    continue
                pauses = args.pauses or _pauses(condition, quick=args.quick)
                size = _PER_LANE // 2 if args.quick else _PER_LANE
                for part in range((pauses + size - 1) // size):
                    yield Lane(
                        server=server,
                        condition=condition,
                        manner=manner,
                        seed=100 * args.seed + part,
                        pauses=min(size, pauses - part * size),
                    )


def _wanted(server: str, condition: str, manner: str, *, quick: bool) -> bool:
    if condition == "default":
        return not quick or manner not in {"neovim-0", "coc", "lsp4ij"}
    return server in {"foretype", "reuse"} and manner in {"vscode", "neovim"}


def _pauses(condition: str, *, quick: bool) -> int:
    if quick:
        return 75 if condition in {"default", "wrong"} else 50
    return 500 if condition == "default" else 200


async def _run(lanes: list[Lane], beside: int, verbose: bool) -> dict[Group, Tally]:
    groups: dict[Group, Tally] = {}
    room = asyncio.Semaphore(beside)

    async def one(each: Lane) -> None:
        async with room:
            tally = await lane.run(each)
        if not tally.upstream_requests:
            print(f"{each}: nothing reached the upstream: is the server broken?", file=sys.stderr)
        groups.setdefault(Group(each.server, each.condition, each.manner), Tally()).add(tally)
        if verbose:
            hits, n = tally.covered(0.4)
            print(f"{each}: {hits} of {n}", file=sys.stderr, flush=True)

    async with asyncio.TaskGroup() as tasks:
        for each in lanes:
            tasks.create_task(one(each))
            # Servers that all start at once would warm up in each other's way.
            await asyncio.sleep(0.5)
    return groups


if __name__ == "__main__":
    sys.exit(main())
