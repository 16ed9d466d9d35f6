"""What becomes of a model's answers to refactorings: good ones lost, bad ones applied silently.

    python -m benches.refactor_answers make FOLDER [--set NAME] [--group usual|odd]
    python -m benches.refactor_answers run FOLDER/fit-usual.jsonl [--only KIND] [--show KIND]
    python -m benches.refactor_answers run FOLDER/measure-usual.jsonl

``make`` fetches the packages of a set, or of all, and writes its cases. Good answers are functions
as a later release has them, in the manners of ``refactor_manners.py``; bad ones are made from the
same functions by the mutations of ``refactor_mutations.py``. The odd group of both came later, and
is for the sets *A* and *B*; ``--only "exact fence"`` of their usual one says which good answers are
asked about. Right: applied without a question,
the file is what it should be. Asked: the same, but the user is asked first. Wrong: applied
without a question, and the file is another one. Silent: a bad answer that is applied unasked.
Mended: what was too much in a bad answer was left out, and the rest is the good one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from benches.figures import table
from benches.refactor_cases import SETS, SUFFIXES, Case, Group, rewrites
from benches.refactor_manners import good_cases
from benches.refactor_mutations import bad_cases
from foretype.core.deadline import Deadline
from foretype.core.text import Document
from foretype.models.scripted import ScriptedModel
from foretype.refactor.actions.offers import Offer, find_offer
from foretype.refactor.actions.target import Spot
from foretype.refactor.outcome import Outcome, Staged
from foretype.refactor.rewrite.rewrite import rewrite
from foretype.refactor.work import Work
from foretype.settings.schema import RefactorSettings

SETTINGS = RefactorSettings()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.refactor_answers")
    parser.add_argument("what", choices=["make", "run"])
    parser.add_argument("path")
    parser.add_argument("--set", choices=SETS, help="make the cases of this set alone")
    parser.add_argument("--group", choices=["usual", "odd"], default="usual", help="make these")
    parser.add_argument("--show", default="", help="print the failures of one kind")
    parser.add_argument("--only", default="", help="run the cases of this kind alone")
    parser.add_argument("--most", type=int, default=3)
    args = parser.parse_args()
    if args.what == "make":
        _make(Path(args.path), [args.set] if args.set else list(SETS), args.group)
    else:
        _run(Path(args.path), args.show, args.most, args.only)
    return 0


def _make(folder: Path, names: list[str], group: Group) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        with (folder / f"{name}-{group}.jsonl").open("w", encoding="utf-8") as out:
            for language in SUFFIXES:
                found = rewrites(language, SETS[name])
                for case in (*good_cases(found, group), *bad_cases(found, group)):
                    print(json.dumps(case.as_json()), file=out)


def _run(path: Path, show: str, most: int, only: str) -> None:
    good: dict[str, Counter[str]] = defaultdict(Counter)
    bad: dict[str, Counter[str]] = defaultdict(Counter)
    for case in _cases(path):
        if only and only not in case.group:
            continue
        outcome, text = asyncio.run(_outcome(case))
        verdict = _verdict(case, outcome, text)
        (good if case.truth else bad)[case.group][verdict] += 1
        failed = verdict in ("refused", "wrong", "asked", "no place") if case.truth else (
            verdict == "silent"
        )  # fmt: skip
        if failed and show and show in f"{case.group} {case.language}" and most > 0:
            most -= 1
            _print(case, verdict, outcome, text)
    columns = ["right", "asked", "refused", "wrong"]
    print(table(["good answers, %", *columns, "n"], _rows(good, columns)))
    columns = ["silent", "asked", "refused", "mended"]
    print(table(["bad answers, %", *columns, "n"], _rows(bad, columns)))


def _cases(path: Path) -> Iterator[Case]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Case(**json.loads(line))


def _rows(counted: dict[str, Counter[str]], columns: list[str]) -> list[list[str]]:
    total: Counter[str] = Counter()
    for each in counted.values():
        total += each
    rows = []
    for name, each in [*counted.items(), ("all", total)]:
        n = max(each.total(), 1)
        rows.append([name, *(f"{100 * each[column] / n:.1f}" for column in columns), str(n)])
    return rows


async def _outcome(case: Case) -> tuple[Outcome | str, str]:
    """What becomes of an answer, and the file's text afterwards."""
    document = Document(f"file:///project/src/{case.name}", case.text, case.language)
    if case.selected is not None:
        start, end = document.line_start(case.selected[0]), document.line_end(case.selected[1])
    else:
        line = case.text.split("\n")[case.line]
        start = end = document.line_start(case.line) + len(line) - len(line.lstrip())
    offer = find_offer(Spot(document, start, end), SETTINGS, case.action, case.instruction)
    if not isinstance(offer, Offer):
        return offer, case.text
    model = ScriptedModel(case.answer)
    path, deadline = f"src/{case.name}", Deadline.after_ms(60_000)
    work = Work(offer=offer, model=model, settings=SETTINGS, path=path, deadline=deadline)
    outcome = await work.within_deadline(lambda _: rewrite(work))
    text = case.text
    if isinstance(outcome, Staged):
        for change in sorted(outcome.changes, key=lambda change: -change.start):
            text = text[: change.start] + change.text + text[change.end :]
    return outcome, text


def _verdict(case: Case, outcome: Outcome | str, text: str) -> str:
    if not isinstance(outcome, Staged):
        return "refused"
    asked = bool(outcome.risks)
    if not case.truth:
        if not asked and _same(text, case.mended):
            return "mended"
        return "asked" if asked else "silent" if text != case.text else "refused"
    if _same(text, case.truth):
        return "asked" if asked else "right"
    return "refused" if asked else "wrong"


def _same(text: str, truth: str) -> bool:
    """Whether two files are the same but for blanks at line ends and blank lines."""
    one, other = ([line.rstrip() for line in each.split("\n") if line.strip()]
                  for each in (text, truth))  # fmt: skip
    return one == other


def _print(case: Case, verdict: str, outcome: Outcome | str, text: str) -> None:
    from difflib import unified_diff

    print(f"=== {case.group}, {case.language}, {case.name}: {verdict}")
    if isinstance(outcome, Staged):
        print("   ", [risk.reason for risk in outcome.risks])
    else:
        print("   ", getattr(outcome, "message", outcome))
    lines = unified_diff(
        (case.truth or case.text).split("\n"), text.split("\n"), "wanted", "got", lineterm="", n=1
    )
    print("\n".join(list(lines)[:40]))
    print("--- answer\n" + "\n".join(case.answer.split("\n")[:30]))


if __name__ == "__main__":
    raise SystemExit(main())
