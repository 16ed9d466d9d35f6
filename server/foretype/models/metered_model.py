"""A model that records the cost of every answer, and stops when the budget is used up.

Every paid request goes through it, as all text goes through ``GatedModel``. It counts tokens and
prices them; the budget records spending.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from foretype.core.deadline import now
from foretype.core.tokens import CHARS_PER_TOKEN
from foretype.models.protocol import Chunk, Model, ModelError, ModelRejected, Prompt
from foretype.spending.budget import Budget
from foretype.spending.fleet_metrics import RequestFacts
from foretype.spending.usage import Usage, sane_usd

ASSUMED_TOKENS = 100.0
"""The weight, in tokens, of what is assumed before a model has counted anything."""
MAX_TOKENS_KNOWN = 50_000.0
"""Tokens after which older counts weigh half."""
LEARNING_RATE = 0.2
"""The weight of the latest answer."""
MIN_RATIO, MAX_RATIO = 0.5, 20.0
"""Characters per token that can be; other counts are wrong, or hold what was not sent or shown."""
TOKENS_PER_MESSAGE = 16
"""Tokens that a provider may put around a message or a tool."""


class BudgetUsedUp(ModelRejected):
    """The user's budget is used up: no request was sent."""


@dataclass(slots=True)
class TokenRatio:
    """How many characters a model's tokens have, as its own counts show."""

    n_chars: float = CHARS_PER_TOKEN * ASSUMED_TOKENS
    n_tokens: float = ASSUMED_TOKENS

    def saw(self, n_chars: int, n_tokens: int) -> None:
        """Take a count into account; newer ones weigh more. Nonsense is left out."""
        if n_tokens <= 0 or not MIN_RATIO <= n_chars / n_tokens <= MAX_RATIO:
            return
        if self.n_tokens > MAX_TOKENS_KNOWN:
            self.n_chars, self.n_tokens = self.n_chars / 2, self.n_tokens / 2
        self.n_chars += n_chars
        self.n_tokens += n_tokens

    def tokens(self, n_chars: int) -> int:
        """Estimate the tokens of so many characters."""
        return round(n_chars * self.n_tokens / self.n_chars)


@dataclass(slots=True)
class MeteredModel:
    """A model whose answers are charged to a budget."""

    model: Model
    budget: Budget
    provider: str = ""
    url: str = ""
    price: Callable[[Usage], float | None] = lambda usage: usage.cost_usd
    """Returns the price of an answer in US dollars; None if unknown."""
    name: str = field(init=False)
    sent: TokenRatio = field(default_factory=TokenRatio)
    came: TokenRatio = field(default_factory=TokenRatio)
    cached_share: float = 0.0
    """The share of the input that the provider's cache held lately."""

    def __post_init__(self) -> None:
        self.name = self.model.name

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Stream an answer with its price in the usage. Raises BudgetUsedUp before sending."""
        reserved = await self.budget.reserve(
            self.name, lambda: self._priced(highest(prompt)).cost_usd, provider=self.provider
        )
        if reserved is None:
            raise BudgetUsedUp(self.budget.refusal, status=402)
        usage: Usage | None = None
        n_chars, began = 0, now()
        first: float | None = None
        fault: ModelError | None = None
        try:
            async with aclosing(self.model.stream(prompt)) as chunks:
                async for chunk in chunks:
                    first = now() if first is None else first
                    n_chars += len(chunk.text) + len(chunk.reasoning)
                    n_chars += sum(len(call.arguments) for call in chunk.tool_calls)
                    if chunk.usage is not None:
                        usage = self._priced(chunk.usage)
                        chunk = replace(chunk, usage=usage)
                    yield chunk
        except ModelError as error:
            fault = error
            raise
        finally:
            counted = None
            # Refused or unanswered requests are not charged.
            if fault is None or first is not None:
                if usage is not None:
                    self._learn(prompt.n_chars, n_chars, usage)
                counted = usage or self.estimate(prompt.n_chars, n_chars)
                self.budget.pay(self.name, counted, estimated=usage is None, provider=self.provider)
            self.budget.release(reserved)
            if fault is None or fault.was_sent:
                self.budget.metrics.request(
                    RequestFacts(
                        model=self.name,
                        provider=self.provider,
                        url=self.url,
                        is_completion=prompt.text_tokens > 0,
                        took_s=now() - began,
                        first_s=None if first is None else first - began,
                        usage=counted,
                        error="" if fault is None else type(fault).__name__,
                    )
                )

    def estimate(self, n_sent: int, n_came: int) -> Usage:
        """Estimate tokens from characters, for a stream that was closed before its count came."""
        n_input = self.sent.tokens(n_sent)
        return self._priced(
            Usage(
                input_tokens=n_input,
                cached_tokens=round(n_input * self.cached_share),
                output_tokens=self.came.tokens(n_came),
            )
        )

    def _learn(self, n_sent: int, n_came: int, usage: Usage) -> None:
        self.sent.saw(n_sent, usage.input_tokens)
        self.came.saw(n_came, usage.output_tokens)
        if usage.input_tokens > 0:
            share = min(max(usage.cached_tokens / usage.input_tokens, 0.0), 1.0)
            self.cached_share += LEARNING_RATE * (share - self.cached_share)

    async def warm(self) -> None:
        await self.model.warm()

    async def close(self) -> None:
        await self.model.close()

    def _priced(self, usage: Usage) -> Usage:
        return replace(usage, cost_usd=sane_usd(self.price(usage)))


def highest(prompt: Prompt) -> Usage:
    """Return more tokens than a request can have: a token is at least a byte of UTF-8."""
    texts = [prompt.prefix, prompt.suffix, *(m.content for m in prompt.messages)]
    texts += [call.arguments for m in prompt.messages for call in m.tool_calls]
    texts += [json.dumps(tool.parameters) + tool.description for tool in prompt.tools]
    n_bytes = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    markup = TOKENS_PER_MESSAGE * (len(prompt.messages) + len(prompt.tools) + 1)
    return Usage(input_tokens=n_bytes + markup, output_tokens=prompt.max_tokens)
