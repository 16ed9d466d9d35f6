"""Vim: one language server more in the settings of coc.nvim, for every file type.

The settings are JSON that may have comments. They are changed as text, so that all else stays as
it is; where that cannot be done safely, the user is told what to add.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from foretype.cli.setups.plan import Plan, Write, read, server_command
from foretype.cli.terminal import BadInput
from foretype.core.text_style import line_end_of

SERVERS, NAME = "languageserver", "foretype"

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def plan(*, remove: bool, environ: Mapping[str, str]) -> Plan:
    """What to write into ``coc-settings.json``."""
    path = settings_file(environ)
    text = read(path)
    if text is not None:
        _refuse_odd(text, path)
    return Plan(
        writes=(Write(path, without_server(text) if remove else with_server(text)),),
        notes=(
            "In a new Vim with coc.nvim, open a file and type: Ctrl-y accepts ghost text. "
            ":h coc-inlineCompletion has the rest.",
        ),
    )


def settings_file(environ: Mapping[str, str]) -> Path:
    """Where coc.nvim looks for its settings in Vim, unless ``g:coc_config_home`` says otherwise."""
    if sys.platform == "win32":
        return Path(environ.get("USERPROFILE") or Path.home()) / "vimfiles" / "coc-settings.json"
    return Path(environ.get("HOME") or Path.home()) / ".vim" / "coc-settings.json"


def server() -> dict[str, object]:
    """The server as coc.nvim is told of it."""
    program, *arguments = server_command()
    return {
        "command": program,
        "args": arguments,
        "filetypes": ["*"],
        "initializationOptions": {"client": "coc"},
    }


def with_server(text: str | None) -> str:
    """The settings with foretype, which is added before all else in its table."""
    if not (text or "").strip():
        return json.dumps({SERVERS: {NAME: server()}}, indent=2, ensure_ascii=False) + "\n"
    assert text is not None
    settings = json.loads(text)
    if settings.get(SERVERS, {}).get(NAME) == server():
        return text
    text = _without_member(text, (SERVERS, NAME))
    if SERVERS in json.loads(text):
        return _with_member(text, (SERVERS,), NAME, server())
    return _with_member(text, (), SERVERS, {NAME: server()})


def without_server(text: str | None) -> str | None:
    """The settings without foretype; None where nothing else is left of them."""
    if text is None or NAME not in json.loads(text or "{}").get(SERVERS, {}):
        return text
    text = _without_member(text, (SERVERS, NAME))
    settings = json.loads(text)
    if not settings[SERVERS]:
        text = _without_member(text, (SERVERS,))
    return text if json.loads(text) else None


def _refuse_odd(text: str, path: Path) -> None:
    try:
        settings = json.loads(text or "{}")
        if isinstance(settings, dict) and isinstance(settings.get(SERVERS, {}), dict):
            return
    except (ValueError, RecursionError):
        pass
    shown = json.dumps({NAME: server()}, ensure_ascii=False)[1:-1]
    raise BadInput(
        f"{path} is no plain JSON: it may have comments, which would be lost. Nothing was changed: "
        f'put this into its "{SERVERS}" yourself: {shown}'
    )


def _with_member(text: str, where: tuple[str, ...], name: str, value: object) -> str:
    """Add a member as the first one of an object."""
    at = _object_at(text, where) + 1
    newline, step = line_end_of(text), "  " * (len(where) + 1)
    is_empty = text[_past_blanks(text, at)] == "}"
    lines = json.dumps({name: value}, indent=2, ensure_ascii=False).split("\n")[1:-1]
    member = newline.join(step + line[2:] for line in lines)
    if is_empty:
        rest = text[_past_blanks(text, at) :]
        return f"{text[:at]}{newline}{member}{newline}{step[2:]}{rest}"
    return f"{text[:at]}{newline}{member},{text[at:]}"


def _without_member(text: str, path: tuple[str, ...]) -> str:
    """Take a member out, with its comma and the blanks before it."""
    *where, name = path
    try:
        begin = _object_at(text, tuple(where)) + 1
    except KeyError:
        return text
    previous = begin
    for key, _, end in _members(text, begin):
        if key == name:
            comma = _past_blanks(text, end)
            if text[comma] == ",":
                return text[:previous] + text[comma + 1 :]
            # The last one: the comma before it goes too.
            return text[:previous].removesuffix(",") + text[end:]
        previous = _past_blanks(text, end) + 1
    return text


def _object_at(text: str, path: tuple[str, ...]) -> int:
    """The place of the brace that opens an object. Raises KeyError where there is none."""
    at = text.index("{")
    for name in path:
        found = next((start for key, start, _ in _members(text, at + 1) if key == name), None)
        if found is None or text[found] != "{":
            raise KeyError(name)
        at = found
    return at


def _members(text: str, at: int) -> list[tuple[str, int, int]]:
    """The members of an object that was opened before: name, and where its value stands."""
    members: list[tuple[str, int, int]] = []
    while True:
        at = _past_blanks(text, at)
        if text[at] == "}":
            return members
        key, at = _DECODER.raw_decode(text, at)
        at = _past_blanks(text, text.index(":", at) + 1)
        start = at
        _, at = _DECODER.raw_decode(text, at)
        members.append((key, start, at))
        at = _past_blanks(text, at)
        at += text[at] == ","


def _past_blanks(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
