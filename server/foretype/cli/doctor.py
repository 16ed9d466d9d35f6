"""``foretype doctor``: show the configuration, whether it works, and how to fix it."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from time import perf_counter

import click
from rich.table import Table

from foretype import __version__
from foretype.cli.complete import request, settings_for
from foretype.cli.demo import scenes
from foretype.cli.file_position import project_of
from foretype.cli.lsp_client import SERVER, ServerFault, connect
from foretype.cli.report import explain
from foretype.cli.terminal import console
from foretype.completion.suggestion import NoSuggestion
from foretype.core.cursor import Cursor
from foretype.languages import grammars
from foretype.models.endpoint_choice import EndpointDescription, describe
from foretype.settings.load import config_file
from foretype.settings.schema import Settings


class State(Enum):
    """The severity of a finding."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "wrong"


_STYLES = {State.GOOD: "green", State.NOTE: "yellow", State.BAD: "bold red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    what: str
    state: State
    text: str


@click.command()
@click.option("--offline", is_flag=True, help="Send nothing to the model.")
def doctor(offline: bool) -> int:
    """Say what is set, whether it works, and what to do where it does not.

    Sends one small request to your model, which costs a fraction of a cent. Ends with 0 where
    nothing is wrong, with 1 where something is.
    """
    return asyncio.run(_run(os.environ, offline=offline))


async def _run(environ: Mapping[str, str], *, offline: bool) -> int:
    out = console()
    bad = False
    async for finding in examine(environ, offline=offline):
        row = Table.grid(padding=(0, 2))
        row.add_column(width=5, style=_STYLES[finding.state])
        row.add_column(width=8, style="bold")
        row.add_column(overflow="fold")
        row.add_row(finding.state.value, finding.what, finding.text)
        out.print(row)
        bad = bad or finding.state is State.BAD
    return int(bad)


async def examine(
    environ: Mapping[str, str], *, offline: bool, command: Sequence[str] = SERVER
) -> AsyncIterator[Finding]:
    """Run the checks one by one, and yield each finding as soon as it is known."""
    here = Path.cwd()
    yield Finding(
        "foretype",
        State.GOOD,
        f"{__version__} on Python {platform.python_version()}, {platform.system()}",
    )
    loaded = settings_for(project_of(here / "here"), environ)
    for finding in _settings(config_file(environ), loaded.problems):
        yield finding
    described = describe(loaded.settings, environ)
    model = _model(described, loaded.settings)
    yield model
    yield await asyncio.to_thread(_grammars)
    yield await _server(command)
    if offline or model.state is not State.GOOD or loaded.settings.completion.local == "only":
        return
    yield await _answer(described, loaded.settings, environ)


def _settings(file: Path | None, problems: Sequence[str]) -> list[Finding]:
    if problems:
        return [Finding("settings", State.BAD, problem) for problem in problems]
    if file is None:
        return [Finding("settings", State.GOOD, "the defaults; there is no home to keep others")]
    text = f"from {file}" if file.exists() else f"the defaults; there is no {file}"
    return [Finding("settings", State.GOOD, text)]


def _model(described: EndpointDescription, settings: Settings) -> Finding:
    if described.problem:
        return Finding("model", State.BAD, described.problem)
    if settings.completion.local == "only":
        return Finding("model", State.GOOD, "the embedded engine alone, as you set it")
    if not described.provider:
        text = (
            "none: there is no key and no base URL, so the embedded engine completes. "
            "Set OPENROUTER_API_KEY, or FORETYPE_BASE_URL for a server of your own."
        )
        return Finding("model", State.NOTE, text)
    key = f", key from {described.key_from}" if described.key_from else ", without a key"
    return Finding("model", State.GOOD, f"{described.model} at {described.base_url}{key}")


def _grammars() -> Finding:
    missing = grammars.languages_without_grammar()
    if not missing:
        return Finding("grammars", State.GOOD, f"for {len(grammars.GRAMMAR_LANGUAGES)} languages")
    packages = ([] if grammars.has_parser() else ["tree-sitter"]) + sorted(set(missing.values()))
    text = (
        f"none for {', '.join(missing)}: suggestions there are not checked for syntax errors, and "
        "refactorings only for brackets (Python: by Python itself). Most likely there is no wheel "
        "for this Python or machine; with a C compiler, this builds them: "
        f"{sys.executable} -m pip install {' '.join(packages)}"
    )
    return Finding("grammars", State.NOTE, text)


async def _server(command: Sequence[str]) -> Finding:
    began = perf_counter()
    try:
        async with connect(command):
            took = (perf_counter() - began) * 1000
    except ServerFault as fault:
        return Finding("server", State.BAD, str(fault))
    return Finding("server", State.GOOD, f"started and answered in {took:.0f} ms")


async def _answer(
    described: EndpointDescription, settings: Settings, environ: Mapping[str, str]
) -> Finding:
    """Ask the model to complete a bundled line, and check whether it is fast enough."""
    scene = scenes.shipped_scenes()[0]
    page = scene.page
    opening = page.typing(scene.truth.split("(")[0])
    after = page.edited(opening)
    outcome = await request(
        Cursor(after.document, after.offset), Path.cwd(), settings, environ, local=False
    )
    if isinstance(outcome.answer, NoSuggestion):
        text = explain.reason_sentence(outcome.answer).removeprefix("No suggestion: ")
        return Finding("answer", State.BAD, text[0].upper() + text[1:])
    limit = settings.completion.deadline_ms
    text = f"{described.title} answered in {outcome.took_ms:.0f} ms"
    if outcome.thought:
        return Finding(
            "answer", State.NOTE, f"{text}, after thinking: mostly too late for ghost text"
        )
    if outcome.took_ms > limit:
        return Finding("answer", State.NOTE, f"{text}, later than the {limit} ms it may take")
    return Finding("answer", State.GOOD, f"{text}, within the {limit} ms it may take")
