"""Check one source's values against what ``schema.py`` declares.

Accepts what is valid and reports the rest: each problem is a sentence for the user, with the
nearest valid spelling. Values that might be a key are never repeated. Independent of files and
the order of sources.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from foretype.core.unseen import where_unseen
from foretype.settings.schema import (
    ENVIRONMENT_VARIABLES,
    OWNER_SETTINGS,
    USER_FILE_SETTINGS,
    WORKSPACE_SETTINGS,
    Between,
    Pattern,
    Settings,
    Visible,
    Whole,
)

MAX_NAME_CHARS = 15
"""The longest name with digits that is repeated. No setting has such a name; keys do."""
MAX_PROBLEMS = 20
"""Maximum problems that are reported."""
MAX_TEXT_CHARS = 20_000
"""Maximum length of a text setting."""


@dataclass(frozen=True, slots=True)
class Layer:
    source: str
    values: object
    spell: Callable[[str], str] = str
    """Converts a settings path to the source's spelling."""
    of_workspace: bool = False
    repeats: bool = False
    """Whether it may contain all settings it knows, with the user's value or the default."""
    through_port: bool = False
    """Whether it came through a port."""
    is_users_file: bool = False


@dataclass(frozen=True, slots=True)
class Location:
    """A location in one source, where values are read and problems reported."""

    layer: Layer
    problems: list[str]
    standing: Mapping[str, Any]
    """The values of earlier sources at this location."""
    path: str = ""
    """The settings path, such as ``refactor.actions``."""
    shown: str = ""
    """The path as the source spells it, such as ``refactor.actions[0]``."""

    def inside(self, name: str, index: int | None = None) -> Location:
        path = f"{self.path}.{name}" if self.path else name
        spelled = self.layer.spell(name)
        shown = f"{self.shown}.{spelled}" if self.shown else spelled
        standing = self.standing.get(name)
        if index is not None:
            shown, standing = f"{shown}[{index}]", None
        below = standing if isinstance(standing, Mapping) else {}
        return Location(self.layer, self.problems, below, path, shown)

    def tell(self, fault: str) -> None:
        self.problems.append(f"`{self.shown}` in {self.layer.source} {fault}.")


class _Invalid(Exception):
    """An invalid value; the text completes a sentence that begins with "must be"."""


def read_table(kind: type, values: object, at: Location) -> dict[str, Any]:
    if values == [] or values is None:  # Lua cannot tell an empty table from an empty list
        return {}
    if not isinstance(values, Mapping):
        shown = f"`{at.shown}` in {at.layer.source}" if at.shown else at.layer.source
        at.problems.append(f"{_capital(shown)} must be a table of settings, not {_kind(values)}.")
        return {}
    names = {at.layer.spell(name): name for name in hints_of(kind)}
    read: dict[str, Any] = {}
    for spelled, value in values.items():
        if spelled not in names:
            _tell_unknown(str(spelled), list(names), at)
        elif value is not None:
            name = names[spelled]
            _read_setting(kind, name, value, at, read)
    return read


def _read_setting(kind: type, name: str, value: object, at: Location, read: dict[str, Any]) -> None:
    inner, hint = at.inside(name), hints_of(kind)[name]
    if isinstance(hint, type) and is_dataclass(hint):
        read[name] = read_table(hint, value, inner)
        return
    try:
        found = _value(hint, value, at, name)
    except _Invalid as fault:
        if not _refused(inner, name, value, kind, at):
            inner.tell(f"must be {fault}{_UNTIL_MENDED if inner.path == 'exclude' else ''}")
            if inner.path == "exclude":
                read[name] = (EVERYTHING,)
        return
    if not _refused(inner, name, found, kind, at):
        read[name] = _harmless(found, inner)


def _refused(inner: Location, name: str, value: object, kind: type, at: Location) -> bool:
    """Whether this source may not set this; reported to the user unless it changes nothing."""
    if inner.path in USER_FILE_SETTINGS and not at.layer.is_users_file:
        if value:
            inner.tell("may be set in your own foretype.toml alone")
        return True
    if at.layer.through_port and inner.path in OWNER_SETTINGS:
        inner.tell(
            "may not be set by an editor that is connected through a port; it may be set in your "
            "own foretype.toml"
        )
        return True
    if not at.layer.of_workspace:
        return False
    if inner.path in WORKSPACE_SETTINGS:
        if inner.path == "respect_gitignore" and value is False:
            inner.tell("cannot be switched off by a workspace; set it in your own foretype.toml")
            return True
        return False
    default = _default(kind, name)
    if not (at.layer.repeats and value in (default, at.standing.get(name, default))):
        variable = (
            f", the variable {ENVIRONMENT_VARIABLES[inner.path]}"
            if inner.path in ENVIRONMENT_VARIABLES
            else ""
        )
        inner.tell(
            "may not be set by a workspace; it may be set in your own foretype.toml"
            f"{variable} or initializationOptions"
        )
    return True


