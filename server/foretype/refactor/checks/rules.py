"""What must not change unnoticed, rule by rule: each compares a file before and after.

A finding is a fault, which is reported to the model and then refused, or a doubt, about which the
user is asked. What a refactoring may change is in ``permissions.py``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from foretype.languages.definitions import Definition, Parameter, outline_of
from foretype.languages.table import Language
from foretype.refactor.checks import bindings, bodies, control_flow, for_readers, load_effects
from foretype.refactor.checks.comparison import Comparison, Finding, text_of, words_of
from foretype.refactor.checks.permissions import Aspect, may_change

MAX_SHRINK_FACTOR = 4
"""Factor by which lines may shrink before the user is asked."""


def findings(change: Comparison) -> Iterator[Finding]:
    """What is wrong with a change, or has to be asked about, the gravest first."""
    root = change.before.outline.root
    broken = root is not None and (
        root.is_error or any(node.has_error for node in change.before.nodes)
    )
    for aspect, rule in RULES:
        if broken and rule not in (defined_twice, repeated_lines):
            continue
        if aspect is None or not may_change(change.action, aspect):
            yield from rule(change)


def only_a_part(change: Comparison) -> Iterator[Finding]:
    """A statement, say, in the place of the function that it is a part of."""
    gone = {d.path for d in bindings.gone(change)}
    if not change.before.edge or not {d.path for d in change.before.edge} <= gone:
        return
    inner = {d.name for d in change.before.definitions}
    if not {d.name for d in change.after.definitions if d.kind != "value"} - inner:
        names = ", ".join(sorted({d.name for d in change.before.edge}))
        yield Finding(f"it is only a part of {names}: give all of the code, changed", True)


def defined_twice(change: Comparison) -> Iterator[Finding]:
    """Definitions that the file would have twice, or within themselves."""
    identity = partial(_identity, change.language)
    had = Counter(map(identity, change.before.definitions))
    added = Counter(map(identity, change.after.definitions)) - had
    added = Counter({key: n for key, n in added.items() if key})
    if not added:
        return
    inside = {identity(d) for d in change.after.definitions if _is_in_itself(d)}
    names = {key[0].rpartition(".")[2] for key in added}
    elsewhere: Counter[tuple[str, ...]] = Counter()
    if any(len(re.findall(rf"\b{re.escape(n)}\b", change.after.text)) > 1 for n in names):
        elsewhere = Counter(
            map(identity, outline_of(change.after.text, change.language).definitions)
        )
    for key in added:
        if elsewhere[key] > 1 or key in inside:
            name = key[0].rpartition(".")[2]
            text = f"{name} would stand there twice: give the lines that were asked for alone, once"
            yield Finding(text, is_fault=True)
            return


def _is_in_itself(definition: Definition) -> bool:
    is_maker = definition.kind == "function" and not definition.local
    return definition.name in definition.parents and not is_maker


_FAMILY = re.compile(r"overload|setter|getter|deleter|register|cfg|dispatch")


_BY_NAME = ("Python", "JavaScript", "TypeScript", "Ruby", "PHP", "Go")
"""Languages that tell functions apart by name alone."""


def _identity(language: Language, definition: Definition) -> tuple[str, ...]:
    """What no file has twice; empty for what it may, such as a function in a function."""
    known = definition.kind == "value" or definition.name == "_" or not definition.has_body
    if known or any(_FAMILY.search(each) for each in definition.decorators):
        return ()
    kinds = ("impl_item", "namespace_definition", "namespace_declaration", "module", "mod_item")
    open_ones = definition.node is not None and definition.node.type in kinds
    if open_ones or (definition.kind == "type" and "partial" in definition.modifiers):
        return ()
    get_or_set = definition.modifiers & {"get", "set", "static"}
    return (
        definition.path,
        *(each.text for each in definition.parameters if language.name not in _BY_NAME),
        *get_or_set,
        *([definition.kind] if definition.node is None else []),
    )


def repeated_lines(change: Comparison) -> Iterator[Finding]:
    """Lines that stand before or after the code, and are given again."""
    known = set(change.before.lines)
    lines = [line for line in change.after.lines if line.strip()]
    text = change.after.file
    near = 200
    first, last = change.after.first, change.after.last
    over = [line for line in text[max(first - near, 0) : first] if line.strip()]
    under = [line for line in text[last + 1 : last + near] if line.strip()]
    for where, there in (("before", over), ("after", under)):
        for size in range(1, min(len(lines), len(there)) + 1):
            mine = lines[:size] if where == "before" else lines[-size:]
            theirs = there[-size:] if where == "before" else there[:size]
            new = (x for x in mine if x not in known and re.search(r"\w.*(?:\W\w|[=(])", x))
            if mine == theirs and (line := next(new, "").strip()[:60]):
                yield Finding(f"the code {where} it is repeated: {line}", is_fault=True)
                return


def parameters_changed(change: Comparison) -> Iterator[Finding]:
    """Other parameters or defaults, or another way to call: asynchronous, as a generator."""
    for was, now in change.functions:
        old, new = ([(p.name, p.optional) for p in d.parameters] for d in (was, now))
        if old != new and not _all_overloads(was, change):
            shown = ", ".join(p.text for p in now.parameters)[:80]
            yield Finding(f"changes the parameters of {was.name} to ({shown})", line=now.header)
            continue
        for one, other in zip(was.parameters, now.parameters, strict=False):
            if old == new and _default(one) != _default(other):
                text = f"changes the default of {was.name}'s parameter: {other.text[:60]}"
                yield Finding(text, line=now.header)
        if _receiver(was) != _receiver(now):
            text = f"changes what {was.name} is called on: {_receiver(now) or 'not constant'}"
            yield Finding(text, line=now.header)
        for manner, had, has in zip(_MANNERS, _called_as(was), _called_as(now), strict=True):
            if had != has and change.action.name != "async":
                yield Finding(f"makes {was.name} {'now' if has else 'no longer'} {manner}",
                              line=now.header)  # fmt: skip


_MANNERS = ("asynchronous", "a generator")
_YIELDS = re.compile(r"\byield\b(?!\s*[=:.,)])")


def _called_as(definition: Definition) -> tuple[bool, bool]:
    yields = bool(_YIELDS.search(text_of(definition.node))) and not _SAFE_YIELD.search(
        definition.node.type
    )
    return "async" in definition.modifiers, yields


_SAFE_YIELD = re.compile(r"function_item|method_declaration")
"""Functions in Rust, Go and Java, whose ``yield`` is another one."""


def _default(parameter: Parameter) -> str:
    """A default as it is written, but for its quotes and blanks."""
    _, sign, value = parameter.text.partition("=")
    return re.sub(r"[\s'\"`]", "", value) if sign else ""


def _receiver(definition: Definition) -> str:
    """How a method has what it is called on: Go's ``*T``, Rust's ``&mut self``, C++'s const."""
    node = definition.node
    receiver = node.child_by_field_name("receiver")
    if receiver is not None:
        return "*" if "*" in text_of(receiver) else "a value"
    while node is not None and node.type != "function_declarator":
        listed = node.child_by_field_name("parameters")
        if listed is not None:
            mine = [words_of(n) for n in listed.named_children if n.type == "self_parameter"]
            return mine[0] if mine else ""
        node = node.child_by_field_name("declarator")
    kinds = node.named_children if node is not None else ()
    return " ".join(text_of(each) for each in kinds if each.type == "type_qualifier")


