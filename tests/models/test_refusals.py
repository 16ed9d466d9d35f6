"""Refusals as gateways and servers word them: what each means, and what it costs while typing.

The bodies have the shapes that LiteLLM, llama.cpp, vLLM, OpenAI, Azure, OpenRouter, Portkey, Groq,
Gemini, Mistral, Together and others send.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from helpers.bounded import bounded
from helpers.service_editor import Editor, editor
from helpers.virtual import run as run_virtual
from helpers.virtual import virtual

from foretype.completion.suggestion import Suggestion, Trigger
from foretype.models.openai_model import OpenAIModel
from foretype.models.protocol import (
    ModelError,
    ModelLimited,
    ModelRejected,
    ModelUnavailable,
    PromptRejected,
    PromptTooLong,
)
from foretype.models.resilience import REFUSED_PAUSE_S, ResilientModel
from foretype.models.scripted import Script, ScriptedModel
from foretype.models.status_faults import error_of_status
from foretype.settings.providers import PROVIDERS, Endpoint, WireName

GATEWAY = Endpoint(
    row=PROVIDERS["custom"].serving("gpt-5-mini"),
    base_url="https://gateway.example/v1",
    wire="chat",
    key="test-key-not-real",
    key_from="FORETYPE_API_KEY",
)


def error(message: object, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": None, "param": None, **more}}


NO_MODEL = (
    "/chat/completions: Invalid model name passed in model=gpt-5-mini. "
    "Call `/v1/models` to view available models for your key."
)
NO_TEMPERATURE = (
    "litellm.UnsupportedParamsError: gpt-5 models (including gpt-5-codex) don't support "
    "temperature=0.1. Only temperature=1 is supported. For gpt-5.1, temperature is supported when "
    "reasoning_effort='none' (or not specified, as it defaults to 'none'). To drop unsupported "
    "params set `litellm.drop_params = True`. Received Model Group=gpt-5-mini\n"
    "Available Model Group Fallbacks=None"
)
NO_BUDGET = "Budget has been exceeded! Current cost: 26.075, Max budget: 0.25"
TOO_LONG = (
    "litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError: "
    "OpenAIException - This model's maximum context length is 512 tokens."
)

UNKNOWN_MODELS: list[tuple[int, object]] = [
    (400, error(NO_MODEL, type="None", param="None", code="400")),
    (400, error({"error": NO_MODEL}, code="400")),
    (400, error(f"400: {{'error': '{NO_MODEL}'}}", code=400)),
    (400, error("litellm.BadRequestError: You passed in model=x. There is no 'model_name' with "
                "this string ", code="400")),
    (400, error("x is not a valid model ID", code=400)),
    (400, {"object": "error", "message": "Invalid model: x", "type": "invalid_model",
           "param": None, "code": "1500"}),
    (400, error("Model Not Exist", type="invalid_request_error", code="invalid_request_error")),
    (400, error("Unknown model: x", code="unknown_model")),
    (400, error("The requested model is not supported.", code="model_not_supported")),
    (422, error("The model `x` does not exist", code="model_not_found")),
    # OpenAI, vLLM, Ollama, Azure, Portkey before OpenAI.
    (404, error("The model `x` does not exist or you do not have access to it.",
                type="invalid_request_error", code="model_not_found")),
    (404, {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError",
           "param": "model", "code": 404}),
    (404, error('model "x" not found, try pulling it first', type="api_error")),
    (404, error("The API deployment for this resource does not exist. If you created the "
                "deployment within the last 5 minutes, please wait a moment and try again.",
                code="DeploymentNotFound")),
    (404, {"error": {"message": "openai error: The model `x` does not exist", "type":
           "invalid_request_error", "param": None, "code": "model_not_found"},
           "provider": "openai"}),
]  # fmt: skip
NO_MONEY: list[tuple[int, object]] = [
    (400, error(NO_BUDGET, type="auth_error", code=400)),
    (429, error("LiteLLM User: engineer, exceeded budget for model=x", type="budget_exceeded",
                code="429")),
    (400, error("ExceededBudget: End User=x over budget. Spend=0.1, Budget=0.0001", code=400)),
    (400, error("Your credit balance is too low to access the API.")),
    (429, error("You exceeded your current quota, please check your plan and billing details.",
                type="insufficient_quota", code="insufficient_quota")),
    (402, error("This request requires more credits, or fewer max_tokens. You requested up to 128 "
                "tokens, but can only afford 3. To increase, visit the site.", code=402)),
    (429, error("You exceeded your current quota, please check your plan and billing details.",
                type="insufficient_quota", code="insufficient_quota", param=None)),
    (400, error("No deployments available - crossed budget: Exceeded budget for deployment "
                "model_name: broke, litellm_params.model: openai/broke", code="400")),
    (403, error("Insufficient balance or no resource package. Please recharge.")),
]  # fmt: skip
BAD_KEYS: list[tuple[int, object]] = [
    (400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.",
                      "status": "INVALID_ARGUMENT"}}]),
    (400, {"code": "Client specified an invalid argument", "error": "Incorrect API key provided"}),
    (422, error("no", code="invalid_api_key")),
]  # fmt: skip
TOO_LONGS: list[tuple[int, object]] = [
    (400, error(TOO_LONG, code="400")),
    (400, error("This model's maximum context length is 4096 tokens. However, you requested 5000 "
                "tokens (4900 in the messages, 100 in the completion). Please reduce the length of "
                "the messages or completion.", code="context_length_exceeded", param="messages")),
    (400, {"object": "error", "message": "'max_tokens' or 'max_completion_tokens' is too large: "
           "128. This model's maximum context length is 2048 tokens and your request has 2000 "
           "input tokens (128 > 2048 - 2000).", "type": "BadRequestError", "param": "max_tokens",
           "code": 400}),
    (400, error("the request exceeds the available context size. try increasing the context size "
                "or enable context shift", code=400, type="exceed_context_size_error", n_ctx=256)),
    (500, error("the request exceeds the available context size.", code=500,
                type="exceed_context_size_error", n_prompt_tokens=1407, n_ctx=256)),
    (400, error("prompt is too long: 209303 tokens > 200000 maximum")),
    (400, error("Input is too long for requested model.")),
    (400, error("Input tokens exceed the configured limit of 272000 tokens.")),
    (400, {"object": "error", "message": "Prompt contains 40000 tokens and 0 draft tokens, too "
           "large for model with 32768 maximum context length", "type": "invalid_request_prompt"}),
    (422, {"error": "Input validation error: `inputs` must have less than 1024 tokens. Given: 2048",
           "error_type": "validation"}),
    (422, error("Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097.")),
    # vLLM's newer words, Ollama, Azure, OpenRouter.
    (400, {"error": {"message": "The decoder prompt (length 2200) is longer than the maximum model "
           "length of 2048. Make sure that `max_model_len` is no smaller than the number of text "
           "tokens.", "type": "BadRequestError", "param": None, "code": 400}}),
    (400, error("input length exceeds the context length", type="invalid_request_error")),
    (400, error("This model's maximum context length is 8192 tokens, however you requested 9000 "
                "tokens (8872 in your prompt; 128 for the completion). Please reduce your prompt; "
                "or completion length.", type="invalid_request_error")),
    (400, error("This endpoint's maximum context length is 32768 tokens. However, you requested "
                "about 40000 tokens (39872 of text input, 128 in the output). Please reduce the "
                'length of either one, or use the "middle-out" transform.', code=400)),
    (413, b"<html><head><title>413 Request Entity Too Large</title></head></html>"),
    (413, error("Request too large for model `llama` in organization `org_x` on tokens per minute "
                "(TPM): Limit 6000, Requested 6294, please reduce your message size and try again. "
                "Visit https://console.groq.com/settings/billing", type="tokens",
                code="rate_limit_exceeded")),
    (413, error("Request body too large for gpt-5 model. Max size: 8000 tokens.",
                code="tokens_limit_reached")),
    (429, error("Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested "
                "342389. The input or output tokens must be reduced in order to run successfully.",
                type="tokens", code="rate_limit_exceeded")),
    (400, error("Invalid 'messages[1].content': string too long. Expected a string with maximum "
                "length 1048576.", code="string_above_max_length", param="messages[1].content")),
]  # fmt: skip
FILTERED: list[tuple[int, object]] = [
    (400, error("The response was filtered due to the prompt triggering Azure OpenAI's content "
                "management policy.", param="prompt", code="content_filter")),
    (400, error("litellm.ContentPolicyViolationError: AzureException", code="400")),
    (403, error("The model requires moderation and your input was flagged", code=403)),
]  # fmt: skip
LIMITED: list[tuple[int, object]] = [
    (429, error("Rate limit reached for model `llama` on tokens per day (TPD): Limit 100000, Used "
                "97050, Requested 3619. Please try again in 9m38.016s. Need more tokens? Upgrade "
                "at https://console.groq.com/settings/billing", code="rate_limit_exceeded")),
    (429, error("Too many requests")),
    # Azure, OpenRouter before a provider, vLLM behind a gateway.
    (429, error("Requests to the ChatCompletions_Create Operation under Azure OpenAI API have "
                "exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry "
                "after 26 seconds. Please go here: https://aka.ms/oai/quotaincrease if you would "
                "like to further increase the default rate limit.", code="429")),
    (429, error("Provider returned error", code=429, metadata={"raw": "x is temporarily "
                "rate-limited upstream. Please retry shortly, or add your own key to accumulate "
                "your rate limits: https://openrouter.ai/settings/integrations",
                "provider_name": "Fireworks"})),
    (429, {"detail": "Rate limit exceeded: 10 per 1 minute"}),
]  # fmt: skip
SYSTEM_ROLES = [
    "System role not supported",
    "System role is not supported by this model.",
    "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
    "litellm.BadRequestError: BedrockException - This model doesn't support system messages. Try "
    "again without a system message or use a model that supports system messages.",
    "Developer instruction is not enabled for models/gemma-3-27b-it",
]
OTHERS: list[tuple[int, object]] = [
    (400, {"status": "failure",
           "message": "Either x-portkey-config or x-portkey-provider header is required"}),
    (400, error("max_tokens is too large: 5000. This model supports at most 4096 completion "
                "tokens, whereas you provided 5000.", param="max_tokens", code="invalid_value")),
    (400, error("Invalid 'stop': array too long.", param="stop", code="array_above_max_length")),
    (400, error("System role not supported")),
    (422, {"detail": [{"type": "missing", "loc": ["body", "user"], "msg": "Field required"}]}),
    (405, {"detail": "Method Not Allowed"}),
    (400, error("Invalid model parameter: seed")),
]  # fmt: skip


def fault(status: int, body: object) -> ModelError:
    """What an error's body means, as the SDK hands it on."""
    sent = body.decode() if isinstance(body, bytes) else body
    inner = sent.get("error", sent) if isinstance(sent, dict) else sent
    return error_of_status(status, inner, {}, GATEWAY)


