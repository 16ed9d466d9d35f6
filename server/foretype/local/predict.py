"""Predict the text at a cursor from token streams.

Finds earlier occurrences of the last tokens in the current document and in others, both literally
and with names replaced by ranks, and continues with what followed most often.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from foretype.local import lexer, matches
from foretype.local.confidence import (
    MIN_CONFIDENCE,
    MIN_CONFIDENCE_LINES,
    MIN_CONFIDENCE_LISTED,
    Evidence,
    confidence_of,
    kind_before,
)
from foretype.local.lexer import END, Vocabulary
from foretype.local.matches import NOTHING_FOUND, Found, Match
from foretype.local.situation import Situation
from foretype.local.sources import Source, Work
from foretype.local.votes import NEW, Place, Votes, candidates
from foretype.local.words import completions

MAX_TOKENS = 60
"""Maximum tokens of a prediction."""
MAX_LINES = 6
"""Maximum lines of a prediction."""
MIN_CHARS = 2
"""A prediction with fewer characters saves no key."""
CAUTION_EXPONENT = 3.0
"""Exponent of the confidence: prefers a right beginning to a longer prediction. From 800 places:
2 saves .190 at .80 right, 3 saves .184 at .81, and 4 saves .181 at .82."""

MAX_WORK_TOKENS = 12_000_000
"""Work after which a prediction ends, in tokens that are searched."""
TOKENS_PER_STEP = 200_000
"""The tokens that are searched in the time in which one more is chosen."""
MAX_AGO_TOKENS = 4000
"""Tokens before the cursor in which the last use of a token is looked for."""

_UNKNOWN = "\x00"
_CLOSERS = frozenset(")]}")


@dataclass(frozen=True, slots=True)
class Guess:
    """Predicted text, and the probability that the user will type it."""

    text: str
    confidence: float


class Step(NamedTuple):
    """One more token of a prediction."""

    token: str
    evidence: Evidence
    confidence: float
    """The probability that it is right, given that all before it are."""
    candidates: list[tuple[str, Evidence]]
    """It and its rivals, the likeliest by counts alone first."""


def predict(here: Situation, *, threshold: float = MIN_CONFIDENCE) -> Guess | None:
    """Return the text that is expected to save the most keys; None if unsure.

    It may end before the line does; it has more than one line only if very likely.
    """
    layout = here.layout
    text = ""
    confidence = 1.0
    best: Guess | None = None
    most_saved = 0.0
    for token, evidence, sure, _ in steps(here):
        confidence *= sure
        ends = token == END
        if confidence < _least(evidence, threshold):
            break
        # Where the next line of places like this is the next line here, nothing is missing.
        if ends and (here.after or evidence.below > 0 or confidence < MIN_CONFIDENCE_LINES):
            break
        written = layout.written(token)
        if written is None or _stands_after(token, text, here.after):
            break
        piece, layout = written
        text += piece
        shown = text[len(here.begun) :].rstrip()
        if ends and _repeats(here.layout.margin + here.line + shown):
            break
        saved = confidence**CAUTION_EXPONENT * (len(shown) - 1)
        whole = ends or not evidence.later
        if whole and len(shown) >= MIN_CHARS and saved > most_saved:
            most_saved = saved
            best = Guess(shown, confidence)
    if best and here.line + best.text == here.next_line:
        return None
    return best


def _least(evidence: Evidence, threshold: float) -> float:
    """The confidence below which a prediction ends before a token."""
    if evidence.later:
        return MIN_CONFIDENCE_LINES
    is_listed = evidence.n == 0 and evidence.library > 0
    return min(threshold, MIN_CONFIDENCE_LISTED) if is_listed else threshold


def steps(here: Situation) -> Iterator[Step]:
    """Yield the likeliest tokens one by one, for some lines; none once that is too much work."""
    work = Work(MAX_WORK_TOKENS)
    vocabulary = here.vocabulary
    tokens, begun = here.tokens, here.begun
    held = [NOTHING_FOUND for _ in _streams(here)]
    n_lines = 0
    for n in range(MAX_TOKENS):
        if work.is_done:
            return
        work.take(TOKENS_PER_STEP)
        literal, coded, held = _votes(here, tokens, begun, held, work)
        place = Place(
            begun=len(begun.strip()),
            n=n,
            prose=_prose(tokens, vocabulary),
            later=n_lines > 0,
            after=kind_before(vocabulary.texts.get(tokens[-1:], tokens[-1:])),
            ago=partial(_ago, here.sources[0], vocabulary),
        )
        found = candidates(literal, coded, place)
        if not found:
            return
        sure, n_won = max((confidence_of(e), -i) for i, (_, e) in enumerate(found))
        token, evidence = found[-n_won]
        yield Step(token, evidence, sure, found)
        n_lines += token == END
        if n_lines == MAX_LINES:
            return
        char = token if lexer.is_mark(token) else vocabulary.get(token, _UNKNOWN)
        tokens += char
        rank = lexer.code(tokens[-lexer.RANK_WINDOW_TOKENS - 1 :], vocabulary)[-1]
        held = [
            matches.advance(found, stream, rank if is_coded else char, source.hole)
            for found, (source, stream, is_coded) in zip(held, _streams(here), strict=True)
        ]
        begun = ""


def _votes(
    here: Situation, tokens: str, begun: str, held: list[Found], work: Work
) -> tuple[Votes, Votes, list[Found]]:
    """Count what followed earlier occurrences: by tokens, by ranks; return the matches too."""
    vocabulary = here.vocabulary
    ranks = lexer.code(tokens[-lexer.RANK_WINDOW_TOKENS - matches.MAX_CONTEXT_TOKENS :], vocabulary)
    recent = lexer.recent_names(tokens, vocabulary)
    votes = Votes(), Votes()
    plenty = [matches.are_enough(held[i::2]) for i in (0, 1)]
    found: list[Found] = []
    for old, (source, stream, coded) in zip(held, _streams(here), strict=True):
        if plenty[coded]:
            new = old
        else:
            before = ranks if coded else tokens
            new = matches.search(source, before, here.below, old, work, coded=coded)
        found.append(new)
        followers = _followers(new.matches, stream, recent, vocabulary, begun)
        votes[coded].add(followers, source.origin)
    if begun.strip():
        for source, found_words in completions(here):
            votes[False].add(found_words, source.origin)
    return *votes, found


def _streams(here: Situation) -> list[tuple[Source, str, bool]]:
    """Return the streams of each source: the literal one, then the coded one."""
    return [
        (source, stream, coded)
        for source in here.sources
        for stream, coded in ((source.literal, False), (source.coded, True))
    ]


def _ago(own: Source, vocabulary: Vocabulary, token: str) -> int:
    char = token if lexer.is_mark(token) else vocabulary.get(token, _UNKNOWN)
    start = own.hole[0]
    at = own.literal.rfind(char, max(start - MAX_AGO_TOKENS, 0), start)
    return start - at if at >= 0 else 2 * MAX_AGO_TOKENS


def _prose(tokens: str, vocabulary: Vocabulary) -> bool:
    """Whether the last tokens are words, as in comments and prose."""
    return all(vocabulary.texts.get(char, "").strip().isalpha() for char in tokens[-3:])


def _followers(
    found: Iterable[Match], stream: str, recent: list[str], vocabulary: Vocabulary, begun: str
) -> Iterator[tuple[str, Match]]:
    """Yield what followed each match, as text."""
    texts = vocabulary.texts
    for cursor in found:
        char = stream[cursor.at]
        token = texts.get(char)
        if token is None:
            token = lexer.decoded(char, recent) if lexer.is_rank(char) else char
        if token is None:
            if not begun.strip():
                yield NEW, cursor
        elif token.startswith(begun):
            yield token, cursor


def _stands_after(token: str, text: str, after: str) -> bool:
    """Whether a token would only repeat the rest of the line."""
    if not after or _depth(text) > 0:
        return False
    token = token.strip()
    return token == lexer.tokens(after)[0] or (token in _CLOSERS and token in after)


def _repeats(text: str) -> bool:
    """Whether the last of several lines repeats an earlier one."""
    *lines, last = [line.rstrip() for line in text.splitlines()] or [""]
    return last in lines


def _depth(text: str) -> int:
    """Count the brackets that a text leaves open."""
    return sum(char in "([{" for char in text) - sum(char in _CLOSERS for char in text)
