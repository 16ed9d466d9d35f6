"""What comes next at a cursor, from streams of tokens.

Looks for the places where the last tokens stood before, in the current document and in the
others, by the tokens themselves and by the ranks of names, and goes on with what mostly followed.
Knows nothing of how streams are kept or when a guess is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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
_CLOSERS = frozenset(")]}")
_MAY_FOLLOW = ")]}>,;:\"'`"


@dataclass(frozen=True, slots=True)
class Guess:
    """Text for a cursor, and how likely it is a beginning of what will be typed there."""

    text: str
    confidence: float


class Part(NamedTuple):
    """One document among several in a source."""

    start: int
    end: int
    kinds: frozenset[str]
    """The tokens that occur in it."""


@dataclass(frozen=True, slots=True)
class Source:
    """The streams of one document or several."""

    literal: str
    coded: str
    own: bool
    """Whether this is the cursor's document."""
    hole: Hole = (0, 0)
    """The span of the cursor's own line, where nothing is looked for."""
    parts: Sequence[Part] = ()
    """Its documents one by one, where there are several."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What stands around a cursor."""

    line: str
    """The line up to the cursor, without its indentation."""
    tokens: str
    """The tokens before the cursor, without the one begun."""
    begun: str
    """The text of a token begun."""
    after: str
    """The rest of the line, without blanks around it."""
    below: str
    """The first tokens after the line."""
    next_line: str
    """The line below, without its indentation."""
    words: Sequence[str]
    """The tokens known, with a space before them or not, that begin like the one begun."""
    layout: Layout
    sources: Sequence[Source]
    """The cursor's document, and the others."""
    vocabulary: Vocabulary


class Step(NamedTuple):
    """One more token of a guess."""

    token: str
    evidence: Evidence


def situation(place: Place, sources: Sequence[Source], vocabulary: Vocabulary) -> Situation | None:
    """What stands around a cursor, or None where no text belongs. Adds to the vocabulary."""
    before, after = place.before, place.after.strip()
    if len(before) + len(after) > LONGEST_LINE or not _fits_between(after):
        return None
    begun = lexer.typed(before)
    own = sources[0]
    document = place.document
    line = document.line_of(place.offset)
    return Situation(
        line=before.lstrip(),
        tokens=_tokens_before(place, len(begun), vocabulary),
        begun=begun,
        after=after,
        below=own.literal[own.hole[1] : own.hole[1] + places.MOST_BELOW],
        next_line=document.line(line + 1).strip() if line + 1 < document.n_lines else "",
        words=_words(begun.strip(), vocabulary),
        layout=Layout.at(place),
        sources=sources,
        vocabulary=vocabulary,
    )


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
    for token, evidence in steps(here, more_time):
        confidence *= sure(evidence)
        ends = token == END
        if confidence < (THRESHOLD_LINES if evidence.later else threshold):
            break
        # Where the next line of places like this is the next line here, nothing is missing.
        if ends and (here.after or evidence.below > 0 or confidence < THRESHOLD_LINES):
            break
        written = layout.written(token)
        if written is None or _stands_after(token, text, here.after):
            break
        piece, layout = written
        text += piece
        shown = text[len(here.begun) :].rstrip()
        if ends and _repeats(here.line + shown):
            break
        saved = confidence**CAUTION * (len(shown) - 1)
        whole = ends or not evidence.later
        if whole and len(shown) >= LEAST_CHARS and saved > most_saved:
            most_saved = saved
            best = Guess(shown, confidence)
    if best and here.line + best.text == here.next_line:
        return None
    return best


def steps(here: Situation, more_time: Callable[[], bool]) -> Iterator[Step]:
    """The likeliest tokens one after the other, for some lines."""
    vocabulary = here.vocabulary
    tokens, begun = here.tokens, here.begun
    held: list[list[Found]] = [[], [], [], []]
    n_lines = 0
    for n in range(MOST_TOKENS):
        if not more_time():
            return
        literal, coded, held = _votes(here, tokens, begun, held)
        won = elected(
            literal,
            coded,
            begun=len(begun.strip()),
            first=n == 0,
            later=n_lines > 0,
            prose=_prose(tokens, vocabulary),
        )
        if won is None:
            return
        yield Step(*won)
        token = won[0]
        n_lines += token == END
        if n_lines == MOST_LINES:
            return
        char = token if lexer.is_mark(token) else vocabulary.get(token, _UNKNOWN)
        tokens += char
        rank = lexer.code(tokens[-lexer.WINDOW - 1 :], vocabulary)[-1]
        held = [
            places.advanced(found, stream, rank if is_coded else char, source.hole)
            for found, (source, stream, is_coded) in zip(held, _streams(here), strict=True)
        ]
        begun = ""


