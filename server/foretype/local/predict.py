"""What comes next at a cursor, from streams of tokens.

Looks for the places where the last tokens stood before, in the current document and in the
others, by the tokens themselves and by the ranks of names, and goes on with what mostly followed.
Knows nothing of how streams are kept or when a guess is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from foretype.completion.suggestion import Place
from foretype.local import lexer, places
from foretype.local.confidence import THRESHOLD, THRESHOLD_LINES, Evidence, sure
from foretype.local.index import LONGEST_LINE
from foretype.local.layout import Layout
from foretype.local.lexer import END, Vocabulary
from foretype.local.places import Found, Hole
from foretype.local.votes import NEW, Votes, elected

MOST_TOKENS = 60
"""The longest guess, in tokens."""
MOST_LINES = 6
"""The longest guess, in lines."""
LEAST_CHARS = 2
"""A guess of fewer characters saves no key."""
CAUTION = 2.0
"""How much a right beginning is preferred to a longer guess: the power of the confidence."""
NEAR = 4000
"""Tokens before the cursor, and half as many after it, whose words may complete a word begun."""
MOST_WORDS = 12
"""Words looked at that may complete a word begun, and places of each."""
MOST_PLACES = 6
MOST_KNOWN = 200
"""Words of other documents beyond which a beginning says too little."""
FEW_WORDS = 4
"""Places of words in the current document that make a look at other documents needless."""

_UNKNOWN = "\ufffe"
_OPENERS = {")": "(", "]": "[", "}": "{"}
_MAY_FOLLOW = ")]}>,;:\"'`"


@dataclass(frozen=True, slots=True)
class Guess:
    """Text for a cursor, and how likely it is a beginning of what will be typed there."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Source:
    """The streams of one document or several."""

    literal: str
    coded: str
    own: bool
    """Whether this is the cursor's document."""
    hole: Hole = (0, 0)
    """The span of the cursor's own line, where nothing is looked for."""
    last: Mapping[str, int] = field(default_factory=dict)
    """Where each token stands last, for documents other than the cursor's."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What stands around a cursor."""

    tokens: str
    """The tokens before it, without the one begun."""
    begun: str
    """The text of a token begun."""
    after: str
    """The rest of the line, without blanks around it."""
    below: str
    """The first tokens after the line."""
    words: Sequence[str]
    """Tokens known that begin like the one begun."""
    layout: Layout
    sources: Sequence[Source]
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class Step:
    """One more token of a guess."""

    token: str
    evidence: Evidence


def situation(place: Place, sources: Sequence[Source], vocabulary: Vocabulary) -> Situation | None:
    """What stands around a cursor, or None where no text belongs. Adds to the vocabulary."""
    before, after = place.before, place.after.strip()
    if len(before) + len(after) > LONGEST_LINE or not _fits_between(before, after):
        return None
    begun = lexer.typed(before)
    own = sources[0]
    below = own.literal[own.hole[1] : own.hole[1] + places.MOST_BELOW]
    tokens = _tokens_before(place, len(begun), vocabulary)
    words = vocabulary.beginning_with(begun, MOST_KNOWN) if begun.strip() else []
    return Situation(tokens, begun, after, below, words, Layout.at(place), sources, vocabulary)


def guess(
    here: Situation, *, more_time: Callable[[], bool], threshold: float = THRESHOLD
) -> Guess | None:
    """The text for the cursor that will save most keys, or None where unsure.

    It may end before the line does; more than a line is given where that is very sure.
    """
    layout = here.layout
    text = ""
    confidence = 1.0
    best: Guess | None = None
    most_saved = 0.0
    for step in steps(here, more_time):
        confidence *= sure(step.evidence)
        if confidence < (THRESHOLD_LINES if step.evidence.later else threshold):
            break
        last_line = here.after or step.evidence.below > 0 or confidence < THRESHOLD_LINES
        if step.token == END and last_line:
            break
        written = layout.written(step.token)
        if written is None:
            break
        piece, layout = written
        text += piece
        if _closes_again(text, here.after):
            break
        shown = text[len(here.begun) :].rstrip()
        saved = confidence**CAUTION * (len(shown) - 1)
        whole = step.token == END or not step.evidence.later
        if whole and len(shown) >= LEAST_CHARS and saved > most_saved:
            most_saved = saved
            best = Guess(shown, confidence)
    return best


