"""Refactorings on their way: carried out beside the conversation, then applied by the client.

Each run is a task with work-done progress. What it staged is placed in the text as it is by then,
confirmed where it should be, sent by ``workspace/applyEdit`` in the client's own manner, and
compared with the change that follows. Nothing is applied blindly.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from foretype.exclusions import path_of
from foretype.lsp import convert
from foretype.lsp.features.code_action import NO_MODEL
from foretype.lsp.features.refactoring import REFACTOR
from foretype.lsp.features.workspace_edit import Confirmation, parts, to_workspace_edit
from foretype.lsp.protocol import RequestError
from foretype.refactor.edits import Anchor
from foretype.refactor.offers import Offer, find
from foretype.refactor.outcome import (
    Change,
    FileEdit,
    Outcome,
    Progress,
    Refused,
    Staged,
    file_edit,
)
from foretype.refactor.scope import Problem, Spot
from foretype.refactor.tools import ToolError, on_disk
from foretype.refactor.work import Surroundings, carry_out
from foretype.text import Document, Edit

if TYPE_CHECKING:
    from foretype.lsp.session import ForetypeServer
    from foretype.models.base import Model

log = logging.getLogger(__name__)

MOST_RUNS = 4
"""Runs that go on at the same time."""
MOST_VERSIONS = 64
"""Versions of a document that are kept to follow what is typed during a run."""
PROGRESS_INTERVAL_S = 0.1
"""The least time between two reports, in seconds: a client draws each of them."""
APPLY_S = 30.0
"""How long a client may take to apply an edit, in seconds; it may ask the user first."""
CONFIRM_S = 600.0
"""How long the user may think about a confirmation, in seconds."""
FOLLOWS_S = 2.0
"""How long after an applied edit the change may take to arrive, in seconds."""
CROSSES_S = 0.3
"""How long a change may take to arrive that made the client refuse an edit, in seconds."""
TRIES = 3
"""How often an edit is sent that keeps being crossed by keys."""
APPLY, DISCARD = "Apply", "Discard"


class Stop(Exception):
    """The run ends without a change; the text is a sentence for the user."""


@dataclass(slots=True)
class Run:
    """One refactoring on its way."""

    id: str
    offer: Offer
    opened: frozenset[str]
    """The documents that were open when it began."""
    task: asyncio.Task[None] | None = None
    shown: bool = False
    """Whether the client shows its progress."""
    reported: float = 0.0
    versions: dict[str, list[Document]] = field(default_factory=dict)
    """What each document was since the run began, in order."""

    def changed(self, old: Document, new: Document) -> None:
        """Follow a change of a document."""
        known = self.versions.setdefault(new.uri, [old])
        known.append(new)
        if len(known) > MOST_VERSIONS:
            # What lies between two versions left out is read as one edit: safe, only coarser.
            known[1:-1] = known[1:-1:2]

    def place(self, document: Document, start: int, end: int, current: Document) -> tuple[int, int]:
        """Where a range of an older version is now."""
        anchor = Anchor.on(document, start, end)
        for version in self.versions.get(document.uri, ()):
            anchor = anchor.follow(version)
        place = anchor.place(current)
        if place is None:
            raise Stop("you changed the code meanwhile, so nothing was applied; run it again")
        return place


class Refactorings:
    """The runs of one session."""

    def __init__(self, ls: ForetypeServer) -> None:
        self._ls = ls
        self._runs: dict[str, Run] = {}
        self._numbers = count(1)
        self._models: dict[str, Model] = {}
        self._spots: dict[str, Spot] = {}
        self._last_uri = ""
        self._moved = asyncio.Event()

    # --- what the client does ---------------------------------------------------------------

    def seen(self, spot: Spot) -> None:
        """The client asked what can be done at a spot; the menu is open, perhaps."""
        uri = spot.document.uri
        self._spots.pop(uri, None)
        self._spots[uri] = spot
        self._last_uri = uri
        while len(self._spots) > 8:
            self._spots.pop(next(iter(self._spots)))

    def changed(self, old: Document, new: Document) -> None:
        """A document was changed."""
        for run in self._runs.values():
            run.changed(old, new)
        self._last_uri = new.uri
        self._moved.set()

    def closed(self, uri: str) -> None:
        """A document was closed."""
        self._spots.pop(uri, None)
        self._moved.set()

    def start(self, argument: Any) -> str:
        """Begin what an argument of ``foretype.refactor`` asks for."""
        ls = self._ls
        if not ls.profile.applies_edits:
            raise self._refusal("this editor does not apply edits (workspace/applyEdit)")
        if ls.gate is None:
            raise self._refusal("the server is still starting")
        if ls.model is None:
            raise self._refusal(NO_MODEL)
        if ls.is_out_of_money and ls.backing.spending is not None:
            raise self._refusal(ls.backing.spending.refusal)
        if len(self._runs) >= MOST_RUNS:
            raise self._refusal(f"{MOST_RUNS} refactorings are running; wait, or cancel one")
        offer = self._offer(_read(argument))
        ls.backing.retry_now()
        opened = frozenset(document.uri for document in ls.mirror)
        run = Run(f"foretype-refactor-{next(self._numbers)}", offer, opened)
        self._runs[run.id] = run
        run.task = asyncio.get_running_loop().create_task(self._run(run))
        run.task.add_done_callback(lambda task: self._ended(run, task))
        return run.id

    def cancel(self, run_id: Any = None) -> int:
        """End the run of an id, or all; how many there were."""
        if isinstance(run_id, Mapping):
            run_id = run_id.get("id")
        runs = [run for run in self._runs.values() if run_id is None or run.id == run_id]
        for run in runs:
            if run.task is not None:
                run.task.cancel()
        return len(runs)

    async def close(self) -> None:
        """End all runs and give back the models made for them."""
        self.cancel()
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
        await self.forget_models()

    async def forget_models(self) -> None:
        """Give back models that were made from settings that hold no more."""
        models, self._models = self._models, {}
        for model in models.values():
            await model.close()

    def _offer(self, asked: _Asked) -> Offer:
        ls = self._ls
        newest = [document.uri for document in ls.mirror][-1:]
        document = ls.mirror.get(asked.uri or self._last_uri or "".join(newest))
        if document is None:
            raise self._refusal("the file is not open")
        start, end = self._range(asked, document)
        problems = (Problem(start, end, asked.problem),) if asked.problem else ()
        spot = Spot(document, start, end, problems)
        found = find(spot, ls.settings.refactor, asked.action, asked.instruction)
        if isinstance(found, str):
            raise self._refusal(found)
        return found

    def _range(self, asked: _Asked, document: Document) -> tuple[int, int]:
        """The range asked for, in the document as it is now."""
        encoding = self._ls.mirror.encoding
        spot = self._spots.get(document.uri)
        if asked.range is None:
            if spot is None:
                return 0, len(document.text)
            asked = replace(
                asked,
                version=spot.document.version,
                range=convert.to_range(spot.document, spot.start, spot.end, encoding),
            )
        assert asked.range is not None
        if asked.version in (None, document.version):
            return convert.to_offsets(document, asked.range, encoding)
        if spot is None or spot.document.version != asked.version:
            raise self._refusal("the text has changed since then: choose the action again")
        start, end = convert.to_offsets(spot.document, asked.range, encoding)
        first = spot.document.line_start(spot.document.line_of(start))
        last = spot.document.line_end(spot.document.line_of(end))
        place = Anchor.on(spot.document, first, last).place(document)
        if place is None:
            raise self._refusal("the text has changed since then: choose the action again")
        return place[0] + start - first, place[0] + end - first

    def _refusal(self, sentence: str) -> RequestError:
        """An error for the client, which some clients never show: so the user is told as well."""
        self._tell(sentence, types.MessageType.Warning)
        return RequestError(sentence)

    # --- a run ------------------------------------------------------------------------------

    async def _run(self, run: Run) -> None:
        title = run.offer.title
        await self._begin(run, title)
        ending = "failed"
        try:
            self._report(run, Progress(stage="asking the model"))
            outcome = await carry_out(
                run.offer, self._surroundings(), lambda progress: self._report(run, progress)
            )
            ending = await self._conclude(run, outcome)
        except asyncio.CancelledError:
            ending = "cancelled, nothing was changed"
            self._tell(f"{title}: {ending}", types.MessageType.Info)
            raise
        except Stop as stop:
            ending = str(stop)
            self._tell(f"{title}: {ending}", types.MessageType.Warning)
        finally:
            self._end(run, ending)

    def _ended(self, run: Run, task: asyncio.Task[None]) -> None:
        self._runs.pop(run.id, None)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("a refactoring failed", exc_info=fault)
            self._tell(f"{run.offer.title}: foretype failed here", types.MessageType.Error)

    def _surroundings(self) -> Surroundings:
        ls = self._ls
        assert ls.gate is not None
        return Surroundings(
            settings=ls.settings.refactor,
            model_of=self._model_of,
            excluded=ls.gate.excluded,
            roots=ls.roots,
            documents=tuple(ls.mirror),
        )

    def _model_of(self, name: str) -> Model | None:
        if not name or self._ls.model is None or name == self._ls.model.name:
            return self._ls.model
        if name not in self._models and (made := self._ls.another_model(name)):
            self._models[name] = made
        return self._models.get(name)

    async def _conclude(self, run: Run, outcome: Outcome) -> str:
        """Have the outcome applied; what to say at the end."""
        if isinstance(outcome, Refused):
            raise Stop(f"{outcome.message} ({outcome.spent.line()})")
        if not outcome.changes:
            return self._said(run, f"nothing to change. {outcome.note}".strip(), outcome)
        confirmation = await self._confirm(run, outcome)
        await self._edits(run, outcome.changes)  # all fit, or none is sent
        n_done, count_ = 0, len(outcome.changes)
        for changes in parts(outcome.changes, self._ls.profile):
            try:
                await self._apply(run, changes, confirmation)
            except Stop as stop:
                if not n_done:
                    raise
                sentence = (
                    f"only {n_done} of {count_} files were changed, undo them or run it again"
                )
                raise Stop(f"{sentence}: {stop}") from None
            n_done += len(changes)
        names = f"{count_} files changed" if count_ > 1 else "done"
        return self._said(run, f"{names}. {outcome.note}".strip(), outcome)

    def _said(self, run: Run, sentence: str, outcome: Staged) -> str:
        sentence = f"{sentence.rstrip('.')} ({outcome.spent.line()})"
        self._tell(f"{run.offer.title}: {sentence}", types.MessageType.Info)
        return sentence

    async def _edits(self, run: Run, changes: tuple[Change, ...]) -> list[FileEdit]:
        """The changes as edits of the text as it is now."""
        edits = []
        for change in changes:
            if change.document is None:
                edits.append(file_edit(change, None, None))
                continue
            current = self._ls.mirror.get(change.uri)
            if current is None:
                if change.uri in run.opened:
                    raise Stop("the file was closed meanwhile, so nothing was applied")
                current = await asyncio.to_thread(_now_on_disk, change.uri)
            place = run.place(change.document, change.start, change.end, current)
            edits.append(file_edit(change, current, place))
        return edits

    async def _confirm(self, run: Run, outcome: Staged) -> Confirmation | None:
        """Ask the user first where that is due. None: there is nothing to be asked."""
        reasons = list(dict.fromkeys(risk.reason for risk in outcome.risks))
        across = run.offer.action.answer == "tools"
        if len(outcome.changes) == 1 and not reasons and not across:
            return None
        names = [change.uri.rpartition("/")[2] for change in outcome.changes]
        what = f"The new code {'; it '.join(reasons)}." if reasons else ""
        count_ = f"{len(names)} files" if len(names) > 1 else "one file"
        where = f"{count_} would change: {', '.join(names)}." if len(names) > 1 or across else ""
        question = f"{run.offer.title}: {where} {what}".replace("  ", " ").strip()
        if self._ls.profile.honors_annotations:
            return Confirmation(run.offer.title, question)
        if not self._ls.profile.can_show_message_request:
            raise Stop(f"not applied, because this editor cannot ask you to confirm it. {question}")
        self._report(run, Progress(stage="waiting for your confirmation"), at_once=True)
        if await self._ask(f"foretype: {question}") != APPLY:
            raise Stop(f"not applied ({outcome.spent.line()})")
        return None

    async def _ask(self, question: str) -> str:
        actions = [types.MessageActionItem(title=APPLY), types.MessageActionItem(title=DISCARD)]
        params = types.ShowMessageRequestParams(
            type=types.MessageType.Warning, message=question, actions=actions
        )
        try:
            async with asyncio.timeout(CONFIRM_S):
                chosen = await self._request(
                    lambda: self._ls.window_show_message_request_async(params)
                )
        except (JsonRpcException, TimeoutError):
            raise Stop("this needs a confirmation that the editor did not give") from None
        return chosen.title if chosen is not None else DISCARD

    async def _apply(
        self, run: Run, changes: tuple[Change, ...], confirmation: Confirmation | None
    ) -> None:
        """Have the client apply changes; once more where a key crossed them on the way."""
        for _ in range(TRIES):
            edits = await self._edits(run, changes)
            reason = await self._applied(run, edits, confirmation)
            if reason is None:
                break
            if not await self._has_moved(edits):
                raise Stop(f"the editor did not apply the edit{reason}")
        else:
            raise Stop(f"the text changes too fast to be edited{reason}")
        for edit in edits:
            if edit.document is not None and self._ls.mirror.get(edit.uri) is not None:
                await self._see(run, edit.uri, _after(edit.document.text, edit.edits))

    async def _applied(
        self, run: Run, edits: list[FileEdit], confirmation: Confirmation | None
    ) -> str | None:
        """Why the client did not apply the edits; None where it did."""
        ls = self._ls
        edit = to_workspace_edit(edits, ls.mirror, ls.profile, confirmation)
        if edit is None:
            raise Stop("this editor cannot create files")
        params = types.ApplyWorkspaceEditParams(edit=edit, label=f"foretype: {run.offer.title}")
        try:
            async with asyncio.timeout(CONFIRM_S if confirmation else APPLY_S):
                result = await self._request(lambda: ls.workspace_apply_edit_async(params))
        except JsonRpcException as refused:
            return f": {refused.message}"
        except TimeoutError:
            raise Stop("the editor did not say whether it applied the edit") from None
        if result.applied:
            return None
        return f": {result.failure_reason}" if result.failure_reason else ""

    async def _has_moved(self, edits: list[FileEdit]) -> bool:
        """Whether a document is newer than the edits, which would be why they were refused."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CROSSES_S):
                while True:
                    for edit in edits:
                        now = self._ls.mirror.get(edit.uri)
                        if edit.document is not None and now != edit.document:
                            return True
                    self._moved.clear()
                    await self._moved.wait()
        return False

    async def _see(self, run: Run, uri: str, text: str) -> None:
        """Wait for the change that an applied edit makes, and compare it. What is typed right
        after it makes another version, which is none of this run's business."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FOLLOWS_S):
                while not self._was(run, uri, text):
                    self._moved.clear()
                    await self._moved.wait()
                return
        raise Stop("the text after the edit is not what was checked: look at it, or undo")

    def _was(self, run: Run, uri: str, text: str) -> bool:
        now = self._ls.mirror.get(uri)
        if now is None:
            return True
        versions = [now, *run.versions.get(uri, ())]
        return any(_same_text(version.text, text) for version in versions)

    async def _request(self, send: Callable[[], Any]) -> Any:
        """A request to the client. Cancelling the run does not take back the request itself."""
        return await asyncio.shield(asyncio.ensure_future(send()))

    # --- progress ---------------------------------------------------------------------------

    async def _begin(self, run: Run, title: str) -> None:
        if not self._ls.profile.has_progress:
            return
        params = types.WorkDoneProgressCreateParams(token=run.id)
        try:
            async with asyncio.timeout(2.0):
                await self._request(lambda: self._ls.window_work_done_progress_create_async(params))
        except (JsonRpcException, TimeoutError):
            return
        run.shown = True
        begin = types.WorkDoneProgressBegin(title=f"foretype: {title}", cancellable=True)
        self._ls.work_done_progress.begin(run.id, begin)

    def _report(self, run: Run, progress: Progress, *, at_once: bool = False) -> None:
        now = asyncio.get_running_loop().time()
        if not run.shown or (not at_once and now - run.reported < PROGRESS_INTERVAL_S):
            return
        run.reported = now
        report = types.WorkDoneProgressReport(cancellable=True, message=_line(progress))
        self._ls.work_done_progress.report(run.id, report)

    def _end(self, run: Run, message: str) -> None:
        if not run.shown:
            return
        self._ls.work_done_progress.end(run.id, types.WorkDoneProgressEnd(message=message))
        self._ls.work_done_progress.tokens.pop(run.id, None)

    def _tell(self, sentence: str, kind: types.MessageType) -> None:
        message = f"foretype: {sentence[:1].lower()}{sentence[1:]}"
        self._ls.window_show_message(types.ShowMessageParams(type=kind, message=message))


@dataclass(frozen=True, slots=True)
class _Asked:
    """The argument of ``foretype.refactor``, read."""

    action: str = ""
    instruction: str = ""
    uri: str = ""
    version: int | None = None
    range: types.Range | None = None
    problem: str = ""


def _read(argument: Any) -> _Asked:
    """A client's argument: an object, or an instruction alone."""
    if isinstance(argument, str):
        return _Asked(instruction=argument)
    if not isinstance(argument, Mapping):
        raise RequestError(f"{REFACTOR} takes an object with action, uri and range")
    texts = {}
    for name in ("action", "instruction", "uri", "problem"):
        value = argument.get(name) or ""
        if not isinstance(value, str):
            raise RequestError(f"{REFACTOR}: {name} is a string")
        texts[name] = value
    version = argument.get("version")
    if isinstance(version, float) and version.is_integer():
        version = int(version)  # Lua has one kind of number.
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise RequestError(f"{REFACTOR}: version is a number")
    return _Asked(**texts, version=version, range=_read_range(argument.get("range")))


