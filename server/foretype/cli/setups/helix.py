"""Helix: one more language server for each language, after those that it has.

A language's list of servers replaces Helix's own, so the defaults are asked of Helix itself.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from foretype.cli.setups.plan import Plan, Write, read, server_command, with_block, without_block
from foretype.cli.terminal import BadInput

LANGUAGES = (
    *("awk", "bash", "c", "c-sharp", "clojure", "cmake", "cpp", "css", "d", "dart"),
    *("dockerfile", "elixir", "elm", "erlang", "fish", "fortran", "gleam", "go", "graphql"),
    *("haskell", "hcl", "html", "java", "javascript", "jsx", "json", "julia", "kotlin"),
    *("lua", "make", "markdown", "nim", "nix", "ocaml", "perl", "php", "powershell"),
    *("prolog", "protobuf", "python", "r", "ruby", "rust", "scala", "scheme", "scss", "solidity"),
    *("sql", "svelte", "swift", "toml", "tsx", "typescript", "v", "verilog", "vhdl", "vue"),
    *("yaml", "zig"),
)
"""The languages that foretype is added to, where Helix knows them."""

Defaults = Callable[[str], tuple[str, ...] | None]
"""A language's own servers; None for a language that Helix does not know."""

_ADDED = "added by foretype setup"


def plan(*, remove: bool, languages: tuple[str, ...], environ: Mapping[str, str]) -> Plan:
    """What to write into ``languages.toml``."""
    path = config_folder(environ) / "languages.toml"
    text = read(path)
    if remove:
        rest = taken_out(text or "")
        return Plan(writes=(Write(path, None if text is None or not rest.strip() else rest),))
    program = shutil.which("hx") or shutil.which("helix")
    if program is None:
        raise BadInput(
            "Helix (hx) is not on the PATH. It is asked which language servers each language "
            "has, so that none of them is lost: install it first."
        )
    with tempfile.TemporaryDirectory() as empty:
        new = put_in(
            text or "",
            defaults=lambda language: default_servers(program, language, Path(empty)),
            command=server_command(),
            languages=(*LANGUAGES, *languages),
        )
    return Plan(
        writes=(Write(path, new),),
        notes=("Suggestions stand in Helix's completion menu; Ctrl-x asks for it.",),
    )


def config_folder(environ: Mapping[str, str]) -> Path:
    """Where Helix looks for its configuration."""
    if sys.platform == "win32":
        return Path(environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "helix"
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "helix"


def default_servers(program: str, language: str, empty: Path) -> tuple[str, ...] | None:
    """The language servers of Helix itself, without the user's configuration."""
    environ = {**os.environ, "XDG_CONFIG_HOME": str(empty), "APPDATA": str(empty)}
    done = subprocess.run(
        [program, "--health", language],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=environ,
        # Helix also reads .helix/languages.toml of the folder that it is started in.
        cwd=empty,
        timeout=20,
        check=False,
    )
    return parse_health(done.stdout) if done.returncode == 0 else None


def parse_health(output: str) -> tuple[str, ...] | None:
    """The names of the language servers in what ``hx --health LANGUAGE`` prints."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    found = re.search(r"^Configured language servers?:(.*(?:\n[ \t]+\S.*)*)", plain, re.M)
    if found is None:
        return None
    return tuple(re.findall(r"^\s+\S\s+([^:\s]+):", found[1], re.M))


def put_in(
    text: str, *, defaults: Defaults, command: tuple[str, ...], languages: Iterable[str]
) -> str:
    """``languages.toml`` with foretype after the existing servers of each language."""
    import tomlkit
    from tomlkit.exceptions import ParseError

    try:
        document = tomlkit.parse(without_block(text, "#"))
    except ParseError as fault:
        raise BadInput(f"languages.toml cannot be read: {fault}. Nothing was changed.") from None
    own = document.get("language", [])
    if not isinstance(own, list):
        raise BadInput("languages.toml holds a `language` that is no list. Nothing was changed.")
    named = {entry.get("name") for entry in own}
    for entry in own:
        _add_to(entry, defaults)
    lines = _block(
        command if "foretype" not in document.get("language-server", {}) else (),
        ((name, defaults(name)) for name in dict.fromkeys(languages) if name not in named),
    )
    new = with_block(tomlkit.dumps(document), "\n".join(lines), "#")
    try:
        tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        raise BadInput(
            "languages.toml writes its languages in a form that cannot be added to, such as "
            "`language = [...]`; use [[language]] tables. Nothing was changed."
        ) from None
    return new


def taken_out(text: str) -> str:
    """``languages.toml`` as it was before."""
    import tomlkit

    document = tomlkit.parse(without_block(text, "#"))
    for entry in document.get("language", []):
        servers = entry.get("language-servers")
        if not isinstance(servers, list) or "foretype" not in _names(servers):
            continue
        if _ADDED in _comment(servers):
            del entry["language-servers"]
        else:
            del servers[_names(servers).index("foretype")]
    return tomlkit.dumps(document)


def _add_to(entry: Any, defaults: Defaults) -> None:
    servers = entry.get("language-servers")
    if isinstance(servers, list):
        if "foretype" not in _names(servers):
            servers.append("foretype")
        return
    known = defaults(str(entry.get("name", "")))
    if known is None:
        # A language of the user's own, with no server yet.
        known = ()
    import tomlkit

    array = tomlkit.array()
    array.extend([*known, "foretype"])
    array.comment(_ADDED)
    entry["language-servers"] = array


def _comment(value: Any) -> str:
    return str(value.trivia.comment)


def _names(servers: Any) -> list[str]:
    """A server is named by a string or by a table that also limits its features."""
    return [str(one.get("name")) if isinstance(one, dict) else str(one) for one in servers]


def _block(
    command: tuple[str, ...], languages: Iterable[tuple[str, tuple[str, ...] | None]]
) -> list[str]:
    lines: list[str] = []
    if command:
        lines += [
            "[language-server.foretype]",
            f"command = {_string(command[0])}",
            f"args = {_strings(command[1:])}",
        ]
    for name, servers in languages:
        if servers is not None:
            lines += ["", "[[language]]", f"name = {_string(name)}"]
            lines += [f"language-servers = {_strings((*servers, 'foretype'))}"]
    return lines


def _strings(values: Iterable[str]) -> str:
    return "[" + ", ".join(_string(value) for value in values) + "]"


def _string(value: str) -> str:
    import tomlkit

    return tomlkit.string(value).as_string()
