"""From a model's answer to the text that is shown, as one pure function.

The service takes the same steps on a stream: it cleans while the answer comes
(``cleanup/incremental.py``) and shapes at each place that the text fits. Tests and benches that
judge a text rather than its timing start here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from foretype.completion.cleanup import CompletionContext, clean
from foretype.completion.context.prompt import cursor_mark
from foretype.completion.context.window import Context, gather
from foretype.completion.shape import Shaped, shape
from foretype.core.cursor import Cursor, only_closers
from foretype.settings.schema import CompletionSettings

DEFAULTS = CompletionSettings()


@dataclass(frozen=True, slots=True)
class CompletedText:
    """What an answer becomes."""

    cleaned: str
    """All of the answer that can be inserted."""
    shaped: Shaped
    """The part of it to show."""
    done: bool
    """Nothing that is still to come would change it."""


def complete_text(
    raw: str,
    cursor: Cursor,
    settings: CompletionSettings = DEFAULTS,
    *,
    final: bool = True,
    is_cut: bool = False,
    after_accept: bool = False,
) -> CompletedText:
    """What is shown of an answer at a cursor.

    ``final``: nothing more comes. ``is_cut``: the answer ran out of tokens. ``after_accept``: a
    suggestion was accepted just before.
    """
    context = gather(cursor, tokens=settings.context_tokens)
    flow = clean(raw, completion_context(cursor, context, settings.multiline), final=final)
    ended = flow.done or (final and not (is_cut and not flow.text.endswith(("\n", "\r"))))
    shaped = shape(
        flow.text,
        cursor,
        finished=ended,
        multiline=settings.multiline,
        after_accept=after_accept,
    )
    return CompletedText(flow.text, shaped, flow.done)


def completion_context(
    cursor: Cursor,
    context: Context,
    multiline: Literal["auto", "single", "block"] = "auto",
    *,
    own_line: bool = False,
) -> CompletionContext:
    """What the clean-up needs to know of a cursor, and of the context that the model was sent."""
    mark = cursor_mark(cursor.document.text, *(snippet.text for snippet in context.snippets))
    single = multiline == "single" or not only_closers(cursor.after)
    return CompletionContext(context, mark, single, own_line=own_line)
