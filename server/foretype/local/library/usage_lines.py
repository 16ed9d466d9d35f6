"""Write down how what a document imports may be used: lines like ``client.get(url, params=)``.

The engine learns from these lines as it does from code. Names of the document are followed to what
they import, and variables to the class that they are made or annotated with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from foretype.core.text import Document
from foretype.core.uris import path_of
from foretype.languages import table
from foretype.local.library.module_names import Name, Outline, bare_type
from foretype.local.library.modules import Modules, built_in

MAX_LINES = 5_000
"""Lines for one document."""
MAX_IMPORTS = 60
MAX_VARIABLES = 150
MAX_DEPTH = 3
"""Modules that pass a name on before the one that defines it."""
MAX_MEMBERS = 120
USUAL_LINES = 50
"""Lines that are shared among the members of a name by how often each is used, beside one each."""
HEAD_CHARS = 20_000

_PYTHON_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<module>[.\w]+)[ \t]+import[ \t]*(?P<names>\([^)]*\)?|[^\n#]*)"
    r"|import[ \t]+(?P<modules>[.\w, \t]+))",
    re.MULTILINE,
)
_SCRIPT_IMPORT = re.compile(
    r"^[ \t]*import[ \t]+(?:type[ \t]+)?(?:(?P<default>[\w$]+)[ \t]*,?[ \t]*)?"
    r"(?:\*[ \t]+as[ \t]+(?P<space>[\w$]+)|\{(?P<names>[^}]*)\})?"
    r"[ \t]*from[ \t]*['\"](?P<module>[^'\"]+)['\"]"
    r"|^[ \t]*(?:const|let|var)[ \t]+(?:(?P<bound>[\w$]+)|\{(?P<taken>[^}]*)\})[ \t]*=[ \t]*"
    r"require\([ \t]*['\"](?P<required>[^'\"]+)['\"]",
    re.MULTILINE,
)
_OPENERS = frozenset("([{@")
_AS = re.compile(r"([^\W\d][\w$]*|\*)(?:[ \t]+as[ \t]+|[ \t]*:[ \t]*)?([^\W\d][\w$]*)?")
_VARIABLE = re.compile(
    r"(?P<name>[^\W\d][\w$]*)[ \t]*(?::[ \t]*(?P<type>[\w.'\"\[\]| ]+?)[ \t]*(?=[,)=\n])"
    r"|=[ \t]*(?:await[ \t]+)?(?:new[ \t]+)?(?P<made>[^\W\d][\w.$]*)\()"
    r"|\b(?P<context>[^\W\d][\w.]*)\([^()\n]*\)[ \t]+as[ \t]+(?P<bound>[^\W\d]\w*)"
)


def usage(document: Document, modules: Modules) -> str:
    """Return lines that use what a document imports. Reads files: not for the event loop."""
    path = path_of(document.uri)
    style = table.of_id(document.language).imports
    if path is None or style not in ("python", "script"):
        return ""
    reader = _Reader(modules, path, "python" if style == "python" else "script")
    return "\n".join(islice(reader.lines(document.text), MAX_LINES))


def depends_on(document: Document) -> int:
    """Return a number that changes when the lines of ``usage`` may: by imports and variables."""
    style = table.of_id(document.language).imports
    if style not in ("python", "script"):
        return 0
    imports = _PYTHON_IMPORT if style == "python" else _SCRIPT_IMPORT
    named = frozenset(found.groups() for found in imports.finditer(document.text[:HEAD_CHARS]))
    variables = frozenset(found.groups() for found in _VARIABLE.finditer(document.text))
    return hash((document.uri, document.language, named, variables))


class _Reader:
    """Follows the names of one document."""

    def __init__(self, modules: Modules, path: Path, language: str) -> None:
        self._modules = modules
        self._path = path
        self._language = language
        self._known: dict[str, tuple[Name | None, Outline, Path]] = {}
        """For each name of the document: what it is, or the module that it is."""

    def lines(self, text: str) -> Iterator[str]:
        imports = self._python_imports if self._language == "python" else self._script_imports
        yield from islice(imports(text[:HEAD_CHARS]), MAX_LINES)
        for name, (what, outline, _) in list(self._known.items()):
            if what is None:
                yield from self._members(name, outline.names)
            else:
                yield from self._uses(name, what)
        yield from self._variables(text)

    def _python_imports(self, head: str) -> Iterator[str]:
        for found in islice(_PYTHON_IMPORT.finditer(head), MAX_IMPORTS):
            if found["modules"]:
                for each in found["modules"].split(","):
                    module, _, name = each.strip().partition(" as ")
                    outline, file = self._module(module, self._path)
                    self._known[name.strip() or module] = None, outline, file
                continue
            module = found["module"]
            outline, file = self._module(module, self._path)
            yield from self._imported(module, outline.names)
            for name, other in _AS.findall(found["names"]):
                self._take(name, other, module, outline, file)

    def _script_imports(self, head: str) -> Iterator[str]:
        for found in islice(_SCRIPT_IMPORT.finditer(head), MAX_IMPORTS):
            module = found["module"] or found["required"]
            outline, file = self._module(module, self._path)
            if space := found["space"] or found["bound"] or found["default"]:
                known = outline.names.get(space) if found["default"] else None
                self._known[space] = known, outline, file
            names = found["names"] or found["taken"] or ""
            for name in _public(outline.names):
                yield f"import {{ {name}, {name} }} from '{module}'"
            for name, other in _AS.findall(names):
                self._take(name, other, module, outline, file)

    def _take(self, name: str, other: str, module: str, outline: Outline, file: Path) -> None:
        """Note what a name is that is imported from a module, maybe under another name."""
        what = self._resolved(name, outline, file, MAX_DEPTH)
        if what is not None:
            self._known[other or name] = what, outline, file
        elif self._language == "python":
            inner, inner_file = self._module(
                f"{module.rstrip('.')}.{name}" if module.strip(".") else module + name, self._path
            )
            if inner.names:
                self._known[other or name] = None, inner, inner_file

    def _module(self, module: str, from_file: Path) -> tuple[Outline, Path]:
        """The outline of a module with what it passes on, and its file."""
        file = self._modules.find(module, from_file, self._language)
        if file is None:
            return built_in(module) if self._language == "python" else Outline(), from_file
        outline = self._modules.outline(file)
        names = dict(outline.names)
        for there, name, here in outline.passed_on:
            if name == "*":
                other = self._modules.find(there, file, self._language)
                if other is not None:
                    names = {**self._modules.outline(other).names, **names}
            else:
                names.setdefault(here, Name())
        return Outline(names, outline.passed_on), file

    def _resolved(self, name: str, outline: Outline, file: Path, depth: int) -> Name | None:
        """What a name of a module is, through the modules that pass it on."""
        what = outline.names.get(name)
        if depth and (what is None or not (what.call or what.members)):
            for there, other, here in outline.passed_on:
                if here == name or other == "*":
                    source = self._modules.find(there, file, self._language)
                    if source is not None:
                        inner = self._modules.outline(source)
                        wanted = name if other == "*" else other
                        if deeper := self._resolved(wanted, inner, source, depth - 1):
                            return deeper
        return what

    def _uses(self, name: str, what: Name) -> Iterator[str]:
        made = what.members.get("__init__") or what.members.get("constructor")
        if call := what.call or (made.call if made else ""):
            yield name + call
            yield f"= {name}{call}"
        yield from self._members(name, what.members)

    def _variables(self, text: str) -> Iterator[str]:
        seen: set[tuple[str, str]] = set()
        for found in _VARIABLE.finditer(text):
            name = found["name"] or found["bound"]
            spelled = bare_type(found["type"] or found["made"] or found["context"] or "")
            if (name, spelled) in seen or len(seen) > MAX_VARIABLES:
                continue
            class_ = self._class(spelled)
            if class_ is not None and class_.members:
                seen.add((name, spelled))
                yield from self._members(name, class_.members)

    def _class(self, spelled: str) -> Name | None:
        """The class that an expression names, makes, or is annotated to return."""
        first, _, rest = spelled.partition(".")
        if first not in self._known:
            return None
        what, outline, file = self._known[first]
        if what is None:
            what = self._resolved(rest, outline, file, MAX_DEPTH) if rest else None
        elif rest:
            return None
        if what is not None and what.returns and not what.members:
            what = self._resolved(what.returns, outline, file, MAX_DEPTH)
        return self._with_bases(what, outline, file) if what is not None else None

    def _with_bases(self, what: Name, outline: Outline, file: Path) -> Name:
        members = dict(what.members)
        for base in what.bases:
            inherited = self._resolved(base, outline, file, 1)
            if inherited is not None:
                members = {**inherited.members, **members}
        return Name(members=members)

    def _members(self, owner: str, members: dict[str, Name]) -> Iterator[str]:
        """The members of a name, the usual ones last and as often as they are usual."""
        for name in _public(members):
            # Twice, since a token is another one after a space.
            yield f"{owner}.{name}{members[name].call}"
            yield f"= {owner}.{name}{members[name].call}"
        uses = self._modules.uses_of("member", owner.rpartition(".")[2])
        known = {use: n for use, n in uses.items() if use.rpartition(" ")[2] in members}
        total = sum(known.values()) or 1
        for use, n in sorted(known.items(), key=lambda each: each[1]):
            before, _, name = use.rpartition(" ")
            # As it is written: a bracket stands right before a name.
            begun = before if before in _OPENERS else f"{before} ".lstrip()
            line = f"{begun}{owner}.{name}{members[name].call}"
            yield from [line] * (1 + USUAL_LINES * n // total)

    def _imported(self, module: str, names: dict[str, Name]) -> Iterator[str]:
        """The import of each name of a module, like members."""
        uses = self._modules.uses_of("import", module)
        for n_lines, name in _by_use(names, uses):
            for _ in range(n_lines):
                yield f"from {module} import {name}"


def _by_use(names: dict[str, Name], uses: Mapping[str, int]) -> list[tuple[int, str]]:
    """How many lines each name is worth, the usual names last."""
    public = list(_public(names))
    total = sum(uses.get(name, 0) for name in public) or 1
    ordered = sorted((uses.get(name, 0), name) for name in public)
    return [(1 + USUAL_LINES * n // total, name) for n, name in ordered]


def _public(names: dict[str, Name]) -> Iterator[str]:
    return islice((name for name in names if not name.startswith("_")), MAX_MEMBERS)
