"""What every clean-up step takes and gives.

A step sees all that has come so far and gives the part of it that is certain: a longer stream
only ever extends what a shorter one gave. What is undecided, such as half a mark, is held back
until more comes or the stream ends. So the outcome is the same however the stream was cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from foretype.completion.context.prompt import EXAMPLE, headers, titles
from foretype.completion.context.window import Context
from foretype.languages import table
from foretype.languages.columns import columns, indent_of
from foretype.languages.lexical import Scope
from foretype.languages.scopes import scope_after
from foretype.languages.table import Language

MAX_LINES_AROUND = 200
"""Lines before and after the cursor's that the steps look at."""

_DEFINES = re.compile(
    r"(?:[a-z]+ ){0,4}?(?:def|class|function|func|fn|interface|struct|impl|trait|enum)\b"
)
_EXAMPLE_HEADERS = tuple(re.findall(r"^\w+: .+", EXAMPLE[0].content, re.MULTILINE))
# Whatever the file's is: no language has such a line.
_INDENTATIONS = ("Indentation: tabs", *(f"Indentation: {n} spaces" for n in range(1, 9)))
FENCE_LINE = re.compile(r"^[^\S\n]*(?:`{3,}|~{3,})([^\n`]*)", re.MULTILINE)


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
        return Flow(text, self.final, self.done)

    def end(self, text: str) -> Flow:
        """The stream ends here; what would follow is not wanted."""
        return Flow(text, final=True, done=True)


