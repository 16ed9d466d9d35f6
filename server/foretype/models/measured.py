"""What an endpoint's answers have shown of it: how fast it begins, what it writes before the text.

One ``Measured`` for each endpoint and model. The adapter and completion add to it; whoever decides
what to ask for, and how long to wait, reads it. Knows no wire and no files.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from foretype.models.protocol import Model

MAX_SAMPLES = 16
"""Latest answers that count."""
MOST_TOKENS = 1024
"""Maximum tokens asked for on account of what an endpoint writes before the text."""
MAX_PACKAGING_TOKENS = 16
"""Tokens before the text that may be a fence or a word of prose rather than code said again."""
REPEATS_IN = 8
"""Latest answers of which most must begin with code said again, so that an endpoint is asked not
to: once is no habit."""
FIRST_ROOM_TOKENS = 256
"""Tokens added after the first answer that ended before its text began."""
CREDIT_AGE_S = 3600.0
"""Seconds for which it counts how many tokens an account could pay for."""
TOO_LONG_AGE_S = 24 * 3600.0
"""Seconds for which prompts stay short after one was refused as too long: servers are started
again with other sizes."""
TELLING_WAIT_S = 1.0
"""Seconds of waiting in vain that tell something of an endpoint that was never heard."""
MAX_SECONDS = 600.0
MAX_COUNT = 10**7


@dataclass(slots=True)
class Measured:
    """Measurements of one endpoint and model, and the limits that it named."""

    first_token_s: list[float] = field(default_factory=list)
    """Seconds from a request to anything of the model, the latest last."""
    first_text_s: list[float] = field(default_factory=list)
    """Seconds from a request to text, which comes later where the model reasons first."""
    thought_tokens: list[int] = field(default_factory=list)
    """Tokens of reasoning in an answer. More than were seen, where the limit ended them."""
    leading_tokens: list[int] = field(default_factory=list)
    """Tokens of an answer before the text to insert: a fence, prose, code said again."""
    repeats: bool = False
    """It kept writing the code before the cursor again, so that it is asked not to."""
    slots: int = 0
    """Requests that the server works on at the same time; 0 if unknown."""
    context_tokens: int = 0
    """Most tokens of prompt and answer together; 0 if unknown."""
    prompt_tokens: int = 0
    """Most tokens of a completion's context, as estimated; 0 if none was refused as too long."""
    prompt_tokens_at: float = 0.0
    """When that was found, in seconds since 1970."""
    credit_tokens: int = 0
    """Most tokens of an answer that the account could pay for; 0 if unknown."""
    credit_at: float = 0.0
    """When that was said, in seconds since 1970."""
    heard: float = 0.0
    """When the endpoint last answered, in seconds since 1970."""
    on_change: Callable[[], None] | None = field(default=None, repr=False, compare=False)
    """Called after each change, to save it."""

    @property
    def median_first_token_s(self) -> float | None:
        """The median time to the first token, in seconds; None if none was ever heard."""
        return statistics.median(self.first_token_s) if self.first_token_s else None

    @property
    def tokens_before_text(self) -> int:
        """Tokens that nine of ten answers do not exceed before their text begins."""
        return _ninth_of_ten(self.thought_tokens) + _ninth_of_ten(self.leading_tokens)

    def tokens_to_ask(self, text_tokens: int) -> int:
        """Return the limit to send, for a text of at most ``text_tokens``.

        Room for what comes before the text is added, up to ``MOST_TOKENS`` in all; a larger number
        of the user's stays as it is.
        """
        wanted = max(text_tokens, min(text_tokens + self.tokens_before_text, MOST_TOKENS))
        return min(wanted, self.payable_tokens or wanted)

    @property
    def payable_tokens(self) -> int:
        """Most tokens that the account can pay for; 0 if that is not known, or no longer."""
        return self.credit_tokens if time.time() - self.credit_at < CREDIT_AGE_S else 0

    @property
    def fitting_tokens(self) -> float:
        """Most tokens of a completion's context; no limit if none is known, or no longer."""
        is_recent = time.time() - self.prompt_tokens_at < TOO_LONG_AGE_S
        return self.prompt_tokens if self.prompt_tokens and is_recent else math.inf

    def saw_first_token(self, seconds: float) -> None:
        """Record the time from a request to anything of the model."""
        self.heard = time.time()
        _add(self.first_token_s, seconds)
        self._changed()

    def saw_first_text(self, seconds: float) -> None:
        """Record the time from a request to its first text."""
        _add(self.first_text_s, seconds)
        self._changed()

    def waited(self, seconds: float) -> None:
        """Record that a stream was ended after so many seconds without anything of the model.

        It says that a first token takes longer. Less than the median says nothing, nor does less
        than ``TELLING_WAIT_S`` where none was ever heard.
        """
        known = self.median_first_token_s
        if seconds > (TELLING_WAIT_S if known is None else known):
            _add(self.first_token_s, seconds)
            self._changed()

    def saw_thought(self, tokens: float, *, ended_inside: bool = False) -> None:
        """Record the tokens of reasoning in an answer, 0 for none.

        ``ended_inside``: the answer ended before its text began, so that more would have come.
        """
        _add(self.thought_tokens, _room(tokens) if ended_inside else math.ceil(tokens))
        self._changed()

    def saw_leading(self, tokens: float, *, ended_inside: bool = False) -> None:
        """Record the tokens of an answer before the text to insert, 0 for none."""
        _add(self.leading_tokens, _room(tokens) if ended_inside else math.ceil(tokens))
        n_long = sum(each > MAX_PACKAGING_TOKENS for each in self.leading_tokens[-REPEATS_IN:])
        self.repeats = self.repeats or n_long > REPEATS_IN / 2
        self._changed()

    def saw_context_limit(self, tokens: int) -> None:
        """Record the most tokens of prompt and answer together, as the endpoint named them."""
        if 0 < tokens <= MAX_COUNT and tokens != self.context_tokens:
            self.context_tokens = tokens
            self._changed()

    def saw_too_long(self, fitting_tokens: float) -> None:
        """Record the tokens that a completion's context should have at most from now on."""
        self.prompt_tokens = int(min(fitting_tokens, self.fitting_tokens))
        self.prompt_tokens_at = time.time()
        self._changed()

    def forget_too_long(self) -> None:
        """Begin with whole prompts again: the settings are new."""
        self.prompt_tokens, self.prompt_tokens_at = MAX_COUNT, time.time()
        self._changed()

    def saw_credit(self, tokens: int) -> None:
        """Record the most tokens of an answer that the account can pay for."""
        self.credit_tokens, self.credit_at = tokens, time.time()
        self._changed()

    def saw_slots(self, slots: int) -> None:
        """Record how many requests the server works on at the same time."""
        if 0 < slots <= MAX_COUNT and slots != self.slots:
            self.slots = slots
            self._changed()

    def as_json(self) -> dict[str, Any]:
        """Return the record as JSON."""
        lists = {name: [round(value, 3) for value in getattr(self, name)] for name in _SERIES}
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {**lists, **numbers, "repeats": self.repeats}

    def take(self, stored: Mapping[str, Any]) -> None:
        """Take what was stored, if the endpoint was not heard in this process yet.

        What is no number, or out of bounds, is left out.
        """
        if self.heard or self.first_token_s:
            return
        for name, (kind, most) in _SERIES.items():
            values = stored.get(name)
            valid = (_number(v, most) for v in values) if isinstance(values, list) else ()
            setattr(self, name, [kind(v) for v in valid if v is not None][-MAX_SAMPLES:])
        for name, (kind, most) in _NUMBERS.items():
            setattr(self, name, kind(_number(stored.get(name), most) or 0))
        self.repeats = stored.get("repeats") is True
        self.heard = min(self.heard, time.time())
        self.credit_at = min(self.credit_at, time.time())
        self.prompt_tokens_at = min(self.prompt_tokens_at, time.time())

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()


