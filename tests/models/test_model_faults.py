"""Everything that goes wrong at a provider, as the user is told of it: one row each.

The same requests go over a scripted transport (answers) and real sockets (connections).
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from helpers.raw_upstream import END, STREAM, Write, answer, chunk, delta, event, refusal, serving
from helpers.secret_samples import FORMS, filled
from hypothesis import given
from hypothesis import strategies as st

from foretype.models import connection
from foretype.models.connection import proxy_for
from foretype.models.error_body import MAX_QUOTED_CHARS, quoted
from foretype.models.faults import translate, translating_errors
from foretype.models.openai_model import OpenAIModel
from foretype.models.protocol import (
    Message,
    ModelError,
    ModelLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
    Prompt,
    PromptTooLong,
)
from foretype.models.status_faults import error_of_status, retry_after
from foretype.models.stream_reader import Limits
from foretype.settings.providers import PROVIDERS, Endpoint

KEY = "sk-test-not-a-real-key-0123456789"
PROMPT = Prompt(messages=(Message("user", "def f("),))
PAGE = b"<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>"

REMOTE = Endpoint(
    row=PROVIDERS["openrouter"],
    base_url="https://openrouter.ai/api/v1",
    wire="chat",
    key=KEY,
    key_from="OPENROUTER_API_KEY",
)


def local(port: int, scheme: str = "http") -> Endpoint:
    return Endpoint(
        row=PROVIDERS["custom"],
        base_url=f"{scheme}://127.0.0.1:{port}/v1",
        wire="chat",
        key=KEY,
        key_from="FORETYPE_API_KEY",
    )


async def fault_of(model: OpenAIModel) -> ModelError:
    """What a request ends in."""
    try:
        with pytest.raises(ModelError) as caught:
            async for _ in model.stream(PROMPT):
                pass
    finally:
        await model.close()
    no_secrets_in(caught.value)
    return caught.value


def no_secrets_in(fault: ModelError) -> None:
    """Neither the sentence nor what a log would print of it, causes included, has the key."""
    everything = str(fault) + repr(fault) + "".join(traceback.format_exception(fault))
    assert KEY not in everything
    assert "<html" not in str(fault).lower()
    assert fault.__cause__ is None
    assert fault.__context__ is None
    # A sentence, or one that begins with a host or the name of a setting.
    assert re.match(r"[A-Z]|\S+\.\S+ |`\w+` ", str(fault))
    assert str(fault).rstrip("…").endswith((".", "?", "…")) or "It says:" in str(fault)


async def told(status: int, body: object = b"", **headers: str) -> ModelError:
    """The fault that an answer leads to, over a scripted transport."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def respond(request: httpx2.Request) -> httpx2.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.Response(status, headers=sent, content=content)

    return await fault_of(OpenAIModel(REMOTE, transport=httpx2.MockTransport(respond)))


def error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, error("Bad."), ModelRejected, ["refuses the request (400)", "It says: Bad."]),
        (401, error(f"Incorrect API key {KEY}."), ModelRejected, ["OPENROUTER_API_KEY", "(401)"]),
        (402, error("Insufficient credits."), ModelRejected, ["no credit", "max_tokens", "(402)"]),
        (403, error("Not yours."), ModelRejected, ["does not let this key use", "Not yours."]),
        (404, error("No such model."), ModelRejected, ["mai-code-1-flash", "`model`", "(404)"]),
        (404, PAGE, ModelRejected, ["no API at this address (404)", "`base_url`"]),
        (405, b"", ModelRejected, ["`base_url`", "(405)"]),
        (408, b"", ModelTimeout, ["gave up waiting (408)"]),
        (413, b"", PromptTooLong, ["too long", "context_tokens"]),
        (400, error("This model's maximum context length is 8192"), PromptTooLong, ["too long"]),
        (422, {"detail": [{"loc": ["body", "x"], "msg": "no"}]}, ModelRejected, ["(422)"]),
        (429, error("Rate limit."), ModelLimited, ["too many requests (429)"]),
        (429, error("Quota.", code="insufficient_quota"), ModelRejected, ["no credit"]),
        (500, error("Oops."), ModelUnavailable, ["fault of its own (500)"]),
        (502, PAGE, ModelUnavailable, ["(502)"]),
        (503, PAGE, ModelUnavailable, ["overloaded (503)"]),
        (529, b"", ModelUnavailable, ["overloaded (529)"]),
        (302, b"", ModelRejected, ["another address (302)", "`base_url`"]),
        (
            400,
            error("no", code="unsupported_api_for_model"),
            ModelRejected,
            ['wire = "responses"'],
        ),
    ],
)
async def test_a_status(status: int, body: object, kind: type, words: list[str]) -> None:
    fault = await told(status, body)
    assert type(fault) is kind
    assert str(fault).startswith("OpenRouter ") or "The prompt" in str(fault)
    for word in words:
        assert word in str(fault)


