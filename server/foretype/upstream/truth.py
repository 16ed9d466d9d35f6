"""Continue a known text from a prompt's cursor.

Like a model that has memorized the text: it continues to a blank line, for some lines or for
some tokens; and it gets selected words wrong.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from foretype.upstream import tokenizer
from foretype.upstream.script import Script

_WORD = re.compile(r"[^\W\d]\w*")
_LINE = re.compile(r"[^\s].*")
"""A line from its first character that is no white space."""
_MIN_MATCH_CHARS = 6
"""Characters before the cursor that must agree, so that a place counts as found."""
_CERTAIN_MATCH_CHARS = 60
"""Characters that agree nowhere by chance."""
_MAX_TYPO_CHARS = 8
"""Characters before the cursor that may be mistyped."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place in a true text."""

    name: str
    text: str
    offset: int


def find(before: str, truths: Mapping[str, str]) -> Found | None:
    """Where a cursor stands, from the text before it; None where no true text has the place.

    A place that agrees for longer wins. Up to a few mistyped characters are taken as standing
    for as many right ones.
    """
    before = before.replace("\r\n", "\n")
    best: tuple[int, Found] | None = None
    for typo in range(min(_MAX_TYPO_CHARS, len(before)) + 1):
        kept = before[: len(before) - typo]
        for name, text in truths.items():
            for agreed, offset in _ends_of(kept, text.replace("\r\n", "\n")):
                if best is None or agreed > best[0]:
                    best = (agreed, Found(name, text, offset + typo))
        if best and best[0] >= _CERTAIN_MATCH_CHARS:
            break
    return best[1] if best else _at_beginning(before, truths)


def named(before: str, script: Script) -> Found | None:
    """The place that the script names, if what stands before the cursor ends as it does there."""
    for name, start in script.starts.items():
        text = script.truth.get(name, "").replace("\r\n", "\n")
        if text and before.replace("\r\n", "\n").endswith(
            text[max(0, start - _CERTAIN_MATCH_CHARS) : start]
        ):
            return Found(name, text, start)
    return None


def _at_beginning(before: str, truths: Mapping[str, str]) -> Found | None:
    """A cursor so near to the beginning of a text that there is little to agree."""
    for length in range(min(_MIN_MATCH_CHARS, len(before)), 0, -1):
        for name, text in truths.items():
            if text.startswith(before[-length:]) and before[:-length][-1:] in ("", "\n"):
                return Found(name, text, length)
    return None


def _ends_of(before: str, text: str) -> list[tuple[int, int]]:
    """Where the end of ``before`` stands in a text, each with how many characters agree."""
    if not before.strip():
        return [(0, len(before))] if text.startswith(before) else []
    for length in (200, 80, 30, 15, _MIN_MATCH_CHARS):
        tail = before[-length:]
        if tail not in text or (len(tail) < _MIN_MATCH_CHARS and not text.startswith(tail)):
            continue
        ends = [match.end() for match in re.finditer(f"(?={re.escape(tail)})", text)]
        return [(_agreed(before, text, end + len(tail)), end + len(tail)) for end in ends]
    return []


def _agreed(before: str, text: str, offset: int) -> int:
    n = 0
    most = min(len(before), offset)
    while n < most and before[-1 - n] == text[offset - 1 - n]:
        n += 1
    return n


def continuation(found: Found, script: Script) -> str:
    """What the model means to say at a place."""
    said = found.text.replace("\r\n", "\n")[found.offset : script.ends.get(found.name)]
    if script.stops:
        said = up_to_a_stop(said, script.max_lines, script.most_tokens)
    if script.wrong_lines:
        said = with_wrong_line(said, found, script)
    return with_wrong_words(said, found, script) if script.wrong_words else said


def up_to_a_stop(text: str, max_lines: int, most_tokens: int) -> str:
    """The beginning of a text, up to its first blank line, so many lines or so many tokens.

    Line ends at the very beginning do not count: there the cursor stands at the end of a
    paragraph, and the next one is meant.
    """
    start = len(text) - len(text.lstrip())
    blank = re.compile(r"\n[ \t]*(?=\n)").search(text, start)
    said = text[: blank.start()] if blank else text
    lines = said[start:].split("\n")
    said = said[:start] + "\n".join(lines[:max_lines])
    return "".join(tokenizer.split(said)[:most_tokens])


def with_wrong_words(said: str, found: Found, script: Script) -> str:
    """The text up to the first word that the model gets wrong, the wrong word in its place."""
    for word in _WORD.finditer(said):
        at = found.offset + word.start()
        begun = word.start() == 0 and re.match(r"\w", found.text[at - 1 : at])
        if not begun and is_wrong(found.name, at, script.wrong_words, script):
            return said[: word.start()] + another_word(word.group(), at)
    return said


def with_wrong_line(said: str, found: Found, script: Script) -> str:
    """The text up to the first line that the model gets wrong, another line in its place."""
    for line in _LINE.finditer(said):
        at = found.offset + line.start()
        begun = line.start() == 0 and found.text[:at].rpartition("\n")[2].strip()
        if not begun and is_wrong(found.name, at, script.wrong_lines, script):
            word = another_word(line.group(), at)
            return f"{said[: line.start()]}{word} = {word}_of({at})\n"
    return said


def is_wrong(name: str, offset: int, share: float, script: Script) -> bool:
    """Whether the model is wrong of what begins at an offset of a true text, in a share of them."""
    return zlib.crc32(f"{script.seed}:{name}:{offset}".encode()) / 2**32 < share


def another_word(word: str, at: int) -> str:
    """A likely word that shares not even its first letter."""
    words = ("value", "result", "other", "index", "name", "count", "data", "key")
    offered = words[at % len(words)]
    return offered if offered[0] != word[0].lower() else words[(at + 1) % len(words)]
