"""What is packaging and not text: thoughts, fences, commentary around code, tags and marks.

Recognized by shape: a token in pipes, brackets or angle brackets that stands where the language and
the file have none. A list of names stands only where a shape alone would hit code.
"""

from __future__ import annotations

import re

from foretype.completion.context.prompt import MARK
from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.prose import (
    is_aside,
    is_commentary,
    is_heading,
    is_list_item,
    is_opening,
    is_refusal,
    is_sentence,
)
from foretype.completion.postprocess.stage import Stage
from foretype.languages.columns import is_comment, left_open, open_quote
from foretype.languages.lexical import Scope
from foretype.languages.outline import header

_STEMS = "think|thought|reason|reflect"
_NAMED = rf"(?:[a-z_:]*(?:{_STEMS})[a-z_]*|[A-Z_]*(?:{_STEMS.upper()})[A-Z_]*)"
THOUGHT = re.compile(
    rf"(?P<close></{_NAMED}>|\[/[A-Z_]*(?:{_STEMS.upper()})[A-Z_]*\]|\u25c1/{_NAMED}\u25b7"
    rf"|<\|(?:end_|END_){_NAMED}\|>|<unused95>|<channel\|>|<\|inner_suffix\|>"
    r"|<\|channel\|>final<\|message\|>)"
    rf"|<(?:think|THINK)>|(?<!\w)(?:<{_NAMED}>|\[[A-Z_]*(?:{_STEMS.upper()})[A-Z_]*\]|\u25c1{_NAMED}\u25b7"
    rf"|<\|{_NAMED}\|>|<unused94>|<\|inner_prefix\|>"
    r"|<\|channel\|?>(?:analysis|thought)(?:<\|message\|>)?)"
)
"""A tag around thoughts: a name of thinking in the case of a tag, not of a type, in brackets of
some kind; and what a few models have that give theirs no name. None of the 298,402 lines, comments
too, that ``benches/foreign.py`` measures with has one."""
PIPED = re.compile(
    r"<[|\uff5c][\w\u2581./ -]{1,40}[|\uff5c]>|<(?:(?:fim|end_of|start_of)_\w+|EOT)>"
)
"""A control token of a model. None of the same lines has one."""
AFTER_WHICH_TEXT_BEGINS = re.compile(r"middle|fim.end|assistant|hole|START_")
WRAPPERS = frozenset(
    {"code", "completion", "answer", "insert", "output", "result", "cursor", "hole", "fill"}
)
"""Names of tags that models put around an answer on its own line. Of the 2,020 exact answers of
``benches.exact`` none lost a tag."""
TAG = re.compile(r"<(/?)([A-Za-z]\w*)>|\[(/?)([A-Z][A-Z_]{2,})\]")
FENCE_LINE = re.compile(r"[^\S\n]*(`{3,}|~~~(?!~))[ \t`]*([^\n`]*)$")
_FENCE_AT_END = re.compile(r"(?<=[^\s`\"'])[^\S\n]*`{3,}[^\S\n]*$")
_IMPORT = re.compile(
    r"(?:import\b|from\s+\S+\s+import\b|#\s*include\b|use\s+[\w:\\{]+|using\s+[\w.]+|package\s+\w"
    r"|require(?:_relative)?\b|(?:const|let|var)\s.*=\s*require\()"
)
_FOREIGN = frozenset({"bash", "sh", "shell", "console", "text", "plaintext", "output", "txt"})
"""Info strings of blocks that are not the file's code, unless that is a shell's."""
_COMMENT_ONLY = re.compile(r"\s*(?:#|//|--|/\*\s*\*/|<!--\s*-->)\s*")


def is_import(line: str) -> bool:
    """Whether a line takes names from elsewhere into a file."""
    return _IMPORT.match(line.strip()) is not None


def leads(line: str) -> bool:
    """Whether a line may stand above a definition: an import, a comment, a decorator."""
    text = line.strip()
    return not text or is_import(line) or is_comment(line) or text.startswith(("@", "#["))


