"""Code as tokens, and the difference between two pieces of it, token by token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

MAX_TOKENS = 400
"""A piece of code with more tokens is not compared: it takes too long, and is no small edit."""

_TOKEN = re.compile(
    r"\n|[^\W\d][\w$]*|\d[\w.]*|\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?"
    r"|[=!]==|[*/<>]{2}=|[-+*/%&|^<>=!:]=|=>|->|::|\*\*|&&|\|\||\?\.|[^\w\s]"
)
_NAME = re.compile(r"[^\W\d][\w$]*")


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and where it begins in its piece of code."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Change:
    """Tokens ``before[b_start:b_end]`` were replaced by ``after[a_start:a_end]``."""

    b_start: int
    b_end: int
    a_start: int
    a_end: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Two pieces of code, and the runs of tokens in which they differ."""

    before: tuple[Token, ...]
    after: tuple[Token, ...]
    changes: tuple[Change, ...]

    def removed(self, change: Change) -> tuple[str, ...]:
        return tuple(token.text for token in self.before[change.b_start : change.b_end])

    def added(self, change: Change) -> tuple[str, ...]:
        return tuple(token.text for token in self.after[change.a_start : change.a_end])


def is_name(text: str) -> bool:
    """Whether a token is an identifier, or a keyword."""
    return _NAME.fullmatch(text) is not None


@lru_cache(256)
def tokens(code: str) -> tuple[Token, ...]:
    """The tokens of a piece of code; line ends count, other blanks do not."""
    return tuple(Token(found[0], found.start()) for found in _TOKEN.finditer(code))


@lru_cache(64)
def token_difference(before: str, after: str) -> Difference | None:
    """How two pieces of code differ; None where they are too long to be compared."""
    old, new = tokens(before), tokens(after)
    if max(len(old), len(new)) > MAX_TOKENS:
        return None
    matcher = SequenceMatcher(
        None, [token.text for token in old], [token.text for token in new], autojunk=False
    )
    changes = tuple(Change(*op[1:]) for op in matcher.get_opcodes() if op[0] != "equal")
    return Difference(old, new, changes)
