"""What ``refactor.planner`` costs and saves, and what a bad plan does.

    python -m benches.planner

Three renames across files: the guide's example and two in foreign packages. The pair is scripted:
the model works by a fixed rule on what the tools really return, and a plan saves it the rounds in
which it finds out which files matter. So rounds and tokens are measured, how good a planner is, is
not. Without a plan it reads the user's file, searches the workspace, reads around each place,
writes, and ends. With one it looks only in the files that the plan names, and where one of them
cannot be found it goes on as without. Tokens are a quarter of the characters sent and received,
tools included; the cost is that of MAI-Code-1-Flash with the part of a prompt that the request
before held at the price of its cache. The planner's own price is not public: *at most* says how
many times the model's it may be for the run to cost no more than without a plan.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

from benches.figures import table
from benches.refactor_cases import package_folder
from foretype.core.deadline import Deadline
from foretype.core.text import Document
from foretype.models.protocol import Chunk, ModelUnavailable, Prompt, ToolCall
from foretype.refactor.actions.offers import Offer, find_offer
from foretype.refactor.actions.target import Spot
from foretype.refactor.agent.loop import rewrite_across_files
from foretype.refactor.agent.toolbox import Toolbox
from foretype.refactor.agent.workspace import Workspace
from foretype.refactor.outcome import Outcome, Staged
from foretype.refactor.work import Work
from foretype.settings.model_family import PRICES
from foretype.settings.schema import RefactorSettings
from foretype.spending.usage import Usage

FLASH = PRICES["mai-code-1-flash"]
CHARS_A_TOKEN = 4
THOUGHT_TOKENS = 600
"""Tokens that the planner thinks before it writes: a guess, which its own usage replaces."""
LINES_ABOVE = 8
"""Lines above a place from which on the model reads a file."""


@dataclass(frozen=True)
class Task:
    """A name that is to become another in a whole package."""

    title: str
    files: dict[str, str]
    where: str
    """The file that the user is in."""
    old: str
    new: str

    @property
    def wanted(self) -> dict[str, str]:
        """The files that change, as they are to be."""
        changed = {path: re.sub(rf"\b{self.old}\b", self.new, t) for path, t in self.files.items()}
        return {path: text for path, text in changed.items() if text != self.files[path]}


GUIDE = {"a.py": "def old():\n    return 1\n", "b.py": "from a import old\n\nprint(old())\n"}


def tasks() -> list[Task]:
    return [
        Task("the guide's example", GUIDE, "a.py", "old", "new"),
        _package("requests", "2.32.3", "requests/_internal_utils.py", "to_native_string"),
        _package("jinja2", "3.1.5", "jinja2/utils.py", "internalcode"),
    ]


def _package(name: str, version: str, where: str, old: str) -> Task:
    folder = package_folder("pip", name, version) / name
    files = {
        f"{name}/{path.relative_to(folder).as_posix()}": path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.py"))
    }
    return Task(f"{name} {version}", files, where, old, f"{old}_renamed")


@dataclass
class Counted:
    """Counts a scripted model's tokens, as a provider with a prompt cache would."""

    usages: list[Usage] = field(default_factory=list)
    _before: str = ""

    async def warm(self) -> None:
        """Nothing is to be loaded."""

    async def close(self) -> None:
        """Nothing is open."""

    def count(self, prompt: Prompt, answer: str, thought: int = 0) -> Usage:
        tools = json.dumps([tool.parameters for tool in prompt.tools])
        said = [f"{m.role}{m.content}{m.tool_calls}" for m in prompt.messages or ()]
        sent = tools + "".join(said)
        cached = len(sent) if sent.startswith(self._before) and self._before else 0
        cached = min(cached, len(self._before))
        self._before = sent
        usage = Usage(
            input_tokens=len(sent) // CHARS_A_TOKEN,
            cached_tokens=cached // CHARS_A_TOKEN,
            output_tokens=len(answer) // CHARS_A_TOKEN + thought,
            reasoning_tokens=thought,
        )
        self.usages.append(usage)
        return usage


