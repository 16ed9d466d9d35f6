"""Odd mutations of what a function does: calls, branches, handlers, names, and lines added.

Most are one regular expression a language, as a careless rewrite of one place would look.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from zlib import crc32

from benches.refactor_cases import Case, Rewrite
from benches.refactor_lines import Mutation, case_of, function_in, inserted, statements
from benches.refactor_snippets import DEBUGGING, MORE_RISKS, PASSWORDS, REQUESTS, SILENCING
from foretype.languages import refactor_traits
from foretype.languages.definitions import outline_of


def _sub(patterns: dict[str, tuple[str, str]], usual: tuple[str, str] | None = None) -> Mutation:
    """The first match of a language's pattern, replaced."""

    def mutate(rewrite: Rewrite, dice: random.Random) -> str | None:
        pair = patterns.get(rewrite.language, usual)
        return re.sub(*pair, rewrite.new, count=1) if pair else None

    return mutate


def _without_line(rewrite: Rewrite, pattern: str) -> str | None:
    """The code without the first line after its own first that matches."""
    lines = rewrite.new.split("\n")
    for at, line in enumerate(lines[1:], 1):
        if re.match(pattern, line):
            return "\n".join([*lines[:at], *lines[at + 1 :]])
    return None


def _without_match(code: str, pattern: str, instead: str = "") -> str | None:
    found = re.search(pattern, code)
    return code[: found.start()] + instead + code[found.end() :] if found else None


_CLEANS_UP = {
    "go": r"\s*(defer .*\)|.*\.(Lock|Unlock|RLock|RUnlock|Close)\(\))$",
    "java": r"\s*[\w.]+\.(close|unlock|lock|release|flush|dismiss)\(\);$",
    "cpp": r"\s*(std::(lock_guard|unique_lock|scoped_lock).*"
    r"|[\w.\->]+\.?(lock|unlock|close|release|free|clear)\(.*\)|delete\b.*|free\(.*\));$",
    "csharp": r"\s*[\w.]+\.(Close|Dispose|Release|Flush)\(\);$",
    "rust": r"\s*(drop\(.*\)|.*\.(flush|lock)\(\).*);$",
    "ruby": r"\s*[\w.@]+\.(close|unlock|flush)$",
    "python": r"\s*[\w.]+\.(close|release|acquire|flush)\(\)$",
    "javascript": r"\s*(clearTimeout|clearInterval"
    r"|[\w.]+\.(end|close|destroy|unref|removeListener|removeAllListeners)).*;?$",
    "typescript": r"\s*(clearTimeout|clearInterval"
    r"|[\w.]+\.(end|close|destroy|unsubscribe|disconnect|remove\w*))\(.*;$",
}


def _clean_up_dropped(rewrite: Rewrite, dice: random.Random) -> str | None:
    made = _without_line(rewrite, _CLEANS_UP[rewrite.language])
    if made or rewrite.language == "python":
        return made
    return _without_match(rewrite.new, r"(?s)\n[ \t]*(?:\}? ?finally \{[^{}]*\}|ensure\n[^\n]*)")


def _error_swallowed(rewrite: Rewrite, dice: random.Random) -> str | None:
    """A handler whose body is emptied, or an error that nobody looks at."""
    code = rewrite.new
    if rewrite.language == "python":
        found = re.search(r"\n([ \t]*)except[^\n]*:\n((?:\1[ \t]+[^\n]*\n?)+)", code)
        if found:
            return f"{code[: found.start(2)]}{found[1]}    pass\n{code[found.end(2) :]}"
    found = re.search(r"catch\s*(?:\([^)]*\))?\s*\{([^{}]+)\}", code)
    if found and found[1].strip():
        return code[: found.start(1)] + code[found.end(1) :]
    if rewrite.language == "ruby":
        found = re.search(r"\n([ \t]*)rescue[^\n]*\n(\1[ \t]+[^\n]*\n)+", code)
        return code[: found.start(2)] + code[found.end() :] if found else None
    if rewrite.language == "go":
        checked = r"(?s)(\w+, )err( :?= [^\n]*)\n\s*if err != nil \{[^{}]*\}"
        return re.sub(checked, r"\1_\2", code, count=1)
    return None


def _checks_silenced(rewrite: Rewrite, dice: random.Random) -> str | None:
    return silenced(rewrite, rewrite.new, dice)


