"""What is packaging and not text: thoughts, fences, talk around code, tags and marks.

Told by shape: a token in pipes, brackets or angle brackets that stands where the language and
the file have none. A list of names stands only where a shape alone would hit code.
"""

from __future__ import annotations

import re

from foretype.completion.context.prompt import MARK
from foretype.completion.postprocess.context import CompletionContext
from foretype.completion.postprocess.prose import (
    is_about_answer,
    is_aside,
    is_heading,
    is_list_item,
    is_opening,
    is_refusal,
    is_talk,
)
from foretype.completion.postprocess.stage import Stage
from foretype.languages.columns import is_comment, open_quote
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
"""Names of tags that models put around an answer on its own line."""
TAG = re.compile(r"<(/?)([A-Za-z]\w*)>|\[(/?)([A-Z][A-Z_]{2,})\]")
FENCE_LINE = re.compile(r"[^\S\n]*(`{3,}|~{3,})[^\S\n]*([^\n`]*)$")
_TALK_AND_FENCE = re.compile(r"([^`\n]*[\w.:!])[^\S\n]*(`{3,}[\w+-]*\n?)$")
_FENCE_AT_END = re.compile(r"(?<=[^\s`\"'])[^\S\n]*`{3,}[^\S\n]*$")
_IMPORT = re.compile(
    r"(?:import\b|from\s+\S+\s+import\b|#\s*include\b|use\s+[\w:\\{]+|using\s+[\w.]+|package\s+\w"
    r"|require(?:_relative)?\b|(?:const|let|var)\s.*=\s*require\()"
)
_FOREIGN = frozenset({"bash", "sh", "shell", "console", "text", "plaintext", "output", "txt"})
"""Info strings of blocks that are not the file's code, unless its language is one of them."""
_NO_BACKTICKS = frozenset(
    ("python", "java", "c", "cpp", "csharp", "rust", "css", "json", "toml", "lua", "swift", "zig")
    + ("ruby", "php", "kotlin")
)
"""Languages in which a statement that stands in backticks is quoted."""
_COMMENT_ONLY = re.compile(r"\s*(?:#+|//+|--|/\*\s*\*/|<!--\s*-->)\s*")


def is_import(line: str) -> bool:
    """Whether a line takes names from elsewhere into a file."""
    return _IMPORT.match(line.strip()) is not None


