"""The names that a module defines, with their parameters: read with patterns, not parsed.

Independent of where modules are found. Bounded by the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_SIGNATURE_CHARS = 1_500
MAX_PARAMETERS = 12
MAX_NAMES = 400
"""Names of one module, and members of one class."""


@dataclass(slots=True)
class Name:
    """A name of a module or a class."""

    call: str = ""
    """How it is called, such as ``(url, params=)``; empty if it is no function."""
    returns: str = ""
    """The type that it is annotated to return, as it is spelled; empty if unknown."""
    members: dict[str, Name] = field(default_factory=dict)
    """Those of a class."""
    bases: tuple[str, ...] = ()


@dataclass(slots=True)
class Outline:
    """What a module defines, and what it passes on from others."""

    names: dict[str, Name] = field(default_factory=dict)
    passed_on: list[tuple[str, str, str]] = field(default_factory=list)
    """For each: a module, the name there, ``*`` for all, and the name here."""


# --- Python -------------------------------------------------------------------------------------

_PYTHON = re.compile(
    r"^(?P<margin>[ \t]*)(?:(?:async[ ]+)?(?P<kind>def|class)[ ]+(?P<name>[^\W\d]\w*)"
    r"|(?P<assigned>[^\W\d]\w*)[ ]*(?::(?P<type>[^=\n#]+))?(?:=(?!=)|$)"
    r"|self\.(?P<attribute>[^\W\d]\w*)[ ]*(?::[^=\n]+)?=(?!=))",
    re.MULTILINE,
)
_PYTHON_IMPORT = re.compile(
    r"^from[ \t]+(?P<module>[.\w]+)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n#]+)", re.MULTILINE
)
_AS = re.compile(r"([^\W\d]\w*|\*)(?:[ \t]+as[ \t]+([^\W\d]\w*))?")
_RETURNS = re.compile(r"\s*->\s*([^\n:]+):")
_OPTIONAL = re.compile(r"^(?:typing\.)?Optional\[(.+)\]$|^(.+?)\s*\|\s*None$")


def outline_python(text: str) -> Outline:
    """Return the outline of Python source or a stub."""
    found = Outline()
    within: Name | None = None
    for match in _PYTHON.finditer(text):
        margin, name = match["margin"], match["name"] or match["assigned"]
        if match["attribute"]:
            if within is not None and len(within.members) < MAX_NAMES:
                within.members.setdefault(match["attribute"], Name())
            continue
        if margin and (within is None or len(margin.expandtabs(4)) > 4):
            continue
        scope = within.members if margin and within is not None else found.names
        entry = _python_name(text, match)
        if not margin:
            within = entry if match["kind"] == "class" else None
        if len(scope) < MAX_NAMES and name not in ("self", "else", "try", "finally", "pass"):
            scope[name] = entry
    for match in _PYTHON_IMPORT.finditer(text):
        for there, here in _AS.findall(match["names"]):
            found.passed_on.append((match["module"], there, here or there))
    return found


def _python_name(text: str, match: re.Match[str]) -> Name:
    if match["kind"] is None:
        return Name(returns=bare_type(match["type"] or ""))
    opened, closed = _brackets(text, match.end())
    inside = text[opened + 1 : closed]
    if match["kind"] == "class":
        bases = tuple(part for part in _split(inside) if part.replace(".", "").isidentifier())
        return Name(bases=bases)
    returned = _RETURNS.match(text, closed + 1) if closed > opened else None
    parameters = [_python_parameter(part) for part in _split(inside)]
    return Name(_call(parameters), bare_type(returned[1]) if returned else "")


def _python_parameter(part: str) -> str:
    name = re.match(r"[^\W\d]\w*", part)
    if name is None or name[0] in ("self", "cls") or part.startswith("*"):
        return ""
    return name[0] + "=" * ("=" in part)


def bare_type(text: str) -> str:
    """Return a type without quotes and without that it may be absent."""
    text = text.strip().strip("'\"")
    optional = _OPTIONAL.match(text)
    return (optional[1] or optional[2]).strip("'\" ") if optional else text


# --- JavaScript and TypeScript --------------------------------------------------------------------

_SCRIPT = re.compile(
    r"^[ \t]*export[ \t]+(?:default[ \t]+)?(?:declare[ \t]+)?(?:abstract[ \t]+)?(?:async[ \t]+)?"
    r"(?P<kind>function\*?|class|const|let|var|interface|type|enum|namespace)[ \t]+(?P<name>[\w$]+)"
    r"|^[ \t]*declare[ \t]+(?P<declared>function|class|const|namespace|interface)"
    r"[ \t]+(?P<there>[\w$]+)"
    r"|^[ \t]*(?:module\.)?exports\.(?P<property>[\w$]+)[ \t]*="
    r"|^[ \t]*export[ \t]*(?:type[ \t]*)?\{(?P<list>[^}]*)\}"
    r"(?:[ \t]*from[ \t]*['\"](?P<module>[^'\"]+)['\"])?"
    r"|^[ \t]*export[ \t]*\*[ \t]*from[ \t]*['\"](?P<all>[^'\"]+)['\"]"
    r"|^[ \t]*module\.exports[ \t]*=[ \t]*\{(?P<object>[^}]*)\}"
    r"|^(?P<local>function|class|interface)[ \t]+(?P<own>[\w$]+)",
    re.MULTILINE,
)
_MEMBER = re.compile(
    r"^[ \t]*(?:(?:public|static|readonly|async|get|set|declare|abstract)[ \t]+)*"
    r"(?P<name>[A-Za-z_$][\w$]*)\??(?:<[^>\n]*>)?[ \t]*(?P<end>[(:;=])",
    re.MULTILINE,
)
_NOT_MEMBERS = frozenset("if for while switch return constructor catch private protected".split())  # noqa: SIM905


def outline_script(text: str) -> Outline:
    """Return the outline of JavaScript, TypeScript or its declarations."""
    found = Outline()
    local: dict[str, Name] = {}
    for match in _SCRIPT.finditer(text):
        kind = match["kind"] or match["declared"] or match["local"]
        if match["module"] or match["all"]:
            for there, here in _AS.findall(match["list"] or "*"):
                found.passed_on.append((match["module"] or match["all"], there, here or there))
        elif match["list"] or match["object"]:
            for there, here in _AS.findall(match["list"] or match["object"]):
                found.names.setdefault(here or there, local.get(there, Name()))
        elif match["property"]:
            found.names.setdefault(match["property"], Name())
        elif kind:
            name = match["name"] or match["there"] or match["own"]
            scope = local if match["own"] else found.names
            if len(scope) < MAX_NAMES:
                scope.setdefault(name, _script_name(text, match, kind))
    return found


def _script_name(text: str, match: re.Match[str], kind: str) -> Name:
    if kind.startswith("function"):
        opened, closed = _brackets(text, match.end())
        returned = re.compile(r"\s*:\s*([\w$.]+)").match(text, closed + 1)
        return Name(_script_call(text[opened + 1 : closed]), returned[1] if returned else "")
    if kind not in ("class", "interface"):
        return Name()
    opened, closed = _brackets(text, match.end(), "{}", 40_000)
    body = _top_level(text[opened + 1 : closed])
    members: dict[str, Name] = {}
    for member in _MEMBER.finditer(body):
        if member["name"] in _NOT_MEMBERS or len(members) >= MAX_NAMES:
            continue
        call = ""
        if member["end"] == "(":
            start, end = _brackets(body, member.end() - 1)
            call = _script_call(body[start + 1 : end])
        members.setdefault(member["name"], Name(call))
    extends = re.findall(r"\b(?:extends|implements)[ \t]+([\w$]+)", text[match.end() : opened])
    return Name(members=members, bases=tuple(extends))


def _script_call(inside: str) -> str:
    names = (re.match(r"[\w$]+", part) for part in _split(inside))
    return _call([name[0] for name in names if name])


def _top_level(body: str) -> str:
    """A block's text without the blocks within it."""
    pieces: list[str] = []
    depth = 0
    for piece in re.split(r"([{}])", body):
        depth += (piece == "{") - (piece == "}")
        if depth == 0:
            pieces.append(piece)
    return "".join(pieces)


