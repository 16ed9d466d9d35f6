"""From a model's answer to the text that is shown, as one pure function of the document.

The service takes the same steps on a stream. Tests and benches that judge a text rather than its
timing start here.
"""

from __future__ import annotations

from foretype.completion import postprocess
from foretype.completion.context.prompt import cursor_mark
from foretype.completion.context.window import Context, gather
from foretype.completion.postprocess import Completion, CompletionContext
from foretype.core.cursor import Cursor, only_closers
from foretype.settings.schema import CompletionSettings, Multiline

DEFAULTS = CompletionSettings()


def complete_text(
    raw: str,
    cursor: Cursor,
    settings: CompletionSettings = DEFAULTS,
    *,
    final: bool = True,
    is_cut: bool = False,
    after_accept: bool = False,
) -> Completion:
    """What an answer becomes at a cursor.

    ``final``: nothing more comes. ``is_cut``: the answer ran out of tokens. ``after_accept``: a
    suggestion was accepted just before.
    """
    context = gather(cursor, tokens=settings.context_tokens)
    return postprocess.complete_text(
        raw,
        completion_context(cursor, context, settings.multiline),
        cursor,
        final=final,
        is_cut=is_cut,
        multiline=settings.multiline,
        after_accept=after_accept,
    )


def completion_context(
    cursor: Cursor,
    context: Context,
    multiline: Multiline = "auto",
    *,
    ends_line: bool = False,
) -> CompletionContext:
    """What is known of a cursor, and of the context that the model was sent, once it answers."""
    nearby = (snippet.text for snippet in context.snippets)
    mark = cursor_mark(cursor.document.text, context.prefix, *nearby)
    single = multiline == "single" or not only_closers(cursor.after)
    return CompletionContext(context, mark, single, ends_line=ends_line)
