"""Characters that no one sees: what a terminal would obey, and what hides or reorders text.

Code that does not look like what it is has no place in ghost text, however it came there.
"""

from __future__ import annotations

from foretype.completion.postprocess.stage import Stage
from foretype.core.unseen import AFTER_JOINER, BEFORE_JOINER, FLAG, JOINER, UNSEEN


class Unseen(Stage):
    """End at a character that no one sees, where the file does not have it around the cursor."""

    def push(self, line: str) -> list[str]:
        passed = 0
        for unseen in UNSEEN.finditer(line):
            at = unseen.start()
            if at < passed or self.ctx.contains(line[at]):
                continue
            is_joiner = line[at] == JOINER and at and BEFORE_JOINER.match(line[at - 1])
            if is_joiner and AFTER_JOINER.match(line, at + 1):
                continue
            if flag := FLAG.match(line, max(0, at - 1)):
                passed = flag.end()
                continue
            self.done = True
            return [line[:at]]
        return [line]
