"""What is wrong with new code, without what could not be checked."""

from __future__ import annotations

from foretype.languages.table import Language
from foretype.refactor.actions.catalogue import Action
from foretype.refactor.checks.acceptance import judge, judge_file


def faults(
    before: str, start: int, end: int, code: str, language: Language, action: Action
) -> list[str]:
    """What is wrong with putting ``code`` in the place of ``before[start:end]``."""
    return list(judge(before, start, end, code, language, action).faults)


def faults_of_file(old: str | None, new: str, language: Language) -> list[str]:
    """What is wrong with a whole file; ``old`` is None for a new one."""
    return list(judge_file(old, new, language).faults)
