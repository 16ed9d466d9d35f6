"""One whole answer of the model: streamed, shown as it arrives, continued once where it was cut.

Judges nothing: what is in it is ``rewrite.py``'s part.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass

from foretype.models.protocol import Message, Model, Prompt
from foretype.refactor.outcome import OnProgress, Progress, Spent
from foretype.refactor.rewrite import instructions, response


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer of the model, as it came."""

    text: str
    finish: str
    reasoned: bool = False


async def ask(
    model: Model,
    conversation: tuple[Message, ...],
    limit: int,
    on_progress: OnProgress,
    spent: Spent,
    *,
    think: bool = False,
) -> Answer:
    """The model's answer; one that was cut for its length is continued once."""
    answer = await _draft(model, conversation, limit, on_progress, spent, think)
    if answer.finish != "length" or not answer.text.strip():
        return answer
    on_progress(Progress(answer.text, "continuing"))
    more = (*conversation, Message("assistant", answer.text), instructions.CONTINUE)
    rest = await _draft(model, more, limit, on_progress, spent, think, answer.text)
    return Answer(response.joined(answer.text, rest.text), rest.finish, answer.reasoned)


async def _draft(
    model: Model,
    conversation: tuple[Message, ...],
    limit: int,
    on_progress: OnProgress,
    spent: Spent,
    think: bool,
    before: str = "",
) -> Answer:
    request = Prompt(messages=conversation, max_tokens=limit, temperature=0.2, think=think)
    pieces: list[str] = []
    finish, reasoned = "", False
    spent.requests += 1
    async with aclosing(model.stream(request)) as chunks:
        async for chunk in chunks:
            if chunk.reasoning and not reasoned:
                reasoned = True
                on_progress(Progress(before, "thinking"))
            if chunk.text:
                pieces.append(chunk.text)
                on_progress(Progress(before + "".join(pieces)))
            if chunk.usage is not None:
                spent.add(chunk.usage)
            finish = chunk.finish or finish
    return Answer("".join(pieces), finish, reasoned)