class Unwrap(Stage):
    """Hand on what is text; hold a line back only where the next one decides what it is."""

    def __init__(self, ctx: CompletionContext) -> None:
        super().__init__(ctx)
        self._thinking = False
        self._closing = ""
        """The fence that ends what is wrapped; empty where nothing is."""
        self._has_thought = False
        """Thoughts were dropped."""
        self._gap = 0
        """Blank lines behind them that are dropped, too."""
        self._began = False
        """A line of text was handed on."""
        self._commented = False
        """Commentary on the answer was dropped."""
        self._held: list[str] = []
        """Lines at the beginning that are text or commentary, as the next one decides."""
        self._block: list[str] | None = None
        """The lines of a fenced block of which it is open whether it is the one."""
        self._is_foreign = False
        """The block is of another language: a command, an output."""
        self._opened: set[str] = set()
        """Names of the tags that were handed on."""
        self._above = ""
        self._quote = ""
        self._names = frozenset(each.name for each in ctx.definitions)
        begins = bool(self._names) and not ctx.before.strip()
        inner = re.escape(ctx.definitions[-1].name) if begins else r"(?!)"
        self._use = re.compile(rf"(?=\S).*\b{inner}\(")
        """An example of use, which stands at the margin."""
        self._in_function = bool(self._names) and ctx.definitions[-1].kind == "function"

    def push(self, line: str) -> list[str]:
        line = self._after_thoughts(line)
        if not line:
            return []
        line = self._without_marks(line)
        return self._sorted(line) if line else []

    def flush(self) -> list[str]:
        held, self._held = self._held, []
        if self._thinking:
            return []
        if self._block is not None:
            return self._chosen(self._block) if self._is_answer(ended=True) else []
        return [] if _says_nothing(held, self.ctx) else held

    # --- thoughts and marks -------------------------------------------------------------------

    def _after_thoughts(self, line: str) -> str:
        """What a line has after its thoughts, and before new ones."""
        while found := self._thought(line):
            head, closes = line[: found.start()], found["close"] is not None
            is_remark = self._held or self._commented or self.ctx.is_prose or is_commentary(head)
            is_text = head.strip() and not self._thinking and not (closes and is_remark)
            if self._began or is_text:
                # A tag behind text is the text's end.
                self.done = True
                return head
            line = line[found.end() :]
            self._thinking = not closes
            if closes:
                self._held, self._block, self._closing = [], None, ""
                self._has_thought, self._gap = True, 1
                line = line.lstrip("\n") if not line.strip() else line
        return "" if self._thinking else line

    def _thought(self, line: str) -> re.Match[str] | None:
        found = THOUGHT.search(line)
        if found is None or (self._thinking and found["close"]):
            return found
        is_own = self.ctx.contains(found.group().replace("/", ""))
        return None if is_own else found

    def _without_marks(self, line: str) -> str:
        """A line without control tokens and tags; it ends at one that ends the text."""
        for found in PIPED.finditer(line):
            mark = found.group()
            if mark in (MARK, self.ctx.mark) or self.ctx.contains(mark):
                continue
            is_first = not self._began and not self._held and not line[: found.start()].strip()
            if is_first and AFTER_WHICH_TEXT_BEGINS.search(mark):
                return self._without_marks(line[found.end() :])
            self.done = True
            return line[: found.start()]
        return self._without_tags(line)

    def _without_tags(self, line: str) -> str:
        for tag in TAG.finditer(line):
            head, rest = line[: tag.start()], line[tag.end() :]
            is_first = not self._began and not self._held and not head.strip()
            if not self._is_packaging(tag, is_first=is_first, alone=not (head + rest).strip()):
                self._opened.add(tag[2] or tag[4])
            elif tag[1] or tag[3] or not is_first:
                self.done = True
                return head
            else:
                rest = rest.removeprefix("\n")
                return self._without_marks(rest) if rest else ""
        return line

    def _is_packaging(self, tag: re.Match[str], *, is_first: bool, alone: bool) -> bool:
        """Whether a tag is none of the language's and none of the file's.

        A closing tag closes nothing that is open; an opening one is alone on its line, or begins
        the answer with a name as placeholders have it.
        """
        ctx, name = self.ctx, tag[2] or tag[4]
        closes = bool(tag[1] or tag[3])
        if ctx.contains(tag.group()) or (closes and name in self._opened):
            return False
        if ctx.contains(f"<{name}") or ctx.contains(f"</{name}>"):
            return False
        wraps = name.lower() in WRAPPERS
        if ctx.language.is_markup:
            return "_" in name or (wraps and name.lower() not in ("code", "output"))
        # Behind a word or a quote it may be a type, an index, or the text of a string.
        apart = not ctx.before or ctx.before[-1].isspace()
        if tag[4]:
            return closes or (alone and (apart or not is_first))
        wraps = wraps or (name.isupper() and len(name) > 2)
        if closes:
            return not ctx.is_prose or wraps or name == "s"
        stands = apart or (wraps and ctx.before[-1] not in "\"'`")
        return is_first and stands and (alone or wraps) and len(name) > 2

    # --- fences and commentary ------------------------------------------------------------------

    def _sorted(self, line: str) -> list[str]:
        """What becomes of a line: handed on, dropped, or held back."""
        if self._closing:
            return self._in_fence(line)
        fence = FENCE_LINE.match(line.rstrip("\n"))
        if self._began:
            return self._in_body(line, fence)
        if not line.strip():
            self._gap -= 1
            return self._hold(line) if self._gap < 0 and not self._commented else []
        if fence is not None:
            return self._at_fence(line, fence)
        if self._is_doubtful(line):
            return self._hold(line)
        is_remark = is_commentary(line) and (self._commented or not is_list_item(line))
        is_remark = is_remark or (self._commented and is_aside(line))
        if is_remark and not self.ctx.is_prose and not self.ctx.line_counts.get(line.strip()):
            self._held, self._commented = [], True
            return []
        held, self._held = self._held, []
        return self._given([*held, self._unquoted(line)])

    def _hold(self, line: str) -> list[str]:
        self._held.append(line)
        return []

    def _is_doubtful(self, line: str) -> bool:
        """Whether a line at the beginning is commentary if a fence follows, or nothing."""
        if is_refusal(line) or _COMMENT_ONLY.fullmatch(line):
            return True
        if is_sentence(line) and left_open(self.ctx.before) and self.ctx.after.strip():
            # Between brackets words alone may be code: ``Key in keyof Type``.
            return True
        return is_opening(line) if self.ctx.is_prose else is_heading(line)

    def _at_fence(self, line: str, fence: re.Match[str]) -> list[str]:
        """A fence at the beginning: around the text, or a part of it."""
        info = fence[2].strip().lower()
        if self.ctx.has_fences and not self._wraps(info):
            held, self._held = self._held, []
            return self._given([*held, line])
        self._held, self._closing = [], fence[1]
        self._block = None if self.ctx.is_prose else []
        is_shell = self.ctx.language.family == "shell"
        self._is_foreign = bool(self._names) and info in _FOREIGN and not is_shell
        return []

    def _wraps(self, info: str) -> bool:
        """Whether a fence is around the answer, where fences are text."""
        ctx = self.ctx
        if self._commented or self._has_thought or any(map(is_commentary, self._held)):
            return True
        line_above = ctx.before if ctx.before.strip() else ctx.line_above
        if line_above is ctx.before and not self._held:
            # No fence of the text begins behind a text.
            return True
        if ctx.in_fence:
            # A bare fence may be the one that closes the open one.
            return bool(info) or ctx.closes_fence
        is_own = not ctx.language.is_document or info in {"", "markdown", "md", "text"}
        return is_own and not line_above.rstrip().endswith(":")

    def _in_fence(self, line: str) -> list[str]:
        text = line.rstrip("\n")
        fence = FENCE_LINE.match(text)
        if fence is not None and fence[1][0] == self._closing[0]:
            return self._close()
        if end := _FENCE_AT_END.search(text):
            return self._put(text[: end.start()]) + self._close()
        return self._put(line)

    def _put(self, line: str) -> list[str]:
        """A line of a fenced block."""
        if self._block is None:
            return self._given([line])
        self._block.append(line)
        return self._chosen(self._block) if self._is_answer(ended=False) else []

    def _close(self) -> list[str]:
        """The fence closes: the text ends, or the block was not the one."""
        self._closing = ""
        if self._block is None:
            self.done = True
            return []
        if self._is_answer(ended=True):
            self.done = True
            return self._chosen(self._block)
        self._block, self._commented = None, True
        return []

    def _is_answer(self, *, ended: bool) -> bool:
        """Whether the held block is the answer: it has the cursor's definition, or is no other.

        Imports, comments and other definitions leave that open.
        """
        if self._is_foreign:
            return False
        others = has_text = False
        for line in self._block or []:
            begun = header(line)
            if begun and begun[0] in self._names:
                return True
            if leads(line):
                is_own = self._names and is_import(line)
                has_text = has_text or bool(line.strip()) and not is_own and not is_refusal(line)
            elif is_refusal(line):
                continue
            elif self._commented and (self._use.match(line) or (begun and self._in_function)):
                others = True
            elif not others or (ended and line[0] not in " \t})"):
                return True
        return ended and has_text and not others

    def _chosen(self, block: list[str]) -> list[str]:
        self._block = None
        return self._given(block)

    def _in_body(self, line: str, fence: re.Match[str] | None) -> list[str]:
        """A line of text without a fence around it, or of a chosen block."""
        ctx = self.ctx
        if fence is not None and not self._quote:
            self.done = not ctx.has_fences or (ctx.closes_fence and not fence[2].strip())
        if self.done:
            return []
        is_apart = not self._above.strip() and line[:1].strip() and not self._quote
        if is_apart and not ctx.is_prose and (is_commentary(line) or is_refusal(line)):
            self.done = True
            return []
        return self._given([line])

    def _given(self, lines: list[str]) -> list[str]:
        for line in lines:
            self._began = self._began or bool(line.strip())
            if self.ctx.scope is Scope.CODE:
                self._quote = open_quote(line, self._quote)
            self._above = line
        return lines

    def _unquoted(self, line: str) -> str:
        """A statement without the backticks around it."""
        found = re.fullmatch(r"(`+)([^`]+)\1(\n?)", line.strip(" \t"))
        is_code = self.ctx.scope is Scope.CODE and not self.ctx.language.has_backticks
        return found[2] + found[3] if found and is_code else line


def _says_nothing(lines: list[str], ctx: CompletionContext) -> bool:
    """Whether all that came is a statement that there is nothing to add, or an empty comment."""
    given = [line for line in lines if line.strip()]
    if len(given) != 1:
        return not ctx.is_prose and bool(given) and all(map(is_refusal, given))
    is_code = ctx.scope is Scope.CODE and not (ctx.before.strip() or is_comment(ctx.line_above))
    return is_refusal(given[0]) or (is_code and _COMMENT_ONLY.fullmatch(given[0]) is not None)
