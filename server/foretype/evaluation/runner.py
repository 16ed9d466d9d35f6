"""Tests on what models wrote: the same ones once, whatever the evaluation that asks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from foretype.evaluation.answer_store import AnswerStore
from foretype.evaluation.task_checks import Check, check_project, check_task, missing_program
from foretype.evaluation.tasks import Task


class Runner:
    """Runs the tests of tasks, or the project's own where there is a command."""

    def __init__(self, store: AnswerStore, command: Sequence[str], tracked: Sequence[Path]) -> None:
        self._store, self._command, self._tracked = store, command, tracked
        self._unseen: set[str] = set()
        """Tasks without whose code the project's tests pass as well."""
        self._missing: dict[str, set[str]] = {}
        """Tasks whose tests cannot run here, by why."""

    def untested(self) -> str:
        """Say what was not judged by tests, and why; empty where everything was."""
        said = [f"{len(each)} tasks are not tested: {why}." for why, each in self._missing.items()]
        if n := len(self._unseen):
            said.append(
                f"{n} of the places say nothing: the project's tests pass without them as well."
            )
        return " ".join(said)

    async def fault(self, task: Task) -> str:
        """Say how the project's tests fail as it stands now; empty if they pass."""
        check = await check_project(task, task.solution, self._command, self._tracked)
        if check.passed:
            return ""
        how = "cannot run" if check.passed is None else "fail as it stands"
        return f"The project's tests {how}: {check.output}"

    async def check(self, task: Task, becomes: str) -> Check:
        """Run the tests on what a task's file becomes; empty for no answer."""
        if self._command and (await self._run(task, task.document.text)).passed:
            self._unseen.add(task.fingerprint)
            return Check(None, "the tests pass without it as well")
        # First, or the answers that are none would be all that counts.
        if not self._command and (why := await asyncio.to_thread(missing_program, task.language)):
            self._missing.setdefault(why, set()).add(task.fingerprint)
            return Check(None, why)
        if not becomes:
            return Check(False)
        if self._command and becomes == task.solution:
            return Check(True)
        return await self._run(task, becomes)

    async def _run(self, task: Task, text: str) -> Check:
        tests = await asyncio.to_thread(lambda: self._project) if self._command else task.tests
        named = f"{tests}\0{task.path}\0{text}"
        key = sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        if (known := self._store.check(key)) is not None:
            return known
        if self._command:
            check = await check_project(task, text, self._command, self._tracked)
        else:
            check = await check_task(task, text)
        self._store.add_check(key, check)
        return check

    @cached_property
    def _project(self) -> str:
        """Names the command and the files that it runs on: another verdict needs another name."""
        found = sha256(repr(tuple(self._command)).encode("utf-8", "surrogatepass"))
        for path in self._tracked:
            if path.is_file():
                found.update(str(path).encode("utf-8", "surrogatepass") + b"\0")
                found.update(sha256(path.read_bytes()).digest())
        return found.hexdigest()
