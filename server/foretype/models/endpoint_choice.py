"""Choose the endpoint from the settings: which provider, at which URL, with which key.

A key is sent only where it was meant to go: a provider's own variable to that provider's URL, and
to any other URL only what the user named for it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from urllib.parse import urlsplit

from foretype.models import entra, key_origins
from foretype.models.key_command import KeyCommandFailed, key_from
from foretype.models.keyring_store import KeyringUnusable, key_for
from foretype.models.wires.fim_families import family_of
from foretype.privacy import masking
from foretype.settings.providers import (
    FOUND_BY_KEY,
    PROVIDERS,
    Endpoint,
    Provider,
    WireName,
    is_loopback,
    origin_of,
)
from foretype.settings.schema import Settings

MAX_KEY_CHARS = 8192
"""Maximum length of a key; cloud identity tokens are long."""

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?\.?|\[[0-9a-f:.]+\]")
_PATHS = re.compile(r"/(?:chat/completions|fim/completions|completions|responses|models)/?$")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_PLACE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_OUR_HEADERS = frozenset(
    {"host", "connection", "content-type", "content-length", "transfer-encoding", "accept"}
)
_AZURE = re.compile(
    r"(?P<resource>https://[\w.-]+\.(?:openai|services\.ai|cognitiveservices)\.azure\.com)/?"
    r"(?:openai/?(?:deployments/(?P<deployment>[\w.-]+)(?:/[\w/]*)?|responses/?|v1/?)?)?"
    r"(?:\?[\w.=&-]*)?",
    re.IGNORECASE,
)
"""A resource's address in the forms in which Azure's pages show it."""
GENERAL_VARIABLE = "FORETYPE_API_KEY"
GENERAL_SETTING = "`api_key`"
GENERAL_KEYS = frozenset({GENERAL_VARIABLE, GENERAL_SETTING})
"""Places of a key that is for whatever endpoint the settings name."""
ENTRA = "Entra ID"
KEY_COMMAND = "`api_key_command`"
KEYRING = "the system's keyring"
_QUOTES = frozenset("\"'`\u00ab\u00bb\u2018\u2019\u201a\u201c\u201d\u201e")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class ConfigError(ValueError):
    """Settings from which no model can be created. The text is a sentence for the user."""


class KeyNotAgreed(ConfigError):
    """A general key would go to another endpoint than the one that it first served."""

    def __init__(self, place: str, url: str, agree: Callable[[], None]) -> None:
        """``agree`` lets the key be sent there from now on; it blocks."""
        self.origin = origin_of(url)
        self.question = (
            f"The key in {place} has served another endpoint so far. Send it to {self.origin} too?"
        )
        self.agree = agree
        super().__init__(
            f"The key in {place} has served another endpoint so far, and is not sent to "
            f"{self.origin} unless you agree, which `foretype doctor` asks in a terminal. Or give "
            "that endpoint a key of its own, by `api_key_env` or `foretype login`."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDescription:
    """The model in use, for status and logs, without secrets."""

    provider: str = ""
    """The row's slug; empty for the embedded engine."""
    title: str = "the embedded engine"
    model: str = ""
    base_url: str = ""
    wire: WireName = "chat"
    key_from: str = ""
    """Where the key was found, never the key."""
    local: bool = True
    """Whether it is on this machine."""
    problem: str = ""
    """What is wrong with the settings, if anything."""


def describe(settings: Settings, environ: Mapping[str, str]) -> EndpointDescription:
    """Describe the model that settings and environment name, the first of several. Never raises."""
    try:
        endpoint = next(iter(choose_endpoints(settings, environ)), None)
    except ConfigError as problem:
        return EndpointDescription(
            provider=known_slug(settings.provider),
            title=known_slug(settings.provider) or "no model",
            model=masking.mask(settings.model),
            problem=str(problem),
        )
    if endpoint is None:
        return EndpointDescription()
    return EndpointDescription(
        provider=endpoint.row.slug,
        title=endpoint.title,
        model=endpoint.model,
        base_url=endpoint.base_url,
        wire=endpoint.wire,
        key_from=endpoint.key_from,
        local=endpoint.local,
    )


def choose_endpoint(settings: Settings, environ: Mapping[str, str]) -> Endpoint | None:
    """Return the endpoint that settings and environment name; None if they name none.

    Raises ConfigError if they name one that cannot be used.
    """
    row = _row(settings, environ)
    if row is None:
        return None
    url = settings.base_url.strip() or row.base_url
    url = url or next(filter(None, (_variable(environ, name) for name in row.url_vars)), "")
    deployment = ""
    if row.token_scope:
        url, deployment = azure_address(url)
    base_url = _base_url(url, row)
    named = settings.model.strip() or deployment
    model = _model(named or row.model, row)
    key, key_from = _key(settings, environ, row, base_url)
    masking.hide(key)
    return Endpoint(
        row=row.serving(model),
        base_url=base_url,
        wire=settings.wire or _wire(row, model),
        key=key,
        key_from=key_from,
        headers=_headers(settings.headers, environ),
        token_scope=row.token_scope if key_from == ENTRA else "",
        is_default_model=not named,
    )