@dataclass(frozen=True)
class CompletionContext:
    """What the steps need to know of the place, line ends as ``\\n``. Made once a generation."""

    context: Context
    mark: str
    single_line: bool = False
    """Only the rest of the line is wanted."""
    own_line: bool = False
    """The end of the cursor's line is a text of foretype's own that came to its end there."""

    @cached_property
    def prefix(self) -> str:
        """The text before the cursor, a long way up."""
        return _unified(self.context.above or self.context.prefix)

    @cached_property
    def prefix_lines(self) -> list[str]:
        """The last lines before the cursor; the last of them is the cursor's, up to it."""
        return self.prefix.split("\n")[-MAX_LINES_AROUND:]

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
        return _unified(self.context.below).split("\n")[1 : MAX_LINES_AROUND + 1]

    @cached_property
    def following(self) -> list[str]:
        """The lines with text after the cursor's line, blanks at their ends left out."""
        return [line.rstrip() for line in self.suffix_lines if line.strip()]

    def is_common(self, line: str) -> bool:
        """Whether a line stands above or again below, so that it proves nothing."""
        stripped = line.strip()
        below = sum(1 for other in self.following if other.strip() == stripped)
        return stripped in self.places_of_lines or below > 1

    @cached_property
    def prompt_lines(self) -> tuple[str, ...]:
        """The lines that foretype itself writes into a prompt, but for its instructions."""
        own = (*headers(self.context), *titles(self.context))
        return tuple(dict.fromkeys((*own, *_EXAMPLE_HEADERS, *_INDENTATIONS)))

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
    def words(self) -> frozenset[str]:
        """The words around the cursor, the one that is being typed left out."""
        begun = re.search(r"\w*$", self.prefix)
        assert begun is not None
        text = self.prefix[: begun.start()] + "\n" + "\n".join(self.suffix_lines)
        return frozenset(re.findall(r"\w+", text))

    @cached_property
    def indent(self) -> str:
        """The white space that the cursor's line begins with."""
        return indent_of(self.before)

    @cached_property
    def line_above(self) -> str:
        """The last line with text above the cursor's line; empty where there is none."""
        return next((line for line in reversed(self.prefix_lines[:-1]) if line.strip()), "")

    @cached_property
    def spaces_brackets(self) -> bool:
        """Whether the file puts blanks inside its brackets."""
        return re.search(r"[(\[] \w", self.prefix + self.context.below) is not None

    @cached_property
    def has_tabs(self) -> bool:
        """Whether some of the lines around begin with a tab."""
        return any("\t" in indent_of(line) for line in self.prefix_lines + self.suffix_lines)

    @cached_property
    def headers(self) -> frozenset[str]:
        """The lines that begin the functions and classes around the cursor."""
        depth = columns(self.before) if self.before.strip() else columns(self.line_above) + 1
        found = []
        for line in reversed(self.prefix_lines[:-1]):
            if line.strip() and columns(line) < depth:
                depth = columns(line)
                found.append(line.strip())
        return frozenset(line for line in found if len(line) >= 8 and _DEFINES.match(line))

    @cached_property
    def scope(self) -> Scope:
        """What the cursor stands in."""
        return self.context.scope or scope_after(self.prefix, self.context.language)

    @cached_property
    def language(self) -> Language:
        """The row of the file's language."""
        return table.of_id(self.context.language)

    @cached_property
    def in_string(self) -> bool:
        return self.scope is Scope.STRING

    @cached_property
    def in_interpolation(self) -> bool:
        """Whether the cursor stands where an expression inside of a string begins."""
        if self.before.endswith(("${", "#{")):
            return True
        bare = re.sub(r"\\.", "", self.before)
        return bare.endswith("{") and (bare.count('"') % 2 == 1 or bare.count("'") % 2 == 1)

    @cached_property
    def is_prose(self) -> bool:
        """Whether English may stand here: prose files, comments and strings."""
        return self.is_prose_file or self.scope is not Scope.CODE

    @cached_property
    def is_prose_file(self) -> bool:
        """Whether English may stand anywhere in the file."""
        return self.language.is_prose

    @cached_property
    def is_markdown(self) -> bool:
        return self.language.is_document

    @cached_property
    def has_braces(self) -> bool:
        return self.language.has_braces

    @cached_property
    def is_markup(self) -> bool:
        """Whether the language has tags in angle brackets."""
        return self.language.is_markup

    @cached_property
    def has_fences(self) -> bool:
        """Whether fences are text here: in Markdown, and in a comment or string that has one."""
        if self.is_markdown:
            return True
        return self.scope is not Scope.CODE and FENCE_LINE.search(self.prefix) is not None

    @cached_property
    def in_fence(self) -> bool:
        """Whether the lines above leave a code fence open."""
        if not self.has_fences:
            return False
        is_open = False
        for info in FENCE_LINE.findall(self.prefix):
            # What names a language opens, also where the first lines are cut off.
            is_open = bool(info.strip()) or not is_open
        return is_open

    @cached_property
    def closes_fence(self) -> bool:
        """Whether the fence that is open at the cursor is closed below."""
        below = FENCE_LINE.search("\n".join(self.suffix_lines))
        return self.in_fence and below is not None and not below[1].strip()

    @cached_property
    def _held(self) -> dict[str, bool]:
        return {}

    def holds(self, mark: str) -> bool:
        """Whether the file itself has a mark around the cursor, so that it may be text."""
        if mark not in self._held:
            self._held[mark] = mark in self.context.prefix or mark in self.context.suffix
        return self._held[mark]


Step = Callable[[Flow, CompletionContext], Flow]


def hold_back(flow: Flow, marks: Sequence[str]) -> Flow:
    """Keep back an end that may be the beginning of one of the marks.

    No mark may have its first character again further on.
    """
    if flow.final or not flow.text:
        return flow
    text = flow.text
    longest = max((len(mark) for mark in marks), default=0)
    for first in {mark[0] for mark in marks}:
        at = text.rfind(first, max(0, len(text) - longest + 1))
        if at >= 0 and any(mark.startswith(text[at:]) for mark in marks):
            return flow.now(text[:at])
    return flow


def may_become(text: str, beginnings: tuple[str, ...]) -> bool:
    """Whether a text begins, or may yet begin, in one of some ways."""
    return text.startswith(beginnings) or any(each.startswith(text) for each in beginnings)


def whole_lines(text: str) -> list[str]:
    """The lines of a text, each with its line end; the last one may have none."""
    return [line + "\n" for line in text.split("\n")[:-1]] + [text[text.rfind("\n") + 1 :]]


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