@pytest.mark.parametrize(
    ("kind", "meant", "cases"),
    [
        (ModelRejected, 404, UNKNOWN_MODELS),
        (ModelRejected, 402, NO_MONEY),
        (ModelRejected, 401, BAD_KEYS),
        (PromptTooLong, 0, TOO_LONGS),
        (PromptRejected, 400, FILTERED),
        (ModelLimited, 0, LIMITED),
        (ModelRejected, 0, OTHERS),
    ],
)
def test_what_a_refusal_means(kind: type, meant: int, cases: list[tuple[int, object]]) -> None:
    for status, body in cases:
        said = fault(status, body)
        assert type(said) is kind, (status, body)
        assert f"({status})" in str(said)
        if isinstance(said, ModelRejected):
            assert said.status == (meant or status)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (UNKNOWN_MODELS[0][1], NO_MODEL[:80]),
        (UNKNOWN_MODELS[1][1], NO_MODEL[:80]),
        (NO_MONEY[0][1], NO_BUDGET),
        (OTHERS[0][1], "Either x-portkey-config or x-portkey-provider header is required"),
        (OTHERS[4][1], "Field required"),
        ({"detail": "Not here"}, "Not here"),
        ([{"error": {"message": "In a list"}}], "In a list"),
        ("Plain words", "Plain words"),
    ],
)
def test_the_servers_own_words_are_repeated_however_they_are_wrapped(
    body: object, words: str
) -> None:
    assert f"It says: {words}" in str(fault(400, body))


