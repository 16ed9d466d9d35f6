"""What typing costs and gives, by the bench in virtual time, on files of the standard library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from benches import corpus
from benches.tally import Tally
from benches.typing_report import WITHIN_S, Group
from benches.virtual_typing import measure
from foretype.evaluation.holes import Hole

PAUSES = 50
SLACK = 0.03
"""Each Python has other files to type: the share by which a figure may be off."""


def typed(server: str, condition: str, manner: str, seeds: Iterable[int] = (1, 2)) -> Tally:
    def stretches(seed: int) -> Iterator[Hole]:
        return corpus.stretches("python", seed)

    return measure(Group(server, condition, manner), seeds, PAUSES, stretches=stretches)


def share(tally: Tally, within_s: float | None = None) -> float:
    hits, n = tally.covered(within_s)
    return hits / n


def n_requests(tally: Tally) -> float:
    """Requests for each 100 keys."""
    return 100 * tally.upstream_requests / tally.keys


def test_who_accepts_is_served_as_by_the_reference_for_fewer_tokens() -> None:
    ours, theirs = (
        typed(server, "default", "accept", range(1, 5)) for server in ("foretype", "reuse")
    )
    assert share(ours, WITHIN_S) >= share(theirs, WITHIN_S) - SLACK
    assert share(ours) >= 0.97 - SLACK
    tokens = [tally.upstream_chars / tally.accepted_chars for tally in (ours, theirs)]
    assert tokens[0] <= tokens[1] * (1 + SLACK)


@pytest.mark.parametrize("manner", ["vscode", "neovim"])
def test_a_model_that_reasons_first_is_asked_in_time(manner: str) -> None:
    ours = typed("foretype", "thinking", manner)
    assert share(ours) >= 0.92 - SLACK
    assert share(ours, WITHIN_S) >= 0.9 - SLACK
    assert n_requests(ours) <= 4


def test_a_model_that_gets_words_wrong_is_used_where_it_is_right() -> None:
    ours, theirs = (typed(server, "wrong", "vscode") for server in ("foretype", "reuse"))
    could = sum(pause.could for pause in ours.pauses) / len(ours.pauses)
    assert share(ours, WITHIN_S) >= could - SLACK
    assert n_requests(ours) <= n_requests(theirs)
