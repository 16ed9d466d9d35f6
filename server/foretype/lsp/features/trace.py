"""Show a client what is sent to the model, and what comes back: for ``foretype play``.

``foretype/trace`` are notifications, one for each thing that happens on a stream:

| kind | with |
|---|---|
| asked | ``model`` |
| sent | ``url``, and ``body``: what leaves, as JSON, with secrets masked |
| chunk | ``text``, ``reasoning`` |
| ended | ``finish``, ``closed`` (the server wanted no more), ``fault``, ``usage`` |

Each has ``stream``, a number, and ``ms``, the milliseconds since the model was asked.
``foretype/steps`` says what each stage makes of an answer.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretype.core.cursor import Cursor
from foretype.core.deadline import now
from foretype.lsp import convert
from foretype.lsp.wire.json_rpc import RequestError

if TYPE_CHECKING:
    from foretype.lsp.session.session import ForetypeServer
    from foretype.models.measured import Measured
    from foretype.models.open_model import OpenModel
    from foretype.models.protocol import Chunk, Model, Prompt
    from foretype.settings.providers import PromptLayout

TRACE = "foretype/trace"
STEPS = "foretype/steps"


def register(ls: ForetypeServer) -> None:
    """Show this client everything."""
    numbers = itertools.count(1)

    def tell(event: dict[str, Any]) -> None:
        ls.notifier.send(TRACE, event)

    def watch(model: Model) -> Model:
        return TracedModel(model, tell, ls.services.model, numbers)

    ls.watch_model = watch
    ls.feature(STEPS)(partial(steps, ls))


@dataclass(slots=True)
class TracedModel:
    """Wraps the model of completions, and tells of its streams. Changes nothing."""

    model: Model
    tell: Callable[[dict[str, Any]], None]
    opened: OpenModel | None
    """The same model, with what it would send."""
    numbers: itertools.count[int]
    name: str = field(init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.name = self.model.name

    @property
    def measured(self) -> Measured:
        """What is known of the endpoint."""
        from foretype.models.measured import measured_of

        return measured_of(self.model)

    @property
    def layout(self) -> PromptLayout:
        """How its prompts are laid out."""
        from foretype.models.protocol import layout_of

        return layout_of(self.model)

    @property
    def takes_messages(self) -> bool:
        """Whether it is sent messages, rather than code alone."""
        from foretype.models.protocol import takes_messages

        return takes_messages(self.model)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """The answer, told of as it comes."""
        stream = next(self.numbers)
        asked = now()

        def tell(kind: str, **event: Any) -> None:
            ms = round(1000 * (now() - asked), 1)
            self.tell({"stream": stream, "kind": kind, "ms": ms, **event})

        tell("asked", model=self.name)
        task = asyncio.get_running_loop().create_task(self._tell_what_is_sent(prompt, tell))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        end: dict[str, Any] = {"finish": "", "closed": True, "fault": "", "usage": None}
        try:
            async with aclosing(self.model.stream(prompt)) as chunks:
                async for chunk in chunks:
                    if chunk.text or chunk.reasoning:
                        tell("chunk", text=chunk.text, reasoning=chunk.reasoning)
                    end["finish"] = chunk.finish or end["finish"]
                    if (usage := chunk.usage) is not None:
                        end["usage"] = {
                            "input": usage.input_tokens,
                            "cached": usage.cached_tokens,
                            "output": usage.output_tokens,
                        }
                    yield chunk
            end["closed"] = False
        except Exception as fault:
            end |= {"closed": False, "fault": str(fault)}
            raise
        finally:
            tell("ended", **end)

    async def warm(self) -> None:
        await self.model.warm()

    async def close(self) -> None:
        await self.model.close()

    async def _tell_what_is_sent(self, prompt: Prompt, tell: Callable[..., None]) -> None:
        if self.opened is None:
            return
        sent = await self.opened.preview(prompt)
        with suppress(ValueError):
            tell("sent", url=sent.url, body=json.loads(sent.body))


async def steps(ls: ForetypeServer, params: Any) -> dict[str, Any]:
    """What each stage makes of an answer (``text``) at a place (``textDocument``, ``position``)."""
    from foretype.completion import postprocess
    from foretype.completion.complete_text import complete_text, completion_context
    from foretype.completion.context.window import gather

    try:
        position = types.Position(params["position"]["line"], params["position"]["character"])
        document, text = ls.documents.get(params["textDocument"]["uri"]), params["text"]
        if document is None or not isinstance(text, str):
            raise TypeError
        cursor = Cursor(document, convert.to_offset(document, position, ls.documents.encoding))
    except (KeyError, TypeError, ValueError):
        raise RequestError(f"{STEPS} takes an open document, a position and a text") from None
    settings = ls.settings.completion

    def work() -> dict[str, Any]:
        context = gather(cursor, tokens=settings.context_tokens)
        ctx = completion_context(cursor, context, settings.multiline)
        shown = complete_text(text, cursor, settings).extent.text
        made = [
            {"name": name, "text": after} for name, after in postprocess.after_each_stage(text, ctx)
        ]
        return {"steps": made, "shown": shown}

    return await asyncio.to_thread(work)
