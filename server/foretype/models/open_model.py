"""The only way to a model: those of one endpoint or of several, in the user's order.

No other module imports an adapter or builds a model, so that nothing leaves the machine unmasked
and nothing is spent unseen. Where there are several endpoints, the first one answers that is not
down: one that refuses what only the user can mend, or fails again and again. It is tried again
beside a request that another one answers, so that nobody waits for it. Importing this loads no
SDK.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path

from foretype.models.capabilities import RequestVariant
from foretype.models.endpoint_choice import choose_endpoints, names_endpoint
from foretype.models.endpoint_model import EndpointModel, Surroundings
from foretype.models.measured import Measured
from foretype.models.metered_model import BudgetUsedUp
from foretype.models.model_list import OfferedModel
from foretype.models.protocol import (
    USER_FIXABLE_STATUSES,
    Chunk,
    Message,
    ModelError,
    ModelRejected,
    Prompt,
    SentRequest,
)
from foretype.models.resilience import Circuit, Health
from foretype.privacy.gate import Gate
from foretype.privacy.sent_record import FILE, SentRecord
from foretype.settings.providers import Endpoint, PromptLayout
from foretype.settings.schema import Settings
from foretype.spending.budget import Budget
from foretype.spending.ledger import file_beside
from foretype.spending.usage import Usage

TRIAL = Prompt(
    messages=(Message("user", "Reply with the word ok."),),
    prefix="print(",
    suffix=")\n",
    max_tokens=16,
)
"""What an endpoint is asked that was down; nothing of the user's is in it."""


def record_file(environ: Mapping[str, str]) -> Path | None:
    """Return the file of the record of what was sent, beside the ledger; None for no record.

    Call it in a thread.
    """
    return file_beside(environ, FILE)


def open_model(
    settings: Settings, environ: Mapping[str, str], gate: Gate, budget: Budget
) -> OpenModel | None:
    """The model that settings and environment name; None where they name none.

    Raises ConfigError where they name none that can be used.
    """
    endpoints = choose_endpoints(settings, environ)
    return OpenModel(endpoints, settings, environ, gate, budget) if endpoints else None


