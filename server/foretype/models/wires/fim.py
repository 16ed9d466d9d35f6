"""The Completions API: text before and after the cursor in, text out."""

from __future__ import annotations

from typing import Any

from foretype.models.capabilities import RequestVariant
from foretype.models.protocol import Prompt
from foretype.models.wires.chat import MAX_STOP_SEQUENCES, Deltas
from foretype.models.wires.fim_families import Family, family_of
from foretype.models.wires.parts import OptionalParts, Request
from foretype.settings.providers import Endpoint

Pieces = Deltas
"""Reads ``choices[0].text``, and the deltas that Mistral sends instead."""


def request(prompt: Prompt, endpoint: Endpoint, variant: RequestVariant) -> Request:
    row = endpoint.row
    form = OptionalParts(
        variant,
        {
            "model": endpoint.model,
            "prompt": prompt.prefix,
            "stream": True,
            "max_tokens": prompt.max_tokens,
        },
    )
    stops = prompt.stop
    form.add("suffix", row.suffix and bool(prompt.suffix), suffix=prompt.suffix)
    if "suffix" not in form.parts and (family := _sentinels(prompt, endpoint)):
        form.arguments["prompt"] = family.write(prompt.prefix, prompt.suffix)
        stops = tuple(dict.fromkeys((*prompt.stop, *family.stops)))
    form.add("temperature", temperature=prompt.temperature)
    form.add("stop", bool(stops), stop=list(stops[:MAX_STOP_SEQUENCES]))
    form.add("stream_options", stream_options={"include_usage": True})
    return form.request(stops)


def call(sdk: Any) -> Any:
    return sdk.completions.with_streaming_response.create


def _sentinels(prompt: Prompt, endpoint: Endpoint) -> Family | None:
    # Without a suffix every model continues plain text.
    return family_of(endpoint.model) if prompt.suffix else None
