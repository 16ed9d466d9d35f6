"""What the user of an editor sees: the ghost text, and whether it is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Screen:
    """Ghost text at the cursor, as VS Code or Neovim shows it."""

    clears_on_key: bool
    """Neovim takes the ghost text away at each key; VS Code keeps it while it is typed through."""
    ghost: str = ""
    """What is visible behind the cursor."""
    fits: str = ""
    """What was visible last, less what has been typed of it: what should be offered again."""
    command: Any = None
    """What the editor runs when the ghost text is accepted."""
    replaced: int = 0
    """How often something contradicted what was visible and still fitted."""
    cleared: int = 0
    """How often what was visible and still fitted was taken away by the server."""

    def typed(self, text: str) -> None:
        """A key inserts a text."""
        through = bool(text) and self.fits.startswith(text)
        self.fits = self.fits[len(text) :] if through else ""
        self.ghost = "" if self.clears_on_key else self.fits

    def gone(self) -> None:
        """A key or an acceptance takes the ghost text away."""
        self.ghost = self.fits = ""

    def answered(self, text: str, *, command: Any = None, empties: bool = True) -> None:
        """An answer for what is on the screen now; an empty one clears it, if that empties."""
        if not text:
            self.cleared += bool(self.ghost) and empties
            if empties:
                self.gone()
            return
        if self.ghost and not (text.startswith(self.ghost) or self.ghost.startswith(text)):
            self.replaced += 1
        self.ghost = self.fits = text
        self.command = command


def is_right(ghost: str, truth: str, *, first_line: bool = False) -> bool:
    """Whether what is visible is a beginning of the true text; of the first line alone if told."""
    visible = first_lines(ghost) if first_line else ghost
    return bool(visible.strip()) and truth.startswith(visible)


def first_lines(text: str) -> str:
    """The text up to the end of its first line that is not empty."""
    start = len(text) - len(text.lstrip())
    end = text.find("\n", start)
    return text if end < 0 else text[:end]