async def test_a_key_that_is_missing_is_told_as_such() -> None:
    keyless = Endpoint(row=PROVIDERS["custom"], base_url="http://lab.example/v1", wire="chat")
    fault = error_of_status(401, "", {}, keyless)
    assert str(fault) == "lab.example asks for a key (401). Set FORETYPE_API_KEY."


async def test_a_local_model_that_is_not_there_says_how_to_get_it() -> None:
    row = PROVIDERS["ollama"]
    endpoint = Endpoint(row=row, base_url=row.base_url, wire="fim")
    assert f"ollama pull {row.model}" in str(error_of_status(404, "", {}, endpoint))


class TestRetryAfter:
    async def test_is_given_on(self) -> None:
        fault = await told(429, error("Slow down."), retry_after="12")
        assert isinstance(fault, ModelLimited)
        assert fault.retry_after == 12
        assert "in 12 s" in str(fault)

    async def test_of_an_overloaded_server_too(self) -> None:
        fault = await told(503, b"", retry_after="300")
        assert isinstance(fault, ModelUnavailable)
        assert fault.retry_after == 300

    def test_as_a_date(self) -> None:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
        seconds = retry_after({"retry-after": date})
        assert seconds is not None
        assert 90 < seconds <= 100

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({}, None),
            ({"retry-after": "soon"}, None),
            ({"retry-after": "nan"}, None),
            ({"retry-after": "inf"}, None),
            ({"retry-after": "-5"}, None),
            ({"retry-after": "0"}, None),
            ({"retry-after": "0.0"}, None),
            ({"retry-after-ms": "0"}, None),
            ({"retry-after-ms": "0", "retry-after": "9"}, 9),
            ({"retry-after": "99999999"}, None),
            ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
            ({"retry-after": "Mon, 01 Jan 0001 00:00:00 GMT"}, None),
        ],
    )
    def test_as_whatever(self, headers: dict[str, str], seconds: float | None) -> None:
        assert retry_after(headers) == seconds

    @given(st.text(max_size=40))
    def test_is_a_time_or_nothing(self, value: str) -> None:
        seconds = retry_after({"retry-after": value})
        assert seconds is None or 0 < seconds <= 86400


def test_the_parameter_that_is_refused_is_found_in_name_message_or_body() -> None:
    by_message = error_of_status(400, error("Unsupported parameter: 'stop'"), {}, REMOTE)
    by_body = error_of_status(422, {"detail": [{"loc": ["body", "stop"]}]}, {}, REMOTE)
    by_name = error_of_status(400, error("No.", param="reasoning.effort"), {}, REMOTE)
    found = [getattr(fault, "parameters", None) for fault in (by_message, by_body, by_name)]
    assert found == [("stop",), ("stop",), ("reasoning",)]


