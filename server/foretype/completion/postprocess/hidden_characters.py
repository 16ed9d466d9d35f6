"""Characters that no one sees: what a terminal would obey, and what hides or reorders text.

Code that does not look like what it is has no place in ghost text, however it came there.
"""

from __future__ import annotations

from foretype.completion.postprocess.stage import Stage
from foretype.core.unseen import unseen_in


class Unseen(Stage):
    """End at a character that no one sees, where the file does not have it around the cursor."""

    def push(self, line: str) -> list[str]:
        for at in unseen_in(line):
            if not self.ctx.contains(line[at]):
                self.done = True
                return [line[:at]]
        return [line]
