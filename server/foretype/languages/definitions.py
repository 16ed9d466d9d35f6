"""What a file defines, read from its syntax tree: the outline that refactorings compare.

``blocks.py`` reads the same from lines, where there is no grammar or the file is too large to be
parsed; ``outline.py`` does so in texts that are not finished.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from foretype.core.text import Document
from foretype.languages.blocks import Block, blocks_of
from foretype.languages.grammars import best_tree
from foretype.languages.table import Language

Kind = Literal["function", "type", "value"]


def word_set(words: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(words.split())


_FUNCTIONS = word_set(
    "function_definition function_declaration generator_function_declaration"
    " method_definition function_signature method_signature abstract_method_signature"
    " method_declaration method_elem function_item function_signature_item macro_definition"
    " constructor_declaration compact_constructor_declaration destructor_declaration"
    " operator_declaration conversion_operator_declaration local_function_statement"
    " indexer_declaration method singleton_method inline_method_definition"
)
_TYPES = word_set(
    "class_definition class_declaration abstract_class_declaration interface_declaration"
    " enum_declaration type_alias_declaration internal_module module class type_spec"
    " type_alias struct_item enum_item trait_item impl_item mod_item union_item type_item"
    " record_declaration annotation_type_declaration struct_declaration"
    " namespace_declaration delegate_declaration file_scoped_namespace_declaration"
    " class_specifier struct_specifier enum_specifier union_specifier namespace_definition"
    " trait_declaration type_alias_statement"
)
_VALUES = word_set(
    "const_spec var_spec const_item static_item variable_declarator property_declaration"
    " public_field_definition field_definition assignment assignment_expression pair"
    " init_declarator const_element property_element enumerator enum_constant enum_variant"
    " enum_assignment enum_member_declaration"
)
_FUNCTION_VALUES = word_set(
    "arrow_function function_expression generator_function lambda func_literal"
)
_WRAPPERS = word_set(
    "decorated_definition export_statement lexical_declaration variable_declaration"
    " template_declaration type_declaration const_declaration var_declaration"
    " field_declaration expression_statement declaration ambient_declaration"
)
"""Statements that consist of a definition and what is written around it."""
_OPAQUE = word_set(
    "string template_string array list dictionary set tuple comment line_comment"
    " block_comment parameters formal_parameters parameter_list import_statement"
    " use_declaration import_declaration preproc_include raw_string_literal string_literal"
    " list_comprehension array_creation_expression initializer_list composite_literal"
    " token_tree"
)
"""Nodes in which nothing is looked for."""
_ATTRIBUTES = word_set(
    "decorator attribute_item attribute_list attribute annotation marker_annotation"
    " inner_attribute_item attribute_declaration"
)
_ALWAYS_WHOLE = frozenset(("method", "singleton_method", "macro_definition"))
"""Nodes that are whole though they have no field for a body."""
COMMENTS = frozenset(("comment", "line_comment", "block_comment"))


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function."""

    name: str
    text: str
    """As it is written, blanks made equal."""
    optional: bool = False
    """Whether a call may leave it out."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One function, type or value that a file defines; lines count from 0."""

    name: str
    kind: Kind
    parents: tuple[str, ...]
    """The names of the definitions around it, the outermost first."""
    first: int
    """Its first line: that of its decorators."""
    header: int
    """The line with its name."""
    last: int
    """Its last line, included."""
    parameters: tuple[Parameter, ...] = ()
    result: str = ""
    """Its result's type, as it is written."""
    decorators: tuple[str, ...] = ()
    modifiers: frozenset[str] = frozenset()
    has_body: bool = True
    local: bool = False
    """Whether it is in a function, so that nothing outside can name it."""
    node: Any = field(default=None, compare=False, repr=False)

    @property
    def path(self) -> str:
        """Its name with those of its parents, such as ``Shop.large``."""
        return ".".join((*self.parents, self.name))

    @property
    def public(self) -> bool:
        """Whether code in other files could refer to it."""
        hidden = {"private", "fileprivate"} & self.modifiers
        special = self.name.startswith("__") and self.name.endswith("__")
        return not self.local and not hidden and (special or self.name[:1] not in ("_", "#"))


