"""Whether the client sends a request by itself after an edit, so that one may be anticipated.

An editor in which suggestions are switched off or snoozed still reports every edit; only its
missing requests show it. Pure: moments come in as arguments.
"""

from __future__ import annotations

from dataclasses import dataclass

SLACK_S = 0.1
"""How late a request may be on its way from the client, on a busy machine, in seconds."""
LONG_WAIT_S = 0.15
"""A client that waits so long before it asks has found a pause; others ask at each key."""
MAX_IN_BURST = 4
"""Streams that may be started ahead of the next request of a client that asks in pauses; of
others, whose request was due before the next key, one may."""


@dataclass(slots=True)
class ClientFollows:
    """Whether the client follows the edits of one document with automatic requests."""

    has_asked: bool = False
    """It has, and no request has failed to come since."""
    edited: float | None = None
    """When the last edit came that no request has followed."""
    n_ahead: int = 0
    """Streams started ahead since the last request."""

    def note_request(self) -> None:
        """The client sent an automatic request."""
        self.has_asked, self.edited, self.n_ahead = True, None, 0

    def note_edit(self, at: float, wait_s: float) -> None:
        """An edit came after which the client is to ask, having waited ``wait_s`` seconds."""
        if self.may_start(at, wait_s):
            self.edited = at

    def note_start(self) -> None:
        """The model was asked ahead of the client's request."""
        self.n_ahead += 1

    def may_start(self, at: float, wait_s: float) -> bool:
        """Whether the model may be asked now, ahead of a request.

        Not before the client's first request, not once a request failed to come, and not again
        and again while none comes.
        """
        if self.edited is not None and at - self.edited > wait_s + SLACK_S:
            self.has_asked, self.edited = False, None
        return self.has_asked and self.n_ahead < (MAX_IN_BURST if wait_s >= LONG_WAIT_S else 1)
