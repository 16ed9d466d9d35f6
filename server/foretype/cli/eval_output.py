"""What ``foretype eval`` prints and writes, and what it reads of an earlier evaluation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from foretype import __version__
from foretype.cli.eval_options import Plan
from foretype.cli.report import eval_page, eval_table
from foretype.cli.terminal import BadInput, console, counted
from foretype.evaluation.attempt import Attempt
from foretype.evaluation.compare import Figures, NotAReport, differences, read_report
from foretype.evaluation.evaluate import Evaluation
from foretype.evaluation.summary import Summary, summaries


def publish(plan: Plan, done: Evaluation, said: Console, earlier: Figures | None) -> None:
    """Print what was found, and write the page. ``earlier`` is what it is compared with."""
    made = [attempt for _, attempt in done.attempts]
    found = summaries(made)
    changed = differences(earlier, found) if earlier is not None else []
    if earlier is not None and not changed:
        said.print("There is no model in both evaluations.", style="yellow", soft_wrap=True)
    whole = report(plan, found, made)
    if earlier is not None:
        whole["differences"] = [asdict(each) for each in changed]
    if plan.is_json:
        click.echo(json.dumps(whole, indent=1))
    else:
        eval_table.show(found, made, console(), changed)
    if plan.html is not None:
        title = f"{whole['made'][:10]}, {whole['tasks']}, foretype {__version__}"
        text = eval_page.page(
            found, made, deadline_ms=done.deadline_ms, made=title, differences=changed
        )
        _write_page(plan.html, text)
        said.print(f"{plan.html} holds the page.", soft_wrap=True)


def report(plan: Plan, found: Sequence[Summary], made: Sequence[Attempt]) -> dict[str, Any]:
    """Return all that was found, as ``--json`` prints it and ``--compare`` reads it."""
    return {
        "version": 1,
        "foretype": __version__,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "tasks": "built in" if plan.source is None else str(plan.source),
        "runs": plan.runs,
        "seed": plan.seed,
        "models": [summary.as_json() for summary in found],
        "attempts": [attempt.as_json() for attempt in made],
    }


def conclude(done: Evaluation, said: Console) -> int:
    """Say what is missing; returns the exit code."""

    def warn(sentence: str) -> None:
        said.print(sentence, style="yellow", soft_wrap=True)

    for label, why in done.given_up.items():
        warn(f"{label} was given up: {why}")
    if done.cap.stopped:
        warn(done.cap.stopped)
    if n := done.n_unanswered:
        warn(f"No answer to {counted(n, 'question')}: the same command goes on from there.")
    if done.store.fault:
        warn(done.store.fault)
    return 1 if n else 0


def figures_of(path: Path) -> Figures:
    """Read what --json printed at an earlier time. Raises BadInput before anything is asked."""
    try:
        return read_report(json.loads(path.read_text(encoding="utf-8")))
    except NotAReport as problem:
        raise BadInput(f"{path} cannot be compared with: {problem}.") from problem
    except OSError as fault:
        raise BadInput(f"{path} cannot be read: {fault.strerror}.") from fault
    except ValueError as fault:
        raise BadInput(f"{path} holds no JSON.") from fault


def check_writable(path: Path) -> None:
    """Raise BadInput where no page can be written, before anything is paid for."""
    _write_page(path, "", mode="a")


def _write_page(path: Path, text: str, mode: str = "w") -> None:
    try:
        # Names and answers may hold what is no text, such as half a character.
        with path.open(mode, encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as fault:
        raise BadInput(f"{path} cannot be written: {fault.strerror}.") from fault
