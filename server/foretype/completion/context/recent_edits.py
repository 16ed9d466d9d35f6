"""What the user changed lately, as a small diff for the prompt."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from foretype.completion.context.window import short_path
from foretype.core.text import Document, Edit
from foretype.core.unseen import without_unseen
from foretype.privacy.masking import mask

MAX_CHANGES = 6
MAX_LINE = 160
"""Characters of a line that are shown."""


@dataclass(slots=True)
class Change:
    """A line before and after it was changed."""

    uri: str
    line: int
    before: str
    after: str


@dataclass
class RecentEdits:
    """The latest changed lines. Typing on one line is one change."""

    changes: deque[Change] = field(default_factory=lambda: deque(maxlen=MAX_CHANGES))

    def note(self, old: Document, new: Document, edit: Edit) -> None:
        """Take note of one edit."""
        line = old.line_of(edit.start)
        after = _shown(new.line(min(line, new.n_lines - 1)))
        last = self.changes[-1] if self.changes else None
        if last is not None and (last.uri, last.line) == (new.uri, line):
            last.after = after
        else:
            self.changes.append(Change(new.uri, line, _shown(old.line(line)), after))

    def keep(self, is_kept: Callable[[Change], bool]) -> None:
        """Forget the changes that are not to be kept."""
        self.changes = deque(filter(is_kept, self.changes), maxlen=MAX_CHANGES)

    def as_diff(self, *, without: tuple[str, range], secret: frozenset[str] = frozenset()) -> str:
        """The changes as a diff, but for those in some lines of one document, and of lines that
        hold a ``secret``.

        What stands in the prompt's own window is not told twice.
        """
        uri, lines = without
        told = [c for c in self.changes if c.uri != uri or c.line not in lines]
        return "".join(
            f"{short_path(c.uri)}:{c.line + 1}\n" + _lines(c)
            for c in told
            if c.before.strip() != c.after.strip() and not secret.intersection((c.before, c.after))
        )


def stands_in(change: Change, text: str) -> bool:
    """Whether a text still has a changed line."""
    return any(_shown(line).strip() == change.after.strip() for line in text.splitlines())


def secret_lines(text: str) -> frozenset[str]:
    """The lines of a text that hold a secret, as changes show them. Takes milliseconds.

    A line alone may lack the name that makes its value a secret.
    """
    pairs = zip(text.split("\n"), mask(text).split("\n"), strict=True)
    return frozenset(_shown(line.rstrip("\r")) for line, masked in pairs if line != masked)


def _lines(change: Change) -> str:
    removed = f"-{change.before}\n" if change.before.strip() else ""
    added = f"+{change.after}\n" if change.after.strip() else ""
    return removed + added


def _shown(line: str) -> str:
    return without_unseen(line[:MAX_LINE])
