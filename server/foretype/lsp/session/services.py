"""What stands behind the desk, made from the settings: the privacy gate, the models, the purse.

Knows where settings come from and what a change of them means; loads what it needs only when it
is first asked, because nothing of it is needed to answer ``initialize``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakSet

from foretype.settings.schema import Settings

if TYPE_CHECKING:
    from foretype.models.protocol import Model
    from foretype.models.resilience import Resilient
    from foretype.privacy.gate import Gate
    from foretype.settings.load import Loaded
    from foretype.settings.providers import Provider
    from foretype.spending.budget import Budget
    from foretype.spending.usage import Usage

WORKSPACE_FILE = ".foretype.toml"
LASTING_S = 120.0
"""An endpoint that is left in peace for longer waits for the user to mend something, seconds."""

# A change in one of these means another model, or another way to it.
_CONNECTION = ("provider", "base_url", "api_key", "api_key_env", "model", "wire", "budget")


class Services:
    """The settings of one session, and the gate and the model that they ask for."""

    def __init__(self, environ: Mapping[str, str], *, through_port: bool = False) -> None:
        self.environ = environ
        self._through_port = through_port
        self.settings = Settings()
        self.roots: tuple[Path, ...] = ()
        self.gate: Gate | None = None
        self.spending: Budget | None = None
        """What pays for the models."""
        self.provider = ""
        """The provider's name; empty where the embedded engine serves."""
        self._model: Resilient | None = None
        self._others: WeakSet[Resilient] = WeakSet()
        """Models by other names that refactorings have asked for."""
        self._has_key = False
        self._rows: dict[str, Provider | None] = {}
        """The providers' rows by model, for the prices: each answer is paid on its way."""

    def load(self, init_options: object, workspace_config: object) -> Loaded:
        """Read all sources of settings. May be called on any thread."""
        from foretype.settings import load as settings_load

        return settings_load.load(
            user_file=settings_load.config_file(self.environ),
            environ=self.environ,
            init_options=init_options,
            workspace_config=workspace_config,
            workspace_files=[root / WORKSPACE_FILE for root in self.roots],
            through_port=self._through_port,
        )

    def means_another_model(self, settings: Settings) -> bool:
        """Whether settings ask for another model than there is."""
        old, new = self.settings, settings
        only = "only" in (old.completion.local, new.completion.local)
        return any(getattr(old, name) != getattr(new, name) for name in _CONNECTION) or (
            only and old.completion.local != new.completion.local
        )

    def make_gate(self) -> Gate:
        """The gate for the settings and folders as they are now."""
        from foretype.privacy.gate import Gate

        self.gate = Gate(self.settings, self.roots)
        return self.gate

    async def make_spending(self, tell: Callable[[str], None]) -> Budget:
        """Make what pays. ``tell`` tells the user a sentence, the same one once."""
        from foretype.spending.budget import Budget
        from foretype.spending.ledger import Ledger, file_of

        ledger = Ledger(partial(file_of, self.environ))
        self.spending = Budget(
            ledger, self.settings.budget.daily_usd, price_of=self._price, tell=tell
        )
        if self.spending.daily_usd:
            # Nothing is asked before it is known what was spent.
            await ledger.sync()
        return self.spending

    def make_model(self) -> Model | None:
        """Make the model that the settings ask for; give the one that it replaces.

        Raises ConfigProblem where they ask for one that cannot be had; there is none then.
        """
        from foretype.models import endpoint_choice as factory

        old, self._model, self.provider = self._model, None, ""
        self._rows.clear()
        if self.spending is not None:
            self.spending.daily_usd = self.settings.budget.daily_usd
        if self.settings.completion.local != "only":
            described = factory.describe(self.settings, self.environ)
            self.provider, self._has_key = described.provider, bool(described.key_from)
            self._model = factory.make_model(self.settings, self.environ)
        return old

    @property
    def model(self) -> Model | None:
        """The model behind the gate, paid for; None where the embedded engine serves alone."""
        return self._gated(self._model)

    @property
    def is_out_of_money(self) -> bool:
        """Whether today's budget is used up."""
        return self.spending is not None and self.spending.is_used_up

    @property
    def refusal(self) -> str:
        """The state while the endpoint refuses what only the user can mend: ``needs_key``,
        ``key_refused`` or ``refused``; empty otherwise."""
        if self._model is None:
            return ""
        health = self._model.health()
        if health.refusal == 401:
            return "key_refused" if self._has_key else "needs_key"
        return "refused" if health.refusal or health.seconds > LASTING_S else ""

    @property
    def thinks(self) -> bool:
        """Whether the model reasons although it was told not to in every way there is."""
        return self._model is not None and self._model.thinks

    def retry_now(self) -> None:
        """Try endpoints again that are left in peace: the user asked, or changed the settings."""
        if self._model is not None:
            self._model.retry_now()
        for model in self._others:
            model.retry_now()

    def another_model(self, name: str) -> Model | None:
        """A model of the same provider by another name. Raises ConfigProblem."""
        from foretype.models import endpoint_choice as factory

        model = factory.make_model(replace(self.settings, model=name), self.environ)
        if model is not None:
            self._others.add(model)
        return self._gated(model)

    def _price(self, model: str, usage: Usage) -> float | None:
        """What an answer cost, in US dollars; None where no price is known."""
        from foretype.models.pricing import cost_usd, row_of

        if model not in self._rows:
            self._rows[model] = row_of(model, self.settings, self.environ)
        row = self._rows[model]
        return usage.cost_usd if row is None else cost_usd(usage, row, self.settings.budget)

    def _gated(self, model: Model | None) -> Model | None:
        from foretype.models.gated_model import GatedModel
        from foretype.models.metered_model import MeteredModel

        if model is None or self.gate is None or self.spending is None:
            return None
        return MeteredModel(GatedModel(model, self.gate), self.spending)