# --- both -----------------------------------------------------------------------------------------


def _call(parameters: list[str]) -> str:
    named = [name for name in parameters if name][:MAX_PARAMETERS]
    return f"({', '.join(named)})"


def _brackets(
    text: str, start: int, pair: str = "()", most: int = MAX_SIGNATURE_CHARS
) -> tuple[int, int]:
    """Return where the next bracket opens and closes; twice the start if it does not."""
    between = " \t<>," if pair == "()" else ""
    at = start
    if between:
        while at < len(text) and at < start + 80 and text[at] not in "(:\n={;":
            at += 1
    else:
        at = text.find(pair[0], start, start + 400)
    if not 0 <= at < len(text) or text[at] != pair[0]:
        return start, start
    depth = 0
    for bracket in re.compile(r"[()\[\]{}]").finditer(text, at, at + most):
        depth += 1 if bracket[0] in "([{" else -1
        if depth == 0:
            return at, bracket.start()
    return start, start


def _split(inside: str) -> list[str]:
    """Split parameters at their commas."""
    parts: list[str] = []
    depth = start = 0
    for match in re.finditer(r"[()\[\]{},]", inside):
        if match[0] == ",":
            if depth == 0:
                parts.append(inside[start : match.start()].strip())
                start = match.end()
        else:
            depth += 1 if match[0] in "([{" else -1
    parts.append(inside[start:].strip())
    return [part for part in parts if part]
