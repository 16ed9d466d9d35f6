"""Ask every model every task, as often as wanted; then judge what came.

The models of one endpoint are asked in turn, so that none has the better hour. Requests go out one
at a time for an endpoint unless more are wanted: otherwise each would slow the others down.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from foretype import __version__
from foretype.evaluation import judging
from foretype.evaluation.answer_store import AnswerStore
from foretype.evaluation.attempt import Attempt, attempt
from foretype.evaluation.observed_model import Cap, ObservedModel
from foretype.evaluation.runner import Runner
from foretype.evaluation.tasks import Task
from foretype.models.open_model import OpenModel
from foretype.privacy.gate import Gate
from foretype.settings.providers import PromptLayout
from foretype.settings.schema import Settings
from foretype.spending.usage import Usage

MAX_FAILURES = 3
"""Questions in a row that may fail, each asked twice, before a model is given up."""
MAX_PAUSE_S = 60.0
"""Seconds that are waited at most before a question that failed is asked again."""


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A model to be evaluated, in one form of the prompt."""

    label: str
    model: OpenModel
    settings: Settings
    gate: Gate
    layout: PromptLayout

    @property
    def endpoint(self) -> str:
        return self.model.endpoint.base_url

    @property
    def may_cost(self) -> bool:
        """Whether a request may cost something."""
        price = self.model.price(Usage(input_tokens=1000, output_tokens=1000))
        return not self.model.is_local if price is None else price > 0

    @property
    def identity(self) -> str:
        """Names everything but the task that an answer depends on."""
        asked = self.settings.completion, self.settings.refactor
        return f"{__version__} {self.endpoint} {self.model.name} {self.layout} {asked!r}"


@dataclass(frozen=True, slots=True)
class Question:
    """A task for a model in one run."""

    task: Task
    contender: Contender
    run: int

    @property
    def blank(self) -> Attempt:
        """The attempt before anything was asked."""
        named = f"{self.task.fingerprint}\0{self.contender.identity}\0{self.run}"
        return Attempt(
            key=sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:32],
            model=self.contender.label,
            task=self.task.name,
            kind=self.task.kind,
            language=self.task.language,
            run=self.run,
        )


@dataclass
class Evaluation:
    """One evaluation: what is asked, and what came of it so far."""

    questions: Sequence[Question]
    store: AnswerStore
    cap: Cap
    parallel: int = 1
    """Requests at a time for each endpoint."""
    on_done: Callable[[], None] = lambda: None
    """Called after each question."""
    attempts: list[tuple[Question, Attempt]] = field(default_factory=list)
    given_up: dict[str, str] = field(default_factory=dict)
    """Models that failed too often, with their last fault."""
    _failures: Counter[str] = field(default_factory=Counter)
    _heard: set[str] = field(default_factory=set)
    """Models that were asked in this session."""

    @property
    def deadline_ms(self) -> float:
        """The time limit of ghost text."""
        return float(self.questions[0].contender.settings.completion.deadline_ms)

    @property
    def open_questions(self) -> list[Question]:
        """The questions that no stored answer is there for."""
        return [each for each in self.questions if self.store.get(each.blank.key) is None]

    @property
    def n_unanswered(self) -> int:
        """The questions that were not asked, or that the endpoint did not answer."""
        return len(self.questions) - sum(not made.failure for _, made in self.attempts)

    async def ask(self) -> None:
        """Ask what was not asked before, until the cap is reached."""
        endpoints: dict[str, list[Question]] = {}
        for question in self.questions:
            if known := self.store.get(question.blank.key):
                # Labels are the report's, not the answer's.
                self.attempts.append((question, replace(known, model=question.contender.label)))
                self.on_done()
            else:
                endpoints.setdefault(question.contender.endpoint, []).append(question)
        async with asyncio.TaskGroup() as group:
            for waiting in endpoints.values():
                left, slot = iter(waiting), asyncio.Semaphore(self.parallel)
                for _ in range(self.parallel):
                    group.create_task(self._work(left, slot))

    async def _work(self, left: Iterable[Question], slot: asyncio.Semaphore) -> None:
        for question in left:
            if self.cap.stopped:
                return
            if question.contender.label not in self.given_up:
                await self._ask_one(question, slot)
            self.on_done()

    async def _ask_one(self, question: Question, slot: asyncio.Semaphore) -> None:
        contender, label = question.contender, question.contender.label
        model = ObservedModel(contender.model, self.cap, slot, contender.layout)
        blank = replace(question.blank, is_cold=label not in self._heard)
        self._heard.add(label)
        made = await attempt(question.task, model, contender.settings, contender.gate, blank)
        health = contender.model.health()
        if made.failure and not health.refusal and health.seconds <= MAX_PAUSE_S:
            await asyncio.sleep(health.seconds)
            made = await attempt(question.task, model, contender.settings, contender.gate, blank)
        if self.cap.stopped:
            return
        self._failures[label] = self._failures[label] + 1 if made.failure else 0
        if self._failures[label] >= MAX_FAILURES:
            self.given_up[label] = made.failure
        if not made.failure:
            self.store.add(made)
        self.attempts.append((question, made))

    def judge(self) -> None:
        """Compare every answer with what is known. Not for the event loop."""
        self.attempts = [(question, _judged(question.task, a)) for question, a in self.attempts]

    async def run_tests(self, command: Sequence[str] = (), tracked: Sequence[Path] = ()) -> str:
        """Run the tests of each answer; returns what is wrong with them.

        ``command`` are the project's own tests, on its tracked files. They have to pass without
        any change, and to fail where a hole is left empty: otherwise they say nothing about it.
        """
        runner = Runner(self.store, command, tracked)
        if command and (fault := await runner.fault(self.questions[0].task)):
            return fault
        for at, (question, made) in enumerate(self.attempts):
            if question.task.tests or command:
                check = await runner.check(question.task, made.becomes)
                made = replace(made, passed=check.passed, test_output=check.output)
            self.attempts[at] = question, made
            self.on_done()
        return runner.untested()


def questions(
    tasks: Sequence[Task], contenders: Sequence[Contender], *, runs: int, seed: int
) -> list[Question]:
    """Return all questions in the order in which they are asked: by run, task, and model."""
    found = []
    for run in range(1, runs + 1):
        shuffled = list(tasks)
        random.Random(f"{seed}:{run}").shuffle(shuffled)
        found += [Question(task, each, run) for task in shuffled for each in contenders]
    return found


def _judged(task: Task, made: Attempt) -> Attempt:
    is_sound = None
    if made.becomes:
        is_sound = judging.adds_no_error(task.solution, made.becomes, task.language)
    if task.hole is None:
        return replace(made, is_sound=is_sound)
    shown = (made.shown, made.becomes) if made.shown else None
    return replace(
        made,
        outcome=judging.outcome(task.hole, shown),
        similarity=judging.similarity(made.shown, task.hole.truth) if made.shown else 0.0,
        is_sound=is_sound,
    )
