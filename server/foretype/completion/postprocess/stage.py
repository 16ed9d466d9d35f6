"""What every step from an answer to an insertion is: lines in, lines out.

A line is handed on once it is whole, and once it is certain; what was handed on is never taken
back. So a longer stream only extends what a shorter one gave, however it was cut.
"""

from __future__ import annotations

from collections.abc import Sequence

from foretype.completion.postprocess.context import CompletionContext


class Stage:
    """One step. A line has its line end; the last one of a stream may have none."""

    def __init__(self, ctx: CompletionContext) -> None:
        self.ctx = ctx
        self.done = False
        """Nothing more is wanted: the stream can be closed."""

    def push(self, line: str) -> list[str]:
        """The lines that are certain now that one more is there."""
        return [line]

    def flush(self) -> list[str]:
        """The lines that are left when no more will come."""
        return []


def run(stages: Sequence[Stage], lines: list[str], *, ended: bool) -> list[str]:
    """What new lines give at the end of a row of steps."""
    for stage in stages:
        given: list[str] = []
        for line in lines:
            if not stage.done:
                given += stage.push(line)
        ended = ended or stage.done
        lines = given + stage.flush() if ended else given
    return lines
