"""The same change was made twice, or thrice: it is proposed where else its template matches.

A template is the tokens that were replaced, with what stands around them in both places. Nothing
is proposed where a place in between was passed over: the user decides from case to case there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, takewhile

from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit
from foretype.languages import table
from foretype.languages.lexical import Scope
from foretype.languages.scopes import scope_at
from foretype.next_edit.bursts import Burst
from foretype.next_edit.names import Reach, declaration, occurrences, reach_of
from foretype.next_edit.proposal import Proposal
from foretype.next_edit.token_diff import (
    Change,
    Difference,
    Token,
    is_name,
    token_difference,
    tokens,
)

MIN_CONTEXT_TOKENS = 2
"""Unchanged tokens that both places share, at least."""
MAX_CONTEXT_TOKENS = 6
"""Unchanged tokens that are compared on each side, at most."""
MAX_LEFT_BEHIND = 1
"""Places behind the user at which what is replaced may still stand, if two are to be enough. Fitted
by ``benches/next_edits.py``: after two places, none of 469 edits was harm then, and one in 20 of
the others."""
MAX_LINES_BEHIND = 200
"""Lines behind the user that are looked at for that. What more may hold is taken for common."""
MAX_SITES = 50
"""A template that matches more often is too general."""
_OPENERS, _CLOSERS = ("(", "[", "{"), (")", "]", "}")
_DECLARING = frozenset({"def", "function", "class", "func", "fn"})


@dataclass(frozen=True, slots=True)
class Template:
    """A change of some tokens between others."""

    left: tuple[str, ...]
    removed: tuple[str, ...]
    added: str
    """What stands there instead, as it was written."""
    right: tuple[str, ...]
    callee: tuple[str, ...] = ()
    """What the parentheses around an insertion belong to; see ``_callee``."""

    @property
    def shown(self) -> str:
        """What it does, for the user to read."""
        if not self.removed:
            return f"insert {self.added.strip()}"
        removed = " ".join(self.removed)
        added = self.added.strip()
        return f"replace {removed} by {added}" if added else f"remove {removed}"


@dataclass(frozen=True, slots=True)
class _Step:
    """One change of a burst, with the tokens around it on its line."""

    left: tuple[str, ...]
    removed: tuple[str, ...]
    gap_before: str
    """The blanks between the token before it and its first one, as they are now."""
    added: str
    gap_after: str
    right: tuple[str, ...]
    at: int
    """Where it was made, from the burst's start in the text as it is now."""
    callee: tuple[str, ...]


def repeats(document: Document, bursts: Sequence[Burst]) -> list[Proposal]:
    """One proposal for each place that is as two bursts were before they were changed alike.

    ``bursts``: those of this document, the oldest first.
    """
    if len(bursts) < 2 or not table.of_id(document.language).family:
        return []
    last = bursts[-1]
    row = table.of_id(document.language)
    if _comments(last, row.comment) or _scope(document, last.touched.start) is not Scope.CODE:
        return []
    for number, earlier in enumerate(reversed(bursts[:-1]), 2):
        template = _common(earlier, last, frozenset(row.keywords.split()))
        if template is None:
            continue
        first = earlier
        if not _is_clear(template, document, _at(earlier), _at(last)):
            more = [b for b in bursts[:-number] if _common(b, earlier, frozenset()) is not None]
            if not more:
                return []
            first = more[-1]
        return _matches(document, template, bursts, _at(first), _at(last))
    return []


def _is_clear(template: Template, document: Document, first_at: int, last_at: int) -> bool:
    """Whether two places are enough to say what is meant; else a third one has to agree.

    What is inserted depends on more than what stands there. Where what is replaced still stands
    behind the user, who has been there, it is replaced from case to case.
    """
    if not template.removed:
        return False
    line = document.line_start(document.line_of(first_at))
    behind = (0, line) if first_at < last_at else (first_at, len(document.text))
    lines = list(islice(_lines_with(document, template.removed, *behind), MAX_LINES_BEHIND + 1))
    left = list(islice(_runs(document, lines, template.removed), MAX_LEFT_BEHIND + 1))
    return len(lines) <= MAX_LINES_BEHIND and len(left) <= MAX_LEFT_BEHIND


def _at(burst: Burst) -> int:
    """Where a burst made its first change, in the text as it is now."""
    return burst.place.start + _steps(burst)[0].at


def _comments(burst: Burst, sign: str) -> bool:
    """Whether a burst adds or removes a comment, such as a mark for a checker."""
    return bool(sign) and burst.before.count(sign) != burst.after.count(sign)


def _common(earlier: Burst, last: Burst, keywords: frozenset[str]) -> Template | None:
    """The template of two bursts; None where they are not alike, or share too little."""
    one, other = _steps(earlier), _steps(last)
    if not one or not other or len({(s.removed, s.added) for s in (*one, *other)}) != 1:
        return None
    steps = (*one, *other)
    left = _shared([step.left[::-1] for step in steps])[::-1]
    right = _shared([step.right for step in steps])
    step = other[-1]
    named = any(is_name(t) and t not in keywords for t in (*left, *step.removed, *right))
    if len(left) + len(right) < MIN_CONTEXT_TOKENS or not named:
        return None
    if not step.removed and not (left and right and len({s.callee for s in steps}) == 1):
        return None
    added = (step.gap_before if left else "") + step.added + (step.gap_after if right else "")
    return Template(left, step.removed, added, right, () if step.removed else step.callee)


def _steps(burst: Burst) -> tuple[_Step, ...]:
    """The changes of a burst; none where a line was added or removed as a whole."""
    difference = token_difference(burst.before, burst.after)
    return () if difference is None else _steps_of(difference, burst.after)


