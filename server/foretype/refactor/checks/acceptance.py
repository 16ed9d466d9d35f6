"""Decide whether new code may be applied; faults are reported to the model, then to the user.

Compares the new code with what it replaces: a file that did not parse before need not parse
afterwards. What cannot be checked is a doubt, and the user is asked about it. Runs and imports
nothing from the workspace. Parses whole files, so do not call it on the event loop.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from foretype.core.text import BYTE_ORDER_MARK
from foretype.languages import grammars
from foretype.languages import refactor_traits as languages
from foretype.languages.blanking import blanked, only_comments, unbalanced
from foretype.languages.grammars import n_errors
from foretype.languages.table import MARKDOWN, Language
from foretype.refactor.actions.catalogue import Action
from foretype.refactor.checks import equivalence, older_python, placeholders
from foretype.refactor.checks.comparison import compare
from foretype.refactor.checks.rules import findings
from foretype.refactor.response import Block

MAX_PARSE_CHARS = 20_000
"""Characters beyond which Python's own parser gets only a part of the file: this many take about
10 ms, during which nothing else is answered."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of checking new code."""

    faults: tuple[str, ...] = ()
    """What is wrong with it, in sentences for the model and the user."""
    doubts: tuple[str, ...] = ()
    """What could not be checked. Each completes a sentence that begins "The new code"."""


def faults(
    before: str, start: int, end: int, code: str, language: Language, action: Action
) -> list[str]:
    """What is wrong with putting ``code`` in the place of ``before[start:end]``."""
    return list(judge(before, start, end, code, language, action).faults)


def judge(
    before: str, start: int, end: int, code: str, language: Language, action: Action
) -> Verdict:
    """What is known about putting ``code`` in the place of ``before[start:end]``."""
    old = before[start:end]
    found = _lacks_code(old, code, language)
    if not found and action.only != "comments":
        found = placeholders.find_placeholder_comment(old, code, language, action)
    if found:
        return Verdict((found,))
    syntax = _syntax(before, start, end, code, language)
    if syntax.faults:
        return syntax
    if action.only and not equivalence.same_but_for(action.only, old, code, language):
        only = f"the code itself was changed, where only {action.only} were asked for"
        return Verdict((only,), syntax.doubts)
    if any("2 MB" in doubt for doubt in syntax.doubts):
        return syntax
    change = compare(before, start, end, code, language, action)
    lines = change.after.text.split("\n") if len(code) < len(before) else []
    wrong, doubts = [], list(syntax.doubts)
    for found_one in findings(change):
        if found_one.is_fault:
            wrong.append(found_one.text)
        else:
            shown = lines[found_one.line].strip()[:80] if 0 <= found_one.line < len(lines) else ""
            doubts.append(f"{found_one.text} ({shown})" if shown else found_one.text)
    return Verdict(tuple(wrong[:1]), tuple(doubts))


def faults_of_file(old: str | None, new: str, language: Language) -> list[str]:
    """What is wrong with a whole file; ``old`` is None for a new one."""
    return list(judge_file(old, new, language).faults)


def judge_file(old: str | None, new: str, language: Language) -> Verdict:
    """What is known about a whole file; ``old`` is None for a new one."""
    old = old or ""
    found = _lacks_code(old, new, language) or placeholders.find_placeholder_comment(
        old, new, language
    )
    return Verdict((found,)) if found else _syntax(old, 0, len(old), new, language)


def wrong_language(block: Block, language: Language) -> str:
    """Return a sentence if a block is labeled with another language; otherwise an empty string."""
    said = languages.of_tag(block.tag) if block.tag else None
    if said is None or not language.shape or said.name == language.name:
        return ""
    families = ({"JavaScript", "TypeScript"}, {"C", "C++"})
    if any(said.name in family and language.name in family for family in families):
        return ""
    return f"the code is in {said.name}, not in {language.name}"


_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def _lacks_code(old: str, code: str, language: Language) -> str:
    if not code.strip():
        return "the code is empty" if old.strip() else ""
    if _CONTROL.search(code) and not _CONTROL.search(old):
        return "the code holds control characters"
    if _has_fence(code, language) and not _has_fence(old, language):
        return "a fence is left in the code"
    hollow_before = bool(old.strip()) and only_comments(old, language)
    if only_comments(code, language) and not hollow_before:
        return "there are only comments and no code"
    return ""


def _has_fence(code: str, language: Language) -> bool:
    """Whether the code contains a Markdown fence outside of strings and comments."""
    if language is MARKDOWN:
        return False
    plain = code if language.literals.startswith("`") else blanked(code, language)
    return bool(re.search(r"^[ \t]*+(?:`{3,}|~{3,})", plain, re.M))


def _parsed_range(text: str, start: int, end: int, language: Language) -> tuple[int, int]:
    """Return the range of a text to parse: all of it, or in a long file the code around the change.

    In Python the range begins and ends at unindented lines.
    """
    if len(text) - (end - start) <= MAX_PARSE_CHARS:
        return 0, len(text)
    if language.name != "Python":
        return start, end
    first = start
    while (
        first > 0
        and text[first : first + 1] in _CONTINUES_STATEMENT
        and start - first < MAX_PARSE_CHARS
    ):
        first = text.rfind("\n", 0, first - 1) + 1
    last = end
    while last < len(text) and text[last + 1 : last + 2] in _CONTINUES_STATEMENT:
        last = text.find("\n", last + 1)
        if last < 0 or last - end > MAX_PARSE_CHARS:
            return first, len(text) if last < 0 else end
    return first, last