def _all_overloads(was: Definition, change: Comparison) -> bool:
    """Whether overloads of a name were only sorted."""
    old, new = change.both(lambda side: [d.parameters for d in side.by_path[was.path]])
    return len(old) > 1 and sorted(map(str, old)) == sorted(map(str, new))


def types_changed(change: Comparison) -> Iterator[Finding]:
    """Other types of parameters or results, where the language's callers depend on them."""
    if change.language.name in ("Python", "Ruby", "PHP", "JavaScript"):
        return
    for was, now in change.functions:
        old, new = ([_type_of(p) for p in d.parameters] for d in (was, now))
        same = [p.name for p in was.parameters] == [p.name for p in now.parameters]
        changed = any(a and a != b for a, b in zip(old, new, strict=False))
        if same and changed and not _all_overloads(was, change):
            yield Finding(f"changes the types of {was.name}'s parameters", line=now.header)
        elif was.result and now.result and _plain(was.result) != _plain(now.result):
            yield Finding(f"changes the type of {was.name}'s result", line=now.header)


def _type_of(parameter: Parameter) -> str:
    return _plain(re.sub(rf"\b{re.escape(parameter.name)}\b", "", parameter.text, count=1))


def _plain(text: str) -> str:
    return re.sub(r"\bmut\b|\bfinal\b|\W+", " ", text).strip()


_OBSOLETE = re.compile(r"\W*(?:asyncio\.|types\.)?(?:coroutine|SuppressWarnings)\b")
_HARMLESS = re.compile(
    r"\W*(?:typing\.)?(?:override|Override|final|overload|deprecated|Deprecated|inline|must_use"
    r"|Nullable|NonNull|NotNull|SuppressWarnings|allow|nodiscard|maybe_unused|expect|coroutine"
    r"|property|staticmethod|dataclass\w*|FunctionalInterface|Safe\w+|MethodImpl|abstractmethod)\b"
)


