"""What the steps from an answer to an insertion know of the cursor's surroundings."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from foretype.completion.context.window import Context
from foretype.completion.postprocess.coefficients import junctions
from foretype.completion.postprocess.junction import all_bigrams
from foretype.completion.postprocess.steps import steps
from foretype.languages.columns import columns, indent_of, left_open, left_open_at
from foretype.languages.lexical import Scope
from foretype.languages.outline import Definition, enclosing, header
from foretype.languages.scopes import scope_after
from foretype.languages.table import Language, of_id

READ_ABOVE, READ_BELOW = 2_400, 800
"""Characters before and after the cursor whose tokens are counted."""
READ_LINES = 80
"""Lines before and after the cursor's whose indentation is counted."""
MANY = 0.2
"""Share of the indented lines that is no accident."""
MAX_LINES = 400
"""Lines before and after the cursor's that the steps look at."""
FIRST_TOKEN = re.compile(r"\s*(\w+|[^\w\s]+)")
FENCE = re.compile(r"[^\S\n]*(`{3,}|~{3,})[^\S\n]*([^\n`]*)$", re.MULTILINE)


@dataclass(frozen=True)
class CompletionContext:
    """A cursor's surroundings, line ends as ``\\n``. Made once a generation."""

    context: Context
    mark: str
    single_line: bool = False
    """Only the rest of the line is wanted."""
    ends_line: bool = False
    """The cursor's line was completed by a suggestion that ended there."""

    def prepare(self) -> None:
        """Read the surroundings now, while the first token is waited for: 2 ms."""
        junctions()
        _ = self.junctions, self.steps, self.line_counts, self.line_starts, self.words
        _ = self.definitions, self.starts_at, self.indents, self.bracket_depth, self.mixes_tabs

    @cached_property
    def language(self) -> Language:
        """The file's language."""
        return of_id(self.context.language)

    @cached_property
    def prefix(self) -> str:
        """The text before the cursor, a long way up."""
        return _unified(self.context.above or self.context.prefix)

    @cached_property
    def prefix_lines(self) -> list[str]:
        """The last lines before the cursor; the last of them is the cursor's, up to it."""
        return self.prefix.split("\n")[-MAX_LINES:]

    @cached_property
    def before(self) -> str:
        """The cursor's line up to the cursor."""
        return self.prefix_lines[-1]

    @cached_property
    def after(self) -> str:
        """The rest of the cursor's line."""
        return self.context.after

    @cached_property
    def suffix_lines(self) -> list[str]:
        """The lines after the cursor's line."""
        return _unified(self.context.below).split("\n")[1 : MAX_LINES + 1]

    @cached_property
    def following(self) -> list[str]:
        """The lines with text after the cursor's line, blanks at their ends left out."""
        return [line.rstrip() for line in self.suffix_lines if line.strip()]

    @cached_property
    def lines_above(self) -> tuple[str, str]:
        """The last two lines with text above the cursor's, the nearest first; or empty ones."""
        found = (line for line in reversed(self.prefix_lines[:-1]) if line.strip())
        return next(found, ""), next(found, "")

    @property
    def line_above(self) -> str:
        """The last line with text above the cursor's line; empty where there is none."""
        return self.lines_above[0]

    @cached_property
    def depths_around(self) -> list[int]:
        """The columns of the blocks that the cursor's line may belong to, the innermost first."""
        found: list[int] = []
        for line in reversed(self.prefix_lines[:-1]):
            if line.strip() and (not found or columns(line) < found[-1]):
                found.append(columns(line))
        return found

    @cached_property
    def bracket_depth(self) -> int:
        """The columns of the line with the innermost bracket that is open at the cursor; or -1."""
        lines = self.prefix_lines[-READ_LINES:-1]
        text = "\n".join(lines)
        stack = left_open_at(text)
        return columns(lines[text.count("\n", 0, stack[-1])]) if stack else -1

    @property
    def lines_around(self) -> list[str]:
        """The lines above and below the cursor's whose beginnings are looked at."""
        return [*self.prefix_lines[-READ_LINES:-1], *self.suffix_lines[:READ_LINES]]

    @cached_property
    def starts_at(self) -> dict[str, set[int]]:
        """The columns at which the lines around the cursor begin with each token."""
        found: dict[str, set[int]] = {}
        for line in self.lines_around:
            if token := FIRST_TOKEN.match(line):
                found.setdefault(token[1], set()).add(columns(line))
        return found

    @cached_property
    def indents(self) -> dict[int, str]:
        """The white space with which the lines around the cursor begin, by its columns.

        Of two kinds the nearest line above counts: files mix them, most often by function.
        """
        lines = [*self.suffix_lines[:READ_LINES], *self.prefix_lines[-READ_LINES:-1]]
        found = [indent_of(line) for line in lines if line.strip()]
        return {columns(each): each for each in found}

    @cached_property
    def line_counts(self) -> Counter[str]:
        """How often each line stands around the cursor, its white space left out."""
        return Counter(line.strip() for line in [*self.prefix_lines, *self.following])

    @cached_property
    def words(self) -> frozenset[str]:
        """The words around the cursor, the one that is being typed left out."""
        begun = re.search(r"\w*$", self.prefix)
        assert begun is not None
        text = self.prefix[: begun.start()] + "\n" + "\n".join(self.suffix_lines)
        return frozenset(re.findall(r"\w+", text))

    @cached_property
    def line_starts(self) -> frozenset[str]:
        """The first tokens of the lines around the cursor."""
        lines = [*self.prefix_lines[:-1], *self.following]
        found = map(FIRST_TOKEN.match, lines)
        return frozenset(each[1] for each in found if each)

    @cached_property
    def junctions(self) -> tuple[Counter[str], Counter[str]]:
        """How often each pair of token classes stands around the cursor, and each first one."""
        around = self.prefix[-READ_ABOVE:-1] + "\n" + "\n".join(self.suffix_lines)[:READ_BELOW]
        return _with_firsts(Counter(all_bigrams(around)))

    @cached_property
    def steps(self) -> tuple[Counter[str], Counter[str]]:
        """How often each step of indentation stands around the cursor, and each kind of it."""
        return _with_firsts(
            steps(
                [*self.prefix_lines[-READ_LINES:-1], "", *self.suffix_lines[:READ_LINES]],
                self.unit,
                self.context.language,
            )
        )

    @cached_property
    def definitions(self) -> list[Definition]:
        """The functions and classes around the cursor, the outermost first.

        They include one that begins on the cursor's line.
        """
        begins, above = bool(self.before.strip()), self.line_above
        lines = self.prefix_lines if begins else self.prefix_lines[:-1]
        found = enclosing(lines, columns(self.before or above) + begins)
        if not self.language.has_braces:
            return found
        # What is only declared, as an overload is, has no body for the cursor to be in.
        return [d for d in found if "{" in left_open("\n".join(lines[d.line :]))]

    @cached_property
    def siblings(self) -> frozenset[str]:
        """The names of definitions beside the innermost one, of its kind. There must be one."""
        inner = self.definitions[-1]
        column = inner.column

        def is_within(line: str) -> bool:
            # What is around both of them begins, or ends, further to the left.
            return not line.strip() or columns(line) >= column

        above = takewhile(is_within, reversed(self.prefix_lines[:-1]))
        lines = [*above, *takewhile(is_within, self.suffix_lines)]
        begun = (header(line) for line in lines if line.strip() and columns(line) == column)
        return frozenset(name for name, kind in filter(None, begun) if kind == inner.kind) - {
            inner.name
        }

    @cached_property
    def scope(self) -> Scope:
        """What the cursor stands in."""
        return self.context.scope or scope_after(self.prefix, self.context.language)

    @cached_property
    def is_prose(self) -> bool:
        """Whether English may stand here: prose files, comments and strings."""
        return self.language.is_prose or self.scope is not Scope.CODE

    @cached_property
    def unit(self) -> str:
        """One step of indentation."""
        return self.context.indentation

    @cached_property
    def has_tabs(self) -> bool:
        """Whether some of the lines around begin with a tab."""
        return any("\t" in indent_of(line) for line in self.prefix_lines + self.suffix_lines)

    @cached_property
    def indentations(self) -> Counter[str]:
        """How often the lines around the cursor begin with each white space."""
        return Counter(filter(None, map(indent_of, filter(str.strip, self.lines_around))))

    @cached_property
    def mixes_tabs(self) -> bool:
        """Whether of the indented lines around many begin with a tab, and many with a blank.

        Where a tab is twice as wide as a step, every other step begins so.
        """
        by_tab = sum(n for each, n in self.indentations.items() if each[0] == "\t")
        return MANY <= by_tab / max(1, self.indentations.total()) <= 1 - MANY

    @cached_property
    def has_fences(self) -> bool:
        """Whether fences are text here: in Markdown, and in a comment or string that has one."""
        return self.language.is_document or (
            self.scope is not Scope.CODE and FENCE.search(self.prefix) is not None
        )

    @cached_property
    def in_fence(self) -> bool:
        """Whether the lines above leave a code fence open."""
        is_open = False
        for fence in FENCE.finditer(self.prefix) if self.has_fences else ():
            # What names a language opens, also where the first lines are cut off.
            is_open = bool(fence[2].strip()) or not is_open
        return is_open

    @cached_property
    def closes_fence(self) -> bool:
        """Whether the fence that is open at the cursor is closed below."""
        below = FENCE.search("\n".join(self.suffix_lines))
        return self.in_fence and below is not None and not below[2].strip()

    @cached_property
    def _contained(self) -> dict[str, bool]:
        return {}

    def contains(self, literal: str) -> bool:
        """Whether the file itself has a text around the cursor, so that it may be meant."""
        if literal not in self._contained:
            where = self.context.prefix, self.context.suffix
            self._contained[literal] = any(literal in text for text in where)
        return self._contained[literal]


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with_firsts(pairs: Counter[str]) -> tuple[Counter[str], Counter[str]]:
    firsts: Counter[str] = Counter()
    for pair, count in pairs.items():
        firsts[pair.partition(" ")[0]] += count
    return pairs, firsts
