"""A model whose every answer is paid for, and that asks nothing more once the budget is used up.

Knows tokens; what they cost, and where that is recorded, is known to the budget.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from foretype.core.tokens import CHARS_PER_TOKEN
from foretype.models.protocol import Chunk, Model, ModelError, ModelRejected, Prompt
from foretype.spending.budget import Budget
from foretype.spending.usage import Usage


class BudgetUsedUp(ModelRejected):
    """The user's own limit: nothing was asked."""


@dataclass(slots=True)
class MeteredModel:
    """A model that is paid from a budget."""

    model: Model
    budget: Budget
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.model.name

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """The model's stream, the price in its usage. Raises BudgetUsedUp before it asks."""
        if self.budget.is_used_up:
            raise BudgetUsedUp(self.budget.refusal, status=402)
        usage: Usage | None = None
        n_chars, came = 0, False
        owed = True
        try:
            async with aclosing(self.model.stream(prompt)) as chunks:
                async for chunk in chunks:
                    came = True
                    n_chars += len(chunk.text) + len(chunk.reasoning)
                    n_chars += sum(len(call.arguments) for call in chunk.tool_calls)
                    if chunk.usage is not None:
                        usage = self._priced(chunk.usage)
                        chunk = replace(chunk, usage=usage)
                    yield chunk
        except ModelError:
            # What was refused, or never answered, is not charged for.
            owed = came
            raise
        finally:
            if owed:
                counted = usage or self._priced(estimate(prompt.n_chars, n_chars))
                self.budget.pay(self.name, counted, estimated=usage is None)

    async def warm(self) -> None:
        await self.model.warm()

    async def close(self) -> None:
        await self.model.close()

    def _priced(self, usage: Usage) -> Usage:
        return replace(usage, cost_usd=self.budget.price(self.name, usage))


def estimate(sent: int, came: int) -> Usage:
    """Tokens by characters, where the provider did not tell: the stream was ended before."""
    return Usage(
        input_tokens=round(sent / CHARS_PER_TOKEN), output_tokens=round(came / CHARS_PER_TOKEN)
    )
