"""What has changed since an earlier evaluation, as far as the intervals can tell. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foretype.evaluation.summary import Estimate, Summary

_FIGURES: Mapping[str, tuple[str, bool]] = {
    "passed": ("tests passed", True),
    "right": ("right", True),
    "output_tokens": ("tokens out", False),
    "in_time": ("in time", True),
}
"""The figures that are compared: their names for the user, and whether more is better."""


class NotAReport(ValueError):
    """What was read is no report of an evaluation."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of a model, then and now."""

    model: str
    figure: str
    old: Estimate
    new: Estimate
    is_share: bool
    verdict: str
    """``better``, ``worse``, or that the intervals overlap."""

    def shown(self, figure: Estimate) -> str:
        """Return a figure with its interval, for the user."""
        scale, unit = (100, " %") if self.is_share else (1, "")
        low, value, high = (scale * each for each in (figure.low, figure.value, figure.high))
        return f"{value:.0f}{unit} ({low:.0f}–{high:.0f})"


Figures = Mapping[str, Mapping[str, Estimate]]
"""What an earlier report says of each model, by the names of ``Summary``."""


def read_report(report: Any) -> Figures:
    """Read the figures of a report as ``--json`` prints it. Raises NotAReport."""
    try:
        return {
            row["model"]: {name: _estimate(row[name]) for name in _FIGURES if row[name] is not None}
            for row in report["models"]
        }
    except (KeyError, TypeError, ValueError) as fault:
        raise NotAReport("it was not printed by `foretype eval --json`") from fault


def differences(before: Figures, summaries: Sequence[Summary]) -> list[Difference]:
    """Compare with an earlier report, by models' names."""
    return [
        _difference(now, name, old, new)
        for now in summaries
        for name, old in before.get(now.model, {}).items()
        if (new := getattr(now, name)) is not None
    ]


def _estimate(row: Mapping[str, Any]) -> Estimate:
    return Estimate(float(row["value"]), float(row["low"]), float(row["high"]), int(row["n"]))


def _difference(now: Summary, name: str, old: Estimate, new: Estimate) -> Difference:
    title, more_is_better = _FIGURES[name]
    verdict = "the intervals overlap"
    if not old.overlaps(new):
        verdict = "better" if (new.value > old.value) == more_is_better else "worse"
    return Difference(now.model, title, old, new, name != "output_tokens", verdict)
