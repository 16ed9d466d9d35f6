"""Does the clean-up leave alone what is right, and mend what only begins wrong?

    python -m benches.exact [--n 1000] [--show 5]
        [--set fitting|measuring|fresh|unread|last|closing|study|sealed|witness]

Ordinary places: any cursor, the exact continuation. Tempting ones: it repeats the token before
the cursor or a line next to it, or holds fences, marks, numbers, prose. Then the same texts with
their last tokens repeated, or with a line end or a blank first.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benches import foreign
from benches.figures import table
from benches.insertions import Shown, outcome, place_in, suggested
from foretype.core.cursor import Cursor
from foretype.evaluation.holes import Source

TOKEN = re.compile(r"\w+|[^\w\s]+")
TEMPTS = re.compile(
    r"^\s*(?:```|~~~|\d+[:.)|]\s|[+-](?!\s*\d)\s?\w|@@ |[A-Z]\w+ \w+ \w+ \w+)"
    r"|<\|?\w+\|?>|\[[A-Z_]{3,}\]",
    re.MULTILINE,
)
"""What looks like packaging."""
PAIR = re.compile(
    r"[(\[{](?P<inside>(?:[^()\[\]{}\n]|[(\[{][^()\[\]{}\n]*[)\]}]){3,60})[)\]}]"
    r"|([\"'`])(?P<text>[^\"'`\n]{3,60})\2"
)
MOST_LINES = 8


@dataclass(frozen=True, slots=True)
class Case:
    """An answer at a place, and what is right there."""

    row: str
    source: Source
    start: int
    end: int
    answer: str

    @property
    def truth(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def place(self) -> Cursor:
        return place_in(self.source, self.start, self.end)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.exact")
    parser.add_argument("--n", type=int, default=1000, help="places of each kind")
    parser.add_argument("--set", choices=foreign.SETS, default="measuring", help="of packages")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="failures of each row")
    parser.add_argument("--rows", default="", help="only these")
    args = parser.parse_args()
    cases = list(all_cases(foreign.SETS[args.set], args.n, args.seed))
    if args.rows:
        cases = [case for case in cases if case.row in args.rows.split(",")]
    print(report(cases, args.show))
    return 0


def all_cases(packages: dict[str, tuple[str, ...]], n: int, seed: int) -> Iterator[Case]:
    """Every row's cases, shared out to the languages."""
    each = n // len(packages) + 1
    for language in packages:
        sources = foreign.sources(language, packages)
        if not sources:
            continue
        for kind in (ordinary, tempting):
            yield from _some(sources, kind, each, random.Random(f"{seed}:{language}"))
        yield from _some(sources, spoilt, each // 2, random.Random(f"{seed}:{language}:s"))
        yield from _some(
            sources, lost_indentation, each // 5, random.Random(f"{seed}:{language}:i")
        )


def _some(
    sources: list[Source],
    kind: Callable[[Source, random.Random], list[Case]],
    n: int,
    dice: random.Random,
) -> Iterator[Case]:
    found = 0
    for _ in range(n * 400):
        cases = kind(dice.choice(sources), dice)
        yield from cases
        found += bool(cases)
        if found == n:
            return


def ordinary(source: Source, dice: random.Random) -> list[Case]:
    """Any cursor, any length, where nothing near it is repeated."""
    start, end = hole(source, dice)
    if not source.text[start:end].strip() or temptations(source, start, end):
        return []
    return [Case("ordinary", source, start, end, source.text[start:end])]


def tempting(source: Source, dice: random.Random) -> list[Case]:
    """A cursor where the truth looks like a habit."""
    found = []
    for _ in range(40):
        start, end = hole(source, dice)
        if source.text[start:end].strip() and (why := temptations(source, start, end)):
            found.append((dice.random() / len(why), why, start, end))
            break
    return [Case(f"tempting: {why}", source, s, e, source.text[s:e]) for _, why, s, e in found[:1]]


def temptations(source: Source, start: int, end: int) -> str:
    """What a rule might take for a habit; empty for nothing."""
    text = source.text
    truth = text[start:end]
    before = text[text.rfind("\n", 0, start) + 1 : start]
    lines = truth.strip("\n").split("\n")
    above = [line.strip() for line in text[:start].split("\n")[:-1] if line.strip()]
    below = [line.strip() for line in text[end:].split("\n") if line.strip()]
    first, last = lines[0].strip(), lines[-1].strip()
    tail, head = TOKEN.findall(before)[-1:], TOKEN.findall(truth)[:1]
    meets = truth[:1].strip() and not truth[0].isalnum() and before[-1:] == truth[0]
    if meets or (tail and tail == head):
        return "twin"
    whole = (before + truth.partition("\n")[0]).strip()
    near = {*above[-1:], *below[:1]}
    if first in near or whole in near or (below and last == below[0]):
        return "line"
    return "looks" if TEMPTS.search(truth) else ""


def spoilt(source: Source, dice: random.Random) -> list[Case]:
    """The same place with its beginning spoilt in each way."""
    start, end = hole(source, dice)
    truth = source.text[start:end]
    before = source.text[source.text.rfind("\n", 0, start) + 1 : start]
    tokens = list(TOKEN.finditer(before))
    if not truth.strip() or temptations(source, start, end):
        return []
    if before.strip() and not re.match(r"[\s(\[{,.=:]\S", before[-1:] + truth[:1]):
        # Where someone pauses: behind a blank, or a sign that more must follow.
        return []
    cases = []
    for n in (1, 2, 3):
        if len(tokens) >= n and truth[0] != "\n":
            cases.append((f"{n} tokens again", before[tokens[-n].start() :] + truth))
    if before.strip() and truth[0] not in "\n ":
        cases += [("line end first", "\n" + truth), ("blank first", " " + truth)]
    cases += [(row, answer) for row, answer in _dedented(before, truth)]
    return [Case(f"spoilt: {row}", source, start, end, answer) for row, answer in cases]


def _dedented(before: str, truth: str) -> Iterator[tuple[str, str]]:
    """A block as if it stood alone, where the cursor stands in its indentation."""
    first, end, rest = truth.partition("\n")
    lines = [line for line in rest.split("\n") if line.strip()]
    if before.strip() or not before or not lines or not first.strip():
        return
    width = len(before)
    if all(line.startswith(before) for line in lines):
        moved = "\n".join(line[width:] for line in rest.split("\n"))
        yield "block at the margin", first + end + moved


def lost_indentation(source: Source, dice: random.Random) -> list[Case]:
    """The cursor at column 0 of a line in a block, whose first indentation is lost."""
    start, end = hole(source, dice)
    text = source.text
    line = text.rfind("\n", 0, start) + 1
    truth = text[line:end]
    if not truth[:1].isspace() or truth[:1] == "\n" or not truth.strip():
        return []
    if temptations(source, line, end):
        return []
    first, line_end, rest = truth.partition("\n")
    cases = [Case("spoilt: first indentation", source, line, end, first.lstrip() + line_end + rest)]
    width = len(first) - len(first.lstrip())
    lines = rest.split("\n")
    if line_end and all(not each.strip() or each[:width] == first[:width] for each in lines):
        alone = "\n".join([first.lstrip(), *(each[width:] for each in lines)])
        cases.append(Case("spoilt: block at column 0", source, line, end, alone))
    return cases


def hole(source: Source, dice: random.Random) -> tuple[int, int]:
    """A cursor at a token's edge or a line's, and the end of one of the next lines."""
    text = source.text
    at = dice.randrange(len(text) - 1)
    kind = dice.random()
    if dice.random() < 0.15 and (pair := PAIR.search(text, at, at + 400)):
        # All that a pair of brackets or quotes holds.
        return pair.span("inside" if pair["inside"] else "text")
    line = text.rfind("\n", 0, at) + 1
    line_end = text.find("\n", at)
    line_end = len(text) if line_end < 0 else line_end
    if kind < 0.2:
        start = line + len(text[line:line_end]) - len(text[line:line_end].lstrip())
    elif kind < 0.4:
        start = line_end
    elif kind < 0.9:
        edges = [
            line + m.start()
            for m in re.finditer(r"\b|(?<=\s)(?=\S)|(?<=[^\w\s])", text[line:line_end])
        ]
        start = dice.choice(edges or [line_end])
    else:
        start = at
    closers = re.search(r"[)\]}\"'`]+[;:,]?$", text[line:line_end])
    if closers and dice.random() < 0.25 and start < line + closers.start():
        return start, line + closers.start()
    n = dice.choice((1, 1, 1, 2, 3, 4, 5, MOST_LINES))
    end = start
    for _ in range(n):
        end = text.find("\n", end + 1 if end == start or text[end : end + 1] == "\n" else end)
        if end < 0:
            return start, len(text)
    return start, end


def report(cases: list[Case], show: int) -> str:
    """The outcomes of each row, and some failures."""
    counts: dict[str, Counter[str]] = {}
    failures: dict[str, list[tuple[Case, Shown]]] = {}
    began = time.perf_counter()
    for case in cases:
        shown = suggested(case.answer, case.place)
        came = outcome(shown, case.place, case.truth)
        for row in (case.row, case.row.partition(":")[0] + " (all)"):
            counts.setdefault(row, Counter())[came] += 1
        if came in ("wrong", "silent"):
            failures.setdefault(case.row, []).append((case, shown))
    rows = [
        [
            row,
            *(f"{100 * c[o] / c.total():.1f}" for o in ("exact", "beginning", "wrong", "silent")),
            f"{100 * (c['wrong'] + c['silent']) / c.total():.2f}",
            str(c.total()),
        ]
        for row, c in sorted(counts.items())
    ]
    lines = [table(["row", "exact", "beginning", "wrong", "silent", "fails %", "n"], rows)]
    lines.append(f"{time.perf_counter() - began:.1f} s")
    for row, found in failures.items():
        lines.append(f"--- {row}: {len(found)}")
        lines += [_example(case, shown) for case, shown in found[:show]]
    return "\n".join(lines)


def _example(case: Case, shown: Shown) -> str:
    before = case.source.text[: case.start][-60:]
    after = case.source.text[case.end :][:30]
    return (
        f"  {case.source.language} {case.source.name} {before!r} ‸ {after!r}\n"
        f"      answer {case.answer[:90]!r}\n      shown  {shown.text[:90]!r}"
    )


if __name__ == "__main__":
    sys.exit(main())
