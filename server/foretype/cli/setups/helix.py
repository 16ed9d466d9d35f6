"""Helix: one more language server for each language, after those that it has.

A language's list of servers replaces Helix's own, so the defaults are asked of Helix itself.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from foretype.cli.setups.plan import Plan, Write, read, server_command, with_block, without_block
from foretype.cli.terminal import BadInput
from foretype.core.text_style import line_end_of

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

_SILENT = (
    "Helix (`hx --health`) does not say which language servers its languages have: only those "
    "that name theirs in languages.toml can be given foretype, and no other is."
)
_ADDED = "added by foretype setup"


def plan(*, remove: bool, languages: tuple[str, ...], environ: Mapping[str, str]) -> Plan:
    """What to write into ``languages.toml``."""
    path = config_folder(environ) / "languages.toml"
    text = read(path)
    if remove:
        return Plan(writes=(Write(path, remove_foretype(text)),))
    program = shutil.which("hx") or shutil.which("helix")
    if program is None:
        raise BadInput(
            "Helix (hx) is not on the PATH. It is asked which language servers each language "
            "has, so that none of them is lost: install it first."
        )
    with tempfile.TemporaryDirectory() as empty:
        defaults = cache(lambda language: default_servers(program, language, Path(empty)))
        new = add_foretype(
            text,
            defaults=defaults,
            command=server_command(),
            languages=(*LANGUAGES, *languages),
        )
        known = [language for language in LANGUAGES if defaults(language) is not None]
        mine = _names(tomllib.loads(new).get("language", []))
    unknown = [name for name in languages if name not in mine]
    if known and unknown:
        (nearest,) = get_close_matches(unknown[0], {*known, *mine}, n=1, cutoff=0)
        raise BadInput(
            f"Helix knows no language {unknown[0]}; the nearest is {nearest}. Nothing was changed."
        )
    return Plan(
        writes=(Write(path, new),),
        warnings=() if known else (_SILENT,),
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
    try:
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
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise BadInput(
            f"{program} does not answer `hx --health {language}`: {fault}. Nothing was changed."
        ) from fault
    return parse_health(done.stdout) if done.returncode == 0 else None


def parse_health(output: str) -> tuple[str, ...] | None:
    """The names of the language servers in what ``hx --health LANGUAGE`` prints."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    found = re.search(r"^Configured language servers?:(.*(?:\n[ \t]+\S.*)*)", plain, re.M)
    if found is None:
        return None
    return tuple(re.findall(r"^\s+\S\s+([^:\s]+):", found[1], re.M))


def add_foretype(
    text: str | None, *, defaults: Defaults, command: tuple[str, ...], languages: Iterable[str]
) -> str:
    """``languages.toml`` with foretype after the existing servers of each language.

    Nothing else changes by a character, so that ``remove_foretype`` gives back what was there.
    """
    languages = tuple(dict.fromkeys(languages))
    was = without_block(text, "#")
    rest = was or ""
    try:
        data = tomllib.loads(rest)
    except tomllib.TOMLDecodeError as fault:
        raise BadInput(f"languages.toml cannot be read: {fault}. Nothing was changed.") from None
    own = data.get("language", [])
    if not isinstance(own, list):
        raise BadInput("languages.toml holds a `language` that is no list. Nothing was changed.")
    answers = any(defaults(language) is not None for language in languages)
    new, put = rest, _recorded(text or "")
    sections = _sections(rest)
    for entry, (start, end) in zip(reversed(own), reversed(sections), strict=False):
        name, section = str(entry.get("name", "")), rest[start:end]
        if "language-servers" in entry:
            if "foretype" not in _names(entry["language-servers"]):
                section, put = _with_name(section), {name, *put}
        elif (known := defaults(name)) is not None or answers:
            # A language of the user's own has no server yet.
            section = _with_list(section, (*(known or ()), "foretype"))
        new = new[:start] + section + new[end:]
    lines = _block(
        command if "foretype" not in data.get("language-server", {}) else (),
        ((name, defaults(name)) for name in languages if name not in _names(own)),
    )
    record = [f"{_RECORD}{json.dumps(sorted(put))}"] if put else []
    new = with_block(None if was is None else new, "\n".join([*record, *lines]), "#")
    if len(sections) != len(own) or not _has_all(new, answers=answers):
        raise BadInput(
            "languages.toml is written in a form that cannot be added to, such as "
            "`language = [...]` or `language-server = {...}`; use tables, [[language]] and "
            "[language-server.NAME]. Nothing was changed."
        )
    return new