def test_a_401_has_the_servers_words_and_no_key() -> None:
    body = error("key not allowed to access model. This key can only access models=['gpt-4o'].")
    assert "It says: key not allowed to access model" in str(fault(401, body))
    hidden = str(fault(401, error("Received API Key = sk-...AbCd, not in the data base.")))
    assert "not in the data base" in hidden
    assert "AbCd" not in hidden


@pytest.mark.parametrize(
    "words",
    ["No channel for model x (request id: {})", "No channel. Request-ID: {}", "No. trace_id={}"],
)
def test_the_number_of_a_request_makes_no_other_message_of_a_refusal(words: str) -> None:
    numbers = ("20260102030405-a1b2", "20260102030999-ffff")
    assert len({str(fault(400, error(words.format(number)))) for number in numbers}) == 1


# --- while typing -----------------------------------------------------------------------------


class Refusing:
    """An endpoint that gives one answer after the other, the last one for ever."""

    def __init__(self, *answers: tuple[int, object] | Callable[[dict[str, Any]], Any]) -> None:
        self.answers = answers
        self.bodies: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}

    def respond(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(200, json={"data": []})
        body = json.loads(request.content)
        said = self.answers[min(len(self.bodies), len(self.answers) - 1)]
        self.bodies.append(body)
        status, content = said(body) if callable(said) else said
        if status == 200:
            self.headers = {"content-type": "text/event-stream"}
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        return httpx2.Response(status, headers=self.headers, content=raw)

    def model(self, wire: WireName = "chat") -> ResilientModel:
        endpoint = Endpoint(
            row=GATEWAY.row, base_url=GATEWAY.base_url, wire=wire, key=GATEWAY.key, key_from="x"
        )
        transport = httpx2.MockTransport(self.respond)
        return ResilientModel(OpenAIModel(endpoint, transport=transport))


def says(text: str) -> tuple[int, bytes]:
    events = [
        {"choices": [{"delta": {"content": text}}]},
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {}},
    ]
    return 200, b"".join(b"data: %s\n\n" % json.dumps(e).encode() for e in events)


