"""Switching suggestions on and off, and snoozing: it takes effect, and the client is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from foretype.lsp.session.notifier import ClientNotifier
from foretype.lsp.session.toggles import Toggles, time_of_day


class Switches:
    """The toggles of a session, and the timer that ends a snooze."""

    def __init__(self, notifier: ClientNotifier, changed: Callable[[], None]) -> None:
        """``changed`` is called after each change of the toggles."""
        self.toggles = Toggles()
        self._notifier = notifier
        self._changed = changed
        self._snooze: asyncio.TimerHandle | None = None

    def switched(self) -> None:
        """Something was switched on or off."""
        self._changed()
        self._notifier.off = self.toggles.all_off
        until = self.toggles.snoozed_until
        self._notifier.why_off = f"Snoozed until {until}." if until else ""
        if not until:
            self._cancel_timer()
        self._notifier.set_status(self._notifier.state)

    def snooze(self, minutes: float) -> str:
        """Switch everything off for some minutes, or on again for none. Returns until when."""
        self._cancel_timer()
        self.toggles.snoozed_until = ""
        if minutes > 0:
            seconds = minutes * 60
            loop = asyncio.get_running_loop()
            self._snooze = loop.call_later(seconds, self.snooze, 0)
            self.toggles.snoozed_until = time_of_day(seconds)
        self.switched()
        return self.toggles.snoozed_until

    def _cancel_timer(self) -> None:
        if self._snooze is not None:
            self._snooze.cancel()
            self._snooze = None