class TestWhatTheProviderSays:
    def test_is_short_and_on_one_line(self) -> None:
        assert quoted("a\n\n  b\tc") == " It says: a b c"
        assert len(quoted("word " * 200)) <= MAX_QUOTED_CHARS + len(" It says: ")

    def test_is_left_out_where_it_is_a_page(self) -> None:
        assert quoted(PAGE.decode()) == ""
        assert quoted("") == ""

    @pytest.mark.parametrize("filler", ["\0", " ", "\n", "-", "request ", "id", "trace id: ", "<"])
    def test_a_long_message_is_read_at_once(self, filler: str) -> None:
        """The patterns once took minutes for what a hostile server may send."""
        told = quoted(filler * 64_000 + " Bearer secret-of-the-user")
        assert "secret-of" not in told and len(told) <= MAX_QUOTED_CHARS + len(" It says: ")

    @pytest.mark.parametrize(
        "words",
        [
            f"Incorrect key {KEY}.",
            "Incorrect key sk-proj-abcd********wxyz.",
            "Authorization: Bearer abcdef.ghi",
            "Token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0",
        ],
    )
    def test_never_repeats_a_key(self, words: str) -> None:
        told = quoted(words, KEY)
        assert "…" in told
        assert not {"sk-", "abcdef", "eyJ"} & set(told.split())
        assert "sk-" not in told
        assert "eyJ" not in told

    @pytest.mark.parametrize("form", FORMS)
    def test_never_repeats_a_secret_of_the_code(self, form: str) -> None:
        text, secret = filled(form)
        assert secret not in quoted(f"invalid input:\n{text}")

    @given(st.text(max_size=300))
    def test_never_has_the_key_whatever_stands_around_it(self, around: str) -> None:
        assert KEY not in quoted(f"{around} {KEY} {around}", KEY)


@pytest.mark.parametrize(
    ("content_type", "body", "kind", "word"),
    [
        ("text/html", PAGE, ModelUnavailable, "web page"),
        ("text/event-stream", PAGE, ModelUnavailable, "web page"),
        ("", b"  \n<html>", ModelUnavailable, "web page"),
        ("text/event-stream", b"", ModelUnavailable, "nothing at all"),
        ("application/json", b"", ModelUnavailable, "nothing at all"),
        ("text/event-stream", b": OPENROUTER PROCESSING\n\n", ModelUnavailable, "nothing at all"),
        ("text/plain", b"ok", ModelUnavailable, "cannot be read"),
        ("application/json", b'{"error": {"message": "x", "code": 502}}', ModelUnavailable, "502"),
        ("application/json", b'{"error": {"message": "x", "code": 429}}', ModelLimited, "429"),
        ("application/json", b'{"error": "busy"}', ModelUnavailable, "(502)"),
        ("application/json", b'{"object": "list"}', ModelUnavailable, "nothing at all"),
        ("application/json", b'{"detail": "It is full."}', ModelUnavailable, "It is full."),
        ("text/event-stream", b'{"error": "It is full."}', ModelUnavailable, "It is full."),
        ("text/event-stream", b"event: error\ndata: It is full.\n\n", ModelUnavailable, "is full"),
        (
            "text/event-stream",
            b'data: {"object": "error", "message": "No such model.", "code": 404}\n\n',
            ModelRejected,
            "No such model.",
        ),
        ("application/json", b"[1, 2]", ModelUnavailable, "cannot be read"),
        ("application/json", b'{"choices": [', ModelUnavailable, "cannot be read"),
        ("text/event-stream", b'data: {"choices": [{"del\n\n', ModelUnavailable, "cannot be"),
        ("text/event-stream", b"data: [1]\n\n", ModelUnavailable, "cannot be read"),
        ("text/event-stream", b"data: \xff\xfe\n\n", ModelUnavailable, "cannot be read"),
        (
            "text/event-stream",
            b'data: {"error": {"code": "rate_limit_exceeded"}}\n\n',
            ModelLimited,
            "429",
        ),
        (
            "text/event-stream",
            b'data: {"choices": [{"finish_reason": "error"}]}\n\n',
            ModelUnavailable,
            "(502)",
        ),
        (
            "text/event-stream",
            b'data: {"choices": [{"delta": {"content": "a"}}]}\n\n',
            ModelUnavailable,
            "broke off",
        ),
    ],
)
async def test_an_answer_under_status_200_that_is_none(
    content_type: str, body: bytes, kind: type, word: str
) -> None:
    fault = await told(200, body, content_type=content_type)
    assert type(fault) is kind
    assert word in str(fault)


