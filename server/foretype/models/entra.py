"""Tokens of Entra ID, by which companies let people use Azure without a key.

From azure-identity where it is installed (``foretype[entra]``), else from the Azure CLI. A token
is kept in memory and replaced before it ends.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from typing import Any

from foretype.core.child_environment import without_keys
from foretype.models.protocol import ModelRejected

REFRESH_S = 300.0
"""Seconds before its end at which a token is replaced."""
FETCH_TIMEOUT_S = 30.0
"""Seconds that fetching one may take."""
DEFAULT_AGE_S = 1800.0
"""Seconds for which a token counts whose end cannot be read."""

Fetch = Callable[[str], Awaitable[tuple[str, float]]]
"""Takes a scope; returns a token and its end in seconds since 1970."""


def is_available() -> bool:
    """Whether tokens can be fetched on this machine, if the user is signed in."""
    return _has_identity() or shutil.which("az") is not None


class EntraToken:
    """The current token for one scope."""

    def __init__(self, scope: str, fetch: Fetch | None = None) -> None:
        self._scope = scope
        self._fetch = fetch or _fetch
        self._lock = asyncio.Lock()
        self._token = ""
        self._end = 0.0

    async def get(self) -> str:
        """Return a token that is valid for a while. Raises ModelRejected if there is none."""
        async with self._lock:
            if not self._token or time.time() > self._end - REFRESH_S:
                try:
                    async with asyncio.timeout(FETCH_TIMEOUT_S):
                        self._token, self._end = await self._fetch(self._scope)
                except ModelRejected:
                    raise
                except Exception as fault:
                    raise _no_token(type(fault).__name__) from None
            return self._token


def _no_token(why: str) -> ModelRejected:
    sign_in = "Sign in with `az login`, or set AZURE_OPENAI_API_KEY."
    return ModelRejected(f"Entra ID gave no token ({why}). {sign_in}", 401)


def _has_identity() -> bool:
    try:
        return importlib.util.find_spec("azure.identity") is not None
    except (ImportError, ValueError):
        return False


async def _fetch(scope: str) -> tuple[str, float]:
    if _has_identity():
        return await asyncio.to_thread(_from_identity, scope)
    return await _from_cli(scope)


def _from_identity(scope: str) -> tuple[str, float]:
    identity: Any = importlib.import_module("azure.identity")
    found = identity.DefaultAzureCredential().get_token(scope)
    return str(found.token), float(found.expires_on)


async def _from_cli(scope: str) -> tuple[str, float]:
    az = shutil.which("az")
    if az is None:
        raise _no_token("the Azure CLI is missing")
    process = await asyncio.create_subprocess_exec(
        *(az, "account", "get-access-token", "--scope", scope, "--output", "json"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=without_keys(os.environ),
    )
    try:
        out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise _no_token(f"`az` ended with {process.returncode}")
    return token_in(out)


def token_in(out: bytes) -> tuple[str, float]:
    """Read what ``az account get-access-token`` prints. Raises ValueError."""
    fields = json.loads(out)
    token = fields.get("accessToken") if isinstance(fields, dict) else None
    if not isinstance(token, str) or not token:
        raise ValueError("no token")
    end = fields.get("expires_on")
    is_number = isinstance(end, int | float) or (isinstance(end, str) and end.isdigit())
    return token, float(end) if is_number else time.time() + DEFAULT_AGE_S
