"""Text before the cursor that the model says again: the line, several lines, the function.

An echo begins with one of the lines above, or with the cursor's own, and goes on line for line
up to the cursor. Lines are compared without their indentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from foretype.completion.cleanup.base import Flow, Surroundings
from foretype.completion.lexis import Scope
from foretype.completion.lines import indent_of

MIN_ECHO = 3
"""Characters of the cursor's line that must be said again to count, or lines above it."""
MIN_LINES_ECHO = 8
"""Characters that must be said again where the echo is of fewer lines."""
MAX_BEGINNINGS = 8
"""Equal lines above at which an echo may begin, the last ones."""
MAX_LINES_ON = 3
"""Lines above that are said again by a text that begins with a line end, at most."""

_STATEMENT = re.compile(
    r"(?:return|await|yield|const|let|var|if|for|while|def|class|function|func|fn|throw|raise|assert"
    r"|import|from|export|public|private|static|new|async|elif|switch|match|with)\b.*[\s(.,\[]",
)
_BEGINS_BLOCK = re.compile(
    r"[:{(\[]$|\b(?:do|then|else|begin|try|where|loop|finally|ensure|rescue)$|^/\*\*?$"
)
COMMENT_LEADERS = frozenset({"#", "//", "--", "/*", "*", ";", ";;", "%"})
"""What a line of a comment begins with, too short to count as an echo by itself."""
_UNDECIDED = "\0undecided"


def drop_echo(flow: Flow, place: Surroundings) -> Flow:
    """Drop what is said again, up to the cursor; wait while that is undecided."""
    text = flow.text.lstrip("\n")
    if not text.strip():
        return flow if flow.final else flow.now("")
    lines = text.split("\n")
    # Behind a line end, the text goes on with a line of its own: a single line is no echo.
    goes_on = flow.text.startswith("\n") and bool(place.before.strip())
    for first in _beginnings(lines, place, goes_on=goes_on):
        rest = _rest_of_echo(lines, place.prefix_lines[first:], final=flow.final)
        if rest is _UNDECIDED:
            return flow.now("")
        if rest is not None:
            return flow.now(rest)
    if lines[0].strip() in place.headers and (flow.final or len(lines) > 1):
        # The whole of what encloses the cursor, but written anew: no part of it fits here.
        return flow.end("")
    if not place.before.strip() and place.prefix_lines[-2:-1] != [place.line_above]:
        # Blank lines are there already.
        flow = flow.now(text)
    if goes_on:
        return flow
    if place.is_prose:
        return _drop_comment_leader(flow, place) if place.scope is Scope.COMMENT else flow
    return _drop_repeated_end(flow, place)


def _beginnings(lines: list[str], place: Surroundings, *, goes_on: bool) -> Iterator[int]:
    """The lines above where an echo may begin, the longest echo first.

    A text that ``goes_on`` on the next line has lines in common with those above mostly because
    the file has a pattern. To wait for the end of a long one would cost the time there is.
    """
    said, last = lines[0].strip(), len(place.prefix_lines) - 1
    least = last - MAX_LINES_ON if goes_on else 0
    if not said:
        return
    if len(lines) > 1:
        found = place.places_of_lines.get(said, [])
        yield from [number for number in found if least <= number < last][-MAX_BEGINNINGS:]
    else:
        for line, numbers in place.places_of_lines.items():
            if line.startswith(said):
                yield from [number for number in numbers if least <= number < last][-1:]
    if not goes_on:
        yield last


def _rest_of_echo(lines: list[str], echoed: list[str], *, final: bool) -> str | None:
    """What follows the echo in the text; None where the text does not repeat these lines."""
    n_whole = len(echoed) - 1
    n_said = min(len(lines) - 1, n_whole)
    if any(lines[n].strip() != echoed[n].strip() for n in range(n_said)):
        return None
    if len(lines) <= n_whole:
        begun = echoed[len(lines) - 1].strip().startswith(lines[-1].strip())
        return _UNDECIDED if begun and not final else None
    is_short = sum(len(line.strip()) for line in echoed) < MIN_LINES_ECHO
    if is_short and 0 < n_whole < MIN_ECHO and not _is_header(echoed):
        return None
    rest = _after_cursor(lines[n_whole:], echoed[-1], alone=not n_whole, final=final)
    if rest is None or rest is _UNDECIDED:
        return rest
    shift = _shift(echoed[0], lines[0])
    moved = [_moved(line, shift) for line in lines[n_whole + 1 :]]
    if moved and not final and not lines[-1].strip():
        moved[-1] = ""
    return "\n".join([rest, *moved])


