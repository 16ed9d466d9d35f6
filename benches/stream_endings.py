"""How soon a stream ends once the suggestion is complete, though the model goes on.

The scripted upstream says the truth, what follows it in the file, and a function of its own; its
log tells how many tokens it had written when the server hung up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benches.figures import percentile, table
from benches.processes import Upstream, command, environment, initialize_params, upstream
from benches.rpc import Connection
from foretype.core.cursor import only_closers
from foretype.evaluation.holes import Hole
from foretype.upstream import tokenizer
from foretype.upstream.habits import HABITS, IntendedText

HABIT = "runs_on"
PACE = 120.0
"""Tokens a second, as in the bench of typing."""
ALLOWED = 2
"""Tokens after the line's end within which a stream should end."""
OWN = "another_one():"
"""What the model says after all that stands in the file."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """One stream at its end."""

    hole: Hole
    where: str
    beyond: int
    """Tokens written after the last one that the line, or the block, needs."""
    ran_past: bool
    """What stands in no file was written."""
    written: int


async def measure(cut: list[Hole]) -> list[Stopped]:
    """Streams in the middle of lines, at their ends, and with ``single``."""
    in_lines = [hole for hole in cut if not hole.truth.startswith("\n")]
    return [
        *await _with("auto", cut),
        *await _with("single", in_lines),
    ]


async def _with(multiline: str, cut: Iterable[Hole]) -> list[Stopped]:
    async with upstream() as up:
        connection = await Connection.open(command("foretype"), environment(up.url))
        completion = {"local": "off", "multiline": multiline}
        try:
            options = {"completion": completion}
            await connection.call("initialize", initialize_params("vscode", options))
            connection.notify("initialized", {})
            await asyncio.sleep(4)
            found = [
                await _one(connection, up, hole, multiline, f"{multiline}/{number}")
                for number, hole in enumerate(cut)
            ]
        finally:
            await connection.close()
    return [each for each in found if each is not None]


async def _one(
    connection: Connection, up: Upstream, hole: Hole, multiline: str, where: str
) -> Stopped | None:
    name = hole.source.name
    await up.reset()
    await up.script(
        truth={name: hole.source.text},
        ends={name: hole.end},
        starts={name: hole.start},
        habit=HABIT,
        stops=False,
        keep_bodies=False,
        tokens_per_second=PACE,
    )
    uri = f"file:///bench/{where}/{name}"
    document = {
        "uri": uri,
        "languageId": hole.source.language,
        "version": 1,
        "text": hole.before + hole.after,
    }
    connection.notify("textDocument/didOpen", {"textDocument": document})
    params = {
        "textDocument": {"uri": uri},
        "position": hole.position,
        "context": {"triggerKind": 1},
    }
    await connection.call("textDocument/inlineCompletion", params)
    record = await _ended(up)
    connection.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    return stopped(hole, multiline, record) if record else None


async def _ended(up: Upstream) -> dict[str, Any] | None:
    """The first request's record, once nothing more is written."""
    for _ in range(200):
        requests = (await up.log())["requests"]
        if requests and requests[0]["ended"] is not None:
            first: dict[str, Any] = requests[0]
            return first
        await asyncio.sleep(0.025)
    return None


def stopped(hole: Hole, multiline: str, record: dict[str, Any]) -> Stopped:
    """What a record tells of one stream."""
    rest = hole.after.partition("\n")[0]
    if multiline == "single":
        where, needed = "with `single`", (hole.truth + rest).partition("\n")[0]
    elif not only_closers(rest):
        where, needed = "in the middle of a line", hole.truth + rest
    else:
        where, needed = "at a line's end, or before closers", hole.truth
    written = int(record["sent"])
    beyond = written - n_needed(hole, needed)
    return Stopped(hole, where, beyond, OWN in str(record["said"]), written)


def n_needed(hole: Hole, needed: str) -> int:
    """How many of the tokens that the model says hold some of the text that is needed."""
    said = HABITS[HABIT].says(IntendedText(text=hole.truth, before=hole.before, after=hole.after))
    at = n = 0
    for token in tokenizer.split(said):
        if at >= len(needed):
            break
        at += len(token)
        n += 1
    return n


def report(found: list[Stopped]) -> str:
    """For each place: how many ended in time, how far beyond it they came."""
    rows = []
    for where in dict.fromkeys(each.where for each in found):
        group = [each for each in found if each.where == where]
        beyond = [each.beyond for each in group]
        in_time = sum(n <= ALLOWED for n in beyond)
        rows.append(
            [
                where,
                f"{100 * in_time / len(group):.1f}",
                f"{percentile(beyond, 0.5):.0f} / {percentile(beyond, 0.9):.0f} / {max(beyond)}",
                str(sum(each.ran_past for each in group)),
                str(max(each.written for each in group)),
                str(len(group)),
            ]
        )
    head = ["the stream", f"ended within {ALLOWED} tokens %", "tokens beyond: 50 % / 90 % / most"]
    return table([*head, "ran past the file's text", "most tokens written", "n"], rows)
