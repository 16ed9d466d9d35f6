"""What the attempts of each model come to, with 95 % confidence intervals. Pure.

Several runs of a task are not independent of each other, so a task counts once, with the mean of
its runs, and the intervals go by the number of tasks.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import mean, stdev
from typing import Any

from foretype.evaluation.attempt import Attempt
from foretype.evaluation.judging import RIGHT

Z = 1.96
"""Standard deviations to both sides that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, and the ends of its 95 % interval."""

    value: float
    low: float
    high: float
    n: int
    """The tasks that it goes by."""

    def overlaps(self, other: Estimate) -> bool:
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One model's figures. None where nothing was counted."""

    model: str
    n_attempts: int
    n_tasks: int
    n_failed: int
    """Attempts that the endpoint did not answer: they count against its time, not its answers."""
    passed: Estimate | None
    """The share of answers whose tests passed."""
    right: Estimate | None
    """The share of completions that are the true text, or whole lines that begin it."""
    exact: Estimate | None
    silent: Estimate | None
    similarity: Estimate | None
    sound: Estimate | None
    """The share of answers without a new syntax error, of those that were shown."""
    output_tokens: Estimate | None
    """Of one answer, reasoning included."""
    first_token_ms: tuple[float, ...]
    """Of all attempts but cold ones, sorted; so the next."""
    first_line_ms: tuple[float, ...]
    in_time: Estimate | None
    """The share of completions of which something could be shown by the deadline."""
    cost_usd: float | None
    """Of all attempts; None if a price is not known."""
    usd_per_1000_accepted: float | None
    """The cost of the completions for 1,000 characters that were right."""

    @property
    def score(self) -> Estimate | None:
        """What models are ranked by: tests where they ran, else comparison."""
        return self.passed or self.right

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def summaries(attempts: Iterable[Attempt]) -> list[Summary]:
    """Return the figures of each model, the best first; of equals, the one of fewer tokens."""
    by_model: defaultdict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_model[attempt.model].append(attempt)
    return sorted((_summary(name, made) for name, made in by_model.items()), key=_order)


def _order(summary: Summary) -> tuple[float, float]:
    score, tokens = summary.score, summary.output_tokens
    return -(score.value if score else 0.0), tokens.value if tokens else 0.0


def share(values: Sequence[float]) -> Estimate | None:
    """Return the mean of shares, one a task, with Wilson's interval; None without a task."""
    if not values:
        return None
    value = mean(values)
    low, high = wilson(value, len(values))
    # Rounding must not push an end past the figure itself.
    return Estimate(value, min(low, value), max(high, value), len(values))


def wilson(value: float, n: int) -> tuple[float, float]:
    """Return the ends of Wilson's 95 % interval of a share of ``n``."""
    middle = (value + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * math.sqrt(value * (1 - value) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    # Rounding must not push an end below 0 or above 1.
    return max(middle - half, 0.0), min(middle + half, 1.0)


def average(values: Sequence[float]) -> Estimate | None:
    """Return a mean, one value a task, with Student's interval; None without a task."""
    n = len(values)
    if not n:
        return None
    value = mean(values)
    half = _student(n - 1) * stdev(values) / math.sqrt(n) if n > 1 else 0.0
    return Estimate(value, value - half, value + half, n)


def percentile(ordered: Sequence[float], part: float) -> float | None:
    """Return the value that so many of the sorted values do not pass; None where there is none."""
    return ordered[max(math.ceil(part * len(ordered)) - 1, 0)] if ordered else None


def _student(freedom: int) -> float:
    """Return the 97.5th percentile of Student's distribution, within 1 % from 3 degrees on.

    By the expansion of Cornish and Fisher, as Abramowitz and Stegun have it (26.7.5).
    """
    z = Z
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )


def _summary(model: str, made: list[Attempt]) -> Summary:
    answered = [a for a in made if not a.failure]
    completions = [a for a in answered if a.outcome]
    warm = [a for a in made if not a.is_cold]
    costs = [a.cost_usd for a in made]
    accepted = sum(len(a.shown) for a in completions if _is_accepted(a))
    return Summary(
        model=model,
        n_attempts=len(made),
        n_tasks=len({a.task for a in made}),
        n_failed=len(made) - len(answered),
        passed=share(_by_task(answered, lambda a: _number(a.passed))),
        right=share(_by_task(completions, lambda a: a.outcome in RIGHT)),
        exact=share(_by_task(completions, lambda a: a.outcome == "exact")),
        silent=share(_by_task(completions, lambda a: a.outcome == "silent")),
        similarity=average(_by_task(completions, lambda a: a.similarity)),
        sound=share(_by_task(answered, lambda a: _number(a.is_sound))),
        output_tokens=average(_by_task(answered, lambda a: a.output_tokens)),
        first_token_ms=tuple(sorted(a.first_token_ms for a in warm if a.first_token_ms)),
        first_line_ms=tuple(sorted(a.first_line_ms for a in warm if a.first_line_ms)),
        in_time=share(_by_task(warm, lambda a: _number(a.in_time))),
        cost_usd=None if None in costs else sum(cost or 0.0 for cost in costs),
        usd_per_1000_accepted=_usd_per_1000(completions, accepted),
    )


def _is_accepted(made: Attempt) -> bool:
    return made.outcome in RIGHT if made.passed is None else made.passed


def _usd_per_1000(completions: list[Attempt], accepted: int) -> float | None:
    costs = [a.cost_usd for a in completions]
    if not accepted or None in costs:
        return None
    return 1000 * sum(cost or 0.0 for cost in costs) / accepted


def _number(value: bool | None) -> float | None:
    return None if value is None else float(value)


def _by_task(made: list[Attempt], figure: Callable[[Attempt], float | None]) -> list[float]:
    """Return the mean of a figure over the runs of each task that has it."""
    values: defaultdict[str, list[float]] = defaultdict(list)
    for a in made:
        if (value := figure(a)) is not None:
            values[f"{a.kind}:{a.task}"].append(float(value))
    return [mean(each) for each in values.values()]
