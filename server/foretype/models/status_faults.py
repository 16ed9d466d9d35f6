"""Errors of answers with a status other than 200, as sentences for the user."""

from __future__ import annotations

import email.utils
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from foretype.models.capabilities import parts_named_in
from foretype.models.error_body import MAX_QUOTED_CHARS, ErrorBody
from foretype.models.named_limits import affordable_in, efforts_in
from foretype.models.protocol import (
    ModelError,
    ModelLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
    PromptRejected,
    PromptTooLong,
)
from foretype.settings.providers import Endpoint

MAX_RETRY_AFTER_S = 24 * 3600.0
NO_PLAIN_HTTP = "{host} does not answer plain http. Is it `https://` there? Correct `base_url`."


def error_of_status(
    status: int, body: object, headers: Mapping[str, str], endpoint: Endpoint
) -> ModelError:
    """Create the error for a status other than 200."""
    answer = _Answer(status, ErrorBody(body, endpoint), headers, endpoint)
    return next(error for kind in _KINDS if (error := kind(answer)) is not None)


def error_of_object(error: object, endpoint: Endpoint) -> ModelError:
    """Create the error for an error object in a response with status 200."""
    fields = error if isinstance(error, Mapping) else {}
    code = str(fields.get("code") or fields.get("status") or "")
    words = f"{code} {fields.get('type') or ''}".lower()
    if code.isdigit() and 400 <= int(code) < 600:
        status = int(code)
    else:
        meant = ErrorBody(error, endpoint).meant(400)
        status = 502 if meant == 400 else meant
        status = next((s for word, s in _STATUS_BY_CODE.items() if word in words), status)
    return error_of_status(status, error, {}, endpoint)


_STATUS_BY_CODE = {
    "insufficient_quota": 402,
    "rate_limit": 429,
    "invalid_api_key": 401,
    "authentication": 401,
    "permission": 403,
    "model_not_found": 404,
    "not_found": 404,
    "context_length": 400,
    "invalid_request": 400,
    "unsupported": 400,
    "overloaded": 503,
}
"""Codes or types of error objects, and the equivalent HTTP status."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer that is an error."""

    status: int
    body: ErrorBody
    headers: Mapping[str, str]
    endpoint: Endpoint

    @property
    def who(self) -> str:
        return self.endpoint.title

    @property
    def meant(self) -> int:
        """The status that matches the message."""
        return self.body.meant(self.status)

    @property
    def quote(self) -> str:
        return self.body.quote


# --- kinds of errors: each gives its error, or None for another kind --------------------------


def _too_long(a: _Answer) -> ModelError | None:
    if not a.body.is_too_long(a.status):
        return None
    return PromptTooLong(
        f"The prompt is too long for {a.endpoint.model} ({a.status}). Select less code for a "
        f"refactoring; set a smaller `completion.context_tokens` for suggestions.{a.quote}",
        a.status,
        tokens=a.body.named_tokens.limit,
        sent_tokens=a.body.named_tokens.sent,
    )


def _limited(a: _Answer) -> ModelError | None:
    if a.meant != 429:
        return None
    wait = retry_after(a.headers)
    later = "" if wait is None else f" It takes more in {_seconds(wait)}."
    return ModelLimited(f"{a.who} has had too many requests (429).{later}", wait)


def _out_of_credit(a: _Answer) -> ModelError | None:
    if a.meant != 402:
        return None
    return ModelRejected(
        f"{a.who} has no credit left for this key ({a.status}). Add credit, set a smaller "
        f"`completion.max_tokens`, or choose another provider.{a.quote}",
        402,
        tokens=affordable_in(a.body.values),
    )


def _gave_up_waiting(a: _Answer) -> ModelError | None:
    return ModelTimeout(f"{a.who} gave up waiting (408).") if a.status == 408 else None


def _not_implemented(a: _Answer) -> ModelError | None:
    if a.status != 501:
        return None
    # What is not implemented will not be the next time either.
    cannot = f"{a.who} cannot do this with {a.endpoint.model} ({a.status}).{a.quote}"
    return ModelRejected(cannot, 400, a.body.named)


def _server_fault(a: _Answer) -> ModelError | None:
    if a.status < 500:
        return None
    state = "is overloaded" if a.status in (503, 529) else "has a fault of its own"
    return ModelUnavailable(f"{a.who} {state} ({a.status}).{a.quote}", retry_after(a.headers))


