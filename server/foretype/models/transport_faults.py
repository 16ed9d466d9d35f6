"""Errors without an answer: of the proxy, of TLS, of the network and of the way there."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from foretype.models.connection import ProxyFailed
from foretype.models.error_body import quoted
from foretype.models.protocol import ModelError, ModelRejected, ModelTimeout, ModelUnavailable
from foretype.models.status_faults import NO_PLAIN_HTTP
from foretype.settings.providers import Endpoint

log = logging.getLogger(__name__)

BROKE_OFF = "The answer of {who} broke off."
UNREADABLE = "{who} answered with something that cannot be read."
TLS_ALERT = "illegal status line: bytearray(b'\\x15\\x03"
"""How the HTTP library quotes the answer of a TLS server to plain http. An error with it counts as
one of a class named ``TLS_ALERT``."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of error: classes of which one is among the error and its causes."""

    names: frozenset[str]
    """Compared by name, so that neither the SDK nor its transport is loaded."""
    error: Callable[[str], ModelError]
    sentence: str


def _kind(names: str, error: Callable[[str], ModelError], sentence: str) -> _Kind:
    return _Kind(frozenset(names.split()), error, sentence)


_KINDS = (
    _kind("ProxyError", ModelUnavailable,
          "{the_proxy} does not let requests through to {host}. Check HTTPS_PROXY and "
          "NO_PROXY.{quote}"),
    _kind("SSLCertVerificationError", ModelUnavailable,
          "The certificate of {host} is not trusted. Behind a company's proxy, name its "
          "certificates in SSL_CERT_FILE."),
    _kind("SSLError", ModelUnavailable,
          "{host} does not speak TLS properly. Is it `http://` there?"),
    _kind("ProxyFailed", ModelUnavailable,
          "{the_proxy}, by which {host} is reached, does not answer. Start it, or correct "
          "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY; NO_PROXY names the hosts that need none."),
    _kind("gaierror", ModelUnavailable,
          "The name {host} cannot be resolved. Check the network, and `base_url`."),
    _kind("ConnectionRefusedError", ModelUnavailable, "Nothing listens at {host}.{start}"),
    _kind("ConnectTimeout", ModelTimeout, "No connection to {host} could be made in time."),
    _kind("PoolTimeout", ModelTimeout, "Too many requests to {who} are running already."),
    _kind("TimeoutException APITimeoutError TimeoutError", ModelTimeout,
          "{who} has sent nothing for too long."),
    _kind("LocalProtocolError UnicodeEncodeError", partial(ModelRejected, status=401),
          "The key in {key_from} has characters that no key has. Copy it again."),
    _kind("InvalidURL UnsupportedProtocol", partial(ModelRejected, status=404),
          "`base_url` is no address that can be called."),
    _kind("ConnectError", ModelUnavailable,
          "{host} cannot be reached. Check the network, and `base_url`."),
    _kind("TLS_ALERT", partial(ModelRejected, status=404), NO_PLAIN_HTTP),
    _kind("RemoteProtocolError NetworkError ConnectionError EndOfStream", ModelUnavailable,
          BROKE_OFF),
    _kind("DecodingError ValueError RecursionError", ModelUnavailable, UNREADABLE),
    _kind("APIConnectionError OSError", ModelUnavailable, "{host} cannot be reached."),
)  # fmt: skip
"""In the order in which they are looked for: the first one that fits says most."""


def error_of_transport(error: Exception, endpoint: Endpoint) -> ModelError:
    """Create the error for a request that got no answer, or for a fault of foretype's own."""
    chain = list(_causes(error))
    if own := next((e for e in chain if isinstance(e, ModelError)), None):
        return own  # Raised by ourselves, below the SDK.
    names = {name for e in chain for name in _class_names(e)}
    if any(TLS_ALERT in str(e) for e in chain):
        names.add("TLS_ALERT")
    kind = next((kind for kind in _KINDS if names & kind.names), None)
    if kind is not None:
        return kind.error(kind.sentence.format(**_words(chain, endpoint)))
    log.error("unexpected %s\n%s", type(error).__name__, _traceback_lines(error))
    return ModelUnavailable(f"An unexpected fault in foretype ({type(error).__name__}).")


def _words(chain: list[BaseException], endpoint: Endpoint) -> dict[str, str]:
    """The words that the sentences leave open."""
    proxy = next((str(e) for e in chain if isinstance(e, ProxyFailed)), "")
    said = (quoted(str(e), *endpoint.secrets) for e in chain if "ProxyError" in _class_names(e))
    return {
        "who": endpoint.title,
        "host": endpoint.host,
        "the_proxy": f"The proxy {proxy}".strip(),
        "quote": next(said, ""),
        "start": " Start the server, or correct `base_url`." if endpoint.local else "",
        "key_from": endpoint.key_from or "use",
    }


def _class_names(error: BaseException) -> Iterator[str]:
    """Return an error's class names. Comparing names avoids loading the SDK."""
    return (kind.__name__ for kind in type(error).__mro__)


def _causes(error: BaseException, depth: int = 0) -> Iterator[BaseException]:
    """Yield an error and its causes."""
    yield error
    if depth > 20:
        return
    following = error.__cause__ or error.__context__
    if following is not None:
        yield from _causes(following, depth + 1)
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _causes(inner, depth + 1)


def _traceback_lines(error: Exception) -> str:
    """Format an error's traceback without its text, which may contain anything."""
    return "".join(traceback.format_tb(error.__traceback__))
