"""The prompt for a next edit: a few lines around the cursor, which the model writes again.

What changes least stands first, so that the provider's cache holds it while the cursor moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from posixpath import basename, dirname
from urllib.parse import unquote

from foretype.core.text import Document
from foretype.models.protocol import Message, Prompt
from foretype.next_edit.bursts import Burst, Origin

LINES_ABOVE, LINES_BELOW = 2, 5
"""Lines of the window around the cursor's own."""
LINES_BELOW_WIDE = 10
"""Lines below after an acceptance, or an answer that had nothing for the smaller window."""
LINES_AROUND = 60
"""Lines around the cursor that the model sees, to whole pages."""
PAGE_LINES = 10
MAX_EXCERPT_CHARS = 6_000
"""About 1,500 tokens."""
MAX_HISTORY_CHARS = 4_000
"""About 1,000 tokens."""
MAX_WINDOW_CHARS = 4_000
"""A window with more is not sent."""
MAX_ANSWER_TOKENS = 320
"""Tokens that an answer may have. It is closed as soon as it agrees with the text again."""

BEGIN, END, CURSOR = "<|code_to_edit|>", "<|/code_to_edit|>", "<|cursor|>"

SYSTEM = f"""\
You predict the next edit of a programmer from the edits just made. Continue what they began: \
finish a rename, adapt uses of what changed, complete the line being typed. Never undo or repeat \
their edits. Keep the style. If no edit clearly follows, answer NO_EDIT. Otherwise answer EDIT on \
the first line, then the rewritten text between {BEGIN} and {END}, every line of it, nothing \
before or after, without tags or fences.

Example: the edit renamed `total` to `amount` in `def amount(prices):`, and the code to edit is
    result = sum(prices)
    print(total(prices))
Answer:
EDIT
    result = sum(prices)
    print(amount(prices))

Example: the edit changed `def area(width):` to `def area(width, height):`, and the code to edit is
    return width * 2
Answer:
EDIT
    return width * height

Example: the edit corrected a word in a comment, and nothing else follows from it.
Answer:
NO_EDIT
"""


@dataclass(frozen=True, slots=True)
class Window:
    """The whole lines that the model may rewrite, in one version of a document."""

    document: Document
    first: int
    last: int
    """The line after the last one."""

    @property
    def start(self) -> int:
        return self.document.line_start(self.first)

    @property
    def end(self) -> int:
        return self.document.line_start(self.last)

    @property
    def text(self) -> str:
        return self.document.text[self.start : self.end]

    @property
    def lines(self) -> list[str]:
        """Its lines without their ends."""
        return [self.document.line(line) for line in range(self.first, self.last)]


def window_at(document: Document, offset: int, *, wide: bool = False) -> Window:
    """The window around a cursor."""
    line = document.line_of(min(offset, len(document.text)))
    below = LINES_BELOW_WIDE if wide else LINES_BELOW
    last = min(line + below + 1, document.n_lines)
    if last == document.n_lines and last > 1 and not document.line(last - 1):
        last -= 1  # Behind the last line end.
    return Window(document, max(line - LINES_ABOVE, 0), max(last, line + 1))


def build_prompt(window: Window, offset: int, bursts: Sequence[Burst]) -> Prompt | None:
    """The prompt for a window; None where it would be too long.

    ``bursts``: the oldest first.
    """
    if len(window.text) > MAX_WINDOW_CHARS:
        return None
    document = window.document
    marked = document.text[window.start : offset] + CURSOR + document.text[offset : window.end]
    content = (
        f"File: {_name(document.uri)}\n{_excerpt(document, offset)}\n\n"
        f"Recent edits, oldest first:\n{_history(bursts)}\n\n"
        f"{BEGIN}\n{marked.rstrip(chr(10))}\n{END}\n"
        "Rewrite the code to edit with the next edit, or answer NO_EDIT."
    )
    return Prompt(
        messages=(Message("system", SYSTEM), Message("user", content)),
        max_tokens=MAX_ANSWER_TOKENS,
        text_tokens=MAX_ANSWER_TOKENS,
        temperature=0.0,
        stop=(END,),
        files=(document.uri,),
    )


def _name(uri: str) -> str:
    """The last two parts of a file's path, which say enough of it."""
    return unquote(f"{basename(dirname(uri))}/{basename(uri)}")


def _excerpt(document: Document, offset: int) -> str:
    """The lines around the cursor, to whole pages, as many as may be sent."""
    line = document.line_of(offset)
    around = LINES_AROUND
    while True:
        first = max(line - around, 0) // PAGE_LINES * PAGE_LINES
        last = min((line + around) // PAGE_LINES * PAGE_LINES + PAGE_LINES, document.n_lines)
        text = document.text[document.line_start(first) : document.line_start(last)]
        if len(text) <= MAX_EXCERPT_CHARS or around <= PAGE_LINES:
            return text.rstrip("\n")[:MAX_EXCERPT_CHARS]
        around -= PAGE_LINES


def _history(bursts: Sequence[Burst]) -> str:
    found: list[str] = []
    n_chars = 0
    for burst in reversed(bursts):
        accepted = " (accepted)" if burst.origin is Origin.ACCEPTED else ""
        text = f"original:\n{burst.original.rstrip()}\nupdated{accepted}:\n{burst.after.rstrip()}"
        n_chars += len(text)
        if found and n_chars > MAX_HISTORY_CHARS:
            break
        found.insert(0, text[:MAX_HISTORY_CHARS])
    return "\n".join(found)
