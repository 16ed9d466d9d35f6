"""Whether anything may be shown: ordered lists of rules, each of which gives its reason.

``PLACE_RULES`` are asked of a cursor before anything is sent, ``TEXT_RULES`` of a text before it
is shown; the first rule that objects decides. Before that, a stream's text that adds a syntax
error is discarded, and another one is looked for. Why there is no text at all is decided in
``candidates.py``, from what the streams gave.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from foretype.completion.feedback.displayed import DisplayedSuggestion
from foretype.completion.resources import Resources
from foretype.completion.selection.syntax_check import adds_errors
from foretype.completion.suggestion import NoSuggestion, Reason, Trigger
from foretype.core.cursor import Cursor, only_closers
from foretype.core.deadline import Deadline, now
from foretype.languages.lexical import Scope
from foretype.languages.scopes import scope_at
from foretype.settings.schema import CompletionSettings

MAX_LINE_CHARS = 10_000
"""A longer line is data or minified code."""
MAX_DOCUMENT_CHARS = 4_000_000
"""A larger file was not written by people."""
TIME_TO_CHECK_S = 0.025
"""Seconds that must be left until the deadline for a text to be checked for syntax errors: the two
looks may take 20 ms."""

_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Question:
    """Whether something may be shown at a cursor."""

    cursor: Cursor
    trigger: Trigger
    displayed: DisplayedSuggestion
    resources: Resources

    @property
    def settings(self) -> CompletionSettings:
        return self.resources.completion

    @property
    def is_invoked(self) -> bool:
        return self.trigger is Trigger.INVOKED

    @property
    def is_visible(self) -> bool:
        """Whether a suggestion is visible at the cursor already."""
        return self.displayed.is_visible_at(self.cursor)


PlaceRule = Callable[[Question], NoSuggestion | None]
TextRule = Callable[[Question, str], NoSuggestion | None]


def why_not_here(question: Question) -> NoSuggestion | None:
    """Why nothing is to be suggested at a cursor; None where something may be."""
    return next((why for rule in PLACE_RULES if (why := rule(question)) is not None), None)


def why_not_text(question: Question, text: str) -> NoSuggestion | None:
    """Why a text is not to be shown at a cursor; None where it may be."""
    return next((why for rule in TEXT_RULES if (why := rule(question, text)) is not None), None)


# --- rules of a place, before anything is sent ------------------------------------------------


def switched_off_for_file(question: Question) -> NoSuggestion | None:
    if question.is_invoked or question.cursor.document.uri not in question.resources.files_off:
        return None
    return NoSuggestion(Reason.OFF)


def too_large(question: Question) -> NoSuggestion | None:
    cursor = question.cursor
    n_line, n_document = len(cursor.before) + len(cursor.after), len(cursor.document.text)
    if n_line > MAX_LINE_CHARS or n_document > MAX_DOCUMENT_CHARS:
        return NoSuggestion(Reason.TOO_LARGE)
    return None


def switched_off(question: Question) -> NoSuggestion | None:
    settings = question.settings
    if question.is_invoked or settings.is_automatic:
        return None
    is_on_request = settings.enabled and settings.trigger == "on_request"
    why = "but for explicit requests, by completion.trigger" if is_on_request else ""
    return NoSuggestion(Reason.OFF, why)


def switched_off_for_language(question: Question) -> NoSuggestion | None:
    language = question.cursor.document.language
    if question.is_invoked or language not in question.settings.languages_off:
        return None
    return NoSuggestion(Reason.OFF, f"in {language}")


def inside_line(question: Question) -> NoSuggestion | None:
    """What was explicitly invoked inside a line is typed through like any other."""
    after = question.cursor.after
    if question.is_invoked or only_closers(after) or question.is_visible:
        return None
    where = "inside a word" if _WORD.match(after) else "before other text on the line"
    return NoSuggestion(Reason.UNWANTED, where)


def switched_off_in_scope(question: Question) -> NoSuggestion | None:
    settings = question.settings
    if (
        question.is_invoked
        or not has_scopes_off(settings)
        or not only_closers(question.cursor.after)
    ):
        return None
    scope = scope_at(question.cursor)
    if scope is Scope.COMMENT and not settings.in_comments:
        return NoSuggestion(Reason.OFF, "in comments, by completion.in_comments")
    if scope is Scope.STRING and not settings.in_strings:
        return NoSuggestion(Reason.OFF, "in strings, by completion.in_strings")
    return None


def excluded(question: Question) -> NoSuggestion | None:
    rule = question.resources.gate.excluded(question.cursor.document.uri)
    return None if rule is None else NoSuggestion(Reason.EXCLUDED, rule)


def secret_beside(question: Question) -> NoSuggestion | None:
    is_beside = question.resources.is_secret_beside(question.cursor)
    return NoSuggestion(Reason.SECRET) if is_beside else None


PLACE_RULES: tuple[PlaceRule, ...] = (
    switched_off_for_file,
    too_large,
    switched_off,
    switched_off_for_language,
    inside_line,
    switched_off_in_scope,
    excluded,
    secret_beside,
)


# --- rules of a text, before it is shown ------------------------------------------------------


def adds_syntax_error(cursor: Cursor, text: str, *, replaces: int = 0) -> NoSuggestion | None:
    """Takes some milliseconds, and is left out where ``has_time_to_check`` denies them."""
    if not adds_errors(cursor, text, replaces=replaces):
        return None
    return NoSuggestion(Reason.FILTERED, "it adds a syntax error")


def has_time_to_check(deadline: Deadline) -> bool:
    return deadline.at - now() >= TIME_TO_CHECK_S


def dismissed_before(question: Question, text: str) -> NoSuggestion | None:
    if question.is_invoked or not question.displayed.is_dismissed(question.cursor, text):
        return None
    return NoSuggestion(Reason.REJECTED)


def only_undoes(question: Question, text: str) -> NoSuggestion | None:
    if question.is_invoked or not question.displayed.only_undoes(question.cursor, text, now()):
        return None
    return NoSuggestion(Reason.FILTERED, "it only undoes a deletion")


TEXT_RULES: tuple[TextRule, ...] = (dismissed_before, only_undoes)


def has_scopes_off(settings: CompletionSettings) -> bool:
    """Whether it matters if a cursor stands in a comment or in a string."""
    return not (settings.in_comments and settings.in_strings)