def measured_of(model: Model) -> Measured:
    """Return what is known of the endpoint behind a model; an empty record for a test double."""
    found = getattr(model, "measured", None)
    return found if isinstance(found, Measured) else Measured()


_SERIES: Mapping[str, tuple[type[float] | type[int], float]] = {
    "first_token_s": (float, MAX_SECONDS),
    "first_text_s": (float, MAX_SECONDS),
    "thought_tokens": (int, MAX_COUNT),
    "leading_tokens": (int, MAX_COUNT),
}
_NUMBERS: Mapping[str, tuple[type[float] | type[int], float]] = {
    "slots": (int, MAX_COUNT),
    "context_tokens": (int, MAX_COUNT),
    "prompt_tokens": (int, MAX_COUNT),
    "prompt_tokens_at": (float, math.inf),
    "credit_tokens": (int, MAX_COUNT),
    "credit_at": (float, math.inf),
    "heard": (float, math.inf),
}
"""The stored fields, their types, and the largest value that makes sense."""


def _room(tokens: float) -> int:
    """Return the room for what did not fit into a number of tokens."""
    return max(FIRST_ROOM_TOKENS, math.ceil(tokens) * 2)


def _ninth_of_ten(samples: Sequence[int]) -> int:
    return sorted(samples)[math.ceil(0.9 * len(samples)) - 1] if samples else 0


def _add(samples: list[Any], value: float) -> None:
    samples.append(value)
    del samples[:-MAX_SAMPLES]


def _number(value: object, most: float) -> float | None:
    """Return a number that was stored; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= most else None