EVERYTHING = "*"
"""The pattern that stands for exclusions which cannot be read: it keeps every file here."""
_UNTIL_MENDED = "; until then no file leaves this machine"


def _harmless(value: Any, inner: Location) -> Any:
    """Drop ``!pattern``, so that a workspace can exclude more files but never fewer."""
    if not (inner.layer.of_workspace and inner.path == "exclude"):
        return value
    if any(pattern.lstrip().startswith("!") for pattern in value):
        inner.tell("may not take back exclusions in a workspace; `!` belongs in .foretypeignore")
    return tuple(pattern for pattern in value if not pattern.lstrip().startswith("!"))


def _value(hint: Any, value: object, at: Location, name: str) -> Any:
    """Convert a value to the type of a setting, or return _Invalid."""
    if get_origin(hint) is Annotated:
        base, *limits = get_args(hint)
        if Whole() in limits:
            return _whole_list(value)
        found = _value(base, value, at, name)
        for limit in limits:
            _check(limit, found)
        return found
    if get_origin(hint) in (Union, UnionType):
        return _one_of(get_args(hint), value, at, name)
    if get_origin(hint) is Literal:
        return _choice(get_args(hint), value)
    if get_origin(hint) is tuple:
        return _list(get_args(hint)[0], value, at, name)
    if hint is bool:
        if isinstance(value, bool):
            return value
        raise _Invalid(f"true or false, not {_kind(value)}")
    if hint is int:
        return _integer(value)
    if hint is float:
        return _number(value)
    return _text(value)


def _one_of(hints: tuple[Any, ...], value: object, at: Location, name: str) -> Any:
    faults = []
    for hint in hints:
        if hint is NoneType:
            continue
        try:
            return _value(hint, value, at, name)
        except _Invalid as fault:
            faults.append(str(fault))
    raise _Invalid(" or ".join(part.partition(", not ")[0] for part in faults))


def _choice(options: tuple[str, ...], value: object) -> str:
    if isinstance(value, str) and value in options:
        return value
    listed = " or ".join(f'"{option}"' for option in options if option)
    near = nearest(value, [o for o in options if o]) if isinstance(value, str) else None
    # The value is repeated only if it resembles a valid one: then it cannot be a key.
    raise _Invalid(f'{listed}; the nearest to "{value}" is "{near}"' if near else listed)


def _list(item: Any, value: object, at: Location, name: str) -> tuple[Any, ...]:
    if value == {}:  # Lua's empty table again
        return ()
    if not isinstance(value, list | tuple):
        raise _Invalid(f"a list, not {_kind(value)}")
    found: list[Any] = []
    for index, entry in enumerate(value):
        inner = at.inside(name, index)
        if isinstance(item, type) and is_dataclass(item):
            found += _entry(item, entry, inner)
            continue
        try:
            found.append(_value(item, entry, inner, ""))
        except _Invalid as fault:
            inner.tell(f"must be {fault}{_UNTIL_MENDED if name == 'exclude' else ''}")
            found += [EVERYTHING] * (name == "exclude")
    return tuple(found)


def _entry(kind: type, value: object, at: Location) -> Iterator[Any]:
    """Read one table of a list as an object, or nothing if it lacks required keys."""
    given = read_table(kind, value, at)
    lacking = [
        at.layer.spell(f.name)
        for f in fields(kind)
        if f.default is MISSING and not given.get(f.name)
    ]
    if not lacking:
        yield kind(**given)
    elif isinstance(value, Mapping):
        at.tell(f"lacks {' and '.join(f'`{name}`' for name in lacking)}, so it is left out")


def _whole_list(value: object) -> tuple[str, ...]:
    if value == {}:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
        raise _Invalid("a list of texts: a program and its arguments")
    if value and not value[0].strip():
        raise _Invalid("a list that begins with a program's name")
    return tuple(_text(part, strip=False) for part in value)


