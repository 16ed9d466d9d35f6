"""An editor for next edits: text in, text out, the cursor drawn as ``‸``."""

from __future__ import annotations

from collections.abc import Callable, Collection

from foretype.core.text import Document, Edit
from foretype.next_edit.bursts import Origin
from foretype.next_edit.model import refusals
from foretype.next_edit.model.candidate import Candidate
from foretype.next_edit.next_edits import RULES, NextEdits
from foretype.next_edit.proposal import Proposal

APART_S = 5.0
"""Time between two edits of a test, in seconds: each is a burst of its own."""


class NextEditEditor:
    """One document, the edits made in it, and what is proposed."""

    def __init__(self, text: str, language: str = "python", uri: str = "file:///shop.py") -> None:
        self.document = Document(uri, text, language, 1)
        self.next_edits = NextEdits(RULES)
        self.now_s = 0.0
        self.offset = 0
        self.others: list[Document] = []
        """Further open files."""

    @property
    def text(self) -> str:
        return self.document.text

    def change(self, edit: Edit, *, after_s: float = APART_S, origin: Origin | None = None) -> None:
        """Make one edit, and leave the cursor at its end."""
        self.now_s += after_s
        old = self.document
        self.document = old.apply(edit, old.version + 1)
        self.offset = edit.start + len(edit.text)
        self.next_edits.edited(old, self.document, self.now_s, origin)

    def replace(self, old: str, new: str, nth: int = 0) -> None:
        """Replace one occurrence of a text."""
        at = -1
        for _ in range(nth + 1):
            at = self.text.index(old, at + 1)
        self.change(Edit(at, at + len(old), new))

    def type(self, at: int, keys: str) -> None:
        """Type key by key, quickly."""
        for number, key in enumerate(keys):
            self.change(Edit(at + number, at + number, key), after_s=0.1)

    def proposed(self) -> Proposal | None:
        """What comes next."""
        shown = self.next_edits.next(self.document, self.offset, self.others)
        return None if shown is None else shown.proposal

    def line_after(self) -> str | None:
        """The line of the proposed edit as it would be; None where nothing is proposed."""
        found = self.proposed()
        if found is None:
            return None
        after = found.document.apply(found.edit)
        return after.line(after.line_of(found.edit.start)).strip()

    def accept(self) -> None:
        """Accept what is proposed."""
        found = self.proposed()
        assert found is not None
        self.change(found.edit, after_s=0.1)

    def accept_elsewhere(self, found: Proposal) -> None:
        """Accept what is proposed for another file."""
        old = found.document
        new = old.apply(found.edit, old.version + 1)
        self.others = [new if each.uri == new.uri else each for each in self.others]
        self.now_s += 0.1
        self.next_edits.edited(old, new, self.now_s)

    def undo(self, text: str) -> None:
        """Return to an earlier text in one step, as editors do."""
        from foretype.core.text import difference

        self.change(difference(self.text, text))


def why_refused(
    editor: NextEditEditor,
    old: str,
    new: str,
    *,
    rejected: Collection[tuple[str, str]] = (),
    window: tuple[int, int] | None = None,
    masked: Callable[[str], str] = str,
) -> str | None:
    """Why an edit of a model that replaces a text is refused; None where it is not."""
    document, bursts = editor.document, list(editor.next_edits.history)
    at = document.text.index(old)
    candidate = Candidate(
        now=document,
        edit=Edit(at, at + len(old), new),
        document=document,
        window=window or (0, len(document.text)),
        offset=editor.offset,
        bursts=[burst for burst in bursts if burst.uri == document.uri],
        elsewhere=[burst for burst in bursts if burst.uri != document.uri],
        rejected=rejected,
        masked=masked,
    )
    return refusals.why_refused(candidate)
