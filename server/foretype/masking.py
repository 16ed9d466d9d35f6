"""Find what looks like a secret in text, and put a mask in its place.

Knows the shapes of tokens and the look of a password's assignment; knows nothing of files or
models. Every search starts from a literal that ``str.find`` finds fast: 20 kB take less than a
millisecond. Hashes, UUIDs and long names are no secrets where nothing beside them says so.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

MASK = "MASKED"
"""Stands in place of a secret. Valid inside a string, as a name and in a shell; never longer than
what it replaces, and itself no secret."""

Span = tuple[int, int]

_TOKENS: tuple[tuple[str, str], ...] = (
    # What a token begins with, and the whole of it. A new provider's shape is one line more.
    ("AKIA", r"AKIA[0-9A-Z]{16}(?![0-9A-Za-z])"),  # Amazon
    ("ASIA", r"ASIA[0-9A-Z]{16}(?![0-9A-Za-z])"),
    ("ghp_", r"ghp_[0-9A-Za-z]{30,}"),  # GitHub
    ("gho_", r"gho_[0-9A-Za-z]{30,}"),
    ("ghu_", r"ghu_[0-9A-Za-z]{30,}"),
    ("ghs_", r"ghs_[0-9A-Za-z]{30,}"),
    ("ghr_", r"ghr_[0-9A-Za-z]{30,}"),
    ("github_pat_", r"github_pat_\w{22,}"),
    ("glpat-", r"glpat-[\w-]{20,}"),  # GitLab
    ("sk-", r"sk-(?:ant|proj|svcacct|admin|or|lf|test|live)-(?=[\w-]*\d)[\w-]{16,}"),
    ("sk-", r"sk-(?=[A-Za-z]*\d)[0-9A-Za-z_]{20,}"),  # OpenAI and those who follow it
    ("sk_live_", r"sk_live_[0-9A-Za-z]{16,}"),  # Stripe
    ("sk_test_", r"sk_test_[0-9A-Za-z]{16,}"),
    ("rk_live_", r"rk_live_[0-9A-Za-z]{16,}"),
    ("whsec_", r"whsec_[0-9A-Za-z+/=]{20,}"),
    ("xox", r"xox[abeoprs]-[0-9A-Za-z-]{10,}"),  # Slack
    ("xapp-", r"xapp-\d-[0-9A-Za-z-]{10,}"),
    ("hooks.slack.com/services/", r"hooks\.slack\.com/services/(?P<secret>[\w/]{20,})"),
    ("AIza", r"AIza[\w-]{35}(?![\w-])"),  # Google
    ("ya29.", r"ya29\.[\w-]{20,}"),
    ("GOCSPX-", r"GOCSPX-[\w-]{20,}"),
    ("eyJ", r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?"),  # JSON web token
    ("npm_", r"npm_[0-9A-Za-z]{30,}"),
    ("pypi-", r"pypi-AgE[\w-]{40,}"),
    ("hf_", r"hf_(?=[A-Za-z]*\d)[0-9A-Za-z]{30,}"),  # Hugging Face
    ("gsk_", r"gsk_[0-9A-Za-z]{40,}"),  # Groq
    ("xai-", r"xai-[0-9A-Za-z]{40,}"),
    ("fw_", r"fw_(?=[A-Za-z]*\d)[0-9A-Za-z]{20,}"),  # Fireworks
    ("r8_", r"r8_[0-9A-Za-z]{30,}"),  # Replicate
    ("pplx-", r"pplx-[0-9A-Za-z]{32,}"),
    ("SG.", r"SG\.[\w-]{16,}\.[\w-]{16,}"),  # SendGrid
    ("shpat_", r"shpat_[0-9a-fA-F]{32}"),  # Shopify
    ("dop_v1_", r"dop_v1_[0-9a-f]{40,}"),  # DigitalOcean
    ("dapi", r"dapi[0-9a-f]{32}(?![0-9a-f])"),  # Databricks
    ("hvs.", r"hvs\.[\w-]{20,}"),  # Vault
    ("glsa_", r"glsa_[0-9A-Za-z]{24,}_[0-9a-f]{8}"),  # Grafana
    ("lin_api_", r"lin_api_[0-9A-Za-z]{30,}"),
    ("figd_", r"figd_[\w-]{30,}"),
    ("ATATT3", r"ATATT3[\w=-]{30,}"),  # Atlassian
    ("AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[0-9A-Z]{40,}"),
    (":AA", r":(?P<secret>AA[\w-]{33})(?![\w-])"),  # Telegram
    ("AccountKey=", r"AccountKey=(?P<secret>[0-9A-Za-z+/=]{40,})"),  # Azure
    ("SharedAccessKey=", r"SharedAccessKey=(?P<secret>[0-9A-Za-z+/=]{20,})"),
)

_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?P<secret>.*?)"
    r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_KEY_LINE = re.compile(r"[0-9A-Za-z+/=]{16,}")
_KEY_TEXT = re.compile(r"(?<!\\)[0-9A-Za-z+/=]{8,}")
_URL_PASSWORD = re.compile(r"://[^\s:/@\"'`<>{}]{0,100}:(?P<secret>[^\s/\\\"'`<>]{3,200})@")
_URL_EXAMPLE = re.compile(r"^(?:pass|passwd|password|pwd|secret|\*+|x+|port|\d+)$|^%|[{}$(]", re.I)
_BEARER = re.compile(r"(?:bearer|basic)\s{1,4}(?P<secret>[\w.~+/=-]{16,})", re.IGNORECASE)

_STRONG = ("passw", "passphrase", "pwd", "secret")
"""What a name holds whose value is a secret even when it is short."""
_WEAK = (
    *("token", "apikey", "api_key", "api-key", "accesskey", "access_key", "private_key"),
    *("account_key", "signing_key", "encryption_key", "credential", "auth"),
)
_ASSIGNED = re.compile(
    r"(?P<name>[\w-]{0,40}+)(?:\\?[\"'`\]]){0,2}+\s{0,4}+"
    r"(?::\s{0,4}+[\w\[\]<>&|.]{1,30}+\s{0,4}+(?==))?"  # a type: `password: str = …`
    r"(?:[:=!]?={1,3}+|=>|[:(>])\s{0,8}+"
    # Quotes may be escaped themselves: code in a tool call's JSON.
    r"(?:[A-Za-z]{0,2}(?P<open>\\?(?P<quote>[\"'`]))"
    r"(?P<quoted>(?:(?!(?P=open)|(?P=quote))(?:[^\s\\]|\\.)){6,4096}+)"
    r"|(?P<bare>[^\s\\\"'`,;:&(){}\[\]<>]{8,4096}+)(?=[\\\"'`,;&<\s]|\Z))"
)
_NO_SECRET_NAME = re.compile(
    r"(?:name|id|ids|file|path|dir|url|uri|type|types|length|len|field|label|hint|error|regex"
    r"|pattern|count|limit|prefix|header|format|env|var|class|endpoint|expiry|expires|size)$"
)
_PLACEHOLDER = re.compile(
    r"^[$<%\[]|[{}]|\.\.\.|x{4}|\*{3}|change.?me|placeholder|your[_-]|dummy|masked|redacted"
    r"|process\.env|environ|getenv|^sha\d+[-:]|^https?:|^[./~]",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """The text with every secret masked. Never longer, and masking again changes nothing."""
    found = spans(text)
    if not found:
        return text
    pieces, at = [], 0
    for start, end in found:
        pieces += [text[at:start], MASK[: end - start]]
        at = end
    return "".join([*pieces, text[at:]])


def spans(text: str) -> list[Span]:
    """Where the secrets are, in order, not overlapping."""
    found = sorted(
        [*_tokens(text), *_key_blocks(text), *_url_passwords(text), *_named(text)],
    )
    joined: list[Span] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        elif text[start:end] != MASK[: end - start]:
            joined.append((start, end))
    return joined


def _tokens(text: str) -> Iterator[Span]:
    for literal, shape in _TOKENS:
        for at in _occurrences(text, literal):
            if _begins_word(text, at) and (match := _compiled(shape).match(text, at)):
                yield _secret(match)


def _key_blocks(text: str) -> Iterator[Span]:
    if "PRIVATE KEY" not in text:
        return
    first = text.find("-----BEGIN ")
    for match in _KEY_BLOCK.finditer(text):
        for line in _KEY_TEXT.finditer(text, *match.span("secret")):
            yield line.span()
    end = text.find("-----END ")
    if end >= 0 and not 0 <= first < end:  # its beginning was cut off
        for line in _KEY_TEXT.finditer(text, _key_start(text, end), end):
            yield line.span()


def _key_start(text: str, end: int) -> int:
    """Where the lines of a key begin that stand above its last line."""
    start = text.rfind("\n", 0, end) + 1
    while start > 0:
        above = text.rfind("\n", 0, start - 1) + 1
        if not _KEY_LINE.search(text, above, start):
            break
        start = above
    return start


def _url_passwords(text: str) -> Iterator[Span]:
    for at in _occurrences(text, "://"):
        match = _URL_PASSWORD.match(text, at)
        if match and not _URL_EXAMPLE.search(match["secret"]):
            yield _secret(match)


def _named(text: str) -> Iterator[Span]:
    """Values of what is called a password, a token and the like."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters are longer in lower case
        lowered = "".join(c.lower() if c.isascii() else c for c in text)
    for literal in ("bearer ", "basic "):
        for at in _occurrences(lowered, literal):
            match = _BEARER.match(text, at)
            if match and _is_random(match["secret"], 3.0):
                yield _secret(match)
    for literal in _STRONG + _WEAK:
        for at in _occurrences(lowered, literal):
            match = _ASSIGNED.match(text, at)
            if match and _is_secret(match, strong=literal in _STRONG):
                yield match.span("quoted" if match["quoted"] else "bare")


