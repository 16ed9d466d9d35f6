"""A circuit breaker around a model: a failing endpoint is not contacted for a while.

During the pause, requests fail at once with the reason, so that nobody waits in vain. After the
pause one request tries again. Independent of providers.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from enum import Enum
from typing import TypeGuard

from foretype.core.deadline import now
from foretype.models.measured import measured_of
from foretype.models.protocol import (
    USER_FIXABLE_STATUSES,
    Chunk,
    Model,
    ModelError,
    ModelLimited,
    ModelRejected,
    ModelUnavailable,
    Prompt,
    PromptRejected,
    PromptTooLong,
)

MAX_FAILURES = 3
"""Consecutive failures after which the pause begins."""

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 1.6
"""Pauses after faults grow up to this: an endpoint that is well again is back within 2 s, with the
request that tries it, and is asked no more often meanwhile than somebody who types would ask it."""
LONGEST_RATE_LIMITED_PAUSE_S = 60.0
"""The same after 429, since asking may prolong it."""
LONG_PAUSE_S = 5.0
"""A pause for which it is worth it to ask another provider."""
RATE_LIMITED_PAUSE_S = 0.5
"""The first pause after 429 if the provider specifies none."""

REFUSED_PAUSE_S = 600.0
"""Pause after a refusal that only the user can fix: key, credit, permission, unknown model, or
anything else that is refused twice in a row. New settings end it."""

SHORT_PROMPT_CHARS = 1500
"""If a prompt shorter than this is "too long", its length is not the reason."""

JITTER = 0.25
"""Pauses are shorter by up to this share, at random, so that many editors do not retry at the same
time; one that the provider asks for is longer."""


class Circuit(Enum):
    """Whether requests go through."""

    CLOSED = "requests go through"
    OPEN = "the endpoint is not contacted"
    HALF_OPEN = "one request tries again"


@dataclass(frozen=True, slots=True)
class Health:
    """An endpoint's health, for ``foretype/status`` and ``foretype.why``."""

    circuit: Circuit
    why: str = ""
    """The last failure in a sentence; empty if all is well."""
    seconds: float = 0.0
    """Remaining seconds of the pause."""
    refusal: int = 0
    """The status of a refusal that only the user can fix; 0 if there is none."""
    lasts: bool = False
    """Whether the next request would most likely fail too, for seconds at least."""


