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
from dataclasses import dataclass

from foretype.core.text import BYTE_ORDER_MARK
from foretype.languages import grammars
from foretype.languages import refactor_traits as languages
from foretype.languages.blanking import blanked, only_comments, unbalanced
from foretype.languages.grammars import n_errors
from foretype.languages.table import MARKDOWN, Language
from foretype.refactor.actions.catalogue import Action
from foretype.refactor.checks import equivalence, omissions
from foretype.refactor.checks.comparison import Comparison, Side
from foretype.refactor.checks.rules import findings
from foretype.refactor.response import Block

TOO_LARGE = "is in a file of more than 2 MB, whose syntax is not checked"
MAX_COMPILE_CHARS = 20_000
"""Characters of a file beyond which Python itself reads the new code alone: this many take about
10 ms, during which nothing else is answered."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of checking new code."""

    faults: tuple[str, ...] = ()
    """What is wrong with it, in sentences for the model and the user."""
    doubts: tuple[str, ...] = ()
    """What could not be checked. Each completes a sentence that begins "The new code"."""


def judge(before: Side, code: str, action: Action) -> Verdict:
    """What is known about putting ``code`` in the place of a side's lines."""
    old, language = before.code, before.language
    found = _lacks_code(old, code, language)
    if not found and action.only != "comments":
        found = omissions.find_placeholder_comment(old, code, language, action)
    if found:
        return Verdict((found,))
    change = Comparison(before, before.replaced(code), action)
    syntax = _syntax(before.text, change.after.text, old, code, language)
    if syntax.faults:
        return syntax
    if action.only and not equivalence.same_but_for(action.only, old, code, language):
        only = f"the code itself was changed, where only {action.only} were asked for"
        return Verdict((only,), syntax.doubts)
    if TOO_LARGE in syntax.doubts:
        return syntax
    lines = change.after.file if len(code) < len(before.text) else []
    wrong, doubts = [], list(syntax.doubts)
    for found_one in findings(change):
        if found_one.is_fault:
            wrong.append(found_one.text)
        else:
            shown = lines[found_one.line].strip()[:80] if 0 <= found_one.line < len(lines) else ""
            doubts.append(f"{found_one.text} ({shown})" if shown else found_one.text)
    return Verdict(tuple(wrong[:1]), tuple(doubts))


def judge_file(old: str | None, new: str, language: Language) -> Verdict:
    """What is known about a whole file; ``old`` is None for a new one."""
    old = old or ""
    found = _lacks_code(old, new, language) or omissions.find_placeholder_comment(
        old, new, language
    )
    return Verdict((found,)) if found else _syntax(old, new, old, new, language)


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


def _syntax(was: str, now: str, old: str, code: str, language: Language) -> Verdict:
    """Check that a file has no new syntax error where ``code`` takes the place of ``old``."""
    was, now, code = (text.removeprefix(BYTE_ORDER_MARK) for text in (was, now, code))
    known = language.name == "Python" or grammars.has_grammar(language.name)
    if len(now.encode("utf-8", "replace")) > grammars.LARGEST_PARSE:
        return Verdict(doubts=(TOO_LARGE,) if known else ())
    errors = n_errors(now, language.name)
    fault = ""
    # Most answers parse, and then the old text need not be parsed.
    if errors and errors[0]:
        above = now.count("\n", 0, max(now.find(code), 0))
        if (had := n_errors(was, language.name)) and errors[0] > had[0] or not was.strip():
            fault = f"it does not parse: see line {max(errors[1] - above, 1)}"
    elif language.name == "Python":
        fault, is_clear = _python_fault(was, now, old, code)
        if fault and not is_clear:
            doubt = f"cannot be read by Python {_VERSION}: {fault}"
            return Verdict(doubts=() if errors else (doubt,))
        fault = f"it does not parse: {fault}" if fault else ""
    elif errors is None and language.shape == "braces":
        if known:
            return Verdict(doubts=("could not be parsed, so its syntax is not checked",))
        if (bracket := unbalanced(now, language)) and not unbalanced(was, language):
            fault = f"a bracket has no partner: {bracket}"
    return Verdict((fault,)) if fault else Verdict()


def _python_fault(was: str, now: str, old: str, code: str) -> tuple[str, bool]:
    """What this Python has against new code, and whether any Python would have it.

    The grammar reads newer syntax than this Python, but also wrong indentation, and what is found
    after parsing: ``return`` outside of a function, say.
    """
    fault, is_clear = "", True
    if len(now) <= MAX_COMPILE_CHARS:
        # Most answers have no fault, and then the old text need not be read.
        fault, is_clear = _python_error(now)
    if len(now) > MAX_COMPILE_CHARS or (fault and _python_error(was)[0]):
        old, new = (text.removeprefix(BYTE_ORDER_MARK).lstrip("\n") for text in (old, code))
        if old.strip() and _indent(old) != _indent(new):
            return "unexpected indent in line 1", True
        return _python_error(textwrap.dedent(code), in_place=False)
    return fault, is_clear


def _indent(code: str) -> str:
    return code[: len(code) - len(code.lstrip(" \t"))]


_NO_PYTHON = re.compile(r"Missing parentheses in call|invalid (?:non-printable )?character")
"""What Python 3 says of Python 2, and of characters that look like others: neither is new."""
_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def _python_error(code: str, *, in_place: bool = True) -> tuple[str, bool]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(code)
        except SyntaxError as error:
            is_clear = isinstance(error, IndentationError) or bool(_NO_PYTHON.match(error.msg))
            return f"{error.msg} in line {error.lineno}", is_clear
        except (ValueError, RecursionError, MemoryError) as error:
            return str(error) or type(error).__name__, False
        try:
            compile(tree if in_place else "", "<answer>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return str(error).partition(" (<")[0], True
    return "", True
