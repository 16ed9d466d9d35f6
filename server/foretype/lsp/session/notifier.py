"""What the user is told: the status, messages, and lines in the client's log.

Each thing once: the status where it changes, a message a session, a line of the log a minute.
Our extensions show the status, so that no message need; others get messages where the user has
to do something, and lines in the log otherwise.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from foretype.lsp.session.client_profiles import GENERIC, ClientProfile
from foretype.lsp.session.setting_names import named_for

STATUS = "foretype/status"
FOR_THE_USER = frozenset({"embedded", "needs_key", "key_refused", "refused"})
"""States that do not pass by themselves: whoever sees no status is told."""
NOTE_INTERVAL_S = 60.0
"""The client's log gets a line about the model at most this often, in seconds."""


class ClientNotifier:
    """Speaks to one client."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self.profile: ClientProfile = GENERIC
        self.provider = ""
        """The provider's name, for the status; empty where the embedded engine serves."""
        self.model = ""
        self.off = False
        """Whether everything is switched off, which the status then says instead."""
        self.why_off = ""
        """Until when, in a sentence; empty where it stays off."""
        self._resting = ("", "")
        self._n_waiting = 0
        self._sent: dict[str, str] = {}
        self._told: set[str] = set()
        self._noted = float("-inf")

    @property
    def state(self) -> str:
        """How things stand, while nothing is under way."""
        return self._resting[0]

    def set_status(self, state: str, message: str = "") -> None:
        """Tell how things stand from now on: ready, embedded, needs_key, key_refused, refused
        (no credit, unknown model and the like), or error, which passes."""
        self._resting = (state, message)
        self._send()

    def set_busy(self) -> None:
        """The model is being waited for. ``set_idle`` ends it."""
        self._n_waiting += 1
        self._send()

    def set_idle(self) -> None:
        self._n_waiting -= 1
        self._send()

    def show_message(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """Show the user a message, once a session."""
        if message in self._told:
            return
        self._told.add(message)
        named = self.worded(message)
        text = named if named.startswith("foretype: ") else f"foretype: {named}"
        self._server.window_show_message(types.ShowMessageParams(type=kind, message=text))

    def worded(self, message: str) -> str:
        """A message that names settings as the client's user knows them."""
        return named_for(self.profile.setting_prefix, message)

    def log_message(self, message: str) -> None:
        """Write a line to the client's log, now and then."""
        if monotonic() - self._noted < NOTE_INTERVAL_S:
            return
        self._noted = monotonic()
        self._server.window_log_message(
            types.LogMessageParams(
                type=types.MessageType.Info, message=f"foretype: {self.worded(message)}"
            )
        )

    def send(self, method: str, params: dict[str, Any]) -> None:
        """Send a notification of our own, where the client takes such a thing quietly."""
        if self.profile.takes_notifications or self.profile.shows_status:
            self._server.protocol.notify(method, params)

    def _send(self) -> None:
        state, message = self._resting
        if not state:
            return
        if self.off:
            state, message = "off", self.why_off
        elif self._n_waiting > 0 and state == "ready":
            state = "thinking"
        status = {
            "state": state,
            "provider": self.provider,
            "model": self.model,
            "message": self.worded(message),
        }
        if status == self._sent:
            return
        self._sent = status
        self.send(STATUS, status)
        if message and not self.off and not self.profile.shows_status:
            if state in FOR_THE_USER:
                self.show_message(message)
            else:
                self.log_message(message)
