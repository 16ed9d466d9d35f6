"""What asking a model for next edits takes: requests, tokens and time, in virtual time.

    python -m benches.next_edit_model [--set NAME] [--steps N]

Consecutive hunks of releases stand for a user's edits. A scripted model writes the window again as
the release has it, a token every 10 ms, and each client asks three times after each edit. Counted
where the next hunk lies in the window:

* requests to the model, for each burst,
* tokens that were received until the stream was closed, about four characters each,
* from the token that makes the edit certain to the proposal: processor time,
* from the edit's own last token to the proposal: virtual time, in which the model writes what
  shows that the edit has ended.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benches.next_edits import APART_S, SETS
from benches.releases import Revision, hunks, revisions
from foretype.completion.selection import syntax_check
from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit
from foretype.models.measured import Measured
from foretype.models.protocol import Chunk, Prompt
from foretype.next_edit.model.model_edits import ModelEdits
from foretype.next_edit.model.rewrite_prompt import window_at
from foretype.next_edit.next_edits import NextEdits

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from helpers import virtual

TOKEN_CHARS = 4
FIRST_TOKEN_S, TOKEN_S = 0.4, 0.01
N_ASKED = 3
"""Times that the client asks after each edit."""
MAX_LINES = 8
"""Lines of a hunk that a window can hold."""


@dataclass
class Writer:
    """A model that writes a text, token by token."""

    said: str = ""
    n_requests: int = 0
    given_s: list[float] = field(default_factory=list)
    """When each token of the last answer was given, on the loop's clock."""
    last_cpu_s: float = 0.0
    name: str = "scripted"
    measured: Measured = field(default_factory=Measured)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        self.n_requests += 1
        self.given_s = []
        await asyncio.sleep(FIRST_TOKEN_S)
        for at in range(0, len(self.said), TOKEN_CHARS):
            self.given_s.append(asyncio.get_running_loop().time())
            self.last_cpu_s = time.process_time()
            yield Chunk(text=self.said[at : at + TOKEN_CHARS])
            await asyncio.sleep(TOKEN_S)
        yield Chunk(finish="stop")

    async def warm(self) -> None: ...

    async def close(self) -> None: ...


@dataclass
class Figures:
    """What was counted."""

    n_bursts: int = 0
    n_requests: int = 0
    tokens: list[int] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    wait_ms: list[float] = field(default_factory=list)
    n_right: int = 0
    why: Counter[str] = field(default_factory=Counter)
    """What became of the answers."""

    def lines(self) -> list[str]:
        return [
            f"{self.n_requests} requests in {self.n_bursts} bursts; "
            f"{len(self.cpu_ms)} proposals, {self.n_right} just the release's",
            f"tokens: median {statistics.median(self.tokens):.0f}, p90 {_p(self.tokens, 90):.0f}",
            f"certain to proposed, ms of processor time: median "
            f"{statistics.median(self.cpu_ms):.1f}, p95 {_p(self.cpu_ms, 95):.1f}",
            f"last token to proposed, ms of virtual time: median "
            f"{statistics.median(self.wait_ms):.0f}, p99 {_p(self.wait_ms, 99):.0f}",
            *(f"{n} {why}" for why, n in self.why.most_common()),
        ]


def _p(values: list[int] | list[float], share: int) -> float:
    return sorted(values)[len(values) * share // 100]


async def measure(steps: Iterator[tuple[Revision, int]], n_steps: int) -> Figures:
    """Play some steps, each in a session of its own."""
    figures = Figures()
    for revision, number in steps:
        await _play(revision, number, figures)
        if len(figures.tokens) >= n_steps:
            break
    return figures


async def _play(revision: Revision, number: int, figures: Figures) -> None:
    """Make the hunks of a revision up to a number, and ask for the next one."""
    loop, document = asyncio.get_running_loop(), revision.old
    edits, next_edits, writer = hunks(document.text, revision.new_text), NextEdits(()), Writer()
    asked, offset = ModelEdits(next_edits, str), 0
    for edit in edits[: number + 1]:
        await asyncio.sleep(APART_S)
        old, document = document, document.apply(edit, document.version + 1)
        next_edits.edited(old, document, loop.time())
        offset = edit.start + len(edit.text)
    wanted, window = edits[number + 1], window_at(document, offset)
    if not (window.start <= wanted.start and wanted.end <= window.end):
        return
    head = "EDIT\n" + document.text[window.start : wanted.start] + wanted.text
    writer.said = head + document.text[wanted.end : window.end]
    syntax_check.prepare(document)
    cursor = Cursor(document, offset)
    is_asked = False
    for _ in range(N_ASKED):
        await asyncio.sleep(asked.wait_s(cursor, loop.time()))
        if asked.why_silent(cursor, loop.time(), ghost_text=False) is not None:
            continue
        task = asked.start(writer, cursor, _same(document))
        if task is None:
            continue
        is_asked = True
        await asyncio.wait([task])
        cpu_ms, now_s = 1000 * (time.process_time() - writer.last_cpu_s), loop.time()
        figures.why[asked.why] += 1
        figures.tokens.append(len(writer.given_s))
        found = next_edits.next(document, offset)
        if found is not None:
            last = min(len(head) // TOKEN_CHARS, len(writer.given_s) - 1)
            figures.cpu_ms.append(cpu_ms)
            figures.wait_ms.append(1000 * (now_s - writer.given_s[last]))
            figures.n_right += found.proposal.result == document.apply(wanted).text
    figures.n_bursts += is_asked
    figures.n_requests += writer.n_requests


def _same(document: Document) -> Callable[[str], Document]:
    return lambda uri: document


def steps_of(packages: dict[str, str], seed: int) -> Iterator[tuple[Revision, int]]:
    """Hunks that others follow, in random order."""
    dice, found = random.Random(seed), []
    for revision in revisions(packages):
        edits = hunks(revision.old.text, revision.new_text)
        found += [
            (revision, number)
            for number, edit in enumerate(edits[1:])
            if _is_small(edit) and edit.text.strip()
        ]
    dice.shuffle(found)
    yield from found


def _is_small(edit: Edit) -> bool:
    return edit.text.count("\n") <= MAX_LINES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=SETS, default="measuring")
    parser.add_argument("--steps", type=int, default=300)
    args = parser.parse_args()
    for language in ("python", "javascript", "typescript"):
        syntax_check.warm(language)
    steps = steps_of(SETS[args.set], seed=1)
    print("\n".join(virtual.run(measure(steps, args.steps)).lines()))


if __name__ == "__main__":
    main()
