"""Split code of any language into tokens, each represented by one character.

A token stream is thus a plain string, and searching for a sequence of tokens is a substring
search, which is fast and needs no index. One general lexer serves all languages: names,
numbers, operators, a leading space kept with its token, the end of a line, and how the
indentation changes from one line to the next. Blank lines are dropped.

Independent of documents, cursors and probabilities.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain

from foretype.languages.table import LANGUAGES

END = "\n"
"""The token at the end of each line that is not blank."""
DEEPER = "\x01"
"""The first token of a line that is indented deeper than the line before."""
BLANK = "\x02"
"""A blank line."""
RANK_WINDOW_TOKENS = 48
"""Tokens within which a name counts as recent."""
MAX_LINE_CHARS = 2_000
"""Characters beyond which a line is taken for data or minified code, and left out."""
MAX_INSERTED_TOKENS = 30
"""New tokens that are inserted into the sorted ones one by one; more are sorted in."""
TAB_COLUMNS = 4
"""Columns of a tab; only changes of indentation matter."""

_SHALLOWER = 0x0B
_N_SHALLOWER = 21
_FIRST_RANK = 0xE000
_N_RANKS = 24
_RANKS = [chr(_FIRST_RANK + n) for n in range(2 * _N_RANKS + 2)]
_FIRST_TOKEN = 0x20
_SURROGATES = 0xD800
_AFTER_RANKS = 0xE100

_OPERATOR = r"""
      [()\[\]{},;@$\\`] | \.(?!\.) | =(?![=>]) | :(?![:=]) | "(?!"") | '(?!'')  # no longer one
    | <(?![<=]) | >(?![>=]) | /(?![/=*]) | \*(?![*=/]) | -(?![->=]) | \#(?!\#{3})
"""
_LONG_OPERATOR = r"""
      \#{4,} | -{4,} | ={4,} | \*{4,} | /{4,} | ~{4,} | \.{4,}  # a ruled line
    | \.\.\. | [=!]== | (?: \*\* | // | << | >> | \?\? | && | \|\| )=?
    | [=!<>+*/%&|^:-]= | [=-]> | :: | \?\. | \+\+ | -- | /\* | \*/ | \"\"\" | \'\'\'
"""


@cache
def _token(*, is_ascii: bool) -> re.Pattern[str]:
    """What splits a text: in plain ASCII, sets of characters are a quarter faster."""
    start, word, digit = (
        ("[A-Za-z_]", "A-Za-z0-9_", "0-9") if is_ascii else (r"[^\W\d]", r"\w", r"\d")
    )
    name = f"{start}[{word}]*+"
    number = rf"[{digit}](?:[{word}.]*[{word}])?"
    return re.compile(
        rf"{name} | [ ]{name} | \n"  # most tokens are one of these
        rf"| [ ]?+(?: {_OPERATOR} | {number} | {_LONG_OPERATOR} | [^{word}\s] )"
        r"| [^\S\n]+",
        re.VERBOSE,
    )


KEYWORDS = frozenset(word for row in LANGUAGES for word in row.keywords.split())
"""Words that are not replaced by ranks: keywords of any language."""


class Vocabulary(dict[str, str]):
    """Maps tokens to characters, assigned on first use."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        """Each character's token; empty for one that is never written."""
        self.names: dict[str, tuple[str, int]] = {}
        """For each token that is a non-keyword name: the name, and 1 after a space."""
        self._next = _FIRST_TOKEN
        self._sorted: list[str] = []
        self._new: list[str] = []

    def beginning_with(self, begun: str, most: int) -> list[str]:
        """Return the tokens with a prefix, as characters; none if there are more than ``most``."""
        self.sort()
        start = bisect_left(self._sorted, begun)
        found = self._sorted[start : start + most + 1]
        while found and not found[-1].startswith(begun):
            found.pop()
        return [] if len(found) > most else [self[token] for token in found]

    def sort(self) -> None:
        """Sort in what is new. Fast for a few tokens; other threads wait for it."""
        if len(self._new) > MAX_INSERTED_TOKENS:
            self._sorted.extend(self._new)
            self._sorted.sort()
        else:
            for token in self._new:
                insort(self._sorted, token)
        self._new.clear()

    def is_name(self, token: str) -> bool:
        """Whether a token is known, and a name that is no keyword."""
        return self.get(token) in self.names

    def encode(self, texts: Iterable[str]) -> str:
        """Return the characters of tokens; the end of a line is its own."""
        self[END] = END
        chars = "".join(map(self.__getitem__, texts))
        del self[END]
        return chars

    def own_characters(self, stream: str) -> frozenset[str]:
        """Return the characters in a stream that stand for text.

        They are the objects that are held here: those of a string are others, made one by one.
        """
        texts = map(self.texts.get, set(stream))
        return frozenset([self[text] for text in texts if text])

    def __missing__(self, token: str) -> str:
        char = chr(self._next)
        self._next += 1
        if self._next == _SURROGATES:
            self._next = _AFTER_RANKS
        self[token] = char
        self._new.append(token)
        name = token.removeprefix(" ")
        if name.isidentifier():
            self.texts[char] = token
            if name not in KEYWORDS:
                self.names[char] = (name, len(token) - len(name))
        else:
            # Invisible characters are not predicted, nor distinguishable from the marks above.
            is_visible = token.isprintable() or token.expandtabs().isprintable()
            self.texts[char] = token if is_visible else ""
        return char


def codes_of_tokens() -> Iterator[int]:
    """Return the codes of the characters that a vocabulary assigns, in their order."""
    return chain(range(_FIRST_TOKEN, _SURROGATES), range(_AFTER_RANKS, sys.maxunicode + 1))


def tokens(text: str) -> list[str]:
    """Split a part of a line into tokens, which joined give the text again."""
    return _token(is_ascii=text.isascii()).findall(text)


def line_tokens(line: str, columns: int, vocabulary: Vocabulary) -> tuple[str, int]:
    """Encode one line; return its characters and indentation, given the previous line's."""
    (piece,), columns = lines_tokens([line], columns, vocabulary)
    return piece, columns


def lines_tokens(
    lines: Sequence[str], columns: int, vocabulary: Vocabulary
) -> tuple[list[str], int]:
    """Encode lines, each with its line end or without; those that are too long are left out."""
    bodies = [line.strip() for line in lines]
    return laid_out(lines, bodies, vocabulary.encode(tokens_of_lines(bodies)), columns)


def tokens_of_lines(bodies: Sequence[str]) -> list[str]:
    """Split lines without their indentation into tokens, none of those that are too long."""
    # All lines at once: a call for each of them would take a third of the time.
    return tokens(END.join([body if len(body) <= MAX_LINE_CHARS else "" for body in bodies]))


def laid_out(
    lines: Sequence[str], bodies: Sequence[str], chars: str, columns: int
) -> tuple[list[str], int]:
    """Return the characters of each line with its layout, and the last line's indentation."""
    pieces: list[str] = []
    for line, body, encoded in zip(lines, bodies, chars.split(END), strict=False):
        if not encoded:
            pieces.append("" if body else BLANK)
            continue
        here = indentation(line) if line[0].isspace() else 0
        if here != columns:
            encoded = shift(here - columns) + encoded
            columns = here
        pieces.append(encoded + END)
    return pieces, columns


def indentation(line: str) -> int:
    """Return the columns before the first non-blank character."""
    n_blank = len(line) - len(line.lstrip())
    return n_blank + line.count("\t", 0, n_blank) * (TAB_COLUMNS - 1) if n_blank else 0


def shift(columns: int) -> str:
    """Return the token for a change of indentation by a number of columns."""
    if columns == 0:
        return ""
    if columns > 0:
        return DEEPER
    return chr(_SHALLOWER + min((-columns - 1) // 2, _N_SHALLOWER - 1))


def is_shift(token: str) -> bool:
    """Whether a token is a change of indentation."""
    return token == DEEPER or (len(token) == 1 and 0 <= ord(token) - _SHALLOWER < _N_SHALLOWER)


def is_mark(token: str) -> bool:
    """Whether a token is a layout mark and not text."""
    return token in (END, BLANK) or is_shift(token)


def unfinished_end(before: str) -> str:
    """Return the end of a line that may become another token: a partial word, or a space."""
    start = len(before)
    while start and (before[start - 1].isalnum() or before[start - 1] == "_"):
        start -= 1
    if start > 1 and before[start - 1] == " " and not before[start - 2].isspace():
        start -= 1
    return before[start:]


def columns_back(char: str) -> int:
    """Return how many columns a token reduces the indentation; 0 if it does not."""
    return 0 if char == DEEPER else 2 * (ord(char) - _SHALLOWER + 1)


def code(literal: str, vocabulary: Vocabulary, *, skip: int = 0) -> str:
    """Replace each name in a stream by its rank among recent names.

    So ``for x in xs`` and ``for y in ys`` become equal. The first ``skip`` tokens only provide
    context. A rank depends on no more than ``RANK_WINDOW_TOKENS`` tokens, so that an edit changes
    the codes of few tokens.
    """
    recent: list[str] = []
    last: dict[str, int] = {}
    coded = list(literal)
    for i, known in enumerate(map(vocabulary.names.get, literal)):
        if known is None:
            continue
        name, spaced = known
        rank = _N_RANKS
        # A name from before the window may stay in the list: all that count stand in front of it.
        if i - last.get(name, -RANK_WINDOW_TOKENS - 1) <= RANK_WINDOW_TOKENS:
            try:
                rank = recent.index(name)
                del recent[rank]
            except ValueError:
                pass  # more names than have ranks came since
        coded[i] = _RANKS[2 * rank + spaced]
        recent.insert(0, name)
        if len(recent) > _N_RANKS:
            recent.pop()
        last[name] = i
    return "".join(coded[skip:])


def recent_names(literal: str, vocabulary: Vocabulary) -> list[str]:
    """Return the names that ranks refer to at the next token, most recent first."""
    names = vocabulary.names
    recent: dict[str, None] = {}
    for char in reversed(literal[-RANK_WINDOW_TOKENS:]):
        if char in names:
            recent.setdefault(names[char][0])
    return list(recent)[:_N_RANKS]


def decoded(char: str, recent: list[str]) -> str | None:
    """Return the token that a rank refers to; None for a name that is not recent."""
    rank, spaced = divmod(ord(char) - _FIRST_RANK, 2)
    return " " * spaced + recent[rank] if rank < len(recent) else None


def is_rank(char: str) -> bool:
    """Whether a character of a coded stream is a rank."""
    return "\ue000" <= char < "\ue100"
