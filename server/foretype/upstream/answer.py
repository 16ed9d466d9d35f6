"""Build the answer to a question from the script, piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from foretype.upstream import tokenizer, truth
from foretype.upstream.habits import HABITS, IntendedText
from foretype.upstream.question import Question
from foretype.upstream.script import Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A tool call as the model writes it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, split into the pieces that are sent one by one."""

    reasoning: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    finish: str = "stop"
    n_tokens: int = 0
    """Output tokens, reasoning included."""
    n_reasoning: int = 0

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def make_answer(question: Question, script: Script, calls: tuple[Call, ...] = ()) -> Answer:
    """Build the model's answer to a question as scripted."""
    script = script.changed(HABITS[script.habit].script)
    text, finish = intended_text(question, script), "stop"
    reasoning = tokenizer.split(script.reasoning)
    if script.reasoning_as == "think" and reasoning:
        text, reasoning = f"<think>\n{script.reasoning}\n</think>\n\n{text}", []
    for stop in question.stop:
        text = text.partition(stop)[0]
    written = [] if calls else tokenizer.split(text)
    limit = question.max_tokens
    if limit is not None and len(reasoning) + len(written) > limit:
        reasoning = reasoning[:limit]
        written = written[: limit - len(reasoning)]
        finish = "length"
    n_calls = sum(tokenizer.count(call.arguments) for call in calls)
    return Answer(
        reasoning=tuple(reasoning),
        pieces=tuple(_SPLITS[script.split](written)),
        calls=calls,
        finish=script.finish or ("tool_calls" if calls else finish),
        n_tokens=len(reasoning) + len(written) + n_calls,
        n_reasoning=len(reasoning),
    )


def intended_text(question: Question, script: Script) -> str:
    """Return the text before limits, distorted by the habit: the true one if found."""
    habit = HABITS[script.habit].says
    found = truth.named(question.before, script) or truth.find(question.before, script.truth)
    if found is None:
        around = {"before": question.before, "after": question.after, "mark": question.mark}
        return habit(IntendedText(text=script.text, **around))
    said = truth.continuation(found, script)
    whole = found.text.replace("\r\n", "\n")
    before, after = whole[: found.offset], whole[found.offset + len(said) :]
    return habit(IntendedText(text=said, before=before, after=after, mark=question.mark))


def _lines(pieces: list[str]) -> list[str]:
    return "".join(pieces).splitlines(keepends=True)


_SPLITS: dict[str, Callable[[list[str]], list[str]]] = {
    "tokens": list,
    "characters": lambda pieces: list("".join(pieces)),
    "lines": _lines,
    "whole": lambda pieces: ["".join(pieces)] if pieces else [],
}
