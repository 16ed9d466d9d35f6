"""``foretype audit``: what would be sent for a place, and what was sent."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from foretype.cli.complete import settings_for
from foretype.cli.file_position import open_at_position, parse_position, project_of
from foretype.cli.terminal import BadInput, console, visible
from foretype.completion.context.pieces import pieces
from foretype.completion.context.window import Context
from foretype.completion.service import CompletionService
from foretype.completion.suggestion import NoSuggestion
from foretype.core.cursor import Cursor
from foretype.lsp.session.client_profiles import GENERIC
from foretype.models.endpoint_choice import ConfigError
from foretype.models.open_model import OpenModel, open_model, record_file
from foretype.models.protocol import Prompt, SentRequest
from foretype.privacy.gate import Gate
from foretype.privacy.masking import MASK
from foretype.privacy.sent_record import clear, read
from foretype.settings.schema import Settings
from foretype.spending.budget import Budget

N_ENTRIES = 100
"""Entries of the record that are shown."""
NO_MODEL = "No model is set: the embedded engine answers, and nothing leaves this machine."


@dataclass(frozen=True, slots=True)
class Audit:
    """What would be sent for a place."""

    request: SentRequest
    model: str
    pieces: tuple[tuple[str, str], ...]
    """What it is made of, and why each piece is there."""
    n_masked: int
    """Secrets that were masked."""


@click.command()
@click.argument("place", metavar="[FILE:LINE:COL]", required=False)
@click.option("--raw", "is_raw", is_flag=True, help="Write the request's body, byte for byte.")
@click.option("--log", "is_log", is_flag=True, help="Show what was sent, from the record.")
@click.option("--forget", "is_forgotten", is_flag=True, help="Delete the record.")
def audit(place: str | None, is_raw: bool, is_log: bool, is_forgotten: bool) -> int:
    """Show exactly what would be sent for a place in a file, and why; nothing is sent.

    An editor also sends what you changed lately in other files, and code that is like the place;
    its command `foretype.audit` shows that.
    The record that `--log` shows is set by `privacy.record`.
    """
    if is_log or is_forgotten:
        path = record_file(os.environ)
        if path is None:
            console().print("Nothing is recorded: FORETYPE_LEDGER is :memory:.")
        elif is_forgotten:
            clear(path)
            console().print("Deleted the record of what was sent.")
        else:
            _show_log(path, console())
        return 0
    if place is None:
        raise BadInput("Name a place, such as main.py:12:5, or give --log.")
    spot = parse_position(place)
    cursor, project = open_at_position(spot), project_of(spot.path)
    loaded = settings_for(project, os.environ)
    for problem in loaded.problems:
        console(stderr=True).print(problem, style="yellow", soft_wrap=True)
    found = asyncio.run(audit_at(cursor, project, loaded.settings, os.environ))
    if isinstance(found, str):
        console(stderr=True).print(found, soft_wrap=True)
        return 1
    if is_raw:
        sys.stdout.flush()
        sys.stdout.buffer.write(found.request.body)
        sys.stdout.buffer.flush()
    else:
        _show(found, console())
    return 0


async def audit_at(
    cursor: Cursor, project: Path, settings: Settings, environ: Mapping[str, str]
) -> Audit | str:
    """Return what would be sent for a place, or why nothing would be. Raises BadInput."""
    gate = Gate(settings, (project,))
    try:
        model = open_model(settings, environ, gate, Budget())
    except ConfigError as problem:
        raise BadInput(str(problem)) from problem
    if model is None or settings.completion.local == "only":
        return NO_MODEL
    service = CompletionService(settings=settings, model=model, gate=gate, client=GENERIC)
    try:
        service.opened(cursor.document)
        await model.load()
        await service.rest_at(cursor)
        question = service.question_at(cursor)
        if isinstance(question, NoSuggestion):
            detail = f" ({question.detail})" if question.detail else ""
            return f"Nothing would be sent: {question.reason.value}{detail}."
        return await _audited(model, gate, cursor, *question)
    finally:
        await service.close()
        await model.close()


async def _audited(
    model: OpenModel, gate: Gate, cursor: Cursor, prompt: Prompt, context: Context
) -> Audit:
    texts = [message.content for message in prompt.messages]
    n_masked = sum(gate.mask(text).count(MASK) - text.count(MASK) for text in texts)
    request = await model.preview(prompt)
    return Audit(request, model.name, tuple(pieces(cursor, context)), n_masked)


def _show(found: Audit, out: Console) -> None:
    body = found.request.body
    out.print(f"POST {found.request.url}", soft_wrap=True)
    masked = f", {found.n_masked} masked" if found.n_masked else ""
    out.print(f"{found.model}, {len(body):,} bytes{masked}\n")
    table = Table.grid(padding=(0, 2))
    for piece in found.pieces:
        table.add_row(*piece)
    out.print(table)
    for title, text in _parts(json.loads(body)):
        out.print(Text(f"\n{title}", style="bold"))
        shown = Text(visible(text))
        shown.highlight_words([MASK], style="reverse")
        out.print(shown, soft_wrap=True)


def _parts(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A request's texts with their titles, the other fields as JSON."""
    texts = ("messages", "input", "prompt", "suffix", "instructions")
    for name in texts:
        value = body.get(name)
        if isinstance(value, str):
            yield name, value
        for message in value if isinstance(value, list) else ():
            content = message.get("content")
            text = content if isinstance(content, str) else json.dumps(content, indent=1)
            yield str(message.get("role", name)), text
    yield "other fields", json.dumps({k: v for k, v in body.items() if k not in texts}, indent=1)


def _show_log(path: Path, out: Console) -> None:
    entries = read(path, N_ENTRIES)
    if not entries:
        out.print("Nothing was sent, or privacy.record is off.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("time", "endpoint", "model", "bytes", "files"):
        table.add_column(name, overflow="fold", justify="right" if name == "bytes" else "left")
    for entry in entries:
        files = entry.get("files")
        names = ", ".join(map(str, files)) if isinstance(files, list) else ""
        n_bytes = entry.get("bytes")
        size = f"{n_bytes:,}" if isinstance(n_bytes, int) else ""
        words = (str(entry.get(name, "")) for name in ("time", "url", "model"))
        table.add_row(*(visible(word) for word in (*words, size, names)))
    out.print(table)
    if any("body" in entry for entry in entries):
        out.print(f"\nThe texts are in {path}.", soft_wrap=True)
