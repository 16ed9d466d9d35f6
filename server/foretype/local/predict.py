"""What comes next at a cursor, from streams of tokens.

Looks for the places where the last tokens stood before, in the current document and in the
others, by the tokens themselves and by the ranks of names, and counts what followed. Knows
nothing of how streams are kept or when one is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

from foretype.completion.suggestion import Place
from foretype.local import lexer
from foretype.local.confidence import THRESHOLD, confidence
from foretype.local.index import LONGEST_LINE
from foretype.local.lexer import END, Vocabulary

LONGEST_MATCH = 20
"""Tokens of context that are compared."""
CAP = 200
"""Places looked at in one stream for one context."""
OWN_WEIGHT = 3.0
"""What a place in the current document weighs; one elsewhere weighs 1."""
MOST_TOKENS = 40

_CLOSERS = ")]}"
_OPENERS = {")": "(", "]": "[", "}": "{"}


Counts = dict[int, defaultdict[str, float]]
"""What followed, and how often, by the length of the match."""


@dataclass(frozen=True, slots=True)
class Guess:
    """Text for a cursor, and how likely it is a beginning of what will be typed there."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Source:
    """The streams of one document or several, and how much a place in them counts."""

    literal: str
    coded: str
    weight: float
    hole: tuple[int, int] = (0, 0)
    """The span of the cursor's own line, where nothing is looked for."""


def guess(
    place: Place,
    sources: Sequence[Source],
    vocabulary: Vocabulary,
    *,
    more_time: Callable[[], bool],
    threshold: float = THRESHOLD,
) -> Guess | None:
    """The likeliest text for the cursor, up to the line's end, or nothing where unsure."""
    before, after = place.before, place.after.strip()
    if len(before) + len(after) > LONGEST_LINE or not fits_between(before, after):
        return None
    begun = lexer.typed(before) if before.strip() else ""
    literal = context(place, len(begun), vocabulary)
    texts: list[str] = []
    sum_log = 0.0
    best: Guess | None = None
    prefix = begun
    while len(texts) < MOST_TOKENS and more_time():
        found = next_token(literal, sources, vocabulary, prefix)
        if found is None:
            break
        token, probability = found
        sum_log += log(probability)
        sure = confidence(sum_log)
        if sure < threshold or token == END:
            break
        texts.append(token)
        prefix = ""
        literal += vocabulary[token]
        text = without_closers("".join(texts)[len(begun) :], after)
        if text is None:
            break
        if text.strip():
            best = Guess(text.rstrip(), sure)
    return best


def fits_between(before: str, after: str) -> bool:
    """Whether text may be put here: at a line's end, or before what closes or separates."""
    if not after:
        return True
    return not (before[-1:].isalnum() and after[0].isalnum()) and after[0] in ")]}>,;:\"'`"


def without_closers(text: str, after: str) -> str | None:
    """The text, or None once it closes what the rest of the line closes already."""
    depth: list[str] = []
    for char in text:
        if char in "([{":
            depth.append(char)
        elif char in _CLOSERS:
            if depth and depth[-1] == _OPENERS[char]:
                depth.pop()
            elif char in after:
                return None
    return text


def context(place: Place, n_begun: int, vocabulary: Vocabulary) -> str:
    """The tokens before the cursor, without the one begun: enough to compare and to rank."""
    document = place.document
    line = document.line_of(place.offset)
    above: list[str] = []
    n_tokens = 0
    while line > 0 and n_tokens < lexer.WINDOW + LONGEST_MATCH:
        line -= 1
        text = document.line(line)
        if text.strip() and len(text) <= LONGEST_LINE:
            above.append(text)
            n_tokens += len(text) // 8 + 2
    literal: list[str] = []
    columns = 0
    for text in reversed(above):
        chars, columns = lexer.line_tokens(text, columns, vocabulary)
        literal.append(chars)
    before = place.before[: len(place.before) - n_begun]
    literal.append(lexer.shift(lexer.indentation(before + "x") - columns))
    literal.extend(vocabulary[token] for token in lexer.tokens(before.strip()))
    return "".join(literal)


def next_token(
    literal: str, sources: Sequence[Source], vocabulary: Vocabulary, prefix: str
) -> tuple[str, float] | None:
    """The likeliest next token, as text, and its probability."""
    coded = lexer.code(literal[-lexer.WINDOW - LONGEST_MATCH :], vocabulary)
    recent = lexer.recent_names(literal, vocabulary)
    by_text: Counts = {}
    by_rank: Counts = {}
    for source in sources:
        for at, length in places(source.literal, literal, source.hole):
            char = source.literal[at]
            token = END if char == END else vocabulary.texts.get(char, "")
            if token.startswith(prefix):
                by_text.setdefault(length, defaultdict(float))[token] += source.weight
        for at, length in places(source.coded, coded, source.hole):
            char = source.coded[at]
            if lexer.is_rank(char):
                token = lexer.decoded(char, recent) or ""
            else:
                token = END if char == END else vocabulary.texts.get(char, "")
            if token.startswith(prefix):
                by_rank.setdefault(length, defaultdict(float))[token] += source.weight
    scores = interpolated(by_text)
    for token, score in interpolated(by_rank).items():
        scores[token] = 0.7 * scores.get(token, 0.0) + 0.3 * score
    if not scores:
        return None
    token = max(scores, key=scores.__getitem__)
    if not token:
        return None
    return token, min(scores[token], 0.999)


def interpolated(counts: Counts) -> dict[str, float]:
    """Probabilities from counts by length of match, longer ones trusted more (Witten-Bell)."""
    running: dict[str, float] = defaultdict(float)
    levels: list[dict[str, float]] = []
    for length in sorted(counts, reverse=True):
        for token, weight in counts[length].items():
            running[token] += weight
        levels.append(dict(running))
    scores: dict[str, float] = {}
    for level in reversed(levels):
        total = sum(level.values())
        kinds = len(level)
        scores = {
            token: (level.get(token, 0.0) + kinds * scores.get(token, 0.0)) / (total + kinds)
            for token in {*scores, *level}
        }
    return scores


def places(stream: str, context: str, hole: tuple[int, int]) -> list[tuple[int, int]]:
    """Where the context's last tokens stand in a stream: the offset after, the length alike."""
    found: dict[int, int] = {}
    for length in (2, 4, 8):
        needle = context[-length:]
        if len(needle) < length:
            break
        hits = _last_hits(stream, needle, hole)
        for at in hits:
            if at not in found:
                found[at] = _match_length(stream, at, context, length)
        if len(hits) < CAP:
            break
    return list(found.items())


def _last_hits(stream: str, needle: str, hole: tuple[int, int]) -> list[int]:
    """The offsets after the last places of a needle that something follows."""
    hits: list[int] = []
    length = len(needle)
    at = stream.rfind(needle, 0, len(stream) - 1)
    while at >= 0 and len(hits) < CAP:
        if not hole[0] <= at + length < hole[1]:
            hits.append(at + length)
        at = stream.rfind(needle, 0, at + length - 1)
    return hits


def _match_length(stream: str, at: int, context: str, length: int) -> int:
    most = min(LONGEST_MATCH, at, len(context))
    while length < most and stream[at - length - 1] == context[-length - 1]:
        length += 1
    return length
