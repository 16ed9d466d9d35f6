"""One client's session: what is known of the client, its documents, and the desk behind them.

The mutable state of the server, its life cycle, and the settings with their changes. What each
request does stands in ``features/``; what an answer is made of, below ``completion/``.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from foretype import __version__
from foretype.completion.suggestion import Answer, NoSuggestion, Place, Reason, Suggestion, Trigger
from foretype.deadline import Deadline
from foretype.lsp import convert, parent
from foretype.lsp.clients import GENERIC, ClientProfile, profile_of
from foretype.lsp.features import (
    commands,
    completion,
    documents,
    inline_completion,
    lifecycle,
    refactoring,
)
from foretype.lsp.mirror import Mirror
from foretype.lsp.protocol import SafeProtocol, arrived
from foretype.lsp.switch import Switch
from foretype.settings import Settings

if TYPE_CHECKING:
    from foretype.completion.desk import Desk
    from foretype.lsp.bench_log import BenchLog
    from foretype.lsp.features.runs import Refactorings
    from foretype.models.base import Model, Usage
    from foretype.privacy import Gate
    from foretype.settings_load import Loaded

log = logging.getLogger(__name__)

GRACE_S = 0.05
"""How long after its deadline an answer is given up, in seconds. The desk's own timer comes
first; this one keeps the promise where the desk is at fault."""
CONFIGURATION_S = 10.0
"""How long a client may take to tell its configuration, in seconds."""
SECTION = "foretype"

_NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithNotebook(
            notebook="*", cells=[types.NotebookCellLanguage(language="*")]
        )
    ]
)
# A change in one of these means another model, or another way to it.
_CONNECTION = ("provider", "base_url", "api_key", "api_key_env", "model", "wire", "budget")


class ForetypeServer(LanguageServer):
    """The server, from one client's ``initialize`` to its ``exit``."""

    protocol: SafeProtocol

    def __init__(self, environ: Mapping[str, str], *, watch_parent: bool = False) -> None:
        super().__init__(
            "foretype",
            __version__,
            notebook_document_sync=_NOTEBOOKS,
            protocol_cls=SafeProtocol,
        )
        self.environ = environ
        self.profile: ClientProfile = GENERIC
        self.settings = Settings()
        self.switch = Switch()
        self.mirror = Mirror()
        self.desk: Desk | None = None
        self.bench_log: BenchLog | None = None
        self.counts: Counter[str] = Counter()
        """How often each kind of answer was given, for ``foretype.stats``."""
        self.last: Answer | None = None
        self.last_suggestion: Suggestion | None = None
        self._watch_parent = watch_parent
        self._init_options: Any = None
        self._workspace_config: Any = None
        self._model: Model | None = None
        self._provider = ""
        self._gate: Gate | None = None
        self._ready = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: set[str] = set()
        self._status: dict[str, str] = {}
        self.runs: Refactorings | None = None
        """The refactorings on their way; None until the server is set up."""
        for feature in (lifecycle, documents, commands, refactoring):
            feature.register(self)
        self.protocol.on_unreadable = self._on_unreadable

    # --- life cycle -------------------------------------------------------------------------

    def begin(self, raw: Mapping[str, Any], process_id: int | None) -> None:
        """Get to know the client, from the parameters of ``initialize`` as raw JSON."""
        self.profile = profile_of(raw)
        self.mirror = Mirror(self.workspace.position_encoding or convert.UTF16)
        self._init_options = raw.get("initializationOptions")
        if self.profile.inline_completion:
            inline_completion.register(self)
        if completion.is_wanted(self.profile, self._init_options):
            completion.register(self)
        if self._watch_parent and process_id is not None:
            loop = asyncio.get_running_loop()
            parent.watch(process_id, lambda: parent.leave(loop, self.protocol.end))

    async def set_up(self) -> None:
        """Build what answers, then make it fast. None of it is needed to answer initialize."""
        try:
            await asyncio.to_thread(_import_core)
            loaded = await asyncio.to_thread(self._load)
            self._apply(loaded)
            self._build()
            self._ready.set()
            await asyncio.to_thread(_import_refactorings)
            self._build_runs()
            await self._pull_configuration()
            await self._warm()
        finally:
            self._ready.set()
            # What is loaded by now stays: collecting it again and again is time lost.
            gc.freeze()
            gc.enable()

    async def close(self) -> None:
        """End what runs and give back what is held."""
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                if self.runs is not None:
                    await self.runs.close()
                if self.desk is not None:
                    await self.desk.close()
                if self._model is not None:
                    await self._model.close()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work beside the conversation. A fault of it is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("a task failed", exc_info=fault)

    # --- answers ----------------------------------------------------------------------------

    async def suggest(
        self, place: Place, trigger: Trigger, deadline: Deadline, *, selected: str = ""
    ) -> Answer:
        """What to show at a place, in time."""
        self.counts["requests"] += 1
        if self.bench_log is not None:
            self.bench_log.due(self.protocol.msg_id, arrived(), deadline.at)
        try:
            async with asyncio.timeout_at(deadline.at + GRACE_S):
                answer = await self._ask(place, trigger, deadline, selected)
        except TimeoutError:
            log.error("the desk missed a deadline")
            answer = NoSuggestion(Reason.DEADLINE)
        if isinstance(answer, Suggestion) and self.mirror.get(place.document.uri) != place.document:
            answer = NoSuggestion(Reason.STALE)
        self._note(answer)
        return answer

    async def _ask(
        self, place: Place, trigger: Trigger, deadline: Deadline, selected: str
    ) -> Answer:
        if trigger is Trigger.AUTOMATIC and self.switch.is_off(place.document):
            return NoSuggestion(Reason.OFF)
        if self.desk is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(deadline.at):
                    await self._ready.wait()
        if self.desk is None:
            return NoSuggestion(Reason.UNAVAILABLE, "the server is still starting")
        return await self.desk.suggest(place, trigger, deadline, selected=selected)

    def prepare(self, uri: str) -> None:
        """Have the ignore files read that concern a document, before a request has to wait."""
        if self._gate is not None:
            asyncio.get_running_loop().run_in_executor(None, self._gate.excluded, uri)

    def nowhere(self, uri: str) -> None:
        """Take note of a request for a document that is not open."""
        self.counts["requests"] += 1
        self._note(NoSuggestion(Reason.NO_DOCUMENT))

    def _note(self, answer: Answer) -> None:
        if isinstance(answer, Suggestion):
            self.counts["shown"] += 1
            self.last = self.last_suggestion = answer
            return
        self.counts[answer.reason.name.lower()] += 1
        if answer.reason not in (Reason.SUPERSEDED, Reason.STALE):
            self.last = answer

    # --- settings ---------------------------------------------------------------------------

    def _load(self) -> Loaded:
        from foretype import settings_load

        roots = self._roots()
        return settings_load.load(
            user_file=settings_load.config_file(self.environ),
            environ=self.environ,
            init_options=self._init_options,
            workspace_config=self._workspace_config,
            workspace_file=roots[0] / ".foretype.toml" if roots else None,
        )

    def _apply(self, loaded: Loaded) -> None:
        """From now on other settings hold."""
        old, self.settings = self.settings, loaded.settings
        if loaded.problems:
            self.tell(" ".join(loaded.problems), types.MessageType.Warning)
        if self.desk is None:
            return
        if any(getattr(old, name) != getattr(self.settings, name) for name in _CONNECTION):
            self.spawn(self._change_model())
        elif old != self.settings:
            self.refresh()

    def refresh(self) -> None:
        """Let the desk see the settings, the switch and the workspace as they are now."""
        if self.desk is None:
            return
        from foretype.privacy import Gate, GatedModel

        self._gate = Gate(self.settings, self._roots())
        self.desk.gate = self._gate
        self.desk.set_settings(self.effective)
        self.desk.set_model(self._model and GatedModel(self._model, self._gate))

    @property
    def effective(self) -> Settings:
        """The settings with what the user has switched off meanwhile."""
        completion = self.switch.applied_to(self.settings.completion)
        return replace(self.settings, completion=completion)

    def _build(self) -> None:
        from foretype.completion.desk import Desk
        from foretype.local.engine import Engine
        from foretype.privacy import Gate, GatedModel

        self._gate = Gate(self.settings, self._roots())
        self._model = self._make_model()
        self.desk = Desk(
            settings=self.effective,
            model=self._model and GatedModel(self._model, self._gate),
            local=None if self.settings.completion.local == "off" else Engine(),
            gate=self._gate,
            client=self.profile,
            on_late=self._on_late if self.settings.notify_late else None,
            on_status=self._on_desk_status,
        )
        for document in self.mirror:
            self.prepare(document.uri)
            self.desk.opened(document)

    def _build_runs(self) -> None:
        from foretype.lsp.features.runs import Refactorings

        self.runs = Refactorings(self)

    def _make_model(self) -> Model | None:
        from foretype.models import factory

        self._provider = ""
        if self.settings.completion.local == "only":
            return None
        self._provider = factory.describe(self.settings, self.environ).provider
        try:
            return factory.make_model(self.settings, self.environ)
        except factory.ConfigProblem as problem:
            self.say("needs_key", str(problem))
            return None

    async def _change_model(self) -> None:
        old, self._model = self._model, self._make_model()
        self.refresh()
        if self.runs is not None:
            await self.runs.forget_models()
        await self._warm()
        if old is not None:
            await old.close()

    async def _warm(self) -> None:
        if self._model is not None:
            await self._model.warm()
            self.say("ready")
        elif self._status.get("state") != "needs_key":
            self.say(*_without_model(self.settings))

    def _roots(self) -> tuple[Path, ...]:
        folders = [folder.uri for folder in self.workspace.folders.values()]
        uris = folders or ([self.workspace.root_uri] if self.workspace.root_uri else [])
        paths = [to_fs_path(uri) for uri in uris]
        return tuple(Path(path) for path in paths if path)

    async def reload(self, pushed: Any) -> None:
        """Read the settings again. ``pushed`` is what a client sends that cannot be asked."""
        if not self.profile.pulls_configuration:
            self._workspace_config = pushed
        elif await self._pull_configuration():
            return
        self._apply(await asyncio.to_thread(self._load))

    async def _pull_configuration(self) -> bool:
        """Ask the client for its configuration. Whether that led to new settings."""
        if not self.profile.pulls_configuration:
            return False
        items = [types.ConfigurationItem(section=SECTION)]
        try:
            async with asyncio.timeout(CONFIGURATION_S):
                found = await self.workspace_configuration_async(types.ConfigurationParams(items))
        except Exception as fault:
            log.info("the client did not tell its configuration: %s", type(fault).__name__)
            return False
        config = found[0] if found else None
        if config is None and self._workspace_config is None:
            return False
        self._workspace_config = config
        self._apply(await asyncio.to_thread(self._load))
        return True

    # --- what refactorings need -------------------------------------------------------------

    @property
    def gate(self) -> Gate | None:
        """What decides which text may leave; None until the server is set up."""
        return self._gate

    @property
    def model(self) -> Model | None:
        """The model behind the gate; None where the embedded engine serves alone."""
        if self._model is None or self._gate is None:
            return None
        from foretype.privacy import GatedModel

        return GatedModel(self._model, self._gate)

    @property
    def roots(self) -> tuple[Path, ...]:
        """The workspace's folders."""
        return self._roots()

    def another_model(self, name: str) -> Model | None:
        """A model of the same provider by another name, behind the gate."""
        from foretype.models import factory
        from foretype.privacy import GatedModel

        if self._gate is None:
            return None
        try:
            made = factory.make_model(replace(self.settings, model=name), self.environ)
        except factory.ConfigProblem as problem:
            self.tell(str(problem), types.MessageType.Warning)
            return None
        return made and GatedModel(made, self._gate)

    def price(self, usage: Usage) -> float | None:
        """What an answer cost, in US dollars; None where no price is known."""
        from foretype.models import factory
        from foretype.models.pricing import cost_usd

        try:
            endpoint = factory.choose(self.settings, self.environ)
        except factory.ConfigProblem:
            return usage.cost_usd
        if endpoint is None:
            return usage.cost_usd
        return cost_usd(usage, endpoint.row, self.settings.budget)

    # --- what the user is told --------------------------------------------------------------

    def say(self, state: str, message: str = "") -> None:
        """Tell the client how things stand, where that has changed."""
        if self.switch.all_off and state in ("ready", "thinking", "embedded"):
            state, message = "off", ""
        status = {
            "state": state,
            "provider": self._provider,
            "model": self._model.name if self._model else "",
            "message": message,
        }
        if status == self._status:
            return
        self._status = status
        if self.profile.takes_notifications or self.profile.shows_status:
            self.protocol.notify("foretype/status", status)
        if message and not self.profile.shows_status:
            if state in ("embedded", "needs_key"):
                self.tell(message, types.MessageType.Info)
            else:
                self.note(message)

    def switched(self) -> None:
        """Something was switched on or off."""
        self.refresh()
        state = "embedded" if self._model is None else "ready"
        self.say(state)

    def tell(self, message: str, kind: types.MessageType) -> None:
        """Show the user a message, once."""
        if message in self._told:
            return
        self._told.add(message)
        text = message if message.startswith("foretype") else f"foretype: {message}"
        self.window_show_message(types.ShowMessageParams(type=kind, message=text))

    def note(self, message: str) -> None:
        """Write a message to the client's log."""
        self.window_log_message(
            types.LogMessageParams(type=types.MessageType.Info, message=f"foretype: {message}")
        )

    def _on_desk_status(self, state: str, message: str) -> None:
        if state == "ready" and self._model is None:
            return
        self.say(state, message)

    def _on_late(self, suggestion: Suggestion) -> None:
        document = suggestion.place.document
        self.protocol.notify(
            "foretype/suggestionReady", {"uri": document.uri, "version": document.version}
        )

    def _on_unreadable(self, method: str, params: Any) -> None:
        documents.forget_unreadable(self, method, params)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """pygls would show the user a message here; the log is the place."""
        log.error("pygls reports a fault", exc_info=error)


def _without_model(settings: Settings) -> tuple[str, str]:
    """The state, and what the user is told of it, where no model is asked."""
    if settings.completion.local == "only":
        return "embedded", ""
    if settings.completion.local == "off":
        return "needs_key", "No key is set, and the embedded engine is off: nothing is suggested"
    return "embedded", "No key is set: the embedded engine suggests, from your own code"


def _import_core() -> None:
    import foretype.completion.desk
    import foretype.local.engine
    import foretype.models.factory
    import foretype.privacy
    import foretype.settings_load  # noqa: F401


def _import_refactorings() -> None:
    import foretype.lsp.features.code_action
    import foretype.lsp.features.runs  # noqa: F401