def _votes(
    here: Situation, tokens: str, begun: str, held: list[list[Found]]
) -> tuple[Votes, Votes, list[list[Found]]]:
    """What followed at places like the one after these tokens: by tokens, by ranks; the places."""
    vocabulary = here.vocabulary
    ranks = lexer.code(tokens[-lexer.WINDOW - places.LONGEST :], vocabulary)
    recent = lexer.recent_names(tokens, vocabulary)
    votes = Votes(), Votes()
    plenty = [places.enough(held[i] + held[i + 2]) for i in (0, 1)]
    found: list[list[Found]] = []
    for old, (source, stream, coded) in zip(held, _streams(here), strict=True):
        if plenty[coded]:
            new = old
        else:
            before = ranks if coded else tokens
            new = places.search(stream, before, source.hole, source.literal, here.below)
        found.append(new)
        followers = _followers(new, stream, recent, vocabulary, begun)
        votes[coded].add(followers, own=source.own)
    if begun.strip():
        for source, completions in _completions(here):
            votes[False].add(completions, own=source.own)
    return *votes, found


def _streams(here: Situation) -> list[tuple[Source, str, bool]]:
    """The four streams, and which of them are coded."""
    return [
        (source, stream, coded)
        for source in here.sources
        for stream, coded in ((source.literal, False), (source.coded, True))
    ]


def _words(begun: str, vocabulary: Vocabulary) -> list[str]:
    if not begun:
        return []
    return [
        char
        for text in (begun, " " + begun)
        for char in vocabulary.beginning_with(text, MOST_KNOWN)
    ]


def _completions(here: Situation) -> Iterator[tuple[Source, list[tuple[str, Found]]]]:
    """The words that complete the one begun, wherever they stand, as they would stand here."""
    space = here.begun[: len(here.begun) - len(here.begun.lstrip())]
    texts = here.vocabulary.texts
    for source in here.sources:
        words = _near(here, source) if source.own else _known(here, source)
        found: list[tuple[str, Found]] = []
        for char, at in words[:MOST_WORDS]:
            alike_there = texts[char].startswith(here.begun)
            hits = places.search_token(
                source.literal, char, at, here.tokens, source.hole, here.below, MOST_PLACES
            )
            # Where it stands just so, after the same tokens, it is counted already.
            token = space + texts[char].lstrip()
            found += [(token, hit) for hit in hits if hit.alike < 2 or not alike_there]
        yield source, found
        if len(found) >= FEW_WORDS:
            return


def _near(here: Situation, source: Source) -> list[tuple[str, int]]:
    """The words around the cursor that begin so, the last first, and where to look from."""
    start, end = source.hole
    near = source.literal[max(start - NEAR, 0) : start] + source.literal[end : end + NEAR // 2]
    texts = here.vocabulary.texts
    begun = here.begun.lstrip()
    words = [char for char in set(near) if texts.get(char, "").lstrip().startswith(begun)]
    words.sort(key=near.rfind, reverse=True)
    return [(word, len(source.literal)) for word in words]


def _known(here: Situation, source: Source) -> list[tuple[str, int]]:
    """The words of other documents that begin so, those of the last document first."""
    words = dict.fromkeys(here.words)
    found: list[tuple[str, int]] = []
    for part in reversed(source.parts):
        for word in [word for word in words if word in part.kinds]:
            found.append((word, part.end))
            del words[word]
        if len(found) >= MOST_WORDS:
            break
    return found


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
            if not begun.strip():
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


def _fits_between(after: str) -> bool:
    """Whether text may be put before the rest of a line: where that closes or separates."""
    return not after or after[0] in _MAY_FOLLOW


def _stands_after(token: str, text: str, after: str) -> bool:
    """Whether a token after a text only says what the rest of the line says already."""
    if not after or _depth(text) > 0:
        return False
    token = token.strip()
    return token == lexer.tokens(after)[0] or (token in _CLOSERS and token in after)


def _repeats(text: str) -> bool:
    """Whether the last of several lines says what one before it said."""
    *lines, last = [line.strip() for line in text.splitlines()] or [""]
    return last in lines


def _depth(text: str) -> int:
    """How many brackets a text leaves open."""
    return sum(char in "([{" for char in text) - sum(char in _CLOSERS for char in text)