@dataclass
class Planner(Counted):
    """Says always the same; nothing where it cannot be reached."""

    plan: str | None = None
    name: str = "planner"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        if self.plan is None:
            raise ModelUnavailable("the planner does not answer")
        yield Chunk(text=self.plan)
        yield Chunk(usage=self.count(prompt, self.plan, THOUGHT_TOKENS), finish="stop")


Calls = list[tuple[str, dict[str, object]]]


@dataclass
class Worker(Counted):
    """Renames by a fixed rule, from what it has been told and what the tools returned."""

    task: Task = field(default_factory=lambda: Task("", {}, "", "", ""))
    searches: bool = True
    name: str = "worker"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        messages = prompt.messages or ()
        refused = {m.tool_call_id for m in messages if m.content.startswith("error: only")}
        asked = [call for message in messages for call in message.tool_calls]
        done = [call for call in asked if call.id not in refused]
        results = [message.content for message in messages if message.role == "tool"]
        files, is_planned, plan = messages[1].content.partition("Plan, by another model")
        named = _paths(plan) if is_planned else []
        if self.searches:
            made = self._searching(named, done, results)
        else:
            listed = _paths(files.partition("Files:")[2])
            made = self._reading(named, listed, done, results)
        calls = tuple(
            ToolCall(f"c{len(asked)}_{number}", name, json.dumps(arguments))
            for number, (name, arguments) in enumerate(made)
            if json.dumps(arguments) not in {call.arguments for call in done}
        )
        answer = "" if calls else "Renamed."
        yield Chunk(text=answer, tool_calls=calls)
        written = answer + "".join(f"{call.name}{call.arguments}" for call in calls)
        yield Chunk(usage=self.count(prompt, written), finish="tool_calls" if calls else "stop")

    def _searching(self, named: list[str], done: list[ToolCall], results: list[str]) -> Calls:
        """Search, read around each place, write: several calls a round."""
        hits = self._hits(results)
        if any("first_line" in call.arguments for call in done):
            return [edit for path in dict.fromkeys(hits) for edit in self._edits(path)]
        searched_all = any(
            call.name == "search" and "pattern" not in call.arguments for call in done
        )
        if named and not done:
            return [("search", {"text": self.task.old, "pattern": path}) for path in named]
        is_lost = any(result.startswith("nothing") for result in results)
        if hits and (searched_all or not is_lost):
            return [
                ("read_file", {"path": path, "first_line": max(line - LINES_ABOVE, 1)})
                for path, line in hits.items()
            ]
        if not done:
            return [("read_file", {"path": self.task.where})]
        return [] if searched_all else [("search", {"text": self.task.old})]

    def _reading(
        self, named: list[str], listed: list[str], done: list[ToolCall], results: list[str]
    ) -> Calls:
        """Read one file a round, those of the plan or all, then write."""
        read = [json.loads(call.arguments)["path"] for call in done if call.name == "read_file"]
        is_lost = any(result.startswith(("error: there", "error: ..")) for result in results)
        targets = [*named, *(listed if is_lost or not named else ())]
        left = [path for path in dict.fromkeys(targets) if path not in read]
        if left:
            return [("read_file", {"path": left[0]})]
        return [edit for path in read if path in self.task.files for edit in self._edits(path)]

    def _hits(self, results: list[str]) -> dict[str, int]:
        """The first line of each file in which a search found the name."""
        found: dict[str, int] = {}
        for result in results:
            for path, line, text in re.findall(r"^([\w./-]+\.py):(\d+): (.*)$", result, re.M):
                if re.search(rf"\b{self.task.old}\b", text):
                    found.setdefault(path, int(line))
        return found

    def _edits(self, path: str) -> Calls:
        """A call for each place, with as many lines as it takes to stand there once."""
        word = re.compile(rf"\b{self.task.old}\b")
        lines = self.task.files[path].split("\n")
        made: Calls = []
        for at in (number for number, line in enumerate(lines) if word.search(line)):
            first = at
            while first and "\n".join(lines).count("\n".join(lines[first : at + 1])) > 1:
                first -= 1
            old = "\n".join(lines[first : at + 1])
            lines[at] = word.sub(self.task.new, lines[at])
            new = "\n".join(lines[first : at + 1])
            made.append(("write_file", {"path": path, "old_text": old, "new_text": new}))
        return made


