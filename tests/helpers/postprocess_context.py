"""The context of a cursor, for the new way from answer to insertion."""

from __future__ import annotations

from foretype.completion.context.prompt import cursor_mark
from foretype.completion.context.window import gather
from foretype.completion.postprocess import CompletionContext
from foretype.core.cursor import Cursor, only_closers


def context_at(place: Cursor) -> CompletionContext:
    """What postprocessing knows of a place, as the product makes it."""
    context = gather(place, tokens=2000)
    mark = cursor_mark(context.prefix + context.suffix)
    return CompletionContext(context, mark, single_line=not only_closers(place.after))
