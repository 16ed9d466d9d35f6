"""What completion needs of the parts beside it, so that it need not import them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from foretype.core.cursor import Cursor
from foretype.core.text import Document


class Guess(Protocol):
    """What the embedded engine is confident of."""

    @property
    def text(self) -> str: ...


class Local(Protocol):
    """The embedded engine; ``local/engine.py`` has it."""

    def opened(self, document: Document) -> None: ...
    def edited(self, document: Document) -> None: ...
    def closed(self, uri: str) -> None: ...
    def predict(self, cursor: Cursor) -> Guess | None: ...
    def idle(self) -> bool: ...
    def similar_files(self, cursor: Cursor, most: int) -> list[str]: ...


class Gate(Protocol):
    """The privacy gate; ``privacy/gate.py`` has it."""

    def excluded(self, uri_or_path: str) -> str | None: ...
    def secret_beside(self, text: str, offset: int) -> bool: ...


class Budget(Protocol):
    """The day's budget; ``spending/budget.py`` has it."""

    @property
    def is_used_up(self) -> bool: ...
    @property
    def has_budget(self) -> bool: ...
    @property
    def refusal(self) -> str: ...
    def showed(self, model: str, provider: str) -> None: ...
    def accepted(self, model: str, characters: int, provider: str) -> None: ...


class Measured(Protocol):
    """What earlier sessions have learned of an endpoint; ``models/measured.py`` has it."""

    @property
    def first_text_s(self) -> Sequence[float]: ...
    @property
    def slots(self) -> int: ...


class Client(Protocol):
    """The editor; ``lsp/session/client_profiles.py`` has it."""

    @property
    def waits_ms(self) -> int: ...

    @property
    def inline_completion(self) -> bool: ...

    @property
    def list_waits(self) -> bool: ...
