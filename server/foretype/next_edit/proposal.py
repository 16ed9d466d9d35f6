"""A next edit: one contiguous change of one document, and what it is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from foretype.core.text import Document, Edit, difference

Kind = Literal["rename", "parameter", "import", "repeat", "model"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One edit of whole tokens, in the document version that it was made for."""

    document: Document
    edit: Edit
    kind: Kind
    label: str
    """What it does, such as ``rename total to amount``."""
    n_more: int = 0
    """How many further places the same rule would change."""

    @property
    def key(self) -> tuple[str, str]:
        """What it changes into what, wherever that is and whichever rule proposes it."""
        old = self.document.text[self.edit.start : self.edit.end]
        smallest = difference(old, self.edit.text)
        return old[smallest.start : smallest.end], smallest.text

    @property
    def result(self) -> str:
        """The document's text once it is applied."""
        text = self.document.text
        return text[: self.edit.start] + self.edit.text + text[self.edit.end :]
