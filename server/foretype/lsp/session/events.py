"""The events of a session that features subscribe to."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from lsprotocol import types

from foretype.core.text import Document

Work = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class SessionEvents:
    """What to call for each event. A feature appends to the list of the event."""

    client_known: list[Callable[[], None]] = field(default_factory=list)
    """The client has introduced itself: last chance to change the answer to ``initialize``."""
    started: list[Work] = field(default_factory=list)
    """Completions can be requested; this work runs beside them."""
    settings_read: list[Callable[[], None]] = field(default_factory=list)
    """The settings were read, for the first time or again."""
    model_opened: list[Callable[[], None]] = field(default_factory=list)
    """The model that the settings name is opened, or it is known why it cannot be."""
    edited: list[Callable[[Document, Document], None]] = field(default_factory=list)
    """A document was changed: the old text, the new text."""
    closed: list[Callable[[str], None]] = field(default_factory=list)
    """The document of a URI was closed."""
    code_actions: list[Callable[[types.CodeActionParams], list[types.CodeAction]]] = field(
        default_factory=list
    )
    """Code actions at a place that are no refactorings."""
    explanations: list[Callable[[], list[str]]] = field(default_factory=list)
    """Further lines of ``foretype.why``."""
    ending: list[Work] = field(default_factory=list)
    """The session ends: give back what is held."""
