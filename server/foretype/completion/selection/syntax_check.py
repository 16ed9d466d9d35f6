"""Whether a text adds a syntax error where it is inserted: checked once, as it is to be shown.

A parser reads the lines above the cursor, the text, and the rest of its line, and is stopped at
the first token that cannot stand where it stands. A text that is only unfinished has none:
whatever it needs may still come. So nothing is refused for being cut, nor where the document
itself does not parse, nor where the window cuts it. Without a grammar nothing is known, and
nothing refused. Knows nothing of streams, and of what is done about an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.languages import table
from foretype.languages.columns import columns
from foretype.languages.enclosing_lines import scopes_above
from foretype.languages.grammars import new_parsers
from foretype.languages.lexical import Scope
from foretype.languages.scopes import scope_after, scope_at

MAX_LINES_ABOVE = 80
"""Lines above the cursor that are parsed, at most."""
MAX_LINES_NEAR = 24
"""The same for the second look, which is slow and sees errors above the cursor as well."""
MAX_CHARS = 20_000
"""Characters of a window; where lines are longer than that allows, nothing is parsed."""
STEP_MESSAGES = 40
"""Messages that take as long as one step of a parser that is not listened to; a step is a hundred
of its operations."""
FIRST_LOOK_MESSAGES = 9_000
"""Work that the first look may take, about 5 ms; 80 lines of real code take less than 5,000. What
is not known by then is not refused."""
SECOND_LOOK_MESSAGES = 26_000
"""The same for the second look, without which nothing is refused: about 15 ms."""

_PARSERS: dict[str, Any] = {}
"""By language id, for the event loop's thread alone; made by ``warm``. None without a grammar."""
_UNREADABLE = re.compile(
    r"\bimport\(\s*['\"][^'\"]*['\"]\s*\)\s*\."  # TypeScript: import("a").B<C>
    r"|^\s*(?:async\s+)?(?:def|class|type)\s+\w+\[[^\]\n]*="  # Python 3.13: def f[T = int]()
    r"|\b(?:safe\s+fn|gen\s+(?:fn|move|\{))",  # Rust 2024
    re.MULTILINE,
)
"""What the grammars take for an error and is none. A text that has it is not judged."""
_POSITION = re.compile(r"row:(\d+), col:(\d+)")
_LINE_END = re.compile(r"\r\n|\r")
_HASHES = re.compile(r"^[ \t]*#.*\n", re.MULTILINE)
_SLASHES = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)


def warm(language: str) -> None:
    """Load the grammar of a language id, if there is one. Not for the event loop."""
    if language not in _PARSERS:
        row = table.of_id(language)
        made = new_parsers(row.name) if row.checks_syntax else ()
        # Where tags may stand in the code, the last reading is the one that has them.
        _PARSERS[language] = next(iter(made[::-1] if row.is_markup else made), None)


def prepare(document: Document) -> None:
    """Make the first look at a document as fast as all others. Not for the event loop."""
    warm(document.language)
    if _PARSERS.get(document.language) is not None:
        scope_at(Cursor(document, len(document.text)))


def adds_errors(cursor: Cursor, text: str, *, replaces: int = 0) -> bool | None:
    """Whether a text adds a syntax error to a document; None where that cannot be known.

    ``replaces``: the characters after the cursor that the text stands for.
    """
    document = cursor.document
    if _PARSERS.get(document.language) is None or not text.strip():
        return None
    window = _window(
        cursor, MAX_LINES_ABOVE, lambda offset: scope_at(Cursor(document, offset)) is Scope.CODE
    )
    if window is None:
        return None
    before, after = window
    return errors_added(document.language, before, text, after[replaces:])


def errors_added(language: str, before: str, inserted: str, after: str) -> bool | None:
    """Whether a text adds a syntax error between two others; None where that cannot be known.

    True where one of its tokens cannot follow what stands before it, or where the rest of the
    cursor's line can no longer follow. The text before begins outside of strings and comments.
    """
    parser = _PARSERS.get(language)
    if parser is None or len(before) + len(inserted) + len(after) > MAX_CHARS:
        return None
    before, inserted, after = (_LINE_END.sub("\n", text) for text in (before, inserted, after))
    # A parser that is listened to is slow to find out that a line of comment ends no statement.
    before = (_HASHES if language == "python" else _SLASHES).sub("", before)
    is_open = scope_after(before + inserted, language) is not Scope.CODE
    if is_open or _UNREADABLE.search(before[before.rfind("\n") + 1 :] + inserted):
        return None
    look = _Look(parser, before, inserted, after)
    if language == "python" and look.is_whole():
        return False
    error = look.error(FIRST_LOOK_MESSAGES)
    if error is None or b"\n" in look.code[look.end : error]:
        return False
    if error < look.start:
        return None
    if error >= look.end:
        # It was there before, unless what follows stood well without the text.
        was = _Look(parser, before, "", after)
        old = was.error(FIRST_LOOK_MESSAGES)
        if old is not None and len(was.code) - old >= len(look.code) - error:
            return False
    return True if _is_verified(look, error, language) else None