@dataclass(frozen=True, slots=True)
class Outline:
    """What a text defines, in its order."""

    definitions: tuple[Definition, ...]
    root: Any = field(default=None, compare=False, repr=False)
    """The tree's root; None where it was read from lines."""
    kept: Any = field(default=None, compare=False, repr=False)
    """The tree, which has to outlive its nodes."""

    def inside(self, first: int, last: int) -> list[Definition]:
        """The definitions that lie in a range of lines, ends included."""
        return [d for d in self.definitions if first <= d.header and d.last <= last]

    def around(self, first: int, last: int) -> list[Definition]:
        """The definitions that hold a range of lines, the outermost first."""
        return [d for d in self.definitions if d.first <= first and last <= d.last]


EVERYWHERE = 1 << 30
"""A line that no file has."""


def outline_of(text: str, language: Language, first: int = 0, last: int = EVERYWHERE) -> Outline:
    """The outline of a text, or of what meets a range of its lines, ends included.

    Functions in functions count too, as local. Its time grows with the text where that is not
    parsed yet: not for the event loop.
    """
    tree = best_tree(text, language.name)
    found: list[Definition] = []
    if tree is None:
        return Outline(tuple(_by_lines(text, language)))
    try:
        _Walk(first, last, found).into(tree.root_node, (), False)
    except RecursionError:
        # An expression of a thousand terms is as many nodes deep.
        return Outline(tuple(_by_lines(text, language)))
    return Outline(tuple(found), tree.root_node, tree)


def children_in(node: Any, first: int, last: int) -> Iterator[Any]:
    """A node's named children that meet a range of lines, ends included."""
    if node.child_count < MANY_CHILDREN:
        for child in node.named_children:
            if child.start_point[0] > last:
                return
            if child.end_point[0] >= first:
                yield child
        return
    cursor = node.walk()
    there = cursor.goto_first_child_for_point((first, 0)) is not None
    while there and cursor.node.start_point[0] <= last:
        if cursor.node.is_named:
            yield cursor.node
        there = cursor.goto_next_sibling()


MANY_CHILDREN = 100
"""Children among which the first in some lines is searched for."""

_NAMESPACES = word_set(
    "namespace_definition namespace_declaration file_scoped_namespace_declaration internal_module"
    " mod_item"
)


def is_namespace(definition: Definition) -> bool:
    """Whether a definition only groups others."""
    return definition.node is not None and definition.node.type in _NAMESPACES


def outermost(definitions: list[Definition]) -> list[Definition]:
    """Those that lie in no other of the same list."""
    edge: list[Definition] = []
    for each in definitions:
        if not edge or each.first > edge[-1].last or each.last > edge[-1].last:
            edge.append(each)
    return edge


