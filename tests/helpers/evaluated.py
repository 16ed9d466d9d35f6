"""Scripted models that answer the tasks of an evaluation: right, wordy or wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from foretype.evaluation.evaluate import Contender
from foretype.evaluation.tasks import Task, built_in
from foretype.models.open_model import open_model
from foretype.models.pricing import open_budget
from foretype.privacy.gate import Gate
from foretype.settings.schema import Settings
from foretype.upstream import ScriptedUpstream
from foretype.upstream.question import Question

ROOT = Path("/nowhere/foretype-eval")
TASKS = built_in(ROOT)

Respond = Callable[[Question], str | Mapping[str, Any]]


def answers(file_of: Callable[[Task], str], say: Callable[[str], str] = lambda text: text) -> Any:
    """A model that answers each task as one of its files has it, in its own manner."""

    def respond(question: Question) -> str:
        task = next(task for task in TASKS if _is_asked(task, question.before))
        return say(_part(task, file_of(task)))

    return respond


def good() -> Any:
    return answers(lambda task: task.solution, _fenced_if_refactoring)


def wordy() -> Any:
    """Right as well, with much around it."""

    def say(text: str) -> str:
        words = " ".join(["I have thought about this for a while."] * 12)
        return f"{words}\n\n```\n{text}\n```\n\n{words}"

    return answers(lambda task: task.solution, say)


def wrong() -> Any:
    return answers(lambda task: task.wrong[0], _fenced_if_refactoring)


def _fenced_if_refactoring(text: str) -> str:
    return f"```\n{text}\n```"


def _is_asked(task: Task, before: str) -> bool:
    if task.hole is not None:
        return before.endswith(task.hole.before[-60:])
    assert task.rewrite is not None
    return task.rewrite.text.split("\n")[task.rewrite.first] in before and "Task:" in before


def _part(task: Task, file: str) -> str:
    """What of a whole file is the answer: the text at the cursor, or the lines to rewrite."""
    if task.hole is not None:
        return file[task.hole.start : len(file) - len(task.hole.after)]
    assert task.rewrite is not None
    n_below = len(task.rewrite.text.split("\n")) - task.rewrite.last - 1
    lines = file.split("\n")
    return "\n".join(lines[task.rewrite.first : len(lines) - n_below])


@asynccontextmanager
async def contenders(
    *named: tuple[str, ScriptedUpstream], **settings: Any
) -> AsyncIterator[list[Contender]]:
    """Models by their labels, each at a scripted upstream."""
    made = []
    async with AsyncExitStack() as stack:
        for label, up in named:
            chosen = Settings(base_url=up.url, model=label, **settings)
            gate = Gate(chosen, (ROOT,))
            budget = await open_budget(chosen, {}, lambda sentence: None)
            stack.push_async_callback(budget.ledger.close)
            model = open_model(chosen, {}, gate, budget)
            assert model is not None
            stack.push_async_callback(model.close)
            await model.load()
            made.append(
                Contender(
                    label=label,
                    model=model,
                    settings=chosen,
                    gate=gate,
                    layout=model.layout,
                )
            )
        yield made
