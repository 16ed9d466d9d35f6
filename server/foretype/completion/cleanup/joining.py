"""Line ends at a text's beginning: those that a model leaves out, and those that are too many.

Behind a finished line, a text begins with a line end; where a line waits for more, with none.
What the cursor's line holds and what comes must both say so: a line that nothing may follow, or
one that opens a block, and a word that cannot go on with it. A word that may be half typed is
finished only where the text before it was foretype's own.
"""

from __future__ import annotations

import re

from foretype.completion.cleanup.base import CompletionContext, Flow
from foretype.completion.cleanup.indentation import with_block_moved
from foretype.core.cursor import only_closers
from foretype.languages.columns import PARTNERS, columns, is_comment, left_open, quoted
from foretype.languages.lexical import Scope

_PYTHON_HEAD = re.compile(
    r"\s*(?:(?:async|def|class|if|elif|for|while|with|match|case) .*|else|try|except.*|finally):"
)
_WORD_HEAD = re.compile(r"(?:.*\s)?(?:do|then|else|begin|do \|[^|]*\|)")
_WORD_HEADS = frozenset({"ruby", "lua", "shellscript", "elixir", "crystal", "julia", "vb"})
_JOINS_WORDS = frozenset({"shellscript", "makefile", "powershell", "bat", "dockerfile", "perl"})
"""Languages in which a word may stand at once behind a bracket or a quote."""
_TYPES_AFTER_BRACKETS = frozenset({"go", "c", "cpp", "csharp", "java", "zig"})
_GOES_ON = frozenset(
    {
        "and", "as", "asc", "async", "catch", "desc", "do", "else", "elif", "elsif",
        "except", "extends", "finally", "for", "from", "if", "implements", "in",
        "instanceof", "is", "isa", "like", "mutable", "noexcept", "not", "of", "on", "or",
        "override", "ensure", "rescue", "satisfies", "then", "throws", "unless", "until", "using",
        "when", "where", "while", "with", "xor", "end", "fi", "done", "esac",
    }
)  # fmt: skip
"""Words that may go on with a line, so that no more than a blank was left out; or end a block."""
_BRANCHES = frozenset({"if", "for"})
"""Of these, what begins a statement in languages with braces."""
_STATEMENT = re.compile(
    r"(?:return|raise|throw|import|def|class|assert|del|yield|await|const|let|var|function|switch"
    r"|export|func|fn|pub|use|impl|struct|enum|defer) [\w\"'{(\[*&]"
)
"""A keyword and what follows it: no word can stand before it on its line, whole or half."""
_ASSIGNMENT = re.compile(r"[\w.]+(?:, [\w.]+)* (?:[-+*/|&:]?=) ")
_ASSIGNED = re.compile(r"[^=!<>]=[^=]")
_OWN = re.compile(r"(?:self|this|super|cls)[.(]")
_PYTHON_STATEMENT = re.compile(r"(?:if|for|while|with) .*:\s*(?:#.*)?|from [\w.]+ import\b.*")
_CALL = re.compile(r"(?:puts|require|print|printf|assert|return|raise|throw)[ (]+[\w\"'{(\[*]")
_STANDS_ALONE = frozenset(
    {"None", "True", "False", "null", "true", "false", "nil", "undefined", "pass", "break"}
    | {"continue"}
)
_BLOCK_ENDS = frozenset({"end", "fi", "done", "esac"})
_HEADS = frozenset({"if", "while", "for", "switch", "catch", "return", "pub", "elif", "with"})
_WANTS_MORE = frozenset(
    {
        "return", "await", "async", "yield", "import", "from", "export", "default", "public", "new",
        "private", "protected", "static", "not", "and", "or", "in", "is", "else", "pub", "unsafe",
        "raise", "throw", "del", "global", "lambda", "extern", "inline", "abstract", "declare",
        "const", "typedef", "final", "case", "override", "partial", "sealed", "data", "virtual",
    }
)  # fmt: skip
_WAITING_WORDS = (_WANTS_MORE - {"else", "default"}) | {
    "if", "elif", "while", "for", "with", "as", "except", "include", "unless", "until", "when",
}  # fmt: skip
_KEYWORDS_OF_TWO = frozenset(
    {
        "elif", "elseif", "elsif", "endif", "endfor", "endswitch", "ifdef", "ifndef", "subclass",
        "typedef", "undef",
    }
)  # fmt: skip
"""Words that end in another keyword: their second half begins no statement."""
_NEEDED = 60
"""Characters after which a list of names is none that is assigned to."""
_MAY_BE_LIST = re.compile(r"@?[\w., ]*(?:[-+*/|&:=(]{1,2} ?)?")
_STRING_PREFIX = re.compile(r"[bBfFrRuU]{1,2}[\"']")