def _is_verified(look: _Look, error: int, language: str) -> bool:
    """Whether a closer look finds the same error, and none before it."""
    document = Document("", look.before, language)
    near = _window(
        Cursor(document, len(look.before)),
        MAX_LINES_NEAR,
        lambda offset: scope_after(look.before[:offset], language) is Scope.CODE,
    )
    if near is None:
        return False
    closer = _Look(look.parser, near[0], look.inserted, look.after)
    found = closer.error(SECOND_LOOK_MESSAGES, from_top=True)
    return found is not None and found - closer.start == error - look.start


# --- the window -------------------------------------------------------------------------------


def _window(cursor: Cursor, n_above: int, is_code: Callable[[int], bool]) -> tuple[str, str] | None:
    """The lines that are parsed, up to the cursor, and from it on to the line's end.

    They begin where nothing is open, with the lines that begin the scopes around them. None
    where no such beginning is near.
    """
    document, offset = cursor.document, cursor.offset
    number = document.line_of(offset)
    first = 0 if number <= n_above else _first_line(document, number, n_above, is_code)
    end = document.line_start(number + 1)
    if first is None or end - document.line_start(first) > MAX_CHARS:
        return None
    scopes = "".join(document.line(each) + "\n" for each in scopes_above(document, first))
    return scopes + document.text[document.line_start(first) : offset], document.text[offset:end]


def _first_line(
    document: Document, number: int, n_above: int, is_code: Callable[[int], bool]
) -> int | None:
    """The line to begin with: of those far enough above, the one furthest left."""
    above = range(number - n_above, number - n_above // 3)
    lines = [(columns(line), n) for n in above if _begins(line := document.line(n))]
    firsts = (n for _, n in sorted(lines)[:4] if is_code(document.line_start(n)))
    return next(firsts, None)


def _begins(line: str) -> bool:
    """Whether a line may begin something, rather than continue or end it."""
    return bool(line.strip()) and line.lstrip()[0] not in ")]}#*/."


# --- the look ---------------------------------------------------------------------------------


class _Look:
    """A look at a text between two others, until the first token that no reading allows.

    The parser can log what it does, and is slow while it does. So it is listened to from the text
    on, until the cursor's line is behind it, and an error before the text is not heard of.
    """

    def __init__(self, parser: Any, before: str, inserted: str, after: str) -> None:
        self.parser = parser
        self.before = before
        self.inserted = inserted
        self.after = after
        self.code = _bytes(before + inserted + after)
        self.start = len(_bytes(before))
        self.end = len(_bytes(before + inserted.rstrip()))
        """Offsets are in bytes."""
        self._last_row = (before + inserted).count("\n")
        self._position = self._furthest = (-1, -1)
        """Rows, and columns in bytes."""
        self._is_found = self._is_done = False
        self._work = self._most_work = 0

    def is_whole(self) -> bool:
        """Whether all of it parses, which is quick to find out. Open brackets are errors."""
        self._work, self._most_work = 0, FIRST_LOOK_MESSAGES
        try:
            tree = self.parser.parse(
                lambda offset, _: self.code[offset : offset + 4096],
                progress_callback=self._is_over,
            )
        except ValueError:
            self.parser.reset()
            return False
        return not tree.root_node.has_error

    def error(self, most_work: int, *, from_top: bool = False) -> int | None:
        """Where the first token begins that cannot stand there.

        None where there is none up to the end of the cursor's line, or none was found with so
        much work.
        """
        self._work, self._most_work = 0, most_work
        start = 0 if from_top else self.start
        if not from_top:
            # The text's first token may be on its way before the parser is listened to.
            line = self.before[self.before.rfind("\n") + 1 :]
            self._position = (self.before.count("\n"), len(_bytes(line)))

        def read(offset: int, _: object) -> bytes:
            if offset < start:
                return self.code[offset:start]
            self.parser.logger = self._listen
            return self.code[offset : offset + 4096]

        try:
            self.parser.parse(read, progress_callback=self._is_over)
        except ValueError:
            self.parser.reset()
        finally:
            self.parser.logger = None
        if not self._is_found:
            return None
        found = self._token_after(*self._furthest)
        return None if found >= len(self.code) else found

    def _is_over(self, *_: object) -> bool:
        """Whether the parser is to stop. It asks after each of its steps."""
        self._work += STEP_MESSAGES
        return self._is_done or self._work > self._most_work

    def _listen(self, _: object, message: str) -> None:
        self._work += 1
        if self._is_done:
            return
        if message.startswith("process"):
            where = _POSITION.search(message)
            self._position = (int(where[1]), int(where[2])) if where else self._position
            self._is_done = self._position[0] > self._last_row
        elif message.startswith("detect_error"):
            # One of the readings ends here. The others may go on.
            self._furthest = max(self._furthest, self._position)
        elif message.startswith("resume"):
            # None goes on: the parser begins to guess.
            self._is_found = self._is_done = True

    def _token_after(self, row: int, column: int) -> int:
        begin = 0
        for _ in range(row):
            begin = self.code.index(b"\n", begin) + 1
        rest = self.code[begin + column :]
        return begin + column + len(rest) - len(rest.lstrip())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
