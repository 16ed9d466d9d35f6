"""An absolute moment by which an answer is due.

Made once when a request arrives and passed down, so that limits compose through layers.
Measured on the running event loop's clock, which tests replace by virtual time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


def now() -> float:
    """Return the running event loop's time in seconds."""
    return asyncio.get_running_loop().time()


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the event loop's clock, in seconds."""

    at: float

    @classmethod
    def after_ms(cls, milliseconds: float) -> Deadline:
        """Return the deadline a number of milliseconds from now."""
        return cls(now() + milliseconds / 1000)