_WAITS = re.compile(r"(?:[\w)\]]\.|->|::|(?:[-=]>|[-=+*/%&|<^~,!?:;]|\b\w+)[ \t]+)$")
"""What the rest of a line must follow; of words, those that wait for more."""
_OPERATOR = re.compile(r"(?:[-+*/%&|^:!<>=]?=|===|!==|&&|\|\||[<>]) ")
_BEGINS_LINE = re.compile(
    r"[)\]}@#]|//|/\*|(?:def|class|import|from|fn|func|pub|export|public|private)\b"
)


def stay_on_line(flow: Flow, ctx: CompletionContext) -> Flow:
    """Drop the line ends that come first where the cursor's line waits for more."""
    text, before = flow.text, ctx.before
    if text[:1] != "\n" or (before.strip() and not _may_wait(ctx)):
        return flow
    body = text.lstrip("\n")
    first = body.lstrip(" \t")
    if not first or (not flow.final and re.fullmatch(r"\w*", first)):
        return flow if flow.final else flow.now("")
    begins_line = _BEGINS_LINE.match(first) is not None and not ctx.in_string
    if not before.strip():
        return flow.now(body) if _begins_here(body, ctx, begins_line=begins_line) else flow
    return flow.now(first) if not begins_line and _waits(body, ctx) else flow


def _may_wait(ctx: CompletionContext) -> bool:
    """Whether what comes matters at all: behind a finished line, a line end is meant at once."""
    before, after = ctx.before, ctx.after
    openers = "([.>\"'`" if ctx.single_line else "([.>\"'`{:"
    is_open = before[-1].isspace() or before[-1] in openers or ctx.in_interpolation
    return is_open or ctx.in_string or bool(after.strip() and not only_closers(after))


def _begins_here(body: str, ctx: CompletionContext, *, begins_line: bool) -> bool:
    """Whether a text is meant for the blanks that the cursor stands behind, rather than below."""
    above, depth = ctx.line_above, columns(ctx.before)
    if not depth or (columns(body) < depth and begins_line and not ctx.has_braces):
        return False
    if columns(body) < depth:
        return body[0] not in ")]}"
    follows = ctx.prefix_lines[-2:-1] == [above] and columns(above) <= depth
    return follows and ctx.scope is Scope.CODE and not ctx.is_markdown


def _waits(body: str, ctx: CompletionContext) -> bool:
    """Whether the cursor's line cannot end where the cursor is."""
    before, after = ctx.before, ctx.after
    if (after.strip() and not only_closers(after)) or ctx.in_interpolation:
        return True
    if ctx.in_string:
        return quoted(before, after) and not before.endswith(('""', "''"))
    if ctx.is_prose:
        return False
    if before[-1] in "([":
        return PARTNERS.get(after[:1]) == before[-1] and columns(body) <= columns(before)
    if before[-1].isspace() and (_OPERATOR.match(body.lstrip()) or _is_within(before, after)):
        return True
    found = _WAITS.search(before)
    if found is None or (before.rstrip().endswith(";") and "(" not in left_open(before)):
        return False
    word = found.group().strip()
    if word == ":":
        return ctx.context.language != "python" or not _PYTHON_HEAD.fullmatch(before.rstrip())
    return not word.isidentifier() or word in _WAITING_WORDS


def _is_within(before: str, after: str) -> bool:
    """Whether closers follow that no line end may come before, as in ``for x in ‸ {``."""
    closer = after.strip()[:1]
    return closer != "" and PARTNERS.get(closer) != before.rstrip()[-1]


def begin_new_line(flow: Flow, ctx: CompletionContext) -> Flow:
    """Put back the line end that what comes must begin with."""
    text = flow.text
    if not text or text[0] == "\n" or not _may_be_finished(ctx):
        return flow
    opens = _opens_block(ctx)
    begins = _begins_block(flow, ctx) if opens else _begins_statement(flow, ctx)
    if begins is None:
        return flow.now("")
    if not begins:
        return flow
    indent = ctx.indent + (ctx.context.indentation if opens else "")
    first, line_end, rest = text.lstrip(" \t").partition("\n")
    head = f"\n{indent}{first}"
    if not line_end:
        return flow.now(head)
    # Lines at the depth of the cursor's own may be meant as deep as the first one.
    said, base = columns(ctx.before), columns(indent)
    return flow.now(with_block_moved(head, first, rest, said, base, flow, ctx))


def _may_be_finished(ctx: CompletionContext) -> bool:
    """Whether the cursor stands behind code, at its line's end."""
    before = ctx.before
    if not before.strip() or before[-1].isspace() or ctx.after.strip() or ctx.is_prose:
        return False
    return ctx.scope is Scope.CODE and not is_comment(before)


