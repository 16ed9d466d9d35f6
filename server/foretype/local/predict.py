"""What comes next at a cursor, from streams of tokens.

Looks for the places where the last tokens stood before, in the current document and in the
others, by the tokens themselves and by the ranks of names, and counts what followed. Knows
nothing of how streams are kept or when a guess is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from foretype.completion.suggestion import Place
from foretype.local import lexer, places
from foretype.local.confidence import THRESHOLD, Evidence, sure
from foretype.local.index import LONGEST_LINE
from foretype.local.lexer import END, Vocabulary
from foretype.local.places import Found, Hole

OWN_WEIGHT = 1.5
OTHER_WEIGHT = 0.5
"""What a place in the current document weighs, and one in another document."""
BELOW_GAIN = 1.5
"""By how much a place weighs more for each token of the next line that is alike."""
BELOW_LOSS = 0.4
"""What a place is worth whose next line begins otherwise."""
MOST_TOKENS = 40
"""The longest guess."""
NEAR = 4000
"""Tokens before the cursor, and half as many after it, whose words may complete a word begun."""
MOST_WORDS = 12
"""Words that may complete a word begun."""
MOST_KNOWN = 200
"""Words of other documents beyond which a beginning says too little."""
FEW_WORDS = 4
"""Places of words in the current document that make a look at other documents needless."""
LEAST_CHARS = 2
"""A guess of fewer characters saves no key."""

_LEVELS = (0, 1, 2, 3, 4, 5, 6, 8, 8, 8, 12, 12, 12, 12, 12) + (18,) * (places.LONGEST + 100)
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

    before: str
    """The tokens before it, without the one begun."""
    begun: str
    """The text of a token begun."""
    after: str
    """The rest of the line, without blanks around it."""
    below: str
    """The first tokens after the line."""
    sources: Sequence[Source]


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
    return Situation(_context(place, len(begun), vocabulary), begun, after, below, sources)


def guess(
    here: Situation,
    vocabulary: Vocabulary,
    *,
    more_time: Callable[[], bool],
    threshold: float = THRESHOLD,
) -> Guess | None:
    """The text for the cursor, up to the line's end at most, that will save most keys."""
    text = ""
    confidence = 1.0
    best: Guess | None = None
    most_saved = 0.0
    for step in steps(here, vocabulary, more_time):
        confidence *= sure(step.evidence)
        if confidence < threshold or step.token == END:
            break
        text += step.token
        if _closes_again(text, here.after):
            break
        shown = text[len(here.begun) :].rstrip()
        saved = confidence * (len(shown) - 1)
        if len(shown) >= LEAST_CHARS and saved > most_saved:
            most_saved = saved
            best = Guess(shown, confidence)
    return best


def steps(here: Situation, vocabulary: Vocabulary, more_time: Callable[[], bool]) -> Iterator[Step]:
    """The likeliest tokens one after the other, up to the line's end."""
    literal = here.before
    begun = here.begun
    found: list[list[Found]] = []
    for n in range(MOST_TOKENS):
        if not more_time():
            return
        coded = lexer.code(literal[-lexer.WINDOW - places.LONGEST :], vocabulary)
        recent = lexer.recent_names(literal, vocabulary)
        found = _found(here, literal, coded, found)
        extra = _completions(here, vocabulary) if begun.strip() and n == 0 else []
        step = _next(here, found, extra, recent, vocabulary, begun, first=n == 0)
        if step is None:
            return
        yield step
        if step.token == END:
            return
        char = vocabulary.get(step.token, _UNKNOWN)
        literal += char
        rank = lexer.code(literal[-lexer.WINDOW - 1 :], vocabulary)[-1]
        found = [
            places.advanced(held, stream, rank if is_coded else char, source.hole)
            for held, (source, stream, is_coded) in zip(found, _streams(here), strict=True)
        ]
        begun = ""


def _streams(here: Situation) -> list[tuple[Source, str, bool]]:
    return [
        (source, stream, is_coded)
        for source in here.sources
        for stream, is_coded in ((source.literal, False), (source.coded, True))
    ]


def _found(here: Situation, literal: str, coded: str, held: list[list[Found]]) -> list[list[Found]]:
    """The places like the one after these tokens, for each stream."""
    streams = _streams(here)
    if not held:
        held = [[] for _ in streams]
    return [
        old
        if places.enough(old)
        else places.search(stream, coded if is_coded else literal, source.hole, here.below)
        for old, (source, stream, is_coded) in zip(held, streams, strict=True)
    ]


def _completions(here: Situation, vocabulary: Vocabulary) -> list[tuple[Source, list[Found]]]:
    """Places of the words that complete the one begun, wherever they stand."""
    result = []
    for source in here.sources:
        tokens = (_near if source.own else _known)(here.begun, source, vocabulary)
        found = places.search_tokens(
            source.literal, here.before, source.hole, here.below, tokens[:MOST_WORDS], 6
        )
        result.append((source, found))
        if len(found) >= FEW_WORDS:
            break
    return result


