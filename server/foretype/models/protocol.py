"""What the core asks of a model, and how a model fails.

* ModelError               shown to the user once, in its own words
  x ModelUnavailable       refused, unreachable, 5xx, answered with something that is no answer
  x ModelTimeout           the provider's own limit or a stalled connection, not our deadline
  x ModelLimited           429: too many requests; may say when to come back
  x ModelRejected          other 4xx: key, credit, unknown model, unsupported parameter
    x PromptRejected       the content of one prompt: filtered
      x PromptTooLong      the length of one prompt

Knows no SDK and no wire; the adapters map every foreign error to one of these at one door.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from foretype.spending.usage import Usage

Role = Literal["system", "user", "assistant", "tool"]

COMPLETE = frozenset({"stop", "tool_calls"})
"""The finish reasons of an answer that the model itself ended. After any other, known or not, the
text may end in the middle of a line."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model asks for. ``arguments`` is the model's text, which may be no JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message. ``tool_call_id`` stands in an answer to a tool call only."""

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call, its parameters as a JSON schema."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What is sent. Chat and responses wires send the messages, the fim wire prefix and suffix."""

    messages: tuple[Message, ...] = ()
    prefix: str = ""
    suffix: str = ""
    max_tokens: int = 128
    """The most tokens to be written, reasoning included."""
    temperature: float = 0.1
    stop: tuple[str, ...] = ()
    """At most four: OpenAI-compatible servers reject more."""
    tools: tuple[Tool, ...] = ()
    think: bool = False
    """Let the model reason first. Otherwise it is told not to, as far as it can be told."""

    @property
    def n_chars(self) -> int:
        """Characters sent, for budgets and estimates."""
        messages = sum(len(message.content) for message in self.messages)
        return messages or len(self.prefix) + len(self.suffix)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of the stream. Any of its fields may be empty."""

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    """Whole calls, given once their arguments are complete."""
    finish: str = ""
    """The finish reason, once: ``stop``, ``length``, ``tool_calls``, ``content_filter``, or the
    provider's own word in lower case."""
    usage: Usage | None = None

    @property
    def is_cut(self) -> bool:
        """Whether the answer ends here although the model had not ended it."""
        return bool(self.finish) and self.finish not in COMPLETE


class Model(Protocol):
    """A model behind an endpoint, or one that plays it."""

    name: str
    """The model's id, as the provider spells it."""

    def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """The model's answer as it arrives.

        Closing the generator (or cancelling its task) closes the connection, so that the
        provider stops writing. Raises ModelError, never an error of the SDK.
        """
        ...

    async def warm(self) -> None:
        """Make the next request fast: libraries loaded, connections open. Never raises."""
        ...

    async def close(self) -> None:
        """Give back connections. The model is not used afterwards."""
        ...


class ModelError(Exception):
    """A fault of the model's side. Its text is shown to the user: no key, no raw page in it."""


@dataclass(eq=False)
class ModelUnavailable(ModelError):
    """Refused, unreachable, a server error, or an answer that is no answer."""

    message: str = ""
    retry_after: float | None = None
    """When to come back, in seconds, where the provider said so."""

    def __str__(self) -> str:
        return self.message


class ModelTimeout(ModelError):
    """Nothing came for too long."""


@dataclass(eq=False)
class ModelLimited(ModelError):
    """Too many requests. ``retry_after`` is the provider's word in seconds, where it gave one."""

    message: str
    retry_after: float | None = None

    def __str__(self) -> str:
        return self.message


USER_FIXABLE_STATUSES = frozenset({401, 402, 403, 404})
"""The statuses of refusals that only the user can mend: key, credit, permission, model."""


@dataclass(eq=False)
class ModelRejected(ModelError):
    """The request was understood and refused; the same request will be refused again."""

    message: str
    status: int = 400
    parameters: tuple[str, ...] = ()
    """The optional parts of a request that the provider names, in its order."""

    def __str__(self) -> str:
        return self.message


class PromptRejected(ModelRejected):
    """One prompt was refused for what it contains; another one may be accepted."""


class PromptTooLong(PromptRejected):
    """One prompt was refused for its length; a shorter one may be accepted."""
