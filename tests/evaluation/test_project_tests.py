"""A project's own tests as the judge of an answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from helpers.evaluated import contenders

from foretype.evaluation import tracked_files
from foretype.evaluation.answer_store import AnswerStore
from foretype.evaluation.evaluate import Evaluation, questions
from foretype.evaluation.holes import Hole, Source
from foretype.evaluation.observed_model import Cap
from foretype.evaluation.runner import Runner
from foretype.evaluation.tasks import of_holes
from foretype.upstream import ScriptedUpstream

CODE = """\
def add(first, second):
    return first + second


def unused(first, second):
    return first - second
"""
CHECK = "from add import add\nassert add(2, 3) == 5\n"
COMMAND = (sys.executable, "-B", "check.py")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "add.py").write_text(CODE)
    (tmp_path / "check.py").write_text(CHECK)
    for arguments in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


async def judged(
    root: Path, truth: str, answer: str, store: AnswerStore | None = None
) -> tuple[bool | None, str]:
    """Whether the tests pass with an answer in place of a truth, and what is wrong with them."""
    start = CODE.index(truth)
    hole = Hole(Source("add.py", "python", CODE), "arguments", start, start + len(truth))
    tracked = tracked_files.tracked(root, root)
    async with ScriptedUpstream(text=answer) as up, contenders(("a", up)) as made:
        asked = questions(of_holes([hole], root), made, runs=1, seed=1)
        evaluation = Evaluation(asked, store or AnswerStore(None), Cap(1.0))
        await evaluation.ask()
        said = await evaluation.run_tests(COMMAND, tracked)
    [(_, attempt)] = evaluation.attempts
    return attempt.passed, said


async def test_another_way_to_write_it_passes_and_something_wrong_fails(root: Path) -> None:
    assert await judged(root, "first + second", "second + first") == (True, "")
    assert await judged(root, "first + second", "first * second") == (False, "")


async def test_a_place_that_the_tests_do_not_reach_is_not_judged_by_them(root: Path) -> None:
    passed, said = await judged(root, " first - second", " first * second")
    assert passed is None and said.startswith("1 of the places say nothing")


async def test_tests_that_fail_anyway_judge_nothing(root: Path) -> None:
    (root / "check.py").write_text("raise SystemExit('broken')\n")
    passed, said = await judged(root, "first + second", "second + first")
    assert passed is None and "fail as it stands" in said and "broken" in said


async def test_other_tests_judge_anew(root: Path) -> None:
    store = AnswerStore(root.parent / "answers.jsonl")
    assert await judged(root, "first + second", "first - -second", store) == (True, "")
    (root / "check.py").write_text(CHECK + "assert add('a', 'b') == 'ab'\n")
    assert await judged(root, "first + second", "first - -second", store) == (False, "")


async def test_tests_that_cannot_run_fail_nothing(root: Path) -> None:
    store = AnswerStore(None)
    tracked = tracked_files.tracked(root, root)
    hole = Hole(Source("add.py", "python", CODE), "arguments", 0, 3)
    [task] = of_holes([hole], root)
    said = await Runner(store, ("no-such-program",), tracked).fault(task)
    assert said.startswith("The project's tests cannot run: the test command cannot be started")
