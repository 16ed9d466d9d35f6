"""Load settings from files, the environment and the editor into one ``Settings``.

Knows the sources and their order, and that a key belongs to one endpoint; ``validate.py`` checks
the values. An invalid setting is skipped, and the rest applies.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from foretype.core.unseen import without_unseen
from foretype.settings.schema import ENVIRONMENT_VARIABLES, WORKSPACE_MARK, Settings
from foretype.settings.validate import (
    EVERYTHING,
    MAX_PROBLEMS,
    Layer,
    Location,
    camel_case,
    hints_of,
    read_table,
)

URL_IS_THE_USERS = frozenset({"azure", "foundrylocal", "custom"})
"""Providers without a URL of their own, for which a base URL does not change the endpoint."""

ENVIRONMENT = "the environment"
EDITOR = "initializationOptions"

MAX_FILE_BYTES = 1_000_000
MAX_WORKSPACE_BYTES = 65_536
MAX_KEY_PARTS = 16
"""Maximum parts of a dotted key, whose parsing time is quadratic."""
READ_TIMEOUT_S = 2.0
"""Seconds for reading all files: a network drive may be unreachable.
"""

_TEXT_OR_COMMENT = re.compile(
    r'"""(?>(?:[^"\\]|\\.|"(?!""))*)(?:""")?|"(?>(?:[^"\\\n]|\\.)*)"?'
    r"|'''(?>(?:[^']|'(?!''))*)(?:''')?|'[^'\n]*+'?|#[^\n]*+",
    re.DOTALL,
)
_LONG_KEY = re.compile(rf"(?<![\w-])[\w-]++(?:[ \t]*+\.[ \t]*+[\w-]++){{{MAX_KEY_PARTS}}}")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, the problems in their sources, and the origin of each value."""

    settings: Settings
    problems: tuple[str, ...] = ()
    """One sentence each, for the user."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """The source of each setting that is not the default, such as ``completion.deadline_ms``."""


def config_file(environ: Mapping[str, str]) -> Path | None:
    """Return the user's ``foretype.toml``: ``FORETYPE_CONFIG``, or in the config directory.

    None if neither exists because the user has no home, as in some containers.
    """
    if named := environ.get("FORETYPE_CONFIG", "").strip():
        try:
            return Path(named).expanduser()
        except RuntimeError:  # It begins with the name of an unknown user.
            return Path(named)
    try:
        return _config_directory(environ) / "foretype" / "foretype.toml"
    except RuntimeError:
        return None


def _config_directory(environ: Mapping[str, str]) -> Path:
    """Return the platform's config directory. Raises RuntimeError if there is no home."""
    # As platformdirs has it, whose import would make every start 10 ms longer.
    if sys.platform == "win32":
        local = environ.get("LOCALAPPDATA", "").strip()
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    named = environ.get("XDG_CONFIG_HOME", "").strip()
    return Path(named) if named else Path.home() / ".config"


def load(
    *,
    user_file: Path | None,
    environ: Mapping[str, str],
    init_options: object = None,
    workspace_config: object = None,
    workspace_files: Sequence[Path] = (),
    through_port: bool = False,
) -> Loaded:
    """Read all sources; later ones win: user file, environment, editor, workspace.

    ``through_port``: the editor is connected through a port, and may not set everything.

    The workspace has a file for each of its folders, of which the first one wins; where another one
    sets something else, that is a problem. Lists are combined, so that no later source can remove
    an exclusion. Never raises.
    """
    problems: list[str] = []
    user_needed = bool(environ.get("FORETYPE_CONFIG", "").strip())
    users = FileRead(user_file, MAX_FILE_BYTES) if user_file is not None else None
    workspaces = [FileRead(path, MAX_WORKSPACE_BYTES) for path in reversed(workspace_files)]
    end = time.monotonic() + READ_TIMEOUT_S
    layers = [
        _file_layer(users, end, problems, needed=user_needed),
        Layer(ENVIRONMENT, _from_environment(environ), _variable),
        Layer(EDITOR, _unwrap(init_options), camel_case, through_port=through_port),
        *(_file_layer(each, end, problems, of_workspace=True) for each in workspaces),
        Layer("workspace/configuration", _unwrap(workspace_config), camel_case, True, True),
    ]
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    by_folder: dict[str, dict[str, Any]] = {}
    for layer in layers:
        if layer is None or layer.values is None:
            continue
        values = read_table(Settings, layer.values, Location(layer, problems, merged))
        if layer.of_workspace and merged.get("refactor", {}).get("trusted") is False:
            values.get("refactor", {}).pop("actions", None)
        if layer.of_workspace:
            _mark_actions(values.get("refactor", {}), merged.get("refactor", {}))
        _forget_key_of_another_endpoint(merged, values, layer, problems)
        _merge(merged, values, origins, layer.source)
        if layer.of_workspace and not layer.repeats:
            for path, value in _single_values(values):
                by_folder.setdefault(path, {})[layer.source] = value
    problems += _disagreements(by_folder, origins)
    if merged.get("base_url") and not merged.get("provider"):
        merged["provider"] = "custom"
    if merged.get("provider") == "foundrylocal" and not merged.get("base_url"):
        merged["base_url"] = _foundry_local()
    merged["providers"] = tuple(
        replace(one, base_url=_foundry_local())
        if one.provider == "foundrylocal" and not one.base_url
        else one
        for one in merged.get("providers", ())
    )
    return Loaded(_build(Settings, merged), _shortened(problems), origins)


def _foundry_local() -> str:
    from foretype.settings.foundry_local import find_base_url

    return find_base_url()


def _shortened(problems: list[str]) -> tuple[str, ...]:
    distinct = list(dict.fromkeys(problems))
    if len(distinct) > MAX_PROBLEMS:
        distinct[MAX_PROBLEMS:] = ["There are more faults in the settings."]
    return tuple(distinct)


# --- sources ----------------------------------------------------------------------------------


class _NoFile(ValueError):
    """A device, a pipe or a folder, such as ``/dev/null``: it holds no settings."""


class FileRead:
    """Reads a file in a thread, since a disk may not respond.

    ``inside``: the folder that it must not leave through a link.
    """

    def __init__(self, path: Path, max_bytes: int, *, inside: Path | None = None) -> None:
        self.path = path
        self._inside = inside
        self._max_bytes = max_bytes
        self._data: bytes | None = None
        self._fault: Exception | None = None
        self._thread = Thread(target=self._read, name="foretype-settings", daemon=True)
        self._thread.start()

    def data(self, end: float) -> bytes:
        """Return the file's content. Raises OSError, or ValueError if it is unusable or late."""
        self._thread.join(max(end - time.monotonic(), 0))
        if self._fault is not None:
            raise self._fault
        if self._data is None:
            raise ValueError(
                f"it could not be read within {READ_TIMEOUT_S:g} seconds; "
                "reload the settings once the "
                "disk answers"
            )
        return self._data

    def _read(self) -> None:
        try:
            if self.path == Path(os.devnull):
                self._data = b""
                return
            if self.path.exists() and not self.path.is_file():
                raise _NoFile("it is no file")
            inside = self._inside
            if inside is not None and not self.path.resolve().is_relative_to(inside.resolve()):
                raise ValueError("a link leads out of its folder")
            with self.path.open("rb") as file:
                data = file.read(self._max_bytes + 1)
            if len(data) > self._max_bytes:
                raise ValueError(f"it is larger than {self._max_bytes} bytes")
            self._data = data
        except Exception as fault:
            self._fault = fault


def _file_layer(
    reading: FileRead | None,
    end: float,
    problems: list[str],
    *,
    needed: bool = False,
    of_workspace: bool = False,
) -> Layer | None:
    if reading is None:
        return None
    path = reading.path
    data = b"exclude"  # as long as it is not known that there is none
    try:
        data = reading.data(end)
        values = _parsed(data)
    except FileNotFoundError:
        if needed:
            problems.append(f"There is no settings file {path}, which FORETYPE_CONFIG names.")
        return None
    except (OSError, ValueError, RecursionError) as error:
        what = error.strerror if isinstance(error, OSError) else str(error)
        # The problem comes before its location: some editors show only the beginning.
        fault = what or "it cannot be read"
        closed = b"exclude" in data and not isinstance(error, _NoFile)
        until = " Until then no file leaves this machine, as it may exclude some." if closed else ""
        problems.append(f"{path.name} is not used: {fault}. It lies in {path.parent}.{until}")
        if not closed:
            return None
        values = {"exclude": [EVERYTHING]}
    return Layer(str(path), values, of_workspace=of_workspace, is_users_file=not of_workspace)


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ValueError(f"line {line} is not UTF-8") from None
    if _LONG_KEY.search(_TEXT_OR_COMMENT.sub("x", text)):
        raise ValueError(f"it has a key of more than {MAX_KEY_PARTS} parts")
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        where = re.search(r"\(at (line \d+, column \d+)\)", message)
        place = where[1] if where else f"line {text.count(chr(10)) + 1}, its end"
        fault = message.partition(" (at ")[0]
        raise ValueError(f"{place} is no TOML ({fault[:1].lower()}{fault[1:]})") from None
    except RecursionError:
        raise ValueError("its lists are nested too deeply") from None


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    # An empty variable is how a shell says "not set".
    given = {name: environ.get(name, "").strip() for name in ENVIRONMENT_VARIABLES.values()}
    return {name: value for name, value in given.items() if value}


def _variable(path: str) -> str:
    return ENVIRONMENT_VARIABLES.get(path, path)


def _unwrap(config: object) -> object:
    """Unwrap the section's content: some clients include its name, some use paths as keys."""
    if not isinstance(config, Mapping):
        return config
    if set(config) == {"foretype"}:
        return _unwrap(config["foretype"])
    tree: dict[str, Any] = {}
    for key, value in config.items():
        table, dot, name = str(key).removeprefix("foretype.").partition(".")
        given = {name: value} if dot else value
        before = tree.get(table)
        if isinstance(before, Mapping) and isinstance(given, Mapping):
            given = {**before, **given}
        tree[table] = given
    return tree


# --- all sources together ---------------------------------------------------------------------


def _merge(
    into: dict[str, Any],
    values: dict[str, Any],
    origins: dict[str, str],
    source: str,
    path: str = "",
) -> None:
    for name, value in values.items():
        here = f"{path}{name}"
        if isinstance(value, dict):
            _merge(into.setdefault(name, {}), value, origins, source, f"{here}.")
            continue
        if isinstance(value, tuple) and here not in COMMANDS:
            value = tuple(dict.fromkeys((*into.get(name, ()), *value)))
        into[name] = value
        origins[here] = source


COMMANDS = frozenset({"refactor.test_command", "api_key_command"})
"""Lists that are no sets."""


def _single_values(values: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the settings by their paths, without lists, which add up."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _single_values(value, f"{path}{name}.")
        elif not isinstance(value, tuple):
            yield f"{path}{name}", value


def _disagreements(
    by_folder: Mapping[str, Mapping[str, Any]], origins: Mapping[str, str]
) -> Iterator[str]:
    """Name each setting that the folders of a workspace set differently and one of them decides.

    ``by_folder``: for each setting, its value in each folder's file.
    """
    for path, values in by_folder.items():
        winner = origins[path]
        others = [other for other in values if values[other] != values.get(winner)]
        if winner in values and others:
            yield (
                f"`{path}` in {winner} holds in all folders of this workspace, since that folder "
                f"is the first; another value is in {' and '.join(reversed(others))}."
            )


def _mark_actions(values: dict[str, Any], known: Mapping[str, Any]) -> None:
    """Mark the workspace's refactorings in the menu, to tell them from the user's own.

    Nothing hidden in them reaches the model.
    """
    if "actions" in values:
        values["actions"] = tuple(
            replace(
                action,
                title=without_unseen(action.title).removesuffix(WORKSPACE_MARK) + WORKSPACE_MARK,
                instruction=without_unseen(action.instruction),
            )
            for action in values["actions"]
            if action not in known.get("actions", ())
        )


def _forget_key_of_another_endpoint(
    merged: dict[str, Any], values: dict[str, Any], layer: Layer, problems: list[str]
) -> None:
    """Forget a key that was meant for another endpoint; the latest way to set one counts."""
    names_key = bool(values.get("api_key") or values.get("api_key_env"))
    before = merged.get("provider", ""), merged.get("base_url", "")
    after = values.get("provider") or before[0], values.get("base_url") or before[1]
    completes = before[0] == after[0] in URL_IS_THE_USERS and not before[1]
    moved = any(before) and after != before and not completes
    if names_key and moved and layer.source == ENVIRONMENT and _leads_elsewhere(before, after):
        del values["api_key"]
        variables = " and ".join(
            ENVIRONMENT_VARIABLES[n] for n in ("provider", "base_url") if values.get(n)
        )
        problems.append(
            f"The key in {ENVIRONMENT_VARIABLES['api_key']} is not sent to the endpoint "
            f"that {variables} "
            "names, since your settings file names another one. Name the endpoint in the file, "
            "or take `provider` and `base_url` out of it."
        )
    if moved and not values.get("headers") and merged.pop("headers", ()):
        problems.append(
            f"The headers that were set for another endpoint are not sent to the one that "
            f"{layer.source} names."
        )
    if not (names_key or moved):
        return
    had_key = bool(merged.pop("api_key", ""))
    had_key = bool(merged.pop("api_key_env", "")) or had_key
    had_key = bool(merged.pop("api_key_command", ())) or had_key
    if had_key and not names_key:
        problems.append(
            f"The key that was set for another endpoint is not sent to the one that "
            f"{layer.source} names; give that one a key of its own."
        )


def _leads_elsewhere(before: tuple[str, str], after: tuple[str, str]) -> bool:
    """Whether requests now go to another host that is not this machine.

    Variables are set one by one: the key may be older than the URL that points elsewhere.
    """
    from foretype.settings.providers import PROVIDERS, is_loopback

    urls = []
    for provider, base_url in (before, after):
        row = PROVIDERS.get(provider)
        urls.append(base_url or (row.base_url if row is not None else ""))
    try:
        old, new = (urlsplit(url)[:2] for url in urls)
        return old != new and not is_loopback(urls[1])
    except ValueError:
        return True


def _build(kind: Any, values: Mapping[str, Any]) -> Any:
    hints = hints_of(kind)
    return kind(
        **{
            name: _build(hints[name], value) if isinstance(value, dict) else value
            for name, value in values.items()
        }
    )
