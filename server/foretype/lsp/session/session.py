"""One client's session: its life cycle, and the state that the features share.

What each request does stands in ``features/``, which subscribe to ``events.py``; how a suggestion
is answered in time in ``answering.py``, what the client has configured in ``client_settings.py``,
what the settings ask for in ``services.py``, what is switched off in ``switches.py``, how the model
is doing in ``model_status.py``, what the client is notified of in ``notifier.py``. Knows no
feature.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from foretype import __version__
from foretype.completion.feedback.recorder import AnswerRecorder
from foretype.completion.suggestion import Suggestion
from foretype.core import out_of_memory
from foretype.core.text import Document
from foretype.lsp import convert
from foretype.lsp.session.answering import NOT_STARTED, Answering
from foretype.lsp.session.client_profiles import GENERIC, ClientProfile, profile_of
from foretype.lsp.session.client_settings import ClientSettings
from foretype.lsp.session.events import SessionEvents
from foretype.lsp.session.model_status import ModelStatus, without_model
from foretype.lsp.session.notifier import ClientNotifier
from foretype.lsp.session.open_documents import OpenDocuments
from foretype.lsp.session.places import Places
from foretype.lsp.session.services import Services
from foretype.lsp.session.switches import Switches
from foretype.lsp.session.workspace_folders import folder_uris, folders_of
from foretype.lsp.wire import parent_process
from foretype.lsp.wire.json_rpc import SafeProtocol, converter
from foretype.settings.schema import Settings

if TYPE_CHECKING:
    from foretype.completion.service import CompletionService
    from foretype.lsp.bench_log import BenchLog
    from foretype.models.open_model import OpenModel
    from foretype.models.protocol import Model
    from foretype.settings.load import Loaded

log = logging.getLogger(__name__)

NO_SPECULATION = (
    "`completion.speculate` needs a budget (`budget.daily_usd` or `budget.monthly_usd`); nothing "
    "is asked ahead without one."
)
_NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithNotebook(
            notebook="*", cells=[types.NotebookCellLanguage(language="*")]
        )
    ]
)


class ForetypeServer(LanguageServer):
    """The server, from one client's ``initialize`` to its ``exit``."""

    protocol: SafeProtocol

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        watch_parent: bool = False,
        through_port: bool = False,
    ) -> None:
        super().__init__(
            "foretype",
            __version__,
            notebook_document_sync=_NOTEBOOKS,
            protocol_cls=SafeProtocol,
            converter_factory=converter,
        )
        self.profile: ClientProfile = GENERIC
        self.services = Services(environ, through_port=through_port)
        self.notifier = ClientNotifier(self)
        self.model_status = ModelStatus(self.services, self.notifier)
        self.client_settings = ClientSettings(self)
        self.places = Places(self.notifier)
        self.switches = Switches(self.notifier, self.refresh)
        self.toggles = self.switches.toggles
        self.documents = OpenDocuments()
        self.service: CompletionService | None = None
        """What answers; None until the server is set up."""
        self.events = SessionEvents()
        self.bench_log: BenchLog | None = None
        self.recorder = AnswerRecorder()
        self.watch_model: Callable[[Model], Model] | None = None
        """Wraps the model of completions, for who looks on."""
        self.answering = Answering(self)
        self.speaks_copilot = False
        """Whether to answer Copilot's plugins whatever the client says of itself."""
        self._watch_parent = watch_parent
        self._started = False
        self.ready = asyncio.Event()
        self._reading = asyncio.Lock()
        """Held while settings are read and applied, lest those read earlier are applied later."""
        self._tasks: set[asyncio.Task[None]] = set()
        self.services.on_switch = self._provider_switched

    # --- life cycle -------------------------------------------------------------------------

    def begin(self, raw: Mapping[str, Any], process_id: int | None) -> None:
        """Get to know the client, from the parameters of ``initialize`` as raw JSON."""
        self.profile = self.notifier.profile = self.client_settings.profile = profile_of(raw)
        self.documents = OpenDocuments(self.workspace.position_encoding or convert.UTF16)
        self.client_settings.init_options = raw.get("initializationOptions")
        for notify in self.events.client_known:
            notify()
        if self._watch_parent and process_id is not None:
            parent_process.end_with(process_id, self.protocol.end)

    def start(self) -> None:
        """The client is ready. Once only, however often it says so."""
        if not self._started:
            self._started = True
            self.spawn(self._set_up())

    def _find_folders(self) -> None:
        uris = folder_uris(self.workspace)
        self.services.roots = folders_of(uris)
        self.places.see(uris)

    async def _set_up(self) -> None:
        """Build what answers, then make it fast. None of it is needed to answer initialize."""
        try:
            self._find_folders()
            await asyncio.to_thread(_import_core)
            async with self._reading:
                loaded = await asyncio.to_thread(self._load)
                self.services.settings = loaded.settings
                budget = await self.services.open_budget(self._warn)
                self._build(loaded)
            self.ready.set()
            self._tell_of_model()
            self.spawn(self._follow_configuration())
            for work in self.events.started:
                self.spawn(work())
            await self._warm()
            # Whoever typed while the server started need not type on.
            if self.settings.notify_late and (document := self.answering.waits_for_start()):
                self._announce(document, replaces=False)
            self.spawn(budget.ledger.sync())
        except Exception as fault:
            if self.service is None:
                is_memory = out_of_memory.is_the_cause(fault)
                told = out_of_memory.SENTENCE if is_memory else NOT_STARTED
                self.notifier.set_status("error", told)
                self.notifier.show_message(told, types.MessageType.Error)
            raise
        finally:
            self.ready.set()
            # What is loaded by now stays: collecting it again and again is time lost.
            gc.freeze()
            gc.enable()

    async def close(self) -> None:
        """End what runs and give back what is held."""
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                for work in self.events.ending:
                    await work()
                if self.service is not None:
                    await self.service.close()
                if self.services.model is not None:
                    await self.services.model.close()
                await asyncio.to_thread(self.services.end_indexing)
                if self.services.budget is not None:
                    await self.services.budget.ledger.close()
                    await asyncio.to_thread(self.services.budget.metrics.close)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work beside the conversation. A fault of it is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("a task failed", exc_info=fault)

    # --- settings ---------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        return self.services.settings

    @property
    def effective(self) -> Settings:
        """The settings with what the user has switched off meanwhile."""
        completion = self.toggles.applied_to(self.settings.completion)
        return replace(self.settings, completion=completion)

    async def reload(self, pushed: Any) -> None:
        """Read the settings again. ``pushed`` is what a client sends that cannot be asked."""
        await self.client_settings.take(pushed)
        await self.read_again()

    def refresh(self, *, another: bool = False) -> None:
        """Let the service see the settings, the switch and the folders as they are now.

        ``another``: the settings ask for another model than before.
        """
        self._find_folders()
        if self.service is None:
            return
        self.service.resources.gate = self.services.make_gate(self._tell_on_loop())
        self.service.resources.on_late = self._on_late if self.settings.notify_late else None
        self.service.set_settings(self.effective)
        if another:
            self.service.replace_model(self._watched_model())
        self.service.set_local(self.services.embedded_engine(self.documents))

    def prepare(self, uri: str) -> None:
        """Have the ignore files read that concern a document, before a request has to wait."""
        if (gate := self.services.gate) is not None:
            asyncio.get_running_loop().run_in_executor(None, gate.excluded, uri)

    def _tell_on_loop(self) -> Callable[[str], None]:
        """Show messages from any thread."""
        loop, show = asyncio.get_running_loop(), self.notifier.show_message

        def tell(message: str) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(show, message, types.MessageType.Warning)

        return tell

    def _load(self) -> Loaded:
        return self.services.load(self.client_settings.init_options, self.client_settings.workspace)

    def _build(self, loaded: Loaded) -> None:
        from foretype.completion.service import CompletionService

        self._take(loaded)
        gate = self.services.make_gate(self._tell_on_loop())
        self._replace_model()
        self.service = CompletionService(
            settings=self.effective,
            model=self._watched_model(),
            local=self.services.embedded_engine(self.documents),
            gate=gate,
            client=self.profile,
            on_late=self._on_late if self.settings.notify_late else None,
            on_status=self.model_status.told,
            budget=self.services.budget,
            files_off=self.toggles.files,
            log=self.services.suggestion_log(self.profile.name),
            cells_above=lambda uri: self.documents.cells_above(uri),
        )
        for document in self.documents:
            self.prepare(document.uri)
            self.service.opened(document)

    def _watched_model(self) -> Model | None:
        model = self.services.model
        return model if model is None or self.watch_model is None else self.watch_model(model)

    async def read_again(self) -> None:
        """Read the settings; from now on those hold."""
        async with self._reading:
            loaded = await asyncio.to_thread(self._load)
            if self.service is None or loaded.settings == self.settings:
                self._take(loaded)
                return
            another = self.services.means_another_model(loaded.settings)
            self._take(loaded)
            if not another:
                self.services.retry_now()  # What was refused may be mended by them.
                self.refresh()
        if another:
            await self.open_model_anew()

    async def open_model_anew(self) -> None:
        """Ask the model that the settings name from now on."""
        async with self._reading:
            old = self._replace_model()
            self.refresh(another=True)
        self._tell_of_model()
        await self._warm()
        if old is not None:
            await old.close()

    def _tell_of_model(self) -> None:
        for notify in self.events.model_opened:
            notify()

    def _take(self, loaded: Loaded) -> None:
        self.services.settings = loaded.settings
        if loaded.problems:
            self._warn(" ".join(loaded.problems))
        budget = self.settings.budget
        if self.settings.completion.speculate and not (budget.daily_usd or budget.monthly_usd):
            self._warn(NO_SPECULATION)
        for notify in self.events.settings_read:
            notify()

    def _replace_model(self) -> OpenModel | None:
        """Open the model anew; give the one that it replaces."""
        old = self.services.replace_model()
        self.model_status.begin()
        return old

    def _provider_switched(self) -> None:
        """Another of several providers answers from now on."""
        if self.service is not None:
            self.service.resources.use_model(self.service.resources.model)
        self.model_status.switched()

    async def _warm(self) -> None:
        if self.services.model is not None:
            await self.services.model.warm()
            log.info("the model is warm")
            self.notifier.set_status("ready")
        elif not self.notifier.state:
            self.notifier.set_status(*without_model(self.settings))

    async def _follow_configuration(self) -> None:
        """Ask for the client's configuration, now and whenever it changes."""
        if await self.client_settings.pull():
            await self.read_again()
        await self.client_settings.follow()

    # --- what the service and the protocol tell ------------------------------------------------

    def _warn(self, message: str) -> None:
        self.notifier.show_message(message, types.MessageType.Warning)

    def _on_late(self, suggestion: Suggestion) -> None:
        replaces = self.service is not None and self.service.is_visible(suggestion.cursor)
        self._announce(suggestion.cursor.document, replaces=replaces)

    def _announce(self, document: Document, *, replaces: bool) -> None:
        """Have the client ask again."""
        told = {"uri": document.uri, "version": document.version, "replaces": replaces}
        self.notifier.send("foretype/suggestionReady", told)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """pygls would show the user a message here; the log is the place."""
        log.error("pygls reports a fault", exc_info=error)


def _import_core() -> None:
    import platformdirs  # noqa: F401

    import foretype.completion.service
    import foretype.local.engine
    import foretype.local.library.usage_lines
    import foretype.local.workspace.indexed_workspace
    import foretype.models.open_model
    import foretype.privacy.gate
    import foretype.settings.load  # noqa: F401
