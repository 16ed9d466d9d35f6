"""A simulated user: what is typed next, how fast, and what happens to ghost text meanwhile.

Plain values and functions, independent of processes, protocols and screens. One key may insert
several characters, since an editor indents new lines itself.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import log
from statistics import median

from foretype.core.text import Document, Edit

PROMISE_MS = 400
"""Ghost text within this time after a key counts as in time."""

_STROKE = re.compile(r"(?:\r\n|\r|\n)[ \t]*|[^\r\n]")


@dataclass(frozen=True, slots=True)
class Scene:
    """A part of a file to be typed, and its context."""

    name: str
    """The file's name, for the screen."""
    uri: str
    language: str
    before: str
    truth: str
    """What the author wrote there, and the typist will."""
    after: str

    @property
    def page(self) -> Page:
        """The file as the typist opens it: without the stretch."""
        document = Document(self.uri, self.before + self.after, self.language, 1)
        return Page(document, len(self.before))


@dataclass(frozen=True, slots=True)
class Page:
    """A file in the editor, and the cursor in it."""

    document: Document
    offset: int

    def edited(self, edit: Edit) -> Page:
        """The page after an edit, which leaves the cursor at its end."""
        document = self.document.apply(edit, self.document.version + 1)
        return Page(document, edit.start + len(edit.text))

    def typing(self, text: str) -> Edit:
        """The edit that typing a text makes."""
        return Edit(self.offset, self.offset, text)


@dataclass(frozen=True, slots=True)
class Ghost:
    """Text that stands dimmed after the cursor, in place of ``replaces`` characters there."""

    text: str
    replaces: int = 0
    id: str = ""

    def after_typing(self, stroke: str) -> Ghost | None:
        """What is left of it once a key is typed; None where the key says something else."""
        rest = self.text.removeprefix(stroke)
        if len(rest) == len(self.text) or not rest:
            return None
        return Ghost(rest, self.replaces, self.id)

    def accepting(self, page: Page) -> Edit:
        """The edit that accepting all of it makes."""
        return Edit(page.offset, page.offset + self.replaces, self.text)


def ghost_at(page: Page, edit: Edit, id: str = "") -> Ghost | None:
    """The ghost text that an offered edit shows at the cursor.

    None where it cannot stand there as ghost text: it would change what is before the cursor,
    or has nothing to add.
    """
    if not edit.start <= page.offset <= edit.end:
        return None
    already = page.document.text[edit.start : page.offset]
    text = edit.text.removeprefix(already)
    if len(text) == len(edit.text) - len(already) and text:
        return Ghost(text, edit.end - page.offset, id)
    return None


def right_part(ghost: Ghost, page: Page, rest: str) -> str:
    """How much of a ghost text is what the typist means to write.

    All of it where it agrees with the rest of the truth to its end; else its whole lines that
    do; empty where not even its first line is right.
    """
    if ghost.replaces:
        # It contains what it replaces, so it ends before the truth's own text goes on.
        replaced = page.document.text[page.offset : page.offset + ghost.replaces]
        return ghost.text if ghost.text == rest + replaced else ""
    if rest.startswith(ghost.text):
        return ghost.text
    whole = [end.start() for end in re.finditer(r"\r\n|\r|\n", ghost.text)]
    for end in reversed(whole):
        line_done = re.match(r"\r|\n|\Z", rest[end:]) is not None
        if end and line_done and rest.startswith(ghost.text[:end]):
            return ghost.text[:end]
    return ""


def strokes(text: str) -> Iterator[str]:
    """A text as keys: a character each, a line's end together with the indentation after it."""
    # On a line left empty an editor writes no indentation, and the key after it brings it all.
    return iter(_STROKE.findall(text))


def count_strokes(text: str) -> int:
    """Count the keys for a text."""
    return sum(1 for _ in strokes(text))


@dataclass(slots=True)
class TypingRhythm:
    """How long a person waits before each key, in seconds; the same for the same seed.

    Within words the times are log-normal around 95 ms, which is a fast typist's pace; at
    line ends and now and then between words a person stops to think.
    """

    seed: int = 1
    pace: float = 1.0
    """How many times faster than a person."""
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def before(self, stroke: str, last: str) -> float:
        """Return the seconds between two keys."""
        chance = self._random
        seconds = chance.lognormvariate(log(0.095), 0.32)
        if last[:1] in {"\n", "\r"}:
            seconds += chance.uniform(0.35, 0.65)
        elif last in {" ", "(", ".", "="} and stroke[:1] not in {"\n", "\r"}:
            seconds += chance.uniform(0.35, 0.7) if chance.random() < 0.15 else 0.02
        return min(seconds, 1.2) / self.pace


@dataclass(slots=True)
class Tally:
    """Counts for the table at the end."""

    requests: int = 0
    cancelled: int = 0
    shown_ms: list[float] = field(default_factory=list)
    """From the key to the ghost text, for each suggestion that was shown, in milliseconds."""
    right: int = 0
    """How many of those were right, at least in their first line."""
    accepted: int = 0
    typed: int = 0
    """Keys pressed, the accepting ones among them."""
    saved: int = 0
    """Keys that acceptance spared, the accepting key taken off."""
    tokens: int = 0
    cost_usd: float | None = None

    @property
    def share_in_time(self) -> float:
        """The share of the suggestions that stood there within 400 ms; 0 where there is none."""
        if not self.shown_ms:
            return 0.0
        return sum(ms <= PROMISE_MS for ms in self.shown_ms) / len(self.shown_ms)

    @property
    def median_ms(self) -> float:
        return median(self.shown_ms) if self.shown_ms else 0.0

    @property
    def p95_ms(self) -> float:
        """The time that 95 of 100 suggestions did not take longer than: the nearest rank."""
        if not self.shown_ms:
            return 0.0
        ranked = sorted(self.shown_ms)
        return ranked[-(-95 * len(ranked) // 100) - 1]

    @property
    def share_saved(self) -> float:
        """The share of all keys that were spared."""
        keys = self.typed + self.saved
        return self.saved / keys if keys else 0.0
