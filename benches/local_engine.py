"""How often the embedded engine is right, on lines of real packages that it has not seen.

Each target is a place in a line of a file, drawn evenly; the engine is asked for the rest.

* end     the file ends at the cursor; all other files of the package are open
* few     the same with four other files open
* alone   the same with no other file open
* middle  the lines below the cursor are there, the rest of its own line is not; all are open

* shown   share of the targets at which it says something
* right   share of those where the text is a beginning of what the author typed
* whole   share of those where it reaches at least to the line's end
* saved   share of the rest of the lines that right guesses save, one Tab counted for each
* lines   guesses of more than one line, and how many of these are right
* ms      processor time of a query: median and 95th percentile

    python benches/local_engine.py [FOLDER ...] [--lines 100]
    python benches/local_engine.py --fit FOLDER ...    coefficients for confidence.py
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import sys
import sysconfig
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp
from pathlib import Path

from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.local import lexer
from foretype.local.confidence import COEFFICIENTS, MIN_CONFIDENCE, features
from foretype.local.engine import Engine
from foretype.local.predict import steps

SUFFIXES = {
    ".py": "python", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript",
    ".ts": "typescript", ".tsx": "typescriptreact", ".go": "go", ".rs": "rust", ".c": "c",
    ".h": "c", ".cpp": "cpp", ".java": "java", ".rb": "ruby", ".sh": "shellscript",
    ".lua": "lua", ".css": "css",
}  # fmt: skip


SETTINGS: dict[str, tuple[bool, int | None]] = {
    "end": (False, None),
    "few": (False, 4),
    "alone": (False, 0),
    "middle": (True, None),
}
"""Whether there are lines below the cursor, and how many other documents are open."""


@dataclass(frozen=True, slots=True)
class Target:
    """One place to ask at, and what the author typed there."""

    cursor: Cursor
    truth: str
    """The rest of the line."""
    beyond: str
    """That, and the lines that the author typed after it."""


@dataclass(slots=True)
class Tally:
    asked: int = 0
    shown: int = 0
    right: int = 0
    whole: int = 0
    lines: int = 0
    right_lines: int = 0
    chars: int = 0
    saved: int = 0

    def add(self, target: Target, text: str | None) -> None:
        self.asked += 1
        self.chars += len(target.truth)
        if text is None:
            return
        self.shown += 1
        self.lines += "\n" in text
        if target.beyond.startswith(text):
            self.right += 1
            self.right_lines += "\n" in text
            self.saved += max(min(len(text), len(target.truth)) - 1, 0)
            self.whole += text.startswith(target.truth)

    def join(self, other: Tally) -> None:
        for name in Tally.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def row(self) -> str:
        shown = self.shown or 1
        return (
            f"{self.shown / self.asked:6.2f} {self.right / shown:6.2f} {self.whole / shown:6.2f} "
            f"{self.saved / self.chars:6.3f} {self.lines:5} {self.right_lines:5}"
        )


def read_folder(folder: Path) -> list[Document]:
    """The source files of a folder that the engine would read."""
    documents = []
    for path in sorted(folder.rglob("*")):
        language = SUFFIXES.get(path.suffix)
        if language is None or ".min." in path.name or not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        if 0 < len(text) <= 200_000:
            documents.append(Document(path.as_uri(), text, language))
    return documents


def targets(
    documents: Sequence[Document], n: int, *, middle: bool, seed: int, ends: bool
) -> Iterator[Target]:
    """Places drawn evenly from all lines, file by file; line ends among them or not."""
    dice = random.Random(seed)
    lines = [
        (d, line)
        for d, document in enumerate(documents)
        for line in range(document.n_lines)
        if 3 <= len(document.line(line).strip()) <= 160
    ]
    for d, line in sorted(dice.sample(lines, min(n, len(lines)))):
        document = documents[d]
        text = document.line(line).rstrip()
        column = dice.randrange(len(text) - len(text.lstrip()), len(text) + ends)
        start = document.line_start(line)
        below = document.text[document.line_end(line) :] if middle else ""
        cut = Document(
            document.uri, document.text[: start + column] + below, document.language, line
        )
        beyond = "" if middle else document.text[document.line_end(line) :]
        yield Target(Cursor(cut, start + column), text[column:], text[column:] + beyond)


def asked(
    engine: Engine,
    documents: Sequence[Document],
    n: int,
    *,
    middle: bool,
    beside: int | None,
    seed: int,
    ends: bool = False,
) -> Iterator[Target]:
    """The targets, each as soon as the engine is ready for it.

    Open are all documents, or only so many beside the target's own, of its folder if it has them.
    """
    dice = random.Random(seed)
    for uri, group in groupby(
        targets(documents, n, middle=middle, seed=seed, ends=ends),
        lambda target: target.cursor.document.uri,
    ):
        others = [document for document in documents if document.uri != uri]
        if beside is not None:
            dice.shuffle(others)
            folder = uri.rpartition("/")[0]
            others.sort(key=lambda other: other.uri.rpartition("/")[0] != folder)
            others = others[:beside]
        for document in documents:
            engine.closed(document.uri)
        for document in others:
            engine.opened(document)
        for target in group:
            engine.edited(target.cursor.document)
            while engine.idle(1000):
                pass
            yield target


def measure(
    engine: Engine,
    documents: Sequence[Document],
    n: int,
    *,
    middle: bool,
    beside: int | None,
    seed: int,
) -> tuple[Tally, list[float]]:
    """The tally, and the processor time of each query in milliseconds."""
    tally = Tally()
    times: list[float] = []
    for target in asked(engine, documents, n, middle=middle, beside=beside, seed=seed):
        begin = time.thread_time()
        guess = engine.predict(target.cursor)
        times.append((time.thread_time() - begin) * 1000)
        tally.add(target, guess.text if guess else None)
    return tally, times


def examples(
    documents: Sequence[Document], n: int, *, middle: bool, beside: int | None, seed: int
) -> Iterator[tuple[tuple[float, ...], bool]]:
    """What spoke for each token of a guess, and whether it was right, up to the first wrong."""
    engine = Engine()
    for target in asked(engine, documents, n, middle=middle, beside=beside, seed=seed, ends=True):
        here = engine.look(target.cursor, lambda: True)
        if here is None:
            continue
        truth = truth_tokens(here.begun, target)
        for step, token in zip(steps(here, lambda: True), truth, strict=False):
            yield features(step.evidence), step.token == token
            if step.token != token:
                break


def truth_tokens(begun: str, target: Target) -> Iterator[str]:
    """The tokens that the author typed: of the rest of the line, and of the lines after it."""
    yield from lexer.tokens(begun + target.truth)
    yield lexer.END
    columns = lexer.indentation(target.cursor.before + target.truth)
    for line in target.beyond[len(target.truth) :].splitlines()[1:]:
        if line.strip():
            here = lexer.indentation(line)
            yield from lexer.shift(here - columns)
            yield from lexer.tokens(line.strip())
            yield lexer.END
            columns = here
        else:
            yield lexer.BLANK


def fitted(cases: Sequence[tuple[tuple[float, ...], bool]], rounds: int = 12) -> list[float]:
    """Coefficients of the logistic function that makes these cases likeliest (Newton's method)."""
    n = len(cases[0][0])
    weights = [0.0] * n
    for _ in range(rounds):
        gradient = [-weight for weight in weights]
        hessian = [[float(i == j) for j in range(n)] for i in range(n)]
        for x, right in cases:
            p = 1 / (1 + exp(-sum(a * b for a, b in zip(weights, x, strict=True))))
            for i in range(n):
                gradient[i] += (right - p) * x[i]
                scaled = p * (1 - p) * x[i]
                row = hessian[i]
                for j in range(i + 1):
                    row[j] += scaled * x[j]
        for i in range(n):
            for j in range(i):
                hessian[j][i] = hessian[i][j]
        weights = [a + b for a, b in zip(weights, solved(hessian, gradient), strict=True)]
    return weights


def solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a system of linear equations whose matrix is positive definite."""
    n = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(n):
        for k in range(i + 1, n):
            factor = rows[k][i] / rows[i][i]
            rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i], strict=True)]
    solution = [0.0] * n
    for i in reversed(range(n)):
        rest = sum(rows[i][k] * solution[k] for k in range(i + 1, n))
        solution[i] = (rows[i][n] - rest) / rows[i][i]
    return solution


def cost_of_index(documents: Sequence[Document]) -> tuple[float, float]:
    """Seconds of processor time, and megabytes of memory, for each megabyte of source."""
    megabytes = sum(len(document.text) for document in documents) / 1e6
    engine = Engine()
    begin = time.thread_time()
    for document in documents:
        engine.opened(document)
    while engine.idle(1000):
        pass
    seconds = time.thread_time() - begin
    del engine
    tracemalloc.start()
    engine = Engine()
    for document in documents:
        engine.opened(document)
    while engine.idle(1000):
        pass
    engine.predict(Cursor(documents[0], len(documents[0].text) // 2))
    memory, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return seconds / megabytes, memory / 1e6 / megabytes


def default_folders() -> list[Path]:
    """Packages at hand that had no part in fitting the confidence."""
    library = Path(sysconfig.get_paths()["stdlib"])
    installed = Path(sysconfig.get_paths()["purelib"])
    folders = [library / name for name in ("email", "json", "logging", "xml")]
    folders += [installed / name for name in ("pygls", "rich", "aiohttp")]
    node = shutil.which("node")
    if node:
        modules = Path(node).resolve().parent.parent / "lib" / "node_modules" / "npm"
        folders += [modules / "lib", modules / "node_modules" / "undici" / "lib"]
    return [folder for folder in folders if folder.is_dir()]


def fit(folders: Sequence[Path], n: int, seed: int) -> None:
    """Print coefficients fitted on these folders."""
    cases = [
        case
        for folder in folders
        for middle in (False, True)
        for beside in (None, 4, 0)
        for case in examples(read_folder(folder), n, middle=middle, beside=beside, seed=seed)
    ]
    print(
        f"# {len(cases)} tokens, {sum(right for _, right in cases) / len(cases):.2f} of them right"
    )
    for name, weight in zip(COEFFICIENTS, fitted(cases), strict=True):
        print(f'    "{name}": {weight:.3f},')


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--lines", type=int, default=100, help="targets in each folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threshold", type=float, default=MIN_CONFIDENCE)
    parser.add_argument("--fit", action="store_true", help="print coefficients for confidence.py")
    options = parser.parse_args(arguments)
    if options.fit:
        fit(options.folders, options.lines, options.seed)
        return
    print(
        f"{'folder':24}{'where':7} {'shown':>6} {'right':>6} {'whole':>6} {'saved':>6}"
        f" {'lines':>5} {'right':>5} {'ms':>6} {'p95':>6}"
    )
    sums: dict[str, Tally] = {}
    for folder in options.folders or default_folders():
        documents = read_folder(folder)
        if not documents:
            continue
        for name, (middle, beside) in SETTINGS.items():
            engine = Engine(threshold=options.threshold, clock=time.thread_time)
            tally, times = measure(
                engine, documents, options.lines, middle=middle, beside=beside, seed=options.seed
            )
            sums.setdefault(name, Tally()).join(tally)
            times.sort()
            print(
                f"{'/'.join(folder.parts[-2:])[-23:]:24}{name:7} {tally.row()}"
                f" {statistics.median(times):6.1f} {times[int(len(times) * 0.95)]:6.1f}"
            )
        seconds, megabytes = cost_of_index(documents)
        size = sum(len(d.text) for d in documents) / 1e6
        print(f"{'':24}index of {size:.2f} MB: {seconds:.2f} s and {megabytes:.1f} MB a MB")
    for name, tally in sums.items():
        print(f"{'all':24}{name:7} {tally.row()}")


if __name__ == "__main__":
    main(sys.argv[1:])
