"""Refactorings on their way: begun by a command, carried out beside the conversation.

Each run is a task. This module begins, follows and ends them; ``argument.py`` reads what is
asked, ``progress.py`` shows how far it is, ``confirming.py`` asks the user, and
``applying.py`` has the client apply what came of it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretype.core.text import Document
from foretype.lsp.features.refactoring.applying import apply
from foretype.lsp.features.refactoring.argument import MOVED_ON, Asked, read, spot_of
from foretype.lsp.features.refactoring.choosing import choose, possible
from foretype.lsp.features.refactoring.confirming import confirm, may_run, may_trust
from foretype.lsp.features.refactoring.following import Declined, Run, Stop
from foretype.lsp.features.refactoring.progress import RunProgress, show_text, tell
from foretype.lsp.wire.json_rpc import RequestError
from foretype.refactor.actions.offers import NO_MODEL, Offer, find_offer
from foretype.refactor.actions.target import Spot
from foretype.refactor.execute import RefactorEnvironment, execute
from foretype.refactor.outcome import Outcome, Refused, Staged

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer
    from foretype.models.protocol import Model

log = logging.getLogger(__name__)

MOST_RUNS = 4
"""Runs that go on at the same time. Those that wait for the user do not count."""
MOST_SPOTS = 8
"""Documents of which the place is remembered that actions were asked for at."""


class Refactorings:
    """The runs of one session."""

    def __init__(self, ls: ForetypeServer) -> None:
        self._ls = ls
        self._runs: dict[str, Run] = {}
        self._numbers = count(1)
        self._spots: dict[str, Spot] = {}
        self._last_uri = ""
        ls.events.edited.append(self.changed)
        ls.events.closed.append(self.closed)
        ls.events.ending.append(self.close)

    # --- what the client does ---------------------------------------------------------------

    def seen(self, spot: Spot) -> None:
        """The client asked what can be done at a spot; the menu is open, perhaps."""
        uri = spot.document.uri
        self._spots.pop(uri, None)
        self._spots[uri] = spot
        self._last_uri = uri
        while len(self._spots) > MOST_SPOTS:
            self._spots.pop(next(iter(self._spots)))

    def changed(self, old: Document, new: Document) -> None:
        """A document was changed."""
        self._last_uri = new.uri
        for run in self._runs.values():
            run.changed(old, new)

    def closed(self, uri: str) -> None:
        """A document was closed."""
        self._spots.pop(uri, None)
        for run in self._runs.values():
            run.closed()

    def start(self, argument: Any) -> str:
        """Begin what an argument of ``foretype.refactor`` asks for; give the run's id."""
        try:
            offer = self._offer(read(argument))
        except RequestError as refusal:
            # Some clients never show the error of a command, so the user is told as well.
            tell(self._ls, refusal.message, types.MessageType.Warning)
            raise
        return self._begin(offer)

    def _begin(self, offer: Offer) -> str:
        ls = self._ls
        ls.services.retry_now()
        run_id = f"foretype-refactor-{next(self._numbers)}"
        opened = frozenset(document.uri for document in ls.documents)
        run = Run(run_id, offer, opened, RunProgress(ls, run_id, offer.title))
        self._runs[run_id] = run
        run.task = asyncio.get_running_loop().create_task(self._run(run))
        run.task.add_done_callback(lambda task: self._ended(run, task))
        return run_id

    def show_menu(self, argument: Any) -> int:
        """Ask the user which refactoring to begin at the place that an argument names; of how
        many."""
        try:
            spot = self._spot(read(argument))
            seen = self._spots.get(spot.document.uri)
            if seen is not None and seen == replace(spot, problems=seen.problems):
                spot = seen  # with the diagnostics that the client shows there
            found = possible(self._ls, spot)
        except RequestError as refusal:
            tell(self._ls, refusal.message, types.MessageType.Warning)
            raise
        self._ls.spawn(self._choose(found))
        return len(found)

    async def _choose(self, found: list[Offer]) -> None:
        offer = await choose(self._ls, found)
        if offer is None:
            return
        spot = offer.spot
        if self._ls.documents.get(spot.document.uri) != spot.document:
            tell(self._ls, MOVED_ON, types.MessageType.Warning)
        elif impossible := self._impossible():
            tell(self._ls, impossible, types.MessageType.Warning)
        else:
            self._begin(offer)

    def cancel(self, run_id: Any = None) -> int:
        """End the run of an id, or all; how many there were."""
        runs = [run for run in self._runs.values() if run_id is None or run.id == run_id]
        return sum(run.task is not None and run.task.cancel() for run in runs)

    async def close(self) -> None:
        """End all runs."""
        self.cancel()
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)

    # --- what is asked for ------------------------------------------------------------------

    def _offer(self, asked: Asked) -> Offer:
        """What is to be carried out. RequestError: why it cannot be."""
        spot = self._spot(asked)
        found = find_offer(spot, self._ls.settings.refactor, asked.action, asked.instruction)
        if isinstance(found, str):
            raise RequestError(found)
        return found

    def _spot(self, asked: Asked) -> Spot:
        """The place that is meant. RequestError: why nothing can be carried out there."""
        ls = self._ls
        if impossible := self._impossible():
            raise RequestError(impossible)
        newest = [document.uri for document in ls.documents][-1:]
        document = ls.documents.get(asked.uri or self._last_uri or "".join(newest))
        if document is None:
            raise RequestError("the file is not open")
        return spot_of(asked, document, self._spots.get(document.uri), ls.documents.encoding)

    def _impossible(self) -> str:
        """Why no run can begin at the moment; empty where one can."""
        ls = self._ls
        if not ls.profile.applies_edits:
            return "this editor does not apply edits (workspace/applyEdit)"
        if ls.services.model is None:
            return NO_MODEL
        if (budget := ls.services.budget) is not None and budget.is_used_up:
            return budget.refusal
        if sum(not run.asks for run in self._runs.values()) >= MOST_RUNS:
            return f"{MOST_RUNS} refactorings are running; wait, or cancel one"
        return ""

    # --- a run ------------------------------------------------------------------------------

    async def _run(self, run: Run) -> str:
        """Carry a run out; what to say at its end. Stop: it came to nothing."""
        run.progress.begin("asking the model")
        outcome = await execute(run.offer, self._surroundings(run), run.progress.report)
        return await self._conclude(run, outcome)

    def _ended(self, run: Run, task: asyncio.Task[str]) -> None:
        """Tell the user how a run ended, even one that was cancelled before its first step."""
        self._runs.pop(run.id, None)
        fault = None if task.cancelled() else task.exception()
        title, kind = run.offer.title, types.MessageType.Info
        # First what the user waits to read: some clients cut a message at the end of a line.
        if task.cancelled():
            ending = "cancelled, nothing was changed"
            if run.sent:
                ending = "cancelled when the edit was on its way already: look at it, or undo"
            sentence = f"{ending}: {title}"
        elif isinstance(fault, Declined):
            ending = str(fault)
            sentence = f"{ending}: {title}"
        elif isinstance(fault, Stop):
            ending, kind = str(fault), types.MessageType.Warning
            sentence = f"{title}: {ending}"
        elif fault is not None:
            log.error("a refactoring failed", exc_info=fault)
            ending, kind = "failed", types.MessageType.Error
            sentence = f"{title}: foretype failed here"
        else:
            ending = task.result()
            sentence = f"{title}: {ending}"
        tell(self._ls, sentence, kind)
        run.progress.end(ending)

    async def _conclude(self, run: Run, outcome: Outcome) -> str:
        """Have the outcome applied; what to say at the end. Stop: it was not."""
        if isinstance(outcome, Refused):
            raise Stop(outcome.sentence())
        if outcome.text:
            show_text(self._ls, run.offer.title, outcome.text)
            return f"done ({outcome.spent.line()})"
        left_out = 0
        if outcome.changes:
            confirmation = await confirm(self._ls, run, outcome)
            left_out = await apply(self._ls, run, outcome.changes, confirmation)
        return _said(outcome, left_out)

    def _surroundings(self, run: Run) -> RefactorEnvironment:
        ls = self._ls
        asks = ls.profile.can_show_message_request
        gate = ls.services.gate
        assert gate is not None
        return RefactorEnvironment(
            settings=ls.settings.refactor,
            model_of=self._model_of,
            excluded=gate.excluded,
            roots=ls.services.roots,
            documents=tuple(ls.documents),
            allows=partial(may_run, ls, run) if asks else None,
            trusts=partial(may_trust, ls, run),
        )

    def _model_of(self, name: str) -> Model | None:
        from foretype.models.endpoint_choice import ConfigError

        model = self._ls.services.model
        try:
            return None if model is None else model.by_name(name)
        except ConfigError as problem:
            self._ls.notifier.show_message(str(problem), types.MessageType.Warning)
            return None


def _said(outcome: Staged, left_out: int) -> str:
    """What a run that came to its end says; so many files the user left out."""
    n_changes = len(outcome.changes)
    done = (
        ("nothing to change", "done")[n_changes] if n_changes < 2 else f"{n_changes} files changed"
    )
    if left_out:
        done = f"{n_changes - left_out} of {n_changes} files changed, as you chose"
    sentence = f"{done}. {outcome.note}".strip().rstrip(".")
    return f"{sentence} ({outcome.spent.line()})"
