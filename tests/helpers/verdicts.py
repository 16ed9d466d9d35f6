"""What the checks say of new code in the place of old."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.marks import selection

from foretype.languages import grammars
from foretype.languages import refactor_traits as languages
from foretype.languages.table import Language
from foretype.refactor.actions.catalogue import BY_NAME, Action
from foretype.refactor.checks.acceptance import Verdict, judge, judge_file
from foretype.refactor.checks.comparison import Side


def verdict(
    before: str, start: int, end: int, code: str, language: Language, action: Action
) -> Verdict:
    """What is known about ``code`` in the place of ``before[start:end]``, which are whole lines."""
    first = before.count("\n", 0, start)
    last = first + before.count("\n", start, end)
    return judge(Side(before.split("\n"), first, last, language), code, action)


def faults(
    before: str, start: int, end: int, code: str, language: Language, action: Action
) -> list[str]:
    """What is wrong with it."""
    return list(verdict(before, start, end, code, language, action).faults)


def faults_of_file(old: str | None, new: str, language: Language) -> list[str]:
    """What is wrong with a whole file; ``old`` is None for a new one."""
    return list(judge_file(old, new, language).faults)


def said(language: str, drawn: str, code: str, action: str = "simplify", told: str = "") -> str:
    """What is wrong with a change, or asked about; empty where it passes.

    ``drawn``: the old code, with ``«…»`` around what is replaced. ``told``: an instruction.
    """
    row = languages.of_id(language)
    if not grammars.has_grammar(row.name):
        pytest.skip("there is no grammar for this platform")
    text, start, end = selection(drawn)
    asked = replace(BY_NAME[action], instruction=told or BY_NAME[action].instruction)
    found = verdict(text, start, end, code, row, asked)
    return "; ".join([*found.faults, *found.doubts])
