"""A model behind an OpenAI-compatible endpoint, on the official SDK.

The SDK builds and sends the requests; events are read with our own time limits and tolerance for
providers' quirks. Importing this module does not load the SDK: ``warm`` or the first stream
does, in a thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from foretype.core.deadline import now
from foretype.models.capabilities import EndpointCapabilities, RequestVariant
from foretype.models.capability_file import CapabilityFile, for_, new_capabilities
from foretype.models.connection import Connection, connect
from foretype.models.faults import Stalled, translate, translating_errors
from foretype.models.measured import Measured
from foretype.models.model_list import (
    OfferedModel,
    is_llama_cpp,
    list_models,
    llama_cpp_facts,
)
from foretype.models.observer import AnswerObserver
from foretype.models.protocol import (
    USER_FIXABLE_STATUSES,
    Chunk,
    Message,
    ModelError,
    ModelRejected,
    Prompt,
    PromptTooLong,
)
from foretype.models.sent_request import SentRequest, was_disconnected
from foretype.models.spare_connection import SpareConnection
from foretype.models.stream_reader import Limits
from foretype.models.wires import WIRES, Wire, infill
from foretype.settings.providers import Endpoint, WireName

if TYPE_CHECKING:
    import httpx2

log = logging.getLogger(__name__)

FILLING_WIRES = frozenset({"fim", "infill"})
"""Wires that send the code around the cursor in place of messages."""

MAX_VARIANTS = 12
"""Maximum variants of one request that are tried while an endpoint refuses them."""

MIN_PAID_TOKENS = 16
"""Credit for fewer tokens than this is none: no suggestion is so short."""


class OpenAIModel:
    """Streams answers, keeps a spare connection, and learns what the endpoint accepts."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        limits: Limits | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        capabilities: EndpointCapabilities | None = None,
        file: CapabilityFile | None = None,
        on_send: Callable[[str, str, bytes], None] | None = None,
    ) -> None:
        """``file`` is where what was learned is kept; without it, it is forgotten at the end.
        ``on_send`` is called with URL, model and body of each request that holds something."""
        self.endpoint = endpoint
        self.name = endpoint.model
        self._limits = limits or Limits()
        self._transport = transport
        self._capabilities = capabilities or for_(endpoint)
        self._file = file
        self._on_send = on_send
        self._spare: SpareConnection | None = None
        self._loading: asyncio.Task[Connection] | None = None
        self._served = False
        self._was_recognized = False
        self._tails: set[asyncio.Task[None]] = set()

    @property
    def thinks(self) -> bool:
        """Whether the model reasons although every way to disable it was tried.

        Such a model is too slow for completions.
        """
        return self._capabilities.thinks

    @property
    def variant(self) -> RequestVariant:
        """Which optional parts the endpoint accepts, as far as is known."""
        return self._capabilities.variant

    @property
    def measured(self) -> Measured:
        """What the endpoint's answers have shown of it."""
        return self._capabilities.measured

    async def load(self) -> None:
        """Load the SDK and what is known of the endpoint, in a thread. Opens no connection."""
        await self._connected()

    def capabilities_now(self) -> EndpointCapabilities:
        """Return a copy of what is known of the endpoint; what it learns is not kept."""
        known = new_capabilities(self.endpoint)
        known.take(self._capabilities.as_json())
        return known

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Stream an answer; closing the generator closes the connection at once."""
        observer = AnswerObserver(self.measured, prompt)
        aborted = False
        try:
            with translating_errors(self.endpoint):
                async with aclosing(self._stream(prompt, observer)) as chunks:
                    async for chunk in chunks:
                        observer.saw(chunk)
                        yield chunk
        except (asyncio.CancelledError, GeneratorExit):
            aborted = True
            raise
        finally:
            observer.ended(aborted=aborted)

    async def _stream(
        self, prompt: Prompt, observer: AnswerObserver
    ) -> AsyncGenerator[Chunk, None]:
        asked = await self._ask(await self._connected(), prompt, observer)
        answer = asked.answer
        try:
            while not answer.complete:
                event = await asked.event()
                if event is None:
                    if (last := answer.end(marked=asked.reading.marked_end)) is not None:
                        yield last
                    break
                chunk = answer.feed(event)
                self._capabilities.accepted(asked.variant)
                if chunk is not None:
                    yield chunk
        finally:
            await self._leave(asked)

    async def offered(self) -> tuple[OfferedModel, ...]:
        """Return what the endpoint lists, and learn its limits where it tells them. Raises
        ModelError."""
        with translating_errors(self.endpoint):
            connection = await self._connected()
            offered = await list_models(connection)
            if is_llama_cpp(offered):
                slots, window = await llama_cpp_facts(connection)
                self.measured.saw_slots(slots)
                self.measured.saw_context_limit(window)
            return offered

    async def warm(self) -> None:
        """Load the SDK in a thread, rehearse a request, and open a connection.

        Called again, it only makes sure that a connection is ready.
        """
        try:
            with translating_errors(self.endpoint):
                connection = await self._connected(rehearse=True)
                await self._recognize(connection)
            if self._spare is not None:
                await self._spare.open()
                self._spare.used()
        except ModelError as error:
            # The first request says the same to the user.
            log.info("not warm: %s", error)

    async def _recognize(self, connection: Connection) -> None:
        """Ask llama.cpp by its ``/infill`` where only a URL was named: it ignores a suffix."""
        is_unknown = self.endpoint.row.slug == "custom" and self.endpoint.wire == "fim"
        if self._was_recognized or not is_unknown:
            return
        self._was_recognized = True
        offered = await list_models(connection)
        if is_llama_cpp(offered):
            self.endpoint = replace(self.endpoint, wire="infill")

    async def close(self) -> None:
        """Close all connections. A thread that is still loading the SDK ends by itself."""
        if self._file is not None:
            await self._file.close()
        if self._spare is not None:
            await self._spare.close()
        for task in list(self._tails):
            task.cancel()
        if self._tails:
            await asyncio.wait(self._tails)
        if self._loading is not None:
            self._loading.cancel()
            if self.connection is not None:
                await self.connection.close()

    @property
    def connection(self) -> Connection | None:
        """The connection pool; None until the SDK is loaded."""
        task = self._loading
        if task is None or not task.done() or task.cancelled() or task.exception() is not None:
            return None
        return task.result()

    @property
    def is_closing(self) -> bool:
        """Whether the responses of streams that ended are still being closed."""
        return bool(self._tails)

    async def _connected(self, *, rehearse: bool = False) -> Connection:
        if self._loading is None:
            self._loading = asyncio.create_task(self._load(rehearse))
            self._loading.add_done_callback(_retrieve_error)
        connection = await asyncio.shield(self._loading)
        if self._spare is None:
            self._spare = SpareConnection(
                is_ready=lambda: connection.is_ready, opened=connection.open_spare
            )
        return connection

    async def _load(self, rehearse: bool) -> Connection:
        def load() -> Connection:
            if self._file is not None:
                self._file.load()
            if rehearse:
                try:
                    rehearse_request(self.endpoint)
                except Exception as error:
                    log.warning("the rehearsal failed: %s", type(error).__name__)
            return connect(
                self.endpoint,
                connect_s=self._limits.connect,
                transport=self._transport,
                on_send=self._on_send,
            )

        return await asyncio.to_thread(load)

    async def _ask(
        self, connection: Connection, prompt: Prompt, observer: AnswerObserver
    ) -> SentRequest:
        """Send the request, retrying with other variants while the endpoint refuses them."""
        started = now()
        again, retried = self._served, False
        refusal: ModelRejected | None = None
        for _ in range(MAX_VARIANTS):
            if self._spare is not None:
                self._spare.used()
            variant = self._capabilities.variant
            asked = SentRequest(connection, self._wire(prompt), prompt, variant)
            observer.sent()
            try:
                await asked.send(started, self._limits.for_prompt(prompt))
            except Exception as error:
                fault: Exception = translate(error, self.endpoint)
                # A server may close an idle connection in the moment in which it is used.
                was_spare = connection.spare is not None and connection.spare.handed_over
                stale = (again or was_spare) and not retried and was_disconnected(error)
            else:
                self._served = True
                return asked
            if stale:
                retried = True
                continue
            if isinstance(fault, PromptTooLong) and fault.status != 429:
                self.measured.saw_context_limit(fault.tokens)
            if isinstance(fault, ModelRejected) and self._can_pay_less(prompt, fault):
                prompt = replace(prompt, max_tokens=fault.tokens)
                continue
            if asked.request.parts == {infill.PART} and getattr(fault, "status", 0) == 404:
                fault = ModelRejected(str(fault), 400, (infill.PART,))
            if not isinstance(fault, ModelRejected) or fault.status in USER_FIXABLE_STATUSES:
                raise fault
            # The first refusal is about the intended request, the others about our attempts.
            refusal = refusal or fault
            if not self._capabilities.refused(variant, asked.request.parts, fault):
                break
        raise refusal or Stalled("first", self._limits.first)

    def _can_pay_less(self, prompt: Prompt, fault: ModelRejected) -> bool:
        """Whether the account has credit for a shorter completion; then it is remembered."""
        if fault.status != 402 or not prompt.text_tokens:
            return False
        if not MIN_PAID_TOKENS <= fault.tokens < prompt.max_tokens:
            return False
        self.measured.saw_credit(fault.tokens)
        return True

    @property
    def takes_messages(self) -> bool:
        """Whether a completion is asked for with messages, rather than with code alone."""
        return self._wire_name(fills_in=True) not in FILLING_WIRES

    def _wire(self, prompt: Prompt) -> Wire:
        return WIRES[self._wire_name(fills_in=bool(prompt.prefix or prompt.suffix))]

    def _wire_name(self, *, fills_in: bool) -> WireName:
        """The wire of a prompt. Servers that fill in the middle chat too, for refactorings, and
        for everything where they turned out not to know how."""
        wire, without = self.endpoint.wire, self._capabilities.variant.without
        needs_chat = not fills_in or infill.PART in without
        return "chat" if wire in FILLING_WIRES and needs_chat else wire

    async def _leave(self, asked: SentRequest) -> None:
        if asked.answer.thought:
            self._capabilities.thought(asked.variant)
        if asked.answer.finished and not asked.answer.cut:
            # The caller has everything: do not wait for the last bytes.
            task = asyncio.create_task(asked.drain())
            self._tails.add(task)
            task.add_done_callback(self._tails.discard)
            return
        await asked.abort()
        if self._spare is not None:
            self._spare.used()


def _retrieve_error(task: asyncio.Task[Connection]) -> None:
    """Mark a task's error as retrieved; every stream reports it again."""
    if not task.cancelled():
        task.exception()


def rehearse_request(endpoint: Endpoint) -> None:
    """Process a fake request, so that all code is loaded before the first real one.

    Runs in a thread with its own event loop; nothing reaches the network.
    """
    import anyio.lowlevel
    import httpcore2  # noqa: F401
    import httpx2

    def answer(request: httpx2.Request) -> httpx2.Response:
        lines = (
            b'data: {"choices":[{"delta":{"content":"x"},"text":"x"}]}\n\n'
            b'data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{}}\n\n'
            b'data: {"type":"response.completed","response":{}}\n\n'
            b'data: {"content":"x","stop":true}\n\n'
            b"data: [DONE]\n\n"
        )
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=lines)

    async def play() -> None:
        await anyio.lowlevel.checkpoint()
        model = OpenAIModel(
            endpoint,
            transport=httpx2.MockTransport(answer),
            capabilities=new_capabilities(endpoint),
        )
        messages = (Message("user", "x"),)
        async for _ in model.stream(Prompt(messages=messages, prefix="x", suffix="x")):
            pass
        await model.close()

    asyncio.run(play())
