"""One question to one model, through the product's own way, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from foretype.completion.complete_text import complete_text
from foretype.completion.service import CompletionService
from foretype.completion.suggestion import Suggestion, Trigger
from foretype.core.deadline import Deadline
from foretype.evaluation.observed_model import ObservedModel, Stream
from foretype.evaluation.tasks import Rewrite, Task
from foretype.lsp.session.client_profiles import GENERIC
from foretype.privacy.gate import Gate
from foretype.refactor.actions.offers import Offer, find_offer
from foretype.refactor.actions.target import Spot
from foretype.refactor.execute import RefactorEnvironment, execute
from foretype.refactor.outcome import Refused, Staged
from foretype.settings.schema import CompletionSettings, Settings
from foretype.spending.usage import sum_usd

LIMIT_S = 60.0
"""Seconds for which a completion is waited for: what it is worth does not depend on when it comes.
What would have been there in time is found from the times at which it arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What became of one task in one run. Times in milliseconds from the request to the model."""

    key: str
    """Names the question, the model and the run: an answer is asked for once."""
    model: str
    """The model's label in the report."""
    task: str
    kind: str
    language: str
    run: int
    """From 1."""
    shown: str = ""
    """The text that a user would have been shown; the new code of a refactoring's file."""
    becomes: str = ""
    """The whole file with it; empty where nothing was shown."""
    why: str = ""
    """Why nothing was shown."""
    failure: str = ""
    """What the endpoint failed with in place of any answer."""
    raw: tuple[str, ...] = ()
    """The answers as they came."""
    first_token_ms: float | None = None
    first_line_ms: float | None = None
    """When something could be shown first; None for refactorings."""
    took_ms: float = 0.0
    in_time: bool | None = None
    """Whether something could be shown by the deadline; None for refactorings."""
    is_cold: bool = False
    """The first request of its model in this session: its times do not count."""
    n_thought: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: float | None = None
    is_estimated: bool = False
    outcome: str = ""
    """By comparison: one of ``judging.OUTCOMES``; empty for refactorings."""
    similarity: float | None = None
    is_sound: bool | None = None
    """Whether the file has no more syntax errors than before."""
    passed: bool | None = None
    """Whether tests passed; None where none ran."""
    test_output: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def from_json(row: Mapping[str, Any]) -> Attempt:
    """Return an attempt as it was stored. Raises TypeError if the row is none."""
    # Tests judge in the evaluation that runs them, and no other.
    known = {field.name for field in fields(Attempt)} - {"passed", "test_output"}
    kept = {name: value for name, value in row.items() if name in known}
    return Attempt(**{**kept, "raw": tuple(row.get("raw", ()))})


async def attempt(
    task: Task, model: ObservedModel, settings: Settings, gate: Gate, blank: Attempt
) -> Attempt:
    """Ask a model what a task asks. ``blank`` has what is known before."""
    model.take_streams()
    if task.rewrite is not None:
        made = await _refactored(task, task.rewrite, model, settings, gate, blank)
    else:
        made = await _completed(task, model, settings, gate, blank)
    return _with_counts(made, model.take_streams())


async def _completed(
    task: Task, model: ObservedModel, settings: Settings, gate: Gate, blank: Attempt
) -> Attempt:
    cursor = task.cursor
    # One text a place: nobody looks at alternatives, and each is paid for.
    asked = replace(settings, completion=replace(settings.completion, local="off", alternatives=1))
    service = CompletionService(settings=asked, model=model, gate=gate, client=GENERIC)
    try:
        service.opened(cursor.document)
        await service.rest_at(cursor)
        limit = Deadline.after_ms(LIMIT_S * 1000)
        answer = await service.suggest(cursor, Trigger.INVOKED, limit)
    finally:
        await service.close()
    first_ms, in_time = _first_line(task, model.streams, settings.completion)
    timed = replace(blank, first_line_ms=first_ms, in_time=in_time)
    if not isinstance(answer, Suggestion):
        detail = f": {answer.detail}" if answer.detail else ""
        return replace(timed, why=f"{answer.reason.value}{detail}")
    before, after = cursor.document.text[: cursor.offset], cursor.document.text[cursor.offset :]
    becomes = before + answer.text + after[answer.replaces :]
    return replace(timed, shown=answer.text, becomes=becomes)


def _first_line(
    task: Task, streams: list[Stream], settings: CompletionSettings
) -> tuple[float | None, bool]:
    """Return when a line could be shown first, and whether that was in time."""
    stream = next((each for each in streams if each.text), None)
    if stream is None:
        return None, False
    for at, n_chars in stream.arrivals:
        is_all = n_chars == len(stream.text)
        # A line is whole once its end has come: nothing changes before that.
        if not is_all and "\n" not in stream.text[:n_chars]:
            continue
        done = complete_text(stream.text[:n_chars], task.cursor, settings, final=is_all)
        if done.extent.whole_lines.strip():
            first_ms = ((stream.finished_s or stream.took_s) if is_all else at) * 1000
            return first_ms, first_ms <= settings.deadline_ms
    return None, False


async def _refactored(
    task: Task,
    asked: Rewrite,
    model: ObservedModel,
    settings: Settings,
    gate: Gate,
    blank: Attempt,
) -> Attempt:
    offer = _offer(task, asked, settings)
    if isinstance(offer, str):
        return replace(blank, why=offer)
    around = RefactorEnvironment(
        settings=settings.refactor,
        model_of=lambda name: model,
        excluded=gate.excluded,
        roots=(task.root,),
    )
    outcome = await execute(offer, around)
    if isinstance(outcome, Refused):
        return replace(blank, why=outcome.message)
    if not outcome.changes:
        return replace(blank, why="the model changed nothing")
    return replace(blank, shown=outcome.changes[0].text, becomes=_new_text(outcome, asked.text))


def _offer(task: Task, asked: Rewrite, settings: Settings) -> Offer | str:
    document = task.document
    start, end = document.line_start(asked.first), document.line_end(asked.last)
    spot = Spot(document, start, end)
    return find_offer(spot, settings.refactor, asked.action, asked.instruction)


def _new_text(outcome: Staged, text: str) -> str:
    for change in sorted(outcome.changes, key=lambda change: -change.start):
        text = text[: change.start] + change.text + text[change.end :]
    return text


def _with_counts(made: Attempt, streams: list[Stream]) -> Attempt:
    usages = [stream.usage for stream in streams]
    failures = [stream.failure for stream in streams if stream.failure]
    firsts = [stream.arrivals[0][0] for stream in streams if stream.arrivals]
    return replace(
        made,
        failure=failures[-1] if failures and not any(stream.text for stream in streams) else "",
        raw=tuple(stream.text or stream.failure for stream in streams),
        first_token_ms=firsts[0] * 1000 if firsts else None,
        took_ms=sum(stream.took_s for stream in streams) * 1000,
        n_thought=sum(stream.n_thought for stream in streams),
        input_tokens=sum(usage.input_tokens for usage in usages),
        cached_tokens=sum(usage.cached_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        reasoning_tokens=sum(usage.reasoning_tokens for usage in usages),
        cost_usd=sum_usd(usage.cost_usd for usage in usages),
        is_estimated=any(stream.is_estimated for stream in streams),
    )