async def test_text_before_an_error_in_the_stream_is_given() -> None:
    cut = STREAM + delta("a") + event({"error": {"message": "Upstream error", "code": 502}})
    async with serving(cut) as up:
        model = OpenAIModel(local(up.port))
        stream = model.stream(PROMPT)
        assert (await anext(stream)).text == "a"
        with pytest.raises(ModelUnavailable, match="502"):
            await anext(stream)
        await model.close()


# --- connections ------------------------------------------------------------------------------


async def silent(write: Write) -> None:
    await asyncio.Event().wait()


async def silent_after_headers(write: Write) -> None:
    await write(STREAM)
    await asyncio.Event().wait()


async def silent_in_the_middle(write: Write) -> None:
    await write(STREAM + delta("a"))
    await asyncio.Event().wait()


async def only_comments(write: Write) -> None:
    await write(STREAM)
    while True:
        await write(chunk(b": still here\n\n"))
        await asyncio.sleep(0.02)


async def slow_loris(write: Write) -> None:
    await write(STREAM)
    for byte in delta("a") * 1000:
        await write(bytes([byte]))
        await asyncio.sleep(0.02)


async def endless(write: Write) -> None:
    await write(STREAM)
    while True:
        await write(delta("a"))
        await asyncio.sleep(0.02)


async def broken_off(write: Write) -> None:
    await write(STREAM + delta("a") + b"20\r\ndata: ")


@pytest.mark.parametrize(
    ("behavior", "limits", "words"),
    [
        (silent, Limits(first=0.2), "sent nothing for 0.2 s"),
        (silent_after_headers, Limits(first=0.2), "sent nothing for 0.2 s"),
        (only_comments, Limits(first=0.2), "sent nothing for 0.2 s"),
        (slow_loris, Limits(first=0.2), "sent nothing for 0.2 s"),
        (silent_in_the_middle, Limits(gap=0.2), "in the middle of its answer for 0.2 s"),
        (endless, Limits(total=0.6), "did not come to an end in 0.6 s"),
    ],
)
async def test_a_connection_that_stalls(
    behavior: Callable[[Write], Awaitable[None]], limits: Limits, words: str
) -> None:
    async with serving(behavior) as up:
        fault = await fault_of(OpenAIModel(local(up.port), limits=limits))
        assert type(fault) is ModelTimeout
        assert words in str(fault)
        await asyncio.wait_for(up.hung_up.wait(), 5)


@pytest.mark.parametrize(
    "behavior",
    [
        broken_off,
        STREAM + delta("a") + END,
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
    ],
)
async def test_a_connection_that_breaks_off(
    behavior: bytes | Callable[[Write], Awaitable[None]],
) -> None:
    async with serving(behavior, hang_up_after=True) as up:
        fault = await fault_of(OpenAIModel(local(up.port)))
        assert type(fault) is ModelUnavailable
        assert "broke off" in str(fault)


@pytest.mark.parametrize(
    "behavior",
    [
        b"\x15\x03\x01\x00\x02\x02F\r\n\r\n",
        answer(400, b"Client sent an HTTP request to an HTTPS server.\n", "text/plain"),
        answer(
            400,
            b"<html><center>The plain HTTP request was sent to HTTPS port</center></html>",
            "text/html",
        ),
    ],
)
async def test_plain_http_to_a_port_with_tls(behavior: bytes) -> None:
    async with serving(behavior, hang_up_after=True) as up:
        fault = await fault_of(OpenAIModel(local(up.port)))
        assert type(fault) is ModelRejected
        assert "Is it `https://` there?" in str(fault)


async def test_nothing_listens() -> None:
    async with serving(b"") as up:
        port = up.port
    fault = await fault_of(OpenAIModel(local(port)))
    assert type(fault) is ModelUnavailable
    assert f"Nothing listens at 127.0.0.1:{port}. Start the server" in str(fault)


