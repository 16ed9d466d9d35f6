"""How long a stream runs: one rule, from what is known of it at a moment.

Pure: moments come in as arguments, in seconds on the event loop's clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

CONTRADICTED_S = 0.3
"""Seconds for which a contradicted stream runs on."""
TYPO_S = 0.8
"""The same for one that was being typed through: what contradicts it may be a slip, which takes
so long to be taken back."""
ORPHANED_S = 0.5
"""Seconds for which a stream whose last waiter was cancelled runs on."""
OVERDUE_S = 2.0
"""Seconds after the deadline for which a stream runs on."""


@dataclass(slots=True)
class Lifetime:
    """What decides how long a stream runs. Only the pool writes it."""

    due: float = 0.0
    """The deadline of the requests that need it."""
    contradicted: float | None = None
    """Since when the text before the cursor contradicts it."""
    orphaned: float | None = None
    """Since when no request waits for it, its last one having been cancelled."""
    typed_through: int = 0
    """The most characters of its text that the user has typed or accepted."""

    def judge(self, at: float, *, fits: bool) -> bool:
        """Note whether a stream fits what is typed; True where it is contradicted only now."""
        if fits:
            self.contradicted = None
            return False
        is_first = self.contradicted is None
        self.contradicted = at if is_first else self.contradicted
        return is_first

    def ends_at(self, *, rested_on: bool) -> float:
        """The moment from which on nobody needs a stream; infinity where none is in sight.

        ``rested_on``: the user rests where it fits, and text that comes late is welcome.
        """
        moments = [math.inf if rested_on else self.due + OVERDUE_S]
        if self.contradicted is not None:
            moments.append(self.contradicted + (TYPO_S if self.typed_through else CONTRADICTED_S))
        if self.orphaned is not None:
            moments.append(self.orphaned + ORPHANED_S)
        return min(moments)
