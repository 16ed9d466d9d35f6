"""What surrounds the cursor, as much of it as the budget allows.

Windows start at line steps, so that they do not slide with every key: a provider's prompt cache
keeps what stands unchanged at the beginning. Does no input or output.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from foretype.core.cursor import Cursor
from foretype.core.text_style import indentation_of, line_end_of
from foretype.core.tokens import CHARS_PER_TOKEN, n_fitting, n_tokens
from foretype.core.uris import path_text
from foretype.languages import table
from foretype.languages.enclosing_lines import outline_above
from foretype.languages.lexical import Scope
from foretype.languages.scopes import scope_at

STEP_LINES = 32
"""Lines that a window's start moves at a time."""
STEP_CHARS = 512
"""Characters that it moves at a time within a line longer than the window."""
VERBATIM_CHARS = 64
"""Characters before the cursor that are sent whatever the budget is."""
ABOVE_CHARS = 20_000
"""Characters before the cursor that postprocessing knows."""
SUFFIX_SHARE = 0.25
"""Of the tokens that nearby code leaves, those for the text after the cursor."""
LEAST_SHARE = 0.6
"""Of all tokens, those that nearby code must leave to the file itself."""
HEAD_SHARE = 0.15
"""Of the tokens before the cursor, those for what stands above the window."""

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of nearby code worth showing to the model."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known around a cursor when a prompt is built."""

    path: str
    language: str
    indentation: str
    """One step of indentation as the file has it: a tab, or some blanks."""
    line_end: str
    head: str = ""
    """Above the window: the file's imports, and the lines that begin what the cursor is in."""
    prefix: str
    suffix: str
    above: str = ""
    """More of the text before the cursor than is sent, for the postprocessing of what comes."""
    scope: Scope | None = None
    """What the cursor stands in, where ``above`` does not reach the file's beginning."""
    line_number: int = 1
    """The cursor's line, from 1."""
    snippets: tuple[Snippet, ...] = ()
    recent: str = ""
    """The latest changes elsewhere, as a diff."""
    instructions: str = ""
    """The user's own, beyond the budget of tokens: they stand at the prompt's head."""

    @property
    def n_tokens(self) -> float:
        """An estimate of the tokens that it takes of a prompt."""
        nearby = (snippet.text for snippet in self.snippets)
        return sum(map(n_tokens, (self.recent, self.head, self.prefix, self.suffix, *nearby)))

    @property
    def before(self) -> str:
        """The cursor's line up to the cursor."""
        return self.prefix[_last_line_start(self.prefix) :]

    @property
    def after(self) -> str:
        """The rest of the cursor's line."""
        return self.suffix[: len(self.suffix) - len(self.below)]

    @property
    def below(self) -> str:
        """What follows the cursor's line, its line end first."""
        return _below(self.suffix)


def gather(
    cursor: Cursor,
    *,
    tokens: int,
    snippets: tuple[Snippet, ...] = (),
    recent: str = "",
    instructions: str = "",
) -> Context:
    """The text around a place within a budget of tokens, nearby code included."""
    document, offset = cursor.document, cursor.offset
    spare = tokens * (1 - LEAST_SHARE)
    kept = tuple(_within(snippets, spare))
    spare -= sum(n_tokens(snippet.text) for snippet in kept)
    shown = recent if n_tokens(recent) <= spare else ""
    left = tokens - sum(n_tokens(snippet.text) for snippet in kept) - n_tokens(shown)
    end = _window_end(cursor, left * SUFFIX_SHARE)
    before = left - n_tokens(document.text[offset:end])
    start = _window_start(cursor, before)
    head = ""
    if start:
        start = _window_start(cursor, before * (1 - HEAD_SHARE))
        head = outline_above(document, start, tokens=before * HEAD_SHARE)
    prefix, suffix = document.text[start:offset], document.text[offset:end]
    return Context(
        path=short_path(document.uri),
        language=document.language,
        # Without the cursor's line, whose indentation is being typed.
        indentation=indentation_of(
            prefix[: _last_line_start(prefix)] + _below(suffix),
            table.of_id(document.language).indentation,
        ),
        line_end=line_end_of(document.text),
        head=head,
        prefix=prefix,
        above=document.text[max(0, offset - ABOVE_CHARS) : offset],
        suffix=suffix,
        # A window may begin within a comment or a string.
        scope=scope_at(cursor) if offset > ABOVE_CHARS else None,
        line_number=document.line_of(offset) + 1,
        snippets=kept,
        recent=shown,
        instructions=instructions,
    )


def _within(snippets: tuple[Snippet, ...], tokens: float) -> Iterator[Snippet]:
    for snippet in snippets:
        tokens -= n_tokens(snippet.text)
        if tokens < 0:
            return
        yield snippet


def _window_start(cursor: Cursor, tokens: float) -> int:
    """Where the window before the cursor begins: within a budget of tokens, at a step of lines."""
    document, offset = cursor.document, cursor.offset
    before = document.text[max(0, offset - int(tokens * CHARS_PER_TOKEN)) : offset]
    latest = max(0, offset - VERBATIM_CHARS)
    earliest = min(offset - n_fitting(before[::-1], tokens), latest)
    half = (earliest + offset) // 2
    line = document.line_of(earliest - 1) + 1 if earliest else 0
    begun = document.line_start(document.line_of(offset))
    steps = (
        document.line_start(-(-line // STEP_LINES) * STEP_LINES),
        # Long lines: a step of lines would take most of the window.
        document.line_start(line),
        begun + -(-(earliest - begun) // STEP_CHARS) * STEP_CHARS,
    )
    return next((step for step in steps if earliest <= step <= min(half, latest)), earliest)


def _window_end(cursor: Cursor, tokens: float) -> int:
    """Where the window after the cursor ends: within a budget of tokens, at a line's end."""
    document, offset = cursor.document, cursor.offset
    after = document.text[offset : offset + int(tokens * CHARS_PER_TOKEN)]
    latest = offset + n_fitting(after, tokens)
    line_end = document.line_end(document.line_of(offset))
    if latest <= line_end or latest == len(document.text):
        return latest
    return max(line_end, document.line_end(document.line_of(latest) - 1))


def _below(suffix: str) -> str:
    found = _LINE_END.search(suffix)
    return suffix[found.start() :] if found else ""


def _last_line_start(text: str) -> int:
    return max(text.rfind("\n"), text.rfind("\r")) + 1


def short_path(uri: str) -> str:
    """The last two parts of a path: enough for a model, nothing of the user's home."""
    return "/".join(path_text(uri).split("/")[-2:])
