"""Find what looks like a secret in a text, and mask it.

Recognizes the formats of tokens and assignments of passwords. Every search starts from a literal
that ``str.find`` finds fast: 20 kB take less than a millisecond. Hashes, UUIDs and long names do
not count as secrets unless their context says so.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from functools import cache

from foretype.privacy import secret_patterns as patterns
from foretype.privacy.sql_rows import columns_and_values

MASK = "MASKED"
"""Replaces a secret. Valid inside a string, as a name and in a shell; never longer than what it
replaces, and not a secret itself."""

MIN_KEY_CHARS = 12
"""Minimum length of the user's API key for it to be masked. For servers without keys, users set
words such as ``x``, ``none`` or ``ollama``, which occur in code as well."""
MAX_KEYS = 16
"""The user's own keys that are known at a time, the latest ones."""
JUDGED_CHARS = 200
"""Characters of a value by which it is decided whether it is a secret."""
Span = tuple[int, int]

_own: tuple[str, ...] = ()
"""The user's own keys, as far as they are in use."""


def hide(key: str) -> None:
    """Count a key of the user's as a secret wherever it stands, whatever it looks like."""
    global _own
    if len(key) >= MIN_KEY_CHARS and key not in _own:
        _own = (*_own, key)[-MAX_KEYS:]


def own_keys() -> tuple[str, ...]:
    """Return what ``hide`` was given."""
    return _own


def mask(text: str, *, words: str | None = None) -> str:
    """Mask every secret. The result is never longer, and masking it again changes nothing.

    ``words`` is a text that contains every word of this one, such as its vocabulary. If given, it
    saves half the time: what gives a value its name is looked for in it first.
    """
    found = spans(text, words=words)
    if not found:
        return text
    pieces, at = [], 0
    for start, end in found:
        pieces += [text[at:start], MASK[: end - start]]
        at = end
    return "".join([*pieces, text[at:]])


def spans(text: str, *, words: str | None = None) -> list[Span]:
    """Return the ranges of the secrets, in order, not overlapping. ``words``: see ``mask``."""
    found = sorted(
        [
            *_own_key_spans(text),
            *_token_spans(text),
            *_key_blocks(text),
            *_url_passwords(text),
            *_named_values(text, words),
        ]
    )
    joined: list[Span] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        elif text[start:end] != MASK[: end - start]:
            joined.append((start, end))
    return joined


def _own_key_spans(text: str) -> Iterator[Span]:
    for key in _own:
        for at in _occurrences(text, key):
            yield at, at + len(key)


def _token_spans(text: str) -> Iterator[Span]:
    at = 0
    for start, end in _long_words(text):
        for begin in _begun(text, start, end, at):
            for shape in _shapes()[begin[0]]:
                if begin.start() >= at and (match := _compiled(shape).match(text, begin.start())):
                    yield _secret(match)
                    at = match.end()
    for literal, back, shape in patterns.INNER_TOKENS:
        for inside in _occurrences(text, literal):
            if inside >= back and (match := _compiled(shape).match(text, inside - back)):
                yield _secret(match)


def _long_words(text: str) -> Iterator[Span]:
    """Yield the words that are long enough for a token, with the hyphens in them."""
    # A search in bytes takes a quarter of the time of a pattern, which tries each place.
    shape = text.encode("ascii", "replace").translate(_IN_TOKEN)
    at = shape.find(_LONG)
    while at >= 0:
        end = shape.find(b" ", at)
        end = end if end >= 0 else len(text)
        while at < end and text[at] == "-":
            at += 1
        if end - at >= patterns.MIN_TOKEN_CHARS:
            yield at, end
        at = shape.find(_LONG, end)


_IN_TOKEN = bytes(ord("w" if patterns.WORD.fullmatch(chr(n)) else " ") for n in range(256))
_LONG = b"w" * patterns.MIN_TOKEN_CHARS


def _begun(text: str, start: int, end: int, done: int) -> Iterator[re.Match[str]]:
    """Yield where a token may begin in a long word, or before it."""
    if patterns.NAME.fullmatch(text, start, end):
        start += text[start - 1 : start] == "\\"  # the letter of an escape
        if match := _beginnings().match(text, start, end):
            yield match
        return
    if text[start - 1 : start] in patterns.JOINED:
        start = max(start - patterns.TOKEN_REACH_CHARS, done)
    yield from _beginnings().finditer(text, start, end)


@cache
def _shapes() -> dict[str, list[str]]:
    """Map beginnings of tokens to their patterns."""
    return {
        each: [re.escape(part) + shape for part, shape in patterns.TOKENS if each.startswith(part)]
        for each, _ in patterns.TOKENS
    }


