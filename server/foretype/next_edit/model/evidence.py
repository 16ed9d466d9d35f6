"""Whether an edit follows from those that were made: what is unrelated, made up, or does not fit.

Reads words, values and the heads of functions, not types. Pure functions of a candidate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from foretype.languages import refactor_traits, table
from foretype.languages.compound_names import parts_of_names
from foretype.next_edit.arguments import OWN, Argument, arguments, head_of
from foretype.next_edit.model.candidate import Candidate, LineChange
from foretype.next_edit.names import block_around
from foretype.next_edit.token_diff import is_name, token_difference, tokens

MAX_HEAD_CHARS = 2_000
"""Characters that the head of a function may have, at most."""
_WORD = re.compile(r"[^\W\d]\w*")
_BEFORE_MEMBER = (".", "->", "::", "?.")
_BOUND = ("(", "=", ":", ":=")
"""What follows the name of something that is called, or bound."""
_STRING = re.compile(r"[\"'`].*", re.S)
_NUMBER = re.compile(r"-?\d[\w.]*")
_LITERALS = {
    **dict.fromkeys(("str", "string", "String"), _STRING),
    **dict.fromkeys(("int", "float", "number", "bigint"), _NUMBER),
}
"""What a literal for a parameter of a type looks like."""


def is_unrelated(c: Candidate) -> bool:
    """It changes lines that have nothing to do with what was edited.

    Related is what keeps or brings a word of the lines that were edited, takes one away that was
    taken away there, or lies in the same function or type. Where nothing was edited it is what
    changes the cursor's line, or one beside it.
    """
    return any(not _is_related(c, change) for change in c.changes)


def _is_related(c: Candidate, change: LineChange) -> bool:
    bursts, document = (*c.bursts, *c.elsewhere), c.document
    last = change.first + len(change.gone) - 1
    if not bursts:
        line = document.line_of(c.offset)
        return bool(change.gone) and line - 1 <= change.first <= last <= line + 1
    if not any(line.strip() for line in change.gone):
        return True  # Further lines, in the window around the cursor.
    written = _parts(_written(c))
    removed = written - _parts(_words(*(burst.after for burst in bursts)))
    if _parts(_words(*change.come)) & written or _parts(_words(*change.gone)) & removed:
        return True
    start, end = document.line_start(change.first), document.line_end(last)
    if any(start <= burst.place.end and burst.place.start <= end for burst in c.bursts):
        return True
    offsets = (c.offset, *(burst.touched.start for burst in c.bursts))
    blocks = (block_around(document, offset) for offset in offsets)
    return any(block[0] <= start and end <= block[1] for block in blocks if block is not None)


def _parts(words: set[str]) -> set[str]:
    """The parts of compound names, in lower case: ``read`` and ``text`` of ``readText``."""
    return {part for word in words for part in parts_of_names(word) if part.isalpha()}


def makes_up(c: Candidate) -> bool:
    """It puts a text of its own in place of values that stood there, or a name in place of a
    variable that stands nowhere else."""
    written = _written(c)
    for change in c.changes:
        before, after = _values(change.gone), _values(change.come)
        known = written | _words(*change.gone)
        fresh = [text for text in after - before if _STRING.match(text) and _words(text)]
        if before - after and any(not _words(text) & known for text in fresh):
            return True
        names = set(_new_variables(change)) - written
        if names and names - _words(c.document.text):
            return True
    return False


def _new_variables(change: LineChange) -> Iterator[str]:
    """The names that stand in place of others; not those of members, of what is called or bound,
    nor those of which the beginning was there."""
    difference = token_difference("\n".join(change.gone), "\n".join(change.come))
    if difference is None:
        return
    texts = ["", *(token.text for token in difference.after), ""]
    for each in difference.changes:
        old, new = difference.removed(each), difference.added(each)
        if len(old) != 1 or len(new) != 1 or not (is_name(old[0]) and is_name(new[0])):
            continue
        is_plain = texts[each.a_start] not in _BEFORE_MEMBER and texts[each.a_end + 1] not in _BOUND
        if is_plain and not new[0].startswith(old[0]) and texts.count(new[0]) == 1:
            yield new[0]


def changes_another_head(c: Candidate) -> bool:
    """It gives a function that was not edited a parameter of which no edit says anything."""
    language = refactor_traits.of_id(c.document.language)
    written = _written(c)
    for change in c.changes:
        start = c.document.line_start(change.first)
        end = c.document.line_start(change.first + len(change.gone))
        if any(start < b.place.end and b.place.start < end for b in c.bursts):
            continue
        name_of = partial(refactor_traits.function_name, language=language)
        for name in {name_of(line) for line in change.gone} - {""}:
            old, new = head_of("\n".join(change.gone), name), head_of("\n".join(change.come), name)
            if old is None or new is None:
                continue
            if {each.name for each in new[1]} - {each.name for each in old[1]} - written:
                return True
    return False


def misfits_a_head(c: Candidate) -> bool:
    """It calls a function whose head was just edited in a way that this head does not allow."""
    old, new = "\n".join(c.gone), "\n".join(c.come)
    for head in _edited_heads(c):
        for call in re.finditer(rf"\b{re.escape(head.name)}\s*(<[^()]*>)?\(", new):
            given = arguments(new, call.end() - 1)
            is_head = refactor_traits.function_name(
                new[new.rfind("\n", 0, call.start()) + 1 :].split("\n")[0],
                refactor_traits.of_id(c.document.language),
            )
            if given is None or is_head == head.name:
                continue
            text = new[call.start() : given[-1].end if given else call.end()]
            # A head with types between its name and its parenthesis is not read.
            if text not in old and (call[1] or not head.fits(given)):
                return True
    return False


@dataclass(frozen=True, slots=True)
class _Head:
    """The head of a function."""

    name: str
    parameters: list[Argument]

    def fits(self, given: list[Argument]) -> bool:
        """Whether a call may list these arguments."""
        if any(each.is_spread for each in (*given, *self.parameters)):
            return True
        required = sum(not each.has_default for each in self.parameters)
        if not required <= len(given) <= len(self.parameters):
            return False
        placed = [each for each in given if not each.is_named]
        return all(
            _may_be(parameter, argument)
            for parameter, argument in zip(self.parameters, placed, strict=False)
        )


def _may_be(parameter: Argument, argument: Argument) -> bool:
    """Whether an argument, where it is a literal, is of its parameter's type."""
    wanted = _LITERALS.get(parameter.text.partition(":")[2].strip())
    is_literal = any(pattern.fullmatch(argument.text) for pattern in (_STRING, _NUMBER))
    return wanted is None or not is_literal or wanted.fullmatch(argument.text) is not None


