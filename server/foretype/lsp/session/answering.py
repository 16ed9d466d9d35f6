"""Answers a request for a suggestion in time, whatever the service does, and records the answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Protocol

from foretype.completion.feedback.recorder import AnswerRecorder
from foretype.completion.suggestion import Answer, NoSuggestion, Reason, Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import Deadline
from foretype.core.text import Document
from foretype.lsp.session.model_status import ModelStatus
from foretype.lsp.session.notifier import ClientNotifier
from foretype.lsp.session.open_documents import OpenDocuments
from foretype.lsp.session.places import Places
from foretype.lsp.session.services import Services
from foretype.lsp.wire.json_rpc import arrived

if TYPE_CHECKING:
    from foretype.completion.service import CompletionService
    from foretype.lsp.bench_log import BenchLog

log = logging.getLogger(__name__)

GRACE_S = 0.5
"""How long after its deadline an answer is given up, in seconds. The service's own timer comes
first; this one is for its faults, and must not run out because the machine stood still."""
EARLY_S = 0.004
"""How long before its deadline a request is answered that came before the server was set up."""
NOT_STARTED = "foretype could not start, because of a fault of its own; its log says more"


class Session(Protocol):
    """What is needed of the session, which may replace each of these."""

    protocol: Any
    services: Services
    notifier: ClientNotifier
    model_status: ModelStatus
    documents: OpenDocuments
    places: Places
    recorder: AnswerRecorder
    ready: asyncio.Event

    @property
    def service(self) -> CompletionService | None: ...

    @property
    def bench_log(self) -> BenchLog | None: ...


class Answering:
    """What stands between a request and the service."""

    def __init__(self, session: Session) -> None:
        self._ls = session
        self._too_early: Document | None = None
        """The document of the latest request that came before anything could be suggested."""

    def waits_for_start(self) -> Document | None:
        """The document, as it still is, in which a request came too early; None after that."""
        document, self._too_early = self._too_early, None
        still = document is not None and self._ls.documents.get(document.uri) == document
        return document if still else None

    async def suggest(
        self,
        cursor: Cursor,
        trigger: Trigger,
        deadline: Deadline,
        *,
        selected: str = "",
        delay_s: float = 0.0,
    ) -> Answer:
        """What to show at a place, in time; new text no sooner than ``delay_s`` after the key."""
        ls = self._ls
        ls.recorder.counts["requests"] += 1
        ls.places.see([cursor.document.uri])
        if ls.bench_log is not None:
            ls.bench_log.due(ls.protocol.msg_id, arrived(), deadline.at)
        try:
            async with asyncio.timeout_at(deadline.at + GRACE_S):
                with ls.model_status.thinking():
                    answer = await self._ask(cursor, trigger, deadline, selected, delay_s)
        except TimeoutError:
            log.error("the service missed a deadline")
            answer = NoSuggestion(Reason.DEADLINE)
        if (
            isinstance(answer, Suggestion)
            and ls.documents.get(cursor.document.uri) != cursor.document
        ):
            answer = NoSuggestion(Reason.STALE)
        ls.recorder.record(answer)
        if ls.service is not None and log.isEnabledFor(logging.DEBUG):
            log.debug("answered: %s", " ".join(ls.service.why(ls.notifier.model or "the model")))
        if trigger is Trigger.AUTOMATIC:
            ls.model_status.see(answer)
        return answer

    async def _ask(
        self, cursor: Cursor, trigger: Trigger, deadline: Deadline, selected: str, delay_s: float
    ) -> Answer:
        ls = self._ls
        if trigger is Trigger.INVOKED:
            ls.services.retry_now()
        if ls.service is None:
            self._too_early = cursor.document
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(deadline.at - EARLY_S):
                    await ls.ready.wait()
        if ls.service is None:
            failed = ls.ready.is_set()
            why = NOT_STARTED if failed else "the server is still starting"
            return NoSuggestion(Reason.UNAVAILABLE, why)
        return await ls.service.suggest(
            cursor, trigger, deadline, selected=selected, delay_s=delay_s
        )
