"""Which part of an answer belongs behind the cursor, and what is put before it.

An answer may repeat the end of the cursor's line, the lines above it, or the definition around
it, in other words even. Each such reading is a candidate, and so is the answer as it is. The best
score wins: at the end of the first line that no reading waits for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from foretype.completion.context.prompt import MARK
from foretype.completion.postprocess import indent
from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.score import Candidate, score
from foretype.completion.postprocess.stage import Stage
from foretype.completion.postprocess.tokens import token_class
from foretype.completion.postprocess.unwrap import is_import
from foretype.languages.columns import columns, indent_of, is_comment
from foretype.languages.lexical import Scope
from foretype.languages.outline import Definition, header

MAX_TOKENS = 12
"""Tokens before the cursor that may be repeated one by one."""
MAX_STARTS = 8
"""Equal lines above at which a repetition may begin, the last ones."""

OPENERS = frozenset({"{", "(", "[", '"""', "'''", "/*", "/**"})
_TOKEN = re.compile(r"\w+|[^\w\s]+?(?=\w|\s|$)|[^\w\s]")
_DOCSTRING = re.compile(r"\s*[rRbBuUfF]{0,2}(\"\"\"|''')")


class Align(Stage):
    """Hold lines until the alignment is decided; then hand on what belongs behind the cursor."""

    def __init__(self, ctx: CompletionContext) -> None:
        super().__init__(ctx)
        self.imports: list[str] = []
        """Imports that stood above what is inserted: it may need them."""
        self._held: list[str] = []
        self._decided: Candidate | None = None
        self._first: str | None = None
        """The first line with text that was handed on, as it stands in the file."""
        self._here = self._there = 0
        self._shift: int | None = None
        self._apart = False
        self._ends_at: int | None = None
        """The columns of a definition in the answer that ends the text; none without one."""

    def push(self, line: str) -> list[str]:
        if self._decided is not None:
            return self._placed(line)
        self._held.append(line)
        return self._decide(ended=False)

    def flush(self) -> list[str]:
        given = [] if self._decided is not None else self._decide(ended=True)
        if self._waiting:
            given += self._released(self._waiting, 0)
        return given

    def may_repeat(self, line: str) -> bool:
        """Whether a line that has begun may turn out to be one that stands above the cursor."""
        if self._decided is not None:
            return False
        begun, before = line.strip(), self.ctx.before
        starts = [found.start() for found in _TOKEN.finditer(before)][-MAX_TOKENS:]
        stood = (each.strip() for each in [*self.ctx.prefix_lines, *self.ctx.suffix_lines])
        return any(each.startswith(begun) for each in (*stood, *(before[at:] for at in starts)))

    # --- the head -----------------------------------------------------------------------------

    _waiting: list[str]

    def _decide(self, *, ended: bool) -> list[str]:
        self._waiting = []
        held = self._held
        candidates = self.readings(held, ended=ended)
        if not candidates or self.done:
            return []
        best = max(candidates, key=lambda each: score(each, self.rest(each), self.ctx))
        return self._taken(best, held, ended)

    def readings(self, held: list[str], *, ended: bool) -> list[Candidate]:
        """The candidates for the lines that came so far; none while one more line must tell."""
        self._held = held
        first = next((n for n, line in enumerate(held) if line.strip()), None)
        if first is None:
            return [Candidate(0, 0)] if ended and held else []
        found = list(self._of_definition(first, ended=ended))
        if found:
            return [each for each in found if each is not None]
        candidates = []
        for start in self._starts(first):
            each = self._of_lines(first, start, ended=ended)
            if each is None:
                return []
            candidates += [each] if each else []
        return [*self._of_line(first), *candidates]

    def rest(self, candidate: Candidate) -> str:
        """What would stand behind the cursor: the lead, the first line, and one more."""
        lines = self._held[candidate.line :]
        end = next((n for n, line in enumerate(lines) if line.strip()), 0)
        return candidate.lead + "".join(lines[: end + 2])[candidate.column :]

    def _of_line(self, first: int) -> Iterator[Candidate]:
        """The answer as it is, and what repeats or lacks something of the cursor's line."""
        yield Candidate(0, 0)
        before, line = self.ctx.before, self._held[first]
        text = line.rstrip("\n")
        blanks = len(indent_of(text))
        in_code = self.ctx.scope is Scope.CODE
        opener = self.ctx.line_above.rstrip()[-1:]
        if not before.strip() and opener == "{" and text.strip() == opener:
            # The line above ends with the bracket that this one is.
            yield Candidate(first + 1, 0, n_lines=1, n_chars=4)
        if not before.strip():
            depth = columns(text)
            leaves = depth < columns(before) and not self.ctx.has_braces
            is_below = indent.BEGINS_BELOW.match(text.lstrip()) is not None
            if first and not (is_below and (leaves or text[:blanks] == before != "")):
                yield Candidate(first, 0)
            return
        if self._joins(before, text, blanks) if first else self._clings(before, text, blanks):
            yield Candidate(first, blanks)
        if not first and self._is_finished(before):
            if not text[:1].isspace() and before[-1] not in " \t\"'`([{.@$#<":
                yield Candidate(0, 0, " ")
            if in_code and before[-1] not in ".@$#" and not self.ctx.after.strip():
                yield Candidate(0, 0, "\n")
        typed = before.strip()
        starts = [found.start() for found in _TOKEN.finditer(before)][-MAX_TOKENS:]
        for start in {len(before) - len(before.lstrip()), *starts}:
            tail = before[start:].rstrip()
            if tail and text.startswith(tail, blanks) and (not first or tail == typed):
                # Behind a blank, a word is whole: one that begins alike is another.
                is_within = re.match(r"\w\w", text[blanks + len(tail) - 1 :]) is not None
                if is_within and (before[-1].isspace() or blanks):
                    continue
                if first and not text[blanks + len(tail) :].strip():
                    continue
                at = self._behind(text, blanks + len(tail))
                again = blanks > 0 and text.startswith(before.rstrip())
                behind = blanks > 0 and not again
                yield Candidate(first, at, echo=tail, is_behind_blanks=behind, is_line=again)
        loose_end = loosely_after(text, typed)
        if loose_end is not None and not text.startswith(typed, blanks):
            yield Candidate(first, self._behind(text, loose_end), echo=typed)

    def _joins(self, before: str, text: str, blanks: int) -> bool:
        """Whether a line end before a text may be one too many: the cursor's line waits for more.

        No line ends in a blank; any may be followed by one that is indented. In Markdown a line
        may end anywhere.
        """
        if self.ctx.is_markdown:
            return before[-1].isspace()
        if before[-1].isspace() or (before[-1] == "." and self.ctx.scope is Scope.CODE):
            return True
        if blanks or self.ctx.scope is not Scope.CODE:
            return before[-1] in "\"'`" and not blanks
        return before[-1] in "([{=,+-*/%&|<>!:\"'`@$" or text[0] in "([.,;:"

    def _clings(self, before: str, text: str, blanks: int) -> bool:
        """Whether blanks before a text may be too many: one of both sides clings to the other."""
        if not blanks or (blanks > 2 and blanks != len(indent_of(before))):
            return False
        in_code = self.ctx.scope is Scope.CODE
        if before[-1].isspace() or (in_code and before[-1] in "([{"):
            return True
        return in_code and (before[-1] in ".:@$" or text[blanks] in ".,;:)]")

    def _is_finished(self, before: str) -> bool:
        """Whether the word that a line ends with, if it does, is known: another may be half."""
        word = re.search(r"\w+$", before)
        if word is None or self.ctx.ends_line or word.group() in self.ctx.words:
            return True
        return token_class(word.group()) not in "nN"

    def _behind(self, text: str, at: int) -> int:
        """Where the rest begins behind an echo: the blanks before the cursor are there already."""
        before = self.ctx.before
        n_blanks = len(before) - len(before.rstrip())
        while n_blanks and text[at : at + 1] in (" ", "\t"):
            at, n_blanks = at + 1, n_blanks - 1
        return at

    def _starts(self, first: int) -> list[int]:
        """The lines above at which a repetition may begin, the longest first."""
        lines, text = self.ctx.prefix_lines, self._held[first].strip()
        found = [n for n, line in enumerate(lines[:-1]) if line.strip() == text]
        return found[-MAX_STARTS:]

    def _of_lines(
        self, first: int, start: int, *, ended: bool
    ) -> Candidate | Literal[False] | None:
        """The answer as a repetition of the lines from one on; None while it may yet be one."""
        ctx = self.ctx
        stood, given = ctx.prefix_lines[start:], self._held[first:]
        n_whole = len(stood) - 1
        for have, want in zip(given, stood[:-1], strict=False):
            if have.strip() != want.strip():
                return False
        if n_whole == 1 and not re.search(r"\w", stood[0]) and stood[0].strip() not in OPENERS:
            # A closer stands below a closer more often than it is said again.
            return False
        if len(given) <= n_whole:
            return False if ended else None
        line, text = first + n_whole, given[n_whole].rstrip("\n")
        typed, at = stood[-1].strip(), len(indent_of(text))
        if typed:
            behind = loosely_after(text, typed)
            if behind is None:
                return False
            at = self._behind(text, behind)
        said, was = next(
            ((g, s) for g, s in reversed(list(zip(given, stood[:-1], strict=False))) if s.strip()),
            (given[0], stood[0]),
        )
        return Candidate(
            line,
            at if typed else 0,
            echo=typed,
            n_lines=n_whole,
            n_chars=sum(len(each.strip()) for each in stood[:-1]),
            is_common=ctx.line_counts.get(stood[0].strip(), 0) > 1,
            begins_where="top" if start == 0 and n_whole > 1 else "",
            shift=columns(was) - columns(said),
        )

    # --- the definition around the cursor -----------------------------------------------------

    def _of_definition(self, first: int, *, ended: bool) -> Iterator[Candidate | None]:
        """The part of the cursor's definition, written anew, that belongs behind the cursor.

        None while it may yet come. What the answer has and the file has not in this way ends it.
        """
        ctx = self.ctx
        if not ctx.definitions or ctx.scope is not Scope.CODE:
            return
        inner, held = ctx.definitions[-1], self._held
        if inner.line == len(ctx.prefix_lines) - 1 and not ctx.before.rstrip().endswith((":", "{")):
            # Half a header is a line like any other.
            return
        outer = {each.name for each in ctx.definitions[:-1]}
        inside = False
        at: int | None = None
        for number, line in enumerate(held[first:], first):
            begun = header(line)
            if begun and begun[0] == inner.name:
                at = number
                break
            # The class around, or a method beside it, promises that the cursor's comes, too.
            inside = inside or (begun is not None and begun[0] in outer | ctx.siblings)
            if not (inside or _leads(line)):
                return
        if at is None:
            if inside and ended:
                self.done = True
            elif not ended:
                yield None
            return
        self.imports = [line.strip() for line in held[:at] if is_import(line)]
        found = self._within(inner, at)
        if found is None and ended or found is None and self._is_past(at):
            self.done = True
        else:
            self._ends_at = columns(held[at]) if found else None
            yield found

    def _is_past(self, at: int) -> bool:
        """Whether the definition in the answer has ended."""
        depth = columns(self._held[at])
        end = header_end(self._held, at)
        return end is not None and any(
            line.strip() and columns(line) <= depth and line.lstrip()[0] not in ")]}{"
            for line in self._held[end:]
        )

    def _within(self, inner: Definition, at: int) -> Candidate | None:
        """What follows, in the definition that begins at a line, what stands before the cursor."""
        ctx, held, lines = self.ctx, self._held, self.ctx.prefix_lines
        shift = inner.column - columns(held[at])
        typed = ctx.before.strip()
        if inner.line == len(lines) - 1:
            after = loosely_after(held[at].rstrip("\n"), typed)
            if after is not None:
                return self._candidate(at, self._behind(held[at].rstrip("\n"), after), shift)
            ends, end = typed.endswith((":", "{")), header_end(held, at)
            return self._candidate(end, 0, shift, "\n") if ends and end is not None else None
        end, stood = header_end(held, at), header_end(lines, inner.line)
        if end is None or stood is None:
            return None
        if stood >= len(lines):
            stood = len(lines) - 1
        while end < len(held) and held[end].strip() == "{":
            end += 1
        known = [line for line in lines[stood:-1] if line.strip() and line.strip() != "{"]
        has_docstring = bool(known) and _DOCSTRING.match(known[0]) is not None
        code = _without_docstring(known)
        begin = _docstring_end(held, end) if has_docstring else end
        if begin is None:
            return None
        comments = {loose(line) for line in code if is_comment(line)}
        wanted = [loose(line) for line in code if not is_comment(line)]
        known_at = {loose(line): columns(line) for line in code}
        base: int | None = None
        for number in range(begin, len(held)):
            line = held[number]
            if not line.strip() or (is_comment(line) and (wanted or loose(line) in comments)):
                continue
            if wanted:
                if loose(line) in wanted:
                    wanted = wanted[wanted.index(loose(line)) + 1 :]
                    base = known_at[loose(line)] - columns(line)
                continue
            if base is not None:
                shift = base
            elif typed or ctx.before:
                shift = columns(ctx.before) - columns(line)
            else:
                shift = inner.column + columns(ctx.unit) - columns(line)
            if not typed:
                return self._candidate(number, 0, shift)
            after = loosely_after(line.rstrip("\n"), typed)
            if after is not None:
                return self._candidate(number, self._behind(line.rstrip("\n"), after), shift)
        return None

    def _candidate(self, line: int, column: int, shift: int, lead: str = "") -> Candidate | None:
        if line >= len(self._held):
            return None
        return Candidate(line, column, lead, begins_where="definition", shift=shift)

    # --- placing ------------------------------------------------------------------------------

    def _taken(self, best: Candidate, held: list[str], ended: bool) -> list[str]:
        """Hand on the text of the candidate that was taken."""
        ctx, lines = self.ctx, held[best.line :]
        if not lines:
            return []
        line = lines[0]
        begins_line = not ctx.before.strip() and not best.echo and best.column == 0
        is_new_line = best.lead == "\n" or (best.line == 0 and not line.strip() and len(held) > 1)
        if is_new_line:
            return self._on_new_line(best, lines, ended)
        if best.n_lines and best.line == len(held):
            return []
        self._there = columns(line) if best.n_lines or begins_line else 0
        self._here = columns(ctx.before)
        if begins_line and line.strip():
            second = next((each for each in lines[1:] if each.strip()), "" if ended else None)
            lead = (
                indent.missing(ctx, line, second) if best.shift is None else self._led(best, line)
            )
            if lead is None:
                return []
            self._here = columns(ctx.before + lead)
            if ctx.before and lead == indent_of(line) and lead:
                self._there = self._here
            line = lead + line.lstrip(" \t")
        else:
            line = best.lead + line[best.column :]
        self._decided = best
        self._shift = best.shift
        self._first = ctx.before + line
        return [line, *self._placed_all(lines[1:])]

    def _led(self, best: Candidate, line: str) -> str:
        """The blanks of a first line that is moved as those around it."""
        wanted = indent_of(indent.moved(line, best.shift or 0, self.ctx.unit))
        before = self.ctx.before
        return wanted[len(before) :] if wanted.startswith(before) else ""

    def _on_new_line(self, best: Candidate, lines: list[str], ended: bool) -> list[str]:
        """The text begins below the cursor's line."""
        ctx = self.ctx
        self._decided, self._shift = best, best.shift
        self._first, self._here, self._there = ctx.before, self._statement_column(), 0
        if best.lead and best.shift is None:
            line = lines[0]
            lead = line[: len(line) - len(line.lstrip())]
            wanted = indent.below(ctx.before, line.lstrip(), ctx)
            self._there, self._here = columns(line), columns(lead or wanted)
            if not lead or columns(lead) < columns(wanted):
                lead, self._here = wanted, columns(wanted)
            self._first = lead + line.lstrip(" \t")
            return ["\n", self._first, *self._placed_all(lines[1:])]
        start = ["\n"] if best.lead else []
        return [*start, *self._placed_all(lines)]

    def _statement_column(self) -> int:
        """The columns of the statement that the cursor's line ends, which may begin further up."""
        before = self.ctx.before
        depth = columns(before)
        if before.count(")") <= before.count("("):
            return depth
        above = (columns(line) for line in reversed(self.ctx.prefix_lines[:-1]) if line.strip())
        return next((found for found in above if found < depth), depth)

    def _placed_all(self, lines: list[str]) -> list[str]:
        return [each for line in lines for each in self._placed(line)]

    def _placed(self, line: str) -> list[str]:
        """A line after the first, where the file has it; held until the shift is known."""
        if self.done:
            return []
        leaves = self._ends_at is not None and columns(line) <= self._ends_at
        if leaves and line.strip() and line.lstrip()[0] not in ")]}":
            self.done = True
            return []
        if self._shift is not None:
            return [indent.moved(line, self._shift, self.ctx.unit)]
        if not line.strip():
            self._waiting.append(line)
            return []
        assert self._first is not None
        ctx_before = self.ctx.before
        self._shift = indent.shift_of(
            self._first.rstrip("\n"),
            line,
            here=self._here,
            there=self._there,
            apart=bool(self._waiting),
            is_joined=bool(ctx_before.strip()),
            ctx=self.ctx,
        )
        waiting, self._waiting = self._waiting, []
        return self._released([*waiting, line], self._shift)

    def _released(self, lines: list[str], shift: int) -> list[str]:
        return [indent.moved(line, shift, self.ctx.unit) for line in lines]


