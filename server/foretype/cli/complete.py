"""``foretype complete FILE:LINE:COL``: one request through the real pipeline, in this process.

The suggestion is printed to standard output exactly, so that scripts can use it; everything else
goes to standard error.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import click
from rich.table import Table

from foretype.cli.command_model import command_model
from foretype.cli.file_position import open_at_position, parse_position, project_of
from foretype.cli.report import explain
from foretype.cli.report.meter import RecordingModel
from foretype.cli.terminal import BadInput, console, visible
from foretype.completion.service import CompletionService
from foretype.completion.suggestion import Answer, NoSuggestion, Source, Suggestion, Trigger
from foretype.core.cursor import Cursor
from foretype.core.deadline import Deadline
from foretype.core.text_style import with_line_ends
from foretype.local.engine import Engine
from foretype.lsp.session.client_profiles import GENERIC
from foretype.models.endpoint_choice import choose_endpoint
from foretype.models.protocol import Model
from foretype.privacy.gate import Gate
from foretype.privacy.workspace_instructions import with_workspace_instructions
from foretype.settings.load import Loaded, config_file, load
from foretype.settings.schema import Settings
from foretype.spending.budget import Budget

EXIT_NO_SUGGESTION = 1
"""Exit code if there is no suggestion."""


@click.command()
@click.argument("place", metavar="FILE:LINE:COL")
@click.option(
    "--explain", "--timings", "explained", is_flag=True, help="Say on standard error how it went."
)
def complete(place: str, explained: bool) -> int:
    """Print the suggestion for one place in a file: what an editor would show there.

    Lines and columns are counted from 1, columns in characters. Standard output holds the text
    to insert and nothing else. Ends with 0 where there is one, with 1 where there is none, with
    2 where the place cannot be found or may not be completed.
    """
    spot = parse_position(place)
    where = open_at_position(spot)
    return asyncio.run(_run(where, project_of(spot.path), explained))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request and its results."""

    answer: Answer
    rows: tuple[tuple[str, str], ...]
    """The table's rows: name and value."""
    fault: str = ""
    """What was wrong with the model, if anything."""
    notes: tuple[str, ...] = ()
    """Further notes for the user."""
    took_ms: float = 0.0
    """From the request to its answer, in milliseconds."""
    thought: bool = False
    """Whether the model reasoned first."""
    lines: tuple[str, ...] = ()
    """How it went, one line a stage, as `foretype.why` says it."""


async def _run(cursor: Cursor, project: Path, explained: bool) -> int:
    said = console(stderr=True)
    loaded = settings_for(project, os.environ)
    for problem in loaded.problems:
        said.print(problem, style="yellow", soft_wrap=True)
    outcome = await request(cursor, project, loaded.settings, os.environ)
    for note in outcome.notes:
        said.print(note, style="yellow", soft_wrap=True)
    if explained:
        said.print("\n".join(outcome.lines), soft_wrap=True)
        said.print(_table(outcome.rows))
    match outcome.answer:
        case Suggestion() as suggestion:
            text, note = explain.insertion(suggestion)
            if outcome.fault:
                said.print(f"{outcome.fault} The embedded engine answers.", soft_wrap=True)
            if note:
                said.print(note, soft_wrap=True)
            write_text(text)
            return 0
        case NoSuggestion() as none:
            said.print(explain.reason_sentence(none), soft_wrap=True)
            return EXIT_NO_SUGGESTION


def settings_for(project: Path, environ: Mapping[str, str]) -> Loaded:
    """Load the settings of a project, with the problems of their sources."""
    loaded = load(
        user_file=config_file(environ),
        environ=environ,
        workspace_files=[project / ".foretype.toml"],
    )
    return with_workspace_instructions(loaded, (project,))


async def request(
    cursor: Cursor,
    project: Path,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    local: bool = True,
) -> Outcome:
    """Make one explicitly invoked request, with everything loaded and warmed up before.

    ``local`` is whether the embedded engine may be used. Raises BadInput.
    """
    gate = Gate(settings, (project,))
    uri = cursor.document.uri
    if rule := await asyncio.to_thread(gate.excluded, uri):
        raise BadInput(f"This file is excluded by {rule}: nothing of it leaves this machine.")
    notes: list[str] = []
    is_asked = settings.completion.local != "only"
    async with command_model(settings, environ, gate, notes.append, is_asked=is_asked) as opened:
        outcome = await _request(cursor, gate, settings, environ, *opened, local=local)
    return replace(outcome, notes=tuple(notes))


async def _request(
    cursor: Cursor,
    gate: Gate,
    settings: Settings,
    environ: Mapping[str, str],
    model: Model | None,
    budget: Budget,
    *,
    local: bool,
) -> Outcome:
    began = perf_counter()
    meter = None if model is None else RecordingModel(model)
    engine = Engine() if local and settings.completion.local != "off" else None
    if engine is not None:
        engine.opened(cursor.document)
        while engine.idle():
            pass
    if meter is not None:
        await meter.warm()
    warm_ms = (perf_counter() - began) * 1000
    faults: list[str] = []
    service = CompletionService(
        settings=settings,
        model=meter,
        local=engine,
        gate=gate,
        client=GENERIC,
        on_status=lambda state, message: faults.append(message) if message else None,
        budget=budget,
    )
    try:
        service.opened(cursor.document)
        await service.rest_at(cursor)
        limit = Deadline.after_ms(settings.completion.explicit_deadline_ms)
        answer = await service.suggest(cursor, Trigger.INVOKED, limit)
        lines = service.why(_name(meter, settings, environ))
    finally:
        await service.close()
    rows = [("made ready", f"{warm_ms:.1f} ms")]
    decisions = service.feedback.decisions
    timings = decisions[-1].timings if decisions else None
    rows += explain.stages(timings, meter.moments if meter else {})
    rows += explain.outcome(answer)
    rows += _spent(meter, budget, settings, environ)
    helped = isinstance(answer, Suggestion) and answer.source is Source.LOCAL
    return Outcome(
        answer,
        tuple(rows),
        fault=faults[-1] if faults and helped else "",
        took_ms=0.0 if timings is None else timings.marks.get("answer", 0.0),
        thought=meter is not None and "first thought" in meter.moments,
        lines=tuple(lines),
    )


def _name(meter: RecordingModel | None, settings: Settings, environ: Mapping[str, str]) -> str:
    """Return the name of the model and where it is."""
    endpoint = choose_endpoint(settings, environ) if meter is not None else None
    return "the model" if endpoint is None else f"{endpoint.model} at {endpoint.title}"


def _spent(
    meter: RecordingModel | None, budget: Budget, settings: Settings, environ: Mapping[str, str]
) -> list[tuple[str, str]]:
    if meter is None or not meter.moments:
        return explain.nothing_spent()
    asked = [("asked", _name(meter, settings, environ))]
    return asked + explain.spent(budget.ledger.session, meter.usage)


def _table(rows: Iterable[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column()
    for row in rows:
        table.add_row(*row)
    return table


def write_text(text: str) -> None:
    """Write the text to standard output unchanged, without translating line ends."""
    if sys.stdout.isatty():
        # The prompt that follows deserves a line of its own; standard output stays exact, but
        # for what the terminal would obey.
        lines = with_line_ends(text, "\n")
        print(visible(lines), end="", flush=True)
        print(file=sys.stderr)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))
    sys.stdout.buffer.flush()
