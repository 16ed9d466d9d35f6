"""Why something was shown, or nothing: the stages of one answer in plain words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from foretype.completion.suggestion import (
    Answer,
    NoSuggestion,
    Reason,
    Source,
    Suggestion,
    Trigger,
)
from foretype.core.cursor import Cursor
from foretype.core.timings import Timings

if TYPE_CHECKING:
    # Not loaded for its sake: the server says why before it needs any of it.
    from foretype.completion.generation.generation import Generation

SOURCES = {
    Source.MODEL: "the model",
    Source.REUSE: "the model, from text that was there already",
    Source.LOCAL: "the embedded engine",
}

NOTHING_SENT = frozenset(
    {
        Reason.OFF,
        Reason.EXCLUDED,
        Reason.SECRET,
        Reason.UNWANTED,
        Reason.TOO_LARGE,
        Reason.NO_DOCUMENT,
        Reason.BUDGET,
    }
)
"""Reasons for which no model is asked."""

ADVICE = {
    Reason.OFF: "Switch it on with foretype.toggle, or invoke it explicitly.",
    Reason.EXCLUDED: "Remove the rule, if nothing in the file is secret.",
    Reason.SECRET: "Move away from the secret, or keep it in the environment.",
    Reason.UNWANTED: "Go to the end of the line, or invoke it explicitly.",
    Reason.REJECTED: "Invoke it explicitly to see it again.",
    Reason.DEADLINE: "Invoke it explicitly, which waits longer, or raise `completion.deadline_ms`.",
    Reason.REASONING: "Set `model` to one that answers without reasoning.",
    Reason.CUT: "Raise `completion.max_tokens`.",
    Reason.UNAVAILABLE: "`foretype doctor` tries the connection and says what is wrong.",
    Reason.BUDGET: "Raise `budget.daily_usd` or `budget.monthly_usd`.",
    Reason.UNSURE: "Set `provider` and its key: a model knows more than your own code.",
}
"""What the user can do about it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer, and what is needed to explain it."""

    cursor: Cursor
    trigger: Trigger
    answer: Answer
    timings: Timings
    wall: float
    """When it was answered, in seconds since 1970."""
    is_new: bool = True
    """Whether it shows something that was not visible before."""


def streams_of(decision: Decision, generations: Iterable[Generation]) -> list[Generation]:
    """Return the streams that may have had text for an answer, the latest last."""
    answered = decision.timings.start + decision.timings.marks.get("answer", 0.0) / 1000
    return [
        stream
        for stream in generations
        if stream.anchor.uri == decision.cursor.document.uri
        and stream.started <= answered
        and (stream is _stream(decision.answer) or stream.was_asked_at(decision.cursor))
    ]


def _stream(answer: Answer) -> object:
    return answer.stream if isinstance(answer, Suggestion) else None


def lines(
    decision: Decision,
    streams: Sequence[Generation] = (),
    *,
    model: str = "the model",
    takes_messages: bool = True,
) -> list[str]:
    """Explain an answer, one line a stage. ``model`` is its name, with where it is.

    ``takes_messages``: it is sent messages, rather than code alone.
    """
    answer, marks = decision.answer, decision.timings.marks
    said = [_request(decision)]
    if isinstance(answer, NoSuggestion) and answer.reason in NOTHING_SENT:
        said.append("No model was asked.")
    elif "model" in marks or streams:
        for stream in streams[-2:]:
            said += _about_stream(stream, decision.timings, model)
        if streams and (n_chars := len(streams[-1].context.context.instructions)):
            said.append(
                f"Your instructions were sent with it: {n_chars:,} characters."
                if takes_messages
                else "Your instructions were not sent: this endpoint takes only code."
            )
        if not streams:
            said.append(f"Asked {model} {_relative(marks['model'])}.")
    elif isinstance(answer, Suggestion) and answer.source is Source.LOCAL:
        said.append("The model had not been asked yet, or is not used.")
    elif isinstance(answer, NoSuggestion):
        said.append("No model was asked until then: there is none, or a pause was waited for.")
    if "local" in marks:
        said.append(f"The embedded engine had answered after {_ms(marks['local'])}.")
    return [*said, _outcome(decision), *_advice(answer)]


def sentence(answer: Answer) -> str:
    """Return the outcome alone: where a text came from, or why there is none."""
    if isinstance(answer, Suggestion):
        return f"something was shown, from {SOURCES[answer.source]}"
    return answer.reason.value + (f" ({answer.detail.rstrip('.')})" if answer.detail else "")


def advice(answer: Answer) -> str:
    """Return what the user can do about nothing being shown; empty where there is nothing."""
    return ADVICE.get(answer.reason, "") if isinstance(answer, NoSuggestion) else ""


def _request(decision: Decision) -> str:
    line, column = _place(decision.cursor)
    who = "Explicitly invoked" if decision.trigger is Trigger.INVOKED else "Requested by the editor"
    at = datetime.fromtimestamp(decision.wall).strftime("%H:%M:%S")
    return f"{who} at {at}, in line {line}, column {column}."


def _place(cursor: Cursor) -> tuple[int, int]:
    """Return line and column, both from 1, in characters."""
    before = cursor.document.text[: cursor.offset]
    return before.count("\n") + 1, cursor.offset - (before.rfind("\n") + 1) + 1


def _about_stream(stream: Generation, timings: Timings, model: str) -> list[str]:
    said = [f"Asked {model} {_relative((stream.started - timings.start) * 1000)}."]
    if stream.first_token is not None:
        said.append(
            f"Its first token came {_ms((stream.first_token - stream.started) * 1000)} later."
        )
    elif stream.failure is None:
        said.append("It has written nothing yet." if stream.running else "It wrote nothing.")
    if stream.thought:
        said.append(f"It wrote {stream.thought:,} characters of reasoning first.")
    if stream.failure is not None:
        said.append(f"It failed: {str(stream.failure).rstrip('.')}.")
    if stream.refused:
        said.append(f"Its text was discarded: {stream.refused}.")
    elif stream.cut_short:
        said.append("It was cut before it had ended: by a limit of tokens, or a filter.")
    elif not stream.complete and not stream.running and stream.failure is None:
        said.append("It was ended early, since the text had changed.")
    return said


def _outcome(decision: Decision) -> str:
    answer = decision.answer
    after = _ms(decision.timings.marks.get("answer", 0.0))
    if isinstance(answer, NoSuggestion):
        return f"Nothing was shown after {after}: {sentence(answer)}."
    n_lines = answer.text.count("\n") + 1
    size = f"{n_lines} line{'' if n_lines == 1 else 's'}, {len(answer.text):,} characters"
    cut = "" if answer.complete else ", as far as it had come by the deadline"
    verb = "Shown" if decision.is_new else "Still shown"
    return f"{verb} after {after}: {size}, from {SOURCES[answer.source]}{cut}."


def _advice(answer: Answer) -> list[str]:
    return [said] if (said := advice(answer)) else []


def _relative(ms: float) -> str:
    return f"{_ms(ms)} after the request" if ms >= 0 else f"{_ms(-ms)} before the request"


def _ms(ms: float) -> str:
    return f"{ms:,.0f} ms"
