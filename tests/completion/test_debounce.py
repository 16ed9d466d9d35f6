"""What the hand's rhythm, the place and the recent past make of the wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.completion.generation.debounce import MAX_WAIT_S, SLIP_WAIT_S, AdaptiveDebounce


def typed(*gaps: float) -> AdaptiveDebounce:
    rhythm = AdaptiveDebounce()
    at = 0.0
    rhythm.key(at)
    for gap in gaps:
        at += gap
        rhythm.key(at)
    return rhythm


def wait(rhythm: AdaptiveDebounce, before: str = "total = pri", at: float = 0.0) -> float:
    return rhythm.wait(before, at, may_be_slip=False)


def test_pauses_do_not_count_as_rhythm() -> None:
    assert typed(0.1, 0.1, 5.0, 0.1, 0.1).interval == pytest.approx(0.1)


def test_a_macro_does_not_count_as_rhythm() -> None:
    assert typed(*[0.1] * 4, *[0.004] * 40, 5.0).interval == pytest.approx(0.1)


def test_a_slow_hand_is_given_more_time_inside_a_word() -> None:
    assert wait(typed(*[0.3] * 8)) > wait(typed(*[0.1] * 8))


@pytest.mark.parametrize(
    ("sooner", "later"),
    [("items = [", "items = li"), ("def f():", "def f"), ("    ", "    re"), ("x = a ", "x = ab")],
)
def test_something_new_begins_sooner_than_a_word_goes_on(sooner: str, later: str) -> None:
    rhythm = typed(*[0.15] * 8)
    assert wait(rhythm, sooner) < wait(rhythm, later)


def test_a_model_that_is_right_is_asked_sooner() -> None:
    trusted, doubted = typed(*[0.15] * 8), typed(*[0.15] * 8)
    for _ in range(10):
        trusted.outcome(agreed=True)
        doubted.outcome(agreed=False)
    assert wait(trusted) < wait(doubted) / 2


def test_dismissals_cost_patience_which_time_and_acceptances_bring_back() -> None:
    rhythm = typed(*[0.1] * 8)
    calm = wait(rhythm)
    for _ in range(3):
        rhythm.rejected(0.0)
    annoyed = wait(rhythm)
    assert annoyed > 2 * calm
    assert wait(rhythm, at=600.0) < 1.3 * calm
    for _ in range(6):
        rhythm.accepted(0.0)
    assert wait(rhythm) < calm


def test_a_slip_inside_a_word_is_given_time_to_be_taken_back() -> None:
    rhythm = typed(*[0.15] * 8)
    assert rhythm.wait("total = x", 0.0, may_be_slip=True) == SLIP_WAIT_S


@given(
    st.lists(st.floats(0.001, 3.0), max_size=40),
    st.text(max_size=20),
    st.lists(st.booleans(), max_size=20),
    st.booleans(),
)
def test_the_wait_is_never_long(
    gaps: list[float], before: str, outcomes: list[bool], slip: bool
) -> None:
    rhythm = typed(*gaps)
    for agreed in outcomes:
        rhythm.outcome(agreed=agreed)
        rhythm.rejected(0.0)
    assert 0 <= rhythm.wait(before, 1.0, may_be_slip=slip) <= max(MAX_WAIT_S, SLIP_WAIT_S)


@given(st.integers(0, 40), st.floats(0.05, 0.39), st.text(max_size=20))
def test_misses_in_a_row_cost_patience_but_never_more_than_two_keys(
    misses: int, gap: float, before: str
) -> None:
    rhythm = typed(*[gap] * 8)
    waits = []
    for _ in range(misses + 1):
        waits.append(wait(rhythm, before))
        rhythm.ended_in_vain()
    assert waits == sorted(waits)
    assert waits[-1] <= max(waits[0], 2 * rhythm.interval + 1e-9)
    rhythm.outcome(agreed=True)
    assert rhythm.misses_in_a_row == 0
