"""What an endpoint offers: its list of models, read tolerantly."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from foretype.models.connection import Connection
from foretype.models.wires.parts import count, mapping, text
from foretype.settings.model_family import Prices, family_model, members, successor

LLAMA_CPP = "llamacpp"
"""The owner that llama.cpp names for its models."""
MAX_LIST_BYTES = 4 * 2**20
MAX_MODELS = 5000
TIMEOUT_S = 10.0
"""Seconds that the list may take."""
MAX_PROPOSED = 3


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """A model that an endpoint lists."""

    id: str
    owner: str = ""
    context_tokens: int = 0
    """Tokens of prompt and answer together; 0 if the endpoint does not say."""
    prices: Prices | None = None
    """As the endpoint reports them, or else as they are known of the family."""


async def list_models(connection: Connection) -> tuple[OfferedModel, ...]:
    """Return what an endpoint lists, in its order. Raises what the HTTP library raises.

    An answer that is no list counts as an empty one.
    """
    return models_in(await _json_at(connection, connection.endpoint.base_url + "/models"))


def is_llama_cpp(offered: Sequence[OfferedModel]) -> bool:
    """Whether the server that lists these models is llama.cpp, by the owner that it names."""
    return any(model.owner == LLAMA_CPP for model in offered)


async def llama_cpp_facts(connection: Connection) -> tuple[int, int]:
    """Return how many requests a llama.cpp server works on at once, and the tokens of each.

    0 for what it does not tell. Raises what the HTTP library raises.
    """
    root = connection.endpoint.base_url.removesuffix("/v1")
    fields = mapping(await _json_at(connection, f"{root}/props"))
    defaults = mapping(fields.get("default_generation_settings"))
    return count(fields.get("total_slots")), count(defaults.get("n_ctx"))


async def _json_at(connection: Connection, url: str) -> Any:
    """Return the JSON of a page; None for anything else."""
    async with connection.http.stream("GET", url, timeout=TIMEOUT_S) as response:
        if response.status_code != 200:
            return None
        body = b""
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > MAX_LIST_BYTES:
                return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def models_in(body: Any) -> tuple[OfferedModel, ...]:
    """Read the list in an answer, in the forms of OpenAI, Ollama, Foundry Local and others."""
    listed = body if isinstance(body, list) else None
    if listed is None:
        fields = mapping(body)
        listed = next((v for n in ("data", "models") if isinstance(v := fields.get(n), list)), [])
    found: dict[str, OfferedModel] = {}
    for item in listed[:MAX_MODELS]:
        fields = {"id": item} if isinstance(item, str) else mapping(item)
        id_ = next((text(fields.get(n)) for n in ("id", "name", "model") if fields.get(n)), "")
        if id_ and id_.isprintable():
            found.setdefault(id_, _offered(id_, fields))
    return tuple(found.values())


def _offered(id_: str, fields: Any) -> OfferedModel:
    context = next(
        (n for name in ("context_length", "max_model_len", "max_context_length", "n_ctx",
                        "context_window", "max_input_tokens")
         if (n := count(fields.get(name)) or count(mapping(fields.get("meta")).get(name)))), 0
    )  # fmt: skip
    return OfferedModel(id_, text(fields.get("owned_by")), context, _prices(id_, fields))


def _prices(id_: str, fields: Any) -> Prices | None:
    pricing = mapping(fields.get("pricing"))
    input_, output = (_per_million(pricing.get(n)) for n in ("prompt", "completion"))
    if input_ is None or output is None:
        row = family_model(id_)
        return None if row is None else row.prices
    cached = _per_million(pricing.get("input_cache_read"))
    return Prices(input_, input_ if cached is None else cached, output)


def _per_million(value: object) -> float | None:
    """Read a price for a token, which OpenRouter writes as text."""
    try:
        price = float(value) if isinstance(value, str | int | float) else -1.0
    except ValueError:
        return None
    return round(price * 1e6, 4) if 0 <= price < 1 else None


def proposals(model: str, offered: Sequence[str]) -> list[str]:
    """Return the ids to name where an endpoint does not know a model, the likeliest first."""
    near = difflib.get_close_matches(model, offered, n=MAX_PROPOSED, cutoff=0.5)
    wanted = [*members(offered), *near, *(offered if len(offered) <= MAX_PROPOSED else ())]
    return list(dict.fromkeys(wanted))[:MAX_PROPOSED]


def proposal(own: str, offered: Sequence[OfferedModel]) -> str:
    """Return what to set, in a sentence; empty where nothing is better than what is set."""
    ids = [model.id for model in offered]
    newer = successor(own, ids)
    if newer:
        return f"{newer} is of the same family and not dearer: set `model` to it."
    if own in ids:
        return ""
    near = proposals(own, ids)
    named = f" Set `model`, such as {near[0]}." if near else " Set `model` to one of these."
    return f"{own} is not among them.{named}"


def as_json(offered: Sequence[OfferedModel]) -> list[dict[str, object]]:
    """Return what is known of each model; prices in US dollars for a million tokens."""
    return [
        {
            "id": model.id,
            "owner": model.owner,
            "context_tokens": model.context_tokens or None,
            "price_input": model.prices.input if model.prices else None,
            "price_cached": model.prices.cached if model.prices else None,
            "price_output": model.prices.output if model.prices else None,
        }
        for model in offered
    ]