_CONTINUES_STATEMENT = (" ", "\t", "\n", ")", "]", "}", "#", "@")
"""First characters of lines that do not begin a statement."""


def _syntax(before: str, start: int, end: int, code: str, language: Language) -> Verdict:
    """Check that replacing ``before[start:end]`` by ``code`` causes no new syntax error."""
    old = before[start:end]
    mark = before[:1] if before.startswith(BYTE_ORDER_MARK) and start else ""
    was, now = before.removeprefix(BYTE_ORDER_MARK), before[:start] + code + before[end:]
    now = now.removeprefix(BYTE_ORDER_MARK)
    if len(now.encode("utf-8", "replace")) > grammars.LARGEST_PARSE:
        known = language.name == "Python" or grammars.has_grammar(language.name)
        doubt = "is in a file of more than 2 MB, whose syntax is not checked"
        return Verdict(doubts=(doubt,) if known else ())
    errors = n_errors(now, language.name)
    if language.name == "Python":
        at = start - len(mark)
        return _python_syntax(was, at, at + len(old), code.removeprefix(BYTE_ORDER_MARK), errors)
    if errors is not None:
        # Most answers parse, and then the old text need not be parsed.
        if not errors[0] or not _has_more(errors, was, language):
            return Verdict()
        above = now.count("\n", 0, max(now.find(code), 0))
        return Verdict((f"it does not parse: see line {max(errors[1] - above, 1)}",))
    if language.shape != "braces":
        return Verdict()
    if grammars.has_grammar(language.name):
        return Verdict(doubts=("could not be parsed, so its syntax is not checked",))
    first, last = _parsed_range(before, start, end, language)
    bracket = unbalanced(before[first:start] + code + before[end:last], language)
    fault = f"a bracket has no partner: {bracket}" if bracket else ""
    return Verdict() if not fault or unbalanced(before[first:last], language) else Verdict((fault,))


def _has_more(errors: tuple[int, int], was: str, language: Language) -> bool:
    """Whether there are more errors than in the old text."""
    counted = n_errors(was, language.name) if was.strip() else (0, 0)
    return counted is not None and errors[0] > counted[0]


def _python_syntax(
    before: str, start: int, end: int, code: str, errors: tuple[int, int] | None
) -> Verdict:
    """Check Python syntax, given the errors that the tree-sitter grammar finds in the whole text.

    The running Python parses it too, but does not decide alone: what it accepts is right, but what
    it rejects may be syntax of a newer version. It finds errors that the grammar does not.
    """
    python = languages.of_id("python")
    first, last = _parsed_range(before, start, end, python)
    was, now = before[first:last], before[first:start] + code + before[end:last]
    error = _python_error(now, _compile)
    if error is None:
        return Verdict()
    alone = _python_error(textwrap.dedent(code))
    # If the code alone parses, the error comes from its context: report that one.
    fault = Verdict((f"it does not parse: {alone or error}",))
    doubt = Verdict(doubts=(f"cannot be read by Python {_VERSION}: {alone or error}",))
    if errors is not None and errors[0] and not older_python.has_newest_syntax(code):
        return fault if _has_more(errors, before, python) else Verdict()
    was_wrong = _python_error(was, _compile) is not None
    if errors is None and was_wrong:
        # The old text was broken, or newer than this Python: then only the code itself counts.
        old = before[start:end]
        broken = old.strip() and _python_error(textwrap.dedent(old)) is not None
        return Verdict() if alone is None or broken else doubt
    if errors is None or errors[0]:
        return doubt if _python_error(now) is not None else fault
    older = older_python.downgrade(now)
    if _python_error(older, _compile) is None:
        return Verdict()
    if was_wrong and _python_error(older_python.downgrade(was), _compile) is not None:
        return Verdict()
    # Every Python rejects wrong indentation, and errors found after parsing.
    by_any = _python_error(older) is None or _is_misindented(older)
    by_any = by_any or bool(_NO_PYTHON.match(_python_error(older) or ""))
    return fault if by_any else doubt


_NO_PYTHON = re.compile(r"Missing parentheses in call|invalid (?:non-printable )?character")
"""What Python 3 says of Python 2, and of characters that look like others: neither is new."""
_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def _is_misindented(code: str) -> bool:
    try:
        _parse(code)
    except IndentationError:
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return False


def _parse(code: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code)


def _compile(code: str) -> object:
    """Compile code, without running it, to find errors that parsing does not.

    Such as ``return`` outside of a function, or ``await`` in one that is not async.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(code, "<answer>", "exec", dont_inherit=True)


def _python_error(code: str, read: Callable[[str], object] = _parse) -> str | None:
    try:
        read(code)
    except SyntaxError as error:
        return f"{error.msg} in line {error.lineno}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return None
