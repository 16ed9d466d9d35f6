"""Which part of an answer belongs behind the cursor, and what is put before it.

An answer may repeat the end of the cursor's line, the lines above it, or the definition around
it, in other words even. Each such reading is a candidate, and so is the answer as it is. The best
score wins: at the end of the first line that no reading waits for.
"""

from __future__ import annotations

from foretype.completion.postprocess import indent
from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.definition import written_anew
from foretype.completion.postprocess.readings import (
    goes_on_below,
    of_line,
    of_lines,
    starts,
    token_starts,
)
from foretype.completion.postprocess.score import Candidate, score
from foretype.completion.postprocess.stage import Stage
from foretype.languages.columns import columns, indent_of


class Align(Stage):
    """Hold lines until the alignment is decided; then hand on what belongs behind the cursor."""

    def __init__(self, ctx: CompletionContext) -> None:
        super().__init__(ctx)
        self.imports: tuple[str, ...] = ()
        """Imports that stood above what is inserted: it may need them."""
        self._held: list[str] = []
        self._decided: Candidate | None = None
        self._first: str | None = None
        """The first line with text that was handed on, as it stands in the file."""
        self._here = self._there = 0
        self._shift: int | None = None
        self._waiting: list[str] = []

    def push(self, line: str) -> list[str]:
        if self._decided is not None:
            return self._placed(line)
        self._held.append(line)
        return self._decide(ended=False)

    def flush(self) -> list[str]:
        given = [] if self._decided is not None else self._decide(ended=True)
        return given + self._waiting

    def may_repeat(self, line: str) -> bool:
        """Whether a line that has begun may turn out to be one that stands above the cursor."""
        if self._decided is not None:
            return False
        begun, before = line.strip(), self.ctx.before
        stood = (each.strip() for each in [*self.ctx.prefix_lines, *self.ctx.suffix_lines])
        tails = (before[at:] for at in token_starts(before))
        return any(each.startswith(begun) for each in (*stood, *tails))

    # --- the head -----------------------------------------------------------------------------

    def _decide(self, *, ended: bool) -> list[str]:
        held = self._held
        candidates = self.readings(held, ended=ended)
        if not candidates:
            return []
        best = max(candidates, key=lambda each: score(each, self.rest(each), self.ctx))
        return self._taken(best, held, ended)

    def readings(self, held: list[str], *, ended: bool) -> list[Candidate]:
        """The candidates for the lines that came so far; none while one more line is needed."""
        self._held = held
        first = next((n for n, line in enumerate(held) if line.strip()), None)
        if first is None:
            return [Candidate(0, 0)] if ended and held else []
        found = written_anew(held, first, self.ctx, ended=ended)
        if found is not None:
            self.imports, self.done = found.imports, found.never
            return [found.candidate] if found.candidate else []
        candidates = []
        above = [] if goes_on_below(held, first, self.ctx) else starts(held, first, self.ctx)
        for start in above:
            each = of_lines(held, first, start, self.ctx, ended=ended)
            if each is None:
                return []
            candidates += [each] if each else []
        return [*of_line(held, first, self.ctx), *candidates]

    def rest(self, candidate: Candidate) -> str:
        """What would stand behind the cursor: the lead, the first line, and one more."""
        lines = self._held[candidate.line :]
        end = next((n for n, line in enumerate(lines) if line.strip()), 0)
        return candidate.lead + "".join(lines[: end + 2])[candidate.column :]

    # --- placing ------------------------------------------------------------------------------

    def _taken(self, best: Candidate, held: list[str], ended: bool) -> list[str]:
        """Hand on the text of the candidate that was taken."""
        ctx, lines = self.ctx, held[best.line :]
        line = lines[0]
        begins_line = not ctx.before.strip()
        is_new_line = best.lead == "\n" or (best.line == 0 and not line.strip() and len(held) > 1)
        if is_new_line:
            return self._on_new_line(best, lines)
        self._there = columns(line) if best.n_lines or begins_line else 0
        self._here = columns(ctx.before)
        if begins_line and line.strip():
            second = next((each for each in lines[1:] if each.strip()), "" if ended else None)
            depth = columns(line) + (best.shift or 0)
            if best.shift is None:
                found = indent.first_depth(ctx, line, second)
                if found is None:
                    return []
                depth = found
            begun = columns(ctx.before)
            is_own = best.shift is None and depth == begun + columns(line)
            lead = indent_of(line) if is_own else indent.blanks(max(0, depth - begun), ctx)
            self._here = max(depth, begun)
            if is_own and begun and columns(line):
                # What completes the blanks before the cursor knows how deep it stands.
                self._there = self._here
            line = lead + line.lstrip(" \t")
        else:
            line = best.lead + line[best.column :]
        self._decided = best
        self._shift = best.shift
        self._first = ctx.before + line
        return [line, *self._placed_all(lines[1:])]

    def _on_new_line(self, best: Candidate, lines: list[str]) -> list[str]:
        """The text begins below the cursor's line."""
        ctx = self.ctx
        self._decided, self._shift = best, best.shift
        self._first, self._here, self._there = ctx.before, columns(ctx.before), 0
        if best.lead:
            line = lines[0]
            depth = indent.depth_below(line.lstrip(), self._here, ctx)
            self._there, self._here = columns(line), depth
            self._first = indent.blanks(depth, ctx) + line.lstrip(" \t")
            return ["\n", self._first, *self._placed_all(lines[1:])]
        # What begins with a line end stands where it does.
        self._there = self._here
        return self._placed_all(lines)

    def _placed_all(self, lines: list[str]) -> list[str]:
        return [each for line in lines for each in self._placed(line)]

    def _placed(self, line: str) -> list[str]:
        """A line after the first, where the file has it; held until the shift is known."""
        if self._shift is not None:
            return [indent.moved(line, self._shift, self.ctx)]
        if not line.strip():
            self._waiting.append(line)
            return []
        assert self._first is not None
        first, n_blank = self._first.rstrip("\n"), len(self._waiting)
        pair = indent.Pair(first, line, self._here, self._there, n_blank)
        self._shift = indent.shift_of(pair, self.ctx)
        waiting, self._waiting = self._waiting, []
        return [*waiting, indent.moved(line, self._shift, self.ctx)]
