"""Whether the client asks by itself after an edit, so that asking the model ahead of it is right.

An editor in which suggestions are switched off or snoozed still reports every edit; only its
missing requests tell. Pure: moments come in as arguments.
"""

from __future__ import annotations

from dataclasses import dataclass

SLACK = 0.1
"""Seconds that a request may be late on its way from the client, on a busy machine."""
LONG_WAIT = 0.15
"""A client that waits so many seconds before it asks has found a pause; others ask at each key."""
MOST_IN_BURST = 4
"""Streams that may be started ahead of the next request of a client that asks in pauses; of
others, whose request was due before the next key, one may."""


@dataclass(slots=True)
class _Document:
    edited: float | None = None
    """When the last edit came that no request has followed."""
    ahead: int = 0
    """Streams started ahead since the last request."""


class ClientFollows:
    """The documents whose edits the client follows with automatic requests."""

    def __init__(self, waits: float) -> None:
        """``waits`` is how many seconds the client waits after an edit before it asks."""
        self._due = waits + SLACK
        self._most = MOST_IN_BURST if waits >= LONG_WAIT else 1
        self._documents: dict[str, _Document] = {}

    def asked(self, uri: str) -> None:
        """The client sent an automatic request."""
        self._documents[uri] = _Document()

    def edited(self, uri: str, at: float) -> None:
        """An edit came after which the client is to ask."""
        if self.may_start(uri, at):
            self._documents[uri].edited = at

    def started(self, uri: str) -> None:
        """The model was asked ahead of the client's request."""
        if uri in self._documents:
            self._documents[uri].ahead += 1

    def may_start(self, uri: str, at: float) -> bool:
        """Whether the model may be asked now, ahead of a request.

        Not before the client's first request, not once a request failed to come, and not again
        and again while none comes.
        """
        document = self._documents.get(uri)
        if document is None:
            return False
        if document.edited is not None and at - document.edited > self._due:
            del self._documents[uri]
            return False
        return document.ahead < self._most

    def closed(self, uri: str) -> None:
        """A document was closed."""
        self._documents.pop(uri, None)
