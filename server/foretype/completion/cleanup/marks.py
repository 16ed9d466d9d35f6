"""Marks that belong to the prompt or to the model, never to a file."""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import Flow, Surroundings, hold_back

ENDS = (
    "<|endoftext|>", "<|im_end|>", "<|im_start|>", "<|eot_id|>", "<|end|>", "</s>", "<EOT>",
    "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>", "<|file_sep|>",
    "<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<file_sep>",
)  # fmt: skip
_END = re.compile("|".join(re.escape(mark) for mark in ENDS))


def drop_marks(flow: Flow, place: Surroundings) -> Flow:
    """Cut at a model's own end mark; drop the cursor mark with what is repeated before it."""
    text = flow.text
    end = _END.search(text)
    if end is not None:
        flow = flow.end(text[: end.start()])
    flow = _drop_cursor(flow, place)
    return hold_back(flow, (*ENDS, place.mark))


def _drop_cursor(flow: Flow, place: Surroundings) -> Flow:
    ahead, mark, behind = flow.text.partition(place.mark)
    if not mark:
        return flow
    if not ahead.strip() or _repeats(ahead, place):
        return flow.now(behind.replace(place.mark, ""))
    return flow.end(ahead)


def _repeats(ahead: str, place: Surroundings) -> bool:
    """Whether what stands before the mark is what stands before the cursor."""
    last = ahead.rsplit("\n", 1)[-1].strip()
    return bool(last) and place.before.strip().endswith(last)
