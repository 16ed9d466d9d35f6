"""How long a stream runs, as a rule over moments."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from foretype.completion.generation.lifetime import (
    CONTRADICTED_S,
    ORPHANED_S,
    OVERDUE_S,
    TYPO_S,
    Lifetime,
)

moments = st.floats(0, 1e6)
lifetimes = st.builds(
    Lifetime,
    due=moments,
    contradicted=st.none() | moments,
    orphaned=st.none() | moments,
    typed_through=st.integers(0, 50),
)


@given(lifetimes, st.booleans())
def test_a_contradicted_stream_ends_soon_whoever_rests(life: Lifetime, rested_on: bool) -> None:
    if life.contradicted is not None:
        patience = TYPO_S if life.typed_through else CONTRADICTED_S
        assert life.ends_at(rested_on=rested_on) <= life.contradicted + patience


@given(lifetimes)
def test_rest_never_shortens_a_life(life: Lifetime) -> None:
    assert life.ends_at(rested_on=True) >= life.ends_at(rested_on=False)


@given(lifetimes)
def test_without_rest_every_stream_ends(life: Lifetime) -> None:
    assert life.ends_at(rested_on=False) <= life.due + OVERDUE_S


@given(moments)
def test_a_stream_that_someone_rests_on_has_no_end_in_sight(due: float) -> None:
    assert Lifetime(due=due).ends_at(rested_on=True) == math.inf


@given(lifetimes, moments)
def test_an_orphan_that_nobody_finds_ends(life: Lifetime, at: float) -> None:
    life.orphaned = at
    assert life.ends_at(rested_on=True) <= at + ORPHANED_S


@given(lifetimes, st.lists(st.tuples(moments, st.booleans()), min_size=1))
def test_a_contradiction_counts_from_its_first_moment_until_it_is_taken_back(
    life: Lifetime, judged: list[tuple[float, bool]]
) -> None:
    since = life.contradicted
    for at, fits in judged:
        is_news = life.judge(at, fits=fits)
        assert is_news == (not fits and since is None)
        since = None if fits else (at if since is None else since)
        assert life.contradicted == since