def _redirect(a: _Answer) -> ModelError | None:
    if a.status >= 400:
        return None
    target = _redirect_target(a.headers, a.endpoint)
    sends_on = f"{a.who} sends requests on to {target} ({a.status}). Correct `base_url`."
    return ModelRejected(sends_on, 404)


def _plain_http(a: _Answer) -> ModelError | None:
    words = "http request was sent to https port", "http request to an https server"
    is_meant = a.body.means(*words)
    return ModelRejected(NO_PLAIN_HTTP.format(host=a.endpoint.host), 404) if is_meant else None


def _filtered(a: _Answer) -> ModelError | None:
    if not a.body.is_filtered(a.status):
        return None
    return PromptRejected(f"{a.who} does not accept this prompt ({a.status}).{a.quote}", 400)


def _refused(a: _Answer) -> ModelError | None:
    named = (*parts_named_in(a.body.parameter), *a.body.named)
    efforts = efforts_in(a.body.values)
    return ModelRejected(_why_refused(a), a.meant, tuple(dict.fromkeys(named)), efforts=efforts)


_KINDS: tuple[Callable[[_Answer], ModelError | None], ...] = (
    _too_long,
    _limited,
    _out_of_credit,
    _gave_up_waiting,
    _not_implemented,
    _server_fault,
    _redirect,
    _plain_http,
    _filtered,
    _refused,
)
"""In the order in which they are looked for. The last one is any other."""


# --- their words ------------------------------------------------------------------------------


def _why_refused(a: _Answer) -> str:
    if a.body.means("unsupported_api_for_model", "not accessible via the /chat/completions"):
        model = a.endpoint.model
        return f'{a.who} serves {model} in another way only. Set `wire = "responses"`.'
    if a.status == 407:
        host = a.endpoint.host
        return (
            f"A proxy between here and {host} asks for a name and a password (407). "
            f"Put them into HTTPS_PROXY or HTTP_PROXY, or {host} into NO_PROXY."
        )
    sentence = _SENTENCES.get(a.meant, _any_refusal)(a)
    return sentence + a.quote


def _bad_key(a: _Answer) -> str:
    if not a.endpoint.key:
        return f"{a.who} asks for a key ({a.status}). Set FORETYPE_API_KEY."
    return (
        f"{a.who} does not accept the key in {a.endpoint.key_from} ({a.status}). Check that it is "
        "whole, still valid and meant for this provider."
    )


def _not_allowed(a: _Answer) -> str:
    return f"{a.who} does not let this key use {a.endpoint.model} ({a.status})."


def _unknown(a: _Answer) -> str:
    model = a.endpoint.model
    unknown = (
        f"{a.who} does not know {model}, or has no API at this address (404). "
        "Check `model` and `base_url`."
        if a.status == 404
        else f"{a.who} does not know {model} ({a.status}). Check `model`."
    )
    return f"{unknown} {a.endpoint.row.hint.format(model=model)}".strip()


def _no_such_api(a: _Answer) -> str:
    return f"{a.who} has no such API at this address (405). Check `base_url`."


def _any_refusal(a: _Answer) -> str:
    return f"{a.who} refuses the request ({a.status})."


_SENTENCES: Mapping[int, Callable[[_Answer], str]] = {
    401: _bad_key,
    403: _not_allowed,
    404: _unknown,
    405: _no_such_api,
}


def _redirect_target(headers: Mapping[str, str], endpoint: Endpoint) -> str:
    """Return where a redirect leads, without its query, which may hold a token."""
    target = urljoin(f"{endpoint.base_url}/", headers.get("location", ""))
    parts = urlsplit(target)
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    is_known = headers.get("location") and parts.netloc and len(address) <= MAX_QUOTED_CHARS
    return address if is_known and address.isprintable() else "another address"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds after which to retry; None if not specified.

    A moment in the past, or more than a day ahead, is a mistake, and counts as not specified.
    """
    value = headers.get("retry-after")
    milliseconds = _number(headers.get("retry-after-ms"))
    named = (
        None if milliseconds is None else milliseconds / 1000,
        _number(value),
        _until(value) if value else None,
    )
    return next((s for s in named if s is not None and 0 < s <= MAX_RETRY_AFTER_S), None)


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _until(date: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None


def _seconds(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{math.ceil(seconds)} s"
