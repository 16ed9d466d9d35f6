"""What foretype itself wrote into the prompt, which a weak model repeats.

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
_FIRSTS = (_FIRST, _LOOP + _FIRST)
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
        # A file that has what the example is about may go on like that.
        self._knows_example = ctx.contains(_SECOND) or ctx.words.issuperset(_NAMES)
        self._knows_name = _FIRST.strip(":") in ctx.words

    def push(self, line: str) -> list[str]:
        bare, is_open = self._bare(line), not line.endswith("\n")
        held, self._held = self._held, []
        if not self._began and self._is_header(bare):
            self._dropped = True
            return []
        if self._is_prompted(bare, is_open=is_open) or self._is_example(bare, held, is_open):
            self.done = True
            return [each for each in held if self._bare(each) not in _FIRSTS]
        is_first = bare in _FIRSTS and not self._knows_example
        is_label = not self._began and _LABEL.match(bare) is not None
        if is_first or is_label or (not bare and (held or not self._began)):
            self._held = [] if self._dropped and not is_first else [*held, line]
            return []
        self._began = self._began or not bare.startswith("```")
        return [*held, line]

    def flush(self) -> list[str]:
        bare = next(filter(None, map(self._bare, self._held)), "")
        is_own = bare and not self._knows_name and not _LABEL.match(bare)
        return [] if is_own or self._dropped else self._held

    def _bare(self, line: str) -> str:
        """A line without its white space and its comment signs."""
        return line.strip() if self.ctx.language.is_document else _LEADER.sub("", line.strip())

    def _is_header(self, bare: str) -> bool:
        own = (*self._headers, *_QUESTION[:2], *([BEFORE] if self._dropped else []))
        is_own = bare in own or _INDENTATION.fullmatch(bare) is not None
        return is_own and (self._dropped or not self.ctx.contains(bare))

    def _is_prompted(self, bare: str, *, is_open: bool) -> bool:
        """Whether a line, or what begins with it, is the prompt's; the last one may be cut."""
        is_own = bare.startswith(self._pieces) or bare in self._lines
        if is_open and (len(bare) >= MIN_PIECE or _LABEL.match(bare)):
            lines = (*self._lines, *self._pieces)
            is_own = is_own or any(each.startswith(bare) for each in lines)
        return is_own and not self.ctx.contains(bare)

    def _is_example(self, bare: str, held: list[str], is_open: bool) -> bool:
        """Whether the worked example's answer, or a half of it, ends with a line."""
        is_half = is_open and bare != "" and _SECOND.startswith(bare) and _FIRST in "".join(held)
        is_second = bare.startswith(_SECOND) or (is_half and not self._knows_name)
        return is_second and not self._knows_example