def _near(begun: str, source: Source, vocabulary: Vocabulary) -> list[str]:
    """The words around the cursor that begin so, the last first."""
    start, end = source.hole
    near = source.literal[max(start - NEAR, 0) : start] + source.literal[end : end + NEAR // 2]
    texts = vocabulary.texts
    tokens = [char for char in set(near) if texts.get(char, "").startswith(begun)]
    return sorted(tokens, key=near.rfind, reverse=True)


def _known(begun: str, source: Source, vocabulary: Vocabulary) -> list[str]:
    """The words of other documents that begin so, the last first."""
    last = source.last
    tokens = [char for char in vocabulary.beginning_with(begun, MOST_KNOWN) if char in last]
    return sorted(tokens, key=last.__getitem__, reverse=True)


def _next(
    here: Situation,
    found: list[list[Found]],
    extra: list[tuple[Source, list[Found]]],
    recent: list[str],
    vocabulary: Vocabulary,
    begun: str,
    *,
    first: bool,
) -> Step | None:
    literal, coded = Counts(), Counts()
    for held, (source, stream, is_coded) in zip(found, _streams(here), strict=True):
        into = coded if is_coded else literal
        into.add(_followers(held, stream, recent, vocabulary, begun), source.own)
    for source, held in extra:
        literal.add(_followers(held, source.literal, recent, vocabulary, begun), source.own)
    return _decided(literal, coded, here, begun, first=first)


def _followers(
    found: Iterable[Found], stream: str, recent: list[str], vocabulary: Vocabulary, begun: str
) -> Iterator[tuple[str, Found]]:
    texts = vocabulary.texts
    for place in found:
        char = stream[place.at]
        token = texts.get(char)
        if token is None:
            token = lexer.decoded(char, recent) if lexer.is_rank(char) else char
        if token and token.startswith(begun):
            yield token, place


class Counts:
    """What followed, weighed, by the length of the match."""

    def __init__(self) -> None:
        self.levels: dict[int, defaultdict[str, float]] = {}
        self.alike: dict[str, int] = {}
        self.votes: defaultdict[str, int] = defaultdict(int)
        self.below: dict[str, int] = {}

    def add(self, followers: Iterable[tuple[str, Found]], own: bool) -> None:
        base = OWN_WEIGHT if own else OTHER_WEIGHT
        for token, (_, alike, below) in followers:
            weight = base
            if below > 0:
                weight *= BELOW_GAIN ** min(below, 6)
            elif below == 0:
                weight *= BELOW_LOSS
            level = _LEVELS[alike]
            if level not in self.levels:
                self.levels[level] = defaultdict(float)
            self.levels[level][token] += weight
            self.votes[token] += 1
            if alike > self.alike.get(token, 0):
                self.alike[token] = alike
            if below > self.below.get(token, -1):
                self.below[token] = below

    def probabilities(self) -> dict[str, float]:
        """Interpolated from short matches to long ones, which are trusted more (Witten-Bell)."""
        running: defaultdict[str, float] = defaultdict(float)
        levels = []
        for level in sorted(self.levels, reverse=True):
            for token, weight in self.levels[level].items():
                running[token] += weight
            levels.append((sum(running.values()), dict(running)))
        scores: dict[str, float] = {}
        for total, level_counts in reversed(levels):
            kinds = len(level_counts)
            whole = total + kinds
            scores = {
                token: (level_counts.get(token, 0.0) + kinds * scores.get(token, 0.0)) / whole
                for token in {**scores, **level_counts}
            }
        return scores


def _decided(
    literal: Counts, coded: Counts, here: Situation, begun: str, *, first: bool
) -> Step | None:
    longest = max(literal.alike.values(), default=0)
    longest_coded = max(coded.alike.values(), default=0)
    share = 0.75 if longest >= longest_coded else 0.5
    scores = {token: share * p for token, p in literal.probabilities().items()}
    for token, p in coded.probabilities().items():
        scores[token] = scores.get(token, 0.0) + (1 - share) * p
    if not scores:
        return None
    token = max(scores, key=scores.__getitem__)
    rival = max((p for other, p in scores.items() if other != token), default=0.0)
    votes = literal.votes[token] + coded.votes[token]
    evidence = Evidence(
        probability=scores[token],
        rival=rival,
        alike=literal.alike.get(token, 0),
        alike_coded=coded.alike.get(token, 0),
        short=longest - literal.alike.get(token, 0),
        short_coded=longest_coded - coded.alike.get(token, 0),
        votes=votes,
        others=sum(literal.votes.values()) + sum(coded.votes.values()) - votes,
        below=max(literal.below.get(token, -1), coded.below.get(token, -1)),
        begun=len(begun.strip()),
        ends=token == END,
        word=token.strip()[:1].isidentifier(),
        first=first,
    )
    return Step(token, evidence)


def _context(place: Place, n_begun: int, vocabulary: Vocabulary) -> str:
    """The tokens before the cursor, without the one begun: enough to compare and to rank."""
    document = place.document
    line = document.line_of(place.offset)
    above: list[str] = []
    n_tokens = 0
    while line > 0 and n_tokens < lexer.WINDOW + places.LONGEST:
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
    literal.extend(vocabulary[token] for token in lexer.tokens(before.lstrip()))
    return "".join(literal)


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