def _paths(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"[\w./-]+\.py\b", text)))


def plans(task: Task) -> dict[str, str | None]:
    """Plans by what is the matter with them; None where the planner fails."""
    steps = [
        f"{n}. In {path}, rename {task.old} to {task.new}." for n, path in enumerate(task.wanted, 1)
    ]
    return {
        "good": "\n".join(steps),
        "names a file that is not there": "\n".join(
            [*steps[:-1], "9. In core/gone.py, rename it."]
        ),
        "leaves a file out": "\n".join(steps[:-1]),
        "leads outside": "1. Write ../../outside.py.\n2. Then stop.",
        "empty": "",
        "fails": None,
    }


async def run(
    task: Task, plan: str | None, *, planned: bool, searches: bool = True
) -> tuple[Outcome, Worker, Planner]:
    """Carry a task out in a folder of its own."""
    with tempfile.TemporaryDirectory() as made:
        root = _written(task, made)
        document = Document((root / task.where).as_uri(), task.files[task.where], "python", 1)
        settings = RefactorSettings()
        instruction = f"rename {task.old} to {task.new}"
        offer = find_offer(Spot(document, 0, 0), settings, "across-files", instruction)
        assert isinstance(offer, Offer), offer
        worker = Worker(task=task, searches=searches)
        planner = Planner(plan=plan)
        work = Work(
            offer=offer,
            model=worker,
            settings=settings,
            path=task.where,
            deadline=Deadline.after_ms(60_000),
        )
        toolbox = Toolbox(Workspace(root, lambda uri: None))
        outcome = await work.within_deadline(
            lambda limit: rewrite_across_files(work, limit, toolbox, planner if planned else None)
        )
        return outcome, worker, planner


def _written(task: Task, folder: str) -> Path:
    root = Path(folder).resolve()
    for path, text in task.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def _cost(usages: list[Usage]) -> float:
    return sum(
        (u.input_tokens - u.cached_tokens) * FLASH.input
        + u.cached_tokens * FLASH.cached
        + u.output_tokens * FLASH.output
        for u in usages
    ) / 1e6  # fmt: skip


def _tokens(usages: list[Usage]) -> int:
    return sum(u.input_tokens + u.output_tokens for u in usages)


def _row(task: Task, title: str, ran: tuple[Outcome, Worker, Planner], without: float) -> list[str]:
    outcome, worker, planner = ran
    done = "refused"
    if isinstance(outcome, Staged):
        done = f"{len(outcome.changes)} of {len(task.wanted)}"
    own, planning = _cost(worker.usages), _cost(planner.usages)
    most = (without - own) / planning if planning else 0.0
    return [
        *(task.title, title, done),
        *(str(len(worker.usages)), f"{_tokens(worker.usages):,}", f"{own:.4f}"),
        f"{_tokens(planner.usages):,}" if planner.usages else "",
        f"{most:.1f}" if planning and most > 0 else "never" if planning else "",
    ]


def main() -> int:
    header = ["task", "plan", "files", "rounds", "tokens", "cost, $", "planner's tokens", "at most"]
    for searches in (True, False):
        rows = []
        for task in tasks():
            plain = asyncio.run(run(task, None, planned=False, searches=searches))
            without = _cost(plain[1].usages)
            rows.append(_row(task, "none", plain, without))
            for title, plan in plans(task).items():
                ran = asyncio.run(run(task, plan, planned=True, searches=searches))
                rows.append(_row(task, title, ran, without))
        print(f"\nA model that {'searches' if searches else 'reads one file a round'}:\n")
        print(table(header, rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
