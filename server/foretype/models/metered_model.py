"""A model that records the cost of every answer, and stops when the budget is used up.

Every paid request goes through it, as all text goes through ``GatedModel``. It counts tokens;
the budget knows prices and records spending.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from foretype.core.tokens import CHARS_PER_TOKEN
from foretype.models.protocol import Chunk, Model, ModelError, ModelRejected, Prompt
from foretype.spending.budget import Budget
from foretype.spending.usage import Usage

TOKENS_PER_MESSAGE = 16
"""Tokens that a provider may put around a message or a tool."""


class BudgetUsedUp(ModelRejected):
    """The user's budget is used up: no request was sent."""


@dataclass(slots=True)
class MeteredModel:
    """A model whose answers are charged to a budget."""

    model: Model
    budget: Budget
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.model.name

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Stream an answer with its price in the usage. Raises BudgetUsedUp before sending."""
        reserved = await self.budget.reserve(self.name, highest(prompt))
        if reserved is None:
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
            # Refused or unanswered requests are not charged.
            owed = came
            raise
        finally:
            if owed:
                counted = usage or self._priced(estimate(prompt.n_chars, n_chars))
                self.budget.pay(self.name, counted, estimated=usage is None)
            self.budget.release(reserved)

    async def warm(self) -> None:
        await self.model.warm()

    async def close(self) -> None:
        await self.model.close()

    def _priced(self, usage: Usage) -> Usage:
        return replace(usage, cost_usd=self.budget.price(self.name, usage))


def highest(prompt: Prompt) -> Usage:
    """Return more tokens than a request can have: a token is at least a byte of UTF-8."""
    texts = [prompt.prefix, prompt.suffix, *(m.content for m in prompt.messages)]
    texts += [call.arguments for m in prompt.messages for call in m.tool_calls]
    texts += [json.dumps(tool.parameters) + tool.description for tool in prompt.tools]
    n_bytes = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    markup = TOKENS_PER_MESSAGE * (len(prompt.messages) + len(prompt.tools) + 1)
    return Usage(input_tokens=n_bytes + markup, output_tokens=prompt.max_tokens)


def estimate(sent: int, came: int) -> Usage:
    """Estimate tokens from characters, for streams that were closed before the count came."""
    return Usage(
        input_tokens=round(sent / CHARS_PER_TOKEN), output_tokens=round(came / CHARS_PER_TOKEN)
    )
