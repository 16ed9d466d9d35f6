"""Fit what decides the beginning of an insertion, on code that nothing is measured with.

    python -m benches.fit_align [--check]

Real code is cut at places by chance; the answer is what stood there, as it is or spoilt. Among
the candidates of each answer, those count as right with which the file is as it was.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from benches import foreign
from benches.exact import TOKEN, hole, temptations
from benches.insertions import place_in
from foretype.completion.context.prompt import cursor_mark
from foretype.completion.context.window import gather
from foretype.completion.postprocess import align, coefficients, indent
from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.junction import bigrams
from foretype.completion.postprocess.score import Candidate, features
from foretype.completion.postprocess.steps import steps
from foretype.evaluation.holes import Source
from foretype.languages.columns import columns

FILE = Path(coefficients.__file__)
LEAST_COUNT = 3
SHARE_OF_SHORT = 0.35
Decision = tuple[float, list[tuple[float, ...]], list[bool]]
"""A weight, each candidate's features, and which candidates are right."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.fit_align")
    parser.add_argument("--check", action="store_true", help="write nothing; are they the same?")
    parser.add_argument("--only", default="", help="one of the tables COEFFICIENTS, FIRST, SHIFT")
    args = parser.parse_args()
    before = FILE.read_text(encoding="utf-8")
    print(fit(only=args.only))
    after = _file()
    print("the tables are those in the product" if after == before else "the tables differ")
    if not args.check:
        FILE.write_text(after, encoding="utf-8")
    return int(args.check and after != before)


def fit(n: int = 700, seed: int = 7, only: str = "") -> str:
    """Make all tables again, or ``only`` one with coefficients; return how well they decide."""
    sources = {
        language: foreign.sources(language, foreign.FITTING, most=120)
        for language in foreign.FITTING
    }
    files = [source for each in sources.values() for source in each]
    coefficients.JUNCTIONS = _junctions([source.text for source in files])
    coefficients.STEPS = _steps(sources)
    coefficients.junctions.cache_clear()
    indent.usual.cache_clear()
    results = []
    for name, make, per_language in (
        ("COEFFICIENTS", _decisions, n * 4),
        ("FIRST", _first_depths, n * 3),
        ("SHIFT", _shifts, n * 3),
    ):
        if only not in ("", name):
            continue
        table = getattr(coefficients, name)
        decisions: list[Decision] = []
        for number, (language, files) in enumerate(sources.items(), 1):
            dice = random.Random(f"{seed}:{language}")
            for _ in range(n * 40):
                decisions += make(files, dice)
                if len(decisions) > per_language * number:
                    break
        table.update(zip(table, _descend(decisions, len(table)), strict=True))
        right = sum(_best(list(table.values()), xs, ok) for _, xs, ok in decisions)
        results.append(f"{len(decisions)} decisions, {100 * right / len(decisions):.2f} % right")
    return "\n".join(results)


def _first_depths(files: list[Source], dice: random.Random) -> list[Decision]:
    """How deep a first line stands that begins its line, in answers that lost it or did not."""
    source = dice.choice(files)
    start, end = hole(source, dice)
    line = source.text.rfind("\n", 0, start) + 1
    width = len(source.text[line:]) - len(source.text[line:].lstrip(" \t"))
    if not source.text[line:end].strip() or source.text[line:].lstrip(" \t")[0] == "\n":
        return []
    start = line + dice.choice((0, 0, width, dice.randint(0, width)))
    ctx = _context(source, start, end)
    truth = source.text[start:end]
    first, line_end, rest = truth.partition("\n")
    blanks = source.text[line : line + width]
    made = []
    for weight, answer in (
        (6.0, truth),
        (1.0, blanks + truth.lstrip(" \t")),
        (1.0, truth.lstrip(" \t")),
        (1.0, _dedented(first, blanks, line_end, rest)),
        (0.3, " " + truth),
    ):
        lines = [each for each in answer.split("\n") if each.strip()]
        second = None if dice.random() < 0.3 else lines[1] if len(lines) > 1 else ""
        second = second if len(lines) > 1 else ""
        depths = indent.depths(ctx, lines[0], second)
        right = [each == columns(blanks) for each in depths]
        if len(depths) > 1 and any(right):
            xs = [indent.features_of_first(each, lines[0], second, ctx) for each in depths]
            made.append((weight, xs, right))
    return made


