"""What an endpoint accepts: learned from refusals that name a parameter, and from those that do
not."""

from __future__ import annotations

import pytest
from helpers.bounded import bounded
from hypothesis import given
from hypothesis import strategies as st

from foretype.models.capabilities import (
    PART_NAMES,
    EndpointCapabilities,
    RequestVariant,
    parts_named_in,
)
from foretype.models.protocol import ModelRejected, PromptRejected, PromptTooLong

ALL = frozenset({"reasoning", "stream_options", "stop", "temperature", "max_tokens"})


def refusal(parameter: str = "", status: int = 400) -> ModelRejected:
    return ModelRejected("no", status, (parameter,) if parameter else ())


def learn(
    capabilities: EndpointCapabilities, *parameters: str, parts: frozenset[str] = ALL
) -> RequestVariant:
    for parameter in parameters:
        assert capabilities.refused(capabilities.variant, parts, refusal(parameter))
    return capabilities.variant


class TestNamed:
    def test_a_refused_part_is_left_out_from_then_on(self) -> None:
        variant = learn(EndpointCapabilities(1, RequestVariant()), "stop", "stream_options")
        assert variant.without == {"stop", "stream_options"}

    def test_refused_reasoning_is_spelled_in_the_next_way_and_then_not_at_all(self) -> None:
        capabilities = EndpointCapabilities(2, RequestVariant())
        assert learn(capabilities, "reasoning").reasoning_off_index == 1
        assert learn(capabilities, "reasoning").reasoning_off_index == 2
        assert not capabilities.refused(capabilities.variant, ALL, refusal("reasoning"))

    def test_max_tokens_has_a_second_name(self) -> None:
        capabilities = EndpointCapabilities(0, RequestVariant())
        assert learn(capabilities, "max_tokens").max_tokens == "max_completion_tokens"
        assert not capabilities.refused(capabilities.variant, ALL, refusal("max_tokens"))

    def test_a_part_that_was_not_sent_is_no_reason_to_try_again(self) -> None:
        capabilities = EndpointCapabilities(1, RequestVariant())
        assert not capabilities.refused(capabilities.variant, frozenset(), refusal("stop"))
        assert capabilities.variant == RequestVariant()

    def test_works_after_the_first_success_too(self) -> None:
        capabilities = EndpointCapabilities(1, RequestVariant())
        capabilities.accepted(capabilities.variant)
        assert learn(capabilities, "stop").without == {"stop"}

    def test_what_another_stream_learned_meanwhile_is_tried(self) -> None:
        capabilities = EndpointCapabilities(1, RequestVariant())
        before = capabilities.variant
        after = learn(capabilities, "stop")
        assert capabilities.refused(before, ALL, refusal("stop"))
        assert capabilities.variant == after


class TestEfforts:
    def refused(self, capabilities: EndpointCapabilities, *efforts: str) -> RequestVariant:
        fault = ModelRejected("no", 400, ("reasoning",), efforts=efforts)
        assert capabilities.refused(capabilities.variant, ALL, fault)
        return capabilities.variant

    def test_the_least_that_the_refusal_names_is_written_in_the_same_spelling(self) -> None:
        variant = self.refused(EndpointCapabilities(2, RequestVariant()), "low", "medium", "high")
        assert variant == RequestVariant(0, effort="low")

    def test_none_is_not_asked_for_again(self) -> None:
        variant = self.refused(EndpointCapabilities(2, RequestVariant()), "none", "minimal")
        assert variant.effort == "minimal"

    def test_one_that_is_refused_all_the_same_ends_in_the_next_spelling(self) -> None:
        capabilities = EndpointCapabilities(2, RequestVariant())
        self.refused(capabilities, "low", "high")
        assert self.refused(capabilities, "low", "high") == RequestVariant(1)

    def test_is_kept_though_the_model_reasons_which_is_known_from_then_on(self) -> None:
        capabilities = EndpointCapabilities(3, RequestVariant())
        variant = self.refused(capabilities, "low", "high")
        for _ in range(2):
            capabilities.thought(variant)
        assert capabilities.variant == variant
        assert capabilities.thinks

    def test_survives_the_process(self) -> None:
        old = EndpointCapabilities(2, RequestVariant())
        old.accepted(self.refused(old, "low", "high"))
        new = EndpointCapabilities(2, RequestVariant())
        new.take(old.as_json())
        assert new.variant == old.variant


