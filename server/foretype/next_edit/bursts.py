"""What the user changed lately, as bursts: one place, its text before and after, when and how.

A burst is what was typed at one place without going elsewhere. Its place follows the text, so it
can be compared with what is there now. Knows no rule and no protocol.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

from foretype.core.cursor import MAX_TYPED_CHARS
from foretype.core.text import Document, Edit, difference

MAX_BURSTS = 8
"""Bursts that are kept of what was typed, and as many of what was accepted."""
PAUSE_S = 1.0
"""After a pause of so many seconds, an edit elsewhere on the same line is another burst."""
MAX_TYPED_LINES = 8
"""An edit with as many lines was pasted or generated."""
MAX_STATES = 64
"""Earlier texts of a document that are recognized when it returns to them."""


class Origin(Enum):
    """How an edit came about."""

    TYPED = "typed"
    ACCEPTED = "accepted"
    PASTED = "pasted"
    FORMATTED = "formatted"


@dataclass(frozen=True, slots=True)
class Place:
    """A range of a document that follows its text."""

    start: int
    end: int

    def after(self, edit: Edit) -> Place | None:
        """The place after an edit elsewhere; None where the edit touches it."""
        if edit.end <= self.start and not (edit.start == edit.end == self.start == self.end):
            delta = len(edit.text) - (edit.end - edit.start)
            return Place(self.start + delta, self.end + delta)
        return self if edit.start >= self.end else None


@dataclass(frozen=True, slots=True)
class Burst:
    """Whole lines of one document, before and after they were changed."""

    uri: str
    place: Place
    """The lines as they are now, the last one's line end included."""
    before: str
    after: str
    at_s: float
    """The time of its last edit, in seconds on the caller's clock."""
    origin: Origin
    touched: Place
    """What was typed, within its lines."""
    earlier: str = ""
    """Its lines before earlier bursts whose text it has changed again; empty without any."""

    @property
    def original(self) -> str:
        """Its lines before anything was changed there."""
        return self.earlier or self.before

    @property
    def is_change(self) -> bool:
        """Whether anything is different in the end."""
        return self.before != self.after


@dataclass(slots=True)
class _States:
    """Earlier texts of one document, by their hashes, the oldest first."""

    hashes: deque[int] = field(default_factory=lambda: deque(maxlen=MAX_STATES))


class EditHistory:
    """The latest bursts over all documents, the oldest first."""

    def __init__(self) -> None:
        self.n_bursts = 0
        """How many bursts have begun, those that are forgotten included."""
        self._bursts: list[Burst] = []
        self._states: dict[str, _States] = {}

    def __iter__(self) -> Iterator[Burst]:
        return iter(tuple(self._bursts))

    @property
    def last(self) -> Burst | None:
        return self._bursts[-1] if self._bursts else None

    def note(
        self, old: Document, new: Document, at_s: float, origin: Origin | None = None
    ) -> tuple[Edit, Burst | None]:
        """Take note of a change. Gives it as one edit, and the burst that it is part of.

        ``origin`` where the caller knows it. None in place of the burst where nothing is left to
        be remembered: nothing was changed, or a burst was undone.
        """
        edit = difference(old.text, new.text)
        if old.text == new.text:
            return edit, None
        states = self._states.setdefault(new.uri, _States()).hashes
        if origin is None and hash(new.text) in states and self._undo(old, new, edit):
            return edit, None
        origin = origin or origin_of(old, edit)
        last = self.last
        # What a burst may be undone to is the text before it.
        joined = last and _joined(last, old, new, edit, at_s, origin)
        changed_again = self._follow(new.uri, edit, but=last if joined else None)
        if joined:
            self._bursts[-1] = joined
        else:
            states.append(hash(old.text))
            self.n_bursts += 1
            begun = _begun(old, new, edit, at_s, origin)
            self._bursts.append(replace(begun, earlier=_earlier(begun.before, changed_again)))
            self._forget_old()
        return edit, self._bursts[-1]

    def forget(self, uri: str) -> None:
        """Forget what is known of a document that was closed."""
        self._bursts = [burst for burst in self._bursts if burst.uri != uri]
        self._states.pop(uri, None)

    def _undo(self, old: Document, new: Document, edit: Edit) -> bool:
        """Drop the bursts that a return to an earlier text takes back; whether there are any."""
        states = self._states[new.uri].hashes
        while states and states.pop() != hash(new.text):
            pass
        kept = []
        for burst in self._bursts:
            if burst.uri != new.uri:
                kept.append(burst)
            elif (moved := burst.place.after(edit)) is not None:
                kept.append(_moved(burst, moved))
        if len(kept) == len(self._bursts):
            return False  # They follow the text where the edit is taken for a new one.
        self._bursts = kept
        return True

    def _follow(self, uri: str, edit: Edit, but: Burst | None) -> list[Burst]:
        """Move the bursts of a document with its text; drop those that were changed otherwise,
        and return them."""
        followed, dropped = [], []
        for burst in self._bursts:
            if burst is but or burst.uri != uri:
                followed.append(burst)
            elif (moved := burst.place.after(edit)) is not None:
                followed.append(_moved(burst, moved))
            else:
                dropped.append(burst)
        self._bursts = followed
        return dropped

    def _forget_old(self) -> None:
        for accepted in (False, True):
            alike = [b for b in self._bursts if (b.origin is Origin.ACCEPTED) == accepted]
            if len(alike) > MAX_BURSTS:
                self._bursts.remove(alike[0])


