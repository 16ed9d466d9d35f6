"""The tasks of the package: each solution passes its tests, three wrong answers fail them."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from foretype.evaluation.task_checks import Check, check_task, missing_program
from foretype.evaluation.tasks import Task, built_in

TASKS = built_in(Path("/nowhere/foretype-eval"))


def checked(task: Task, *texts: str) -> list[Check]:
    async def run() -> list[Check]:
        return [await check_task(task, text) for text in texts]

    return asyncio.run(run())


def test_there_are_ten_tasks_of_each_kind_half_of_them_in_python() -> None:
    counted = Counter((task.kind, task.language) for task in TASKS)
    assert set(counted.values()) == {5} and len(counted) == 4
    assert len({task.fingerprint for task in TASKS}) == 20


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_solution_passes_and_three_wrong_answers_fail(task: Task) -> None:
    if why := missing_program(task.language):
        pytest.skip(why)
    assert len(set(task.wrong)) == 3 and task.solution not in task.wrong
    solved, *failed = checked(task, task.solution, *task.wrong)
    assert solved.passed, solved.output
    assert [each.passed for each in failed] == [False] * 3
    assert not checked(task, task.document.text)[0].passed


def test_a_file_that_ends_the_program_early_has_not_passed() -> None:
    task = next(task for task in TASKS if task.name == "py-roman")
    [check] = checked(task, "import os\nos._exit(0)\n" + task.solution)
    assert check.passed is False
