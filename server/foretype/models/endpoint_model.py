"""One endpoint's model: its adapter, a circuit breaker, the privacy gate and the budget.

Built by ``open_model.py`` alone, so that nothing leaves the machine unmasked and nothing is spent
unseen.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from foretype.models import key_origins
from foretype.models.capabilities import RequestVariant
from foretype.models.capability_file import CapabilityFile, folder_of
from foretype.models.endpoint_choice import GENERAL_KEYS
from foretype.models.gated_model import GatedModel
from foretype.models.measured import Measured
from foretype.models.metered_model import MeteredModel
from foretype.models.model_list import OfferedModel, proposals
from foretype.models.openai_model import OpenAIModel
from foretype.models.pricing import cost_usd
from foretype.models.protocol import Chunk, ModelError, ModelRejected, Prompt, SentRequest
from foretype.models.resilience import Health, ResilientModel
from foretype.privacy.gate import Gate
from foretype.privacy.sent_record import SentRecord
from foretype.settings.model_family import successor
from foretype.settings.providers import Endpoint, PromptLayout
from foretype.settings.schema import BudgetSettings
from foretype.spending.budget import Budget
from foretype.spending.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the models of a session share."""

    environ: Mapping[str, str]
    budget: Budget
    prices: BudgetSettings
    """The user's own prices."""
    record: SentRecord


class EndpointModel:
    """A model at one endpoint, behind the gate and the budget."""

    def __init__(self, endpoint: Endpoint, gate: Gate, around: Surroundings) -> None:
        self._around = around
        self._search = asyncio.Lock()
        self._proposals: str | None = None
        """A sentence about what the endpoint offers; None while it was not asked."""
        self._binding: asyncio.Future[None] | None = None
        """The work of remembering the origin of a general key; None while it served nothing."""
        self._use(endpoint, gate)

    def _use(self, endpoint: Endpoint, gate: Gate) -> None:
        self.name = endpoint.model
        self.endpoint = endpoint
        around = self._around
        file = CapabilityFile(endpoint, partial(folder_of, around.environ))
        self._adapter = OpenAIModel(endpoint, file=file, on_send=around.record.sent)
        self._breaker = ResilientModel(self._adapter)
        self._gated = GatedModel(self._breaker, gate)
        self._metered = MeteredModel(
            self._gated,
            around.budget,
            provider=endpoint.row.slug,
            url=endpoint.base_url,
            price=partial(cost_usd, row=endpoint.row, budget=around.prices),
        )

    @property
    def thinks(self) -> bool:
        """Whether the model reasons although it was asked not to in every way there is."""
        return self._adapter.thinks

    @property
    def measured(self) -> Measured:
        """What the endpoint's answers have shown of it."""
        return self._adapter.measured

    @property
    def layout(self) -> PromptLayout:
        """How its prompts are laid out."""
        return self._adapter.endpoint.row.layout

    @property
    def takes_messages(self) -> bool:
        """Whether a completion is asked for with messages, rather than with code alone."""
        return self._adapter.takes_messages

    @property
    def is_local(self) -> bool:
        """Whether the endpoint is on this machine."""
        return self._adapter.endpoint.local

    @property
    def variant(self) -> RequestVariant:
        """Which optional parts the endpoint accepts, as far as is known."""
        return self._adapter.variant

    def health(self) -> Health:
        """How the endpoint is, just now."""
        return self._breaker.health()

    def set_gate(self, gate: Gate) -> None:
        """Send what is asked from now on through another gate."""
        self._gated.gate = gate

    def retry_now(self) -> None:
        """End pauses after faults: the user asked, or changed the settings."""
        self._breaker.retry_now()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """The model's answer as it arrives, masked on its way out and paid for.

        Where the endpoint does not know the model, and the user named none, a newer one of the
        same family takes its place for good, if it is known to cost no more.
        """
        asked = self._metered
        try:
            async with aclosing(asked.stream(prompt)) as chunks:
                async for chunk in chunks:
                    self._bind_key()
                    yield chunk
            return
        except ModelRejected as refusal:
            if refusal.status != 404:
                raise
            unknown = refusal
        await self._find_another(asked)
        if asked is self._metered:
            raise replace(unknown, message=f"{unknown.message}{self._proposals or ''}")
        async with aclosing(self._metered.stream(prompt)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def offered(self) -> tuple[OfferedModel, ...]:
        """What the endpoint lists. Raises ModelError."""
        return await self._adapter.offered()

    def _bind_key(self) -> None:
        """Remember which origin a general key has served."""
        endpoint = self.endpoint
        if self._binding is None and endpoint.key_from in GENERAL_KEYS and not endpoint.local:
            self._binding = asyncio.ensure_future(
                asyncio.to_thread(
                    key_origins.served, endpoint.key, endpoint.base_url, self._around.environ
                )
            )

    async def _find_another(self, asked: MeteredModel) -> None:
        """Use another model, or find what to propose, once."""
        async with self._search:
            if self._proposals is not None or asked is not self._metered:
                return
            try:
                offered = [model.id for model in await self.offered()]
            except ModelError:
                offered = []
            old = self.endpoint
            name = successor(old.model, offered) if old.is_default_model else ""
            if name:
                adapter = self._adapter
                self._use(replace(old, row=old.row.serving(name)), self._gated.gate)
                await adapter.close()
                self._around.budget.tell(
                    f"{old.title} does not know {old.model}. {name}, of the same family and not "
                    "dearer, is used in its place. Set `model` to choose another."
                )
                return
            near = proposals(old.model, offered)
            self._proposals = f" It offers {', '.join(near)}." if near else ""

    async def warm(self) -> None:
        """Make the next request fast."""
        await self._metered.warm()

    def estimate(self, n_sent: int, n_came: int) -> Usage:
        """Estimate the tokens of so many characters sent and received, as the model counts."""
        return self._metered.estimate(n_sent, n_came)

    def price(self, usage: Usage) -> float | None:
        """The price of an answer in US dollars; None if unknown."""
        return self._metered.price(usage)

    async def load(self) -> None:
        """Load the SDK and what is known of the endpoint, in a thread. Opens no connection."""
        await self._adapter.load()

    async def preview(self, prompt: Prompt) -> SentRequest:
        """Return the request that a prompt would be sent as, byte for byte. Sends nothing."""
        import httpx2

        sent: list[SentRequest] = []

        def keep(request: httpx2.Request) -> httpx2.Response:
            sent.append(SentRequest(str(request.url), request.content))
            raise httpx2.ConnectError("nothing is sent")

        # Headers are not shown: no token is fetched for them.
        endpoint = replace(self._adapter.endpoint, token_scope="")
        await self.load()
        adapter = OpenAIModel(
            endpoint,
            transport=httpx2.MockTransport(keep),
            capabilities=self._adapter.capabilities_now(),
        )
        try:
            async for _ in GatedModel(adapter, self._gated.gate).stream(prompt):
                pass
        except ModelError:
            pass
        finally:
            await adapter.close()
        return sent[0]

    async def close(self) -> None:
        """Give back connections."""
        if self._binding is not None:
            await asyncio.wait([self._binding])
        await self._metered.close()
