"""One refactoring under way: what is asked of which model, what arrived, and what it cost.

Judges nothing: what an answer holds is up to those who asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from foretype.core.deadline import Deadline
from foretype.models.protocol import Message, Model, ModelError, Prompt, ToolCall
from foretype.refactor import response
from foretype.refactor.actions.offers import Offer
from foretype.refactor.outcome import OnProgress, Outcome, Progress, Refused
from foretype.settings.schema import RefactorSettings
from foretype.spending.usage import Spending

_CONTINUE = Message(
    "user",
    "Your answer was cut off. Continue exactly where it ended, without repeating anything and "
    "without opening a new block.",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete answer of the model, as it came."""

    text: str
    finish: str
    reasoned: bool = False
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is to be done, with what, for whom."""

    offer: Offer
    model: Model
    settings: RefactorSettings
    path: str
    """The file's, as the model is told it."""
    deadline: Deadline
    on_progress: OnProgress = lambda progress: None
    spent: Spending = field(default_factory=Spending)

    async def within_deadline(
        self, doing: Callable[[asyncio.Timeout], Awaitable[Outcome]]
    ) -> Outcome:
        """Do it until the deadline, which may be moved meanwhile. What the model fails at is
        refused. Cancelling closes the connection to the model."""
        try:
            async with asyncio.timeout_at(self.deadline.at) as limit:
                return await doing(limit)
        except TimeoutError:
            seconds = self.settings.deadline_s
            sentence = f"the model took longer than {seconds} seconds: select less, or raise "
            return Refused(f"{sentence}refactor.deadline_s", self.spent)
        except ModelError as error:
            return Refused(str(error) or "the model could not be reached", self.spent)

    async def ask(
        self, conversation: tuple[Message, ...], limit: int, *, think: bool = False
    ) -> Answer:
        """Stream the model's answer; one that was cut for its length is continued once."""
        prompt = Prompt(messages=conversation, max_tokens=limit, temperature=0.2, think=think)
        answer = await self.stream(prompt)
        if answer.finish != "length" or not answer.text.strip():
            return answer
        self.on_progress(Progress(answer.text, "continuing"))
        more = (*conversation, Message("assistant", answer.text), _CONTINUE)
        rest = await self.stream(replace(prompt, messages=more), before=answer.text)
        text = response.join_continuation(answer.text, rest.text)
        return Answer(text, rest.finish, answer.reasoned)

    async def stream(self, prompt: Prompt, before: str = "") -> Answer:
        """Stream one answer, and report its text so far, ``before`` included, as progress."""
        pieces: list[str] = []
        calls: list[ToolCall] = []
        finish, reasoned = "", False
        self.spent.requests += 1
        async with aclosing(self.model.stream(prompt)) as chunks:
            async for chunk in chunks:
                if chunk.reasoning and not reasoned:
                    reasoned = True
                    self.on_progress(Progress(before, "thinking"))
                if chunk.text:
                    pieces.append(chunk.text)
                    self.on_progress(Progress(before + "".join(pieces)))
                if chunk.usage is not None:
                    self.spent.add(chunk.usage)
                calls += chunk.tool_calls
                finish = chunk.finish or finish
        return Answer("".join(pieces), finish, reasoned, tuple(calls))
