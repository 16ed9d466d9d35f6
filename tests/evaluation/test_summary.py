"""Figures and intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.evaluation.attempt import Attempt
from foretype.evaluation.summary import average, percentile, share, summaries

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def made(model: str, task: str, *, run: int = 1, **figures: object) -> Attempt:
    known = {"key": "k", "kind": "completion", "language": "python"}
    return Attempt(**known, model=model, task=task, run=run, **figures)  # type: ignore[arg-type]


@given(SHARES)
def test_an_interval_holds_its_figure_and_stays_among_shares(values: list[float]) -> None:
    found = share(values)
    assert found is not None
    assert -1e-9 <= found.low <= found.value <= found.high <= 1 + 1e-9


def test_wilsons_interval_as_published() -> None:
    found = share([1.0] * 10)
    assert found is not None
    assert [found.low, found.high] == pytest.approx([0.7225, 1.0], abs=1e-3)
    half = share([1.0] * 5 + [0.0] * 5)
    assert half is not None
    assert [half.low, half.high] == pytest.approx([0.2366, 0.7634], abs=1e-3)


@pytest.mark.parametrize(("n", "quantile"), [(4, 3.182), (10, 2.262), (30, 2.045)])
def test_students_interval_is_near_the_tables(n: int, quantile: float) -> None:
    found = average([0.0, 2.0] * (n // 2))
    assert found is not None
    deviation = (n / (n - 1)) ** 0.5
    assert (found.high - found.value) * n**0.5 / deviation == pytest.approx(quantile, rel=0.01)


def test_several_runs_of_a_task_make_no_interval_narrower() -> None:
    once = summaries(made("a", f"t{n}", passed=n < 3) for n in range(6))
    often = summaries(
        made("a", f"t{n}", run=run, passed=n < 3) for n in range(6) for run in (1, 2, 3)
    )
    assert once[0].passed == often[0].passed
    assert often[0].n_attempts == 18


def test_the_best_comes_first_and_of_equals_the_one_with_fewer_tokens() -> None:
    rows = [
        made("wrong", "t", passed=False, output_tokens=1),
        made("wordy", "t", passed=True, output_tokens=900),
        made("good", "t", passed=True, output_tokens=30),
    ]
    assert [each.model for each in summaries(rows)] == ["good", "wordy", "wrong"]


def test_the_first_request_of_a_session_does_not_count_for_times() -> None:
    rows = [
        made("a", "t1", first_token_ms=900.0, in_time=False, is_cold=True),
        made("a", "t2", first_token_ms=100.0, in_time=True),
    ]
    [found] = summaries(rows)
    assert found.first_token_ms == (100.0,)
    assert found.in_time is not None and found.in_time.value == 1.0


def test_the_cost_counts_only_characters_that_were_right() -> None:
    rows = [
        made("a", "t1", outcome="exact", shown="x" * 50, cost_usd=0.01),
        made("a", "t2", outcome="wrong", shown="y" * 50, cost_usd=0.01),
    ]
    [found] = summaries(rows)
    assert found.usd_per_1000_accepted == pytest.approx(0.4)
    assert summaries([made("a", "t", outcome="exact", shown="x")])[0].cost_usd is None


def test_percentiles_are_the_nearest_rank() -> None:
    assert percentile([1, 2, 3, 4], 0.5) == 2
    assert percentile([1], 0.9) == 1
    assert percentile([], 0.5) is None
