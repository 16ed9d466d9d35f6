"""llama.cpp with a model of 270M, one slot and a small window."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from helpers.service_editor import editor
from real_servers.real_servers import (
    PREFIX,
    PROMPT,
    Tap,
    free_port,
    model_at,
    program,
    running,
    tapped,
    text_of,
    wanted,
)

from foretype.cli.endpoint_check import judge, probe, question
from foretype.models.open_model import OpenModel, open_model
from foretype.privacy.gate import Gate
from foretype.settings.schema import Settings
from foretype.spending.budget import Budget

pytestmark = wanted
WINDOW = 1024
LONG = "".join(f"value_{n} = compute({n}, scale={n})\n" for n in range(600))


@contextlib.asynccontextmanager
async def llama(folder: Path) -> AsyncIterator[Tap]:
    python = program("llamacpp/bin/python")
    port = free_port()
    script = Path(__file__).with_name("llama_server.py")
    command = (python, script, str(port), PREFIX / "model.gguf", str(WINDOW))
    async with running(command, port, folder, "/health"), tapped(port) as tap:
        yield tap


def opened(url: str) -> OpenModel:
    settings = Settings(provider="custom", base_url=url, model="default")
    model = open_model(settings, {"FORETYPE_LEDGER": ":memory:"}, Gate(settings), Budget())
    assert model is not None
    return model


async def test_llama_cpp(tmp_path: Path) -> None:
    """One server for all rows: it takes long to start."""
    async with llama(tmp_path) as tap:
        await streams_on_every_wire(tap)
        await a_long_prompt_is_refused_once(tap)
        await doctor_finds_out_what_it_is(tap)
    n_lists = sum("/models" in line for line in tap.lines)
    assert n_lists == 2, "one to recognize it on the fim wire, one of doctor; none to warm"


async def streams_on_every_wire(tap: Tap) -> None:
    for wire in ("chat", "responses", "fim"):
        async with model_at(tap.url, "default", wire=wire) as model:
            await model.warm()
            chunks = [chunk async for chunk in model.stream(PROMPT)]
        assert "".join(chunk.text for chunk in chunks).strip(), wire
        assert chunks[-1].usage is not None or any(c.usage for c in chunks), wire
        assert any(chunk.finish for chunk in chunks), wire
    # The small model has no sentinels: the server refuses, and chat takes the place.
    async with model_at(tap.url, "default", wire="infill", row="llamacpp") as model:
        before = tap.n_asked
        assert (await text_of(model)).strip()
        assert tap.n_asked == before + 2
        assert any(line.startswith("POST /infill ") for line in tap.lines)
        assert (await text_of(model)).strip()
        assert tap.n_asked == before + 3


async def a_long_prompt_is_refused_once(tap: Tap) -> None:
    async with model_at(tap.url, "default") as model:
        e = editor(f"{LONG}total = ‸\n{LONG}", model, context_tokens=4000, max_tokens=8)
        before = tap.n_asked
        await e.ask(ms=60_000)
        assert tap.n_asked - before <= 3, "two refusals at most, then shorter"
        assert not model.health().why
        before = tap.n_asked
        e.type("s")
        await e.ask(ms=60_000)
        assert tap.n_asked - before == 1
        await e.service.close()


async def doctor_finds_out_what_it_is(tap: Tap) -> None:
    model = opened(tap.url)
    settings = Settings().completion
    prompt, _ = question(replace(settings, context_tokens=100, max_tokens=8))
    figures = await probe(model, prompt)
    await model.close()
    assert not figures.fault
    assert figures.is_llama_cpp
    assert (figures.slots, figures.context_tokens) == (1, WINDOW)
    told = {what: text for what, _, text in judge(figures, "It", "custom", settings)}
    assert 'provider = "llamacpp"' in told["server"]
    assert str(WINDOW) in told["context"]
    assert "one request at a time" in told["slots"]
