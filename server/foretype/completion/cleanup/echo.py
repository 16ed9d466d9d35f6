"""Text before the cursor that the model says again: the line, several lines, the function."""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import Flow, Surroundings

MIN_ECHO = 3
"""Characters of a line's beginning that must be said again to count."""


def drop_echo(flow: Flow, place: Surroundings) -> Flow:
    """Drop what is said again, up to the cursor; wait while that is undecided."""
    text = flow.text
    if not text.strip():
        return flow if flow.final or not text else flow.now("")
    lines = text.lstrip("\n").split("\n")
    prefix = place.prefix_lines
    for first in range(len(prefix) - 1, -1, -1):
        rest = _rest_of_echo(lines, prefix[first:], final=flow.final)
        if rest is _UNDECIDED:
            return flow.now("")
        if rest is not None:
            return flow.now(rest)
    return _drop_repeated_word(flow, place)


_UNDECIDED = "\0undecided"


def _rest_of_echo(lines: list[str], echoed: list[str], *, final: bool) -> str | None:
    """What follows the echo in the text; None where the text does not repeat these lines."""
    n_whole = len(echoed) - 1
    if not _counts(echoed):
        return None
    for said, stood in zip(lines[:-1], echoed[:n_whole], strict=False):
        if said.strip() != stood.strip():
            return None
    if len(lines) <= n_whole:
        partial = echoed[len(lines) - 1].strip()
        begun = lines[-1].strip()
        return _UNDECIDED if not final and partial.startswith(begun) else None
    cursor_line, before = lines[n_whole], echoed[-1]
    shift = _indent(echoed[0]) - _indent(lines[0])
    if before.strip() and cursor_line.lstrip().startswith(before.strip()):
        rest = cursor_line.lstrip()[len(before.strip()) :]
        blanks = len(before) - len(before.rstrip())
        rest = rest[blanks:] if rest[:blanks].isspace() else rest
        return "\n".join([rest, *_shifted(lines[n_whole + 1 :], shift)])
    if not before.strip() and n_whole:
        rest = cursor_line.removeprefix(before) if shift == 0 else cursor_line.lstrip()
        return "\n".join([rest, *_shifted(lines[n_whole + 1 :], shift)])
    is_last = n_whole == len(lines) - 1
    if is_last and not final and before.strip().startswith(cursor_line.strip()):
        return _UNDECIDED
    return None


def _counts(echoed: list[str]) -> bool:
    """Short lines stand everywhere and prove nothing."""
    first = echoed[0].strip()
    if len(echoed) == 1:
        return len(first) >= MIN_ECHO
    return len(first) >= 2 * MIN_ECHO


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
