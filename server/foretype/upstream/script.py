"""The script of the upstream, in process and as JSON."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

_Z95 = 1.6449
"""The 95th percentile of the normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How requests are answered. Names and types are those of the JSON that ``/_script`` takes."""

    text: str = "pass"
    """What is said where nothing below says otherwise."""
    truth: Mapping[str, str] = field(default_factory=dict)
    """Whole texts by name. The place of the cursor is looked for in them, and the text that
    follows it there is said."""
    ends: Mapping[str, int] = field(default_factory=dict)
    """For a true text, the offset at which the model has said all that it wants to say."""
    starts: Mapping[str, int] = field(default_factory=dict)
    """For a true text, the offset of the cursor, which is not looked for then."""
    habit: str = "exact"
    """What the model makes of what it means to say: a name of ``habits.HABITS``."""
    wrong_words: float = 0.0
    """The share of a true text's words that the model gets wrong, after which it ends."""
    wrong_lines: float = 0.0
    """The share of its lines that the model gets wrong as a whole, after which it ends."""
    stops: bool = True
    """Continue a true text only up to a blank line, so many lines or so many tokens."""
    max_lines: int = 12
    most_tokens: int = 96

    first_ms: float = 0.0
    """Median time from the request to the first token, log-normal."""
    first_p95_ms: float = 0.0
    """Its 95th percentile; the median every time where this is 0."""
    tokens_per_second: float = 0.0
    """The pace after the first token; 0 for all at once."""
    hold: bool = False
    """Answer only once ``/_script`` or ``/_reset`` has taken this back, however late."""
    split: str = "tokens"
    """What one event holds: ``tokens``, ``characters``, ``lines`` or ``whole``; in the last case
    the end of the answer leaves with it."""
    torn: bool = False
    """Write every event in two packets, torn in the middle of a character where one is wide."""
    comments: bool = False
    """Answer with headers at once and comments while the first token is awaited."""
    seed: int = 1

    reasoning: str = ""
    """What the model thinks first."""
    thinks: tuple[int, int] = (0, 0)
    """Tokens that it thinks first, from so many to so many, where ``reasoning`` is empty."""
    reasoning_as: str = "reasoning"
    """How it is spelled: ``reasoning``, ``reasoning_content`` or ``think`` (tags in the text)."""
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    """Calls, each with a ``name`` and ``arguments`` (an object, or a string as it stands)."""
    finish: str = ""
    """The finish reason, where it is not the one that the text has earned."""
    cost: float | None = None
    """US dollars, told in the usage as some providers do."""
    cached: float = 0.0
    """The share of the input that the usage calls cached."""

    fault: str = ""
    """What goes wrong with every request: a name of ``failures.FAULTS``."""
    faults: Mapping[str, float] = field(default_factory=dict)
    """What goes wrong with a share of the requests."""
    retry_after: str = "1"
    """The header that comes with 429."""
    rejects: tuple[str, ...] = ()
    """Parameters that are answered with 400, the parameter named."""
    fault_after: int = 3
    """How many tokens come before a fault in the middle of a stream."""

    models: tuple[Mapping[str, Any], ...] = ({"id": "scripted", "owned_by": "foretype"},)
    """What the list of models holds."""
    keep_bodies: bool = True
    """Keep each request's body in the log. Long benches do without."""
    queue: tuple[Mapping[str, Any], ...] = ()
    """Changes to this script, each for one request, the first for the next."""

    def changed(self, changes: Mapping[str, Any]) -> Script:
        """The script with some of its values replaced. Raises ValueError for an unknown name."""
        known = {field.name for field in fields(self)}
        unknown = sorted(set(changes) - known)
        if unknown:
            raise ValueError(f"a script has no {', '.join(unknown)}")
        return replace(self, **{name: _tidy(value) for name, value in changes.items()})

    def dice(self, number: int) -> random.Random:
        """The chance that belongs to one request: the same in every run."""
        return random.Random(f"{self.seed}:{number}")

    def first_token_s(self, dice: random.Random) -> float:
        """A time to the first token, in seconds."""
        if self.first_ms <= 0:
            return 0.0
        spread = math.log(self.first_p95_ms / self.first_ms) / _Z95 if self.first_p95_ms else 0.0
        return self.first_ms / 1000 * math.exp(dice.gauss(0.0, 1.0) * spread)

    def thought(self, dice: random.Random) -> str:
        """What the model thinks before it answers one request; empty for nothing."""
        return self.reasoning or " so" * dice.randint(*self.thinks)

    def fault_now(self, dice: random.Random) -> str:
        """What goes wrong with this request; empty for nothing."""
        if self.fault or not self.faults:
            return self.fault
        throw = dice.random()
        for name, share in self.faults.items():
            if throw < share:
                return name
            throw -= share
        return ""


def _tidy(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
