"""How long to wait before the model is asked, learned from the user and from the model's texts.

Waiting costs time, a request too early costs tokens. The intervals between keys show when the user
pauses, the text before the cursor how likely that is, and the recent past whether the model's text
is what gets typed.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from foretype.core.quantile import quantile

FASTEST_S = 0.02
"""Seconds. A shorter gap is no pace: a macro, or text that a client sends key by key. Chosen, not
measured: even a key that is held down repeats less often."""
PAUSE_S = 0.4
"""Seconds. A longer gap between two keys is a pause and no interval of a burst."""
FIRST_INTERVAL_S = 0.15
"""Seconds between keys until the user's are known; people type 5 to 8 keys a second."""
MIN_SHOWN = 5
"""Suggestions from which on there is an acceptance rate."""
MAX_WAIT_S = 0.3
"""Seconds that are never exceeded, but for a slip."""
LONGEST_INTERVALS = 2.0
"""The intervals between keys that are waited at most after texts that were of no use: whoever
types on at an even pace is not waited out, a pause is seen soon after its key."""
SLIP_WAIT_S = 0.5
"""Seconds within which 19 of 20 typing slips are taken back, half of them within 0.3: a request for
what follows a slip would be for nothing."""

# The share of one key's interval to wait, by the text before the cursor. At a word's end or after
# an opener something new begins; inside a word the next key is nearly certain.
_AFTER_OPENER = 0.2
_AT_WORD_END = 0.4
_INSIDE_WORD = 0.8

_OPENER = re.compile(r"[(\[{:,=.]\s*$|^\s*$")
_WORD_END = re.compile(r"\W$")


@dataclass
class AdaptiveDebounce:
    """What is learned while the user works. Times are in seconds."""

    intervals: deque[float] = field(default_factory=lambda: deque(maxlen=32))
    contradiction_rate: float = 0.4
    """The share of recent generations that were contradicted before a character of theirs was
    typed, smoothed."""
    misses_in_a_row: int = 0
    """The latest texts, or empty answers, of which nothing was typed: something else was."""
    completion_rate: float = 0.6
    """The share of texts typed nearly to their end that were then typed to it, smoothed."""
    recent_accepts: deque[bool] = field(default_factory=lambda: deque(maxlen=20))
    """Whether each of the latest suggestions, or a part of it, was accepted."""
    last_key: float = -1e9
    delay_factor: float = 1.0
    """Above 1 after suggestions were dismissed, below after they were accepted."""
    delay_factor_since: float = 0.0

    def key(self, at: float) -> None:
        """A key was typed."""
        gap = at - self.last_key
        if FASTEST_S <= gap < PAUSE_S:
            self.intervals.append(gap)
        self.last_key = at

    def outcome(self, *, agreed: bool) -> None:
        """A generation was typed through, or contradicted at once."""
        self.misses_in_a_row = 0 if agreed else self.misses_in_a_row + 1
        self.contradiction_rate += 0.15 * ((0.0 if agreed else 1.0) - self.contradiction_rate)

    def ended_in_vain(self) -> None:
        """A text that had ended, or an empty answer, was contradicted by the next key."""
        self.misses_in_a_row += 1

    def end_reached(self, *, agreed: bool) -> None:
        """A text that was typed nearly to its end was typed to it, or contradicted there."""
        self.completion_rate += 0.25 * ((1.0 if agreed else 0.0) - self.completion_rate)

    def showed(self) -> None:
        """A suggestion appeared."""
        self.recent_accepts.append(False)

    def accepted(self, at: float) -> None:
        """A suggestion was accepted: wait 0.8 times as long."""
        self._set_delay_factor(at, 0.8)
        if self.recent_accepts:
            self.recent_accepts[-1] = True

    @property
    def acceptance_rate(self) -> float:
        """The share of the latest suggestions that were accepted; 0 until there are a few."""
        if len(self.recent_accepts) < MIN_SHOWN:
            return 0.0
        return sum(self.recent_accepts) / len(self.recent_accepts)

    def rejected(self, at: float) -> None:
        """A suggestion was dismissed: wait half as long again."""
        self._set_delay_factor(at, 1.5)

    def delay_factor_at(self, at: float) -> float:
        """The factor at a moment: it wears off within ten minutes."""
        worn = 0.5 ** ((at - self.delay_factor_since) / 200)
        return float(self.delay_factor**worn)

    def _set_delay_factor(self, at: float, factor: float) -> None:
        self.delay_factor = min(4.0, max(0.5, self.delay_factor_at(at) * factor))
        self.delay_factor_since = at

    @property
    def interval(self) -> float:
        """The usual time between two keys of a burst."""
        return quantile(self.intervals, 0.5) if len(self.intervals) >= 4 else FIRST_INTERVAL_S

    def wait(self, before: str, at: float, *, may_be_slip: bool) -> float:
        """Seconds to wait after a key before the model is asked, by the line before the cursor.

        ``may_be_slip``: what was typed last may be taken back.
        """
        if may_be_slip:
            return SLIP_WAIT_S
        if _OPENER.search(before):
            share = _AFTER_OPENER
        elif _WORD_END.search(before):
            share = _AT_WORD_END
        else:
            share = _INSIDE_WORD
        intervals = share * 2 * self.contradiction_rate * self.delay_factor_at(at)
        if self.misses_in_a_row > 1:
            more = 2.0 ** (self.misses_in_a_row - 1)
            intervals = max(intervals, min(LONGEST_INTERVALS, intervals * more))
        return min(MAX_WAIT_S, intervals * self.interval)
