"""What foretype itself wrote into the prompt, which a weak model says again.

The prompt's headers and titles, its instructions and its worked example are no text of the user's
file, unless the file around the cursor has the same. Of the 298,402 lines that
``benches/foreign.py`` measures with, one begins like a header, and none is one or begins like a
piece of the instructions.
"""

from __future__ import annotations

import re
from functools import lru_cache

from foretype.completion.context.prompt import (
    BEFORE,
    EXAMPLE,
    INSTRUCTIONS,
    MARK,
    NO_REPEATING,
    QUESTION,
    SYSTEM,
    headers,
    titles,
)
from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.stage import Stage

MIN_PIECE = 16
"""Characters of a piece of the prompt that are no accident."""
_QUESTION, _ANSWER = (message.content.split("\n") for message in EXAMPLE)
_LOOP = _QUESTION[-1].removesuffix(MARK)
_FIRST, _SECOND = (line.strip() for line in _ANSWER)
_NAMES = set(re.findall(r"\w+", _FIRST + _SECOND)) - set(_LOOP.split())
_WRITTEN = re.split(r"[.:,]\s", SYSTEM + NO_REPEATING)
_PIECES = tuple(piece for piece in (*_WRITTEN, QUESTION, INSTRUCTIONS) if len(piece) >= MIN_PIECE)
_FENCED = re.compile(r"^[ \t]*(```|~~~)[\s\S]*?(?:^[ \t]*\1|\Z)|^(?: {4}|\t)[^\n]*", re.MULTILINE)
_ITEM = re.compile(r"(?:#{1,6}|[-*+>]|\d{1,2}[.)]) +")
_SIGNS = re.compile(r";\s*$|[={}<>\[\]|&\"$@\\]|\w\(|\w::|->")
_CODE_WORDS = frozenset(
    ["import", "from", "for", "if", "elif", "else", "while", "return", "def", "class", "with",
     "use", "using", "package", "include", "export", "const", "let", "var", "fn", "func",
     "SELECT", "FROM", "INSERT", "UPDATE"]
)  # fmt: skip
_LEADER = re.compile(r"^(?:#+|//+|/?\*+(?!/)|<!--|--+|;+|%+)\s*|\s*(?:\*+/|-->)$")
"""What makes a comment of a line."""
_LABEL = re.compile(r"(?:File|Language): ?")
_INDENTATION = re.compile(r"Indentation: (?:\d spaces|tabs)")


@lru_cache(maxsize=4)
def sentences(instructions: str) -> tuple[str, ...]:
    """Return the sentences of the user's instructions, which are no code: code may be meant.

    Code stands in a fence or is indented; a line that has its signs, or begins with one of its
    words in lower case as code does, is code too.
    """
    found: list[str] = []
    for line in _FENCED.sub("", instructions).splitlines():
        whole = line.strip()
        bare = _ITEM.sub("", whole, count=1)
        found += filter(_is_prose, (whole, bare, *re.split(r"[.:,;]\s", bare)))
    return tuple(dict.fromkeys(each for each in found if len(each) >= MIN_PIECE))


def _is_prose(text: str) -> bool:
    words = text.split()
    return len(words) > 1 and words[0] not in _CODE_WORDS and not _SIGNS.search(text)


class Prompted(Stage):
    """Drop the prompt's lines that come first; end where others begin."""

    def __init__(self, ctx: CompletionContext) -> None:
        super().__init__(ctx)
        self._headers = headers(ctx.context)
        self._lines = (*self._headers, *titles(ctx.context))
        self._pieces = (*_PIECES, *sentences(ctx.context.instructions))
        self._dropped = self._began = False
        self._held: list[str] = []
        """Lines that are the prompt's if the next one is."""
        # A file that speaks of what the example does may go on like that.
        self._knows_example = ctx.contains(_SECOND) or ctx.words.issuperset(_NAMES)

    def push(self, line: str) -> list[str]:
        said, is_open = self._said(line), not line.endswith("\n")
        held, self._held = self._held, []
        if not self._began and self._is_header(said):
            self._dropped = True
            return []
        if self._is_example(said, held, is_open=is_open):
            self.done = True
            return []
        if self._is_prompted(said, is_open=is_open):
            self.done = True
            return held
        is_first = said in (_FIRST, _LOOP + _FIRST) and not self._knows_example
        if is_first or not (said or self._began) or (held and not said) or self._is_label(said):
            self._held = [] if self._dropped and not is_first else [*held, line]
            return []
        self._began = self._began or not said.startswith("```")
        return [*held, line]

    def flush(self) -> list[str]:
        said = [said for said in map(self._said, self._held) if said]
        is_own = said and not self._knows_name() and not _LABEL.match(said[0])
        return [] if is_own or self._dropped else self._held

    def _said(self, line: str) -> str:
        return line.strip() if self.ctx.language.is_document else _LEADER.sub("", line.strip())

    def _is_label(self, said: str) -> bool:
        return not self._began and _LABEL.match(said) is not None

    def _is_header(self, said: str) -> bool:
        own = (*self._headers, *_QUESTION[:2], *([BEFORE] if self._dropped else []))
        is_own = said in own or _INDENTATION.fullmatch(said) is not None
        return is_own and (self._dropped or not self.ctx.contains(said))

    def _is_prompted(self, said: str, *, is_open: bool) -> bool:
        """Whether a line, or what begins with it, is the prompt's; the last one may be cut."""
        is_own = said.startswith(self._pieces) or said in self._lines
        if is_open and (len(said) >= MIN_PIECE or _LABEL.match(said)):
            lines = (*self._lines, *self._pieces)
            is_own = is_own or any(each.startswith(said) for each in lines)
        return is_own and not self.ctx.contains(said)

    def _is_example(self, said: str, held: list[str], *, is_open: bool) -> bool:
        """Whether the worked example's answer, or a half of it, ends with a line."""
        is_half = is_open and said != "" and _SECOND.startswith(said) and _FIRST in "".join(held)
        is_second = said.startswith(_SECOND) or (is_half and not self._knows_name())
        return is_second and not self._knows_example

    def _knows_name(self) -> bool:
        """Whether the file has the example's name, which tells whose it is where no more came."""
        return _FIRST.strip(":") in self.ctx.words