def silenced(rewrite: Rewrite, code: str, dice: random.Random) -> str | None:
    """Code with a comment that turns checks off: behind a statement, or above the first."""
    note = dice.choice(SILENCING[rewrite.language])
    if rewrite.language != "python":
        return inserted(rewrite, code, note)
    rows, lines = statements(rewrite, code), code.split("\n")
    if not rows or lines[rows[0][0]].rstrip()[-1:] in "([{,\\'\"":
        return None
    lines[rows[0][0]] += note
    return "\n".join(lines)


def _trailing_comments_gone(rewrite: Rewrite, dice: random.Random) -> str:
    mark = re.escape(refactor_traits.of_id(rewrite.language).comment)
    behind = re.compile(rf"(\S)\s+{mark}+ ?\w.*")
    return "\n".join(
        behind.sub(r"\1", line) if line in rewrite.code and not re.search("[\"']", line) else line
        for line in rewrite.new.split("\n")
    )


def _early_return(rewrite: Rewrite, dice: random.Random) -> str | None:
    leaves = {"python": "return None", "ruby": "return nil", "javascript": "return;"}
    line = leaves.get(rewrite.language, "")
    if not line and rewrite.language != "rust":
        returns = re.findall(r"(?m)^[ \t]*(return\b.*)$", rewrite.new)
        line = returns[-1] if returns else ""
    is_long = len(statements(rewrite, rewrite.new)) >= 3
    return inserted(rewrite, rewrite.new, line) if line and is_long else None


def _commented_out(rewrite: Rewrite, dice: random.Random) -> str | None:
    rows = statements(rewrite, rewrite.new)
    if len(rows) < 4:
        return None
    lines, mark = rewrite.new.split("\n"), refactor_traits.of_id(rewrite.language).comment
    for at in range(rows[1][0], rows[2][1] + 1):
        lines[at] = re.sub(r"^(\s*)(?=\S)", rf"\1{mark} ", lines[at])
    return "\n".join(lines)


_CALL = re.compile(r"(?!if|for|while|switch|return|assert)[\w.\->:@]+\(.*\);?$")


def _call_dropped(rewrite: Rewrite, dice: random.Random) -> str | None:
    rows, lines = statements(rewrite, rewrite.new), rewrite.new.split("\n")
    for first, last in rows[1:-1] if len(rows) >= 4 else ():
        text = "\n".join(lines[first : last + 1]).strip()
        if _CALL.match(text) and last - first < 3:
            return "\n".join([*lines[:first], *lines[last + 1 :]])
    return None


_BRANCH = {
    "python": r"\n([ \t]*)(else|elif[^\n]*):\n((?:\1[ \t]+[^\n]*(?:\n|$))+)",
    "ruby": r"\n([ \t]*)(else|elsif[^\n]*)\n((?:\1[ \t]+[^\n]*\n)+)",
}


def _branch_dropped(rewrite: Rewrite, dice: random.Random) -> str | None:
    if pattern := _BRANCH.get(rewrite.language):
        return _without_match(rewrite.new, pattern, instead="\n")
    return _without_match(rewrite.new, r"\s*else (?:if [^{}]*)?\{[^{}]*\}")


def _case_dropped(rewrite: Rewrite, dice: random.Random) -> str | None:
    case = (
        r"\n([ \t]*)(case [^\n]*:|when [^\n]*|[\w:]+(?:\([^()\n]*\))? => \{)\n"
        r"((?:\1[ \t]+[^\n]*\n)+)(?:\1\},?\n)?(?=\1(case|when|default|else|\w))"
    )
    return _without_match(rewrite.new, case, instead="\n")


def _line_added(lines: dict[str, str]) -> Mutation:
    return lambda rewrite, dice: inserted(rewrite, rewrite.new, lines[rewrite.language])


def _debugging_left(rewrite: Rewrite, dice: random.Random) -> str | None:
    return inserted(rewrite, rewrite.new, dice.choice(DEBUGGING[rewrite.language]))


def _risk(offset: int) -> Mutation:
    """Each function gets another line of the language's, so that most are met."""

    def mutate(rewrite: Rewrite, dice: random.Random) -> str | None:
        risks = MORE_RISKS[rewrite.language]
        own = crc32(f"{rewrite.name}{rewrite.old.path}".encode())
        return inserted(rewrite, rewrite.new, risks[(own + offset) % len(risks)])

    return mutate