def _is_header(echoed: list[str]) -> bool:
    """Whether the line above begins the block that the cursor stands in, such as ``else:``."""
    if len(echoed) != 2 or len(echoed[0].strip()) < MIN_ECHO:
        return False
    return _BEGINS_BLOCK.search(echoed[0].strip()) is not None


def _after_cursor(said: list[str], before: str, *, alone: bool, final: bool) -> str | None:
    """What follows the cursor in its line as it is said again; None where it is another line."""
    line, core = said[0], before.strip()
    is_last = len(said) == 1 and not final
    if not core:
        if alone:
            return None
        if is_last and not line.strip():
            return _UNDECIDED
        return line.removeprefix(before) if line.startswith(before) else line.lstrip(" \t")
    is_long = len(core) >= MIN_ECHO or re.fullmatch(r"[)\]}][^)\]}]", core) is not None
    if line.startswith(before) and (before[0].isspace() or is_long or not alone):
        return line[len(before) :]
    if alone and not is_long:
        return None
    bare = line.lstrip()
    if is_last and (before.startswith(line) or before.lstrip().startswith(bare)):
        return _UNDECIDED
    if not bare.startswith(core):
        return None
    rest, blanks = bare[len(core) :], len(before) - len(before.rstrip())
    if blanks and re.match(r"\w", rest) and re.search(r"\w$", core):
        # A word that only begins like the one before the cursor.
        return None
    if is_last and rest.isspace() and len(rest) < blanks:
        return _UNDECIDED
    return rest[blanks:] if blanks and rest[:blanks].isspace() else rest


def _drop_repeated_end(flow: Flow, place: Surroundings) -> Flow:
    """Drop the end of what stands before the cursor: the word being typed, or the statement."""
    text, before = flow.text, place.before
    for end in _repeatable_ends(before):
        if text.startswith(end):
            return flow.now(text[len(end) :])
        if not flow.final and end.startswith(text):
            return flow.now("")
    return _drop_short_word(flow, place)


def _repeatable_ends(before: str) -> Iterator[str]:
    for start in re.finditer(r"(?<![\w.])(?=[a-z])", before):
        tail = before[start.start() :]
        if _STATEMENT.fullmatch(tail):
            yield tail
    word = re.search(r"\w+$", before)
    if word is not None and len(word.group()) >= MIN_ECHO:
        yield word.group()


def _drop_short_word(flow: Flow, place: Surroundings) -> Flow:
    """A word of which one or two letters are typed, said as a whole: only a known word counts."""
    begun = re.search(r"(?<!\w)[^\W\d]\w?$", place.before)
    if begun is None:
        return _drop_repeated_sign(flow, place)
    typed = begun.group()
    if not flow.text.startswith(typed):
        return flow if flow.final or not typed.startswith(flow.text) else flow.now("")
    said = re.match(r"\w+", flow.text)
    assert said is not None
    word = said.group()
    if word == flow.text and not flow.final:
        return flow.now("")
    is_known = word in place.words and typed + word not in place.words
    return flow.now(flow.text[len(typed) :]) if is_known and len(word) > len(typed) else flow


def _drop_repeated_sign(flow: Flow, place: Surroundings) -> Flow:
    """A sign that is all that the line has so far, and never stands twice before a word."""
    sign = place.before.strip()
    if sign not in {"@", "#", "<", "$", "#["}:
        return flow
    if not flow.final and sign.startswith(flow.text):
        return flow.now("")
    rest = flow.text.removeprefix(sign)
    return flow.now(rest) if rest != flow.text and rest[:1].isalpha() else flow


def _drop_comment_leader(flow: Flow, place: Surroundings) -> Flow:
    """What begins a comment line, where the line has no more so far."""
    before, leader, text = place.before, place.before.strip(), flow.text
    if leader not in COMMENT_LEADERS:
        return flow
    for said in (before, before.lstrip(), leader + " "):
        if text.startswith(said) and (said[-1] == " " or text[len(said) :][:1] == " "):
            return flow.now(text[len(said) :])
        if not flow.final and said.startswith(text):
            return flow.now("")
    return flow


def _shift(stood: str, said: str) -> str | int:
    """How the indentation of the echo differs: what it lacks, or how many characters too many."""
    here, there = indent_of(stood), indent_of(said)
    if not stood.strip() or here == there:
        return 0
    if here.startswith(there):
        return here[len(there) :]
    return len(there) - len(here) if there.startswith(here) else 0


def _moved(line: str, shift: str | int) -> str:
    if not line.strip():
        return line
    if isinstance(shift, str):
        return shift + line
    return line[min(shift, len(indent_of(line))) :] if shift > 0 else line
