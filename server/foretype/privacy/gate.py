"""The privacy gate for everything that leaves: excluded files, and masked secrets.

Applies the rules of ``exclusions.py`` and ``masking.py``. ``models/gated_model.py`` puts every
model behind it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Event, Lock, Thread

from foretype.privacy import masking
from foretype.privacy.exclusions import Exclusions
from foretype.settings.schema import Settings

log = logging.getLogger(__name__)

MAX_AGE_S = 2.0
"""Seconds for which an answer about a file is used. Then it is looked up again in a thread, while
the cached answer is still used."""
FIRST_ANSWER_TIMEOUT_S = 0.1
"""Seconds that the event loop waits for the first answer about a file. It takes less than a
millisecond unless something is wrong with the disk or the ignore files."""
UNDECIDED = "what is not decided yet: ask again in a moment"
MAX_AGE_FACTOR = 20
"""A slow answer is used for this many times its duration."""
MAX_CACHED_FILES = 4096
"""Maximum number of cached answers."""
NEAR_CURSOR_CHARS = 64
"""Characters before the cursor that are in every prompt unchanged."""
_SECRET_REACH_CHARS = 4096
"""Characters around the cursor that are searched for a secret touching it; tokens are shorter."""
_NAME_REACH_CHARS = 500
"""Characters before a value that are searched for its name, or for the command that it is an
argument of."""
_WORD = re.compile(r"(?:\\.|\S)*")
"""What a secret can be: only key blocks contain unescaped blanks."""


@dataclass(slots=True)
class _CachedRule:
    rule: str | None
    fresh_until: float


class Gate:
    """Decides what may leave. Safe to use from several threads."""

    def __init__(
        self,
        settings: Settings,
        roots: tuple[Path, ...] = (),
        tell: Callable[[str], None] = log.warning,
    ) -> None:
        """``tell`` tells the user what keeps files here that cannot be decided about, once; it is
        called on any thread."""
        masking.hide(settings.api_key)
        self._rules = Exclusions(
            _with_resolved(roots), settings.exclude, settings.respect_gitignore, tell
        )
        self._known: OrderedDict[str, _CachedRule] = OrderedDict()
        self._stale: deque[str] = deque()
        self._first: dict[str, Event] = {}
        """Files that are looked up for the first time, with an event that is set when done."""
        self._looking = False
        self._lock = Lock()
        self._rules_lock = Lock()

    def excluded(self, uri_or_path: str) -> str | None:
        """Return the rule that excludes a file, for the user to read; None if it may leave.

        The first call for a file reads ignore files (under a millisecond once they are cached);
        later ones do not access the disk. On the event loop it waits for the first answer no longer
        than ``FIRST_ANSWER_TIMEOUT_S``, and treats an undecided file as excluded.
        """
        with self._lock:
            known = self._known.get(uri_or_path)
        if known is None:
            return self._first_answer(uri_or_path)
        if time.monotonic() > known.fresh_until:
            self._look_up_again(uri_or_path, known)
        return known.rule

    def excluded_in(self, folder: str, names: Iterable[str]) -> list[str | None]:
        """Return what ``excluded`` does for files of a folder that are no links, looking at the
        folder once. Not for the event loop."""
        with self._rules_lock:
            return list(self._rules.rules_in(folder, names))

    def mask(self, text: str) -> str:
        """Mask what looks like a secret in a text. The result is never longer."""
        return _mask(text, masking.own_keys())

    def secret_beside(self, text: str, offset: int) -> bool:
        """Whether a secret of any length touches the cursor or the 64 characters before it.

        Finds what masking those characters alone cannot: a token that begins before them.
        """
        start, end = _words_beside(text, offset)
        at = offset - start
        around = text[start:end]
        found = masking.spans(around)
        return any(begin <= at and end > at - NEAR_CURSOR_CHARS for begin, end in found)

    def _first_answer(self, uri_or_path: str) -> str | None:
        if not _is_on_event_loop():
            return self._look_up(uri_or_path)
        with self._lock:
            is_new = uri_or_path not in self._first
            done = self._first.setdefault(uri_or_path, Event())
            if is_new:
                self._stale.appendleft(uri_or_path)
        if is_new:
            self._begin_looking()
            done.wait(FIRST_ANSWER_TIMEOUT_S)
        with self._lock:
            known = self._known.get(uri_or_path)
        return known.rule if known is not None else UNDECIDED

    def _look_up(self, uri_or_path: str) -> str | None:
        began = time.monotonic()
        with self._rules_lock:
            rule = self._rules.rule(uri_or_path)
        now = time.monotonic()
        with self._lock:
            self._known[uri_or_path] = _CachedRule(
                rule, now + max(MAX_AGE_S, MAX_AGE_FACTOR * (now - began))
            )
            self._known.move_to_end(uri_or_path)
            while len(self._known) > MAX_CACHED_FILES:
                self._known.popitem(last=False)
        return rule

    def _look_up_again(self, uri_or_path: str, known: _CachedRule) -> None:
        with self._lock:
            known.fresh_until = time.monotonic() + MAX_AGE_S  # so that it is looked up only once
            self._stale.append(uri_or_path)
        self._begin_looking()

    def _begin_looking(self) -> None:
        with self._lock:
            if self._looking:
                return
            self._looking = True
        Thread(target=self._look_up_stale, name="foretype-exclusions", daemon=True).start()

    def _look_up_stale(self) -> None:
        while True:
            with self._lock:
                if not self._stale:
                    self._looking = False
                    return
                uri_or_path = self._stale.popleft()
            try:
                self._look_up(uri_or_path)
            except Exception:
                log.exception("Whether a file may leave could not be found out.")
            with self._lock:
                done = self._first.pop(uri_or_path, None)
            if done is not None:
                done.set()


def _is_on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _words_beside(text: str, offset: int) -> tuple[int, int]:
    """Return the range to search for secrets that touch the characters near the cursor.

    Searching everything within reach would take a millisecond at each key.
    """
    least, most = max(offset - _SECRET_REACH_CHARS, 0), min(offset + _SECRET_REACH_CHARS, len(text))
    if text.find("PRIVATE KEY", least, most) >= 0:
        return least, most
    start = max(offset - NEAR_CURSOR_CHARS, 0)
    while start > least:
        start = max(text.rfind(blank, least, start) for blank in " \t\r\n")
        if text[start - 1 : start] != "\\":
            break
    word = _WORD.match(text, offset, most)
    return max(start - _NAME_REACH_CHARS, least), word.end() if word else offset


def _with_resolved(roots: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(path for root in roots for path in _spellings(root)))


def _spellings(root: Path) -> tuple[Path, ...]:
    try:
        return root.absolute(), root.resolve()
    except (OSError, ValueError, RuntimeError):
        return ()  # A client may name anything as a folder; an invalid one has no files.


@lru_cache(maxsize=64)
def _mask(text: str, own_keys: tuple[str, ...]) -> str:
    """Mask a text. ``own_keys``, which ``masking`` knows, is here for the cache alone."""
    # Most parts of a prompt are the same from one request to the next.
    return masking.mask(text)