def _is_secret(match: re.Match[str], *, strong: bool) -> bool:
    value = match["quoted"] or match["bare"]
    if _NO_SECRET_NAME.search(match["name"].lower()) or _PLACEHOLDER.search(value):
        return False
    if match["bare"]:  # without quotes it may be a name in the code
        n_digits = sum(c.isdigit() for c in value)
        return n_digits >= 2 and "." not in value and _is_random(value, 2.7 if strong else 3.5)
    if not strong:
        n_digits = sum(c.isdigit() for c in value)
        return len(value) >= 16 and n_digits >= 2 and _is_random(value, 3.0)
    return _is_random(value, 2.2) or _has_symbols(value)


def _is_random(value: str, bits: float) -> bool:
    """Whether digits and letters mix, with so many bits a character."""
    has_digit = any(c.isdigit() for c in value)
    return has_digit and any(c.isalpha() for c in value) and entropy(value) >= bits


def _has_symbols(value: str) -> bool:
    return any(c in "!@#$%^&*+=~?" for c in value[1:]) and any(c.isalpha() for c in value)


def entropy(value: str) -> float:
    """Bits a character, by how often each occurs (Shannon)."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())


_compiled = cache(re.compile)
"""Patterns are compiled when their literal first occurs: all of them take 50 ms."""


def _secret(match: re.Match[str]) -> Span:
    return match.span("secret" if "secret" in match.re.groupindex else 0)


def _begins_word(text: str, at: int) -> bool:
    # The letter of an escape such as \n is no part of a word.
    return at == 0 or not text[at - 1].isalnum() or text[at - 2 : at - 1] == "\\"


def _occurrences(text: str, literal: str) -> Iterator[int]:
    at = text.find(literal)
    while at >= 0:
        yield at
        at = text.find(literal, at + len(literal))
