"""Line numbers and diff marks that a model puts before lines."""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import Flow, Surroundings

_NUMBER = re.compile(r"[ ]{0,6}(\d{1,6})(?::|\t| ?\||\.(?= )|\)(?= ))[ ]?")
_HUNK = re.compile(r"(---|\+\+\+|@@|diff ).*\n?")


def drop_line_numbers(flow: Flow, place: Surroundings) -> Flow:
    """Drop numbers that count lines: the first is the cursor's, or the next ones follow on it."""
    if _NUMBER.match(place.line_above):
        return flow
    lines = flow.text.split("\n")
    first = _NUMBER.match(lines[0])
    if first is None:
        may_begin = re.fullmatch(r" {0,6}\d{0,6}", lines[0]) and flow.text
        return flow.now("") if may_begin and not flow.final and _is_near(lines[0], place) else flow
    number = int(first.group(1))
    second = _NUMBER.match(lines[1]) if len(lines) > 1 else None
    counts_on = second is not None and int(second.group(1)) == number + 1
    repeats = bool(place.before) and lines[0][first.end() :].startswith(place.before)
    if not (counts_on or repeats or number == place.line_number):
        return flow
    kept = [_without_number(line, number + n) for n, line in enumerate(lines)]
    last = lines[-1]
    if not flow.final and len(lines) > 1 and re.fullmatch(r" {0,6}\d*(:| ?\||\.|\))?", last):
        kept[-1] = ""
    return flow.now("\n".join(kept))


def _is_near(begun: str, place: Surroundings) -> bool:
    return not begun.strip() or str(place.line_number).startswith(begun.strip())


def _without_number(line: str, number: int) -> str:
    match = _NUMBER.match(line)
    return line[match.end() :] if match and int(match.group(1)) == number else line


def drop_diff_marks(flow: Flow, place: Surroundings) -> Flow:
    """Keep the added lines of a diff, without their marks."""
    text = flow.text
    if place.context.language == "diff" or not text:
        return flow
    hunk = _HUNK.match(text)
    if hunk is None and not text.startswith("+"):
        return flow
    lines = text.split("\n")
    body = [line for line in lines if not _HUNK.match(line)]
    whole = body if flow.final else body[:-1]
    marked = [line for line in whole if line.startswith("+")]
    repeats = bool(place.before) and body[0].startswith("+" + place.before) if body else False
    undecided = bool(place.before) and not flow.final and ("+" + place.before).startswith(text)
    if undecided:
        return flow.now("")
    alone = not place.before and not (place.is_markdown and text.startswith("+ "))
    if not (hunk or repeats or alone or (len(whole) > 1 and len(marked) == len(whole))):
        return flow
    kept = [_unmarked(line) for line in body if not line.startswith("-")]
    return flow.now("\n".join(kept))


def _unmarked(line: str) -> str:
    return line[1:] if line[:1] in {"+", " "} else line