def _edited_heads(c: Candidate) -> Iterator[_Head]:
    """The heads of functions that bursts have changed."""
    document, language = c.document, refactor_traits.of_id(c.document.language)
    for burst in c.bursts:
        first, before = document.line_of(burst.place.start), burst.before.splitlines()
        for number, line in enumerate(burst.after.splitlines(), first):
            name = refactor_traits.function_name(line, language)
            if not name or line in before:
                continue
            start = document.line_start(number)
            found = head_of(document.text[start : start + MAX_HEAD_CHARS], name)
            if found is not None:
                own = int(bool(found[1]) and found[1][0].name in OWN)
                yield _Head(name, found[1][own:])


def _written(c: Candidate) -> set[str]:
    """The words on the lines that were edited, as they were and as they are."""
    bursts = (*c.bursts, *c.elsewhere)
    keywords = table.of_id(c.document.language).keywords.split()
    return _words(*(text for b in bursts for text in (b.original, b.after))).difference(keywords)


def _words(*texts: str) -> set[str]:
    return {word for text in texts for word in _WORD.findall(text)}


def _values(lines: tuple[str, ...]) -> set[str]:
    """The strings and the numbers in some lines."""
    return {
        token.text
        for token in tokens("\n".join(lines))
        if token.text[0] in "\"'" or token.text[0].isdigit()
    }