class ResilientModel:
    """A model behind a circuit breaker."""

    def __init__(self, model: Model, *, rng: random.Random | None = None) -> None:
        self.inner = model
        self.name = model.name
        self.measured = measured_of(model)
        self._rng = rng or random.Random()
        self._failures = 0
        self._pauses = 0
        """Pauses in a row."""
        self._until: float | None = None
        self._fault: ModelError | None = None
        self._probing = False

    def health(self) -> Health:
        """Return the endpoint's current health."""
        why = "" if self._fault is None else str(self._fault)
        if self._until is None:
            return Health(Circuit.CLOSED, why)
        left = self._until - now()
        refusal = self._fault.status if _needs_user_action(self._fault) else 0
        lasts = bool(refusal) or self._failures >= MAX_FAILURES or left > LONG_PAUSE_S
        if left > 0:
            return Health(Circuit.OPEN, why, left, refusal, lasts)
        return Health(Circuit.HALF_OPEN, why, lasts=lasts)

    def retry_now(self) -> None:
        """End a pause: the user requested it, or changed the settings."""
        if self._until is not None:
            self._until = now()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Stream an answer, or raise the last failure at once during a pause."""
        probing = self._admit()
        began = False
        try:
            async with aclosing(self.inner.stream(prompt)) as stream:
                async for chunk in stream:
                    began = True
                    yield chunk
        except ModelError as fault:
            self._failed(fault, probing, prompt)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            # The caller closed the stream, usually because the text changed: that says nothing
            # about the endpoint, unless it had begun to answer.
            if began:
                self._succeeded(probing)
            raise
        else:
            self._succeeded(probing)
        finally:
            self._probing = self._probing and not probing

    async def warm(self) -> None:
        """Make the next request fast."""
        await self.inner.warm()

    async def close(self) -> None:
        """Give back connections."""
        await self.inner.close()

    def _admit(self) -> bool:
        """Admit a request, or raise; return whether it is the one that probes the endpoint."""
        if self._until is None:
            return False
        left = self._until - now()
        if left > 0 or self._probing:
            raise _paused(self._fault, max(left, 0.0))
        self._probing = True
        return True

    def _succeeded(self, probing: bool) -> None:
        if self._until is not None and not probing:
            return  # It began before the pause did.
        self._failures = self._pauses = 0
        self._until = self._fault = None

    def _failed(self, fault: ModelError, probing: bool, prompt: Prompt) -> None:
        if _concerns_only_prompt(prompt, fault):
            self._succeeded(probing)  # The endpoint is well; it is the request that was not.
            return
        if self._until is not None and not probing:
            return
        before, self._fault = self._fault, fault
        self._failures += 1
        if _needs_user_action(fault):
            self._refused(fault, before)
        elif isinstance(fault, ModelLimited):
            seconds = self._growing(RATE_LIMITED_PAUSE_S, LONGEST_RATE_LIMITED_PAUSE_S)
            self._pause(seconds, at_least=_retry_after(fault))
        elif self._failures >= MAX_FAILURES or probing or _retry_after(fault) is not None:
            seconds = self._growing(FIRST_PAUSE_S, LONGEST_PAUSE_S)
            self._pause(seconds, at_least=_retry_after(fault))

    def _refused(self, fault: ModelRejected, before: ModelError | None) -> None:
        """Pause after a refusal: at once where only the user can fix it, else where it comes
        twice, or with others in a row. Once may be about what that request contained."""
        again = isinstance(before, ModelRejected) and (
            before.status == fault.status or self._failures >= MAX_FAILURES
        )
        if fault.status in USER_FIXABLE_STATUSES or again:
            self._pause(REFUSED_PAUSE_S)
        else:
            self._pauses = 0
            self._until = None

    def _growing(self, first: float, longest: float) -> float:
        return min(first * 2.0 ** min(self._pauses, 20), longest)

    def _pause(self, seconds: float, *, at_least: float | None = None) -> None:
        self._pauses += 1
        if at_least is None:
            wait = seconds * (1 - JITTER * self._rng.random())
        else:  # What the provider asks for is never cut short.
            wait = at_least * (1 + JITTER * self._rng.random())
        self._until = now() + wait


def _concerns_only_prompt(prompt: Prompt, fault: ModelError) -> bool:
    """Whether a refusal says nothing about other requests."""
    if not isinstance(fault, ModelRejected) or fault.status in USER_FIXABLE_STATUSES:
        return False
    if isinstance(fault, PromptTooLong):
        return prompt.n_chars > SHORT_PROMPT_CHARS
    # A refactoring's tools, thinking or many tokens may be refused where completions are served.
    # The user asks for each one, so it does not come again by itself.
    return not (prompt.prefix or prompt.suffix)


def _needs_user_action(fault: ModelError | None) -> TypeGuard[ModelRejected]:
    """Whether a refusal will repeat until the user changes something."""
    if isinstance(fault, PromptRejected):
        return isinstance(fault, PromptTooLong)  # Of a short prompt: no prompt is accepted.
    return isinstance(fault, ModelRejected)


def _retry_after(fault: ModelError) -> float | None:
    """Return the provider's requested pause if it is longer than our shortest one."""
    if isinstance(fault, ModelLimited | ModelUnavailable) and fault.retry_after is not None:
        return fault.retry_after if fault.retry_after >= RATE_LIMITED_PAUSE_S else None
    return None


def _paused(fault: ModelError | None, left: float) -> ModelError:
    """Return the failure that began a pause, to be raised again."""
    again: ModelError
    if isinstance(fault, ModelRejected):
        again = type(fault)(fault.message, fault.status, fault.parameters)
    elif isinstance(fault, ModelLimited):
        again = ModelLimited(fault.message, left)
    else:
        why = str(fault)
        why = why if why.endswith((".", "!", "?", "…")) else f"{why}."
        again = ModelUnavailable(f"{why} Trying again in {math.ceil(left)} s.", left)
    again.was_sent = False
    return again
