"""Next edits of one session: what was changed, what follows, what was rejected.

Answers at once, from rules and from what a model has proposed before. An edit is only ever given
for the text as it is now.
"""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from foretype.core.text import Document, Edit
from foretype.next_edit.bursts import Burst, EditHistory, Origin, Place
from foretype.next_edit.missing_import import imports_to_add
from foretype.next_edit.other_files import uses_elsewhere
from foretype.next_edit.parameter import calls_to_adapt
from foretype.next_edit.proposal import Kind, Proposal
from foretype.next_edit.rebase import rebased
from foretype.next_edit.rename import renames
from foretype.next_edit.repeat import repeats

SETTLED_S = 0.3
"""Time after the last edit from which it counts as finished, in seconds."""
MAX_REJECTED = 20
"""Rejected edits that are remembered."""
GIVES_UP_AFTER = 2
"""Rejections after which the same change is proposed nowhere any more."""
IGNORED_AFTER: dict[Kind, int] = {"rename": 1, "parameter": 1, "import": 1, "repeat": 2, "model": 1}
"""Bursts made elsewhere while an edit was offered, after which its like is not offered any more.
Fitted by ``benches/next_edits.py``: who goes on elsewhere has not meant a rename."""

RULES: tuple[Kind, ...] = ("rename", "parameter", "import", "repeat")
"""The rules, in the order in which they are asked. Together nine in ten of their edits were right
in releases of foreign packages (``benches/next_edits.py``)."""
BY_HAND = (Origin.TYPED, Origin.ACCEPTED)
"""What the user wrote, or accepted."""

