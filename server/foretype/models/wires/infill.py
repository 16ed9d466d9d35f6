"""llama.cpp's own ``/infill``: text before and after the cursor in, text out.

The server writes the prompt with the sentinels that the model's file names, so that they need not
be known here. A model without them is refused, and is asked through chat.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from foretype.models.capabilities import RequestVariant
from foretype.models.protocol import Chunk, Prompt, ToolCall
from foretype.models.wires import parts
from foretype.models.wires.parts import Event, Request
from foretype.settings.providers import Endpoint
from foretype.spending.usage import Usage

PART = "infill"
"""The name by which a refusal of the whole wire is remembered."""
_FINISH = {"eos": "stop", "word": "stop", "limit": "length"}


def request(prompt: Prompt, endpoint: Endpoint, variant: RequestVariant) -> Request:
    body = {
        "input_prefix": prompt.prefix,
        "input_suffix": prompt.suffix,
        "prompt": "",
        "n_predict": prompt.max_tokens,
        "temperature": prompt.temperature,
        "stop": list(prompt.stop),
        "stream": True,
        "cache_prompt": True,
    }
    # At the root of the server, beside the API's "/v1".
    url = endpoint.base_url.removesuffix("/v1") + "/infill"
    return Request({"url": url, "body": body}, frozenset({PART}), prompt.stop)


def call(sdk: Any) -> Any:
    """The SDK has no method for it; its streaming of raw responses is used all the same."""

    @asynccontextmanager
    async def opened(*, url: str, body: dict[str, Any]) -> AsyncGenerator[Any, None]:
        import openai

        response = await sdk.post(
            url,
            cast_to=object,
            body=body,
            stream=True,
            stream_cls=openai.AsyncStream[object],
            options={"headers": {"X-Stainless-Raw-Response": "stream"}},
        )
        try:
            yield response
        finally:
            await response.close()

    return opened


@dataclass(slots=True)
class Contents:
    """Decodes events with ``content``, the last of which has ``stop``."""

    usage: Usage | None = None

    def feed(self, event: Event) -> Chunk:
        text = parts.text(event.get("content"))
        if event.get("stop") is not True:
            return Chunk(text=text)
        counted = Usage(
            input_tokens=parts.count(event.get("tokens_evaluated")),
            output_tokens=parts.count(event.get("tokens_predicted")),
        )
        self.usage = counted if counted.input_tokens or counted.output_tokens else None
        is_cut = event.get("stopped_limit") is True or event.get("truncated") is True
        how = parts.text(event.get("stop_type"))
        return Chunk(text=text, finish=_FINISH.get(how, how) or ("length" if is_cut else "stop"))

    def end(self) -> tuple[ToolCall, ...]:
        return ()
