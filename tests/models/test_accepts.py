"""What an endpoint accepts: learned from refusals that name a parameter, and from those that do
not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.models.capabilities import NAMES, EndpointCapabilities, RequestVariant, named_in
from foretype.models.protocol import ModelRejected, PromptRejected, PromptTooLong

ALL = frozenset({"reasoning", "stream_options", "stop", "temperature", "max_tokens"})


def refusal(parameter: str = "", status: int = 400) -> ModelRejected:
    return ModelRejected("no", status, (parameter,) if parameter else ())


def learn(
    accepts: EndpointCapabilities, *parameters: str, parts: frozenset[str] = ALL
) -> RequestVariant:
    for parameter in parameters:
        assert accepts.refused(accepts.offer, parts, refusal(parameter))
    return accepts.offer


class TestNamed:
    def test_a_refused_part_is_left_out_from_then_on(self) -> None:
        offer = learn(EndpointCapabilities(1, RequestVariant()), "stop", "stream_options")
        assert offer.without == {"stop", "stream_options"}

    def test_refused_reasoning_is_spelled_in_the_next_way_and_then_not_at_all(self) -> None:
        accepts = EndpointCapabilities(2, RequestVariant())
        assert learn(accepts, "reasoning").spelling == 1
        assert learn(accepts, "reasoning").spelling == 2
        assert not accepts.refused(accepts.offer, ALL, refusal("reasoning"))

    def test_max_tokens_has_a_second_name(self) -> None:
        accepts = EndpointCapabilities(0, RequestVariant())
        assert learn(accepts, "max_tokens").max_tokens == "max_completion_tokens"
        assert not accepts.refused(accepts.offer, ALL, refusal("max_tokens"))

    def test_a_part_that_was_not_sent_is_no_reason_to_try_again(self) -> None:
        accepts = EndpointCapabilities(1, RequestVariant())
        assert not accepts.refused(accepts.offer, frozenset(), refusal("stop"))
        assert accepts.offer == RequestVariant()

    def test_works_after_the_first_success_too(self) -> None:
        accepts = EndpointCapabilities(1, RequestVariant())
        accepts.accepted(accepts.offer)
        assert learn(accepts, "stop").without == {"stop"}

    def test_what_another_stream_learned_meanwhile_is_tried(self) -> None:
        accepts = EndpointCapabilities(1, RequestVariant())
        before = accepts.offer
        after = learn(accepts, "stop")
        assert accepts.refused(before, ALL, refusal("stop"))
        assert accepts.offer == after


class TestUnnamed:
    def test_changes_one_part_at_a_time_and_at_last_leaves_all_out(self) -> None:
        accepts = EndpointCapabilities(2, RequestVariant())
        tried = [accepts.offer]
        while accepts.refused(accepts.offer, ALL, refusal()):
            tried.append(accepts.offer)
        spelled = [(offer.spelling, sorted(offer.without)) for offer in tried]
        assert spelled[:6] == [
            (0, []),
            (1, []),
            (2, []),
            (0, ["stream_options"]),
            (0, ["stop"]),
            (0, ["temperature"]),
        ]
        assert spelled[6][0] == 2
        assert {"stream_options", "stop", "temperature"} <= set(spelled[6][1])
        assert len(spelled) == 7
        assert accepts.offer == RequestVariant(), "nothing helped: it was not the form"

    def test_goes_on_where_an_aborted_stream_has_left_off(self) -> None:
        accepts = EndpointCapabilities(3, RequestVariant())
        assert [learn(accepts, "").spelling, learn(accepts, "").spelling] == [1, 2]

    def test_after_a_success_a_refusal_is_about_the_content(self) -> None:
        accepts = EndpointCapabilities(2, RequestVariant())
        accepts.accepted(accepts.offer)
        assert not accepts.refused(accepts.offer, ALL, refusal())

    def test_a_success_of_another_form_proves_nothing(self) -> None:
        accepts = EndpointCapabilities(2, RequestVariant())
        old = accepts.offer
        learn(accepts, "")
        accepts.accepted(old)
        assert not accepts.proven

    @pytest.mark.parametrize("status", [401, 402, 403, 404, 413])
    def test_other_refusals_teach_nothing(self, status: int) -> None:
        accepts = EndpointCapabilities(2, RequestVariant())
        assert not accepts.refused(accepts.offer, ALL, refusal(status=status))


class TestThinking:
    def test_once_may_be_an_accident(self) -> None:
        accepts = EndpointCapabilities(2, RequestVariant())
        accepts.thought(accepts.offer)
        assert accepts.offer == RequestVariant()

    def test_twice_chooses_the_next_spelling_and_at_last_says_so(self) -> None:
        accepts = EndpointCapabilities(2, RequestVariant())
        for _ in range(2):
            accepts.thought(accepts.offer)
        assert (accepts.offer.spelling, accepts.thinks) == (1, False)
        for _ in range(2):
            accepts.thought(accepts.offer)
        assert (accepts.offer.spelling, accepts.thinks) == (1, True)


@given(
    st.integers(0, 4),
    st.lists(st.sampled_from([*NAMES, "", "model"]), max_size=60),
    st.frozensets(st.sampled_from(list(NAMES))),
)
def test_no_row_of_refusals_goes_on_for_ever(
    n_spellings: int, named: list[str], parts: frozenset[str]
) -> None:
    accepts = EndpointCapabilities(n_spellings, RequestVariant())
    again = 0
    for name in named:
        left = parts - accepts.offer.without
        again += accepts.refused(accepts.offer, left, refusal(name))
    assert again <= n_spellings + 2 * len(NAMES) + n_spellings + 2
    assert accepts.offer.spelling <= n_spellings


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ("Unsupported parameter: 'stop' is not supported with this model.", "stop"),
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_tokens"),
        ("This model's maximum context length is 8192 tokens, max_tokens is 9000.", ""),
        ("Unsupported param: suffix", "suffix"),
        ("registry.example/m does not support insert", "suffix"),
        ("suffix is not currently supported", "suffix"),
        ("Reasoning is mandatory for this endpoint and cannot be disabled.", "reasoning"),
        ("Unrecognized request argument supplied: chat_template_kwargs", "reasoning"),
        ("'temperature' does not support 0.1 with this model.", "temperature"),
        ('{"detail": [{"loc": ["body", "stream_options"], "msg": "extra"}]}', "stream_options"),
        ("The response was filtered.", ""),
        ("Invalid model", ""),
    ],
)
def test_the_part_that_a_message_names(message: str, part: str) -> None:
    assert named_in(message)[:1] == ((part,) if part else ())


LITELLM_GPT_5 = (
    "litellm.UnsupportedParamsError: gpt-5 models (including gpt-5-codex) don't support "
    "temperature=0.1. Only temperature=1 is supported. For gpt-5.1, temperature is supported when "
    "reasoning_effort='none' (or not specified, as it defaults to 'none')."
)


@pytest.mark.parametrize(
    ("message", "sent", "dropped"),
    [
        (LITELLM_GPT_5, ALL, "temperature"),
        (LITELLM_GPT_5, ALL - {"temperature"}, "reasoning"),
        ("Unsupported: 'temperature' is not supported with reasoning models.", ALL, "temperature"),
        ("`stop` cannot be used with `reasoning_effort`.", ALL, "stop"),
        ("reasoning_effort cannot be used with stop.", ALL, "reasoning"),
        ("suffix is ignored with stream_options", ALL, "stream_options"),
        ("Unsupported value: 'reasoning_effort' with max_tokens", ALL, "reasoning"),
        ("'max_tokens' is not supported with a temperature.", ALL, "max_tokens"),
    ],
)
def test_the_part_that_is_named_first_of_those_sent_is_left_out(
    message: str, sent: frozenset[str], dropped: str
) -> None:
    accepts = EndpointCapabilities(1, RequestVariant())
    assert accepts.refused(accepts.offer, sent, ModelRejected("no", 400, named_in(message)))
    expected = {
        "reasoning": RequestVariant(spelling=1),
        "max_tokens": RequestVariant(max_tokens="max_completion_tokens"),
    }
    assert accepts.offer == expected.get(dropped, RequestVariant(without=frozenset({dropped})))


def test_a_refused_prompt_is_not_tried_in_other_forms() -> None:
    accepts = EndpointCapabilities(2, RequestVariant())
    for fault in (PromptTooLong("no", 400), PromptRejected("no", 422)):
        assert not accepts.refused(accepts.offer, ALL, fault)
    assert accepts.offer == RequestVariant()
