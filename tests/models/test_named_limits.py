"""The numbers and values that refusals name, in the words of the servers that send them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.models.named_limits import affordable_in, efforts_in, tokens_in


@pytest.mark.parametrize(
    ("words", "limit", "sent"),
    [
        ("This model's maximum context length is 4096 tokens. However, you requested 5000 tokens "
         "(4900 in the messages, 100 in the completion). Please reduce the length.", 4096, 4900),
        ("'max_tokens' is too large: 128. This model's maximum context length is 2048 tokens and "
         "your request has 2000 input tokens (128 > 2048 - 2000).", 2048, 2000),
        ("litellm.ContextWindowExceededError: This model's maximum context length is 512 tokens.",
         512, 0),
        ("request (1407 tokens) exceeds the available context size (256 tokens)", 256, 1407),
        ("This endpoint's maximum context length is 32768 tokens. However, you requested about "
         "40000 tokens (39000 of text input, 1000 in the output).", 32768, 39000),
        ("prompt is too long: 209303 tokens > 200000 maximum", 200000, 209303),
        ("Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in "
         "300100 tokens.", 272000, 300100),
        ("Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum "
         "context length", 32768, 40000),
        ("`inputs` must have less than 1024 tokens. Given: 2048", 1024, 2048),
        ("`inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000 `inputs` tokens and 128 "
         "`max_new_tokens`", 4097, 5000),
        ("Request too large on tokens per minute (TPM): Limit 6000, Requested 6294", 6000, 6294),
        ("Request body too large for gpt-5 model. Max size: 8000 tokens.", 8000, 0),
        ("The decoder prompt (length 2200) is longer than the maximum model length of 2048.",
         2048, 2200),
        ("This model's maximum context length is 8192 tokens, however you requested 9000 tokens "
         "(8872 in your prompt; 128 for the completion).", 8192, 8872),
        ("Input is too long for requested model.", 0, 0),
        ("Invalid 'messages[1].content': string too long. Expected a string with maximum length "
         "1048576 characters.", 0, 0),
    ],
)  # fmt: skip
def test_tokens(words: str, limit: int, sent: int) -> None:
    assert tokens_in(words.lower(), None) == (limit, sent)


def test_llama_cpp_names_them_in_fields() -> None:
    body = {"message": "the request exceeds the available context size", "n_prompt_tokens": 1407,
            "n_ctx": 256, "code": 400}  # fmt: skip
    assert tokens_in("the request exceeds the available context size", body) == (256, 1407)


def test_openrouter_names_what_an_account_can_afford() -> None:
    words = "you requested up to 65,536 tokens, but can only afford 1,234. to increase, visit"
    assert affordable_in(words) == 1234


@pytest.mark.parametrize(
    ("words", "efforts"),
    [
        ("Supported values are: 'low', 'medium', and 'high'.", ("low", "medium", "high")),
        ("reasoning_effort must be one of [high, medium, low, minimal]",
         ("minimal", "low", "medium", "high")),
        ("effort should be 'low'", ("low",)),
        ("The temperature is too high, one of us is wrong", ()),
        ("Supported values are: 'auto' and 'default'", ()),
        ("low is not supported", ()),
    ],
)  # fmt: skip
def test_efforts(words: str, efforts: tuple[str, ...]) -> None:
    assert efforts_in(words.lower()) == efforts


@given(st.text(), st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x)
       | st.dictionaries(st.text(), x)))  # fmt: skip
def test_any_words_give_numbers_that_make_sense(words: str, body: Any) -> None:
    found = tokens_in(words.lower(), body)
    assert found.limit >= 0 and found.sent >= 0
    assert affordable_in(words.lower()) >= 0
    efforts_in(words.lower())
