"""Says what cannot be done where a document or a folder is not on this machine, once a place."""

from __future__ import annotations

from collections.abc import Iterable

from foretype.core.uris import elsewhere
from foretype.lsp.session.notifier import ClientNotifier

NOT_HERE = (
    "files of {place} cannot be read from here. Suggestions come from what is open; what the "
    "project's ignore files exclude is not known, and refactorings make and change no other files."
)


class Places:
    """Looks at where documents are, once they are worked in."""

    def __init__(self, notifier: ClientNotifier) -> None:
        self._notifier = notifier

    def see(self, uris: Iterable[str]) -> None:
        """Documents or folders are worked in."""
        for place in filter(None, map(elsewhere, uris)):
            self._notifier.show_message(NOT_HERE.format(place=place))