def _by_lines(text: str, language: Language) -> Iterator[Definition]:
    document = Document("", text)
    around: list[Block] = []
    for each in blocks_of(document, language):
        while around and around[-1].last < each.header:
            around.pop()
        words = frozenset(document.line(each.header).split(each.name)[0].split())
        yield Definition(
            *(each.name, each.kind, tuple(outer.name for outer in around)),
            *(each.first, each.header, each.last),
            modifiers=words | ({"private"} if "local" in words else frozenset()),
            has_body=each.has_body,
            local=bool(around) and around[-1].kind == "function",
        )
        around.append(each)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Collects the definitions that meet a range of lines."""

    first: int
    last: int
    found: list[Definition]

    def into(self, node: Any, parents: tuple[str, ...], local: bool) -> None:
        # A decorator may stand above.
        for child in children_in(node, self.first, self.last + 8):
            kind = _kind(child)
            if kind is None:
                if child.type not in _OPAQUE and child.start_point[0] <= self.last:
                    self.into(child, parents, local)
                continue
            name, owner = _name(child)
            # Where there is no name, as in a callback, what is inside counts on its own.
            if not name or (kind == "value" and local):
                self.into(child, parents, local)
                continue
            within = (*parents, *owner)
            self.found.append(_definition(child, kind, name, within, local))
            # What an object holds that is a value's can be named by that value alone.
            self.into(child, (*within, name), local or kind != "type")


def _kind(node: Any) -> Kind | None:
    kind = node.type
    if kind in _FUNCTIONS:
        return "function"
    if kind in _TYPES:
        if kind.endswith("_specifier") and node.child_by_field_name("body") is None:
            return None
        return "type"
    if kind == "property_identifier":
        return "value" if node.parent is not None and node.parent.type == "enum_body" else None
    if kind in ("field_declaration", "declaration"):
        return "function" if _declares_a_function(node) else _member(node)
    if kind in _VALUES:
        if _function_value(node) is not None:
            return "function"
        outer = node.parent.parent if node.parent is not None else None
        if kind in ("pair", "assignment_expression") or outer is None:
            return None
        return "value"
    return None


def _declares_a_function(node: Any) -> bool:
    """Whether a C++ declaration names a function, such as a method of a class."""
    declarator = node.child_by_field_name("declarator")
    return declarator is not None and declarator.type == "function_declarator"


def _member(node: Any) -> Kind | None:
    """What a field is in C++, Go and Rust, where nothing else names it."""
    named = node.child_by_field_name("declarator") or node.child_by_field_name("name")
    return "value" if named is not None and named.type == "field_identifier" else None


def _function_value(node: Any) -> Any:
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    if value is not None and value.type == "parenthesized_expression" and value.named_child_count:
        value = value.named_children[0]
    return value if value is not None and value.type in _FUNCTION_VALUES else None


def _name(node: Any) -> tuple[str, tuple[str, ...]]:
    """A definition's name, and the names of what it belongs to though it is not in it."""
    if node.type == "impl_item":
        parts = [node.child_by_field_name(part) for part in ("trait", "type")]
        return ":".join(_plain(part) for part in parts if part is not None), ()
    named = node.child_by_field_name("name")
    if named is not None:
        receiver = node.child_by_field_name("receiver")
        return _text(named), (_receiver(receiver),) if receiver is not None else ()
    if node.type in ("destructor_declaration", "indexer_declaration"):
        return node.type.partition("_")[0], ()
    for place in ("left", "key", "property", "operator", "type"):
        part = node.child_by_field_name(place)
        if part is not None and (place != "type" or "operator" in node.type):
            owner, _, name = _text(part).rpartition(".")
            return name if len(name) < 80 else "", (owner,) if owner else ()
    return _declared(node)


def _declared(node: Any) -> tuple[str, tuple[str, ...]]:
    """The name in a C declarator, and the scopes that are written before it."""
    while node.type != "operator_cast" and (inner := node.child_by_field_name("declarator")):
        node = inner
        if node.type == "reference_declarator" and node.named_children:
            node = node.named_children[-1]
            if node.type.endswith("identifier"):
                break
    owners: list[str] = []
    while node.type == "qualified_identifier":
        scope = node.child_by_field_name("scope")
        owners += [_plain(scope)] if scope is not None else []
        node = node.child_by_field_name("name")
    if node.type == "template_function":
        node = node.child_by_field_name("name")
    known = node.type.endswith(("identifier", "_name", "operator_cast"))
    if not known or node.type == "qualified_identifier":
        return "", tuple(owners)
    name = _text(node)
    if node.type == "operator_cast":
        name = name.partition("(")[0].strip()
    return name, tuple(owners)


def _receiver(node: Any) -> str:
    return _plain(node).strip("()*").split()[-1].lstrip("*") if node.named_child_count else ""


def _definition(
    node: Any, kind: Kind, name: str, parents: tuple[str, ...], local: bool
) -> Definition:
    statement = node
    while statement.parent is not None and statement.parent.type in _WRAPPERS:
        statement = statement.parent
    first = _first_line(statement)
    function = _function_value(node) or node
    body = function.child_by_field_name("body")
    place = node.child_by_field_name("name") or node
    return Definition(
        name,
        kind,
        parents,
        first,
        place.start_point[0],
        _last_line(statement),
        _parameters(function) if kind == "function" else (),
        _result(function) if kind == "function" else "",
        tuple(_decorators(statement, node)),
        frozenset(_modifiers(statement, node)),
        body is not None or kind != "function" or node.type in _ALWAYS_WHOLE,
        local,
        function,
    )


