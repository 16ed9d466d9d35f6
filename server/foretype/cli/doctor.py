"""``foretype doctor``: show the configuration, whether it works, and how to fix it."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from time import perf_counter

import click
from rich.table import Table

from foretype import __version__
from foretype.cli.command_model import command_model
from foretype.cli.complete import settings_for
from foretype.cli.endpoint_check import Figures, judge, probe, question
from foretype.cli.file_position import project_of
from foretype.cli.lsp_client import SERVER, ServerFault, connect
from foretype.cli.terminal import console
from foretype.languages import grammars
from foretype.models.endpoint_choice import (
    ConfigError,
    EndpointDescription,
    KeyNotAgreed,
    choose_endpoint,
    describe,
    each_provider,
)
from foretype.privacy.gate import Gate
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
    figures: Figures | None = None
    """What was measured for it, if anything."""


@click.command()
@click.option("--offline", is_flag=True, help="Send nothing to the model.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the figures measured.")
def doctor(offline: bool, as_json: bool) -> int:
    """Say what is set, whether it works, and what to do where it does not.

    Sends one small request to your model, which costs a fraction of a cent, and waits for it as
    long as it takes. A model that reasons first may be asked up to three times. Ends with 0 where
    nothing is wrong, with 1 where something is.
    """
    if sys.stdin.isatty() and not as_json:
        _agree_on_key(
            settings_for(project_of(Path.cwd() / "here"), os.environ).settings, os.environ
        )
    return asyncio.run(_run(os.environ, offline=offline, as_json=as_json))


async def _run(environ: Mapping[str, str], *, offline: bool, as_json: bool = False) -> int:
    out = console()
    bad = False
    if as_json:
        return await _run_json(environ, offline=offline)
    async for finding in examine(environ, offline=offline):
        row = Table.grid(padding=(0, 2))
        row.add_column(width=5, style=_STYLES[finding.state])
        row.add_column(width=8, style="bold")
        row.add_column(overflow="fold")
        row.add_row(finding.state.value, finding.what, finding.text)
        out.print(row)
        bad = bad or finding.state is State.BAD
    return int(bad)


async def _run_json(environ: Mapping[str, str], *, offline: bool) -> int:
    findings = [finding async for finding in examine(environ, offline=offline)]
    bad = any(finding.state is State.BAD for finding in findings)
    rows = [{"what": f.what, "state": f.state.value, "text": f.text} for f in findings]
    figures = next((f.figures for f in findings if f.figures is not None), None)
    measured = None if figures is None else asdict(figures)
    print(json.dumps({"ok": not bad, "findings": rows, "figures": measured}, indent=2))
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
    providers = each_provider(loaded.settings)
    models = [_model(describe(each, environ), each) for each in providers]
    for model in models:
        yield model
    if len(models) > 1:
        yield _first_to_answer(models)
    yield await asyncio.to_thread(_grammars)
    yield await _server(command)
    if offline or loaded.settings.completion.local == "only":
        return
    for model, settings in zip(models, providers, strict=True):
        if model.state is State.GOOD:
            async for finding in _endpoint(describe(settings, environ), settings, environ):
                yield finding


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


def _first_to_answer(models: Sequence[Finding]) -> Finding:
    usable = [model for model in models if model.state is State.GOOD]
    if not usable:
        return Finding("order", State.BAD, "none of the providers can be asked")
    return Finding("order", State.GOOD, f"the first to answer is {usable[0].text}")


def _agree_on_key(settings: Settings, environ: Mapping[str, str]) -> None:
    """Ask whether a general key may be sent to another endpoint than it served so far."""
    for each in each_provider(settings):
        try:
            choose_endpoint(each, environ)
        except KeyNotAgreed as asked:
            if click.confirm(asked.question, err=True):
                asked.agree()
        except ConfigError:
            pass  # It is among the findings.


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


async def _endpoint(
    described: EndpointDescription, settings: Settings, environ: Mapping[str, str]
) -> AsyncIterator[Finding]:
    """Ask the model to complete a function, and say what the answer shows."""
    notes: list[str] = []
    prompt, _ = question(settings.completion)
    gate = Gate(settings, (Path.cwd(),))
    async with command_model(settings, environ, gate, notes.append) as (model, _budget):
        if model is None:
            return
        await model.warm()
        figures = await probe(model, prompt)
    for note in notes:
        yield Finding("note", State.NOTE, note)
    rows = judge(figures, described.title, described.provider, settings.completion)
    for what, state, text in rows:
        yield Finding(what, State(state), text[:1].upper() + text[1:], figures)
