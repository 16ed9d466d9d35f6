"""Emacs: a file of ours in the configuration folder, and a block in the init file that loads it."""

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


def plan(*, remove: bool, environ: Mapping[str, str]) -> Plan:
    """The file of ours, and the init file with or without the block."""
    folder, init = configuration(environ)
    ours = folder / "foretype" / "foretype.el"
    text = read(init)
    if remove:
        rest = without_block(text, _COMMENT)
        return Plan(writes=(Write(init, rest), Write(ours, None)), owned=(ours.parent,))
    source = (templates("emacs") / "foretype.el").read_text(encoding="utf-8")
    command = " ".join(json.dumps(word, ensure_ascii=False) for word in server_command())
    block = (
        f"(load {json.dumps(ours.as_posix(), ensure_ascii=False)} t t)\n"
        f"(setq foretype-command '({command}))\n"
        "(foretype-setup)"
    )
    return Plan(
        writes=(Write(ours, source), Write(init, with_block(text, block, _COMMENT))),
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