def _first_line(node: Any) -> int:
    first, above = node.start_point[0], node.prev_sibling
    while above is not None and above.end_point[0] + 1 >= first:
        documents = above.type in COMMENTS and _text(above).startswith("///")
        if above.type not in _ATTRIBUTES and not documents:
            break
        first, above = above.start_point[0], above.prev_sibling
    return int(first)


def _last_line(node: Any) -> int:
    row, column = node.end_point
    return int(row - 1 if column == 0 and row > node.start_point[0] else row)


def _parameters(node: Any) -> tuple[Parameter, ...]:
    while node is not None:
        listed = node.child_by_field_name("parameters")
        if listed is not None:
            break
        inner = node.child_by_field_name("declarator") or node.child_by_field_name("parameter")
        if inner is None and node.type == "reference_declarator" and node.named_children:
            inner = node.named_children[-1]
        node = inner
        if node is not None and node.type == "identifier":
            return (Parameter(_text(node), _text(node)),)
    if node is None:
        return ()
    found: list[Parameter] = []
    for child in listed.named_children:
        if child.type in COMMENTS or child.type in ("attribute_item", "self_parameter"):
            continue
        names = child.children_by_field_name("name") or [child]
        found += [_parameter(child, name) for name in names]
    return tuple(found)


def _parameter(node: Any, named: Any) -> Parameter:
    for place in ("pattern", "name", "declarator", "left"):
        part = node.child_by_field_name(place)
        if named is node and part is not None:
            named = part
    if named is node and node.type in ("typed_parameter", "spread_parameter"):
        named = node.named_children[0 if node.type == "typed_parameter" else -1]
    fields = ("value", "default_value", "right")
    optional = any(node.child_by_field_name(place) is not None for place in fields)
    loose = ("optional", "default", "splat", "rest", "variadic", "spread", "block")
    optional = optional or any(word in f"{node.type} {named.type}" for word in loose)
    return Parameter(_text(named).lstrip("&* "), " ".join(_text(node).split()), optional)


def _result(node: Any) -> str:
    for place in ("return_type", "result", "returns", "type"):
        part = node.child_by_field_name(place)
        if part is not None:
            return " ".join(_text(part).removeprefix(":").split())
    return ""


def _decorators(statement: Any, node: Any) -> Iterator[str]:
    above = statement.prev_sibling
    while above is not None and (above.type in _ATTRIBUTES or above.type in COMMENTS):
        if above.type in _ATTRIBUTES:
            yield " ".join(_text(above).split())
        above = above.prev_sibling
    seen = [statement] if statement == node else [statement, node]
    for part in seen:
        for child in part.named_children:
            inner = child.named_children if child.type == "modifiers" else [child]
            for each in inner:
                if each.type in _ATTRIBUTES:
                    yield " ".join(_text(each).split())


_MODIFIERS = word_set(
    "export default pub public private protected internal static async abstract final"
    " override virtual readonly const unsafe extern sealed visibility_modifier modifier"
    " accessibility_modifier modifiers"
)


def _modifiers(statement: Any, node: Any) -> Iterator[str]:
    for part in [statement] if statement == node else [statement, node]:
        for child in part.children:
            if child.type in ("visibility_modifier", "modifier", "accessibility_modifier"):
                yield " ".join(_text(child).split())
            elif child.type in ("modifiers", "function_modifiers"):
                named = child.named_children
                yield from (_text(each) for each in child.children if each not in named)
            elif child.type in _MODIFIERS and not child.is_named:
                yield child.type
            elif child.type == "storage_class_specifier":
                in_file = "declaration" not in statement.parent.type
                yield "private" if _text(child) == "static" and in_file else _text(child)


def _plain(node: Any) -> str:
    """A type's name without its arguments."""
    return _text(node).partition("<")[0].partition("[")[0].strip()


def _text(node: Any) -> str:
    return str(node.text.decode("utf-8", "replace"))
