"""A file before and after a change: its two outlines, and the nodes of the changed lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from foretype.languages.blanking import blanked, lines_in_strings
from foretype.languages.definitions import (
    COMMENTS,
    Definition,
    Outline,
    children_in,
    outermost,
    outline_of,
    word_set,
)
from foretype.languages.table import Language
from foretype.refactor.actions.catalogue import Action

T = TypeVar("T")


@dataclass(frozen=True)
class Side:
    """A file, and the lines of it that a change replaces, or that replaced them."""

    file: list[str]
    """All lines, without their ends."""
    first: int
    last: int
    """The last line, included."""
    language: Language

    def replaced(self, code: str) -> Side:
        """The file with other code in the place of the lines."""
        lines = code.split("\n")
        file = [*self.file[: self.first], *lines, *self.file[self.last + 1 :]]
        return Side(file, self.first, self.first + len(lines) - 1, self.language)

    def prepare(self) -> None:
        """Read at once what is read of a side before a change. Not for the event loop."""
        _ = self.target, self.by_path, self.nodes, self.statements, self.comments

    @cached_property
    def text(self) -> str:
        return "\n".join(self.file)

    @cached_property
    def outline(self) -> Outline:
        return outline_of(self.text, self.language, self.first, self.last)

    @cached_property
    def lines(self) -> list[str]:
        return self.file[self.first : self.last + 1]

    @cached_property
    def code(self) -> str:
        return "\n".join(self.lines)

    @cached_property
    def quiet(self) -> str:
        """The code without comments and what is in strings."""
        return blanked(self.code, self.language)

    @cached_property
    def quiet_file(self) -> str:
        """The same of the whole file."""
        return blanked(self.text, self.language)

    def line_at(self, offset: int) -> int:
        """The line, in the file, of an offset in the code."""
        return self.first + self.code.count("\n", 0, offset)

    @cached_property
    def definitions(self) -> list[Definition]:
        """What is defined in the lines, inner functions too."""
        return self.outline.inside(self.first, self.last)

    @cached_property
    def edge(self) -> list[Definition]:
        """The outermost of them."""
        return outermost([d for d in self.definitions if d.kind != "value"])

    @cached_property
    def target(self) -> Definition | None:
        """The one definition that the lines consist of; None for anything else."""
        is_one = len(self.edge) == 1 and self.outline.root is not None
        is_whole = is_one and self.edge[0].first <= self.first and self.last <= self.edge[0].last
        return self.edge[0] if is_whole else None

    @cached_property
    def by_path(self) -> dict[str, list[Definition]]:
        found: dict[str, list[Definition]] = {}
        for each in self.definitions:
            found.setdefault(each.path, []).append(each)
        return found

    @cached_property
    def nodes(self) -> list[Any]:
        """All named nodes that begin in the lines; none without a grammar, or too deep."""
        root = self.outline.root
        try:
            return list(_nodes(root, self.first, self.last)) if root is not None else []
        except RecursionError:
            return []

    @cached_property
    def leaves(self) -> list[Any]:
        """Those of the nodes that hold no others: names, numbers, what is in strings."""
        return [n for n in self.nodes if not n.child_count and n.type not in COMMENTS]

    @cached_property
    def words(self) -> Counter[str]:
        """The words of the code, by the tree: none of what is in strings."""
        plain = (text_of(leaf) for leaf in self.leaves if not _QUOTED.search(leaf.type))
        return Counter(word for text in plain for word in re.findall(r"\w+", text))

    @cached_property
    def statements(self) -> list[Any]:
        """The statements of the file's top level, and of classes, in the lines."""
        root = self.outline.root
        return list(_top(root, self.first, self.last)) if root is not None else []

    @cached_property
    def comments(self) -> list[tuple[str, str, int]]:
        """Comments: text, their code or the next line of it, and the line's number."""
        inside = lines_in_strings(self.code, self.language)
        found: list[tuple[str, str, int]] = []
        waiting: list[tuple[str, int]] = []
        plain = blanked(self.code, self.language, strings=False).split("\n")
        for number, (line, code) in enumerate(zip(self.lines, plain, strict=True)):
            if number in inside or not line.strip():
                continue
            if code.strip():
                found += [(text, line.strip(), at) for text, at in waiting]
                waiting = []
                # What ends a line is no string that a comment's sign stands in.
                if behind := line[len(code.rstrip()) :].strip():
                    found.append((behind, code.strip(), self.first + number))
            else:
                waiting.append((line.strip(), self.first + number))
        return found + [(text, "", at) for text, at in waiting]


@dataclass(frozen=True)
class Comparison:
    """What a change makes of a file, and under which refactoring."""

    before: Side
    after: Side
    action: Action

    @property
    def language(self) -> Language:
        return self.before.language

    def both(self, read: Callable[[Side], T]) -> tuple[T, T]:
        """What is read of the side before, and of that after."""
        return read(self.before), read(self.after)

    @cached_property
    def pairs(self) -> list[tuple[Definition, Definition]]:
        """Definitions that are there before and after, by their paths."""
        return [
            (was, now)
            for path, olds in self.before.by_path.items()
            for was, now in zip(olds, self.after.by_path.get(path, ()), strict=False)
            if len(olds) == len(self.after.by_path.get(path, ()))
        ]

    @cached_property
    def functions(self) -> list[tuple[Definition, Definition]]:
        """Those of the pairs that are functions in a tree which other code can call."""
        return [
            (was, now)
            for was, now in self.pairs
            if was.kind == "function" and not was.local and was.node is not None
        ]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that changed."""

    text: str
    """A fault is a sentence; a doubt completes one that begins "The new code"."""
    is_fault: bool = False
    line: int = -1
    """The line that shows it in the new file, from 0; -1 where none does."""


def first_new(was: list[tuple[str, int]], now: list[tuple[str, int]]) -> int:
    """The line of the first text that was not there before; of the last where all were."""
    known = {text for text, _ in was}
    return next((line for text, line in now if text not in known), now[-1][1])


def text_of(node: Any) -> str:
    return str(node.text.decode("utf-8", "replace"))


def words_of(node: Any) -> str:
    """A node's text with all blanks made equal."""
    return re.sub(r"\s+", " ", text_of(node)).strip()


def _nodes(node: Any, first: int, last: int) -> Iterator[Any]:
    for child in children_in(node, first, last):
        if child.start_point[0] >= first:
            yield child
        yield from _nodes(child, first, last)


_QUOTED = re.compile(r"string|content|fragment|escape|heredoc")
"""What the tree calls text in strings."""
_PLACES = word_set(
    "class_body declaration_list body_statement field_declaration_list block enum_body"
    " interface_body module"
)
_HOLDERS = word_set(
    "class_declaration class_definition abstract_class_declaration class"
    " namespace_definition namespace_declaration decorated_definition export_statement"
    " internal_module mod_item class_specifier struct_specifier template_declaration"
    " impl_item trait_item linkage_specification"
)


def _top(node: Any, first: int, last: int) -> Iterator[Any]:
    for child in children_in(node, first, last):
        if child.type in COMMENTS:
            continue
        if child.type in _HOLDERS:
            inner = [part for part in child.named_children if part.type in _PLACES | _HOLDERS]
            for part in inner:
                yield from _top(part if part.type in _PLACES else child, first, last)
        elif child.start_point[0] >= first:
            yield child
