"""The look for syntax errors: does it refuse what really stood there, and what does it cost?

    python -m benches.syntax_errors [--places 2000]

Lines are taken out of real files, and put back as far as a random line's end; then again with
something wrong in them. Refusing the former is a fault, not refusing the latter a pity.
Times are of the processor.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from time import thread_time

import aiohttp

from benches import corpus
from benches.figures import percentile, table
from foretype.completion.selection.syntax_check import adds_errors, warm
from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.evaluation.holes import Source
from foretype.languages.scopes import scope_at

LANGUAGES = ("python", "javascript", "typescript", "go", "rust")
_MOST_CHARS = 1_500


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.syntax_errors")
    parser.add_argument("--places", type=int, default=2000, help="shared out to the languages")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rows, refused = [], 0
    for language in LANGUAGES:
        warm(language)
        files = _files(language)
        row, n_refused = _of_language(files, args.places // len(LANGUAGES), args.seed)
        rows.append([language, *row])
        refused += n_refused
    heads = ["language", "places", "refused", "not told", *(f"{name} refused" for name in WRONGS)]
    print(table([*heads, "ms median", "p99"], rows))
    print(f"\n10,000 lines: {_long_file()}")
    return 1 if refused else 0


def _files(language: str) -> list[Source]:
    if language != "python":
        return corpus.sources(language)
    folder = Path(aiohttp.__file__).parent.parent
    paths = [path for path in sorted(folder.glob("*/**/*.py")) if path.stat().st_size < 300_000]
    texts = [(path, path.read_text(encoding="utf-8", errors="replace")) for path in paths]
    return [Source(path.name, language, text) for path, text in texts if text.strip()]


def _of_language(files: list[Source], n: int, seed: int) -> tuple[list[str], int]:
    dice = random.Random(seed)
    verdicts: Counter[bool | None] = Counter()
    wrong: Counter[tuple[str, bool | None]] = Counter()
    took: list[float] = []
    for cursor, text in _places(files, n, dice):
        start = thread_time()
        verdict = adds_errors(cursor, text)
        took.append((thread_time() - start) * 1000)
        verdicts[verdict] += 1
        if verdict:
            print(f"refused in {cursor.document.uri}: {text!r}", file=sys.stderr)
        for name, make in WRONGS.items():
            spoilt = make(text, dice)
            if spoilt:
                wrong[name, adds_errors(cursor, spoilt)] += 1
    shares = [_share(name, wrong) for name in WRONGS]
    costs = [f"{percentile(took, 0.5):.1f}", f"{percentile(took, 0.99):.1f}"]
    counts = [str(sum(verdicts.values())), str(verdicts[True]), str(verdicts[None])]
    return [*counts, *shares, *costs], verdicts[True]


def _share(name: str, wrong: Counter[tuple[str, bool | None]]) -> str:
    total = sum(count for (other, _), count in wrong.items() if other == name)
    return f"{wrong[name, True]} of {total}"


def _places(files: list[Source], n: int, dice: random.Random) -> Iterator[tuple[Cursor, str]]:
    made = 0
    while made < n and files:
        source = dice.choice(files)
        document = Document(source.name, source.text)
        first = dice.randrange(document.n_lines)
        last = min(first + dice.choice((0, 0, 1, 3, 7, 12)), document.n_lines - 1)
        line, start = document.line(first), document.line_start(first)
        indent = len(line) - len(line.lstrip())
        start += dice.choice((indent, dice.randint(indent, len(line)), len(line)))
        truth = source.text[start : document.line_end(last)]
        lines = truth.split("\n")
        text = "\n".join(lines[: dice.randint(1, len(lines))])
        if not text.strip() or len(truth) > _MOST_CHARS:
            continue
        left = source.text[:start] + source.text[start + len(truth) :]
        cursor = Cursor(Document(f"{source.name}#{made}", left, source.language), start)
        scope_at(cursor)
        made += 1
        yield cursor, text


def _prose(text: str, dice: random.Random) -> str:
    after = "\nThis adds the two numbers, and returns the result."
    return dice.choice((text + after, f"Here is the completed code for you:\n{text}"))


def _missing(text: str, dice: random.Random) -> str:
    closers = [at for at, each in enumerate(text[:-8]) if each in ")]}"]
    at = dice.choice(closers) if closers else 0
    return text[:at] + text[at + 1 :] if closers else ""


def _doubled(text: str, dice: random.Random) -> str:
    closers = [at for at, each in enumerate(text) if each in ")]}"]
    at = dice.choice(closers) if closers else 0
    return text[:at] + text[at] + text[at:] if closers else ""


WRONGS: dict[str, Callable[[str, random.Random], str]] = {
    "prose": _prose,
    "a closer missing": _missing,
    "a closer doubled": _doubled,
}


def _long_file() -> str:
    """What a look costs in a file of 10,000 lines, as the service takes it."""
    text = "\n".join(source.text for source in corpus.sources("python"))
    document = Document("long.py", "\n".join((text + text).split("\n")[:10_000]), "python")
    scope_at(Cursor(document, len(document.text)))
    dice, took = random.Random(1), []
    for _ in range(500):
        number = dice.randrange(document.n_lines)
        cursor = Cursor(document, document.line_end(number))
        start = thread_time()
        adds_errors(cursor, "\nx = f(a, b)\n")
        took.append((thread_time() - start) * 1000)
    return f"median {percentile(took, 0.5):.1f} ms, p99 {percentile(took, 0.99):.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
