"""A model behind the privacy gate: the only way by which text leaves the machine."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace

from foretype.models.protocol import Chunk, Message, Model, Prompt
from foretype.privacy.gate import Gate
from foretype.privacy.sent_record import sent_files


@dataclass(slots=True)
class GatedModel:
    """A model that receives only masked prompts."""

    model: Model
    gate: Gate
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.model.name

    def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        sent_files.set(prompt.files or sent_files.get())
        return self.model.stream(masked(prompt, self.gate))

    async def warm(self) -> None:
        await self.model.warm()

    async def close(self) -> None:
        await self.model.close()


def masked(prompt: Prompt, gate: Gate) -> Prompt:
    """Mask the texts and tool call arguments of a prompt."""
    return replace(
        prompt,
        messages=tuple(_masked_message(message, gate) for message in prompt.messages),
        prefix=gate.mask(prompt.prefix),
        suffix=gate.mask(prompt.suffix),
    )


def _masked_message(message: Message, gate: Gate) -> Message:
    calls = tuple(replace(c, arguments=gate.mask(c.arguments)) for c in message.tool_calls)
    return replace(message, content=gate.mask(message.content), tool_calls=calls)
