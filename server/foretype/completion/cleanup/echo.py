"""Text before the cursor that the model says again: the line, several lines, the function."""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import Flow, Surroundings

MIN_ECHO = 3
"""Characters of a line's beginning that must be said again to count."""
MIN_LINES_ECHO = 8
"""Characters that must be said again where the echo is of several lines."""


def drop_echo(flow: Flow, place: Surroundings) -> Flow:
    """Drop what is said again, up to the cursor; wait while that is undecided."""
    text = flow.text
    if not text.strip():
        return flow if flow.final or not text else flow.now("")
    if text.startswith("\n") and place.before.strip():
        # The text goes on with a line of its own: what it says again is meant.
        return flow
    lines = text.lstrip("\n").split("\n")
    prefix = place.prefix_lines
    for first in _beginnings(lines, place, final=flow.final):
        rest = _rest_of_echo(lines, prefix[first:], final=flow.final)
        if rest is _UNDECIDED:
            return flow.now("")
        if rest is not None:
            return flow.now(rest)
    return _drop_repeated_word(flow, place)


_UNDECIDED = "\0undecided"


def _beginnings(lines: list[str], place: Surroundings, *, final: bool) -> list[int]:
    """The lines above where an echo may begin, the longest echo first."""
    prefix, said = place.prefix_lines, lines[0].strip()
    last = len(prefix) - 1
    if len(lines) > 1:
        return [*place.places_of_lines.get(said, [])[-8:], last]
    if final:
        return [last]
    begun = [n for n, line in enumerate(prefix[:-1]) if said and line.strip().startswith(said)]
    return [*begun[-4:], last]


def _rest_of_echo(lines: list[str], echoed: list[str], *, final: bool) -> str | None:
    """What follows the echo in the text; None where the text does not repeat these lines."""
    n_whole = len(echoed) - 1
    for said, stood in zip(lines[:-1], echoed[:n_whole], strict=False):
        if said.strip() != stood.strip():
            return None
    if len(lines) <= n_whole:
        partial = echoed[len(lines) - 1].strip()
        return _UNDECIDED if not final and partial.startswith(lines[-1].strip()) else None
    cursor_line, before = lines[n_whole], echoed[-1]
    if n_whole and sum(len(line.strip()) for line in echoed) < MIN_LINES_ECHO:
        return None
    rest = _after_line(cursor_line, before, alone=not n_whole)
    if rest is not None:
        shift = _indent(echoed[0]) - _indent(lines[0]) if echoed[0].strip() else 0
        return "\n".join([rest, *_shifted(lines[n_whole + 1 :], shift)])
    is_last = n_whole == len(lines) - 1
    if is_last and not final and before.strip():
        begun = cursor_line.strip()
        if before.strip().startswith(begun) and (n_whole or _is_echo(before, begun)):
            return _UNDECIDED
    return None


def _is_echo(before: str, begun: str) -> bool:
    """Whether so little of a line can be told from new text at all."""
    return len(before.strip()) >= MIN_ECHO and bool(begun)


def _after_line(said: str, before: str, *, alone: bool) -> str | None:
    """What follows the cursor's line up to the cursor in the line said; None where it differs."""
    core = before.strip()
    if not core:
        if alone:
            return None
        return said.removeprefix(before) if said.startswith(before) else said.lstrip()
    indented = before[0].isspace() and len(before) > 1
    whole = said.startswith(before) and (indented or len(before) >= MIN_ECHO)
    if whole:
        return said[len(before) :]
    if not said.lstrip().startswith(core) or (alone and len(core) < MIN_ECHO):
        return None
    rest = said.lstrip()[len(core) :]
    blanks = len(before) - len(before.rstrip())
    return rest[blanks:] if blanks and rest[:blanks].isspace() else rest


def _drop_repeated_word(flow: Flow, place: Surroundings) -> Flow:
    word = re.search(r"\w+$", place.before)
    if word is None or len(word.group()) < MIN_ECHO:
        return flow
    begun = word.group()
    if flow.text.startswith(begun):
        return flow.now(flow.text[len(begun) :])
    if not flow.final and begun.startswith(flow.text):
        return flow.now("")
    return flow


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _shifted(lines: list[str], shift: int) -> list[str]:
    """Lines moved right, or left as far as their indentation goes."""
    if shift >= 0:
        return [" " * shift + line if line.strip() else line for line in lines]
    return [line[min(-shift, _indent(line)) :] for line in lines]