def _shifts(files: list[Source], dice: random.Random) -> list[Decision]:
    """Whether the lines after the first move, in answers that lost their indentation or did not."""
    source = dice.choice(files)
    start, end = hole(source, dice)
    line = source.text.rfind("\n", 0, start) + 1
    before, truth = source.text[line:start], source.text[start:end]
    first, line_end, rest = truth.partition("\n")
    lines = [each for each in rest.split("\n") if each.strip()]
    if not lines or not first.strip():
        return []
    ctx = _context(source, start, end)
    blanks = before[: len(before) - len(before.lstrip(" \t"))]
    here = columns(before + first)
    made = []
    for weight, answer in ((9.0, truth), (1.0, _dedented(first, blanks, line_end, rest))):
        given = [each for each in answer.split("\n")[1:] if each.strip()]
        if not here or columns(given[0]) not in (columns(lines[0]), columns(lines[0]) - here):
            continue
        moves = columns(given[0]) != columns(lines[0])
        n_blank = sum(1 for _ in takewhile(lambda each: not each.strip(), answer.split("\n")[1:]))
        pair = indent.Pair(before + first, given[0], here, 0, n_blank)
        xs = [indent.features_of_shift(shift, pair, ctx) for shift in (0, here)]
        made.append((weight, xs, [not moves, moves]))
    return made


def _dedented(first: str, blanks: str, line_end: str, rest: str) -> str:
    lines = [each.removeprefix(blanks) for each in rest.split("\n")]
    return first.lstrip(" \t") + line_end + "\n".join(lines)


def _context(source: Source, start: int, end: int) -> CompletionContext:
    context = gather(place_in(source, start, end), tokens=2000)
    return CompletionContext(context, cursor_mark(context.prefix + context.suffix))


def _steps(sources: dict[str, list[Source]]) -> str:
    counts: Counter[str] = Counter()
    for language, files in sources.items():
        for source in files:
            unit = _context(source, len(source.text), len(source.text)).unit
            counts += steps(source.text.split("\n"), unit, language)
    return _rows(_by_first(counts))