def choose_endpoints(settings: Settings, environ: Mapping[str, str]) -> tuple[Endpoint, ...]:
    """Return the endpoints that settings and environment name, in the order in which they serve.

    Those that cannot be used are left out. Raises ConfigError if none of them can.
    """
    endpoints, problem = [], None
    for each in each_provider(settings):
        try:
            endpoint = choose_endpoint(each, environ)
        except ConfigError as fault:
            problem = problem or fault
        else:
            endpoints += [endpoint] if endpoint is not None else []
    if problem is not None and not endpoints:
        raise problem
    return tuple(endpoints)


def each_provider(settings: Settings) -> list[Settings]:
    """Return settings of one provider each: the one that is named by itself, then ``providers``."""
    alone = replace(settings, providers=())
    if not settings.providers:
        return [alone]
    others = [
        replace(alone, **{f.name: getattr(one, f.name) for f in fields(one)})
        for one in settings.providers
    ]
    return [alone, *others] if names_endpoint(settings) else others


def names_endpoint(settings: Settings) -> bool:
    """Whether an endpoint, or a key for one, is named beside ``providers``."""
    named = (settings.provider, settings.base_url, settings.api_key, settings.api_key_env)
    return any(text.strip() for text in named)


def known_slug(named: str) -> str:
    """Return the name of a provider; empty for any other text, which may be a key."""
    slug = named.strip().lower()
    return slug if slug in PROVIDERS else ""


def _row(settings: Settings, environ: Mapping[str, str]) -> Provider | None:
    named = settings.provider.strip().lower()
    if named in PROVIDERS:
        return PROVIDERS[named]
    if named:
        near = difflib.get_close_matches(named, PROVIDERS, n=1)
        # Repeated only where it resembles one: it may be a key in the wrong place.
        if near:
            raise ConfigError(f"There is no provider {named!r}. Did you mean {near[0]}?")
        raise ConfigError(f"`provider` names none that there is. There are {', '.join(PROVIDERS)}.")
    if settings.base_url.strip():
        return PROVIDERS["custom"]
    if settings.api_key or settings.api_key_env:
        raise ConfigError(
            "There is a key, but neither a provider nor a base URL that it is for. "
            "Set FORETYPE_PROVIDER, such as openrouter, or FORETYPE_BASE_URL."
        )
    rows = [PROVIDERS[slug] for slug in FOUND_BY_KEY]
    return next((row for row in rows if any(_variable(environ, v) for v in row.key_vars)), None)


def _base_url(url: str, row: Provider) -> str:
    if not url:
        raise ConfigError(f"{_title(row)} needs a base URL. {row.url_hint}")
    parts = urlsplit(url)
    try:
        port_is_fine = parts.port != 0
    except ValueError:
        port_is_fine = False
    host = parts.netloc.rpartition("@")[2].lower()
    host = host if host.endswith("]") else host.rpartition(":")[0] or host
    if (
        parts.scheme not in ("http", "https")
        or not _HOST.fullmatch(host)
        or not port_is_fine
        or any(c.isspace() or not c.isprintable() for c in url)
    ):
        raise ConfigError(
            "The base URL is no address of an API. It looks like https://host/v1 "
            "or http://127.0.0.1:8080/v1."
        )
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            "The base URL holds a name or a password. Take it out, and set FORETYPE_API_KEY."
        )
    if parts.query or parts.fragment:
        raise ConfigError("The base URL ends before any `?` or `#`. Take out what follows.")
    return _PATHS.sub("", url).rstrip("/")


def azure_address(url: str) -> tuple[str, str]:
    """Return the base URL of a resource's API, and the deployment if the URL names one.

    >>> azure_address("https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=1")
    ('https://r.openai.azure.com/openai/v1', 'd')
    """
    match = _AZURE.fullmatch(url)
    if match is None:
        return url, ""
    return f"{match['resource']}/openai/v1", match["deployment"] or ""


def _model(model: str, row: Provider) -> str:
    if not model:
        raise ConfigError(f"{_title(row)} needs a model. Set FORETYPE_MODEL. {row.hint}".strip())
    if not model.isprintable():
        raise ConfigError("The model's name has characters that no name has. Copy it again.")
    if masking.mask(model) != model:  # It would be sent, and recorded, as a name.
        raise ConfigError(
            "`model` holds what looks like a key. Name a model there, and set the key as "
            f"{GENERAL_VARIABLE}."
        )
    return model


