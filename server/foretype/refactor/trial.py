"""Run the user's own test command on a copy of the workspace that holds what is staged.

The workspace itself is not touched. Keys are taken out of the environment: the tests may run
code that a model wrote.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

LARGEST_COPY = 50_000_000
"""Bytes of a workspace beyond which it is not copied, and so not tested."""

_NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
_SECRET_NAME = re.compile(r"key|token|secret|passw|credential|auth", re.I)


async def run(
    command: Sequence[str],
    root: Path,
    files: Sequence[Path],
    staged: Mapping[Path, str],
    *,
    limit_s: float,
) -> str:
    """The end of the command's output, and how it ended."""
    folder = await asyncio.to_thread(_copy, root, files, staged)
    if folder is None:
        return "error: the workspace is too large to be tested on a copy"
    try:
        return await _run_in(folder, command, limit_s)
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


async def _run_in(folder: Path, command: Sequence[str], limit_s: float) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=_environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=sys.platform != "win32",
            creationflags=_NEW_GROUP,
        )
    except OSError as error:
        return f"error: the test command cannot be started: {error.strerror}"
    try:
        async with asyncio.timeout(limit_s):
            output = await _tail(process)
            code = await process.wait()
    except TimeoutError:
        return f"error: the tests took longer than {limit_s:.0f} seconds"
    finally:
        if process.returncode is None:
            _end(process)
            await process.wait()
    text = output.decode("utf-8", "replace").replace(str(folder), ".")
    return f"{'passed' if code == 0 else f'failed, exit code {code}'}\n{text[-3500:]}"


async def _tail(process: asyncio.subprocess.Process, size: int = 20_000) -> bytes:
    assert process.stdout is not None
    output = b""
    while chunk := await process.stdout.read(65_536):
        output = (output + chunk)[-size:]
    return output


def _copy(root: Path, files: Sequence[Path], staged: Mapping[Path, str]) -> Path | None:
    if sum(path.stat().st_size for path in files if path.is_file()) > LARGEST_COPY:
        return None
    folder = Path(tempfile.mkdtemp(prefix="foretype-tests-"))
    for path in files:
        if path.is_file():
            target = folder / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    for path, text in staged.items():
        target = folder / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")
    return folder


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not _SECRET_NAME.search(name)}


def _end(process: asyncio.subprocess.Process) -> None:
    """End the command and what it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
