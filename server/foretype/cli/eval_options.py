"""The options of ``foretype eval``, and which of them go together. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from click.core import ParameterSource

from foretype.cli.terminal import BadInput
from foretype.settings.providers import PromptLayout

TASKS, HOLES, TYPING = "the tasks that come with foretype", "--from", "--replay"
READ_BY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("models", "seed", "max_usd", "yes", "fresh", "is_json"), (TASKS, HOLES, TYPING)
    ),
    **dict.fromkeys(
        ("prompts", "run_tests", "runs", "parallel", "html", "compare"), (TASKS, HOLES)
    ),
    "n": (HOLES, TYPING),
    "source": (HOLES,),
    "replay": (TYPING,),
}
"""On what an option says something, by its parameter: with anything else it is refused."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the user asked for."""

    models: tuple[str, ...]
    layouts: tuple[PromptLayout, ...]
    source: Path | None
    n: int
    replay: Path | None
    run_tests: bool
    runs: int
    seed: int
    parallel: int
    max_usd: float | None
    yes: bool
    fresh: bool
    is_json: bool
    html: Path | None
    compare: Path | None


def refuse_what_is_not_read(context: click.Context) -> None:
    """Raise BadInput for an option that would be ignored, before anything is asked."""
    given = [
        param
        for param in context.command.params
        if param.name and context.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
    ]
    names = {param.name for param in given}
    what = TYPING if "replay" in names else HOLES if "source" in names else TASKS
    for param in given:
        if what not in (read_by := READ_BY[param.name or ""]):
            goes_with = " or ".join(reversed(read_by))
            raise BadInput(f"{param.opts[0]} goes with {goes_with}, not with {what}.")


def named_in(option: str, listed: str) -> tuple[str, ...]:
    """Return what an option lists, each once. Raises BadInput where it lists nothing."""
    names = tuple(dict.fromkeys(filter(None, map(str.strip, listed.split(",")))))
    if listed and not names:
        raise BadInput(f"{option} names none.")
    return names
