"""The table of what may change under which refactoring.

Whatever is not named here, and changes all the same, is a fault or asked about: see ``rules.py``.
"""

from __future__ import annotations

import re
from typing import Literal

from foretype.refactor.actions.catalogue import Action

Aspect = Literal[
    "names",
    "parameters",
    "types",
    "decorators",
    "bases",
    "visibility",
    "body",
    "end",
    "comments",
    "effects",
    "errors",
    "calls",
    "debugging",
    "tools",
    "tests",
    "size",
]
"""Names that are gone; parameters; the types of parameters and results; decorators; what a type
inherits; who can see a name; a body that becomes a stub; the last statements; comments and
licenses that go; code that runs when the file is loaded; error checks; what is called and which
branches there are; output to the console; comments that tools read; tests; far fewer lines."""

MAY_CHANGE: dict[str, frozenset[Aspect]] = {
    "implement": frozenset({"comments", "end", "errors", "types", "calls", "debugging"}),
    "simplify": frozenset(),
    "optimize": frozenset(),
    "extract": frozenset({"end", "errors", "comments", "calls"}),
    "inline": frozenset({"end", "calls"}),
    "rename": frozenset(),
    "type-hints": frozenset({"types", "end"}),
    "docstrings": frozenset({"comments"}),
    "explain": frozenset({"comments"}),
    "async": frozenset({"types", "end", "decorators", "calls"}),
    "errors": frozenset({"types", "end", "errors", "calls"}),
    "modernize": frozenset({"types", "decorators", "errors", "end", "calls"}),
    "fix": frozenset({"types", "errors", "end", "calls", "tools"}),
}
"""By the name of an action. One that is not listed follows an instruction."""

_NAMED: dict[Aspect, str] = {
    "names": r"renam|remov|delet|drop|extract|split|merg|inlin|mov(?:e|ing)|replac|turn|convert"
    r"|rewrite .* as|make (?:it|this) (?:a|an)\b|class|dataclass",
    "parameters": r"param|argument|signature|accept|option|tak(?:e|es|ing)|pass(?:es|ing)?\b"
    r"|keyword|default|renam|overload|inject|async|depend|add (?:a |an )?\w+(?: \w+)?$",
    "types": r"typ|hint|annotat|return|generic|signature|result|nullab|optional|const|async|error",
    "decorators": r"decorat|annotat|attribut|cach|propert|static|route|derive|@|async",
    "bases": r"class|inherit|base|parent|extend|implement|mixin|deriv|protocol|interface|compos",
    "visibility": r"privat|public|export|hid(?:e|den)|visib|protected|internal|\bpub\b|static",
    "body": r"(?:stubs?|pass|empty|no-?op|placeholders?|skeleton|abstract|protocol|interface"
    r"|not ?implemented|bod(?:y|ies)|nothing)\b|\B\.\.\.",
    "end": r"return|remov|delet|drop|result|stop|early|void|yield|stub|\bempty\b",
    "comments": r"comment|doc|licen[sc]e|header|TODO|FIXME",
    "effects": r"module|global|top.?level|main\b|start|init|script|log|print|example|usage|load"
    r"|run",
    "errors": r"error|exception|rais|throw|catch|check|validat|assert|panic|unwrap|fail|guard|try",
    "calls": r"remov|delet|drop|replac|inline|extract|without|stop|instead|disable|comment|clean"
    r"|mov(?:e|ing)|rewrite .* as|turn|convert|no longer|skip|sync|async",
    "debugging": r"print|log|debug|trac|output|show|echo|display|report|cli\b|main\b|write",
    "tools": r"lint|noqa|type|ignor|suppress|check|warn|silenc|pragma|directive|format|comment"
    r"|cover|guard|header|import",
    "tests": r"test|assert|skip",
    "size": r"short|remov|delet|simpl|reduc|drop|inline|replac|stub",
}
_WORDS = {aspect: re.compile(rf"\b(?:{words})", re.I) for aspect, words in _NAMED.items()}


def may_change(action: Action, aspect: Aspect) -> bool:
    """Whether something may change unasked under a refactoring: by the table, or, where the user
    wrote an instruction, by what that names."""
    if action.name in MAY_CHANGE:
        return aspect in MAY_CHANGE[action.name]
    return bool(_WORDS[aspect].search(action.instruction))
