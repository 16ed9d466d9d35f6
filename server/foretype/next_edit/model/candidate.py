"""An edit that a model proposes, and what it is judged by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property

from foretype.core.text import Document, Edit, difference
from foretype.next_edit.bursts import Burst


@dataclass(frozen=True, slots=True)
class LineChange:
    """Consecutive lines of a document that others take the place of."""

    first: int
    """The line of the document at which they begin, from 0."""
    gone: tuple[str, ...]
    come: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """An edit that a model proposes, and what it is judged by."""

    now: Document
    """The document as it is."""
    edit: Edit
    document: Document
    """The version that the edit was made for."""
    window: tuple[int, int]
    """The range that the model was shown."""
    offset: int
    """The cursor."""
    bursts: Sequence[Burst] = ()
    """Those of this document, the oldest first."""
    elsewhere: Sequence[Burst] = ()
    """Those of others."""
    rejected: Collection[tuple[str, str]] = ()
    """What was rejected: old text, new text."""
    masked: Callable[[str], str] = field(default=str)
    """Masks secrets in a text."""

    @cached_property
    def smallest(self) -> Edit:
        """The edit without what stays the same at both of its ends."""
        found = difference(self.removed, self.edit.text)
        start = self.edit.start
        return Edit(start + found.start, start + found.end, found.text)

    @cached_property
    def removed(self) -> str:
        return self.document.text[self.edit.start : self.edit.end]

    @cached_property
    def key(self) -> tuple[str, str]:
        """What becomes what, wherever it is."""
        least = self.smallest
        return self.document.text[least.start : least.end], least.text

    @cached_property
    def after(self) -> Document:
        """The document once the edit is applied."""
        return self.document.apply(self.edit)

    @cached_property
    def changes(self) -> tuple[LineChange, ...]:
        """The whole lines that differ, in order."""
        document, edit = self.document, self.edit
        first = document.line_of(edit.start)
        start, end = document.line_start(first), document.line_end(document.line_of(edit.end))
        old = document.text[start:end].splitlines()
        new = (
            document.text[start : edit.start] + edit.text + document.text[edit.end : end]
        ).splitlines()
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        return tuple(
            LineChange(first + a, tuple(old[a:b]), tuple(new[c:d]))
            for name, a, b, c, d in matcher.get_opcodes()
            if name != "equal"
        )

    @cached_property
    def gone(self) -> tuple[str, ...]:
        """The lines that go."""
        return tuple(line for change in self.changes for line in change.gone)

    @cached_property
    def come(self) -> tuple[str, ...]:
        """The lines that come."""
        return tuple(line for change in self.changes for line in change.come)
