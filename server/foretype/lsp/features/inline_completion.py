"""``textDocument/inlineCompletion``: ghost text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from foretype.completion.suggestion import Answer, NoSuggestion, Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import Deadline
from foretype.lsp import convert
from foretype.lsp.command_names import ACCEPTED
from foretype.lsp.wire.json_rpc import arrived

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer


def register(ls: ForetypeServer) -> None:
    """Offer ghost text to a client that shows it."""

    def offer() -> None:
        if ls.profile.inline_completion:
            options = types.InlineCompletionOptions()
            ls.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, options)(inline_completion)

    ls.events.client_known.append(offer)


async def inline_completion(
    ls: ForetypeServer, params: types.InlineCompletionParams
) -> list[types.InlineCompletionItem] | None:
    document = ls.documents.get(params.text_document.uri)
    if document is None:
        ls.recorder.record_unknown_document()
        return None
    cursor = Cursor(document, convert.to_offset(document, params.position, ls.documents.encoding))
    is_invoked = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    completion = ls.settings.completion
    delay_ms = 0 if is_invoked else completion.show_delay_ms
    limit_ms = completion.explicit_deadline_ms if is_invoked else completion.deadline_ms
    selected = params.context.selected_completion_info
    answer = await ls.answering.suggest(
        cursor,
        Trigger.INVOKED if is_invoked else Trigger.AUTOMATIC,
        Deadline(arrived() + max(limit_ms, delay_ms) / 1000),
        selected="" if selected is None else selected.text,
        delay_s=delay_ms / 1000,
    )
    return to_items(answer, selected, ls.documents.encoding, clears=ls.profile.clears_on_empty)


def to_items(
    answer: Answer,
    selected: types.SelectedCompletionInfo | None,
    encoding: convert.Encoding,
    *,
    clears: bool,
) -> list[types.InlineCompletionItem] | None:
    """The answer as the protocol has it: items, an empty list to clear, or null to leave."""
    if isinstance(answer, NoSuggestion):
        # Where the client has moved on, an empty list would hide what it shows by now.
        return [] if clears and not answer.reason.is_outdated else None
    texts = dict.fromkeys((answer.text, *answer.alternatives))
    return [_to_item(text, answer, selected, encoding) for text in texts]


def _to_item(
    text: str,
    suggestion: Suggestion,
    selected: types.SelectedCompletionInfo | None,
    encoding: convert.Encoding,
) -> types.InlineCompletionItem:
    cursor = suggestion.cursor
    start, end = cursor.offset, cursor.offset + suggestion.replaces
    if selected is not None:
        # A preview of the popup's entry has to stand in the entry's own range.
        start_of_entry, end_of_entry = convert.to_offsets(cursor.document, selected.range, encoding)
        typed = cursor.document.text[start_of_entry:start]
        if start_of_entry <= start and (typed + text).startswith(selected.text):
            start, end, text = start_of_entry, max(end, end_of_entry), typed + text
    return types.InlineCompletionItem(
        insert_text=text,
        range=convert.to_range(cursor.document, start, end, encoding),
        command=accepted_command(suggestion),
    )


def accepted_command(suggestion: Suggestion) -> types.Command:
    """What the client runs once the suggestion is accepted."""
    return types.Command(title="Accepted", command=ACCEPTED, arguments=[suggestion.id])
