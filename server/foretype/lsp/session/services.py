"""What a session's settings ask for: the gate, the budget, the model, the embedded engine.

Knows where settings come from and what a change of them means. Loads what it needs on first use,
because nothing of it is needed to answer ``initialize``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from foretype import __version__
from foretype.core.text import Document
from foretype.settings.schema import Settings

if TYPE_CHECKING:
    from foretype.local.engine import Engine
    from foretype.local.library.modules import Modules
    from foretype.local.workspace.indexed_workspace import Workspace
    from foretype.models.endpoint_choice import KeyNotAgreed
    from foretype.models.open_model import OpenModel
    from foretype.privacy.gate import Gate
    from foretype.refactor.trust import TrustedFolders
    from foretype.settings.load import Loaded
    from foretype.spending.budget import Budget
    from foretype.spending.suggestion_log import SuggestionLog

WORKSPACE_FILE = ".foretype.toml"
ACTIVATED = ("VIRTUAL_ENV", "CONDA_PREFIX")
"""Variables that name the Python environment that a shell has activated."""
LASTING_S = 120.0
"""An endpoint that is left in peace for longer waits for the user to mend something, seconds."""

# A change in one of these means another model, or another way to it.
_CONNECTION = (
    *("provider", "base_url", "api_key", "api_key_env", "api_key_command", "headers"),
    *("providers", "model", "wire", "budget", "privacy"),
)


class Services:
    """The settings of one session, and the gate and the model that they ask for."""

    def __init__(self, environ: Mapping[str, str], *, through_port: bool = False) -> None:
        self.environ = environ
        self._through_port = through_port
        self.settings = Settings()
        self.roots: tuple[Path, ...] = ()
        self.gate: Gate | None = None
        self.budget: Budget | None = None
        self.model: OpenModel | None = None
        """None where the embedded engine serves alone."""
        self.problem = ""
        """Why there is no model although the settings name one, in a sentence."""
        self.key_question: KeyNotAgreed | None = None
        """What the user has to agree to before a model is asked."""
        self.on_switch: Callable[[], None] = lambda: None
        """Called when another of several providers answers from now on."""
        self._engine: Engine | None = None
        self._workspace: Workspace | None = None
        self._modules: Modules | None = None
        self._modules_of: Workspace | None = None

    @cached_property
    def trusted_folders(self) -> TrustedFolders:
        """The folders that the user trusts."""
        from foretype.refactor.trust import TrustedFolders

        return TrustedFolders(self.environ)

    def load(self, init_options: object, workspace_config: object) -> Loaded:
        """Read all sources of settings. May be called on any thread."""
        from foretype.privacy.workspace_instructions import with_workspace_instructions
        from foretype.settings import load as settings_load

        loaded = settings_load.load(
            user_file=settings_load.config_file(self.environ),
            environ=self.environ,
            init_options=init_options,
            workspace_config=workspace_config,
            workspace_files=[root / WORKSPACE_FILE for root in self.roots],
            through_port=self._through_port,
        )
        self._find_key(loaded.settings)
        return with_workspace_instructions(loaded, self.roots)

    def _find_key(self, settings: Settings) -> None:
        """Ask programs and the keyring for the key, here where nobody waits; it is known then."""
        from foretype.models import endpoint_choice, key_command, key_origins, keyring_store

        key_command.retry()
        keyring_store.retry()
        key_origins.retry()
        for each in endpoint_choice.each_provider(settings):
            endpoint_choice.describe(each, self.environ)

    def means_another_model(self, settings: Settings) -> bool:
        """Whether settings ask for another model than there is."""
        old, new = self.settings, settings
        only = "only" in (old.completion.local, new.completion.local)
        return any(getattr(old, name) != getattr(new, name) for name in _CONNECTION) or (
            only and old.completion.local != new.completion.local
        )

    def make_gate(self, tell: Callable[[str], None]) -> Gate:
        """The gate for the settings and folders as they are now.

        ``tell`` tells the user a sentence, the same one once; it is called on any thread.
        """
        from foretype.privacy.gate import Gate

        self.gate = Gate(self.settings, self.roots, tell)
        if self.model is not None:
            self.model.set_gate(self.gate)
        return self.gate

    async def open_budget(self, tell: Callable[[str], None]) -> Budget:
        """Open the day's budget. ``tell`` tells the user a sentence, the same one once."""
        from foretype.models.pricing import open_budget

        self.budget = await open_budget(self.settings, self.environ, tell)
        if self.settings.telemetry.metrics:
            from foretype.spending.fleet_metrics import MetricsUnusable, open_metrics

            try:
                self.budget.metrics = await asyncio.to_thread(open_metrics, __version__)
            except MetricsUnusable as fault:
                tell(str(fault))
        return self.budget

    def suggestion_log(self, editor: str) -> SuggestionLog | None:
        """The record of what becomes of suggestions, in the ledger of the budget."""
        from foretype.spending.suggestion_log import SuggestionLog

        return (
            None
            if self.budget is None
            else SuggestionLog(self.budget.ledger, editor, self.budget.metrics)
        )

    @property
    def provider(self) -> str:
        """The provider that answers; the one that is named where none can, empty for none."""
        if self.model is not None:
            return self.model.provider
        if not self.problem:
            return ""
        from foretype.models.endpoint_choice import known_slug

        return known_slug(self.settings.provider)

    def replace_model(self) -> OpenModel | None:
        """Open the model that the settings ask for; give the one that it replaces."""
        from foretype.models.endpoint_choice import ConfigError, KeyNotAgreed
        from foretype.models.open_model import open_model
        from foretype.models.pricing import set_limits

        assert self.gate is not None and self.budget is not None
        old, self.model, self.problem, self.key_question = self.model, None, "", None
        set_limits(self.budget, self.settings)
        if self.settings.completion.local != "only":
            try:
                self.model = open_model(self.settings, self.environ, self.gate, self.budget)
            except ConfigError as problem:
                self.problem = str(problem)
                self.key_question = problem if isinstance(problem, KeyNotAgreed) else None
            if self.model is not None:
                self.model.on_switch = self.on_switch
        return old

    def embedded_engine(self, documents: Iterable[Document]) -> Engine | None:
        """The engine, once it has read the open documents; None where the settings turn it off."""
        if self.settings.completion.local == "off":
            # What changes from now on would be unknown to it.
            self._engine = None
        elif self._engine is None:
            from foretype.local.engine import Engine

            self._engine = Engine()
            for document in documents:
                self._engine.opened(document)
        if self._engine is not None:
            self._engine.use(self._indexed_workspace(), self._importable())
        return self._engine

    def _indexed_workspace(self) -> Workspace | None:
        """The workspace for the embedded engine; None where the settings turn it off."""
        from foretype.local.workspace.indexed_workspace import Workspace
        from foretype.local.workspace.indexer import Job
        from foretype.local.workspace.store import folder_of

        folder = folder_of(self.environ)
        if folder is None or not self.settings.index.enabled or not self.roots:
            self._workspace = None
            return None
        job = Job(
            folder=str(folder),
            roots=tuple(str(root) for root in self.roots),
            exclude=self.settings.exclude,
            respect_gitignore=self.settings.respect_gitignore,
            dependencies=self.settings.index.dependencies,
            api_key=self.settings.api_key,
        )
        if self._workspace is None or not self._workspace.does(job):
            self._workspace = Workspace(job, self._rule_for, key_variable=self.settings.api_key_env)
        return self._workspace

    def _importable(self) -> Modules | None:
        """What files may import; None where nothing but open documents is read.

        The same one while nothing of it changes, since the engine reads what another one has.
        """
        from foretype.local.library.modules import Modules

        if self._workspace is None:
            self._modules = None
        elif self._modules_of is not self._workspace:
            self._modules = Modules(
                self.roots,
                self._rule_for,
                activated=[
                    Path(self.environ[each]) for each in ACTIVATED if self.environ.get(each)
                ],
                uses_of=self._workspace.uses_of,
                reads_installed=self.settings.index.dependencies,
            )
        self._modules_of = self._workspace
        return self._modules

    def end_indexing(self) -> None:
        """Read nothing in the background any more. Not for the event loop."""
        if self._workspace is not None:
            self._workspace.close()

    def _rule_for(self, path: str) -> str | None:
        return self.gate.excluded(path) if self.gate is not None else "no rules are read yet"

    @property
    def is_budget_used_up(self) -> bool:
        """Whether the day's or the month's budget is used up."""
        return self.budget is not None and self.budget.is_used_up

    @property
    def refusal(self) -> str:
        """The state while the endpoint refuses what only the user can mend: ``needs_key``,
        ``key_refused`` or ``refused``; empty otherwise."""
        if self.model is None:
            return ""
        health = self.model.health()
        if health.refusal == 401:
            return "key_refused" if self.model.endpoint.key_from else "needs_key"
        return "refused" if health.refusal or health.seconds > LASTING_S else ""

    def retry_now(self) -> None:
        """End pauses after faults: the user asked, or changed the settings."""
        if self.model is not None:
            self.model.retry_now()