def steps(here: Situation, more_time: Callable[[], bool]) -> Iterator[Step]:
    """The likeliest tokens one after the other, for some lines."""
    vocabulary = here.vocabulary
    tokens = here.tokens
    begun = here.begun
    streams = [
        (source, stream, coded)
        for source in here.sources
        for stream, coded in ((source.literal, False), (source.coded, True))
    ]
    held: list[list[Found]] = [[] for _ in streams]
    n_lines = 0
    for n in range(MOST_TOKENS):
        if not more_time():
            return
        ranks = lexer.code(tokens[-lexer.WINDOW - places.LONGEST :], vocabulary)
        recent = lexer.recent_names(tokens, vocabulary)
        votes = Votes(), Votes()
        for i, (source, stream, coded) in enumerate(streams):
            if not places.enough(held[i]):
                before = ranks if coded else tokens
                held[i] = places.search(stream, before, source.hole, here.below)
            followers = _followers(held[i], stream, recent, vocabulary, begun)
            votes[coded].add(followers, own=source.own)
        if begun.strip():
            for source, found in _completions(here):
                followers = _followers(found, source.literal, recent, vocabulary, begun)
                votes[False].add(followers, own=source.own)
        won = elected(
            *votes,
            begun=len(begun.strip()),
            first=n == 0,
            later=n_lines > 0,
            prose=_prose(tokens, vocabulary),
        )
        if won is None:
            return
        token, evidence = won
        yield Step(token, evidence)
        n_lines += token == END
        if n_lines == MOST_LINES:
            return
        char = token if token < " " else vocabulary.get(token, _UNKNOWN)
        tokens += char
        rank = lexer.code(tokens[-lexer.WINDOW - 1 :], vocabulary)[-1]
        held = [
            places.advanced(found, stream, rank if coded else char, source.hole)
            for found, (source, stream, coded) in zip(held, streams, strict=True)
        ]
        begun = ""


def _completions(here: Situation) -> Iterator[tuple[Source, list[Found]]]:
    """Places of the words that complete the one begun, wherever they stand."""
    for source in here.sources:
        words = _near(here, source) if source.own else _known(here, source)
        found = places.search_tokens(
            source.literal, here.tokens, source.hole, here.below, words[:MOST_WORDS], MOST_PLACES
        )
        yield source, found
        if len(found) >= FEW_WORDS:
            return


def _near(here: Situation, source: Source) -> list[str]:
    """The words around the cursor that begin so, the last first."""
    start, end = source.hole
    near = source.literal[max(start - NEAR, 0) : start] + source.literal[end : end + NEAR // 2]
    texts = here.vocabulary.texts
    words = [char for char in set(near) if texts.get(char, "").startswith(here.begun)]
    return sorted(words, key=near.rfind, reverse=True)


def _known(here: Situation, source: Source) -> list[str]:
    """The words of other documents that begin so, the last first."""
    last = source.last
    words = [char for char in here.words if char in last]
    return sorted(words, key=last.__getitem__, reverse=True)


def _prose(tokens: str, vocabulary: Vocabulary) -> bool:
    """Whether the last tokens are words, as they are in comments and texts."""
    return all(vocabulary.texts.get(char, "").strip().isalpha() for char in tokens[-3:])


def _followers(
    found: Iterable[Found], stream: str, recent: list[str], vocabulary: Vocabulary, begun: str
) -> Iterator[tuple[str, Found]]:
    """What followed at each place, as text."""
    texts = vocabulary.texts
    for place in found:
        char = stream[place.at]
        token = texts.get(char)
        if token is None:
            token = lexer.decoded(char, recent) if lexer.is_rank(char) else char
        if token is None:
            yield NEW, place
        elif token.startswith(begun):
            yield token, place


def _tokens_before(place: Place, n_begun: int, vocabulary: Vocabulary) -> str:
    """The tokens before the cursor, without the one begun: enough to compare and to rank."""
    document = place.document
    line = document.line_of(place.offset)
    above: list[str] = []
    n_tokens = 0
    while line > 0 and n_tokens < lexer.WINDOW + places.LONGEST:
        line -= 1
        text = document.line(line)
        if len(text) <= LONGEST_LINE:
            above.append(text)
            n_tokens += len(text) // 8 + 2
    chars: list[str] = []
    columns = 0
    for text in reversed(above):
        piece, columns = lexer.line_tokens(text, columns, vocabulary)
        chars.append(piece)
    before = place.before[: len(place.before) - n_begun]
    chars.append(lexer.shift(lexer.indentation(before + "x") - columns))
    chars.extend(vocabulary[token] for token in lexer.tokens(before.lstrip()))
    return "".join(chars)


def _fits_between(before: str, after: str) -> bool:
    """Whether text may be put here: at a line's end, or before what closes or separates."""
    return not after or after[0] in _MAY_FOLLOW


def _closes_again(text: str, after: str) -> bool:
    """Whether a text closes what the rest of the line closes already."""
    depth: list[str] = []
    for char in text:
        if char in "([{":
            depth.append(char)
        elif char in _OPENERS:
            if depth and depth[-1] == _OPENERS[char]:
                depth.pop()
            elif char in after:
                return True
    return False