def _by_first(counts: Counter[str]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for pair, n in counts.items():
        first, _, name = pair.partition(" ")
        found.setdefault(first, Counter())[name] += n
    return found


def _junctions(texts: list[str]) -> str:
    counts: dict[str, Counter[str]] = {}
    for text in texts:
        for start in range(0, len(text), 24):
            for pair in bigrams(text[max(0, start - 48) : start], text[start : start + 48]):
                first, _, name = pair.partition(" ")
                counts.setdefault(first, Counter())[name] += 1
    return _rows(counts)


def _rows(counts: dict[str, Counter[str]]) -> str:
    rows = []
    for first, followers in sorted(counts.items()):
        total = followers.total()
        kept = [
            f"{name}\\{round(-10 * math.log(count / total))}"
            for name, count in followers.most_common(60)
            if count >= LEAST_COUNT
        ]
        if kept and total >= 3 * LEAST_COUNT:
            rows += textwrap.wrap(
                " ".join(kept),
                96,
                initial_indent=f"{first} ",
                subsequent_indent=f"{first} ",
                break_long_words=False,
                break_on_hyphens=False,
            )
    return "\n".join(rows)


def _decisions(files: list[Source], dice: random.Random) -> list[Decision]:
    source = dice.choice(files)
    for _ in range(20):
        start, end = hole(source, dice)
        why = temptations(source, start, end) if source.text[start:end].strip() else ""
        if source.text[start:end].strip() and (why or dice.random() < 0.5):
            break
    else:
        return []
    if dice.random() < SHARE_OF_SHORT:
        # A short file shows little of what is usual there.
        first = source.text.rfind("\n", 0, max(0, start - dice.randint(40, 500))) + 1
        last = source.text.find("\n", end + dice.randint(0, 300))
        text = source.text[first : last if last >= 0 else len(source.text)]
        source = Source(source.name, source.language, text)
        start, end = start - first, end - first
    truth = source.text[start:end]
    place = place_in(source, start, end)
    context = gather(place, tokens=2000)
    ends_line = truth[0] == "\n" and dice.random() < 0.5
    mark = cursor_mark(context.prefix + context.suffix)
    ctx = CompletionContext(context, mark, ends_line=ends_line)
    made = []
    for weight, answer in _answers(truth, ctx, why, dice):
        decision = _decision(answer, truth, ctx, weight)
        made += [decision] if decision else []
    return made


def _answers(
    truth: str, ctx: CompletionContext, why: str, dice: random.Random
) -> Iterator[tuple[float, str]]:
    """An answer as it should be, and spoilt in some ways, each with its weight."""
    before, lines = ctx.before, ctx.prefix_lines
    is_word = re.match(r"\w\w", before[-1:] + truth[:1]) is not None
    yield (15.0 if why == "twin" else 14.0 if why or is_word else 9.0), truth
    tokens = list(TOKEN.finditer(before))
    ways = []
    if tokens and truth[0] != "\n":
        for n in (1, 2, 3, len(tokens)):
            if n <= len(tokens):
                ways.append(before[tokens[-n].start() :] + truth)
        ways.append(before.lstrip() + truth)
        ways.append(before + truth)
        if not is_word:
            ways += [
                " " + truth,
                "\n" + truth,
                "\n" + before[: len(before) - len(before.lstrip())] + truth,
            ]
        if truth[0] == " ":
            ways.append(truth[1:])
    elif truth[0] == "\n" and before.strip():
        ways += [truth.lstrip(), truth.lstrip("\n"), before.strip() + truth, before + truth]
    elif not before.strip():
        ways += [before + truth, "\n" + truth] if before else []
    closers = re.match(r"[)\]}\"'`]*", ctx.after)
    if closers and closers.group():
        # What stands behind the cursor already is repeated, too.
        ways += [way + closers.group() for way in ways if not way.startswith("\n")]
    for n in (1, 2, 3, 5, 9):
        if n < len(lines):
            text = "\n".join([*lines[-1 - n :]]) + truth
            enough = sum(len(line.strip()) for line in lines[-1 - n :]) >= 6
            ways += [text] if enough else []
    for way in dice.sample(ways, min(4, len(ways))):
        yield 1.0, way


def _decision(answer: str, truth: str, ctx: CompletionContext, weight: float) -> Decision | None:
    stage = align.Align(ctx)
    lines = [line + "\n" for line in answer.split("\n")]
    lines[-1] = lines[-1][:-1]
    candidates = stage.readings([line for line in lines if line], ended=True)
    if len(candidates) < 2:
        return None
    right = [_gives(each, lines, truth, ctx) for each in candidates]
    if not any(right):
        return None
    return weight, [features(each, stage.rest(each), ctx) for each in candidates], right


def _gives(candidate: Candidate, lines: list[str], truth: str, ctx: CompletionContext) -> bool:
    text = "".join(lines[candidate.line :])[candidate.column :]
    text = candidate.lead + text
    if ctx.after.strip() and text[:1] != "\n":
        closers = re.match(r"[)\]}\"'`]*", ctx.after)
        assert closers is not None
        return text.rstrip() in (truth.rstrip(), truth.rstrip() + closers.group())
    if ctx.before.strip() and text[:1] != "\n":
        return text.rstrip() == truth.rstrip()
    same_start = (text[:1] == "\n") == (truth[:1] == "\n")
    return same_start and text.strip() == truth.strip()


def _descend(decisions: list[Decision], n: int) -> list[float]:
    """Weights by gradient descent with momentum by feature (Adam), from zero."""
    weights, first, second = [0.0] * n, [0.0] * n, [0.0] * n
    dice = random.Random(1)
    step = 0
    for epoch in range(EPOCHS):
        rate = 0.08 * (1 - epoch / EPOCHS) + 0.004
        dice.shuffle(decisions)
        for at in range(0, len(decisions), 128):
            gradient = [DECAY * w for w in weights]
            for weight, xs, ok in decisions[at : at + 128]:
                _add(gradient, weights, weight, xs, ok)
            step += 1
            for i in range(n):
                g = gradient[i] / 128
                first[i] = 0.9 * first[i] + 0.1 * g
                second[i] = 0.99 * second[i] + 0.01 * g * g
                m, v = first[i] / (1 - 0.9**step), second[i] / (1 - 0.99**step)
                weights[i] -= rate * m / (math.sqrt(v) + 1e-8)
    return weights


EPOCHS = 14
DECAY = 0.02


def _add(
    gradient: list[float],
    weights: list[float],
    weight: float,
    xs: list[tuple[float, ...]],
    ok: list[bool],
) -> None:
    scores = [sum(map(float.__mul__, weights, x)) for x in xs]
    top = max(scores)
    parts = [math.exp(s - top) for s in scores]
    total = sum(parts)
    good = sum(p for p, right in zip(parts, ok, strict=True) if right) or 1e-12
    for p, x, right in zip(parts, xs, ok, strict=True):
        share = weight * (p / total - (p / good if right else 0.0))
        if share > 1e-6 or share < -1e-6:
            for i, value in enumerate(x):
                if value:
                    gradient[i] += share * value


def _best(weights: list[float], xs: list[tuple[float, ...]], ok: list[bool]) -> bool:
    scores = [sum(w * v for w, v in zip(weights, x, strict=True)) for x in xs]
    return ok[scores.index(max(scores))]


def _file() -> str:
    """The product's file with the tables as they are in memory."""
    text = FILE.read_text(encoding="utf-8")
    for table in ("COEFFICIENTS", "FIRST", "SHIFT"):
        start = text.index(f"{table} = {{")
        end = text.index("}", start)
        weights = getattr(coefficients, table).items()
        rows = "".join(f'    "{name}": {value:.3f},\n' for name, value in weights)
        text = f"{text[:start]}{table} = {{\n{rows}{text[end:]}"
    start = text.index("STEPS = r")
    end = text.index('"""\n"""How likely lines')
    text = f'{text[:start]}STEPS = r"""{coefficients.STEPS}{text[end:]}'
    head = text[: text.index("JUNCTIONS = r")]
    return f'{head}JUNCTIONS = r"""\n{coefficients.JUNCTIONS}"""\n'


if __name__ == "__main__":
    sys.exit(main())
