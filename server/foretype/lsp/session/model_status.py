"""How the model is doing, as the user is told: ready, thinking, too slow, refused, out of money."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from lsprotocol import types

from foretype.completion.suggestion import Answer, Source, Suggestion
from foretype.lsp.session.notifier import ClientNotifier
from foretype.lsp.session.services import Services
from foretype.settings.schema import Settings

THINKING_S = 0.15
"""How long an answer takes before the status says that the model is thinking, in seconds."""
TOO_SLOW = (
    "{model} reasons before it answers, whatever it is told. It is asked ahead of your pauses, yet "
    "where you pause first its suggestions come late. Set `model` to one that answers at once, and "
    "`refactor.model` to this one to keep it for refactorings."
)


class ModelStatus:
    """What the service tells of the model, made into a status."""

    def __init__(self, services: Services, notifier: ClientNotifier) -> None:
        self._services = services
        self._notifier = notifier
        self._too_slow = False
        """Whether the model's reasoning makes it miss its deadlines."""
        self._too_late = False
        """Whether it missed some in a row."""

    def begin(self) -> None:
        """Another model is asked from now on, or none."""
        self._too_slow = self._too_late = False
        problem = self._services.problem
        self._name_model()
        self._notifier.set_status(*(("needs_key", problem) if problem else ("", "")))

    def switched(self) -> None:
        """Another of several providers answers from now on."""
        self._too_slow = self._too_late = False
        self._name_model()
        self.told("ready", "")

    def _name_model(self) -> None:
        model = self._services.model
        self._notifier.provider = self._services.provider
        self._notifier.model = model.name if model is not None else ""

    def told(self, state: str, message: str) -> None:
        """The service tells how the model is."""
        model = self._services.model
        if model is None:
            return
        if state == "reasoning":
            self._too_slow = self._too_slow or model.thinks
            if self._too_slow:
                self._insist(TOO_SLOW.format(model=model.name))
            return
        if state == "budget":
            self._insist(message)
            return
        if state in ("thinking", "idle"):
            self._note_waiting(state == "thinking")
            return
        if state == "slow":
            self._too_late = True
            state = "error"
        if state == "ready":
            if self._is_slow or self._services.is_budget_used_up:
                return
            budget = self._services.budget
            message = (budget.notice if budget is not None else message) or model.notice
        if state == "error":
            state = self._services.refusal or state
        self._notifier.set_status(state, message)

    @property
    def _is_slow(self) -> bool:
        return self._too_slow or self._too_late

    def _note_waiting(self, waits: bool) -> None:
        """Let the status say that a model thinks while the user rests and waits for its text."""
        if self._notifier.state == ("ready" if waits else "thinking"):
            self._notifier.set_status("thinking" if waits else "ready")

    def _insist(self, message: str) -> None:
        """Say what will not pass by itself: as the status, and once as a message."""
        self._notifier.set_status("error", message)
        self._notifier.show_message(message, types.MessageType.Warning)

    def see(self, answer: Answer) -> None:
        """A model that was too slow may be in time after all."""
        if self._is_slow and isinstance(answer, Suggestion) and answer.source is Source.MODEL:
            self._too_slow = self._too_late = False
            self._notifier.set_status("ready")

    @contextlib.contextmanager
    def thinking(self) -> Iterator[None]:
        """Let the status say so where an answer takes long."""
        thinks = False

        def think() -> None:
            nonlocal thinks
            thinks = True
            self._notifier.set_busy()

        timer = asyncio.get_running_loop().call_later(THINKING_S, think)
        try:
            yield
        finally:
            timer.cancel()
            if thinks:
                self._notifier.set_idle()


def without_model(settings: Settings) -> tuple[str, str]:
    """The state, and what the user is told of it, where no model is asked."""
    if settings.completion.local == "only":
        return "embedded", ""
    if settings.completion.local == "off":
        return "needs_key", "No key is set, and the embedded engine is off: nothing is suggested"
    return "embedded", "No key is set: the embedded engine suggests, from your own code"