class Unwrap(Stage):
    """Hand on what is text; hold a line back only where the next one tells what it is."""

    def __init__(self, ctx: CompletionContext) -> None:
        super().__init__(ctx)
        self._thinking = False
        self._closing = ""
        """The tag, fence or backtick that ends what is wrapped; empty where nothing is."""
        self._nested = 0
        self._has_thought = False
        """Thoughts were dropped."""
        self._gap = 0
        """Blank lines behind them that are dropped, too."""
        self._began = False
        """A line of text was handed on."""
        self._talked = False
        """Talk about the answer was dropped."""
        self._held: list[str] = []
        """Lines at the beginning that are text or talk, as the next one tells."""
        self._block: list[str] | None = None
        """The lines of a fenced block of which it is open whether it is the one."""
        self._opened: set[str] = set()
        """Names of the tags that were handed on."""
        self._spare: list[str] = []
        """A block that is used if no better one comes."""
        self._above = ""
        self._quote = ""
        names = [each.name for each in ctx.definitions]
        self._names = frozenset(names)
        self._in_function = bool(names) and ctx.definitions[-1].kind == "function"
        inner = "|".join(map(re.escape, names[-1:]))
        self._used = re.compile(rf"(?:\b|\.)(?:{inner})\(") if inner else None

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
            return self._chosen() if self._verdict(ended=True) else self._chosen(self._spare)
        if self._spare and not self._began:
            return self._chosen(self._spare)
        return [] if _says_nothing(held, self.ctx) else held

    # --- thoughts and marks -------------------------------------------------------------------

    def _after_thoughts(self, line: str) -> str:
        """What a line has after its thoughts, and before new ones."""
        kept = ""
        while found := self._thought(line):
            closes = found["close"] is not None
            head, line = line[: found.start()], line[found.end() :]
            is_text = bool((kept + head).strip()) and not self._thinking and not self._held
            is_text = is_text and not (is_talk(kept + head) or self._talked or self.ctx.is_prose)
            if closes and is_text:
                self.done = True
                return kept + head
            if self._began or (not closes and (kept + head).strip() and not self._thinking):
                # A tag behind text is the text's end.
                self.done = True
                return kept if self._thinking else kept + head
            if closes:
                self._held, self._block, self._closing, kept = [], None, "", ""
                self._thinking, self._has_thought, self._gap = False, True, 1
                line = line.lstrip("\n") if not line.strip() else line
            else:
                self._thinking = True
        return "" if self._thinking else kept + line

    def _thought(self, line: str) -> re.Match[str] | None:
        found = THOUGHT.search(line)
        if found is None or self._thinking and found["close"]:
            return found
        mark = found.group()
        if self.ctx.contains(mark) or self.ctx.contains(mark.replace("/", "")):
            return None
        is_tag = re.match(r"</?\w", mark) is not None and "think>" not in mark.lower()
        return None if is_tag and self.ctx.is_markup else found

    def _without_marks(self, line: str) -> str:
        """A line without control tokens and tags; it ends at one that ends the text."""
        if self._closing.startswith("</") and (at := line.find(self._closing)) >= 0:
            self.done = True
            return line[:at]
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
        for found in TAG.finditer(line):
            name = found[2] or found[4]
            head, rest = line[: found.start()], line[found.end() :]
            is_first = not self._began and not self._held and not head.strip()
            if not self._is_packaging(found, is_first=is_first, alone=not (head + rest).strip()):
                self._opened.add(name)
                continue
            if found[1] or found[3] or not is_first:
                self.done = True
                return head
            self._closing = f"</{name}>" if found[2] else f"[/{name}]"
            rest = rest[1:] if rest.startswith("\n") else rest
            return self._without_marks(rest) if rest else ""
        return line

    def _is_packaging(self, tag: re.Match[str], *, is_first: bool, alone: bool) -> bool:
        """Whether a tag is none of the language's and none of the file's.

        A closing tag closes nothing that is open; an opening one is alone on its line, or begins
        the answer with a name as placeholders have it.
        """
        ctx, name = self.ctx, tag[2] or tag[4]
        closes = bool(tag[1] or tag[3])
        if ctx.contains(tag.group()) or (self._quote and not alone):
            return False
        if closes and (name in self._opened or ctx.contains(f"<{name}")):
            return False
        # Behind a word or a quote it may be a type, an index, or the text of a string.
        apart = not ctx.before or ctx.before[-1].isspace()
        if tag[4]:
            return closes or (alone and (apart or not is_first))
        shouts = name.isupper() and len(name) > 2
        if ctx.is_markup:
            return "_" in name or name.lower() in WRAPPERS - {"code", "output"}
        if closes:
            return not ctx.is_prose or shouts or name.lower() in WRAPPERS | {"s"}
        wraps = shouts or name.lower() in WRAPPERS
        return is_first and ((alone and apart) or wraps) and len(name) > 2

    # --- fences and talk ----------------------------------------------------------------------

    def _sorted(self, line: str) -> list[str]:
        """What becomes of a line: handed on, dropped, or held back."""
        if self._closing and self._closing[0] in "`~":
            return self._in_fence(line)
        both = None if self._began or self.ctx.has_fences else _TALK_AND_FENCE.match(line)
        if both and (is_talk(both[1]) or both[1].strip().isalpha()):
            self._held, self._talked, line = [], True, both[2]
        fence = FENCE_LINE.match(line.rstrip("\n"))
        bare = not line.strip("` \t\n") and line.lstrip().startswith("```")
        if bare and fence is None and not self.ctx.has_fences and not self._quote:
            return []
        if (
            fence is not None
            and fence[1][0] == "~"
            and (len(fence[1]) > 3 or self.ctx.before.endswith("~"))
        ):
            # What goes on with a line of such signs is no fence.
            fence = None
        if self._began:
            return self._in_body(line, fence)
        if not line.strip():
            self._gap -= 1
            return self._hold(line) if self._gap < 0 and not self._talked else []
        if fence is not None:
            return self._at_fence(line, fence)
        if self._is_doubtful(line):
            return self._hold(line)
        is_new = not self.ctx.line_counts.get(line.strip())
        is_item = not self._talked and is_list_item(line)
        more = self._talked and is_aside(line)
        if not self.ctx.is_prose and is_new and (more or (is_talk(line) and not is_item)):
            self._held, self._talked = [], True
            return []
        if self.ctx.is_markdown and is_about_answer(line) and self._talked:
            return []
        quoted = self._unquoted(line)
        held, self._held = self._held, []
        if held and is_talk(held[-1]) and is_talk(line):
            held = []
        return self._given([*held, quoted])

    def _hold(self, line: str) -> list[str]:
        self._held.append(line)
        return []

    def _is_doubtful(self, line: str) -> bool:
        """Whether a line at the beginning is talk if a fence follows, or nothing."""
        n_talk = sum(1 for each in self._held if each.strip())
        if n_talk > 3:
            return False
        if is_refusal(line) or (is_heading(line) and not self.ctx.is_prose):
            return True
        if _COMMENT_ONLY.fullmatch(line):
            return True
        return self.ctx.is_prose and is_opening(line)

    def _at_fence(self, line: str, fence: re.Match[str]) -> list[str]:
        """A fence at the beginning: around the text, or a part of it."""
        info = fence[2].strip().lower()
        talked = self._talked or self._has_thought or any(map(is_talk, self._held))
        apart = bool(self._held and not self._held[0].strip()) and bool(self.ctx.before.strip())
        if self.ctx.has_fences and not self._wraps(info, talked=talked, apart=apart):
            held, self._held = self._held, []
            return self._given([*held, line])
        self._held, self._closing, self._nested = [], fence[1], 0
        foreign = info in _FOREIGN and self.ctx.context.language not in ("shellscript", "plaintext")
        self._block = None if self.ctx.is_prose else []
        if foreign and self._block is not None and self._names:
            self._block.append("\0")
        return []

    def _wraps(self, info: str, *, talked: bool, apart: bool) -> bool:
        """Whether a fence is around the answer, where fences are text."""
        ctx = self.ctx
        if apart:
            return False
        if ctx.before.strip() or talked:
            return True
        if ctx.in_fence:
            # A bare fence may be the one that closes the open one.
            return bool(info) or ctx.closes_fence
        if ctx.is_markdown and info not in {"", "markdown", "md", "text"}:
            return False
        return not ctx.line_above.rstrip().endswith(":")

    def _in_fence(self, line: str) -> list[str]:
        text = line.rstrip("\n")
        fence = FENCE_LINE.match(text)
        if fence is not None and fence[1][0] == self._closing[0]:
            opens = self.ctx.has_fences and fence[2].strip() != ""
            self._nested += 1 if opens else -1
            if self._nested < 0:
                return self._close()
        elif (end := self._fence_behind(text)) >= 0:
            return self._put(text[:end]) + self._close()
        return self._put(line)

    def _fence_behind(self, text: str) -> int:
        """Where a fence begins that stands behind a line's text; -1 for none."""
        end = _FENCE_AT_END.search(text)
        return -1 if end is None or is_comment(text) or self._quote else end.start()

    def _put(self, line: str) -> list[str]:
        """A line of a fenced block."""
        if self._block is None:
            if not self._began and is_refusal(line) and not self.ctx.is_prose:
                return []
            return self._given([line])
        self._block.append(line)
        verdict = self._verdict()
        if verdict:
            return self._chosen()
        return []

    def _close(self) -> list[str]:
        """The fence closes: the text ends, or the block was not the one."""
        self._closing = ""
        if self._block is None:
            self.done = True
            return []
        if self._verdict(ended=True):
            given = self._chosen()
            self.done = True
            return given
        refuses = all(is_refusal(each) for each in self._block if each.strip())
        if not self._spare and not refuses and "\0" not in self._block:
            self._spare = self._block
        self._block, self._talked = None, True
        return []

    def _verdict(self, *, ended: bool = False) -> bool | None:
        """Whether the held block is the answer: it has the cursor's definition, or is no other.

        None while imports, comments and other definitions leave that open.
        """
        assert self._block is not None
        block = self._block
        if block[:1] == ["\0"]:
            return False if ended else None
        others, names = False, self._names
        for line in block:
            text = line.strip()
            begun = header(line)
            if begun and begun[0] in self._names:
                return True
            if not text or is_import(line) or is_comment(line) or text[0] == "@":
                continue
            if begun and self._in_function and self._talked:
                others = True
                continue
            if others and line[:1] in " \t})":
                continue
            if others and not ended:
                continue
            if is_refusal(line) and len(block) < 3:
                return False
            if self._talked and self._used and line[:1].strip() and self._used.search(text):
                return None if not ended else False
            return True
        has_text = any(each.strip() and not (names and is_import(each)) for each in block)
        return ended and has_text and not others

    def _chosen(self, block: list[str] | None = None) -> list[str]:
        lines = self._block if block is None else block
        self._block = None
        return self._given(list(lines or []))

    def _in_body(self, line: str, fence: re.Match[str] | None) -> list[str]:
        """A line of text without a fence around it, or of a chosen block."""
        ctx = self.ctx
        if fence is not None and not self._quote:
            if not ctx.has_fences or (ctx.closes_fence and not fence[2].strip()):
                self.done = True
                return []
        elif not (ctx.has_fences or self._quote) and line.lstrip().startswith("```"):
            self.done = True
            return []
        elif not ctx.has_fences and (end := self._fence_behind(line.rstrip("\n"))) >= 0:
            self.done = True
            return [line[:end]] if not ctx.is_prose else [line]
        is_apart = not self._above.strip() and line[:1].strip() and not self._quote
        if is_apart and not ctx.is_prose and (is_talk(line) or is_refusal(line)):
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
        text = line.strip()
        found = re.fullmatch(r"(`+)([^`]+)\1", text)
        if found is None or self.ctx.has_fences:
            return line
        ctx, end = self.ctx, "\n" if line.endswith("\n") else ""
        is_code = ctx.scope is Scope.CODE and not ctx.is_prose_file and "`" not in ctx.before
        if len(found[1]) > 2 or (
            is_code
            and (ctx.context.language in _NO_BACKTICKS or ctx.before.endswith(".") or ";`" in text)
        ):
            return found[2] + end
        return line


def _says_nothing(lines: list[str], ctx: CompletionContext) -> bool:
    """Whether all that came is the word that there is nothing to add, or an empty comment."""
    said = [line for line in lines if line.strip()]
    if len(said) != 1:
        return not ctx.is_prose and bool(said) and all(map(is_refusal, said))
    is_empty = ctx.scope is Scope.CODE and _COMMENT_ONLY.fullmatch(said[0]) is not None
    return is_refusal(said[0]) or is_empty