@cache
def _beginnings() -> re.Pattern[str]:
    """Where a token may begin: a word does. The letter of an escape such as \n is part of none."""
    any_of = "|".join(map(re.escape, sorted(_shapes(), key=len, reverse=True)))
    first = re.escape("".join({each[0] for each in _shapes()}))
    return re.compile(rf"(?=[{first}])(?:(?<![^\W_])|(?<=\\.))(?:{any_of})")


def _key_blocks(text: str) -> Iterator[Span]:
    """Yield the lines of private keys, and of what the text's beginning or end leaves of one."""
    if "PRIVATE KEY" not in text:
        return
    begins = [match.span() for match in patterns.KEY_BEGIN.finditer(text)]
    ends = [match.start() for match in patterns.KEY_END.finditer(text)]
    bounds = sorted([*(start for start, _ in begins), *ends, len(text)])
    for start, begin in begins:
        yield from _key_lines(text, begin, bounds[bisect_right(bounds, start)])
    if ends and bounds[0] == ends[0]:  # its beginning is cut off
        yield from _key_lines_above(text, ends[0])


def _key_lines(text: str, begin: int, end: int) -> Iterator[Span]:
    at = begin
    while line := _next_key_line(text, at, min(at + patterns.KEY_GAP_CHARS, end)):
        at = line.end()
    rest = patterns.KEY_REST.match(text, at, end)
    is_cut_off = rest is not None and rest.end() == len(text)
    if is_cut_off or begin < at and end - at <= patterns.KEY_GAP_CHARS:
        at = end
    yield from (line.span() for line in patterns.KEY_TEXT.finditer(text, begin, at))


def _next_key_line(text: str, start: int, end: int) -> re.Match[str] | None:
    return next(filter(_is_key_line, patterns.KEY_LINE.finditer(text, start, end)), None)


def _is_key_line(line: re.Match[str]) -> bool:
    return all(each.search(line.group()) for each in patterns.KEY_LINE_HAS)


def _key_lines_above(text: str, end: int) -> Iterator[Span]:
    start = end
    lines = patterns.KEY_LINE.finditer(text, max(end - patterns.KEY_CHARS, 0), end)
    for line in reversed(list(filter(_is_key_line, lines))):
        if start - line.end() > patterns.KEY_GAP_CHARS:
            break
        start = line.start()
    if patterns.KEY_REST_ABOVE.fullmatch(text, 0, start):
        start = 0
    yield from (line.span() for line in patterns.KEY_TEXT.finditer(text, start, end))


def _url_passwords(text: str) -> Iterator[Span]:
    for at in _occurrences(text, "://"):
        match = patterns.URL_PASSWORD.match(text, at)
        if (
            match
            and not patterns.URL_EXAMPLE.search(match["secret"])
            or (match := patterns.URL_TOKEN.match(text, at))
            and _is_weak(match["secret"])
        ):
            yield _secret(match)


