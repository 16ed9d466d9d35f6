"""What is learned of the time until an endpoint begins to answer."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.completion.pace import EndpointPace
from foretype.models.measured import Measured

seconds = st.floats(0.001, 100)


@dataclass
class Record:
    first_text_s: tuple[float, ...] = ()
    slots: int = 0


def heard(*after: float, **known: object) -> EndpointPace:
    pace = EndpointPace(**known)  # type: ignore[arg-type]
    for each in after:
        pace.first_token(each)
    return pace


def test_a_stream_is_stalled_after_somewhat_more_than_what_the_endpoint_usually_takes() -> None:
    assert 0.25 <= heard(*[0.2] * 9, 0.5).limit <= 0.7


@given(st.lists(seconds, min_size=4, max_size=40))
def test_nine_of_ten_streams_begin_before_the_limit(after: list[float]) -> None:
    pace = heard(*after)
    assert sum(each <= pace.limit for each in after[-32:]) >= 0.9 * min(len(after), 32)
    assert pace.usual <= pace.late


def test_a_stream_that_was_ended_in_silence_teaches_only_where_it_took_long() -> None:
    pace = heard(*[0.2] * 5)
    pace.no_first_token(0.1)
    assert pace.usual == 0.2
    for _ in range(6):
        pace.no_first_token(4.4)
    assert pace.usual == 4.4


def test_what_an_earlier_session_learned_counts_until_this_one_knows() -> None:
    pace = EndpointPace(measured=Record((3.0,) * 8))
    assert pace.usual == 3.0 and pace.limit == 3.75
    for _ in range(4):
        pace.first_token(0.2)
    assert pace.usual == 0.2


def test_a_stream_of_this_session_counts_once_though_it_is_kept_as_well() -> None:
    measured = Measured(first_text_s=[1.0] * 6)
    pace = EndpointPace(measured=measured)
    for _ in range(3):
        measured.saw_first_text(5.0)
        pace.first_token(5.0)
    assert pace.usual == 1.0, "six of nine were that fast"


@pytest.mark.parametrize(
    ("known", "doubles"),
    [
        ({}, True),
        ({"is_local": True}, False),
        ({"measured": Record(slots=1)}, False),
        ({"measured": Record(slots=4)}, True),
        ({"measured": Record(slots=4), "is_local": True}, True),
    ],
)
def test_a_second_stream_starts_only_where_it_does_not_wait_for_the_first(
    known: dict[str, object], doubles: bool
) -> None:
    assert not heard(**known).may_double
    assert heard(*[0.2] * 4, **known).may_double is doubles


def test_an_endpoint_on_this_machine_that_was_seen_to_serve_two_is_asked_twice() -> None:
    pace = heard(*[0.2] * 4, is_local=True)
    pace.begins_beside_another()
    assert pace.may_double
