"""Does ``foretype eval --from`` find what ``benches.infill`` finds, on the same holes?

    python -m benches.eval_agreement [--n 60] [--habits exact,fenced,prose]

Holes are cut as ``eval`` cuts them, out of two published packages put under git. The scripted
upstream answers what stood there, in each habit: once to the evaluation, in this process, and once
to the server as a process, as ``benches.infill`` drives it.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benches import infill
from benches.corpus import npm
from benches.figures import table
from benches.foreign import pip
from foretype.evaluation import tracked_files
from foretype.evaluation.answer_store import AnswerStore
from foretype.evaluation.evaluate import Contender, Evaluation, questions
from foretype.evaluation.holes import Hole, cut
from foretype.evaluation.judging import OUTCOMES
from foretype.evaluation.observed_model import Cap
from foretype.evaluation.tasks import of_holes
from foretype.models.open_model import open_model
from foretype.models.pricing import open_budget
from foretype.privacy.gate import Gate
from foretype.settings.schema import Settings
from foretype.upstream import ScriptedUpstream


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.eval_agreement")
    parser.add_argument("--n", type=int, default=60, help="holes of each package")
    parser.add_argument("--habits", default="exact,fenced,prose,echoes_line,runs_on")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rows = []
    for name, folder in (("requests", pip("requests", "2.32.3")), ("redux", npm("redux", "5.0.1"))):
        with tempfile.TemporaryDirectory() as copy:
            root = _repository(folder, Path(copy).resolve() / name)
            paths = tracked_files.tracked(root, root)
            sources = tracked_files.sources(paths, root, lambda uri: None, args.seed)
            holes = list(cut(sources, args.n, args.seed))
            rows += asyncio.run(_compared(name, holes, root, args.habits.split(",")))
    print(table(["package", "habit", "by", *(f"{each} %" for each in OUTCOMES), "same"], rows))
    return 0


def _repository(folder: Path, root: Path) -> Path:
    shutil.copytree(folder, root)
    for arguments in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
    return root


async def _compared(name: str, holes: list[Hole], root: Path, habits: list[str]) -> list[list[str]]:
    by_server = await infill.one_server("foretype", holes, [(habit, "chat") for habit in habits])
    rows = []
    for habit in habits:
        by_eval = await _by_evaluation(holes, root, habit)
        server = [each.outcome for each in by_server if each.habit == habit]
        same = sum(one == other for one, other in zip(by_eval, server, strict=True))
        rows.append([name, habit, "eval", *_shares(by_eval), f"{same} of {len(holes)}"])
        rows.append([name, habit, "infill", *_shares(server), ""])
    return rows


async def _by_evaluation(holes: list[Hole], root: Path, habit: str) -> list[str]:
    outcomes = []
    async with ScriptedUpstream() as up:
        settings = Settings(base_url=up.url, model="scripted")
        gate = Gate(settings, (root,))
        budget = await open_budget(settings, {}, lambda sentence: None)
        model = open_model(settings, {}, gate, budget)
        assert model is not None
        contender = Contender(
            label=habit,
            model=model,
            settings=settings,
            gate=gate,
            layout=model.layout,
        )
        for hole in holes:
            source = hole.source
            up.script = up.script.changed(
                {
                    "truth": {source.name: source.text},
                    "ends": {source.name: hole.end},
                    "starts": {source.name: hole.start},
                    "habit": habit,
                    "stops": False,
                }
            )
            asked = questions(of_holes([hole], root), [contender], runs=1, seed=1)
            evaluation = Evaluation(asked, AnswerStore(None), Cap(1.0))
            await evaluation.ask()
            await asyncio.to_thread(evaluation.judge)
            outcomes += [attempt.outcome for _, attempt in evaluation.attempts]
        await model.close()
        await budget.ledger.close()
    return outcomes


def _shares(outcomes: list[str]) -> list[str]:
    counts = Counter(outcomes)
    return [f"{100 * counts[each] / len(outcomes):.1f}" for each in OUTCOMES]


if __name__ == "__main__":
    sys.exit(main())