Rule = Callable[[Document, Burst, Sequence[Burst], Sequence[Document]], list[Proposal]]
"""What follows from a burst in a document, given all of its bursts, and the other open files."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal that a client was given."""

    id: str
    proposal: Proposal
    n_bursts: int
    """How many bursts there had been."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    """An edit that was accepted or rejected, and where."""

    uri: str
    place: Place
    key: tuple[str, str]


class NextEdits:
    """Follows the edits of all documents, and proposes the one that comes next."""

    def __init__(self, kinds: Sequence[Kind] = RULES) -> None:
        self.history = EditHistory()
        self.shown: Shown | None = None
        """What was given last, while it holds."""
        self._kinds = kinds
        rules: dict[Kind, Rule] = {
            "rename": renames,
            "parameter": calls_to_adapt,
            "import": imports_to_add,
        }
        self._rules = [rule for kind, rule in rules.items() if kind in kinds]
        self._rejected: deque[_Remembered] = deque(maxlen=MAX_REJECTED)
        self._accepted: deque[_Remembered] = deque(maxlen=MAX_REJECTED)
        self._numbers = itertools.count(1)
        self._ignored: Counter[str] = Counter()
        """By what an edit does: bursts made elsewhere since one was offered and not accepted."""
        self._queue: list[Proposal] = []
        """What a model has proposed and nobody has judged."""
        self.on_outcome: Callable[[bool], None] = lambda accepted: None
        """Called where an edit that was shown was accepted, or rejected."""
        self._taken = False
        """Whether the last edit was an accepted one, after which the next may follow at once."""

    # --- what happens -------------------------------------------------------------------------

    def edited(
        self, old: Document, new: Document, at_s: float, origin: Origin | None = None
    ) -> None:
        """A document was changed, at a time on the caller's clock."""
        shown = self.shown
        if shown is not None and shown.proposal.document.uri != new.uri:
            shown = None
        if shown is not None and shown.proposal.result == new.text:
            origin = Origin.ACCEPTED
        edit, burst = self.history.note(old, new, at_s, origin)
        self._taken = origin is Origin.ACCEPTED
        if shown is not None:
            self.shown = None
        self._queue = [
            kept
            for each in self._queue
            if (kept := rebased(each, new, edit) if each.document.uri == new.uri else each)
        ]
        if old.text == new.text:
            return
        self._follow(new.uri, edit)
        if shown is not None:
            self._judge(shown, new, edit, burst)

    def _judge(self, shown: Shown, new: Document, edit: Edit, burst: Burst | None) -> None:
        """See what an edit made of the one that was offered: accepted, rejected or ignored."""
        proposal = shown.proposal
        touched = Place(edit.start, edit.start + len(edit.text))
        is_inside = Place(proposal.edit.start, proposal.edit.end).after(edit) is None
        if burst is not None and burst.origin is Origin.ACCEPTED:
            self._accepted.append(_Remembered(new.uri, touched, proposal.key))
            del self._ignored[proposal.label]
            self.on_outcome(True)
        elif rebased(proposal, new, edit) is None:
            if burst is not None and proposal.edit.text in burst.after:
                del self._ignored[proposal.label]  # Typed by hand.
            else:
                self._remember(proposal, touched)
                self.on_outcome(False)
        elif burst is not None and not is_inside and self.history.n_bursts > shown.n_bursts:
            self._ignored[proposal.label] += 1

    def closed(self, uri: str) -> None:
        """A document was closed."""
        self.history.forget(uri)
        self._rejected = deque((r for r in self._rejected if r.uri != uri), maxlen=MAX_REJECTED)
        self._queue = [each for each in self._queue if each.document.uri != uri]
        if self.shown is not None and self.shown.proposal.document.uri == uri:
            self.shown = None

    def rejected(self, edit_id: str) -> bool:
        """The user dismissed an edit; whether it was the one that was given last."""
        shown = self.shown
        if shown is None or shown.id != edit_id:
            return False
        edit = shown.proposal.edit
        self._remember(shown.proposal, Place(edit.start, edit.end))
        self.shown = None
        self.on_outcome(False)
        return True

    # --- what follows -------------------------------------------------------------------------

    def wait_s(self, now_s: float) -> float:
        """How long until the last edit counts as finished, in seconds; 0 where it does."""
        last = self.history.last
        if last is None or self._taken:
            return 0.0
        return max(0.0, last.at_s + SETTLED_S - now_s)

    def next(
        self, document: Document, offset: int, others: Sequence[Document] = ()
    ) -> Shown | None:
        """The edit that comes next, nearest to the cursor; None without one.

        ``others``: further open files. One of them is proposed for where nothing is left to do in
        this one.
        """
        found = self.proposals(document, others)
        if not found:
            self.shown = None
            return None
        nearest = min(found, key=lambda each: _distance(each, document, offset))
        alike = [each for each in found if each.label == nearest.label]
        proposal = replace(nearest, n_more=len(alike) - 1)
        if self.shown is None or self.shown.proposal != proposal:
            self.shown = Shown(f"next-{next(self._numbers)}", proposal, self.history.n_bursts)
        return self.shown

    def proposals(self, document: Document, others: Sequence[Document] = ()) -> list[Proposal]:
        """All that the first rule that has something proposes, what was rejected left out."""
        bursts = [burst for burst in self.history if burst.uri == document.uri]
        changes = [burst for burst in bursts if burst.is_change]
        if changes and changes[-1].origin not in BY_HAND:
            return []
        by_hand = [burst for burst in changes if burst.origin in BY_HAND]
        alike = [each for each in others if each.language == document.language]
        for burst in reversed(by_hand):
            for rule in self._rules:
                if found := self._allowed(rule(document, burst, bursts, alike)):
                    return found
        if "repeat" in self._kinds and (found := self._allowed(repeats(document, by_hand))):
            return found
        queued = self._allowed([each for each in self._queue if each.document == document])
        return queued or self._elsewhere(document, alike)

    def _elsewhere(self, document: Document, others: Sequence[Document]) -> list[Proposal]:
        """What follows in other files than the one that was changed."""
        files = {each.uri: each for each in (document, *others)}
        last = self.history.last
        if last is None or len(files) < 2 or last.origin not in BY_HAND:
            return []
        for burst in reversed(list(self.history)):
            own = files.get(burst.uri)
            if own is None or not burst.is_change or burst.origin not in BY_HAND:
                continue
            found = uses_elsewhere(own, burst, last.after, list(files.values()))
            if found := self._allowed([each for each in found if each.kind in self._kinds]):
                return found
        return []

    def _allowed(self, proposals: list[Proposal]) -> list[Proposal]:
        return [
            each
            for each in proposals
            if self._ignored[each.label] < IGNORED_AFTER[each.kind]
            and not self._is_rejected(each)
            and _changes(each)
        ]

    def queue(self, proposals: Sequence[Proposal]) -> None:
        """Keep what a model proposes, in place of what it proposed before."""
        self._queue = list(proposals)

    # --- what was rejected --------------------------------------------------------------------

    def rejected_keys(self, uri: str) -> set[tuple[str, str]]:
        """What was rejected in a document: the old text, the new text."""
        return {each.key for each in self._rejected if each.uri == uri}

    def _remember(self, proposal: Proposal, place: Place) -> None:
        self._rejected.append(_Remembered(proposal.document.uri, place, proposal.key))

    def _is_rejected(self, proposal: Proposal) -> bool:
        alike = [r for r in self._rejected if r.key == proposal.key]
        if len(alike) >= GIVES_UP_AFTER:
            return True
        uri, edit = proposal.document.uri, proposal.edit
        return any(
            r.uri == uri and r.place.start <= edit.end and edit.start <= r.place.end for r in alike
        )

    def _follow(self, uri: str, edit: Edit) -> None:
        """Let what is remembered follow the text. What was accepted there and is changed again
        was rejected after all."""
        new = Place(edit.start, edit.start + len(edit.text))
        for each in self._accepted:
            if each.uri == uri and each.place.after(edit) is None:
                self._rejected.append(replace(each, place=new))
        self._accepted = _followed(self._accepted, uri, edit, None)
        self._rejected = _followed(self._rejected, uri, edit, new)


def _followed(
    remembered: Iterable[_Remembered], uri: str, edit: Edit, touched: Place | None
) -> deque[_Remembered]:
    """What is remembered, after an edit; ``touched`` is the place of what the edit touches."""
    followed: deque[_Remembered] = deque(maxlen=MAX_REJECTED)
    for each in remembered:
        place = (each.place.after(edit) or touched) if each.uri == uri else each.place
        if place is not None:
            followed.append(replace(each, place=place))
    return followed


def _distance(proposal: Proposal, document: Document, offset: int) -> tuple[bool, int, int]:
    """How far a proposal is from the cursor, in lines; below it comes before above, and this file
    before others."""
    if proposal.document.uri != document.uri:
        return True, proposal.document.line_of(proposal.edit.start), 0
    lines = document.line_of(proposal.edit.start) - document.line_of(
        min(offset, len(document.text))
    )
    return False, abs(lines), lines < 0


def _changes(proposal: Proposal) -> bool:
    edit = proposal.edit
    return proposal.document.text[edit.start : edit.end] != edit.text
