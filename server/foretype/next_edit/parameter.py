"""A parameter was added to a function or removed from it: its calls follow.

An argument is proposed only where it is evident: a variable of the parameter's name is in scope.
One is removed only where the call has too many, or names it. Where the function is handed on as a
value, or called with arguments that are not listed one by one, nothing is certain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from foretype.core.text import Document, Edit
from foretype.languages import refactor_traits, table
from foretype.next_edit.arguments import OWN, Argument, arguments, head_of
from foretype.next_edit.bursts import Burst
from foretype.next_edit.names import (
    HEADER_LINES,
    Occurrence,
    Reach,
    declaration,
    occurrences,
    reach_of,
)
from foretype.next_edit.proposal import Proposal

LANGUAGES = ("Python", "JavaScript", "TypeScript")
"""Those whose heads and calls are read alike."""
_LOCALS = ("parameter", "local", "import", "definition")
_DECLARES = re.compile(r"(?:^|\s)(?:def|class|function\*?|new)\s+$")


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """One parameter more or less in the head of a function."""

    function: str
    name: str
    index: int
    """Its place among those that a call lists, from 0."""
    added: bool
    by_name: bool
    """Whether calls have to name it."""
    n_required: int
    """How many parameters without a default the head has now."""
    n_positional: int
    """How many may be given by their place now; 1000 where any number may."""
    at: int
    """Where the function's name stands in its head."""


def calls_to_adapt(
    document: Document, burst: Burst, bursts: Sequence[Burst], others: Sequence[Document]
) -> list[Proposal]:
    """One proposal for each call that has an argument too many, or one too few."""
    row = table.of_id(document.language)
    change = changed_parameter(document, burst) if row.name in LANGUAGES else None
    if change is None:
        return []
    declared = [each for each in occurrences(document, change.function) if each.start == change.at]
    if not declared or declaration(document, declared[0]) not in ("definition", None):
        return []
    reach = reach_of(document, declared[0], "definition")
    if reach.inherits:
        return []
    found = [each for each in occurrences(document, change.function) if each.start != change.at]
    if any(_is_declared_again(document, each) for each in found):
        return []
    return adapted(document, [each for each in found if reach.holds(each)], change)


def adapted(
    document: Document, uses: Sequence[Occurrence], change: ParameterChange
) -> list[Proposal]:
    """One proposal for each of a function's uses that has to change; none where one is unclear."""
    verb = "add" if change.added else "remove"
    proposals = []
    for use in uses:
        open_at = use.end
        if document.text[open_at : open_at + 1] != "(":
            return []
        given = arguments(document.text, open_at)
        if given is None or any(each.is_spread for each in given):
            return []
        edit = _with(document, open_at, given, change) if change.added else _without(given, change)
        if edit is not None:
            label = f"{verb} argument {change.name} in call of {change.function}"
            proposals.append(Proposal(document, edit, "parameter", label))
    return proposals


@lru_cache(8)
def changed_parameter(document: Document, burst: Burst) -> ParameterChange | None:
    """The one parameter that a burst added to a head or removed from it; None for anything else."""
    language = refactor_traits.of_id(document.language)
    last = document.line_of(burst.touched.start)
    for line in range(last, max(last - HEADER_LINES, -1), -1):
        if refactor_traits.function_name(document.line(line), language):
            break
    else:
        return None
    start = document.line_start(line)
    name = refactor_traits.function_name(document.line(line), language)
    low, high = min(start, burst.place.start), max(burst.place.end, start)
    text = document.text
    end = min(len(text), high + 2000)
    new = head_of(text[low:end], name)
    old = head_of(text[low : burst.place.start] + burst.before + text[burst.place.end : end], name)
    if new is None or old is None:
        return None
    return _difference(old[1], new[1], name, low + new[0])


def _difference(
    old: list[Argument], new: list[Argument], function: str, at: int
) -> ParameterChange | None:
    before, after = [each.name for each in old], [each.name for each in new]
    more, fewer = (after, before) if len(after) > len(before) else (before, after)
    if len(more) != len(fewer) + 1 or "" in more:
        return None
    index = next((i for i, (a, b) in enumerate(zip(more, fewer, strict=False)) if a != b), -1)
    index = len(fewer) if index < 0 else index
    if more[:index] + more[index + 1 :] != fewer:
        return None
    added = len(after) > len(before)
    parameter = (new if added else old)[index]
    if added and (parameter.has_default or parameter.is_spread):
        return None
    listed = new if added else old
    n_own = int(bool(more) and more[0] in OWN)
    by_name = any(each.text.startswith("*") for each in listed[:index])
    plain = [each for each in new if not each.is_spread]
    positional = 0
    for each in new:
        if each.is_spread:
            positional = positional if each.text in ("*", "/") else 1000
            break
        positional += 1
    if index < n_own or parameter.is_spread:
        return None
    return ParameterChange(
        function,
        parameter.name,
        index - n_own,
        added,
        by_name,
        sum(not each.has_default for each in plain) - n_own,
        positional - n_own,
        at,
    )


def _is_declared_again(document: Document, place: Occurrence) -> bool:
    """Whether a place is another head of that name, such as that of a setter beside a getter."""
    if declaration(document, place) is not None or _DECLARES.search(place.before):
        return True
    language = refactor_traits.of_id(document.language)
    name = document.text[place.start : place.end]
    return refactor_traits.function_name(place.before + name + place.after, language) == name


def _without(given: list[Argument], change: ParameterChange) -> Edit | None:
    """The edit that takes an argument out of a call that has too many."""
    named = [each for each in given if each.is_named and each.name == change.name]
    positional = [each for each in given if not each.is_named]
    if named:
        taken = named[0]
    elif len(positional) > max(change.n_positional, change.index):
        taken = positional[change.index]
    else:
        return None
    at = given.index(taken)
    if at:
        return Edit(given[at - 1].end, taken.end, "")
    return Edit(taken.start, given[1].start if len(given) > 1 else taken.end, "")


def _with(
    document: Document, open_at: int, given: list[Argument], change: ParameterChange
) -> Edit | None:
    """The edit that adds an argument to a call that has one too few."""
    named = {each.name for each in given if each.is_named}
    n_positional = sum(not each.is_named for each in given)
    if change.name in named or n_positional + len(named) != change.n_required - 1:
        return None
    if not _in_scope(document, change.name, open_at):
        return None
    is_python = table.of_id(document.language).name == "Python"
    by_name = is_python and (change.by_name or change.index > n_positional)
    if change.index > n_positional and not by_name:
        return None
    text = f"{change.name}={change.name}" if by_name else change.name
    at = len(given) if by_name else change.index
    if at < len(given):
        return Edit(given[at].start, given[at].start, f"{text}, ")
    if given:
        return Edit(given[-1].end, given[-1].end, f", {text}")
    return Edit(open_at + 1, open_at + 1, text)


def _in_scope(document: Document, name: str, offset: int) -> bool:
    """Whether a name is bound around a place, before it."""
    for each in occurrences(document, name):
        kind = declaration(document, each)
        if kind not in _LOCALS or (kind == "local" and each.start > offset):
            continue
        reach: Reach = reach_of(document, each, kind)
        if reach.holds_at(offset) and not reach.members:
            return True
    return False
