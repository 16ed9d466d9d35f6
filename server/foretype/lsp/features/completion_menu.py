"""``textDocument/completion``: the same suggestion, made fit for a menu.

For editors without ghost text. A menu filters and sorts by itself, so an item has to survive
what the user types on, and to stand below what the language's own server offers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretype.completion.suggestion import NoSuggestion, Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import Deadline
from foretype.lsp import convert
from foretype.lsp.features import adding_imports
from foretype.lsp.features.inline_completion import accepted_command
from foretype.lsp.wire.json_rpc import arrived

if TYPE_CHECKING:
    from foretype.lsp.session.client_profiles import ClientProfile
    from foretype.lsp.session.session import ForetypeServer

TRIGGERS = (".", "(", "[", "{", "=", ":", ",", " ")
"""Characters after which a menu opens without a word having begun."""
LONGEST_LABEL = 60

# Below all that a language server sends: they sort by their labels, or by digits.
_LAST = "~~~~"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_WORD_BEFORE = re.compile(r"\w*\Z")


def register(ls: ForetypeServer) -> None:
    """Offer suggestions in the menu: from the start, or once the settings ask for it."""

    def offer_from_start() -> None:
        if is_wanted(ls.profile, ls.client_settings.init_options):
            ls.feature(types.TEXT_DOCUMENT_COMPLETION, options())(completion)

    def offer_late() -> None:
        offered = types.TEXT_DOCUMENT_COMPLETION in ls.protocol.fm.features
        if ls.settings.completion.menu == "on" and not offered:
            ls.spawn(_register_late(ls))

    ls.events.client_known.append(offer_from_start)
    ls.events.settings_read.append(offer_late)


def is_wanted(profile: ClientProfile, init_options: Any) -> bool:
    """Whether suggestions are offered in the menu from the start."""
    menu = "auto"
    options = init_options
    if isinstance(options, Mapping) and isinstance(options.get("foretype"), Mapping):
        options = options["foretype"]
    if isinstance(options, Mapping) and isinstance(options.get("completion"), Mapping):
        menu = options["completion"].get("menu", "auto")
    return menu == "on" or (menu != "off" and not profile.inline_completion)


async def _register_late(ls: ForetypeServer) -> None:
    """Offer suggestions in the menu of a client that has been answered already."""
    if not ls.profile.registers_completion:
        ls.notifier.log_message(
            "the menu needs completion.menu in initializationOptions in this editor"
        )
        return
    ls.feature(types.TEXT_DOCUMENT_COMPLETION, options())(completion)
    await ls.client_settings.register_late(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionRegistrationOptions(trigger_characters=list(TRIGGERS)),
    )


def options() -> types.CompletionOptions:
    return types.CompletionOptions(trigger_characters=list(TRIGGERS), resolve_provider=False)


async def completion(
    ls: ForetypeServer, params: types.CompletionParams
) -> types.CompletionList | None:
    document = ls.documents.get(params.text_document.uri)
    if document is None:
        ls.recorder.record_unknown_document()
        return None
    settings = ls.settings.completion
    if settings.menu == "off" or (settings.menu == "auto" and ls.profile.inline_completion):
        return None
    cursor = Cursor(document, convert.to_offset(document, params.position, ls.documents.encoding))
    deadline = Deadline(arrived() + settings.explicit_deadline_ms / 1000)
    answer = await ls.answering.suggest(cursor, Trigger.AUTOMATIC, deadline)
    if isinstance(answer, NoSuggestion):
        return types.CompletionList(is_incomplete=True, items=[])
    texts = dict.fromkeys((answer.text, *answer.alternatives))
    items = [to_item(text, answer, ls.profile, ls.documents.encoding) for text in texts]
    if settings.add_imports == "always" and (edit := adding_imports.edit_beside(ls, answer)):
        # The client makes it with the item; what its command finds then is there already.
        for item in items:
            item.additional_text_edits = [edit]
    return types.CompletionList(is_incomplete=True, items=items)


def to_item(
    text: str, suggestion: Suggestion, profile: ClientProfile, encoding: convert.Encoding
) -> types.CompletionItem:
    """One entry of the menu, which replaces the word that is being typed."""
    cursor = suggestion.cursor
    word = _word_before(cursor)
    inserted = word + text
    lines = [line.strip() for line in _LINE.findall(inserted) if line.strip()] or [inserted]
    # Where the word being typed ends its line, the one below tells the entries apart.
    label = lines[1] if len(lines) > 1 and lines[0] == word else lines[0]
    start, end = cursor.offset - len(word), cursor.offset + suggestion.replaces
    shown = _without_indentation(inserted, cursor)
    return types.CompletionItem(
        label=_shortened(label),
        label_details=types.CompletionItemLabelDetails(description="foretype"),
        kind=types.CompletionItemKind.Text,
        detail="foretype",
        documentation=types.MarkupContent(
            kind=types.MarkupKind.Markdown,
            value=_fenced(shown.strip("\r\n"), cursor.document.language),
        ),
        sort_text=_LAST,
        filter_text=lines[0],
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,
        text_edit=types.TextEdit(
            range=convert.to_range(cursor.document, start, end, encoding),
            new_text=shown if profile.dedent_continuation else inserted,
        ),
        command=accepted_command(suggestion),
    )


def _word_before(cursor: Cursor) -> str:
    found = _WORD_BEFORE.search(cursor.before)
    return found[0] if found else ""


def _without_indentation(text: str, cursor: Cursor) -> str:
    """The text with the cursor's line's indentation taken off its further lines."""
    before = cursor.before
    indentation = before[: len(before) - len(before.lstrip())]
    first, *rest = _LINE.findall(text) or [""]
    return str(first) + "".join(line.removeprefix(indentation) for line in rest)


def _shortened(line: str) -> str:
    return line if len(line) <= LONGEST_LABEL else line[: LONGEST_LABEL - 1] + "…"


def _fenced(code: str, language: str) -> str:
    """Code in a Markdown fence that nothing in it can end."""
    fence = max((len(ticks) for ticks in re.findall(r"`{3,}", code)), default=2) + 1
    tag = language if re.fullmatch(r"[\w+#.-]*", language) else ""
    return f"{'`' * fence}{tag}\n{code}\n{'`' * fence}"