def _named_values(text: str, words: str | None) -> Iterator[Span]:
    """Yield values of what is called a password, a token and so on."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters are longer in lower case
        lowered = "".join(c.lower() if c.isascii() else c for c in text)
    known = lowered if words is None else words.lower()
    for at in _occurrences_of(("bearer ", "basic "), lowered, known):
        match = patterns.BEARER.match(text, at)
        if match and _is_random(match["secret"], 3.0):
            yield _secret(match)
    for shape, literals in patterns.PHRASES:
        for at in _occurrences_of(literals, lowered, known):
            match = shape.match(text, at)
            if match and _is_secret_phrase(match):
                yield _secret(match)
    for column, start, end in columns_and_values(text, lowered):
        if _is_secret_column(column, text[start:end]):
            yield start, end
    for literal in _present(patterns.NAMES, lowered, known):
        strong = literal not in patterns.WEAK_NAMES
        for at in _occurrences(lowered, literal):
            if literal in patterns.SHORT_NAMES and not patterns.SHORT.match(lowered, at):
                continue
            if literal in patterns.OTHER_LANGUAGES:
                at += len(literal)  # it may hold escapes, which are part of no name
                if lowered[at : at + 1].isalpha():
                    continue
            if literal in ("_key", ".key") and not _is_secret_key(lowered, at):
                continue
            match = patterns.ASSIGNED.match(text, at)
            if match and _is_secret(match, strong=strong):
                yield match.span("quoted" if match["quoted"] else "bare")
            elif match := _beside_name(text, at, strong=strong):
                yield match.span("quoted")


def _is_secret_column(column: str, value: str) -> bool:
    if _is_no_secret(column, value) or patterns.SPELLED.search(value):
        return False
    if any(
        part in column for part in (*patterns.STRONG_NAMES, *patterns.OTHER_LANGUAGES)
    ) or patterns.SHORT.search(column):
        return len(value) >= 6 and _is_strong(value)
    return any(part in column for part in patterns.WEAK_NAMES) and _is_weak(value)


def _is_secret_key(lowered: str, at: int) -> bool:
    """Whether what ends in "key" is given a value, and is not known to be no secret."""
    given = patterns.KEY_GIVEN.match(lowered, at + len("_key"))
    return given is not None and not patterns.NO_SECRET_KEY.search(lowered, max(at - 20, 0), at)


def _is_secret_phrase(match: re.Match[str]) -> bool:
    value = match[_group(match)][:JUDGED_CHARS]
    if patterns.PLACEHOLDER.search(value):
        return False
    if match.re is patterns.MNEMONIC:
        return True
    if match.re in (patterns.AUTHORIZATION, patterns.COOKIE):
        return _is_random(value, 3.0)
    if match.re in patterns.STRONG_PHRASES:
        return _is_strong(value) and not patterns.SPELLED.search(value)
    # Prose has "identified by" as well, SQL most often in capitals.
    return match.re is not patterns.SQL or match[0][:10].isupper() or _is_strong(value)


def _beside_name(text: str, at: int, *, strong: bool) -> re.Match[str] | None:
    """Return the value next to a name without an assignment: in a call, a list, XML."""
    for shape, before in patterns.BESIDE:
        match = shape.match(text, at)
        if match is None:
            continue
        if before is not None:
            line = max(text.rfind("\n", 0, at) + 1, at - 200)
            if not before.search(text[line:at]):
                continue
        value = match["quoted"][:JUDGED_CHARS]
        if _is_no_secret(match["name"].lower(), value):
            continue
        if not patterns.SPELLED.search(value) and (_is_strong if strong else _is_weak)(value):
            return match
    return None


def _is_secret(match: re.Match[str], *, strong: bool) -> bool:
    value = (match["quoted"] or match["bare"])[:JUDGED_CHARS]
    if _is_no_secret(match["name"].lower(), value):
        return False
    if match["bare"]:  # without quotes it may be a name in the code
        n_digits = sum(c.isdigit() for c in value)
        return n_digits >= 2 and "." not in value and _is_random(value, 2.7 if strong else 3.5)
    return (_is_strong if strong else _is_weak)(value)


def _is_no_secret(name: str, value: str) -> bool:
    """Whether the name of a value, or the value, says that it is none."""
    return bool(patterns.NO_SECRET_NAME.search(name) or patterns.PLACEHOLDER.search(value))


def _is_strong(value: str) -> bool:
    """Whether the value of a "password" may be one."""
    return _is_random(value, 2.2) or _has_symbols(value)


def _is_weak(value: str) -> bool:
    """Whether the value of a "token" may be one: lexers have tokens, too."""
    n_digits = sum(c.isdigit() for c in value)
    return len(value) >= 16 and n_digits >= 2 and _is_random(value, 3.0)


def _is_random(value: str, bits: float) -> bool:
    """Whether digits and letters are mixed, with at least so many bits per character."""
    has_digit = any(c.isdigit() for c in value)
    return has_digit and any(c.isalpha() for c in value) and entropy(value) >= bits


def _has_symbols(value: str) -> bool:
    return any(c in "!@#$%^&*+=~?" for c in value[1:]) and any(c.isalpha() for c in value)


def entropy(value: str) -> float:
    """Return the Shannon entropy in bits per character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())


@cache
def _compiled(shape: str) -> re.Pattern[str]:
    # When its literal first occurs: all of them take 50 ms.
    return re.compile(shape, re.ASCII)


def _secret(match: re.Match[str]) -> Span:
    return match.span(_group(match))


def _group(match: re.Match[str]) -> str | int:
    """The group that holds the secret: ``last`` in the second form of a pattern with two."""
    groups = match.re.groupindex
    return next((name for name in ("secret", "last") if name in groups and match[name]), 0)


def _occurrences_of(literals: tuple[str, ...], text: str, words: str) -> Iterator[int]:
    for literal in _present(literals, text, words):
        yield from _occurrences(text, literal)


def _present(literals: tuple[str, ...], text: str, words: str) -> Iterator[str]:
    """Yield those that may occur in a text: to look for each takes most of the time."""
    for stem, is_word, group in _by_stem(literals):
        if stem in (words if is_word else text):
            yield from (literal for literal, word in group if word in words)


@cache
def _by_stem(literals: tuple[str, ...]) -> list[tuple[str, bool, list[tuple[str, str]]]]:
    """Group by a part that several have, or their longest word. Each is given with that word."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for literal in literals:
        word = max(re.findall(r"\w+", literal), key=len)
        stem = next((stem for stem in patterns.STEMS if stem in literal), word)
        groups.setdefault(stem, []).append((literal, word))
    return [(stem, re.fullmatch(r"\w+", stem) is not None, groups[stem]) for stem in groups]


def _occurrences(text: str, literal: str) -> Iterator[int]:
    at = text.find(literal)
    while at >= 0:
        yield at
        at = text.find(literal, at + len(literal))
