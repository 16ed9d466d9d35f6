"""An evaluation of scripted models, in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from helpers.evaluated import TASKS, contenders, good, wordy, wrong

from foretype.evaluation.answer_store import AnswerStore, StoreUnreadable
from foretype.evaluation.evaluate import Contender, Evaluation, questions
from foretype.evaluation.observed_model import Cap, CapReached
from foretype.evaluation.summary import summaries
from foretype.evaluation.task_checks import Check, missing_program
from foretype.evaluation.tasks import Task
from foretype.settings.schema import BudgetSettings
from foretype.upstream import ScriptedUpstream
from foretype.upstream.question import Question

PYTHON = [task for task in TASKS if task.language == "python"]


async def evaluated(
    made: list[Contender], store: AnswerStore, *, cap: Cap | None = None, runs: int = 1
) -> Evaluation:
    asked = questions(PYTHON, made, runs=runs, seed=1)
    evaluation = Evaluation(asked, store, cap or Cap(1.0))
    await evaluation.ask()
    evaluation.judge()
    return evaluation


async def test_three_models_that_differ_are_ranked_right() -> None:
    async with (
        ScriptedUpstream(answer=good()) as one,
        ScriptedUpstream(answer=wordy()) as two,
        ScriptedUpstream(answer=wrong()) as three,
        contenders(("wrong", three), ("wordy", two), ("good", one)) as made,
    ):
        evaluation = await evaluated(made, AnswerStore(None))
        await evaluation.run_tests()
    found = summaries(attempt for _, attempt in evaluation.attempts)
    assert [summary.model for summary in found] == ["good", "wordy", "wrong"]
    best, second, last = found
    assert best.passed and second.passed and last.passed
    assert (best.passed.value, second.passed.value, last.passed.value) == (1.0, 1.0, 0.0)
    assert best.passed.overlaps(second.passed) and not best.passed.overlaps(last.passed)
    assert best.output_tokens and second.output_tokens
    assert not best.output_tokens.overlaps(second.output_tokens)
    assert best.exact and best.exact.value == 1.0 and last.right and last.right.value < 1.0


async def test_nothing_is_asked_twice_after_an_interruption(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    async with ScriptedUpstream(answer=good(), cost=0.01) as up, contenders(("good", up)) as made:
        stopped = await evaluated(made, AnswerStore(file), cap=Cap(0.045))
        n_first = len(up.log.requests)
        assert stopped.cap.stopped and 0 < len(stopped.attempts) < len(PYTHON)
        # The process may be killed in the middle of a line.
        file.write_bytes(file.read_bytes()[:-30])
        store = AnswerStore(file)
        store.load()
        done = await evaluated(made, store)
        assert len(done.attempts) == len(PYTHON)
        assert len(up.log.requests) - n_first == len(PYTHON) - (len(stopped.attempts) - 1)
        again = AnswerStore(file)
        again.load()
        n_before = len(up.log.requests)
        assert len((await evaluated(made, again)).attempts) == len(PYTHON)
        assert len(up.log.requests) == n_before


async def test_tests_judge_where_they_are_asked_for_and_run_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    async def check(task: Task, becomes: str) -> Check:
        ran.append(task.name)
        return Check(becomes == task.solution)

    monkeypatch.setattr("foretype.evaluation.runner.check_task", check)
    right = good()

    def answer(question: Question) -> str:
        is_silent = any(task.document.text in question.before for task in PYTHON[:4])
        return "" if is_silent else right(question)

    def store() -> AnswerStore:
        made = AnswerStore(tmp_path / "answers.jsonl")
        made.load()
        return made

    async with ScriptedUpstream(answer=answer) as up, contenders(("a", up)) as made:
        first = await evaluated(made, store())
        await first.run_tests()
        size, n_ran = (tmp_path / "answers.jsonl").stat().st_size, len(ran)
        again = await evaluated(made, store())
        await again.run_tests()
        without = await evaluated(made, store())
    passed = {a.task: a.passed for _, a in first.attempts}
    assert 0 < len(ran) == n_ran == sum(a.becomes != "" for _, a in first.attempts)
    assert passed == {a.task: a.passed for _, a in again.attempts}
    assert (tmp_path / "answers.jsonl").stat().st_size == size
    # Else only the answers that were tested would count.
    assert {a.passed for _, a in without.attempts} == {None}


async def test_a_file_that_cannot_be_written_costs_no_answer(tmp_path: Path) -> None:
    (tmp_path / "no-folder").write_text("")
    store = AnswerStore(tmp_path / "no-folder" / "answers.jsonl")
    async with ScriptedUpstream(answer=good()) as up, contenders(("a", up)) as made:
        evaluation = await evaluated(made, store)
    assert len(evaluation.attempts) == len(PYTHON) and not evaluation.n_unanswered
    assert "Not everything could be kept" in store.fault


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreadable, match="cannot be read"):
        AnswerStore(tmp_path).load()


@pytest.mark.parametrize("max_usd", [0.0, 0.03])
async def test_the_cap_holds_where_prices_become_known_late(
    max_usd: float,
) -> None:
    cap = Cap(max_usd)
    for usd in (None, None, 0.01, 0.01):
        if max_usd == 0 or cap.spent_usd + 0.01 > max_usd:
            with pytest.raises(CapReached):
                cap.reserve("a", None)
            break
        cap.pay("a", cap.reserve("a", None), usd)
    # The first two cost as much as the third, which tells the price.
    assert cap.spent_usd == pytest.approx(max_usd)
    with pytest.raises(CapReached, match=r"\$0\.03" if max_usd else r"\$0\.00"):
        cap.reserve("a", None)


@pytest.mark.parametrize("told_by", ["the provider", "the settings"])
async def test_no_request_is_sent_that_could_pass_the_cap(told_by: str) -> None:
    prices: dict[str, Any] = {}
    script: dict[str, Any] = {"cost": 0.02}
    if told_by == "the settings":
        prices = {"budget": BudgetSettings(price_input=100.0, price_output=100.0)}
        script = {}
    async with ScriptedUpstream(answer=good(), **script) as up:
        async with contenders(("good", up), **prices) as made:
            evaluation = await evaluated(made, AnswerStore(None), cap=Cap(1.1), runs=8)
        assert evaluation.cap.stopped and up.log.requests
    assert evaluation.cap.spent_usd <= 1.1 + 1e-9


async def test_a_model_without_a_price_is_asked_no_more_where_it_may_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with ScriptedUpstream(answer=good()) as up, contenders(("good", up)) as made:
        monkeypatch.setattr(type(made[0].model), "is_local", False)
        evaluation = await evaluated(made, AnswerStore(None))
        assert "price of good is not known" in evaluation.cap.stopped
        assert len(up.log.requests) == 5


async def test_one_request_at_a_time_for_an_endpoint_unless_more_are_wanted() -> None:
    async with (
        ScriptedUpstream(answer=good(), first_ms=20) as up,
        contenders(("a", up), ("b", up)) as made,
    ):
        await evaluated(made, AnswerStore(None))
        spans = sorted((r.arrived, r.ended or r.arrived) for r in up.log.requests)
        overlaps = sum(one[1] > other[0] for one, other in zip(spans, spans[1:], strict=False))
        assert overlaps == 0 and len(spans) == 2 * len(PYTHON)


async def test_a_model_that_fails_all_the_time_is_given_up_and_asked_again_later() -> None:
    store = AnswerStore(None)
    async with (
        ScriptedUpstream(answer=good(), fault="500") as up,
        contenders(("good", up)) as made,
    ):
        evaluation = await evaluated(made, store)
    assert list(evaluation.given_up) == ["good"]
    assert [attempt.failure != "" for _, attempt in evaluation.attempts] == [True] * 3
    [summary] = summaries(attempt for _, attempt in evaluation.attempts)
    assert (summary.n_failed, summary.passed, summary.output_tokens) == (3, None, None)
    assert len(evaluation.open_questions) == evaluation.n_unanswered == len(PYTHON)


async def test_a_question_that_failed_once_is_asked_again() -> None:
    async with ScriptedUpstream(answer=good()) as up, contenders(("good", up)) as made:
        up.next({"fault": "429", "retry_after": "1"})
        evaluation = await evaluated(made, AnswerStore(None))
        assert len(up.log.requests) == len(PYTHON) + 1
    assert not any(attempt.failure for _, attempt in evaluation.attempts)


async def test_without_their_program_no_task_counts_by_tests_right_or_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "foretype.evaluation.runner.missing_program", lambda _: "node is not installed"
    )
    tasks = [task for task in TASKS if task.language == "typescript"]
    async with ScriptedUpstream(text="") as up, contenders(("silent", up)) as made:
        asked = questions(tasks, made, runs=1, seed=1)
        evaluation = Evaluation(asked, AnswerStore(None), Cap(1.0))
        await evaluation.ask()
        said = await evaluation.run_tests()
    assert said == "10 tasks are not tested: node is not installed."
    assert {a.passed for _, a in evaluation.attempts} == {None}


async def test_tasks_in_typescript_pass_too() -> None:
    if why := missing_program("typescript"):
        pytest.skip(why)
    tasks = [task for task in TASKS if task.language == "typescript"]
    async with ScriptedUpstream(answer=good()) as up, contenders(("good", up)) as made:
        asked = questions(tasks, made, runs=1, seed=1)
        evaluation = Evaluation(asked, AnswerStore(None), Cap(1.0))
        await evaluation.ask()
        await evaluation.run_tests()
    failed = [(a.task, a.why, a.test_output) for _, a in evaluation.attempts if not a.passed]
    assert failed == []
