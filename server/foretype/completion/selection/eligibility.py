"""Places where nobody wants text: decided before anything is sent, from the text alone."""

from __future__ import annotations

import re

from foretype.completion.suggestion import NoSuggestion, Reason, Trigger
from foretype.core.cursor import Cursor, only_closers
from foretype.languages.lexical import Scope
from foretype.languages.scopes import scope_at
from foretype.settings.schema import CompletionSettings

MAX_LINE = 10_000
"""Characters; a longer line is data or minified code."""
MAX_DOCUMENT = 4_000_000
"""Characters; a larger file is not written by hand."""

_WORD = re.compile(r"\w")


def skip(cursor: Cursor, trigger: Trigger, settings: CompletionSettings) -> NoSuggestion | None:
    """Why nothing should be suggested at a place, or None where something may be."""
    document = cursor.document
    before, after = cursor.before, cursor.after
    if len(before) + len(after) > MAX_LINE or len(document.text) > MAX_DOCUMENT:
        return NoSuggestion(Reason.TOO_LARGE)
    if trigger is Trigger.INVOKED:
        return None
    if not settings.enabled:
        return NoSuggestion(Reason.OFF)
    if document.language in settings.languages_off:
        return NoSuggestion(Reason.OFF, f"in {document.language}")
    if after and _WORD.match(after):
        return NoSuggestion(Reason.UNWANTED, "inside a word")
    if not only_closers(after):
        return NoSuggestion(Reason.UNWANTED, "before other text on the line")
    if has_scopes_off(settings):
        return _off_in_scope(scope_at(cursor), settings)
    return None


def has_scopes_off(settings: CompletionSettings) -> bool:
    """Whether it matters if a cursor stands in a comment or in a string."""
    return not (settings.in_comments and settings.in_strings)


def _off_in_scope(scope: Scope, settings: CompletionSettings) -> NoSuggestion | None:
    if scope is Scope.COMMENT and not settings.in_comments:
        return NoSuggestion(Reason.OFF, "in comments, by completion.in_comments")
    if scope is Scope.STRING and not settings.in_strings:
        return NoSuggestion(Reason.OFF, "in strings, by completion.in_strings")
    return None
