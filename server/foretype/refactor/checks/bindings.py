"""Names that are bound, used and exported: what is gone, and what still needs it."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from typing import Any

from foretype.languages.blanking import blanked
from foretype.languages.definitions import Definition, outline_of, word_set
from foretype.languages.import_placement import imports_in
from foretype.refactor.checks.comparison import Comparison, Finding, Side, text_of


def names_gone(change: Comparison) -> Iterator[Finding]:
    """Names that other code uses, special methods among them; private ones that are still used."""
    keeps = change.action.keeps_names
    lost = [d for d in gone(change) if keeps or d.kind != "value"]
    public = [d for d in lost if d.public and _is_seen(d, change)]
    public = [d for d in public if ".".join(d.parents) not in {p.path for p in public}]
    if public and (names := ", ".join(sorted({d.path for d in public}))):
        if keeps:
            yield Finding(f"public names are gone: {names}", is_fault=True)
        elif not {d.name for d in change.after.edge} - {d.name for d in change.before.edge}:
            yield Finding(f"no longer defines {names}")
    for each in lost:
        used = rf"(?<![\w.]){re.escape(each.name)}(?!\w)|this\.{re.escape(each.name)}\b"
        if each not in public and re.search(used, change.after.quiet_file):
            yield Finding(f"{each.name} is gone, and is still used", is_fault=True)


def gone(change: Comparison) -> list[Definition]:
    """What the lines defined for others, and neither define nor bind any more."""
    declares = change.language.name in _DECLARES
    lost = [olds[0] for path, olds in change.before.by_path.items()
            if path not in change.after.by_path and not olds[0].local]  # fmt: skip
    # An assignment in a method declares no member of its class.
    return [
        each
        for each in lost
        if declares and each.kind == "value" and each.parents or not _binds(each.name, change.after)
    ]


def _is_seen(definition: Definition, change: Comparison) -> bool:
    """Whether other files see a value: a member of a type, and what is exported."""
    if definition.kind != "value" or change.language.name == "Python":
        return True
    if any(d.path == ".".join(definition.parents) and d.kind == "type"
           for d in change.before.definitions):  # fmt: skip
        return True
    return bool({"export", "pub", "public", "const"} & definition.modifiers) and (
        change.language.name not in ("JavaScript", "TypeScript") or "export" in definition.modifiers
    )


_DECLARES = ("Java", "C#", "C", "C++", "Go", "Rust")
"""Languages in which an assignment alone declares no name."""


def _binds(name: str, side: Side) -> bool:
    """Whether the code assigns or imports a name."""
    least = int(side.language.name in _DECLARES)
    assigned = (
        rf"^[ \t]*(?:[\w*&<>\[\].]+[ \t]+){{{least},4}}{re.escape(name)}[ \t]*"
        r"(?::[^=\n]{1,80})?=(?![=>])"
    )
    return bool(re.search(f"{assigned}|{_in_import(name)}", side.code, re.M))


def _in_import(name: str) -> str:
    """A pattern of a line that imports a name, or hands it on."""
    words = r"(?:(?:from|import|use|using|export|require)\b|#\s*define\s)"
    return rf"^[ \t]*{words}[^\n]{{0,200}}\b{re.escape(name)}\b"


_EXPORTS = re.compile(
    r"^[ \t]*(?:module\.exports\b|exports\.\w+\s*=|export\s*[{*]|export default \w+;"
    r"|pub (?:use|mod)\b)[^;\n]*(?:\{[^{}]*\})?",
    re.M,
)
_IS_CODE = re.compile(r"=>|\(|\bfunction\b")


def exports_gone(change: Comparison) -> Iterator[Finding]:
    """Names that were handed on to other files."""
    was, now = change.both(_exported)
    if was - now and not now - was:
        yield Finding(f"no longer exports {', '.join(sorted(was - now))[:60]}")


def _exported(side: Side) -> set[str]:
    lists = (each for each in _EXPORTS.findall(side.quiet) if not _IS_CODE.search(each))
    return {word for each in lists for word in re.findall(r"\w+", each)}


def unbound(change: Comparison) -> Iterator[Finding]:
    """Names that are used, and whose assignment or import is gone."""
    was, now = change.both(_roles)
    had, has = ({name for name in roles if "bound" in roles[name]} for roles in (was, now))
    # A new helper or module may be anywhere, and is called or looked into.
    dots = "" if change.language.name in ("C++", "C", "Rust", "Ruby") else "."
    alone = set(re.findall(rf"(?<![\w.])(\w+)\b(?!!?[({dots}]|::)", change.after.quiet))
    for name, roles in now.items():
        if roles - {"assigned"} != {"read"} or not name[:1].islower():
            continue
        may_be_new = name in alone and len(has) < len(had)
        is_lost = (
            name in had
            or may_be_new
            and not re.search(rf"\b{re.escape(name)}\b", change.before.text)
        )
        if is_lost and not _is_elsewhere(name, change):
            yield Finding(f"uses {name}, and nothing defines it any more")
            return
    for name in sorted(_imported(change.before) - _imported(change.after) - has):
        used = rf"(?<![\w.$@]){re.escape(name)}(?!\w)"
        if re.search(used, change.after.quiet_file) and not _is_elsewhere(name, change):
            yield Finding(f"uses {name}, and no longer imports it")
            return


def _is_elsewhere(name: str, change: Comparison) -> bool:
    """Whether something else in the file defines a name, or imports it; or Python itself does."""
    if change.language.name == "Python" and hasattr(builtins, name):
        return True
    required = rf"\brequire\b.*\b{re.escape(name)}\b"
    if re.search(f"{_in_import(name)}|{required}", change.after.text, re.M):
        return True
    found = outline_of(change.after.text, change.language).definitions
    return any(d.name == name and not d.local for d in found)


def _roles(side: Side) -> dict[str, set[str]]:
    """The names in the lines, each with what is done with it there."""
    found: dict[str, set[str]] = {}
    for leaf in side.leaves:
        if leaf.type in _NAMES:
            found.setdefault(text_of(leaf), set()).add(_role(leaf))
    return found


_NAMES = word_set("identifier constant shorthand_property_identifier_pattern")
_LISTS = word_set("expression_list pattern_list left_assignment_list")
_AROUND = _LISTS | word_set("pointer_declarator reference_declarator array_declarator")
_BINDERS = word_set(
    "assignment variable_declarator init_declarator let_declaration function_definition"
    " function_declaration var_spec const_spec local_variable_declaration function_declarator"
)
_ASSIGNS = ("assignment_expression", "assignment_statement")
"""What assigns, and declares nothing."""
_USED_AS = word_set(
    "value right condition operand object function argument arguments receiver path consequence"
)
_USES = word_set(
    "argument_list arguments binary_expression binary_operator comparison_operator return_statement"
    " boolean_operator not_operator unary_expression parenthesized_expression list dictionary"
    " expression_statement interpolation template_substitution await await_expression array"
    " reference_expression binary subscript element_reference body_statement then token_tree"
)


def _role(node: Any) -> str:
    """Whether a name is "bound" here, "assigned" to where that does not declare it, or "read";
    empty where that is not plain."""
    part, above = node, node.parent
    while above.type in _AROUND:
        part, above = above, above.parent
    places = {place for place in _PLACES if above.child_by_field_name(place) == part}
    if places & _NAMED_AS:
        if above.type in _ASSIGNS:
            return "assigned"
        if above.type in _BINDERS or part.type in _LISTS:
            return "bound"
    if above.type in ("pair_pattern", "object_assignment_pattern") or "name" in places:
        return ""
    is_value = above.type in _USES or above.type == "keyword_argument" or places & _USED_AS
    return "read" if is_value else ""


_NAMED_AS = word_set("left pattern declarator name")
_PLACES = _USED_AS | _NAMED_AS


def _imported(side: Side) -> set[str]:
    """The names that imports in the lines bind, as far as they tell."""
    found: set[str] = set()
    for statement in imports_in(side.code, side.language):
        quiet = blanked(statement, side.language)
        if side.language.name == "Go":
            found |= {re.split(r"[/\"]", each)[-2] for each in re.findall(r"\"[^\"]+\"", statement)}
            continue
        if side.language.name == "Python":
            quiet = quiet.partition("import")[2]
        parts = re.split(r"[,{}();]|\bfrom\b", re.sub(r"[\w.*]+\s+as\s+", "", quiet))
        found |= {words[-1] for each in parts if (words := re.findall(r"\w+", each))}
    return found - {"self", "import", "require", "use", "static"}
