"""The holes and habits of ``benches.infill``, without processes.

python -m benches.habits [--holes 320] [--show 3]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from benches import infill
from benches.figures import table
from benches.insertions import Shown, inserted, suggested
from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.evaluation.holes import Hole
from foretype.evaluation.judging import outcome
from foretype.upstream.habits import HABITS, SILENT, IntendedText


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.habits")
    parser.add_argument("--holes", type=int, default=320, help="shared out to the languages")
    parser.add_argument("--habits", default=",".join(HABITS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=3, help="failures of each habit")
    args = parser.parse_args()
    holes, _ = infill.holes_of(args.holes, args.seed)
    rows, examples, n_failed = [], [], 0
    for habit in args.habits.split(","):
        counts, failed = _run(habit, holes)
        wanted = ("silent",) if habit in SILENT else ("exact", "beginning")
        n_bad = counts.total() - sum(counts[each] for each in wanted)
        n_failed += n_bad
        examples += failed[: args.show]
        rows.append(
            [habit, f"{100 * (1 - n_bad / counts.total()):.1f}", str(n_bad), str(len(holes))]
        )
    rows.append(["all", "", str(n_failed), ""])
    print(table(["habit", "good %", "fails", "n"], rows))
    print("\n".join(examples))
    return 0


def _run(habit: str, holes: list[Hole]) -> tuple[Counter[str], list[str]]:
    counts: Counter[str] = Counter()
    failed = []
    for hole in holes:
        text = hole.before + hole.after
        document = Document(f"file:///bench/{hole.source.name}", text, hole.source.language, 1)
        place = Cursor(document, len(hole.before))
        answer = _answer(habit, IntendedText(text=hole.truth, before=hole.before, after=hole.after))
        shown = suggested(answer, place, is_cut=habit == "cut")
        came = _outcome(hole, shown, place)
        counts[came] += 1
        if came == "wrong" or (came == "silent") != (habit in SILENT):
            failed.append(
                f"--- {habit} {hole.kind} {hole.source.name} {hole.before[-70:]!r} ‸ "
                f"{hole.after[:30]!r}\n      answer {answer[:160]!r}"
                f"\n      truth  {hole.truth[:90]!r}\n      shown  {shown.text[:90]!r}"
            )
    return counts, failed


def _answer(habit: str, meant: IntendedText) -> str:
    said = HABITS[habit].says(meant)
    script = HABITS[habit].script
    if script.get("reasoning_as") == "think":
        return f"<think>{script['reasoning']}</think>\n\n{said}"
    return said


def _outcome(hole: Hole, shown: Shown, place: Cursor) -> str:
    return outcome(hole, (shown.text, inserted(shown, place)) if shown.text else None)


if __name__ == "__main__":
    sys.exit(main())
