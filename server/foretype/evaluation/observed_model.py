"""A model whose streams are recorded, one at a time for an endpoint, within a cap in dollars."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from foretype.completion.feedback.stats_words import usd as usd_words
from foretype.core.deadline import now
from foretype.models.measured import Measured, measured_of
from foretype.models.metered_model import highest
from foretype.models.open_model import OpenModel
from foretype.models.protocol import Chunk, ModelError, Prompt
from foretype.settings.providers import PromptLayout
from foretype.spending.usage import Usage

MAX_UNPRICED = 5
"""Answers without a price after which a model is asked no more: a provider that tells prices may
not have told that of a stream that was ended early."""


class CapReached(ModelError):
    """The next request could pass the cap: it was not sent."""


@dataclass(slots=True)
class Cap:
    """The most that one evaluation may spend, over all its models."""

    max_usd: float
    spent_usd: float = 0.0
    stopped: str = ""
    """Why no more requests are sent, for the user; empty while some are."""
    _reserved_usd: float = 0.0
    _dearest_usd: dict[str, float] = field(default_factory=dict)
    _n_unpriced: Counter[str] = field(default_factory=Counter)

    def reserve(self, name: str, most_usd: float | None) -> float:
        """Reserve what a request may cost at most, and return it. Raises CapReached.

        Where only the provider knows its price, the dearest answer so far stands for it.
        """
        usd = self._dearest_usd.get(name, 0.0) if most_usd is None else most_usd
        left_usd = self.max_usd - self.spent_usd - self._reserved_usd
        # Nothing is left for a price that is not known yet.
        if usd > left_usd or most_usd is None and left_usd <= 0:
            self.stopped = f"The cap of {usd_words(self.max_usd)} does not allow another request."
        if self.stopped:
            raise CapReached(self.stopped)
        self._reserved_usd += usd
        return usd

    def pay(self, name: str, reserved_usd: float, usd: float | None) -> None:
        """Record what a request cost, for which so much was reserved; None if that is unknown."""
        self._reserved_usd -= reserved_usd
        dearest = self._dearest_usd.get(name)
        if usd is not None:
            # Answers before, whose price was not known, count as much as the first with one.
            self.spent_usd += usd * (1 + self._n_unpriced.pop(name, 0))
            self._dearest_usd[name] = max(dearest or 0.0, usd)
        elif dearest is not None:
            self.spent_usd += dearest
        else:
            self._n_unpriced[name] += 1
            if self._n_unpriced[name] >= MAX_UNPRICED:
                self.stopped = (
                    f"The price of {name} is not known, so no cap can be kept. Set "
                    "budget.price_input and budget.price_output."
                )


@dataclass(slots=True)
class Stream:
    """One answer as it arrived. Times in seconds from the moment it was asked for."""

    text: str = ""
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    """When how many characters of the text were there."""
    n_thought: int = 0
    """Characters of reasoning."""
    finish: str = ""
    usage: Usage = Usage()
    is_estimated: bool = False
    """Whether the tokens were not counted by the provider."""
    failure: str = ""
    finished_s: float | None = None
    """When the model said that it had finished; None if it was ended before, or failed."""
    took_s: float = 0.0
    has_ended: bool = False


@dataclass(slots=True)
class ObservedModel:
    """Wraps a model; asks it no more than its endpoint's semaphore allows at a time."""

    model: OpenModel
    cap: Cap
    free_slot: asyncio.Semaphore
    layout: PromptLayout
    name: str = ""
    streams: list[Stream] = field(default_factory=list)
    """The answers since ``take_streams`` was called last."""

    def __post_init__(self) -> None:
        self.name = self.model.name

    @property
    def measured(self) -> Measured:
        return measured_of(self.model)

    @property
    def takes_messages(self) -> bool:
        return self.model.takes_messages

    @property
    def is_local(self) -> bool:
        return self.model.is_local

    def take_streams(self) -> list[Stream]:
        """Return the recorded answers that have ended, and forget them."""
        taken = [stream for stream in self.streams if stream.has_ended]
        self.streams = [stream for stream in self.streams if not stream.has_ended]
        return taken

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        async with self.free_slot:
            reserved = self.cap.reserve(self.name, self._known(self.model.price(highest(prompt))))
            record, began = Stream(), now()
            self.streams.append(record)
            n_came = 0
            try:
                async with aclosing(self.model.stream(prompt)) as chunks:
                    async for chunk in chunks:
                        n_came += len(chunk.text) + len(chunk.reasoning)
                        _note(record, chunk, now() - began)
                        yield chunk
            except ModelError as error:
                record.failure = str(error) or type(error).__name__
                raise
            finally:
                record.took_s, record.has_ended = now() - began, True
                if record.usage == Usage() and (n_came or not record.failure):
                    record.is_estimated = True
                    record.usage = self._estimate(prompt.n_chars, n_came)
                is_owed = record.usage != Usage()
                usd = self._known(record.usage.cost_usd) if is_owed else 0.0
                self.cap.pay(self.name, reserved, usd)

    def _known(self, usd: float | None) -> float | None:
        """Return a price; what runs on this machine without one costs nothing."""
        return 0.0 if usd is None and self.is_local else usd

    def _estimate(self, n_sent: int, n_came: int) -> Usage:
        usage = self.model.estimate(n_sent, n_came)
        return replace(usage, cost_usd=self.model.price(usage))

    async def warm(self) -> None:
        await self.model.warm()

    async def close(self) -> None:
        await self.model.close()


def _note(record: Stream, chunk: Chunk, moment: float) -> None:
    record.n_thought += len(chunk.reasoning)
    if chunk.finish:
        record.finish, record.finished_s = chunk.finish, moment
    record.usage = chunk.usage or record.usage
    if chunk.text:
        record.text += chunk.text
        record.arrivals.append((round(moment, 4), len(record.text)))
