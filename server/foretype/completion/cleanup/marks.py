"""Marks that belong to the prompt or to the model, never to a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from foretype.completion.cleanup.base import CompletionContext, Flow, hold_back
from foretype.completion.context.prompt import MARK

ENDS = (
    "<|endoftext|>", "<|im_end|>", "<|im_start|>", "<|eot_id|>", "<|end|>", "<|eom_id|>", "</s>",
    "<EOT>", "<|return|>", "<end_of_turn>", "<|endofmiddle|>", "<｜end▁of▁sentence｜>",
    "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>", "<|file_sep|>",
    "<|repo_name|>", "<|file_separator|>", "<fim_prefix>", "<fim_suffix>", "<fim_middle>",
    "<file_sep>", "<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "[/INST]", "<|user|>",
    "<|assistant|>", "<start_of_turn>", "<|start_header_id|>", "<|START_RESPONSE|>",
    "<|END_RESPONSE|>", "<|START_TEXT|>", "<|END_TEXT|>",
)  # fmt: skip
"""What models write at their end, or before the next turn, where a server lets it through."""
BEGINNINGS = (
    "<|fim_middle|>", "<fim_middle>", "<｜fim▁end｜>", "<|assistant|>", "<|START_RESPONSE|>",
    "<|START_TEXT|>",
)  # fmt: skip
"""Those of them after which the text may begin."""
MIN_HALF = 4
"""Characters of half a mark that are no operator."""
SHORT = 3
"""Characters before the cursor that are too few to be told from new text without a mark."""


def drop_marks(flow: Flow, ctx: CompletionContext) -> Flow:
    """Cut at a model's own end mark; drop the cursor mark, and what is repeated before it."""
    ends = [end for end in ENDS if not ctx.holds(end) and not (end == "</s>" and ctx.is_markup)]
    cursors = [mark for mark in dict.fromkeys((ctx.mark, MARK)) if not ctx.holds(mark)]
    flow = _without_beginning(flow, ends)
    end = _pattern(tuple(ends)).search(flow.text)
    if end is not None:
        flow = flow.end(flow.text[: end.start()])
    flow = _without_half(hold_back(flow, [*ends, *cursors]), cursors)
    return _drop_cursor(flow, cursors, ctx)


def _without_half(flow: Flow, cursors: Sequence[str]) -> Flow:
    """Without a cursor mark that the answer's end has cut."""
    for mark in cursors if flow.final else ():
        at = flow.text.rfind(mark[0], max(0, len(flow.text) - len(mark)))
        half = flow.text[at:] if at >= 0 else ""
        if len(half) >= MIN_HALF and mark.startswith(half) and half != mark:
            return flow.now(flow.text[:at])
    return flow


def _without_beginning(flow: Flow, ends: Sequence[str]) -> Flow:
    start = flow.text.lstrip()
    for mark in BEGINNINGS:
        if mark in ends and start.startswith(mark):
            return flow.now(start.removeprefix(mark))
    return flow


def _drop_cursor(flow: Flow, cursors: Sequence[str], ctx: CompletionContext) -> Flow:
    ahead, *behind = _pattern(tuple(cursors)).split(flow.text, maxsplit=2)
    said, typed = ahead.strip(), ctx.before.strip()
    is_short = len(typed) < SHORT
    if not behind:
        undecided = not said or (is_short and typed.startswith(said))
        return flow.now("") if undecided and not flow.final else flow
    if not said or (is_short and said == typed):
        rest = behind[0]
    elif _repeats(ahead, ctx):
        rest = ahead + behind[0]
    else:
        return flow.end(ahead)
    return flow.now(rest) if len(behind) == 1 else flow.end(rest)


def _repeats(ahead: str, ctx: CompletionContext) -> bool:
    """Whether what stands before the mark is what stands before the cursor."""
    typed, last = ctx.before.strip(), ahead.rsplit("\n", 1)[-1].strip()
    if last:
        return typed.endswith(last)
    return not typed and ahead.rstrip().rsplit("\n", 1)[-1].strip() == ctx.line_above.strip()


@lru_cache(maxsize=64)
def _pattern(marks: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(mark) for mark in marks) or r"(?!)")
