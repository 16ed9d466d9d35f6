"""Holes cut out of source files by their syntax tree: places where someone could have typed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from foretype.languages.grammars import best_tree
from foretype.languages.table import of_id

MAX_CHARS = 300
"""A longer truth would not fit the tokens that a suggestion may take."""
MAX_LINES = 10
MIN_CHARS = 4
MAX_LINE_CHARS = 300
"""Characters of a line; where a file has longer ones, nobody wrote it by hand."""
TRIES = 50
"""Files that are looked at for one hole, on average."""

_BLOCKS = frozenset(
    {
        "block",
        "statement_block",
        "compound_statement",
        "body_statement",
        "declaration_list",
        "field_declaration_list",
        "class_body",
        "enum_body",
        "interface_body",
        "switch_body",
        "do_block",
    }
)
_ARGUMENTS = frozenset({"argument_list", "arguments"})
_COMMENTS = frozenset({"comment", "line_comment", "block_comment"})
_CLOSER = re.compile(r"\s*(?:[})\]]|end\b)")


@dataclass(frozen=True, slots=True)
class Source:
    """One file."""

    name: str
    language: str
    """Its language id."""
    text: str


@dataclass(frozen=True, slots=True)
class Hole:
    """``source.text[start:end]`` is missing."""

    source: Source
    kind: str
    start: int
    end: int

    @property
    def before(self) -> str:
        return self.source.text[: self.start]

    @property
    def truth(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def after(self) -> str:
        return self.source.text[self.end :]

    @property
    def position(self) -> dict[str, int]:
        """The cursor, in UTF-16."""
        line = self.before[self.before.rfind("\n") + 1 :]
        return {"line": self.before.count("\n"), "character": len(line.encode("utf-16-le")) // 2}


def cut(sources: Sequence[Source], n: int, seed: int) -> Iterator[Hole]:
    """Cut so many holes, the kinds in turn, the same for the same seed. Not for the event loop."""
    dice = random.Random(seed)
    kinds = list(KINDS)
    made: set[Hole] = set()
    for turn in range(TRIES * n if sources else 0):
        if len(made) == n:
            return
        # A kind that these files do not have gives way to the next one.
        kind = kinds[(len(made) + turn // TRIES) % len(kinds)]
        source = dice.choice(sources)
        places = _places(source)[kind]
        if not places:
            continue
        hole = Hole(source, kind, *dice.choice(places))
        if hole not in made and not why_hopeless(hole):
            made.add(hole)
            yield hole


def why_hopeless(hole: Hole) -> str:
    """Say why no one could tell the truth from a habit; empty where that is possible."""
    lines = [line.strip() for line in hole.truth.strip("\n").split("\n")]
    following = next((line.strip() for line in hole.after.split("\n") if line.strip()), "")
    preceding = next((line.strip() for line in hole.before.split("\n")[-2::-1] if line.strip()), "")
    if not hole.truth.strip():
        return "blank"
    if any(line.startswith("```") for line in lines):
        return "holds a fence"
    if lines[-1] and lines[-1] == following:
        return "ends with the line that follows"
    if lines[0] and lines[0] == preceding:
        return "begins with the line before"
    return ""


@lru_cache(512)
def _places(source: Source) -> dict[str, list[tuple[int, int]]]:
    """Where holes of each kind begin and end in a file."""
    nothing: dict[str, list[tuple[int, int]]] = {kind: [] for kind in KINDS}
    if max(map(len, source.text.split("\n"))) > MAX_LINE_CHARS:
        return nothing
    tree = best_tree(source.text, of_id(source.language).name)
    if tree is None or tree.root_node.has_error:
        return nothing
    reader = _Reader(source.text)
    nodes = list(_nodes(tree.root_node))
    return {
        kind: [place for place in find(reader, nodes) if _is_fit(source.text, *place)]
        for kind, find in KINDS.items()
    }


def _is_fit(text: str, start: int, end: int) -> bool:
    truth = text[start:end]
    is_long = len(truth) > MAX_CHARS or truth.count("\n") > MAX_LINES
    return len(truth.strip()) >= MIN_CHARS and not is_long


class _Reader:
    """A text, and its offsets in characters by those in bytes, which trees have."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._data = text.encode("utf-8", "replace")
        self._is_plain = len(self._data) == len(text)
        self._lines = [0, *(m.end() for m in re.finditer("\n", text))]

    def offset(self, n_bytes: int) -> int:
        return n_bytes if self._is_plain else len(self._data[:n_bytes].decode("utf-8", "replace"))

    def line_start(self, row: int) -> int:
        return self._lines[row] if row < len(self._lines) else len(self.text)

    def line_end(self, row: int) -> int:
        return self._lines[row + 1] - 1 if row + 1 < len(self._lines) else len(self.text)

    def line(self, row: int) -> str:
        return self.text[self.line_start(row) : self.line_end(row)]


def _nodes(root: Any) -> Iterator[Any]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def _ends_of_lines(reader: _Reader, nodes: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """From each token of a line but the first to the line's end."""
    for node in nodes:
        is_token = not node.children and node.end_byte > node.start_byte
        if not is_token or node.type in _COMMENTS:
            continue
        start, end = reader.offset(node.start_byte), reader.line_end(node.start_point[0])
        if reader.text[reader.line_start(node.start_point[0]) : start].strip():
            yield start, end


def _blocks(reader: _Reader, nodes: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """The lines of a block, from the end of the line that begins it."""
    for node in nodes:
        if node.type not in _BLOCKS:
            continue
        first, last = node.start_point[0], node.end_point[0]
        # Without a brace a block is what is indented: it begins below its line.
        if not reader.line(first)[: node.start_point[1]].strip():
            first -= 1
        if _CLOSER.match(reader.line(last)):
            last -= 1
        if 0 <= first < last:
            yield reader.line_end(first), reader.line_end(last)


def _arguments(reader: _Reader, nodes: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """What stands between the parentheses of a call on one line."""
    for node in nodes:
        if node.type in _ARGUMENTS and node.start_point[0] == node.end_point[0]:
            start, end = reader.offset(node.start_byte), reader.offset(node.end_byte)
            if reader.text[start : start + 1] == "(" and reader.text[end - 1 : end] == ")":
                yield start + 1, end - 1


KINDS: dict[str, Callable[[_Reader, Sequence[Any]], Iterator[tuple[int, int]]]] = {
    "end of a line": _ends_of_lines,
    "block": _blocks,
    "arguments": _arguments,
}