async def type_keys(e: Editor, n: int = 30) -> None:
    """Type, and ask at each key, as an editor does."""
    for number in range(n):
        e.type("abcdefghij"[number % 10])
        await e.ask()
        await asyncio.sleep(0.15)


def told(e: Editor) -> list[tuple[str, str]]:
    """What the service says of the model from now on, each thing once."""
    sentences: list[tuple[str, str]] = []

    def note(state: str, message: str) -> None:
        if state != "idle" and (state, message) not in sentences:
            sentences.append((state, message))

    e.service.resources.on_status = note
    return sentences


@pytest.mark.parametrize(
    ("status", "body", "most"),
    [
        *((status, body, 1) for status, body in UNKNOWN_MODELS[:3]),
        *((status, body, 1) for status, body in NO_MONEY[:2]),
        (400, OTHERS[0][1], 9),
        (400, error("System role not supported"), 8),
        (405, {"detail": "Method Not Allowed"}, 2),
        (407, b"", 2),
        (409, error("Conflict"), 2),
        (410, error("This model is gone."), 2),
        (422, OTHERS[4][1], 9),
    ],
)
@virtual
async def test_a_refusal_that_comes_again_costs_a_handful_of_requests_and_one_more_in_ten_minutes(
    status: int, body: object, most: int
) -> None:
    up = Refusing((status, body))
    model = up.model()
    e = editor("total = ‸\n", model)
    sentences = told(e)
    await type_keys(e)
    n_asked = len(up.bodies)
    assert n_asked <= most
    assert len(sentences) == 1
    assert model.health().refusal
    await asyncio.sleep(REFUSED_PAUSE_S * 1.3)
    await type_keys(e)
    assert len(up.bodies) == n_asked + 1
    assert len(sentences) == 1


