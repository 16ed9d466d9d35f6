"""Emacs: files of ours in the configuration folder, and a block in the init file to load them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from foretype.cli.setups.plan import (
    Plan,
    Write,
    read,
    server_command,
    templates,
    with_block,
    without_block,
)

_COMMENT = ";;"
_FILES = ("foretype.el", "foretype-next-edit.el")
"""Ours; the first one loads the others."""


def plan(*, remove: bool, environ: Mapping[str, str]) -> Plan:
    """The files of ours, and the init file with or without the block."""
    folder, init = configuration(environ)
    ours = folder / "foretype"
    text = read(init)
    if remove:
        rest = without_block(text, _COMMENT)
        gone = (Write(ours / name, None) for name in _FILES)
        return Plan(writes=(Write(init, rest), *gone), owned=(ours,))
    files = [
        Write(ours / name, (templates("emacs") / name).read_text(encoding="utf-8"))
        for name in _FILES
    ]
    command = " ".join(json.dumps(word, ensure_ascii=False) for word in server_command())
    block = (
        f"(load {json.dumps((ours / _FILES[0]).as_posix(), ensure_ascii=False)} t t)\n"
        f"(setq foretype-command '({command}))\n"
        "(foretype-setup)"
    )
    return Plan(
        writes=(*files, Write(init, with_block(text, block, _COMMENT))),
        notes=(
            "Ghost text needs lsp-mode 10 or newer: M-x package-install RET lsp-mode RET.",
            "With eglot, M-x foretype-eglot puts suggestions into the completion menu.",
        ),
    )


def configuration(environ: Mapping[str, str]) -> tuple[Path, Path]:
    """Emacs's folder and its init file, found the way Emacs itself finds them."""
    roaming = environ.get("APPDATA") if sys.platform == "win32" else None
    home = Path(environ.get("HOME") or roaming or Path.home())
    classic = home / ".emacs.d"
    modern = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "emacs"
    for name in (".emacs.el", ".emacs"):
        if (home / name).exists():
            return classic, home / name
    folder = modern if modern.exists() and not classic.exists() else classic
    return folder, folder / "init.el"
