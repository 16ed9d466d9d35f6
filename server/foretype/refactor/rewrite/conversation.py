"""Ask the model for one complete answer: streamed, shown as it arrives, continued once if cut.

Judges nothing: what the answer holds is up to ``rewrite.py``.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace

from foretype.models.protocol import Message, Model, Prompt, ToolCall
from foretype.refactor import response
from foretype.refactor.outcome import OnProgress, Progress, Spending
from foretype.refactor.rewrite import instructions


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete answer of the model, as it came."""

    text: str
    finish: str
    reasoned: bool = False
    tool_calls: tuple[ToolCall, ...] = ()


async def ask(
    model: Model,
    conversation: tuple[Message, ...],
    limit: int,
    on_progress: OnProgress,
    spent: Spending,
    *,
    think: bool = False,
) -> Answer:
    """Stream the model's answer; one that was cut for its length is continued once."""
    prompt = Prompt(messages=conversation, max_tokens=limit, temperature=0.2, think=think)
    answer = await stream_answer(model, prompt, on_progress, spent)
    if answer.finish != "length" or not answer.text.strip():
        return answer
    on_progress(Progress(answer.text, "continuing"))
    more = (*conversation, Message("assistant", answer.text), instructions.CONTINUE)
    prompt = replace(prompt, messages=more)
    rest = await stream_answer(model, prompt, on_progress, spent, before=answer.text)
    text = response.join_continuation(answer.text, rest.text)
    return Answer(text, rest.finish, answer.reasoned)


async def stream_answer(
    model: Model, prompt: Prompt, on_progress: OnProgress, spent: Spending, before: str = ""
) -> Answer:
    """Stream one answer, and report its text so far, ``before`` included, as progress."""
    pieces: list[str] = []
    calls: list[ToolCall] = []
    finish, reasoned = "", False
    spent.requests += 1
    async with aclosing(model.stream(prompt)) as chunks:
        async for chunk in chunks:
            if chunk.reasoning and not reasoned:
                reasoned = True
                on_progress(Progress(before, "thinking"))
            if chunk.text:
                pieces.append(chunk.text)
                on_progress(Progress(before + "".join(pieces)))
            if chunk.usage is not None:
                spent.add(chunk.usage)
            calls += chunk.tool_calls
            finish = chunk.finish or finish
    return Answer("".join(pieces), finish, reasoned, tuple(calls))
