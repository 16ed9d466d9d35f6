"""Typical habits of models that distort the intended text: a table of small functions.

A habit changes the text and, if necessary, the script: how it is split into events, how it ends,
its reasoning. It knows the cursor's context, like a model that has read the prompt.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class IntendedText:
    """The right text at a cursor, and its context."""

    text: str
    before: str = ""
    after: str = ""
    mark: str = "<|cursor|>"
    """The prompt's cursor mark."""

    @property
    def line_before(self) -> str:
        """The cursor's line up to the cursor."""
        return self.before[self.before.rfind("\n") + 1 :]

    @property
    def line_after(self) -> str:
        """The rest of the cursor's line."""
        return self.after.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Habit:
    """One way to distort the text."""

    says: Callable[[IntendedText], str]
    script: Mapping[str, Any] = field(default_factory=dict)
    """Changes to the script that belong to it."""


def exact(meant: IntendedText) -> str:
    return meant.text


def fenced(meant: IntendedText) -> str:
    return f"```\n{meant.text}\n```"


def prose(meant: IntendedText) -> str:
    return (
        f"Here is the completed code:\n\n```python\n{meant.text}\n```\n\n"
        "This continues the code from the cursor."
    )


def echoes_line(meant: IntendedText) -> str:
    return meant.line_before + meant.text


def echoes_lines(meant: IntendedText) -> str:
    """Repeats the three lines before the cursor too."""
    return "\n".join(meant.before.split("\n")[-4:]) + meant.text


def runs_on(meant: IntendedText) -> str:
    """Continues with the file's following text, and then with its own."""
    return f"{_with_following(meant, 8)}\n\n\ndef another_one():\n    return None\n"


def strips_indent(meant: IntendedText) -> str:
    """Omits the first line's indentation."""
    first, end, rest = meant.text.partition("\n")
    return meant.text if meant.line_before else first.lstrip(" \t") + end + rest


def strips_line_end(meant: IntendedText) -> str:
    """Omits the leading line end and the indentation after it."""
    return meant.text.lstrip() if meant.text.startswith("\n") else meant.text


def adds_indent(meant: IntendedText) -> str:
    """Repeats the indentation before the cursor."""
    return meant.text if meant.line_before.strip() else meant.line_before + meant.text


def crlf(meant: IntendedText) -> str:
    return meant.text.replace("\n", "\r\n")


def keeps_mark(meant: IntendedText) -> str:
    return f"{meant.mark}{meant.text}{meant.mark}"


def trailing_blanks(meant: IntendedText) -> str:
    return f"{meant.text}  \n\n  \n"


def whole_function(meant: IntendedText) -> str:
    """Repeats the whole enclosing block if it begins a few lines above."""
    indent = _indent(meant.line_before + meant.text.lstrip("\n").partition("\n")[0])
    lines = meant.before.split("\n")
    above = range(len(lines) - 2, max(len(lines) - 10, -1), -1)
    head = next((n for n in above if lines[n].strip() and _indent(lines[n]) < indent), None)
    if head is None:
        return exact(meant)
    said = "\n".join(lines[head:]) + meant.text
    for line in meant.after.split("\n"):
        if line.strip() and _indent(line) < indent and not line.strip().startswith(("}", ")", "]")):
            break
        said += line + "\n"
    return said


def nothing(meant: IntendedText) -> str:
    return ""


def refuses(meant: IntendedText) -> str:
    return "No completion needed."


def cut(meant: IntendedText) -> str:
    """Cuts the text in the middle of its last line, or of a following one."""
    said = meant.text if "\n" in meant.text.strip() else _with_following(meant, 8)
    said = said.rstrip()
    last = said.rfind("\n") + 1
    return said[: last + (len(said) - last + 1) // 2]


def doubles_closers(meant: IntendedText) -> str:
    """Repeats the closing brackets after the cursor."""
    closers = re.match(r"[)\]}\"'>;,]*", meant.line_after)
    return meant.text + (closers.group() if closers else "")


def tabs_for_spaces(meant: IntendedText) -> str:
    unit = _unit(meant.before + meant.text + meant.after)
    return _reindented(meant, lambda indent: indent.replace(unit, "\t"))


def spaces_for_tabs(meant: IntendedText) -> str:
    return _reindented(meant, lambda indent: indent.replace("\t", "    "))


def numbered(meant: IntendedText) -> str:
    first = meant.before.count("\n") + 1
    lines = (meant.line_before + meant.text).split("\n")
    return "\n".join(f"{first + n}: {line}" for n, line in enumerate(lines))


def diff_marks(meant: IntendedText) -> str:
    lines = (meant.line_before + meant.text).split("\n")
    return "\n".join(f"+{line}" for line in lines)


def alternatives(meant: IntendedText) -> str:
    return (
        f"Option 1:\n\n```\n{meant.text}\n```\n\nOption 2:\n\n```\nraise NotImplementedError\n```\n"
    )


def _with_following(meant: IntendedText, n_lines: int) -> str:
    """The text, the rest of its line, and some of the lines that follow."""
    return meant.text + "\n".join(meant.after.split("\n")[:n_lines])


def _unit(text: str) -> str:
    """The spaces that one level of indentation takes: the commonest step from line to line."""
    depths = [_indent(line) for line in text.split("\n") if line.strip()]
    steps = Counter(b - a for a, b in pairwise(depths) if b - a in (2, 3, 4, 8))
    return " " * steps.most_common(1)[0][0] if steps else "    "


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _reindented(meant: IntendedText, change: Callable[[str], str]) -> str:
    """The text with another indentation in all lines that it holds from their beginning."""
    first, end, rest = meant.text.partition("\n")
    lines = [first if meant.line_before else _with_indent(first, change)]
    lines += [_with_indent(line, change) for line in rest.split("\n")] if end else []
    return "\n".join(lines)


def _with_indent(line: str, change: Callable[[str], str]) -> str:
    at = _indent(line)
    return change(line[:at]) + line[at:]


_THOUGHT = "The user wants the code at the cursor.\n```python\nreturn wrong\n```\nYes, that is it."

HABITS: dict[str, Habit] = {
    "exact": Habit(exact),
    "fenced": Habit(fenced),
    "prose": Habit(prose),
    "echoes_line": Habit(echoes_line),
    "echoes_lines": Habit(echoes_lines),
    "runs_on": Habit(runs_on),
    "strips_indent": Habit(strips_indent),
    "strips_line_end": Habit(strips_line_end),
    "adds_indent": Habit(adds_indent),
    "crlf": Habit(crlf),
    "reasons": Habit(exact, {"reasoning": _THOUGHT}),
    "thinks": Habit(exact, {"reasoning": _THOUGHT, "reasoning_as": "think"}),
    "keeps_mark": Habit(keeps_mark),
    "trailing_blanks": Habit(trailing_blanks),
    "whole_function": Habit(whole_function),
    "nothing": Habit(nothing),
    "refuses": Habit(refuses),
    "characters": Habit(exact, {"split": "characters"}),
    "fenced_characters": Habit(fenced, {"split": "characters"}),
    "torn": Habit(prose, {"split": "characters", "torn": True}),
    "cut": Habit(cut, {"finish": "length"}),
    "doubles_closers": Habit(doubles_closers),
    "tabs_for_spaces": Habit(tabs_for_spaces),
    "spaces_for_tabs": Habit(spaces_for_tabs),
    "numbered": Habit(numbered),
    "diff_marks": Habit(diff_marks),
    "alternatives": Habit(alternatives),
}
SILENT = frozenset({"nothing", "refuses"})
"""Habits that leave nothing to show."""
