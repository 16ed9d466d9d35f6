"""What completion works with: the settings, the model, the privacy gate, the client, the budget.

Every part reads them here, so that a change holds for all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from foretype.completion.pace import EndpointPace
from foretype.completion.protocols import Budget, Client, Gate
from foretype.completion.suggestion import Suggestion
from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.models.protocol import Model
from foretype.settings.schema import CompletionSettings, Settings
from foretype.spending.suggestion_log import SuggestionLog

DEFAULTS = CompletionSettings()


@dataclass
class Resources:
    """The one copy of everything that the session provides."""

    settings: Settings
    model: Model | None
    gate: Gate
    client: Client
    budget: Budget | None = None
    files_off: AbstractSet[str] = frozenset()
    """The files that the user has switched off, by URI. The session changes it in place."""
    on_late: Callable[[Suggestion], None] | None = None
    """Called with text that came after its deadline."""
    on_status: Callable[[str, str], None] | None = None
    """Called with the model's state and a sentence: ready, error, reasoning, budget, slow,
    thinking (it is waited for beyond a deadline), or idle (nobody waits for it any more)."""

    cells_above: Callable[[str], Sequence[Document]] = lambda uri: ()
    """Gives the cells above a notebook's cell, in their order."""
    log: SuggestionLog | None = None
    """The record of all answers; None where none is kept."""

    pace: EndpointPace = field(default_factory=EndpointPace)
    """How soon the model begins to answer."""
    _secret_beside: tuple[Gate, Cursor, bool] | None = None

    def __post_init__(self) -> None:
        self.use_model(self.model)

    def use_model(self, model: Model | None) -> None:
        """Ask a model from now on, whose endpoint has a pace of its own."""
        self.model = model
        self.pace = EndpointPace(
            measured=getattr(model, "measured", None), is_local=getattr(model, "is_local", False)
        )

    @property
    def completion(self) -> CompletionSettings:
        return self.settings.completion

    @property
    def wait_s(self) -> float:
        """Seconds that the client waits after an edit before it sends a request."""
        return self.client.waits_ms / 1000

    @property
    def lets_list_open(self) -> bool:
        """Whether a request is answered early, because the client's completion list waits for the
        answer and the model's text is likely to miss the deadline anyway."""
        return self.client.list_waits and self.on_late is not None and self.pace.is_late

    @property
    def text_tokens(self) -> int:
        """Tokens of text to ask for: more at a time of an endpoint that is asked seldom, because
        it begins late, unless the user has set a number."""
        tokens = self.completion.max_tokens
        return 2 * tokens if self.pace.is_slow and tokens == DEFAULTS.max_tokens else tokens

    def is_secret_beside(self, cursor: Cursor) -> bool:
        """Whether a secret touches a cursor. It is asked after an edit, and for the request."""
        known = self._secret_beside
        if known is None or known[0] is not self.gate or known[1] != cursor:
            found = self.gate.secret_beside(cursor.document.text, cursor.offset)
            known = self._secret_beside = self.gate, cursor, found
        return known[2]

    @property
    def has_model(self) -> bool:
        return self.model is not None and self.completion.local != "only"

    @property
    def is_over_budget(self) -> bool:
        """Whether the day's or the month's budget is used up."""
        return self.budget is not None and self.budget.is_used_up

    @property
    def may_ask(self) -> bool:
        """Whether there is a model, and money to ask it."""
        return self.has_model and not self.is_over_budget

    def report_status(self, state: str, message: str) -> None:
        """Report how the model is."""
        if self.on_status is not None:
            self.on_status(state, message)
