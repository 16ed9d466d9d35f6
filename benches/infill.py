"""Given a model that knows the text, whatever its habits: is the insertion exact?

    python -m benches.infill [--quick] [--habits fenced,prose] [--out FILE]

Holes are cut in real files; the scripted upstream answers what stood there, in each habit; the
real process is asked as by hand. What the document becomes is compared with what it was.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benches import corpus, holes, stream_endings
from benches.figures import table
from benches.holes import MULTILINE
from benches.processes import Upstream, command, environment, initialize_params, upstream
from benches.rpc import Asked, Connection
from foretype.evaluation.holes import Hole, why_hopeless
from foretype.evaluation.judging import OUTCOMES, outcome
from foretype.upstream.habits import HABITS, SILENT

LANGUAGES = ("python", "typescript", "javascript", "go", "rust", "ruby")
WIRES = ("chat", "fim", "responses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one hole in one habit."""

    server: str
    habit: str
    wire: str
    language: str
    kind: str
    outcome: str
    place: str = ""
    truth: str = ""
    shown: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.infill")
    parser.add_argument("--holes", type=int, default=320, help="shared out to the languages")
    parser.add_argument("--quick", action="store_true", help="60 holes")
    parser.add_argument("--servers", default="foretype,naive")
    parser.add_argument("--habits", default=",".join(HABITS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failures", type=int, default=12, help="how many to show")
    parser.add_argument("--no-stops", action="store_true", help="leave out how soon streams end")
    parser.add_argument("--out", type=Path, help="every result, as JSON")
    args = parser.parse_args()
    n = 60 if args.quick else args.holes
    cut, excluded = holes_of(n, args.seed)
    print(f"{len(cut)} holes; {sum(excluded.values())} excluded: {dict(excluded)}\n", flush=True)
    results = asyncio.run(_run(cut, args.servers.split(","), args.habits.split(",")))
    print(_report(results, args.failures))
    if not args.no_stops:
        print("\n" + stream_endings.report(asyncio.run(stream_endings.measure(cut))))
    if args.out:
        args.out.write_text(json.dumps([asdict(each) for each in results], indent=0))
    return 0


def holes_of(n: int, seed: int) -> tuple[list[Hole], Counter[str]]:
    """The holes of all languages, and why others were left out."""
    cut: list[Hole] = []
    excluded: Counter[str] = Counter()
    for language in LANGUAGES:
        for hole in holes.cut(corpus.sources(language), n // len(LANGUAGES) + 1, seed):
            why = why_hopeless(hole)
            if why:
                excluded[why] += 1
            else:
                cut.append(hole)
    return cut, excluded


async def _run(cut: list[Hole], servers: list[str], habits: list[str]) -> list[Result]:
    """Each server in a process of its own, one after the other; then the other wires."""
    results: list[Result] = []
    for server in servers:
        results += await one_server(server, cut, [(habit, "chat") for habit in habits])
    if "foretype" in servers and "exact" in habits:
        for wire in WIRES[1:]:
            results += await one_server("foretype", cut, [("exact", wire)], wire)
    return results


async def one_server(
    server: str, cut: list[Hole], tries: list[tuple[str, str]], wire: str = "chat"
) -> list[Result]:
    async with upstream() as up:
        connection = await Connection.open(command(server), environment(up.url))
        options = {"completion": {"local": "off"}, "wire": wire}
        try:
            await connection.call("initialize", initialize_params("vscode", options))
            connection.notify("initialized", {})
            await asyncio.sleep(4)
            results = []
            for habit, _ in tries:
                for number, hole in enumerate(cut):
                    shown = await _fill(connection, up, hole, habit, f"{habit}/{number}")
                    results.append(_result(server, wire, habit, hole, shown))
                print(f"{server} {wire} {habit}", file=sys.stderr, flush=True)
        finally:
            await connection.close()
    return results


async def _fill(
    connection: Connection, up: Upstream, hole: Hole, habit: str, where: str
) -> tuple[str, str] | None:
    """The text that is shown and the document with it; None for nothing."""
    name = hole.source.name
    await up.script(
        truth={name: hole.source.text},
        ends={name: hole.end},
        starts={name: hole.start},
        habit=habit,
        stops=False,
        keep_bodies=False,
    )
    uri = f"file:///bench/{where}/{name}"
    text = hole.before + hole.after
    document = {"uri": uri, "languageId": hole.source.language, "version": 1, "text": text}
    connection.notify("textDocument/didOpen", {"textDocument": document})
    params = {
        "textDocument": {"uri": uri},
        "position": hole.position,
        "context": {"triggerKind": 1},
    }
    asked = await connection.call("textDocument/inlineCompletion", params)
    connection.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    return _inserted(asked, hole)


def _inserted(asked: Asked, hole: Hole) -> tuple[str, str] | None:
    result = None if asked.error else asked.result
    items = result.get("items") if isinstance(result, dict) else result
    if not items:
        return None
    text, where = str(items[0]["insertText"]), items[0].get("range")
    start = end = len(hole.before)
    if where:
        here = hole.position["character"]
        start -= here - where["start"]["character"]
        end += where["end"]["character"] - here
    whole = hole.before + hole.after
    return text, whole[:start] + text + whole[end:]


def _result(
    server: str, wire: str, habit: str, hole: Hole, shown: tuple[str, str] | None
) -> Result:
    at = hole.before.count("\n") + 1
    return Result(
        server=server,
        wire=wire,
        habit=habit,
        language=hole.source.language,
        kind=hole.kind,
        outcome=outcome(hole, shown),
        place=f"{hole.source.name}:{at}",
        truth=hole.truth,
        shown=shown[0] if shown else "",
    )


def _report(results: list[Result], n_failures: int) -> str:
    parts = [
        _by(results, "habit"),
        _blocks(results),
        _by(results, "language"),
        _by(results, "kind"),
    ]
    parts.append(_failures(results, n_failures))
    return "\n\n".join(part for part in parts if part)


def _groups(results: list[Result], name: str) -> Iterator[tuple[tuple[str, str], list[Result]]]:
    keys = dict.fromkeys((_server(each), getattr(each, name)) for each in results)
    for key in keys:
        yield key, [each for each in results if (_server(each), getattr(each, name)) == key]


def _server(result: Result) -> str:
    return result.server if result.wire == "chat" else f"{result.server} {result.wire}"


def _by(results: list[Result], name: str) -> str:
    """Shares of the outcomes for each habit, language or kind."""
    if name != "habit":
        results = [each for each in results if each.habit not in SILENT]
    rows = []
    for (server, value), group in _groups(results, name):
        rows.append([server, value, *_shares(group), str(len(group))])
    rows += [
        [server, "all", *_shares(group), str(len(group))] for server, group in _all(results).items()
    ]
    return table(["server", name, *(f"{each} %" for each in OUTCOMES), "n"], rows)


def _all(results: list[Result]) -> dict[str, list[Result]]:
    spoken = [each for each in results if each.habit not in SILENT]
    return {
        server: [each for each in spoken if _server(each) == server]
        for server in dict.fromkeys(_server(each) for each in spoken)
    }


def _blocks(results: list[Result]) -> str:
    counted = [
        each for each in results if each.kind in MULTILINE and each.habit not in SILENT | {"cut"}
    ]
    rows = [[server, *_shares(group), str(len(group))] for server, group in _all(counted).items()]
    return table(["blocks", *(f"{each} %" for each in OUTCOMES), "n"], rows) if rows else ""


def _shares(group: list[Result]) -> list[str]:
    counts = Counter(each.outcome for each in group)
    return [f"{100 * counts[outcome] / len(group):.1f}" for outcome in OUTCOMES]


def _failures(results: list[Result], most: int) -> str:
    """Where foretype is wrong or silent, the commonest first, with an example of each."""
    failed: dict[Any, list[Result]] = {}
    for each in results:
        fails = each.outcome == "wrong" or (each.outcome == "silent") != (each.habit in SILENT)
        if each.server == "foretype" and fails:
            failed.setdefault((each.habit, each.wire, each.kind, each.outcome), []).append(each)
    lines = []
    for key, group in sorted(failed.items(), key=lambda item: -len(item[1]))[:most]:
        example = group[0]
        lines.append(f"{len(group)} × {' · '.join(key)}, such as {example.place}")
        lines.append(f"    truth {example.truth[:120]!r}\n    shown {example.shown[:120]!r}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
