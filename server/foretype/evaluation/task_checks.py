"""Run tests on code that a model wrote: in a temporary copy, confined and bounded.

Called only after the user has allowed it. The refactoring agent's tests run in the same sandbox.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from foretype.evaluation.tasks import Task
from foretype.sandbox.confined import ENDS, FILES, NETWORK, PROCESSES
from foretype.sandbox.confined_tests import available_confinement, run_tests

LIMIT_S = 20.0
"""Seconds that the tests of one task may take."""
PROJECT_LIMIT_S = 300.0
"""Seconds that a project's own tests may take."""
LIMITS = {"memory_bytes": 1_000_000_000, "processes": 256}
"""The same for each process, and for processes and threads together: Node alone has a dozen."""
MAX_OUTPUT_CHARS = 1500

_ENDINGS = {"python": ".py", "typescript": ".ts"}
_PASSED = {
    "python": 'def passed():\n    print("{word}")\n\n\n',
    "typescript": 'const passed = (): void => console.log("{word}");\n',
}
_NOT_RUN = (
    "error: the test command cannot",
    "error: the workspace is too large",
    "error: not run: the system",
)
"""How ``run_tests`` begins to say that no test ran."""
_PREVENTED = {
    NETWORK: "no network",
    FILES: "no access to your files",
    PROCESSES: "no access to other programs",
    ENDS: "nothing keeps running",
}


@dataclass(frozen=True, slots=True)
class Check:
    """How tests ended."""

    passed: bool | None
    """None where they could not run."""
    output: str = ""
    """The end of what they printed, or why they did not run."""


async def announcement(command: Sequence[str]) -> str:
    """Return what the user is told before tests run. ``command``: the project's own tests."""
    held = await available_confinement()
    prevented = [words for name, words in _PREVENTED.items() if name in held]
    missing = [words for name, words in _PREVENTED.items() if name not in held]
    limit_s = PROJECT_LIMIT_S if command else LIMIT_S
    bounds = f"at most {limit_s:.0f} s and {LIMITS['memory_bytes'] / 1e9:.0f} GB each"
    if sys.platform == "darwin":
        bounds = f"at most {limit_s:.0f} s each, memory not bounded on this system"
    what = f"`{' '.join(command)}`" if command else "the tasks' own tests"
    sentence = f"--run-tests runs {what} on code that the models write, in a temporary copy: "
    sentence += "; ".join([bounds, *prevented]) + "."
    return f"{sentence} Not ensured on this system: {'; '.join(missing)}." if missing else sentence


@lru_cache
def missing_program(language: str) -> str:
    """Say which program is missing that a language's tests need; empty where none is.

    Not for the event loop.
    """
    if language != "typescript":
        return "" if language in _ENDINGS else f"no tests run for {language}"
    node = shutil.which("node")
    if node is None:
        return "node is not installed"
    asked = [node, "-p", "Boolean(process.features.typescript)"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=LIMIT_S).stdout
    except (OSError, subprocess.TimeoutExpired):
        said = ""
    return "" if said.strip() == "true" else "node runs no TypeScript before version 22.18"


async def check_task(task: Task, becomes: str) -> Check:
    """Run a task's own tests on what its file becomes. ``missing_program`` has found nothing."""
    # Only tests that ran to their end know the word: a file that ends the program has not passed.
    word = secrets.token_hex(16)
    name = f"check_task{_ENDINGS[task.language]}"
    program = _PASSED[task.language].replace("{word}", word) + task.tests
    interpreter = [sys.executable, "-B"] if task.language == "python" else ["node"]
    staged = {task.path: becomes, task.root / name: program}
    said = await _run([*interpreter, name], task.root, (), staged, LIMIT_S)
    return _check(said, is_passed=said.startswith("passed") and word in said, word=word)


async def check_project(
    task: Task, becomes: str, command: Sequence[str], tracked: Sequence[Path]
) -> Check:
    """Run a project's own tests on a copy of its tracked files, with one of them changed."""
    said = await _run(command, task.root, tracked, {task.path: becomes}, PROJECT_LIMIT_S)
    return _check(said, is_passed=said.startswith("passed"))


async def _run(
    command: Sequence[str],
    root: Path,
    tracked: Sequence[Path],
    staged: dict[Path, str],
    limit_s: float,
) -> str:
    held = await available_confinement()
    return await run_tests(
        command, root, tracked, staged, limit_s=limit_s, promised=held, limits=LIMITS
    )


def _check(said: str, *, is_passed: bool, word: str = "") -> Check:
    if said.startswith(_NOT_RUN):
        return Check(None, said.removeprefix("error: "))
    output = said.replace(word, "") if word else said
    return Check(is_passed, "" if is_passed else output.strip()[-MAX_OUTPUT_CHARS:])