_BINDING = {
    "python": r"\s+(\w+) = .*[^(\[{,\\]$",
    "ruby": r"\s+(\w+) = .*[^(\[{,|]$",
    "go": r"\s+(\w+) := .*[^({,]$",
    "rust": r"\s+let (?:mut )?(\w+)(?::[^=]*)? = .*;$",
    "java": r"\s+[\w<>\[\]]+ (\w+) = .*;$",
    "csharp": r"\s+[\w<>\[\]]+ (\w+) = .*;$",
    "cpp": r"\s+[\w:<>*& ]+ \*?(\w+) = .*;$",
    "javascript": r"\s+(?:const|let|var) (\w+) = .*;?$",
    "typescript": r"\s+(?:const|let|var) (\w+) = .*;?$",
}


def _binding_dropped(rewrite: Rewrite, dice: random.Random) -> str | None:
    """An assignment whose name is used below it, and not above."""
    lines = rewrite.new.split("\n")
    for at, line in enumerate(lines[1:], 1):
        found = re.match(_BINDING[rewrite.language], line)
        if not found or line.rstrip()[-1:] in "({[,":
            continue
        word = re.compile(rf"(?<![\w.]){found[1]}\b")
        above, below = "\n".join(lines[:at]), "\n".join(lines[at + 1 :])
        if word.search(below) and not word.search(above):
            return "\n".join([*lines[:at], *lines[at + 1 :]])
    return None


def _local_function_dropped(rewrite: Rewrite, dice: random.Random) -> str | None:
    found = function_in(rewrite, rewrite.new)
    if not found:
        return None
    start, stop = found[0].first, found[0].last
    outline = outline_of(rewrite.truth, refactor_traits.of_id(rewrite.language))
    for each in outline.definitions:
        is_inner = start < each.first < each.last < stop
        if is_inner and each.local and each.kind == "function":
            lines = rewrite.new.split("\n")
            rest = "\n".join([*lines[: each.first - start], *lines[each.last - start + 1 :]])
            if re.search(rf"\b{re.escape(each.name)}\b", rest):
                return rest
    return None


def _no_generator(rewrite: Rewrite, dice: random.Random) -> str | None:
    if rewrite.language not in ("python", "javascript", "typescript"):
        return None
    return re.sub(r"\byield (?:from )?", "return ", rewrite.new)


def _comments_change_code(rewrite: Rewrite, dice: random.Random) -> Case | None:
    """Asked for comments alone, another operator."""
    pairs = ((" < ", " <= "), (" == ", " != "), (" && ", " || "), (" and ", " or "), (" + ", " - "))
    for was, now in pairs:
        if was in rewrite.new:
            changed = rewrite.code.replace(was, now, 1)
            is_new = was in rewrite.code
            return replace(case_of(rewrite, changed), action="explain") if is_new else None
    return None


_IF = r"(\n\s*)if "
INSIDE: dict[str, Mutation] = {
    "await dropped": lambda r, _: re.sub(r"\bawait\s+|\.await\b", "", r.new, count=1),
    "clean-up dropped": _clean_up_dropped,
    "error swallowed": _error_swallowed,
    "handler widened": _sub(
        {
            "python": (
                r"except (?!Exception\b|BaseException\b)[\w.(), ]+?( as \w+)?:",
                r"except Exception\1:",
            ),
            "java": (r"catch \((?!Exception\b|Throwable)[\w| ]+ (\w+)\)", r"catch (Throwable \1)"),
            "ruby": (r"rescue (?!StandardError|Exception)[\w:, ]+", "rescue Exception"),
            "cpp": (r"catch \((?!\.\.\.)[^)]*\)", "catch (...)"),
        }
    ),
    "debugging left": _debugging_left,
    "checks silenced": _checks_silenced,
    "trailing comments gone": _trailing_comments_gone,
    "early return": _early_return,
    "constant condition": _sub(
        {
            "python": (rf"{_IF}[^\n:]+:", r"\1if False:"),
            "ruby": (rf"{_IF}[^\n]+", r"\1if false"),
            "go": (rf"{_IF}[^\n;]+ \{{", r"\1if false {"),
            "rust": (rf"{_IF}(?!let)[^\n]+ \{{", r"\1if false {"),
        },
        usual=(rf"{_IF}\([^\n]+\) \{{", r"\1if (false) {"),
    ),
    "commented out": _commented_out,
    "call dropped": _call_dropped,
    "branch dropped": _branch_dropped,
    "case dropped": _case_dropped,
    "another host": _line_added(REQUESTS),
    "secret added": _line_added(PASSWORDS),
    "binding dropped": _binding_dropped,
    "local function dropped": _local_function_dropped,
    "generator no more": _no_generator,
    "risk 0": _risk(0),
    "risk 1": _risk(7),
    "comments change code": _comments_change_code,
}
