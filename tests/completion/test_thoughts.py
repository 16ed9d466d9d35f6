"""Thoughts of the models that write them into their answer, each with marks of its own."""

from __future__ import annotations

import pytest
from helpers.completion_places import context_at
from helpers.marks import cursor as drawn
from helpers.streaming import streamed


@pytest.mark.parametrize(
    "model",
    [
        "<think>hm</think>sum(prices)",
        "<|START_THINKING|>hm<|END_THINKING|><|START_RESPONSE|>sum(prices)<|END_RESPONSE|>",
        "<|START_THINKING|>hm<|END_THINKING|><|START_TEXT|>sum(prices)<|END_TEXT|>",
        "<unused94>thought\nhm<unused95>sum(prices)",
        "<|channel>thought\nhm<channel|>sum(prices)",
        "<|inner_prefix|>hm<|inner_suffix|>sum(prices)",
        "<longcat_think>hm</longcat_think>\nsum(prices)",
        "sum(prices)<start_of_turn>user\nhm",
        "sum(prices)<|start_header_id|>user<|end_header_id|>hm",
    ],
)
def test_neither_thoughts_nor_marks_are_shown(model: str) -> None:
    assert streamed(model, context_at(drawn("total = ‸\n"))) == "sum(prices)"