def remove_foretype(text: str | None) -> str | None:
    """``languages.toml`` as it was before; None for a file that was made for foretype."""
    rest = without_block(text, "#")
    if text is None or rest is None:
        return None
    put = _recorded(text)
    for start, end in reversed(_sections(rest)):
        section = rest[start:end]
        named = re.search(r"^[ \t]*\"?name\"?[ \t]*=[ \t]*(.*)", section, re.M)
        if named and any(_string(name) in named[1] or f"'{name}'" in named[1] for name in put):
            section = _without_name(section)
        rest = rest[:start] + _ADDED_LINE.sub("", section) + rest[end:]
    return rest


_RECORD = "# put into the language-servers of: "
_ADDED_LINE = re.compile(rf"^language-servers = \[.*\] # {_ADDED}\r?\n", re.MULTILINE)
_HEADER = re.compile(r"^[ \t]*\[\[?[ \t]*[\w\"'. \t-]+\]\]?[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_LANGUAGE = re.compile(r"[ \t]*\[\[[ \t]*[\"']?language[\"']?[ \t]*\]\]")
_SERVERS = re.compile(r"^[ \t]*[\"']?language-servers[\"']?[ \t]*=[ \t]*(?=\[)", re.MULTILINE)
_NAME_LINE = re.compile(r"^[ \t]*[\"']?name[\"']?[ \t]*=.*(\n)?", re.MULTILINE)
_TOKEN = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|#[^\n]*|[\[\]{},]|[^\s\"'#\[\]{},]+")


def _recorded(text: str) -> set[str]:
    """The languages whose own lists foretype was put into."""
    found = re.search(rf"^{re.escape(_RECORD)}(\[.*\])", text, re.MULTILINE)
    try:
        return set(map(str, json.loads(found[1]))) if found else set()
    except ValueError:
        return set()


def _sections(text: str) -> list[tuple[int, int]]:
    """Where the keys of each ``[[language]]`` stand."""
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    pairs = zip(headers, ends, strict=False)
    return [(one.end(), end) for one, end in pairs if _LANGUAGE.match(one.group())]


def _list_of(section: str) -> list[re.Match[str]]:
    """The tokens of a language's list of servers, comments left out, brackets included."""
    found = _SERVERS.search(section)
    tokens: list[re.Match[str]] = []
    depth = 0
    for token in _TOKEN.finditer(section, found.end() if found else len(section)):
        if token.group().startswith("#"):
            continue
        tokens.append(token)
        depth += (token.group() in "[{") - (token.group() in "]}")
        if not depth:
            break
    return tokens


def _with_name(section: str) -> str:
    tokens = _list_of(section)
    if len(tokens) < 2:
        return section
    at, last = tokens[-2].end(), tokens[-2].group()
    line = section.rfind("\n", 0, at) + 1
    gap = " "
    if tokens[0].start() < line and section[at:].lstrip(" \t").startswith(("\n", "\r\n")):
        gap = line_end_of(section) + re.match(r"[ \t]*", section[line:])[0]  # type: ignore[index]
    put = '"foretype"' if last == "[" else f'{gap}"foretype",' if last == "," else None
    return section[:at] + (put or f',{gap}"foretype"') + section[at:]


def _without_name(section: str) -> str:
    tokens = _list_of(section)
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.group() != '"foretype"' or before.group() not in "[,":
            continue
        is_apart = section[before.end() : token.start()].strip() != ""
        start, end = (token.start() if is_apart else before.end()), token.end()
        if after.group() == ",":
            end = after.end()
        elif before.group() == "," and not is_apart:
            start = before.start()
        return section[:start] + section[end:]
    return section


def _with_list(section: str, servers: tuple[str, ...]) -> str:
    line = f"language-servers = {_strings(servers)} # {_ADDED}{line_end_of(section)}"
    name = _NAME_LINE.search(section)
    if name is None:
        return section
    at = name.end() if name[1] else name.start()
    return section[:at] + line + section[at:]


def _has_all(text: str, *, answers: bool) -> bool:
    """Whether every language has foretype, but for those whose own servers nobody knows."""
    try:
        entries = tomllib.loads(text).get("language", [])
    except tomllib.TOMLDecodeError:
        return False
    lists = [entry["language-servers"] for entry in entries if "language-servers" in entry]
    return all("foretype" in _names(each) for each in lists) and (
        not answers or len(lists) == len(entries)
    )


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