def decorators_changed(change: Comparison) -> Iterator[Finding]:
    """Decorators, annotations and attributes that are gone, or new and not harmless."""
    for was, now in change.pairs:
        old, new = ({_decorator(d): d for d in each.decorators} for each in (was, now))
        for name in old.keys() - new.keys():
            if not _OBSOLETE.match(old[name]):
                yield Finding(f"drops {old[name][:60]} from {was.name}", line=now.header)
        for name in new.keys() - old.keys():
            if not _HARMLESS.match(new[name]):
                yield Finding(f"adds {new[name][:60]} to {now.name}", line=now.first)


def _decorator(text: str) -> str:
    found = re.search(r"[\w.:]+", text)
    return found[0] if found else text


def bases_changed(change: Comparison) -> Iterator[Finding]:
    """What a type inherits, implements or is made of, as it is written before its body."""
    for was, now in change.pairs:
        if was.kind != "type" or was.node is None or now.node is None:
            continue
        gone = _bases(was) - _bases(now)
        if gone:
            yield Finding(f"drops {', '.join(sorted(gone))} from {was.name}", line=now.header)


def _bases(definition: Definition) -> set[str]:
    """The names between a type's own and its body."""
    node = definition.node
    name, body = (node.child_by_field_name(place) for place in ("name", "body"))
    if name is None or body is None:
        return set()
    head = node.text[name.end_byte - node.start_byte : body.start_byte - node.start_byte]
    mixed_in = re.findall(r"(?m)^\s*(?:include|extend|prepend)\s+(.*)", text_of(body))
    return set(re.findall(r"[A-Z]\w*", " ".join([head.decode("utf-8", "replace"), *mixed_in])))


_SHOWN = ("export", "default", "pub", "public", "static", "protected", "internal")


def visibility_changed(change: Comparison) -> Iterator[Finding]:
    """Functions and types that fewer can see than before."""
    for was, now in change.pairs:
        old, new = ({m.partition("(")[0] for m in d.modifiers} for d in (was, now))
        if hidden := [word for word in _SHOWN if word in old - new and not was.local]:
            yield Finding(f"makes {was.name} no longer {' '.join(hidden)}", line=now.header)


def stubs(change: Comparison) -> Iterator[Finding]:
    """Bodies that are only begun, and dots that stand for code."""
    wanted = not change.action.keeps_names
    gone = bodies.lost_bodies(change, new_ones_too=not wanted)
    if gone:
        yield Finding(f"the body of {', '.join(gone)} was left out", is_fault=True)
    elif bodies.count_loose_dots(change.after) > bodies.count_loose_dots(change.before):
        yield Finding("dots stand for code that was left out", is_fault=True)


def end_missing(change: Comparison) -> Iterator[Finding]:
    """Functions whose last statements are gone."""
    for was, now in change.pairs:
        if was.node is not None and (lost := bodies.lost_end(was, now)):
            yield Finding(f"no longer has the end of {was.name}: {lost[:60]}", line=now.last)


def far_fewer_lines(change: Comparison) -> Iterator[Finding]:
    """Statements that shrink to a few, where nothing is defined that could be compared."""
    if change.before.edge:
        return
    before, after = change.both(lambda side: sum(bool(x.strip()) for x in side.lines))
    if before >= 2 * MAX_SHRINK_FACTOR and after * MAX_SHRINK_FACTOR <= before:
        yield Finding(f"has {after} lines in the place of {before}")


Rule = Callable[[Comparison], Iterator[Finding]]
RULES: tuple[tuple[Aspect | None, Rule], ...] = (
    ("body", stubs),
    (None, only_a_part),
    (None, defined_twice),
    ("names", bindings.names_gone),
    ("names", bindings.unbound),
    ("names", bindings.exports_gone),
    (None, repeated_lines),
    ("parameters", parameters_changed),
    ("types", types_changed),
    ("decorators", decorators_changed),
    ("bases", bases_changed),
    ("visibility", visibility_changed),
    ("end", end_missing),
    ("errors", control_flow.errors_unchecked),
    ("errors", control_flow.errors_hidden),
    ("calls", control_flow.calls_gone),
    ("calls", control_flow.waits_gone),
    ("calls", control_flow.branches_gone),
    ("calls", control_flow.never_reached),
    ("calls", for_readers.commented_out),
    ("debugging", for_readers.debugging_left),
    ("tools", for_readers.tool_lines),
    (None, for_readers.secrets_added),
    ("tests", for_readers.tests_gone),
    ("effects", load_effects.runs_at_load),
    ("comments", for_readers.comments_gone),
    ("size", far_fewer_lines),
)
"""The rules in the order of their gravity, each with what has to be permitted to pass it by."""
