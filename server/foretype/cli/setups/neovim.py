"""Neovim: the plugin, as a package that every Neovim loads by itself."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from foretype.cli.setups.plan import Plan, Write, server_command, templates
from foretype.cli.terminal import BadInput

_INSTALLED = "lua/foretype/installed.lua"
_LEFT_OUT = {"README.md", "doc/tags"}


def plan(*, remove: bool, environ: Mapping[str, str]) -> Plan:
    """The plugin's files, and where they go."""
    folder = package_folder(environ)
    entry = folder / "lua" / "foretype" / "init.lua"
    if folder.exists() and any(folder.iterdir()) and not entry.exists():
        raise BadInput(f"{folder} is there and is not foretype's. Nothing was changed.")
    files = {} if remove else plugin_files()
    writes = [Write(folder / name, text) for name, text in files.items()]
    stale = (path for path in sorted(folder.rglob("*")) if path.is_file())
    writes += [Write(path, None) for path in stale if _name(path, folder) not in files]
    return Plan(
        writes=tuple(writes),
        notes=()
        if remove
        else ("Open a file and type: Tab accepts. :help foretype has the rest.",),
        owned=(folder.parents[1],) if remove else (),
    )


def package_folder(environ: Mapping[str, str]) -> Path:
    """A folder of its own among Neovim's packages."""
    name = environ.get("NVIM_APPNAME") or "nvim"
    if sys.platform == "win32":
        local = Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        data = Path(environ.get("XDG_DATA_HOME") or local) / f"{name}-data"
    else:
        data = Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / name
    return data / "site" / "pack" / "foretype" / "start" / "foretype"


def plugin_files() -> dict[str, str]:
    """The plugin's files by their names, with the command that starts this installation."""
    source = templates("neovim")
    files = {
        _name(path, source): path.read_text(encoding="utf-8")
        for path in sorted(source.rglob("*"))
        if path.is_file() and _name(path, source) not in _LEFT_OUT
    }
    files["doc/tags"] = _tags("foretype.txt", files["doc/foretype.txt"])
    command = ", ".join(json.dumps(word, ensure_ascii=False) for word in server_command())
    files[_INSTALLED] = (
        "-- Written by `foretype setup neovim`: the server that wrote it.\n"
        f"return {{ cmd = {{ {command} }} }}\n"
    )
    return files


def _tags(name: str, text: str) -> str:
    """A help file's tags, as ``:helptags`` writes them."""
    found = sorted(re.findall(r"(?<!\S)\*([^*\s|]+)\*(?!\S)", text))
    return "".join(f"{tag}\t{name}\t/*{tag}*\n" for tag in found)


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()
