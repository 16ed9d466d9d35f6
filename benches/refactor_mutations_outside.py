"""Odd mutations of what others see of a function: its signature, its class, its file."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace

from benches.refactor_cases import Case, Rewrite
from benches.refactor_lines import Mutation, case_of, function_in
from benches.refactor_mutations_inside import silenced
from foretype.languages import refactor_traits
from foretype.languages.definitions import outline_of
from foretype.languages.import_placement import imports_in

NEAR_THE_TOP = 120
"""Lines from a file's top: a function further down is not selected together with them."""
LONGEST_CLASS = 150
"""Lines."""

_DEFAULT = re.compile(
    r"=\s*(\d+|True|False|true|false|None|null|nil|\"[^\"]*\"|'[^']*'|\{\}|\[\]|\(\))"
)
_OTHER_VALUES = {
    "True": "False", "False": "True", "true": "false", "false": "true",
    "None": "0", "null": "0", "nil": "0",
}  # fmt: skip


def _default_changed(rewrite: Rewrite, dice: random.Random) -> str | None:
    found = function_in(rewrite, rewrite.code)
    if found is None or not rewrite.keeps_header:
        return None
    for each in found[0].parameters:
        default = _DEFAULT.search(each.text)
        if default and each.text in rewrite.new:
            value = default[0].replace(default[1], _OTHER_VALUES.get(default[1], "7"))
            return rewrite.new.replace(each.text, each.text.replace(default[0], value), 1)
    return None


_RECEIVERS = {
    "go": ((r"func \((\w+) \*", r"func (\1 "), (r"func \((\w+) (?!\*)", r"func (\1 *")),
    "rust": ((r"&mut self", "&self"), (r"\(&self", "(self"), (r"\(self", "(&self")),
    "cpp": ((r"\)\s*const\b", ")"),),
    "python": ((r"\(self, ", "("), (r"\(self\)", "()")),
    "java": ((r"\bsynchronized ", ""),),
}


def _receiver_changed(rewrite: Rewrite, dice: random.Random) -> str | None:
    """How a method has what it is called on."""
    at = rewrite.old.header - rewrite.old.first
    header = "".join(rewrite.new.split("\n")[at : at + 1])
    return _first_change(rewrite.new, header, _RECEIVERS.get(rewrite.language, ()))


def _first_change(code: str, line: str, pairs: tuple[tuple[str, str], ...]) -> str | None:
    """Code in which the first pattern that a line matches is replaced there."""
    for pattern, instead in pairs:
        changed = re.sub(pattern, instead, line, count=1)
        if changed != line:
            return code.replace(line, changed, 1)
    return None


def _of_class(change: Callable[[list[str], int, str], str | None]) -> Mutation:
    """A mutation of the class around a function: of its lines, its own one and its language."""

    def mutate(rewrite: Rewrite, dice: random.Random) -> Case | None:
        outline = outline_of(rewrite.text, refactor_traits.of_id(rewrite.language))
        around = outline.around(rewrite.old.first, rewrite.old.last)
        types = [each for each in around if each.kind == "type"]
        if not types or types[-1].last - types[-1].first > LONGEST_CLASS:
            return None
        own = types[-1]
        lines = rewrite.lines[own.first : own.last + 1]
        code = change(lines, own.header - own.first, rewrite.language)
        return replace(case_of(rewrite, code), selected=(own.first, own.last)) if code else None

    return mutate


_BASES = (
    (r"class (\w+)\([^)]*\)", r"class \1"),
    (r" extends [\w.<>, ]+", " "),
    (r" implements [\w.<>, ]+", " "),
    (r"class (\w+) < [\w:]+", r"class \1"),
    (r"(class|struct) (\w+)\s*:\s*(public |private )?[\w:<>]+", r"\1 \2"),
)


def _base_dropped(lines: list[str], header: int, language: str) -> str | None:
    return _first_change("\n".join(lines), lines[header], _BASES)


_FIELD = {
    "python": r"    \w+(: \w+)? = .+[^(\[{,]$",
    "java": r"\s+(private|public|protected) [\w<>\[\]]+ \w+( = .*)?;$",
    "csharp": r"\s+(private|public|protected) (readonly )?[\w<>\[\]]+ \w+( = .*)?;$",
    "typescript": r"\s+(private |readonly |public )?\w+(: .*)?( = .*)?;$",
    "javascript": r"  (static )?#?\w+ = .*;$",
    "cpp": r"\s+[\w:<>*&]+ \w+;$",
    "go": r"\t\w+ +[\w.*\[\]]+$",
    "rust": r"    (pub )?\w+: [\w<>:]+,$",
    "ruby": r"\s+(attr_\w+|include) .*$",
}