def _opens_block(ctx: CompletionContext) -> bool:
    """Whether the cursor's line begins a block, whose first line stands below it."""
    before, language = ctx.before, ctx.context.language
    if before.endswith("{"):
        return language != "python"
    if language == "python":
        return _PYTHON_HEAD.fullmatch(before) is not None and not left_open(before)
    return language in _WORD_HEADS and _WORD_HEAD.fullmatch(before) is not None


def _begins_block(flow: Flow, ctx: CompletionContext) -> bool | None:
    """Whether a text is the body of a block rather than the rest of the line that opens it."""
    body = flow.text.lstrip(" \t")
    n_blanks = len(flow.text) - len(body)
    if not body:
        return False if flow.final else None
    if (n_blanks == 1 and flow.text[0] == " ") or body[0] in ")]}>;,|&=?.":
        return False
    if body[0] == "\n" or not ctx.before.endswith("{"):
        return body[0] != "\n"
    first, line_end, _ = body.partition("\n")
    if not line_end and not flow.final:
        return None
    return not re.match(r"[^{}]*\}", first)


def _begins_statement(flow: Flow, ctx: CompletionContext) -> bool | None:
    """Whether a text cannot go on with the cursor's line."""
    pattern = r"@?[^\W\d]\w*" if ctx.context.language == "ruby" else r"[^\W\d]\w*"
    if left_open(ctx.before):
        return False
    if ctx.before[-1] == ";":
        is_more = flow.text[0] in " \t)]};,:"
        return ctx.has_braces and not is_more
    word = re.match(pattern, flow.text)
    last = re.search(r"\w+$", ctx.before)
    if word and last and (last.group() + word.group()).lower() in _KEYWORDS_OF_TWO:
        return False
    if word is None:
        is_begun = flow.text == "@" and ctx.context.language == "ruby" and not flow.final
        return None if is_begun else False
    # What follows the word tells what it is.
    if len(flow.text) < _NEEDED and _MAY_BE_LIST.fullmatch(flow.text) and not flow.final:
        return None
    in_python = ctx.context.language == "python"
    if in_python and word.group() in {"if", "for", "while", "with", "from"}:
        first, line_end, _ = flow.text.partition("\n")
        if not line_end and not flow.final:
            return None
        return _PYTHON_STATEMENT.fullmatch(first) is not None
    has_braces = ctx.has_braces
    goes_on = word.group() in (_GOES_ON - _BRANCHES if has_braces else _GOES_ON)
    if goes_on or _STRING_PREFIX.match(flow.text):
        return False
    return _is_finished(ctx) or _is_finished_word(flow.text, word.group(), ctx)


def _is_finished(ctx: CompletionContext) -> bool:
    """Whether no word can stand at once behind the cursor's line, whatever it is."""
    before, language = ctx.before, ctx.context.language
    if before[-1] in "\"'`":
        # What looks like a quote may begin a lifetime.
        return language != "rust" and language not in _JOINS_WORDS | {"c", "cpp"}
    if before[-1] not in PARTNERS or language in _JOINS_WORDS:
        return False
    if before[-1] == "]":
        return language not in _TYPES_AFTER_BRACKETS
    if before[-1] == "}":
        return True
    return _closes_call(before, has_braces=ctx.has_braces)


def _closes_call(line: str, *, has_braces: bool) -> bool:
    """Whether the bracket at a line's end is that of a call, not of a cast or of a condition."""
    depth = 0
    for at in range(len(line) - 1, -1, -1):
        depth += (line[at] == ")") - (line[at] == "(")
        if not depth:
            called = re.search(r"[\w\])>!?]+$", line[:at])
            head = re.match(r"\s*(?:func|fn|def|class|function)\b", line)
            return called is not None and called.group() not in _HEADS and head is None
    # It was opened in a line above.
    return not has_braces


def _is_finished_word(text: str, first: str, ctx: CompletionContext) -> bool:
    """Whether the word before the cursor is whole, and what comes begins a statement."""
    last = re.search(r"\w+$", ctx.before)
    if last is None or last.group() in _WANTS_MORE:
        return False
    word = last.group()
    if word + first in ctx.words:
        return False
    if ctx.own_line and (ctx.before[: last.start()].strip() or word in _STANDS_ALONE):
        return True
    if first.startswith("@") or _STATEMENT.match(text) or text.startswith("if "):
        return True
    if ctx.before.strip() in _BLOCK_ENDS or _OWN.match(text):
        return True
    if _ASSIGNED.search(ctx.before) and _ASSIGNMENT.match(text[:_NEEDED]):
        return True
    is_known = word in _STANDS_ALONE or word.isdigit() or word in ctx.words
    is_more = ctx.before[: last.start()].strip() != "" or word in _STANDS_ALONE
    return is_known and is_more and _CALL.match(text) is not None