@lru_cache(64)
def _steps_of(difference: Difference, after: str) -> tuple[_Step, ...]:
    steps = []
    for change in difference.changes:
        removed, added = difference.removed(change), difference.added(change)
        if "\n" in removed or "\n" in added:
            return ()
        steps.append(_step(difference, change, after))
    return tuple(steps)


def _step(difference: Difference, change: Change, after: str) -> _Step:
    old = [token.text for token in difference.before]
    left = _up_to_line_end(reversed(old[: change.b_start]))[::-1]
    right = _up_to_line_end(old[change.b_end :])
    removed = tuple(old[change.b_start : change.b_end])
    callee = _callee(old[: change.b_start])
    new = difference.after
    begins = new[change.a_start - 1].end if change.a_start else 0
    ends = new[change.a_end].start if change.a_end < len(new) else len(after)
    if change.a_start == change.a_end:
        return _Step(left, removed, after[begins:ends], "", "", right, begins, callee)
    first, last = new[change.a_start].start, new[change.a_end - 1].end
    text, gaps = after[first:last], (after[begins:first], after[last:ends])
    return _Step(left, removed, gaps[0], text, gaps[1], right, first, callee)


def _callee(before: Sequence[str]) -> tuple[str, ...]:
    """What the parenthesis around the end of a line's tokens belongs to: its name, and the word
    before it where that declares one. What is added to the arguments of one function says nothing
    of another's."""
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        text = before[at]
        if text == "\n":
            break
        depth += (text in _CLOSERS) - (text in _OPENERS)
        if depth < 0:
            word = before[at - 2] if at > 1 else ""
            return (word if word in _DECLARING else "", before[at - 1] if at else "", text)
    return ()


def _up_to_line_end(texts: Iterable[str]) -> tuple[str, ...]:
    """The tokens of the same line, so many at most."""
    return tuple(islice(takewhile(lambda text: text != "\n", texts), MAX_CONTEXT_TOKENS))


def _shared(runs: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The common beginning of several runs of tokens."""
    shared = []
    for column in zip(*runs, strict=False):
        if len(set(column)) > 1:
            break
        shared.append(column[0])
    return tuple(shared)


def _matches(
    document: Document, template: Template, bursts: Sequence[Burst], first_at: int, last_at: int
) -> list[Proposal]:
    """The places ahead, in the direction in which the user goes."""
    sites = list(islice(_sites(document, template, bursts), MAX_SITES + 1))
    low, high = sorted((first_at, last_at))
    if len(sites) > MAX_SITES or any(low <= site.start <= high for site in sites):
        return []
    reaches = _reaches_of_locals(document, template.added)
    sites = [s for s in sites if all(any(r.holds_at(s.start) for r in each) for each in reaches)]
    down = last_at >= first_at
    ahead = [site for site in sites if (site.start > high if down else site.start < low)]
    return [Proposal(document, site, "repeat", template.shown) for site in ahead]


def _reaches_of_locals(document: Document, added: str) -> list[list[Reach]]:
    """For each name in a text that is bound in functions alone: where it may stand."""
    found = []
    for name in {token.text for token in tokens(added) if is_name(token.text)}:
        kinds = [(each, declaration(document, each)) for each in occurrences(document, name)]
        declared = [reach_of(document, each, kind) for each, kind in kinds if kind is not None]
        whole = Reach(0, len(document.text))
        if declared and not any(reach == whole or reach.members for reach in declared):
            found.append(declared)
    return found


def _sites(document: Document, template: Template, bursts: Sequence[Burst]) -> Iterator[Edit]:
    """Where a template matches in code, what was changed already left out."""
    done = [burst.place for burst in bursts]
    wanted = (*template.left, *template.removed, *template.right)
    for line, at in _runs(document, _lines_with(document, wanted), wanted):
        start = document.line_start(line)
        if any(place.start <= start < place.end for place in done):
            continue
        found = tokens(document.line(line))
        at += len(template.left)
        texts = [token.text for token in found[:at]]
        if template.callee and _callee(texts) != template.callee:
            continue
        edit = _edit(template, found, at, start)
        if _scope(document, edit.start) is Scope.CODE:
            yield edit


def _runs(
    document: Document, lines: Iterable[int], wanted: tuple[str, ...]
) -> Iterator[tuple[int, int]]:
    """Where tokens stand in a row on some lines: the line, and the number of the first one."""
    for line in lines:
        texts = tuple(token.text for token in tokens(document.line(line)))
        for at in range(len(texts) - len(wanted) + 1):
            if texts[at : at + len(wanted)] == wanted:
                yield line, at


def _edit(template: Template, found: tuple[Token, ...], at: int, start: int) -> Edit:
    """The template's change in a line: the tokens from ``at`` on, and the blanks beside them."""
    end = at + len(template.removed)
    first = found[at - 1].end if template.left else found[at].start
    last = found[end].start if template.right else found[end - 1].end
    return Edit(start + first, start + last, template.added)


def _scope(document: Document, offset: int) -> Scope:
    return scope_at(Cursor(document, offset))


def _lines_with(
    document: Document, wanted: tuple[str, ...], start: int = 0, end: int | None = None
) -> Iterator[int]:
    """The lines that may hold some tokens, by the longest of them; of a part of the document."""
    text = max(wanted, key=len)
    at, last = document.text.find(text, start, end), -1
    while at >= 0:
        line = document.line_of(at)
        if line != last:
            yield line
        last = line
        at = document.text.find(text, at + len(text), end)
