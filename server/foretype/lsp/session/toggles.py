"""What the user has switched off for this session: everything, a language or a file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from foretype.core.text import Document
from foretype.settings.schema import CompletionSettings


def time_of_day(seconds: float) -> str:
    """Return the time so many seconds from now, with the day where that is another one."""
    now = datetime.now()
    then = now + timedelta(seconds=seconds)
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%H:%M on %d %B}"


@dataclass(slots=True)
class Toggles:
    """On and off, on top of the settings. Asking by hand works all the same."""

    enabled: bool | None = None
    """For everything; None where the settings decide."""
    languages: dict[str, bool] = field(default_factory=dict)
    snoozed_until: str = ""
    """The time of day at which all suggestions come back, for the user; empty while they are on."""
    files: set[str] = field(default_factory=set)
    """The files that are switched off, by URI."""

    @property
    def all_off(self) -> bool:
        return self.enabled is False or bool(self.snoozed_until)

    def is_off(self, document: Document) -> bool:
        """Whether a file itself is switched off."""
        return document.uri in self.files

    def applied_to(self, settings: CompletionSettings) -> CompletionSettings:
        """The settings as they hold for this session."""
        off = [name for name in settings.languages_off if self.languages.get(name) is not True]
        off += [name for name, on in self.languages.items() if not on and name not in off]
        given = replace(settings, languages_off=tuple(off))
        if self.snoozed_until:
            return replace(given, enabled=False)
        if self.enabled is None:
            return given
        # Whoever switches suggestions on wants them while typing.
        trigger = "automatic" if self.enabled else settings.trigger
        return replace(given, enabled=self.enabled, trigger=trigger)

    def turn_file(self, uri: str, on: bool | None) -> bool:
        """Switch a file; the other way where it is not said which. Whether it is on then."""
        on = uri in self.files if on is None else on
        (self.files.discard if on else self.files.add)(uri)
        return on

    def turn_language(self, name: str, on: bool | None, settings: CompletionSettings) -> bool:
        """Switch a language. Whether it is on then."""
        now_off = name in self.applied_to(settings).languages_off
        self.languages[name] = now_off if on is None else on
        return self.languages[name]

    def turn_all(self, on: bool | None, settings: CompletionSettings) -> bool:
        """Switch everything, which ends a snooze. Whether it is on then."""
        self.enabled = not self.applied_to(settings).is_automatic if on is None else on
        self.snoozed_until = ""
        return self.enabled
