"""What a chunk of a stream costs postprocessing, in a file of 10,000 lines.

python -m benches.chunks [--n 60]
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time

from benches import corpus
from benches.exact import hole
from benches.figures import table
from benches.insertions import place_in
from foretype.completion.context.prompt import MARK
from foretype.completion.context.window import Context, gather
from foretype.completion.postprocess import CompletionContext, Postprocessor
from foretype.completion.postprocess.extent import shape
from foretype.core.cursor import Cursor
from foretype.evaluation.holes import Source

LINES = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.chunks")
    parser.add_argument("--n", type=int, default=60, help="streams")
    args = parser.parse_args()
    text = "\n".join("\n".join(s.text for s in corpus.sources("python")).split("\n")[:LINES])
    source, dice = Source("long.py", "python", text), random.Random(1)
    costs: list[float] = []
    firsts: list[float] = []
    for _ in range(args.n):
        start, end = hole(source, dice)
        place = place_in(source, start, end)
        context = gather(place, tokens=2000)
        # The whole of the lines above again, then more than is wanted.
        above = "\n".join(text[:start].split("\n")[-dice.choice((1, 4, 30)) :])
        answer = dice.choice(("", "", above)) + text[start : end + 600]
        times = _times(re.findall(r" ?\w+|\n+ *|[^\w\n]", answer), place, context)
        firsts.append(times[0])
        costs += times[1:]
    row = [
        *(f"{1000 * _at(costs, share):.3f}" for share in (0.5, 0.9, 0.99, 1)),
        f"{1000 * _at(firsts, 0.5):.2f}",
        str(len(costs)),
    ]
    print(table(["ms a chunk: median", "p90", "p99", "most", "before the first", "n"], [row]))
    return 0


def _times(chunks: list[str], place: Cursor, context: Context) -> list[float]:
    ctx = CompletionContext(context, MARK)
    began = time.process_time()
    ctx.prepare()
    times = [time.process_time() - began]
    stream, began = Postprocessor(ctx), time.process_time()
    for chunk in chunks:
        text = stream.feed(chunk)
        shape(text, place, finished=stream.done)
        times.append(time.process_time() - began)
        began = time.process_time()
        if stream.done:
            break
    return times


def _at(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


if __name__ == "__main__":
    sys.exit(main())