def _field_dropped(lines: list[str], header: int, language: str) -> str | None:
    field = re.compile(rf"(?!\s*(?:return|break|using|throw)\b){_FIELD[language]}")
    for at, line in enumerate(lines[1:-1], 1):
        if field.match(line):
            return "\n".join([*lines[:at], *lines[at + 1 :]])
    return None


def _enumerator_dropped(rewrite: Rewrite, dice: random.Random) -> Case | None:
    for each in outline_of(rewrite.text, refactor_traits.of_id(rewrite.language)).definitions:
        is_enum = each.kind == "type" and each.node is not None and "enum" in each.node.type
        if not is_enum or not 3 < each.last - each.first < 60:
            continue
        lines = rewrite.lines[each.first : each.last + 1]
        inner = list(enumerate(lines[1:-1], 1))
        whole = [at for at, line in inner if re.match(r"\s*[A-Z]\w*.*,\s*(//.*)?$", line)]
        begun = [at for at, line in inner if re.match(r"\s*[A-Z]\w*,", line)]
        if rows := [at for at in whole if "(" not in lines[at]] or begun:
            code = "\n".join([*lines[: rows[0]], *lines[rows[0] + 1 :]])
            return replace(case_of(rewrite, code), selected=(each.first, each.last))
    return None


def _directive_gone(rewrite: Rewrite, dice: random.Random) -> Case | None:
    """The file has a comment that a tool reads, and the answer does not."""
    old = silenced(rewrite, rewrite.code, random.Random(rewrite.name))
    return replace(case_of(rewrite, rewrite.new), text=rewrite.with_code(old)) if old else None


def _without_lines(rewrite: Rewrite, first: int, last: int) -> Case:
    """All from the file's top to the function, without some lines above it."""
    above = rewrite.truth.split("\n")[: rewrite.old.first]
    code = "\n".join([*above[:first], *above[last:], rewrite.new])
    return replace(case_of(rewrite, code), selected=(0, rewrite.old.last))


def _import_dropped(rewrite: Rewrite, dice: random.Random) -> Case | None:
    """An import of which a name is used further down."""
    if rewrite.old.first > NEAR_THE_TOP or rewrite.language == "ruby":
        return None
    lines = rewrite.truth.split("\n")[: rewrite.old.first]
    at = 0
    for statement in imports_in("\n".join(lines), refactor_traits.of_id(rewrite.language)):
        size = statement.count("\n") + 1
        at = next(n for n in range(at, len(lines)) if lines[n] == statement.split("\n")[0])
        named = statement.split("import")[-1] if rewrite.language == "python" else statement
        rest = rewrite.new + "\n".join(lines[at + size :])
        names = [name for name in re.findall(r"\w+", named) if len(name) > 3]
        if any(re.search(rf"\b{name}\b", rest) for name in names):
            return _without_lines(rewrite, at, at + size)
    return None


_HEAD_LINE = re.compile(
    r"#pragma|#ifndef|#define|['\"]use strict|package |#!|# frozen_string|# -\*-|//go:build"
    r"|from __future__|# coding"
)


def _head_line_dropped(rewrite: Rewrite, dice: random.Random) -> Case | None:
    """A line that a compiler or a loader reads."""
    if rewrite.old.first > NEAR_THE_TOP:
        return None
    for at, line in enumerate(rewrite.lines[: rewrite.old.first]):
        if _HEAD_LINE.match(line):
            return _without_lines(rewrite, at, at + 1)
    return None


_EXPORT = re.compile(
    r"(?:module\.exports|exports\.\w+ =|export \{|export \*|__all__|pub use |pub mod"
    r" |export default \w+;)(?=.*[;})\]\"']\s*$)|exports\.\w+ = \w+$"
)


def _export_dropped(rewrite: Rewrite, dice: random.Random) -> Case | None:
    lines = rewrite.lines
    for at, line in enumerate(lines) if len(lines) <= 200 else ():
        if _EXPORT.match(line):
            code = "\n".join([*lines[:at], *lines[at + 1 :]])
            return replace(case_of(rewrite, code), selected=(0, len(lines) - 1))
    return None


OUTSIDE: dict[str, Mutation] = {
    "default changed": _default_changed,
    "receiver changed": _receiver_changed,
    "base class dropped": _of_class(_base_dropped),
    "field dropped": _of_class(_field_dropped),
    "directive gone": _directive_gone,
    "import dropped": _import_dropped,
    "head line dropped": _head_line_dropped,
    "export dropped": _export_dropped,
    "enumerator dropped": _enumerator_dropped,
}
