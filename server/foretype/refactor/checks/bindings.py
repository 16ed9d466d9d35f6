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
    was, now = change.both(lambda side: set(_bound(side)))
    uses: dict[str, bool] = {}
    for node in change.after.nodes:
        if node.type in _NAMES and not _is_given_a_value(node):
            name = text_of(node)
            uses[name] = uses.get(name, True) and _is_use(node)
    old = set(re.findall(r"\w+", change.before.text))
    # A new helper or module may be anywhere, and is called or looked into.
    dots = "" if change.language.name in ("C++", "C", "Rust", "Ruby") else "."
    alone = set(re.findall(rf"(?<![\w.])(\w+)\b(?!!?[({dots}]|::)", change.after.quiet))
    for name, is_certain in uses.items():
        is_new = name not in old and name in alone and len(now) < len(was)
        is_lost = is_certain and name not in now and (name in was or is_new)
        if is_lost and name[:1].islower() and not _is_elsewhere(name, change):
            yield Finding(f"uses {name}, and nothing defines it any more")
            return
    for name in sorted(_imported(change.before) - _imported(change.after) - now):
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


_NAMES = word_set("identifier constant shorthand_property_identifier_pattern")
_USED_AS = word_set(
    "value right condition operand object function argument arguments receiver path consequence"
)
_USES = word_set(
    "argument_list arguments binary_expression binary_operator comparison_operator return_statement"
    " boolean_operator not_operator unary_expression parenthesized_expression list dictionary"
    " expression_statement interpolation template_substitution await await_expression array"
    " reference_expression binary subscript element_reference body_statement then"
)


def _is_use(node: Any) -> bool:
    """Whether a name is plainly read here, rather than given a value or declared."""
    above = node.parent
    if above is None or above.type in ("pair_pattern", "object_assignment_pattern"):
        return False
    if above.type in ("token_tree", "keyword_argument"):
        return bool(above.child_by_field_name("name") != node)
    if above.type == "expression_list":
        node, above = above, above.parent
    return above.type in _USES or any(above.child_by_field_name(p) == node for p in _USED_AS)


def _is_given_a_value(node: Any) -> bool:
    """Whether a name is assigned to where that does not declare it."""
    if node.parent.type == "expression_list":
        node = node.parent
    above = node.parent
    return above.type in _ASSIGNS and above.child_by_field_name("left") == node


_ASSIGNS = ("assignment_expression", "assignment_statement")
"""What assigns, and declares nothing."""


_BINDERS = word_set(
    "assignment variable_declarator init_declarator let_declaration function_definition"
    " function_declaration var_spec const_spec local_variable_declaration function_declarator"
)
_DECLARATORS = word_set("pointer_declarator reference_declarator array_declarator")
_LISTS = word_set("expression_list pattern_list left_assignment_list")


def _bound(side: Side) -> Iterator[str]:
    """The names that statements in the lines declare, or assign where that declares."""
    for node in side.nodes:
        if node.type not in _NAMES:
            continue
        part, above = node, node.parent
        while above is not None and above.type in _DECLARATORS:
            part, above = above, above.parent
        if above is None:
            continue
        places = ("left", "pattern", "declarator", "name")
        is_named = any(above.child_by_field_name(place) == part for place in places)
        in_list = above.type in _LISTS and above.parent.child_by_field_name("left") == above
        in_list = in_list and above.parent.type not in _ASSIGNS
        if is_named and above.type in _BINDERS or in_list:
            yield text_of(node)


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
