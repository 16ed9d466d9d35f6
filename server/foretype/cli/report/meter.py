"""A model that records its stream's times and usage."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from foretype.core.deadline import now
from foretype.models.measured import Measured, measured_of
from foretype.models.protocol import Chunk, Model, Prompt, provider_of, takes_messages
from foretype.spending.usage import Usage


@dataclass(slots=True)
class RecordingModel:
    """Wraps a model without changing anything."""

    model: Model
    moments: dict[str, float] = field(default_factory=dict)
    """When each stage was first reached, on the event loop's clock."""
    usage: Usage | None = None
    """The provider's count; None if it sent none, or the stream was closed before."""
    n_chars: int = 0
    """Characters sent."""

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def provider(self) -> str:
        return provider_of(self.model)

    @property
    def measured(self) -> Measured:
        """What is known of the endpoint."""
        return measured_of(self.model)

    @property
    def takes_messages(self) -> bool:
        """Whether it is sent messages, rather than code alone."""
        return takes_messages(self.model)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        self.n_chars += prompt.n_chars
        self._note("model asked")
        async with aclosing(self.model.stream(prompt)) as chunks:
            async for chunk in chunks:
                if chunk.reasoning:
                    self._note("first thought")
                if chunk.text:
                    self._note("first token")
                    self.moments["last token"] = now()
                if chunk.usage is not None:
                    self.usage = chunk.usage
                yield chunk

    async def warm(self) -> None:
        await self.model.warm()

    async def close(self) -> None:
        await self.model.close()

    def _note(self, stage: str) -> None:
        self.moments.setdefault(stage, now())