def _integer(value: object) -> int:
    if isinstance(value, bool):
        raise _Invalid(f"a whole number, not {_kind(value)}")
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)  # JSON from Lua: 400 may come as 400.0
    if isinstance(value, int):
        return value
    raise _Invalid(f"a whole number, not {_kind(value)}")


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Invalid(f"a number, not {_kind(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _Invalid("a number that is neither infinite nor NaN")
    return number


def _text(value: object, *, strip: bool = True) -> str:
    if not isinstance(value, str):
        raise _Invalid(f"text, not {_kind(value)}")
    if len(value) > MAX_TEXT_CHARS:
        raise _Invalid(f"no longer than {MAX_TEXT_CHARS} characters")
    if "\0" in value:
        raise _Invalid("text without NUL characters")
    return value.strip() if strip else value


def _check(limit: object, value: Any) -> None:
    if isinstance(limit, Between) and not limit.low <= value <= limit.high:
        shown = str(value) if abs(value) < 10**12 else "one so large"
        raise _Invalid(f"from {limit.low:,} to {limit.high:,}, not {shown}")
    if isinstance(limit, Pattern) and value and not re.fullmatch(limit.regex, value):
        raise _Invalid(limit.called)
    if isinstance(limit, Visible) and (fault := fault_of_visible(value, limit.max_chars)):
        raise _Invalid(fault)


def fault_of_visible(text: str, max_chars: int) -> str:
    """Return what a text must be and is not, completing "must be"; empty where it is all right."""
    if len(text) > max_chars:
        return f"no longer than {max_chars:,} characters, not {len(text):,}"
    where = where_unseen(text)
    return f"without hidden characters, such as {where}" if where else ""


# --- names ------------------------------------------------------------------------------------


def camel_case(path: str) -> str:
    """Convert a setting's name or path to its JSON spelling."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), path)


def setting_paths(kind: type = Settings, prefix: str = "") -> Iterator[str]:
    """List the paths of all settings, such as ``completion.deadline_ms``, in declared order."""
    for name, hint in hints_of(kind).items():
        if isinstance(hint, type) and is_dataclass(hint):
            yield from setting_paths(hint, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def nearest(name: str, options: list[str]) -> str | None:
    """Return the option that a misspelled name most likely means."""
    import difflib

    plain = {_plain(option): option for option in reversed(options)}
    close = difflib.get_close_matches(_plain(name[:80]), plain, 1, 0.6)
    return plain[close[0]] if close else None


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.lower())


def _tell_unknown(name: str, siblings: list[str], at: Location) -> None:
    if len(at.problems) > MAX_PROBLEMS:
        at.problems.append("")  # not reported, and nothing is looked up for it
        return
    # The name may be untrusted text, which must not be shown to the user, or a key.
    printable = re.sub(r"[^\w.-]", "?", name)[:60]
    if len(name) > MAX_NAME_CHARS and re.search(r"\d", name):
        printable = f"{printable[:4]}…"
    shown = f"{at.shown}.{printable}" if at.shown else printable
    leaves = [layer_path.rpartition(".")[2] for layer_path in map(at.layer.spell, setting_paths())]
    near = None if "." in name else nearest(name, [*siblings, *leaves])
    if near in siblings:
        near = f"{at.shown}.{near}" if at.shown else near
    else:
        near = _elsewhere(near or name, at.layer)
    hint = f"; the nearest is `{near}`" if near else ""
    at.problems.append(f"There is no setting `{shown}` ({at.layer.source}){hint}.")


def _elsewhere(name: str, layer: Layer) -> str | None:
    """Find the same name in another table: ``deadline_ms`` is in ``completion``."""
    paths = [layer.spell(path) for path in setting_paths()]
    leaves = {_plain(path.rpartition(".")[2]): path for path in reversed(paths)}
    last = _plain(name.rpartition(".")[2])
    return leaves.get(last) or nearest(name.removeprefix("foretype."), paths)


@cache
def hints_of(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _default(kind: type, name: str) -> object:
    return next(f.default for f in fields(cast(Any, kind)) if f.name == name)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    for kinds, word in ((str, "text"), ((int, float), "a number"), (Mapping, "a table")):
        if isinstance(value, cast(Any, kinds)):
            return word
    return "a list" if isinstance(value, list | tuple) else "nothing"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