class TestUnnamed:
    def test_changes_one_part_at_a_time_and_at_last_leaves_all_out(self) -> None:
        capabilities = EndpointCapabilities(2, RequestVariant())
        tried = [capabilities.variant]
        while_refused = iter(
            lambda: capabilities.refused(capabilities.variant, ALL, refusal()), False
        )
        for _ in bounded(while_refused):
            tried.append(capabilities.variant)
        spelled = [(variant.reasoning_off_index, sorted(variant.without)) for variant in tried]
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
        assert capabilities.variant == RequestVariant(), "nothing helped: it was not the form"

    def test_goes_on_where_an_aborted_stream_has_left_off(self) -> None:
        capabilities = EndpointCapabilities(3, RequestVariant())
        assert [
            learn(capabilities, "").reasoning_off_index,
            learn(capabilities, "").reasoning_off_index,
        ] == [1, 2]

    def test_after_a_success_a_refusal_is_about_the_content(self) -> None:
        capabilities = EndpointCapabilities(2, RequestVariant())
        capabilities.accepted(capabilities.variant)
        assert not capabilities.refused(capabilities.variant, ALL, refusal())

    def test_a_success_of_another_form_proves_nothing(self) -> None:
        capabilities = EndpointCapabilities(2, RequestVariant())
        old = capabilities.variant
        learn(capabilities, "")
        capabilities.accepted(old)
        assert not capabilities.proven

    @pytest.mark.parametrize("status", [401, 402, 403, 404, 413])
    def test_other_refusals_teach_nothing(self, status: int) -> None:
        capabilities = EndpointCapabilities(2, RequestVariant())
        assert not capabilities.refused(capabilities.variant, ALL, refusal(status=status))


class TestThinking:
    def test_once_may_be_an_accident(self) -> None:
        capabilities = EndpointCapabilities(2, RequestVariant())
        capabilities.thought(capabilities.variant)
        assert capabilities.variant == RequestVariant()

    def test_twice_chooses_the_next_spelling_and_at_last_says_so(self) -> None:
        capabilities = EndpointCapabilities(2, RequestVariant())
        for _ in range(2):
            capabilities.thought(capabilities.variant)
        assert (capabilities.variant.reasoning_off_index, capabilities.thinks) == (1, False)
        for _ in range(2):
            capabilities.thought(capabilities.variant)
        assert (capabilities.variant.reasoning_off_index, capabilities.thinks) == (1, True)


@given(
    st.integers(0, 4),
    st.lists(st.sampled_from([*PART_NAMES, "", "model"]), max_size=60),
    st.frozensets(st.sampled_from(list(PART_NAMES))),
)
def test_no_row_of_refusals_goes_on_for_ever(
    n_reasoning_off: int, named: list[str], parts: frozenset[str]
) -> None:
    capabilities = EndpointCapabilities(n_reasoning_off, RequestVariant())
    again = 0
    for name in named:
        left = parts - capabilities.variant.without
        again += capabilities.refused(capabilities.variant, left, refusal(name))
    assert again <= n_reasoning_off + 2 * len(PART_NAMES) + n_reasoning_off + 2
    assert capabilities.variant.reasoning_off_index <= n_reasoning_off


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
    assert parts_named_in(message)[:1] == ((part,) if part else ())


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
    capabilities = EndpointCapabilities(1, RequestVariant())
    assert capabilities.refused(
        capabilities.variant, sent, ModelRejected("no", 400, parts_named_in(message))
    )
    expected = {
        "reasoning": RequestVariant(reasoning_off_index=1),
        "max_tokens": RequestVariant(max_tokens="max_completion_tokens"),
    }
    assert capabilities.variant == expected.get(
        dropped, RequestVariant(without=frozenset({dropped}))
    )


def test_a_refused_prompt_is_not_tried_in_other_forms() -> None:
    capabilities = EndpointCapabilities(2, RequestVariant())
    for fault in (PromptTooLong("no", 400), PromptRejected("no", 422)):
        assert not capabilities.refused(capabilities.variant, ALL, fault)
    assert capabilities.variant == RequestVariant()
