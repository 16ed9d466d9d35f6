"""Indentation, tabs and line ends as the file has them."""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import Flow, Surroundings

_LEADING = re.compile(r"[ \t]*")


def unify_line_ends(flow: Flow, _: Surroundings) -> Flow:
    """Line ends as ``\\n`` for the steps that follow."""
    text = flow.text
    if text.endswith("\r") and not flow.final:
        text = text[:-1]
    return flow.now(text.replace("\r\n", "\n").replace("\r", "\n"))


def restore_line_ends(flow: Flow, place: Surroundings) -> Flow:
    """Line ends as the file has them."""
    line_end = place.context.line_end
    return flow if line_end == "\n" else flow.now(flow.text.replace("\n", line_end))


def fit_first_line(flow: Flow, place: Surroundings) -> Flow:
    """Join the first line with what stands before the cursor: no second indentation or blank."""
    text, before = flow.text, place.before
    lead = _LEADING.match(text)
    assert lead is not None
    blanks = lead.group()
    if not blanks:
        return flow
    if blanks == text:
        return flow if flow.final else flow.now("")
    if before.strip():
        joined = before.endswith((" ", "\t")) and not place.in_string
        again = len(blanks) > 1 and blanks == place.indent and text[len(blanks)] not in "#/"
        return flow.now(text[len(blanks) :]) if joined or again else flow
    if before + blanks == expected_indent(place) != before:
        return flow
    if not before:
        return flow
    return flow.now(text[len(blanks) :])


def expected_indent(place: Surroundings) -> str:
    """The indentation that a new line after the line above has."""
    above = place.line_above
    indent = above[: len(above) - len(above.lstrip())]
    opens = above.rstrip().endswith((":", "{", "(", "["))
    return indent + place.context.indentation if opens else indent


def fit_tabs_and_blanks(flow: Flow, place: Surroundings) -> Flow:
    """Indentation of the following lines by the file's own character."""
    first, *lines = flow.text.split("\n")
    if not lines:
        return flow
    unit = place.context.indentation
    if not flow.final and not lines[-1].strip():
        # Half an indentation: its width is not known yet.
        lines[-1] = ""
        if len(lines) == 1 and not first.strip():
            return flow.now(first)
    if unit == "\t":
        width = _blanks_a_step(lines, place)
        lines = [_with_tabs(line, width) for line in lines]
    else:
        lines = [_with_blanks(line, unit) for line in lines]
    return flow.now("\n".join([first, *lines]))


def drop_trailing_blanks(flow: Flow, place: Surroundings) -> Flow:
    """No blanks at the ends of lines, where they mean nothing."""
    if place.is_markdown:
        return flow
    lines = flow.text.split("\n")
    kept = [line.rstrip(" \t") for line in lines[:-1]]
    last = lines[-1]
    if not flow.final:
        # Blanks may yet turn out to stand between two words.
        stripped = last.rstrip(" \t")
        last = stripped if stripped else last
    return flow.now("\n".join([*kept, last]))


def _blanks_a_step(lines: list[str], place: Surroundings) -> int:
    depth = place.indent.count("\t") or 1
    for line in lines:
        width = len(line) - len(line.lstrip(" "))
        if width and line.strip():
            for deep in (depth, depth + 1):
                if width % deep == 0 and width // deep in (2, 3, 4, 8):
                    return width // deep
            return 4
    return 4


def _with_tabs(line: str, width: int) -> str:
    lead = _LEADING.match(line)
    assert lead is not None
    blanks = lead.group().replace("\t", " " * width)
    if " " not in lead.group():
        return line
    return "\t" * (len(blanks) // width) + " " * (len(blanks) % width) + line[lead.end() :]


def _with_blanks(line: str, unit: str) -> str:
    lead = _LEADING.match(line)
    assert lead is not None
    return lead.group().replace("\t", unit) + line[lead.end() :]
