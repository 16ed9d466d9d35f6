"""How often the embedded engine is right, on lines of real packages that nothing was fitted on.

Each target is a place in a line of a file, drawn evenly; the engine is asked for the rest. The
file ends at the cursor unless ``--below`` is given.

* alone      there is nothing but the file
* disk       the package's other files are on disk, and the file alone is open
* installed  that, with the standard library and what the package needs installed
* open       all other files of the package are open
* line       a baseline: the latest line above that begins as this one does

* shown   share of the targets at which it says something
* right   share of those where the text is a beginning of what the author typed
* whole   of those shown to the line's end, the share that is right
* saved   share of the rest of the lines that right guesses save, one Tab counted for each
* lines   guesses of more than one line; how many are right in the first, and in all of them
* ms      processor time of a query: median, 95th and 99th percentile

    python -m benches.local_engine [--set measured] [--places 60] [--tests] [--below]
    python -m benches.local_engine --replay        keys saved while typing some lines
    python -m benches.local_engine --members       after the dot of what Python files import
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benches.local_places import (
    SETS,
    WORLDS,
    Package,
    Target,
    asked,
    installed,
    members,
    read_folder,
    target_at,
    targets,
)
from foretype.cli.demo.baseline import latest_line
from foretype.core.text import Document
from foretype.local.confidence import MIN_CONFIDENCE
from foretype.local.engine import Engine, Guess

REPLAYED_LINES = 25
"""Lines of a stretch that is typed."""
_WORD = re.compile(r"\w+")


class Tally(Counter[str]):
    """What came of some targets."""

    def add(self, target: Target, text: str | None) -> None:
        """Count one target."""
        self["asked"] += 1
        self["chars"] += len(target.truth)
        if not text:
            return
        is_right = target.beyond.startswith(text)
        first, *more = text.split("\n")
        self["shown"] += 1
        self["right"] += is_right
        if more:
            self["lines"] += 1
            self["first"] += target.truth == first
            self["all"] += is_right
        if is_right:
            self["saved"] += max(min(len(text), len(target.truth)) - 1, 0)
        if len(first) >= len(target.truth):
            self["to the end"] += 1
            self["whole"] += target.truth == first

    def row(self) -> str:
        """The figures, as the head of the table names them."""
        shown, whole = self["shown"] or 1, self["to the end"] or 1
        return (
            f"{self['asked']:6} {self['shown'] / self['asked']:6.2f} {self['right'] / shown:6.2f}"
            f" {self['whole'] / whole:6.2f} {self['saved'] / self['chars']:6.3f}"
            f" {self['lines']:5} {self['first']:5} {self['all']:5}"
        )


HEAD = f"{'asked':>6} {'shown':>6} {'right':>6} {'whole':>6} {'saved':>6} {'lines':>5} first   all"


def kind_of(target: Target) -> str:
    """The kind of a place, by what is before the cursor."""
    before = target.cursor.before.rstrip()
    if not before:
        return "line start"
    if target.cursor.before[-1].isalnum() or target.cursor.before[-1] == "_":
        return "in a word"
    if before[-1] == ".":
        return "member"
    if before[-1] in "(,":
        return "argument"
    return "elsewhere"


def measure(
    package: Package,
    worlds: Sequence[str],
    environments: Sequence[Path],
    options: argparse.Namespace,
) -> Iterator[tuple[str, str, Tally, list[float]]]:
    """For each world, by kind of place: the tally, and the milliseconds of each query."""
    documents = read_folder(package.folder(), tests=options.tests)
    for world in (*worlds, "line"):
        engine = Engine(threshold=options.threshold)
        tallies: dict[str, Tally] = {}
        times: list[float] = []
        places = targets(documents, options.places, below=options.below, seed=options.seed)
        for target in asked(engine, documents, places, world, environments):
            if world == "line":
                text = latest_line(target.cursor.document.text[: target.cursor.offset]) or None
            else:
                begin = time.thread_time()
                guess = engine.predict(target.cursor)
                times.append((time.thread_time() - begin) * 1000)
                text = guess.text if guess else None
            tallies.setdefault(kind_of(target), Tally()).add(target, text)
        for kind, tally in tallies.items():
            yield world, kind, tally, times
            times = []


def measure_members(
    packages: Sequence[Package], environments: Sequence[Path], options: argparse.Namespace
) -> None:
    """Print how often the member after a dot is right, of those that are shown."""
    for world in ("disk", "installed"):
        counts: Counter[str] = Counter()
        for package in packages:
            documents = read_folder(package.folder(), tests=options.tests)
            engine = Engine(threshold=options.threshold)
            places = members(documents, options.places, seed=options.seed)
            for target in asked(engine, documents, places, world, environments):
                guess = engine.predict(target.cursor)
                counts["asked"] += 1
                if guess is not None:
                    counts["shown"] += 1
                    counts["right"] += _name(guess.text) == _name(target.truth)
        shown, right = (
            counts["shown"] / (counts["asked"] or 1),
            counts["right"] / (counts["shown"] or 1),
        )
        print(f"{world:10} {counts['asked']} members: shown {shown:.2f}, right {right:.2f}")


def _name(text: str) -> str:
    found = _WORD.match(text)
    return found[0] if found else ""


def replay(
    package: Package, environments: Sequence[Path], options: argparse.Namespace
) -> Iterator[tuple[str, int, int]]:
    """Type some stretches, taking what is right: the language, the keys, those without help."""
    documents = read_folder(package.folder(), tests=options.tests)
    dice = random.Random(options.seed)
    long = [document for document in documents if document.n_lines > 2 * REPLAYED_LINES]
    for document in dice.sample(long, min(options.stretches, len(long))):
        engine = Engine(threshold=options.threshold)
        first = dice.randrange(REPLAYED_LINES // 2, document.n_lines - REPLAYED_LINES)
        stretch = _Stretch(document, first, first + REPLAYED_LINES)
        for target in asked(engine, documents, stretch.places(), "installed", environments):
            stretch.press(target, engine.predict(target.cursor))
        yield document.language, stretch.keys, stretch.keys_alone


class _Stretch:
    """Some lines of a file as they are typed; the editor indents them."""

    def __init__(self, document: Document, first: int, end: int) -> None:
        self._document = document
        self._line, self._end = first, end
        self._column = self._margin(first)
        self.keys = self.keys_alone = 0
        for line in range(first, end):
            self.keys_alone += len(document.line(line).rstrip()) - self._margin(line) + 1

    def places(self) -> Iterator[Target]:
        """Each place at which a key is pressed, once the key before it was."""
        while self._line < self._end:
            if self._column < len(self._document.line(self._line).rstrip()):
                yield target_at(self._document, self._line, self._column, below=False)
            else:
                self.keys += 1
                self._line += 1
                self._column = self._margin(self._line)

    def press(self, target: Target, guess: Guess | None) -> None:
        """Press Tab where the guess is right, and else the next key."""
        self.keys += 1
        if guess is None or not target.beyond.startswith(guess.text):
            self._column += 1
            return
        at = target.cursor.offset + len(guess.text)
        self._line = self._document.line_of(at)
        self._column = at - self._document.line_start(self._line)

    def _margin(self, line: int) -> int:
        text = self._document.line(line) if line < self._document.n_lines else ""
        return len(text.rstrip()) - len(text.strip())


def cost_of_index(documents: Sequence[Document]) -> tuple[float, float]:
    """Seconds of processor time, and megabytes of memory, for each megabyte of open source."""
    megabytes = sum(len(document.text) for document in documents) / 1e6
    begin = time.thread_time()
    _read_all(documents)
    seconds = time.thread_time() - begin
    tracemalloc.start()
    engine = _read_all(documents)
    memory, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del engine
    return seconds / megabytes, memory / 1e6 / megabytes


def _read_all(documents: Sequence[Document]) -> Engine:
    engine = Engine()
    for document in documents:
        engine.opened(document)
    while engine.idle(1000):
        pass
    return engine


def report_replay(
    packages: Sequence[Package], environments: Sequence[Path], options: argparse.Namespace
) -> None:
    """Print the share of keys that are saved, by language."""
    keys: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for package in packages:
        for language, n_keys, n_alone in replay(package, environments, options):
            keys[language] += n_keys
            alone[language] += n_alone
    for language, n in alone.most_common():
        print(f"{language:16} keys saved {1 - keys[language] / n:.3f} of {n}")


def report(options: argparse.Namespace) -> None:
    """Print the table of a set, by world, by kind of place and by package."""
    packages = SETS[options.set]
    environments = installed(packages, options.set)
    if options.members:
        measure_members([p for p in packages if p.kind == "pip"], environments, options)
        return
    if options.replay:
        report_replay(packages, environments, options)
        return
    print(f"{'':46} {HEAD}")
    sums: dict[tuple[str, str], Tally] = {}
    times: dict[str, list[float]] = {}
    for package in packages:
        by_world: dict[str, Tally] = {}
        for world, kind, tally, took in measure(package, options.worlds, environments, options):
            for rows, key in ((sums, (world, kind)), (sums, (world, "all"))):
                rows.setdefault(key, Tally()).update(tally)
            by_world.setdefault(world, Tally()).update(tally)
            times.setdefault(world, []).extend(took)
        for world, tally in by_world.items():
            print(f"{package.name:34} {world:11} {tally.row()}", flush=True)
    for (world, kind), tally in sorted(sums.items()):
        print(f"{kind:34} {world:11} {tally.row()}")
    for world, took in times.items():
        if took:
            took.sort()
            p50, p95, p99 = (took[int(len(took) * share)] for share in (0.5, 0.95, 0.99))
            print(f"{world:10} ms: median {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f}")
    seconds, megabytes = cost_of_index(read_folder(packages[0].folder(), tests=True))
    print(f"index: {seconds:.2f} s and {megabytes:.1f} MB for each MB")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--set", choices=list(SETS), default="measured")
    parser.add_argument("--places", type=int, default=60, help="targets in each package")
    parser.add_argument("--worlds", nargs="*", choices=WORLDS, default=list(WORLDS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threshold", type=float, default=MIN_CONFIDENCE)
    parser.add_argument("--tests", action="store_true", help="tests and examples, too")
    parser.add_argument("--below", action="store_true", help="the lines below are there")
    parser.add_argument("--replay", action="store_true", help="keys saved while typing")
    parser.add_argument("--stretches", type=int, default=4, help="with --replay: in each package")
    parser.add_argument("--members", action="store_true", help="members of what is imported")
    report(parser.parse_args(arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
