"""One refactoring on its way, and what is typed meanwhile: where its code is by now.

Knows documents; sends nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from foretype.core.range_anchor import RangeAnchor
from foretype.core.text import Document
from foretype.lsp.features.refactoring.progress import RunProgress
from foretype.refactor.actions.offers import Offer

MOST_VERSIONS = 64
"""Versions of a document that are kept to follow what is typed during a run."""


class Stop(Exception):
    """The run ends without a change; the text is a sentence for the user."""


class Declined(Stop):
    """The user said no to the change: no fault of anybody's."""


@dataclass(slots=True)
class Run:
    """One refactoring on its way."""

    id: str
    offer: Offer
    opened: frozenset[str]
    """The documents that were open when it began."""
    progress: RunProgress
    task: asyncio.Task[str] | None = None
    asks: bool = False
    """Whether it waits for the user's answer to a question."""
    sent: bool = False
    """Whether an edit was sent to the client, which nobody can take back."""
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever a document was changed or closed."""
    _versions: dict[str, list[Document]] = field(default_factory=dict)

    def changed(self, old: Document, new: Document) -> None:
        """Follow a change of a document."""
        known = self._versions.setdefault(new.uri, [old])
        known.append(new)
        if len(known) > MOST_VERSIONS:
            # What lies between two versions left out is read as one edit: safe, only coarser.
            known[1:-1] = known[1:-1:2]
        self.moved.set()

    def closed(self) -> None:
        """A document was closed."""
        self.moved.set()

    def place(self, document: Document, start: int, end: int, current: Document) -> tuple[int, int]:
        """Where a range of an older version is now. Stop: an edit reached into it."""
        anchor = RangeAnchor.on(document, start, end)
        for version in self._versions.get(document.uri, ()):
            anchor = anchor.follow(version)
        place = anchor.place(current)
        if place is None:
            raise Stop("you changed the code meanwhile, so nothing was applied; run it again")
        return place

    def was(self, text: str, current: Document) -> bool:
        """Whether a document had a text, now or since the run began."""
        versions = [current, *self._versions.get(current.uri, ())]
        return any(_same_text(version.text, text) for version in versions)


def _same_text(one: str, other: str) -> bool:
    """Whether two texts are the same but for line ends, and a last one that editors add."""
    plain = (text.replace("\r\n", "\n").rstrip("\n") for text in (one, other))
    return len(set(plain)) == 1
