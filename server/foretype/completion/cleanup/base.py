"""What every clean-up step takes and gives.

A step sees all that has come so far and gives the part of it that is certain: a longer stream
only ever extends what a shorter one gave. What is undecided, such as half a mark, is held back
until more comes or the stream ends. So the outcome is the same however the stream was cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from foretype.completion.context import Context

PROSE_LANGUAGES = frozenset({"markdown", "plaintext", "text", "asciidoc", "restructuredtext", ""})
_COMMENT = re.compile(r"(^|\s)(#|//|--|;|%|\*|/\*|<!--|\"\"\"|''')")


@dataclass(frozen=True, slots=True)
class Flow:
    """A stream so far."""

    text: str
    final: bool = False
    """No more will come."""
    done: bool = False
    """The rest is not wanted: the stream can be closed."""

    def now(self, text: str) -> Flow:
        """The same stream with other text."""
        return replace(self, text=text)

    def end(self, text: str) -> Flow:
        """The stream ends here; what would follow is not wanted."""
        return Flow(text, final=True, done=True)


@dataclass(frozen=True)
class Surroundings:
    """What the steps need to know of the place, line ends as ``\\n``. Made once a generation."""

    context: Context
    mark: str
    single_line: bool = False
    """Only the rest of the line is wanted."""

    @cached_property
    def prefix_lines(self) -> list[str]:
        """The last lines before the cursor; the last of them is the cursor's, up to it."""
        return _unified(self.context.prefix)[-20_000:].split("\n")[-200:]

    @cached_property
    def before(self) -> str:
        return self.prefix_lines[-1]

    @cached_property
    def line_number(self) -> int:
        """The cursor's line as a person counts, from 1."""
        return self.context.line_number

    @cached_property
    def places_of_lines(self) -> dict[str, list[int]]:
        """Where each line stands among ``prefix_lines``, its white space left out."""
        places: dict[str, list[int]] = {}
        for number, line in enumerate(self.prefix_lines):
            places.setdefault(line.strip(), []).append(number)
        return places

    @cached_property
    def after(self) -> str:
        return self.context.after

    @cached_property
    def suffix_lines(self) -> list[str]:
        """The lines after the cursor's line."""
        return _unified(self.context.below).split("\n")[1:200]

    @cached_property
    def indent(self) -> str:
        """The white space that the cursor's line begins with."""
        return self.before[: len(self.before) - len(self.before.lstrip())]

    @cached_property
    def line_above(self) -> str:
        """The last line with text above the cursor's line; empty where there is none."""
        return next((line for line in reversed(self.prefix_lines[:-1]) if line.strip()), "")

    @cached_property
    def is_prose(self) -> bool:
        """Whether English may stand here: prose files and comments."""
        if self.context.language in PROSE_LANGUAGES:
            return True
        return _COMMENT.search(self.before) is not None or self.in_string

    @cached_property
    def in_string(self) -> bool:
        """Whether the cursor's line up to the cursor leaves a quote open."""
        bare = re.sub(r"\\.", "", self.before)
        return any(bare.count(quote) % 2 for quote in "\"'`")

    @cached_property
    def in_fence(self) -> bool:
        """Whether the lines above leave a code fence open."""
        fences = sum(1 for line in self.prefix_lines if line.lstrip().startswith(("```", "~~~")))
        return fences % 2 == 1

    @cached_property
    def is_markdown(self) -> bool:
        return self.context.language in {"markdown", "asciidoc", "restructuredtext"}


Step = Callable[[Flow, Surroundings], Flow]


def hold_back(flow: Flow, marks: tuple[str, ...]) -> Flow:
    """Keep back an end that may be the beginning of one of the marks."""
    if flow.final:
        return flow
    text = flow.text
    longest = max((len(mark) for mark in marks), default=0)
    for length in range(min(longest - 1, len(text)), 0, -1):
        tail = text[-length:]
        if any(mark.startswith(tail) for mark in marks if len(mark) > length):
            return flow.now(text[:-length])
    return flow


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