class OpenModel:
    """A model behind the gate and the budget, and those of other names at the same provider."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        settings: Settings,
        environ: Mapping[str, str],
        gate: Gate,
        budget: Budget,
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._budget = budget
        self._gate = gate
        self._record = SentRecord(partial(record_file, environ), settings.privacy.record)
        around = Surroundings(
            environ=environ, budget=budget, prices=settings.budget, record=self._record
        )
        self._models = [EndpointModel(endpoint, gate, around) for endpoint in endpoints]
        self._down: set[EndpointModel] = set()
        self._trials: dict[EndpointModel, asyncio.Task[None]] = {}
        self._others: dict[str, OpenModel] = {}
        self.on_switch: Callable[[], None] = lambda: None
        """Called when another endpoint answers from now on."""

    @property
    def _serving(self) -> EndpointModel:
        """The first model that is not down; the first one where all are."""
        return next((m for m in self._models if m not in self._down), self._models[0])

    # -- what completion and refactorings ask of the model that answers ------------------------

    @property
    def name(self) -> str:
        """The model's id as spelled by the provider."""
        return self._serving.name

    @property
    def endpoint(self) -> Endpoint:
        return self._serving.endpoint

    @property
    def provider(self) -> str:
        """The provider's slug."""
        return self.endpoint.row.slug

    @property
    def thinks(self) -> bool:
        """Whether the model reasons although it was asked not to in every way there is."""
        return self._serving.thinks

    @property
    def measured(self) -> Measured:
        """What the endpoint's answers have shown of it."""
        return self._serving.measured

    @property
    def layout(self) -> PromptLayout:
        """How its prompts are laid out."""
        return self._serving.layout

    @property
    def takes_messages(self) -> bool:
        """Whether a completion is asked for with messages, rather than with code alone."""
        return self._serving.takes_messages

    @property
    def is_local(self) -> bool:
        """Whether the endpoint is on this machine."""
        return self._serving.is_local

    @property
    def variant(self) -> RequestVariant:
        """Which optional parts the endpoint accepts, as far as is known."""
        return self._serving.variant

    def health(self) -> Health:
        """How the endpoint is, just now."""
        return self._serving.health()

    def estimate(self, n_sent: int, n_came: int) -> Usage:
        """Estimate usage and cost of so many characters sent and received, as the model counts."""
        return self._serving.estimate(n_sent, n_came)

    def price(self, usage: Usage) -> float | None:
        """The price of an answer in US dollars; None if unknown."""
        return self._serving.price(usage)

    async def offered(self) -> tuple[OfferedModel, ...]:
        """What the endpoint lists. Raises ModelError."""
        return await self._serving.offered()

    async def warm(self) -> None:
        """Make the next request fast."""
        await self._serving.warm()

    async def load(self) -> None:
        """Load the SDK and what is known of the endpoint, in a thread. Opens no connection."""
        await self._serving.load()

    async def preview(self, prompt: Prompt) -> SentRequest:
        """Return the request that a prompt would be sent as, byte for byte. Sends nothing."""
        return await self._serving.preview(prompt)

    # -- several endpoints -----------------------------------------------------------------------

    @property
    def notice(self) -> str:
        """A sentence about who answers in place of whom; empty where the first one does."""
        first, serving = self._models[0], self._serving
        if serving is first:
            return ""
        why = first.health().why.rstrip(".")
        because = f" ({why})" if why else ""
        return (
            f"{serving.name} at {serving.endpoint.title} answers in place of "
            f"{first.name} at {first.endpoint.title}{because}."
        )

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """The model's answer as it arrives, masked on its way out and paid for.

        Where an endpoint fails before its answer begins, and another request would fail too, the
        next one is asked. Raises the first one's failure if all fail.
        """
        self._try_again()
        failure: ModelError | None = None
        for model in sorted(self._models, key=lambda model: model in self._down):
            began = False
            try:
                async with aclosing(model.stream(prompt)) as chunks:
                    async for chunk in chunks:
                        began = True
                        yield chunk
                self._note(model, is_down=False)
                return
            except ModelError as fault:
                self._note(model, is_down=model.health().lasts)
                failure = failure or fault
                if began or not (_concerns_endpoint(fault) or model in self._down):
                    raise failure from None
        assert failure is not None
        raise failure

    def _note(self, model: EndpointModel, *, is_down: bool) -> None:
        """Take note of how an endpoint is, and tell if another one answers from now on."""
        before = self._serving
        (self._down.add if is_down else self._down.discard)(model)
        if self._serving is not before:
            self.on_switch()

    def _try_again(self) -> None:
        """Ask those that were down and may be back, while another one answers."""
        if len(self._models) == 1:
            return
        for model in self._down - self._trials.keys() - {self._serving}:
            if model.health().circuit is not Circuit.OPEN:
                self._trials[model] = asyncio.ensure_future(self._trial(model))

    async def _trial(self, model: EndpointModel) -> None:
        try:
            async with aclosing(model.stream(TRIAL)) as chunks:
                async for _ in chunks:
                    pass
        except ModelError:
            return
        finally:
            del self._trials[model]
        self._note(model, is_down=False)

    # -- models of other names -------------------------------------------------------------------

    def by_name(self, name: str) -> OpenModel:
        """The model of another name at the first provider; this one for an empty name.

        Other providers stand in with their own models. Opened once, and closed with this one.
        Raises ConfigError.
        """
        if name in ("", self._models[0].name):
            return self
        if name not in self._others:
            settings = naming_model(self._settings, name)
            opened = open_model(settings, self._environ, self._gate, self._budget)
            assert opened is not None  # The settings name a provider: that of this model.
            self._others[name] = opened
        return self._others[name]

    # -- all of them -----------------------------------------------------------------------------

    def _all(self) -> list[EndpointModel | OpenModel]:
        return [*self._models, *self._others.values()]

    def set_gate(self, gate: Gate) -> None:
        """Send what is asked from now on through another gate."""
        self._gate = gate
        for each in self._all():
            each.set_gate(gate)

    def retry_now(self) -> None:
        """End pauses after faults: the user asked, or changed the settings."""
        for each in self._all():
            each.retry_now()

    async def close(self) -> None:
        """Give back connections, those of the models of other names as well."""
        for trial in tuple(self._trials.values()):
            trial.cancel()
        for each in self._all():
            await each.close()
        await asyncio.to_thread(self._record.close)


def naming_model(settings: Settings, name: str) -> Settings:
    """Return settings that name another model at the first provider."""
    if names_endpoint(settings) or not settings.providers:
        return replace(settings, model=name)
    first, *rest = settings.providers
    return replace(settings, providers=(replace(first, model=name), *rest))


def _concerns_endpoint(fault: ModelError) -> bool:
    """Whether a failure says that the endpoint does not answer now, whatever it is asked."""
    if isinstance(fault, ModelRejected):
        return fault.status in USER_FIXABLE_STATUSES and not isinstance(fault, BudgetUsedUp)
    return True
