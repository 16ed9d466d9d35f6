"""Find risky constructs that new code has and the old code did not, for the user to confirm.

A model may propose to evaluate text, run a shell or disable certificate verification, but not
unnoticed. This finds what a model writes in good faith, under whatever name it was imported; it
is no protection against deliberately hidden code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from foretype.languages.table import Language
from foretype.refactor.risks import python_risks, risk_patterns

HEAD_CHARS = 20_000
"""Characters at the top of a file that are searched for imports."""


@dataclass(frozen=True, slots=True)
class Risk:
    """Code that the user has to confirm. ``reason`` completes a sentence that begins "The code"."""

    reason: str
    line: int
    """The line in the new code, from 1."""


def find_risks(old: str, new: str, language: Language, around: str = "") -> list[Risk]:
    """Return the risks of the new code that the old code did not have.

    ``around`` is the file that contains the code: names in the code may be imported there.
    """
    before, after = _find(old, new, language, around[:HEAD_CHARS])
    return _invisible_characters(old, new) + [
        Risk(reason, lines[-1])
        for reason, lines in after.items()
        if len(lines) > len(before.get(reason, ()))
    ]


def risk_of_file(path: str) -> Risk | None:
    """Return the risk of changing a file that other programs execute automatically."""
    parts = path.lower().split("/")
    if _AUTO_RUN_FILES.fullmatch(parts[-1]) or _AUTO_RUN_FOLDERS.intersection(parts[:-1]):
        return Risk("stands in a file that other programs run by themselves", 1)
    return None


def _find(
    old: str, new: str, language: Language, around: str
) -> tuple[risk_patterns.Found, risk_patterns.Found]:
    """Return the lines of each reason in the old code and in the new code."""
    if language.name == "Python":
        if not python_risks.may_be_risky(new, around):
            return {}, {}
        before, after = (python_risks.find_python_risks(code, around) for code in (old, new))
        if before is not None and after is not None:
            return before, after
    return (
        risk_patterns.find_pattern_risks(old, language, around),
        risk_patterns.find_pattern_risks(new, language, around),
    )


def _invisible_characters(old: str, new: str) -> list[Risk]:
    """Return invisible characters that make code look different from what it does."""
    hits = list(_INVISIBLE.finditer(new))
    if len(hits) <= len(_INVISIBLE.findall(old)):
        return []
    return [Risk("holds invisible characters", new.count("\n", 0, hits[-1].start()) + 1)]


_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\U000e0000-\U000e007f]")
_AUTO_RUN_FILES = re.compile(
    r"package\.json|setup\.py|conftest\.py|makefile|justfile|\.envrc|\.pre-commit-config\.yaml"
    r"|dockerfile|\.gitattributes|\.gitmodules|\.foretype\.toml|sitecustomize\.py|build\.rs"
    r"|\.npmrc|noxfile\.py|tox\.ini|.*\.pth|.*\.service"
)
_AUTO_RUN_FOLDERS = {
    ".github",
    ".gitlab",
    ".circleci",
    ".vscode",
    ".idea",
    ".husky",
    ".devcontainer",
}
