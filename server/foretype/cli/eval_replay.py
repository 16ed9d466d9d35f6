"""``foretype eval --replay``: what a user would have had in time, while typing a file."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from foretype.cli.eval_models import cap_usd, open_contenders
from foretype.cli.eval_options import Plan
from foretype.cli.file_position import project_of, read_document
from foretype.cli.report.eval_table import percent
from foretype.cli.terminal import BadInput, console, counted
from foretype.completion.feedback.stats_words import usd
from foretype.evaluation.answer_store import AnswerStore
from foretype.evaluation.evaluate import Contender
from foretype.evaluation.holes import Source
from foretype.evaluation.observed_model import Cap, ObservedModel
from foretype.evaluation.replay import KEYS_PER_S, Replayed, Typist, cut
from foretype.evaluation.summary import share
from foretype.evaluation.tasks import Task, of_holes
from foretype.settings.schema import Settings
from foretype.spending.usage import Usage, sum_usd

SLOTS = 8
"""Requests at a time: as many as the server itself has at most."""
TOKENS_PER_PAUSE = (2000, 60)
"""Input and output tokens that a pause costs, roughly, for the estimate alone."""


@dataclass(frozen=True, slots=True)
class Session:
    """What one model is typed beside, and what of it was typed before."""

    contender: Contender
    task: Task
    n: int
    """Pauses."""
    seed: int
    store: AnswerStore

    @property
    def done(self) -> Replayed:
        """What was typed and counted so far."""
        found = self.store.typed(self._key) or Replayed(model="")
        # Labels are the report's.
        return replace(found, model=self.contender.label)

    @property
    def is_whole(self) -> bool:
        return self.done.is_whole(self.truth, self.n)

    @property
    def truth(self) -> str:
        """What is typed."""
        assert self.task.hole is not None
        return self.task.hole.truth

    @property
    def n_keys_left(self) -> int:
        """The keys that are not typed yet, but for typos."""
        return 0 if self.is_whole else len(self.truth) - self.done.typed

    @property
    def deadline_ms(self) -> float:
        return float(self.contender.settings.completion.deadline_ms)

    @property
    def _key(self) -> str:
        how = f"{self.contender.identity}\0{self.n}\0{self.seed}"
        named = f"{self.task.fingerprint}\0{how}\0{self.truth}"
        return sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    async def type(self, cap: Cap, said: Console) -> None:
        """Type what is not typed yet, and keep what is counted."""
        contender, done = self.contender, self.done
        model = ObservedModel(contender.model, cap, asyncio.Semaphore(SLOTS), contender.layout)
        await model.warm()
        typist = Typist(self.task, model, contender.settings, contender.gate, self.seed, done=done)
        with Progress(console=said, transient=True, disable=not said.is_terminal) as progress:
            name = f"Typing with {contender.label}"
            bar = progress.add_task(name, total=self.n, completed=len(done.pauses))

            def keep(part: Replayed) -> None:
                self.store.add_typed(self._key, part)
                progress.advance(bar, len(part.pauses))

            await typist.play(self.n, keep)


def replay(path: Path, plan: Plan, settings: Settings, store: AnswerStore) -> int:
    """Type a part of a file with each model in turn, and print what was counted.

    What was typed before is not typed again. Ends with 1 where not everything was.
    """
    root, said = project_of(path), console(stderr=True)
    task = _task(path, root, plan)

    async def run() -> tuple[list[Session], Cap]:
        async with open_contenders(plan.models, (), settings, root, said) as contenders:
            for each in contenders:
                if rule := await asyncio.to_thread(each.gate.excluded, task.document.uri):
                    raise BadInput(f"{path} is excluded by {rule}: nothing of it is sent.")
            sessions = [Session(each, task, plan.n, plan.seed, store) for each in contenders]
            cap = Cap(_cap_usd(sessions, said, max_usd=plan.max_usd, yes=plan.yes))
            if plan.fresh:
                store.forget()
            for session in sessions:
                if not session.is_whole:
                    await session.type(cap, said)
            return sessions, cap

    sessions, cap = asyncio.run(run())
    if plan.is_json:
        click.echo(json.dumps([asdict(session.done) for session in sessions], indent=1))
    else:
        _show(sessions, console())
    for session in sessions:
        if fault := session.done.fault:
            said.print(f"{session.done.model}: {fault}", style="yellow", soft_wrap=True)
    if store.fault:
        said.print(store.fault, style="yellow", soft_wrap=True)
    if cap.stopped:
        sentence = f"{cap.stopped} The same command goes on from there."
        said.print(sentence, style="yellow", soft_wrap=True)
    return 0 if all(session.is_whole for session in sessions) else 1


def _task(path: Path, root: Path, plan: Plan) -> Task:
    """Cut the part to type out of a file. Raises BadInput."""
    document = read_document(path)
    name = path.resolve().relative_to(root).as_posix()
    hole = cut(Source(name, document.language, document.text), plan.n, plan.seed)
    if hole is None:
        raise BadInput(f"{path} has no paragraphs to type.")
    [task] = of_holes([hole], root)
    return task


def _cap_usd(
    sessions: Sequence[Session], said: Console, *, max_usd: float | None, yes: bool
) -> float:
    """Say what is typed and what that costs, and return the most to spend."""
    left = [session for session in sessions if not session.is_whole]
    if not left:
        said.print("Everything is typed already.")
        return 0.0
    n_keys = sum(session.n_keys_left for session in left)
    minutes = counted(math.ceil(n_keys / KEYS_PER_S / 60), "minute")
    is_some_kept = any(session.done.typed for session in sessions)
    kept = "; the rest is typed already" if is_some_kept else ""
    said.print(f"{n_keys:,} keys: about {minutes} in all{kept}.")
    rough = sum_usd(_rough_usd(each) for each in left)
    return cap_usd([each.contender for each in left], rough, said, max_usd=max_usd, yes=yes)


def _rough_usd(session: Session) -> float | None:
    n_left = session.n - len(session.done.pauses)
    n_input, n_output = (n_left * tokens for tokens in TOKENS_PER_PAUSE)
    return session.contender.model.price(Usage(input_tokens=n_input, output_tokens=n_output))


def _show(sessions: Sequence[Session], out: Console) -> None:
    limit_ms = sessions[0].deadline_ms
    table = Table(box=None, pad_edge=False, header_style="bold")
    names = ("model", f"right within {limit_ms:.0f} ms", "ever", "pauses", "keys", "requests")
    for name in (*names, "tokens out", "cost"):
        table.add_column(name, justify="left" if name == "model" else "right", overflow="fold")
    for session in sessions:
        one, within_s = session.done, session.deadline_ms / 1000
        hits = [float(after is not None and after <= within_s) for after in one.pauses]
        ever = [float(after is not None) for after in one.pauses]
        table.add_row(
            one.model,
            percent(share(hits)),
            percent(share(ever)),
            f"{len(one.pauses):,}",
            f"{one.keys:,}",
            f"{one.requests:,}",
            f"{one.output_tokens:,}",
            usd(one.cost_usd),
        )
    out.print(table)
