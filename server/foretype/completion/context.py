"""What surrounds the cursor, as much of it as the budget allows.

Windows start at line steps, so that they do not slide with every key: a provider's prompt cache
keeps what stands unchanged at the beginning. Does no input or output.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from foretype.completion.suggestion import Place

CHARS_PER_TOKEN = 3.5
"""A safe estimate for code: real tokenizers give 3.2 to 4.5 characters a token."""
STEP = 32
"""Lines that a window's start moves at a time."""
ABOVE = 20_000
"""Characters before the cursor that the clean-up knows."""
PREFIX_SHARE = 0.6
SUFFIX_SHARE = 0.2

_INDENT = re.compile(r"^([ \t]+)\S", re.MULTILINE)


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
    prefix: str
    suffix: str
    above: str = ""
    """More of the text before the cursor than is sent, for the clean-up of what comes."""
    line_number: int = 1
    """The cursor's line, from 1."""
    snippets: tuple[Snippet, ...] = ()
    recent: str = ""
    """The latest changes elsewhere, as a diff."""

    @property
    def before(self) -> str:
        """The cursor's line up to the cursor."""
        return self.prefix[_last_line_start(self.prefix) :]

    @property
    def after(self) -> str:
        """The rest of the cursor's line."""
        return re.split(r"\r\n|\r|\n", self.suffix, maxsplit=1)[0]

    @property
    def below(self) -> str:
        """What follows the cursor's line, its line end first."""
        return self.suffix[len(self.after) :]


def gather(
    place: Place, *, tokens: int, snippets: tuple[Snippet, ...] = (), recent: str = ""
) -> Context:
    """The text around a place within a budget of tokens, snippets included."""
    document, offset = place.document, place.offset
    chars = int(tokens * CHARS_PER_TOKEN)
    suffix_chars = int(chars * SUFFIX_SHARE)
    start = _window_start(place, int(chars * PREFIX_SHARE))
    end = document.line_end(document.line_of(min(offset + suffix_chars, len(document.text))))
    window = document.text[start:offset]
    return Context(
        path=short_path(document.uri),
        language=document.language,
        indentation=indentation_of(window + document.text[offset:end]),
        line_end=line_end_of(document.text),
        prefix=window,
        above=document.text[max(0, offset - ABOVE) : offset],
        # A line far longer than the budget is cut all the same.
        suffix=document.text[offset : min(end, offset + 2 * suffix_chars)],
        line_number=document.line_of(offset) + 1,
        snippets=snippets,
        recent=recent,
    )


def indentation_of(text: str) -> str:
    """One step of indentation: a tab where most lines use tabs, else the commonest step."""
    indents = [match.group(1) for match in _INDENT.finditer(text, 0, 20_000)]
    if not indents:
        return "    "
    tabs = sum(1 for indent in indents if indent[0] == "\t")
    if tabs * 2 > len(indents):
        return "\t"
    widths = [len(indent) for indent in indents if indent[0] == " "]
    steps = Counter(
        abs(b - a) for a, b in zip([0, *widths], widths, strict=False) if abs(b - a) in (2, 3, 4, 8)
    )
    return " " * (steps.most_common(1)[0][0] if steps else 4)


def line_end_of(text: str) -> str:
    """The line end that a file uses, by its first one."""
    found = re.compile(r"\r\n|\r|\n").search(text, 0, 100_000)
    return found.group() if found else "\n"


def _window_start(place: Place, chars: int) -> int:
    document = place.document
    earliest = place.offset - chars
    if earliest <= 0:
        return 0
    line = -(-document.line_of(earliest) // STEP) * STEP
    if document.line_start(line) > place.offset - chars // 2:
        # Long lines: a step of lines would take most of the window.
        line = document.line_of(earliest) + 1
    return min(document.line_start(line), document.line_start(document.line_of(place.offset)))


def _last_line_start(text: str) -> int:
    return max(text.rfind("\n"), text.rfind("\r")) + 1


def short_path(uri: str) -> str:
    """The last two parts of a path: enough for a model, nothing of the user's home."""
    return "/".join(unquote(urlsplit(uri).path).split("/")[-2:])
