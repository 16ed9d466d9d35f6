"""Where models are served: one row a provider, as data.

The only place that names an endpoint or a model. Knows no wire and no SDK. A row is a default:
settings override each of its parts, and what an endpoint refuses is learned (``models/``).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

from foretype.settings.model_family import DEFAULT, PRICES, Prices, own_name

WireName = Literal["chat", "fim", "infill", "responses"]
PromptLayout = Literal["below_first", "natural", "fenced", "continued"]
"""How the text around the cursor is laid out on the chat and responses wires.

``below_first``: what follows, then what precedes the cursor, so that typing only appends.
``natural``: in the order of the file. ``fenced``: the same in a fence. ``continued``: what
precedes the cursor begins the assistant's own answer, where an endpoint lets it go on.
``benches/layouts.py`` compares them on a real model.
"""
Body = Mapping[str, Any]


FREE = Prices(0.0, 0.0, 0.0)


def _off(*spellings: Body) -> tuple[Body, ...]:
    return tuple(MappingProxyType(dict(spelling)) for spelling in spellings)


EFFORT_NONE: Body = {"reasoning_effort": "none"}
EFFORT_LOW: Body = {"reasoning_effort": "low"}
"""The least that some models accept, such as those of the family."""
THINKING_DISABLED: Body = {"thinking": {"type": "disabled"}}
TEMPLATE_OFF: Body = {"chat_template_kwargs": {"enable_thinking": False}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One row: what is known of a provider before anybody has asked it."""

    slug: str
    title: str
    """The name in sentences for the user."""
    base_url: str = ""
    """Empty where the URL is the user's own."""
    url_vars: tuple[str, ...] = ()
    """Environment variables that may hold the URL."""
    url_hint: str = "Set FORETYPE_BASE_URL."
    """What to do where there is no URL."""
    hosts: tuple[str, ...] = ()
    """The hosts that the key variables may be sent to; ``.name`` stands for all below it."""
    model: str = ""
    """The model's id as this provider spells it; empty where it is the user's own."""
    key_vars: tuple[str, ...] = ()
    """Environment variables that may hold the key, the first one that is set counts."""
    key_needed: bool = True
    token_scope: str = ""
    """The scope of tokens of Entra ID, which may take the place of a key; empty where none may."""
    wire: WireName = "chat"
    suffix: bool = True
    """Whether ``/completions`` takes the text after the cursor as a parameter of its own.
    Where it does not, the prompt is written with the model family's sentinels."""
    layout: PromptLayout = "below_first"
    fim_path: str = ""
    """What stands between the base URL and ``/completions`` on the fim wire."""
    reasoning_off: tuple[Body, ...] = ()
    """Spellings of "do not think first", as parts of the body, the likeliest one first."""
    omits: frozenset[str] = frozenset()
    """Optional parameters that are known to be refused."""
    extra_body: Body = field(default_factory=lambda: MappingProxyType({}))
    headers: tuple[tuple[str, str], ...] = ()
    prices: Prices | None = None
    """None where they are not known."""
    hint: str = ""
    """What to do where the model is not there."""

    def serving(self, model: str) -> Provider:
        """The row with another model, its prices those of that model where they are known."""
        if self.prices == FREE:
            return replace(self, model=model)
        return replace(self, model=model, prices=PRICES.get(own_name(model)))

    def owns(self, url: str) -> bool:
        """Whether a URL is this provider's own, so that its key variable may be sent there."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if parts.scheme != "https":
            return False
        return any(host == own or (own[0] == "." and host.endswith(own)) for own in self.hosts)


_MAI = DEFAULT.name

_ROWS = (
    Provider(
        slug="openrouter",
        title="OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        hosts=("openrouter.ai", ".openrouter.ai"),
        model=f"microsoft/{_MAI}",
        key_vars=("OPENROUTER_API_KEY",),
        reasoning_off=_off(
            {"reasoning": {"effort": "none"}},
            {"reasoning": {"enabled": False}},
            EFFORT_NONE,
            {"reasoning": {"effort": "low"}},
        ),
        extra_body=MappingProxyType({"usage": {"include": True}}),
        headers=(
            ("HTTP-Referer", "app://foretype"),
            ("X-OpenRouter-Title", "foretype"),
            ("X-Title", "foretype"),
        ),
        prices=PRICES[_MAI],
    ),
    Provider(
        slug="azure",
        title="Azure Foundry",
        hosts=(
            ".openai.azure.com",
            ".services.ai.azure.com",
            ".inference.ai.azure.com",
            ".models.ai.azure.com",
            ".cognitiveservices.azure.com",
        ),
        model=_MAI,
        url_vars=("AZURE_OPENAI_ENDPOINT",),
        key_vars=("AZURE_OPENAI_API_KEY", "AZURE_INFERENCE_CREDENTIAL"),
        token_scope="https://ai.azure.com/.default",
        hint="The model is the name of your deployment.",
        reasoning_off=_off(EFFORT_NONE, {"reasoning_effort": "minimal"}, EFFORT_LOW),
        prices=PRICES[_MAI],
    ),
    Provider(
        slug="fireworks",
        title="Fireworks AI",
        base_url="https://api.fireworks.ai/inference/v1",
        hosts=("api.fireworks.ai",),
        model=f"accounts/fireworks/models/{_MAI}",
        key_vars=("FIREWORKS_API_KEY",),
        reasoning_off=_off(EFFORT_NONE, THINKING_DISABLED, EFFORT_LOW),
        prices=PRICES[_MAI],
    ),
    Provider(
        slug="baseten",
        title="Baseten",
        base_url="https://inference.baseten.co/v1",
        hosts=("inference.baseten.co", ".api.baseten.co"),
        key_vars=("BASETEN_API_KEY",),
        reasoning_off=_off(
            {"chat_template_args": {"enable_thinking": False}}, TEMPLATE_OFF, EFFORT_NONE
        ),
        hint="The model's id stands on the deployment's page.",
    ),
    Provider(
        slug="codestral",
        title="Codestral",
        base_url="https://codestral.mistral.ai/v1",
        hosts=("codestral.mistral.ai",),
        model="codestral-latest",
        key_vars=("CODESTRAL_API_KEY",),
        wire="fim",
        fim_path="/fim",
        omits=frozenset({"stream_options"}),
    ),
    Provider(
        slug="mistral",
        title="Mistral",
        base_url="https://api.mistral.ai/v1",
        hosts=("api.mistral.ai",),
        model="codestral-latest",
        key_vars=("MISTRAL_API_KEY",),
        wire="fim",
        fim_path="/fim",
        omits=frozenset({"stream_options"}),
    ),
    Provider(
        slug="ollama",
        title="Ollama",
        base_url="http://127.0.0.1:11434/v1",
        model="qwen2.5-coder:1.5b-base",
        key_needed=False,
        wire="fim",
        reasoning_off=_off(EFFORT_NONE),
        prices=FREE,
        hint="Fetch it once with `ollama pull {model}`.",
    ),
    Provider(
        slug="llamacpp",
        title="llama.cpp",
        base_url="http://127.0.0.1:8080/v1",
        model="default",
        key_needed=False,
        wire="infill",
        suffix=False,
        reasoning_off=_off(TEMPLATE_OFF),
        prices=FREE,
    ),
    Provider(
        slug="vllm",
        title="vLLM",
        base_url="http://127.0.0.1:8000/v1",
        key_needed=False,
        wire="fim",
        suffix=False,
        reasoning_off=_off(TEMPLATE_OFF, EFFORT_NONE),
        prices=FREE,
        hint="The server serves what `vllm serve` was given.",
    ),
    Provider(
        slug="lmstudio",
        title="LM Studio",
        base_url="http://127.0.0.1:1234/v1",
        key_needed=False,
        wire="fim",
        suffix=False,
        reasoning_off=_off(EFFORT_NONE),
        prices=FREE,
        hint="`lms ls` lists what is there.",
    ),
    Provider(
        slug="foundrylocal",
        title="Foundry Local",
        url_hint="Start it with `foundry service start`.",
        model=_MAI,
        key_needed=False,
        reasoning_off=_off(EFFORT_NONE, EFFORT_LOW),
        prices=FREE,
        hint="`foundry model list` names the models, `foundry model run` fetches one.",
    ),
    Provider(
        slug="custom",
        title="the endpoint",
        model=_MAI,
        key_needed=False,
        reasoning_off=_off(EFFORT_NONE, THINKING_DISABLED, TEMPLATE_OFF, EFFORT_LOW),
        hint="Name another with FORETYPE_MODEL.",
    ),
)

PROVIDERS: Mapping[str, Provider] = MappingProxyType({row.slug: row for row in _ROWS})
"""The rows by slug. The first whose key variable is set serves where none is chosen."""

FOUND_BY_KEY = ("openrouter", "fireworks")
"""Providers that are chosen because their key is there: those whose row needs nothing else and
serves the model that foretype is made for. Another's key may lie there for other purposes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One model at one URL, with what opens it."""

    row: Provider
    """The provider's row, with the model that is asked."""
    base_url: str
    wire: WireName
    key: str = field(default="", repr=False)
    key_from: str = ""
    """Where the key was found: a variable's name, ``api_key``, ``Entra ID``, or empty without."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """The user's own headers, which may hold secrets."""
    token_scope: str = ""
    """The scope of the tokens of Entra ID that are sent; empty where none is."""
    is_default_model: bool = False
    """Whether the model is the row's, since the user named none."""

    @property
    def model(self) -> str:
        return self.row.model

    @property
    def title(self) -> str:
        """The provider in a sentence: its name, or the host for a URL of the user's own."""
        return self.host if self.row.slug == "custom" else self.row.title

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not appear in a message."""
        return tuple(s for s in (self.key, *(value for _, value in self.headers)) if len(s) >= 6)

    @property
    def host(self) -> str:
        """The host, and the port where one is named."""
        return urlsplit(self.base_url).netloc

    @property
    def local(self) -> bool:
        """Whether it is on this machine."""
        return is_loopback(self.base_url)


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def origin_of(url: str) -> str:
    """Return a URL's scheme, host and port.

    >>> origin_of("https://Models.example/v1")
    'https://models.example:443'
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{parts.hostname or ''}:{port}"