def _wire(row: Provider, model: str) -> WireName:
    # A model without fill-in-the-middle training is used through chat.
    return row.wire if row.wire != "fim" or family_of(model) else "chat"


def _key(
    settings: Settings, environ: Mapping[str, str], row: Provider, base_url: str
) -> tuple[str, str]:
    """Return the key for an endpoint, and where it was found."""
    if settings.api_key.strip():
        own = _variable(environ, GENERAL_VARIABLE)
        place = GENERAL_VARIABLE if own == settings.api_key.strip() else GENERAL_SETTING
        key = _usable(settings.api_key, place)
        if not key_origins.may_serve(key, base_url, environ):
            raise KeyNotAgreed(place, base_url, lambda: key_origins.agree(key, base_url, environ))
        return key, place
    if settings.api_key_env:
        return _from_named(settings.api_key_env.strip(), environ)
    if row.owns(base_url):
        for name in row.key_vars:
            if value := _variable(environ, name):
                return _usable(value, name), name
        if row.token_scope and entra.is_available():
            return "", ENTRA
    if settings.api_key_command:
        try:
            return _usable(key_from(settings.api_key_command), KEY_COMMAND), KEY_COMMAND
        except KeyCommandFailed as fault:
            raise ConfigError(str(fault)) from None
    try:
        if stored := key_for(base_url, environ):
            return _usable(stored, KEYRING), KEYRING
    except KeyringUnusable as fault:
        raise ConfigError(str(fault)) from None
    if row.key_needed and not is_loopback(base_url):
        raise ConfigError(_missing(row, base_url, environ))
    return "", ""


def _headers(lines: Sequence[str], environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Read the user's headers. Their values are never repeated in a message."""
    headers = []
    for line in lines:
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not _HEADER_NAME.fullmatch(name) or name.lower() in _OUR_HEADERS:
            raise ConfigError(
                '`headers` is a list of lines such as "x-portkey-provider: openai". Host, '
                "Content-Type and lengths cannot be set."
            )
        for variable in _PLACE.findall(value):
            if not _variable(environ, variable):
                raise ConfigError(f"{_named(variable, 'headers')} is not set.")
            masking.hide(_variable(environ, variable))
        if "${" in _PLACE.sub("", value):
            raise ConfigError(
                f"In the header {name}, ${{}} does not hold the name of an environment variable."
            )
        value = _PLACE.sub(lambda match: _variable(environ, match[1]), value)
        if not value.isascii() or not value.isprintable():
            raise ConfigError(f"The header {name} has characters that no header has.")
        headers.append((name, value))
    return tuple(headers)


def _from_named(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    if not _VARIABLE.fullmatch(name):
        # Not repeated: it may be the key itself.
        raise ConfigError(
            "`api_key_env` is the name of an environment variable that holds the key."
        )
    value = _variable(environ, name)
    if not value:
        raise ConfigError(f"{_named(name, 'api_key_env')} is not set.")
    return _usable(value, name), name


def _named(variable: str, setting: str) -> str:
    """Name a variable in a sentence, unless it may be the key itself."""
    is_name = variable.isupper() or "_" in variable and masking.mask(variable) == variable
    if is_name:
        return f"The environment variable {variable}, which `{setting}` names,"
    return f"The environment variable that `{setting}` names (its name, not the key itself)"


def _usable(key: str, place: str) -> str:
    key = key.strip()
    if key[:1] in _QUOTES or key[-1:] in _QUOTES:
        raise ConfigError(
            f"The key in {place} stands in quotation marks, which are no part of it. Take them out."
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(
            f"The key in {place} has characters that no key has, such as a blank. Copy it again, "
            "the key alone."
        )
    if len(key) > MAX_KEY_CHARS:
        raise ConfigError(f"The key in {place} is too long to be one. Copy it again.")
    return key


def _missing(row: Provider, base_url: str, environ: Mapping[str, str]) -> str:
    name = row.key_vars[0]
    if row.owns(base_url):
        sign_in = ", or sign in with the Azure CLI (`az login`)" if row.token_scope else ""
        return f"{row.title} needs a key. Set {name}{sign_in}."
    host = urlsplit(base_url).netloc
    if any(_variable(environ, variable) for variable in row.key_vars):
        return f"{name} is not sent to {host}, which is not {row.title}. Set FORETYPE_API_KEY."
    return f"{host} needs a key. Set FORETYPE_API_KEY."


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip()


def _title(row: Provider) -> str:
    return row.title[0].upper() + row.title[1:]