def _read_range(value: Any) -> types.Range | None:
    if value is None:
        return None
    try:
        start, end = (
            types.Position(line=int(value[side]["line"]), character=int(value[side]["character"]))
            for side in ("start", "end")
        )
    except (TypeError, ValueError, KeyError, OverflowError):
        raise RequestError(f"{REFACTOR}: range has a start and an end") from None
    return types.Range(start=start, end=end)


def _now_on_disk(uri: str) -> Document:
    """A file that is open nowhere, as it is by now."""
    try:
        document = on_disk(Path(path_of(uri)))
    except ToolError:
        document = None
    if document is None:
        raise Stop("a file is no longer what it was, so nothing was applied")
    return document


def _line(progress: Progress) -> str:
    """What a progress report says: what is done, or the newest line that arrived."""
    lines = [line for line in progress.text.split("\n") if line.strip()]
    if progress.stage or not lines:
        return progress.stage
    return f"{len(lines)} lines · {lines[-1].strip()[:60]}"


def _after(text: str, edits: tuple[Edit, ...]) -> str:
    for edit in reversed(edits):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _same_text(one: str, other: str) -> bool:
    """Whether two texts are the same but for line ends, and a last one that editors add."""
    plain = (text.replace("\r\n", "\n").rstrip("\n") for text in (one, other))
    return len(set(plain)) == 1