@pytest.mark.parametrize("status", [400, 405, 410])
@virtual
async def test_who_asks_ends_the_pause(status: int) -> None:
    up = Refusing(*[(status, error("No."))] * 9, says("sum(prices)"))
    model = up.model()
    e = editor("total = ‸\n", model)
    for _ in bounded(iter(lambda: bool(model.health().refusal), True)):
        e.type("a")
        await e.ask()
        await asyncio.sleep(1)
    up.answers = (says("sum(prices)"),)
    e.type("b")
    assert not isinstance(await e.ask(), Suggestion)
    model.retry_now()
    answer = await e.ask(Trigger.INVOKED)
    assert isinstance(answer, Suggestion)
    await asyncio.sleep(1)
    assert not model.health().why


@pytest.mark.parametrize(
    "header",
    [
        "0",
        "-5",
        "nan",
        "inf",
        "1e300",
        "Mon, 01 Jan 2001 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "soon",
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_that_is_over_is_none(status: int, header: str) -> None:
    async def requests(headers: dict[str, str]) -> int:
        up = Refusing((status, error("Later.")))
        up.headers = headers
        await type_keys(editor("total = ‸\n", up.model()), 20)
        return len(up.bodies)

    without = run_virtual(requests({}))
    assert 2 <= without <= 8
    assert abs(run_virtual(requests({"retry-after": header})) - without) <= 2


@virtual
async def test_the_temperature_of_gpt_5_behind_a_gateway_is_left_out() -> None:
    def respond(body: dict[str, Any]) -> tuple[int, object]:
        return (400, error(NO_TEMPERATURE)) if "temperature" in body else says("sum(prices)")

    up = Refusing(respond)
    assert await editor("total = ‸\n", up.model()).shown() == "sum(prices)"
    assert [sorted({"temperature", "reasoning_effort"} & set(b)) for b in up.bodies] == [
        ["reasoning_effort", "temperature"],
        ["reasoning_effort"],
    ]


@pytest.mark.parametrize("last", [(429, error("Slow down.")), (503, b""), (401, error("Expired."))])
@virtual
async def test_the_last_answer_counts_where_it_is_no_refusal_of_the_form(
    last: tuple[int, Any],
) -> None:
    up = Refusing((400, error("Bad request")), last)
    with pytest.raises(ModelError) as caught:
        async for _ in up.model().stream(_prompt()):
            pass
    assert f"({last[0]})" in str(caught.value)
    assert len(up.bodies) == 2
    kinds = (ModelLimited, ModelUnavailable, ModelRejected)
    assert isinstance(caught.value, kinds)


def _prompt() -> Any:
    from foretype.models.protocol import Message, Prompt

    return Prompt(messages=(Message("user", "x = "),), prefix="x = ")


@pytest.mark.parametrize("words", SYSTEM_ROLES)
@virtual
async def test_a_system_message_that_is_refused_becomes_part_of_the_users(words: str) -> None:
    def respond(body: dict[str, Any]) -> tuple[int, object]:
        roles = [message["role"] for message in body["messages"]]
        return (400, error(words)) if "system" in roles else says("sum(prices)")

    up = Refusing(respond)
    e = editor("total = ‸\n", up.model())
    assert await e.shown() == "sum(prices)"
    assert len(up.bodies) == 2
    first = up.bodies[1]["messages"][0]
    assert first["role"] == "user" and first["content"].startswith("You complete code")
    e.type("\nother = ")
    await e.ask()
    assert len(up.bodies) == 3, "what is known is not tried again"


@pytest.mark.parametrize(
    ("words", "param"),
    [
        ("Unsupported value: 'reasoning_effort' does not support 'none' with this model. Supported "
         "values are: 'low', 'medium', and 'high'.", "reasoning_effort"),
        ("Unsupported value: 'none' is not supported with the 'mai-code-1-flash' model. Supported "
         "values are: 'high', 'low', 'medium'.", "reasoning.effort"),
        ("reasoning_effort: Input should be 'low', 'medium' or 'high'", None),
        ("litellm.BadRequestError: OpenAIException - reasoning_effort must be one of [low, medium, "
         "high], got none", None),
    ],
)  # fmt: skip
@virtual
async def test_the_least_effort_that_a_refusal_names_is_asked_for(
    words: str, param: str | None
) -> None:
    def respond(body: dict[str, Any]) -> tuple[int, object]:
        accepted = body.get("reasoning_effort") in ("low", "medium", "high")
        return says("sum(prices)") if accepted else (400, error(words, param=param))

    up = Refusing(respond)
    assert await editor("total = ‸\n", up.model()).shown() == "sum(prices)"
    assert [body.get("reasoning_effort") for body in up.bodies] == ["none", "low"]


@virtual
async def test_credit_for_fewer_tokens_is_used_and_remembered() -> None:
    words = (
        "This request requires more credits, or fewer max_tokens. You requested up to 128 tokens, "
        "but can only afford 61."
    )

    def respond(body: dict[str, Any]) -> tuple[int, object]:
        is_dear = body["max_tokens"] > 61
        return (402, error(words, code=402)) if is_dear else says("sum(prices)")

    up = Refusing(respond)
    assert await editor("total = ‸\n", up.model()).shown() == "sum(prices)"
    assert [body["max_tokens"] for body in up.bodies] == [128, 61]


# --- prompts that are too long ----------------------------------------------------------------

LONG = "".join(f"value_{n} = compute({n}, scale={n})\n" for n in range(400))


def length(body: dict[str, Any]) -> int:
    return sum(len(message["content"]) for message in body["messages"])


@pytest.mark.parametrize(("status", "body"), [TOO_LONGS[0], TOO_LONGS[3], TOO_LONGS[11]])
@virtual
async def test_a_prompt_that_is_too_long_is_made_shorter_and_the_model_never_paused(
    status: int, body: object
) -> None:
    def respond(asked: dict[str, Any]) -> tuple[int, object]:
        return (status, body) if length(asked) > 3500 else says("sum(prices)")

    up = Refusing(respond)
    model = up.model()
    e = editor(f"{LONG}total = ‸\n{LONG}", model)
    sentences = told(e)
    assert await e.shown() == "sum(prices)"
    n_refused = len(up.bodies) - 1
    assert 1 <= n_refused <= 3
    lengths = [length(asked) for asked in up.bodies]
    assert lengths == sorted(lengths, reverse=True)
    e.type("\nother = ")
    assert await e.shown()
    assert len(up.bodies) == n_refused + 2, "what is known is not tried again"
    assert [state for state, _ in sentences] == ["ready"]
    assert not model.health().why


WINDOW = 900
"""Tokens that the small server below takes."""
COUNTS = [
    # A server that names its limit and its count, one that names only the limit, one nothing.
    lambda n: (400, error(f"request ({n} tokens) exceeds the available context size ({WINDOW} "
                          "tokens), try increasing it", code=400, n_prompt_tokens=n, n_ctx=WINDOW,
                          type="exceed_context_size_error")),
    lambda n: (400, error(f"This model's maximum context length is {WINDOW} tokens. However, you "
                          f"requested {n + 128} tokens ({n} in the messages, 128 in the "
                          "completion).", code="context_length_exceeded", param="messages")),
    lambda n: (400, error(f"litellm.ContextWindowExceededError: This model's maximum context "
                          f"length is {WINDOW} tokens.", code="400")),
    lambda n: (400, error("Input is too long for requested model.")),
]  # fmt: skip


@pytest.mark.parametrize("refuse", COUNTS)
@pytest.mark.parametrize("chars_per_token", [2.8, 3.5, 4.4])
@virtual
async def test_a_long_prompt_is_refused_at_most_twice_once_and_never_after(
    refuse: Callable[[int], tuple[int, object]], chars_per_token: float
) -> None:
    def respond(asked: dict[str, Any]) -> tuple[int, object]:
        n_tokens = int(length(asked) / chars_per_token)
        return refuse(n_tokens) if n_tokens + 128 > WINDOW else says("sum(prices)")

    up = Refusing(respond)
    e = editor(f"{LONG}total = ‸\n{LONG}", up.model())
    assert await e.shown() == "sum(prices)"
    assert len(up.bodies) - 1 <= 2
    n_asked = len(up.bodies)
    for key in "\nabc":
        e.type(key)
        await e.ask()
        await asyncio.sleep(1)
    assert all(length(asked) / chars_per_token < WINDOW for asked in up.bodies[n_asked:])


@virtual
async def test_a_prompt_that_is_refused_later_than_the_deadline_is_made_shorter_too() -> None:
    late: list[Suggestion] = []
    too_long = Script([PromptTooLong("Too long (400).")], first=0.6)
    model = ScriptedModel(too_long, Script(["sum(prices)\n"], first=0.1))
    e = editor(f"{LONG}total = ‸\n", model, late=late)
    await e.ask()
    await asyncio.sleep(1)
    assert [suggestion.text for suggestion in late] == ["sum(prices)"]
    assert model.prompts[1].n_chars < model.prompts[0].n_chars


@virtual
async def test_settings_and_models_that_are_new_begin_with_whole_prompts() -> None:
    up = Refusing((400, error(TOO_LONG)))
    model = up.model()
    e = editor(f"{LONG}total = ‸\n", model)
    await type_keys(e, 3)
    assert model.measured.fitting_tokens < 2000
    settings = e.service.resources.settings
    e.service.set_settings(replace(settings, completion=replace(settings.completion)))
    assert model.measured.fitting_tokens < 2000
    shorter = replace(settings.completion, context_tokens=900)
    e.service.set_settings(replace(settings, completion=shorter))
    assert model.measured.fitting_tokens > 2000
    await type_keys(e, 3)
    other = ScriptedModel("sum(prices)")
    e.service.replace_model(other)
    e.type("\nother = ")
    await e.ask()
    assert other.prompts[-1].n_chars > max(map(length, up.bodies[-1:]))


@virtual
async def test_where_no_prompt_is_short_enough_it_is_a_refusal_like_others() -> None:
    up = Refusing((400, error(TOO_LONG)))
    model = up.model()
    e = editor(f"{LONG}total = ‸\n{LONG}", model)
    sentences = told(e)
    await type_keys(e)
    assert len(up.bodies) <= 9
    assert length(up.bodies[-1]) < 1500
    assert len(sentences) == 1 and "too long" in sentences[0][1]
    assert model.health().refusal == 400


@virtual
async def test_a_filter_that_one_file_meets_pauses_briefly() -> None:
    up = Refusing(FILTERED[0])
    model = up.model()
    await type_keys(editor("total = ‸\n", model))
    assert len(up.bodies) <= 8
    assert not model.health().refusal
    assert model.health().seconds <= 60
