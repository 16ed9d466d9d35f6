"""The processes of a bench: the scripted upstream, and each server in its environment."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from benches.rpc import ROOT

REFERENCES = ("naive", "fixed", "reuse")
SERVERS = ("foretype", *REFERENCES)


@dataclass(frozen=True, slots=True)
class Upstream:
    """A scripted upstream in a process of its own, so that its work is not in the way."""

    url: str
    session: aiohttp.ClientSession

    async def script(self, **changes: Any) -> None:
        async with self.session.post("/_script", json=changes) as response:
            response.raise_for_status()

    async def reset(self) -> None:
        """Forget the requests, and go back to the script it was started with."""
        async with self.session.post("/_reset") as response:
            response.raise_for_status()

    async def log(self) -> dict[str, Any]:
        async with self.session.get("/_log") as response:
            noted: dict[str, Any] = await response.json()
            return noted


@contextlib.asynccontextmanager
async def upstream() -> AsyncIterator[Upstream]:
    """Start the scripted upstream; its process ends with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "foretype.upstream", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        url = (await process.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession(url.removesuffix("/v1")) as session:
            yield Upstream(url, session)
    finally:
        process.terminate()
        await process.wait()


def command(server: str) -> list[str]:
    """How a server is started."""
    if server == "foretype":
        return [sys.executable, "-m", "foretype", "--stdio"]
    return [sys.executable, "-m", f"benches.reference.{server}"]


def environment(url: str, log: Path | None = None) -> dict[str, str]:
    """This process's environment, with nothing in it that points a server elsewhere."""
    foreign = ("FORETYPE_", "OPENAI_", "AZURE_", "OPENROUTER_", "FIREWORKS_", "BASETEN_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    told = {
        "FORETYPE_BASE_URL": url,
        "FORETYPE_API_KEY": "not-a-key",
        "FORETYPE_MODEL": "scripted",
        "FORETYPE_CONFIG": os.devnull,
        "FORETYPE_LEDGER": ":memory:",
    }
    return kept | told | ({"FORETYPE_BENCH_LOG": str(log)} if log else {})


def initialize_params(client: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """What an editor says of itself at the start, by the short name of its client, in short."""
    names = {
        "vscode": "Visual Studio Code",
        "neovim": "Neovim",
        "coc": "coc.nvim",
        "jetbrains": "IntelliJ IDEA",
    }
    versions = {"vscode": "1.139.1", "neovim": "0.12.4", "coc": "0.0.82", "jetbrains": "2026.2"}
    return {
        "processId": os.getpid(),
        "clientInfo": {"name": names[client], "version": versions[client]},
        "rootUri": None,
        "capabilities": {
            "general": {"positionEncodings": ["utf-16"]},
            "textDocument": {
                "synchronization": {"dynamicRegistration": False},
                "inlineCompletion": {"dynamicRegistration": client in ("vscode", "coc")},
            },
            "workspace": {"configuration": False, "applyEdit": True},
        },
        "initializationOptions": dict(options),
    }
