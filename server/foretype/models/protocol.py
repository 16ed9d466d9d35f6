"""The interface of a model, and the errors it raises.

* ModelError               shown to the user once
  x ModelUnavailable       refused, unreachable, 5xx, or an invalid response
  x ModelTimeout           the provider's own limit or a stalled connection, not our deadline
  x ModelLimited           429: too many requests; may say when to retry
  x ModelRejected          other 4xx: key, credit, unknown model, unsupported parameter
    x PromptRejected       the content of one prompt: filtered
      x PromptTooLong      the length of one prompt

Independent of SDK and wires; ``faults.py`` maps every foreign error to one of these.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from foretype.settings.providers import PromptLayout
from foretype.spending.usage import Usage

Role = Literal["system", "user", "assistant", "tool"]

COMPLETE = frozenset({"stop", "tool_calls"})
"""Finish reasons of an answer that the model itself ended. After any other, known or not, the text
may end in the middle of a line."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call by the model. ``arguments`` is the model's text, which may be invalid JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message. ``tool_call_id`` is used only in the result of a tool call."""

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call, with a JSON schema for its parameters."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt. The chat and responses wires send the messages, the fim wire prefix and suffix."""

    messages: tuple[Message, ...] = ()
    prefix: str = ""
    suffix: str = ""
    max_tokens: int = 128
    """Maximum tokens of the answer, with reasoning and whatever else comes before its text."""
    text_tokens: int = 0
    """Maximum tokens of the text, for completions; 0 for other prompts."""
    temperature: float = 0.1
    stop: tuple[str, ...] = ()
    """At most four: OpenAI-compatible servers reject more."""
    tools: tuple[Tool, ...] = ()
    think: bool = False
    """Let the model reason first. Otherwise reasoning is disabled as far as possible."""

    files: tuple[str, ...] = ()
    """The files of which something is in it, for the record of what was sent."""

    @property
    def n_chars(self) -> int:
        """The number of characters sent, for budgets and estimates."""
        messages = sum(len(message.content) for message in self.messages)
        return messages or len(self.prefix) + len(self.suffix)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of the stream. Any field may be empty."""

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    """Complete calls, once their arguments have arrived."""
    finish: str = ""
    """The finish reason, once: ``stop``, ``length``, ``tool_calls``, ``content_filter``, or the
    provider's own value in lower case."""
    usage: Usage | None = None

    @property
    def is_cut(self) -> bool:
        """Whether the answer ends here although the model did not end it."""
        return bool(self.finish) and self.finish not in COMPLETE


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request as it leaves, without its headers, which hold the key."""

    url: str
    body: bytes


class Model(Protocol):
    """A model behind an endpoint, or a test double."""

    @property
    def name(self) -> str:
        """The model's id as spelled by the provider."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Stream the model's answer as it arrives.

        Closing the generator, or cancelling its task, closes the connection, so that the provider
        stops generating. Raises ModelError, never an error of the SDK.
        """
        ...

    async def warm(self) -> None:
        """Make the next request fast: libraries loaded, connections open. Never raises."""
        ...

    async def close(self) -> None:
        """Close the connections. The model is not used afterwards."""
        ...


def layout_of(model: Model) -> PromptLayout:
    """Return how prompts for a model are laid out; the usual way for a test double."""
    layout: PromptLayout = getattr(model, "layout", "below_first")
    return layout


def provider_of(model: Model) -> str:
    """Return the slug of the provider that a model is asked at; empty for a test double."""
    return str(getattr(model, "provider", ""))


def takes_messages(model: Model) -> bool:
    """Return whether a model is sent messages for a completion, rather than code alone."""
    return bool(getattr(model, "takes_messages", True))


class ModelError(Exception):
    """A failure on the model's side. Its text is shown to the user: no key, no raw HTML page."""

    was_sent: bool = True
    """Whether a request was sent; none is during a pause after failures."""


@dataclass(eq=False)
class ModelUnavailable(ModelError):
    """Refused, unreachable, a server error, or an invalid response."""

    message: str = ""
    retry_after: float | None = None
    """Seconds after which to retry, if the provider said so."""

    def __str__(self) -> str:
        return self.message


class ModelTimeout(ModelError):
    """Nothing arrived for too long."""


@dataclass(eq=False)
class ModelLimited(ModelError):
    """Too many requests. ``retry_after`` is in seconds, if the provider specified it."""

    message: str
    retry_after: float | None = None

    def __str__(self) -> str:
        return self.message


USER_FIXABLE_STATUSES = frozenset({401, 402, 403, 404})
"""Statuses of refusals that only the user can fix: key, credit, permission, model."""


@dataclass(eq=False)
class ModelRejected(ModelError):
    """The request was understood and refused; the same request will be refused again."""

    message: str
    status: int = 400
    parameters: tuple[str, ...] = ()
    """The optional parts of a request that the provider names, in its order."""
    tokens: int = 0
    """The most tokens that the provider names: of the answer where it is about credit, of prompt
    and answer where the prompt is too long; 0 if it names none."""
    sent_tokens: int = 0
    """The tokens of the prompt, as the provider counts them where it is too long; 0 if unnamed."""
    efforts: tuple[str, ...] = ()
    """The efforts of reasoning that the provider names as valid, the least first."""

    def __str__(self) -> str:
        return self.message


class PromptRejected(ModelRejected):
    """One prompt was refused for what it contains; another one may be accepted."""


class PromptTooLong(PromptRejected):
    """One prompt was refused for its length; a shorter one may be accepted."""
