"""What models make of the text they mean to say: a table of small functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What is right at a place, and what stands around it."""

    text: str
    before: str = ""
    after: str = ""

    @property
    def line_before(self) -> str:
        """The cursor's line up to the cursor."""
        return self.before[self.before.rfind("\n") + 1 :]


def exact(meant: Meant) -> str:
    return meant.text


def fenced(meant: Meant) -> str:
    return f"```\n{meant.text}\n```"


def prose(meant: Meant) -> str:
    return (
        f"Here is the completed code:\n\n```python\n{meant.text}\n```\n\n"
        "This continues the code from the cursor."
    )


def echoes_line(meant: Meant) -> str:
    return meant.line_before + meant.text


HABITS: dict[str, Callable[[Meant], str]] = {
    "exact": exact,
    "fenced": fenced,
    "prose": prose,
    "echoes_line": echoes_line,
}
