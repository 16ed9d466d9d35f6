"""From the model's words to an exact insertion: small steps, read from top to bottom.

Every step works on the stream. ``clean`` is a function of what has come so far, so that the
result does not depend on how the stream was cut into chunks.
"""

from __future__ import annotations

from foretype.completion.cleanup.base import CompletionContext, Flow, Step
from foretype.completion.cleanup.decoration import drop_diff_marks, drop_line_numbers
from foretype.completion.cleanup.echo import drop_echo
from foretype.completion.cleanup.indentation import (
    drop_trailing_blanks,
    fit_block,
    fit_first_line,
    fit_tabs_and_blanks,
    restore_line_ends,
    unify_line_ends,
)
from foretype.completion.cleanup.joining import begin_new_line, stay_on_line
from foretype.completion.cleanup.marks import drop_marks
from foretype.completion.cleanup.prompted import drop_headers, drop_prompt
from foretype.completion.cleanup.reasoning import drop_reasoning
from foretype.completion.cleanup.stops import (
    stop_at_block_end,
    stop_at_line_end,
    stop_at_prose,
    stop_at_repetition,
    stop_where_suffix_begins,
)
from foretype.completion.cleanup.unseen import stop_at_unseen
from foretype.completion.cleanup.wrapping import drop_wrapping, stop_at_fence

__all__ = ["STEPS", "Flow", "Step", "CompletionContext", "clean"]

STEPS: tuple[Step, ...] = (
    unify_line_ends,
    drop_reasoning,
    drop_headers,
    drop_wrapping,
    drop_prompt,
    drop_marks,
    stop_at_unseen,
    drop_line_numbers,
    drop_diff_marks,
    stay_on_line,
    drop_echo,
    stop_at_fence,
    drop_prompt,
    stay_on_line,
    begin_new_line,
    fit_block,
    fit_first_line,
    fit_tabs_and_blanks,
    drop_trailing_blanks,
    stop_where_suffix_begins,
    stop_at_repetition,
    stop_at_block_end,
    stop_at_prose,
    stop_at_line_end,
    restore_line_ends,
)


def clean(raw: str, ctx: CompletionContext, *, final: bool) -> Flow:
    """The certain part of what the model said, fit to be inserted at the place."""
    flow = Flow(raw, final)
    for step in STEPS:
        flow = step(flow, ctx)
    return flow