def _earlier(before: str, changed_again: list[Burst]) -> str:
    """Lines as they were before some bursts; empty where that makes no difference."""
    found = before
    for burst in reversed(changed_again):
        if burst.after:
            found = found.replace(burst.after, burst.original, 1)
    return "" if found == before else found


def origin_of(old: Document, edit: Edit) -> Origin:
    """How an edit of a document came about, as far as its text tells."""
    removed = old.text[edit.start : edit.end]
    if _bare(removed) == _bare(edit.text) and "\n" in removed + edit.text and removed.strip():
        return Origin.FORMATTED
    is_long = len(edit.text) > MAX_TYPED_CHARS or len(removed) > MAX_TYPED_CHARS
    if is_long or max(edit.text.count("\n"), removed.count("\n")) >= MAX_TYPED_LINES:
        return Origin.FORMATTED if _bare(removed) == _bare(edit.text) else Origin.PASTED
    return Origin.TYPED


def _bare(text: str) -> str:
    """A text without what formatters change."""
    bare = "".join(text.split()).replace("'", '"')
    for closer in ")]}":
        bare = bare.replace("," + closer, closer)
    return bare.replace(";", "")


def _begun(old: Document, new: Document, edit: Edit, at_s: float, origin: Origin) -> Burst:
    place = _lines(new, edit.start, edit.start + len(edit.text))
    delta = len(edit.text) - (edit.end - edit.start)
    was = _lines(old, edit.start, edit.end)
    # Where a line end was removed or added, the two ranges of lines differ at their end.
    end = max(place.end, was.end + delta)
    place = Place(min(place.start, was.start), end)
    before = old.text[place.start : end - delta]
    touched = Place(edit.start, edit.start + len(edit.text))
    return Burst(new.uri, place, before, new.text[place.start : end], at_s, origin, touched)


def _joined(
    last: Burst, old: Document, new: Document, edit: Edit, at_s: float, origin: Origin
) -> Burst | None:
    """The last burst with an edit that goes on with it; None where the edit is another one."""
    typed = (Origin.TYPED, Origin.TYPED)
    if last.uri != new.uri or (last.origin, origin) != typed:
        return None
    touched, text = last.touched, old.text
    low, high = touched.start, touched.end
    while low > 0 and (text[low - 1].isalnum() or text[low - 1] == "_"):
        low -= 1
    while high < len(text) and (text[high].isalnum() or text[high] == "_"):
        high += 1
    touches = edit.start <= high and edit.end >= low
    within = last.place.start <= edit.start and edit.end <= last.place.end
    if not touches and not (within and at_s - last.at_s < PAUSE_S):
        return None
    fresh = _begun(old, new, edit, at_s, origin)
    delta = len(edit.text) - (edit.end - edit.start)
    # Both in the old text: the lines of the burst, and the lines of this edit.
    start = min(last.place.start, fresh.place.start)
    end = max(last.place.end, fresh.place.end - delta)
    before = text[start : last.place.start] + last.before + text[last.place.end : end]
    place = Place(start, end + delta)
    tail = max(touched.end, edit.end) + delta
    return Burst(
        new.uri,
        place,
        before,
        new.text[place.start : place.end],
        at_s,
        origin,
        Place(min(touched.start, edit.start), tail),
        last.earlier,
    )


def _lines(document: Document, start: int, end: int) -> Place:
    first = document.line_start(document.line_of(start))
    return Place(first, document.line_start(document.line_of(end) + 1))


def _moved(burst: Burst, place: Place) -> Burst:
    delta = place.start - burst.place.start
    touched = Place(burst.touched.start + delta, burst.touched.end + delta)
    return replace(burst, place=place, touched=touched)