async def test_a_name_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    async def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    endpoint = Endpoint(row=PROVIDERS["custom"], base_url="http://no.invalid/v1", wire="chat")
    fault = await fault_of(OpenAIModel(endpoint))
    assert type(fault) is ModelUnavailable
    assert "no.invalid cannot be resolved" in str(fault)


async def test_tls_to_a_port_without_it() -> None:
    async with serving(b"HTTP/1.1 400 X\r\nContent-Length: 0\r\n\r\n") as up:
        listening = await asyncio.start_server(_say_no, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        fault = await fault_of(OpenAIModel(local(port, "https")))
        listening.close()
        await listening.wait_closed()
        assert not up.requests
    assert type(fault) is ModelUnavailable
    assert "TLS" in str(fault)


async def _say_no(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    writer.close()


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (ssl.SSLCertVerificationError("self-signed"), "SSL_CERT_FILE"),
        (httpx2.ProxyError("407"), "HTTPS_PROXY"),
        (httpx2.ConnectTimeout("t"), "No connection to openrouter.ai"),
        (httpx2.PoolTimeout("t"), "running already"),
        (httpx2.ReadTimeout("t"), "for too long"),
        (httpx2.ConnectError("no route"), "cannot be reached"),
        (httpx2.ReadError("reset"), "broke off"),
        (httpx2.LocalProtocolError(f"Illegal header value b'Bearer {KEY}\\n'"), "no key has"),
        (httpx2.UnsupportedProtocol("x"), "`base_url`"),
        (httpx2.DecodingError("gzip"), "cannot be read"),
        (RuntimeError(f"a fault of ours {KEY}"), "unexpected fault in foretype (RuntimeError)"),
        (ImportError("openai"), "openai package"),
        (UnicodeEncodeError("ascii", KEY + "é", 0, 1, "ordinal"), "no key has"),
    ],
)
def test_what_lies_behind_an_error(
    cause: Exception, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    from openai import APIConnectionError

    outer: Exception = cause
    if isinstance(cause, httpx2.HTTPError | ssl.SSLError):
        outer = APIConnectionError(request=httpx2.Request("POST", "https://x.example"))
        outer.__cause__ = cause
    with pytest.raises(ModelError) as caught, translating_errors(REMOTE):
        raise outer
    no_secrets_in(caught.value)
    assert words in str(caught.value)
    assert KEY not in caplog.text


def test_an_error_of_ours_passes_the_door_as_it_is() -> None:
    fault = ModelTimeout("ours")
    assert translate(fault, REMOTE) is fault
    with pytest.raises(ModelTimeout) as caught, translating_errors(REMOTE):
        raise fault
    assert caught.value is fault


async def test_a_cancel_passes_the_door() -> None:
    with pytest.raises(asyncio.CancelledError), translating_errors(REMOTE):
        raise asyncio.CancelledError


# --- what stands between ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "proxies", "proxy"),
    [
        ("https://a.example/v1", {}, None),
        ("https://a.example/v1", {"https": "http://p:1"}, "http://p:1"),
        ("https://a.example/v1", {"https": "p:1"}, "http://p:1"),
        ("https://a.example/v1", {"http": "http://p:1"}, None),
        ("https://a.example/v1", {"all": "http://p:1"}, "http://p:1"),
    ],
)
def test_the_proxy_for_a_url(
    url: str, proxies: dict[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert proxy_for(url, proxies) == proxy


def test_no_proxy_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "a.example")
    assert proxy_for("https://a.example/v1", {"https": "http://p:1"}) is None


async def test_requests_go_through_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(answer(403, b"")) as up:
        for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{up.port}")
        endpoint = Endpoint(row=PROVIDERS["custom"], base_url="http://a.invalid/v1", wire="chat")
        await fault_of(OpenAIModel(endpoint))
        assert up.requests[0].line.startswith("POST http://a.invalid/v1/chat/completions ")


async def test_a_proxy_that_cannot_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", "gopher://secret-not-real@p:1")
    endpoint = Endpoint(row=PROVIDERS["custom"], base_url="http://a.invalid/v1", wire="chat")
    fault = await fault_of(OpenAIModel(endpoint))
    assert "HTTPS_PROXY" in str(fault)
    assert "secret" not in str(fault)


def use_proxy(monkeypatch: pytest.MonkeyPatch, **proxies: str) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, url in proxies.items():
        monkeypatch.setenv(name, url)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("user", ["", "me:not-a-real-word@"])
async def test_a_proxy_that_is_down_is_named_and_not_the_endpoint(
    scheme: str, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(b"") as up:
        port = up.port
    use_proxy(monkeypatch, all_proxy=f"http://{user}127.0.0.1:{port}")
    base_url = f"{scheme}://a.invalid/v1"
    endpoint = Endpoint(row=PROVIDERS["custom"], base_url=base_url, wire="chat")
    fault = await fault_of(OpenAIModel(endpoint))
    assert type(fault) is ModelUnavailable
    assert str(fault).startswith(f"The proxy 127.0.0.1:{port}, by which a.invalid is reached")
    assert "NO_PROXY" in str(fault)
    assert "not-a-real-word" not in str(fault)


async def test_a_proxy_whose_name_is_unknown_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    use_proxy(monkeypatch, https_proxy="proxy.invalid:3128")
    endpoint = Endpoint(row=PROVIDERS["custom"], base_url="https://a.invalid/v1", wire="chat")
    fault = await fault_of(OpenAIModel(endpoint))
    assert str(fault).startswith("The proxy proxy.invalid:3128, by which")


@pytest.mark.parametrize("status", [407, 502, 503])
async def test_a_proxy_that_refuses_a_tunnel_is_named_with_its_answer(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(answer(status, b""), hang_up_after=True) as up:
        use_proxy(monkeypatch, https_proxy=f"http://127.0.0.1:{up.port}")
        endpoint = Endpoint(row=PROVIDERS["custom"], base_url="https://a.invalid/v1", wire="chat")
        fault = await fault_of(OpenAIModel(endpoint))
    assert f"The proxy 127.0.0.1:{up.port} does not let requests through to a.invalid" in str(fault)
    assert str(status) in str(fault)


async def test_a_proxy_that_wants_a_password_is_told_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(answer(407, PAGE, "text/html")) as up:
        use_proxy(monkeypatch, http_proxy=f"http://127.0.0.1:{up.port}")
        endpoint = Endpoint(row=PROVIDERS["custom"], base_url="http://a.invalid/v1", wire="chat")
        fault = await fault_of(OpenAIModel(endpoint))
    assert "proxy" in str(fault) and "(407)" in str(fault) and "HTTP_PROXY" in str(fault)


async def test_certificates_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    connection.certificates.cache_clear()
    fault = await fault_of(OpenAIModel(local(9, "https")))
    assert "SSL_CERT_FILE" in str(fault)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("is_proxied", [False, True])
async def test_certificates_are_not_missed_where_none_is_needed(
    variable: str, is_proxied: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    async with serving(answer(403, b"")) as up:
        for path in (tmp_path / "none.pem", broken):
            monkeypatch.setenv(variable, str(path))
            connection.certificates.cache_clear()
            use_proxy(monkeypatch, http_proxy=f"127.0.0.1:{up.port}")
            remote = Endpoint(row=PROVIDERS["custom"], base_url="http://a.invalid/v1", wire="chat")
            fault = await fault_of(OpenAIModel(remote if is_proxied else local(up.port)))
            assert "(403)" in str(fault)


async def test_a_fault_while_warming_is_told_by_the_first_request(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    connection.certificates.cache_clear()
    model = OpenAIModel(local(9, "https"))
    await model.warm()
    assert "SSL_CERT_FILE" in str(await fault_of(model))


async def test_a_refusal_costs_no_connection() -> None:
    async with serving(refusal(401, "no"), refusal(401, "no")) as up:
        model = OpenAIModel(local(up.port))
        for _ in range(2):
            with pytest.raises(ModelRejected):
                await anext(model.stream(PROMPT))
        await model.close()
        assert {request.connection for request in up.requests} == {1}
