"""The outcome of a refactoring: staged changes, or a reason why there are none.

Plain values; nothing is applied here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from foretype.core.edits import smallest_edits
from foretype.core.text import Document, Edit
from foretype.languages import refactor_traits as languages
from foretype.refactor.risks.find_risks import Risk, find_risks, risk_of_file
from foretype.spending.usage import Spending


@dataclass(frozen=True, slots=True)
class Change:
    """New text for a range of a file, or a new file."""

    uri: str
    document: Document | None
    """The version that the range refers to; None for a new file."""
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class FileEdit:
    """The smallest edits of one file; ``document`` is None for a new file."""

    uri: str
    document: Document | None
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a running refactoring."""

    text: str = ""
    """The text of the current answer so far."""
    stage: str = ""
    """The current stage, in a few words."""


@dataclass(frozen=True, slots=True)
class Staged:
    """Changes ready to be applied; none if the model left the code as it is."""

    changes: tuple[Change, ...]
    risks: tuple[Risk, ...]
    spent: Spending
    note: str = ""
    """The model's closing remark after a refactoring across files."""
    text: str = ""
    """What the model was asked to say, to be shown to the user; there are no changes then."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing is changed, in a sentence for the user."""

    message: str
    spent: Spending

    def sentence(self) -> str:
        """Return the reason, that nothing was changed, and what it cost."""
        message = self.message
        if "nothing was changed" not in message:
            message = f"{message.rstrip('.')}; nothing was changed"
        return f"{message} ({self.spent.line()})" if self.spent.usages else message


Outcome = Staged | Refused
OnProgress = Callable[[Progress], None]


def file_edit(change: Change, current: Document | None, at: tuple[int, int] | None) -> FileEdit:
    """Turn a change into the smallest edits of the current version, where its range is ``at``."""
    if change.document is None or current is None or at is None:
        return FileEdit(change.uri, None, (Edit(0, 0, change.text),))
    return FileEdit(change.uri, current, smallest_edits(current, *at, change.text))


def all_risks(changes: tuple[Change, ...], doubts: Iterable[str] = ()) -> tuple[Risk, ...]:
    """What the user is asked about: what the new code does, and what could not be checked."""
    found: list[Risk] = []
    for change in changes:
        if risk := risk_of_file(change.uri):
            found.append(risk)
        suffix = PurePosixPath(change.uri).suffix
        language = languages.of_suffix(suffix)
        old = around = ""
        if change.document is not None:
            language = languages.of_id(change.document.language)
            around = change.document.text
            old = around[change.start : change.end]
        found += find_risks(old, change.text, language, around)
    return (*found, *(Risk(doubt, 1) for doubt in doubts))