class CursorMark(Stage):
    """Drop the prompt's own mark; what is repeated before it is left to the alignment."""

    def __init__(self, ctx: CompletionContext) -> None:
        super().__init__(ctx)
        self._marks = [mark for mark in {ctx.mark, MARK} if not ctx.contains(mark)]
        self._seen = self._began = False

    def push(self, line: str) -> list[str]:
        for mark in self._marks:
            head, found, rest = line.partition(mark)
            if not found:
                continue
            if self._seen:
                self.done = True
                return [head] if head else []
            self._seen = True
            last, typed = head.strip(), self.ctx.before.strip()
            if not last and not self._began:
                return self.push(rest) if rest else []
            repeats = typed.endswith(last) if last else not typed
            if not repeats:
                self.done = True
                return [head]
            if last and last == typed and not self._began:
                return self.push(rest)
            return self.push(head + rest)
        for mark in self._marks:
            # Half of it, where the answer was cut.
            at = line.rfind(mark[:4])
            if at >= 0 and mark.startswith(line[at:]):
                return [line[:at]] if at else []
        self._began = self._began or bool(line.strip())
        return [line]


class Units(Stage):
    """Indent the lines after the first by the file's own character."""

    def __init__(self, ctx: CompletionContext) -> None:
        super().__init__(ctx)
        self._n = 0
        self._width: int | None = None
        self._first = ctx.before

    def push(self, line: str) -> list[str]:
        self._n += 1
        blanks, unit = indent_of(line), self.ctx.unit
        if self._n == 1:
            self._first = line if not self.ctx.before.strip() else self.ctx.before + line
            return [line]
        if not blanks or not line.strip():
            return [line]
        if unit == "\t" and " " in blanks:
            width = self._width = self._width or self._blanks_a_step(len(blanks))
            n = len(blanks.expandtabs(width))
            return ["\t" * (n // width) + " " * (n % width) + line[len(blanks) :]]
        if unit != "\t" and "\t" in blanks and not self.ctx.has_tabs:
            width = self._width = self._width or self._tab_width(blanks)
            return [blanks.replace("\t", " " * width) + line[len(blanks) :]]
        return [line]

    def _depths(self) -> tuple[int, ...]:
        depth = 1 if indent.opens(self._first.rstrip(), self.ctx) else 0
        return (depth, 1 - depth)

    def _blanks_a_step(self, n: int) -> int:
        base = self.ctx.before.count("\t")
        for depth in (base + each for each in self._depths()):
            if depth and n % depth == 0 and n // depth in (2, 3, 4, 8):
                return n // depth
        return 4

    def _tab_width(self, blanks: str) -> int:
        step, base = len(self.ctx.unit), columns(self.ctx.before)
        tabs, rest = blanks.count("\t"), blanks.count(" ")
        wanted = {base + each * step for each in self._depths()[:1]}
        widths = (step, 4, 2, 8, 3)
        return next((width for width in widths if tabs * width + rest in wanted), step)


def loose(line: str) -> str:
    """A line without its white space, its quotes alike."""
    return re.sub(r"\s+|;$", "", line.replace("'", '"')).rstrip(",;")


def loosely_after(text: str, typed: str) -> int | None:
    """Where a line goes on behind what is typed, white space aside; None where it is another."""
    at = 0
    for char in typed:
        if char.isspace():
            continue
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text) or (text[at] != char and {text[at], char} != {'"', "'"}):
            return None
        at += 1
    return at


def header_end(lines: list[str], start: int) -> int | None:
    """The line after the header that begins at a line; None where it has not ended."""
    depth = 0
    for number in range(start, min(len(lines), start + 30)):
        text = re.sub(r"#\s.*|//.*|\"[^\"]*\"|'[^']*'", "", lines[number]).rstrip()
        depth += sum(text.count(c) for c in "([") - sum(text.count(c) for c in ")]")
        if depth <= 0:
            return number + 1
    return None


def _leads(line: str) -> bool:
    """Whether a line may stand above a definition: an import, a comment, a decorator."""
    text = line.strip()
    return not text or is_import(line) or is_comment(line) or text.startswith(("@", "#["))


def _docstring_end(lines: list[str], start: int) -> int | None:
    """The line after a definition's docstring; None while it has not ended."""
    for number in range(start, len(lines)):
        if not lines[number].strip():
            continue
        found = _DOCSTRING.match(lines[number])
        if found is None:
            return start
        if found[1] in lines[number][found.end() :]:
            return number + 1
        for end in range(number + 1, len(lines)):
            if found[1] in lines[end]:
                return end + 1
        return None
    return start


def _without_docstring(lines: list[str]) -> list[str]:
    end = _docstring_end(lines, 0)
    return [] if end is None else lines[end:]
