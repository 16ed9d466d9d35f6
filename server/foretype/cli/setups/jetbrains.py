"""JetBrains IDEs: a template for the plugin LSP4IJ, which the user picks in the IDE once.

LSP4IJ keeps its servers in the IDE's own settings, which are not for others to write.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs

from foretype.cli.setups.plan import Plan, Write, in_one_line, server_command
from foretype.languages.table import LANGUAGES

OPTIONS = {"client": "jetbrains"}


def plan(*, remove: bool, environ: Mapping[str, str]) -> Plan:
    """The template's files, and where they go."""
    folder = template_folder()
    files = {} if remove else template_files()
    names = ("template.json", "initializationOptions.json")
    return Plan(
        writes=tuple(Write(folder / name, files.get(name)) for name in names),
        notes=(
            "In the IDE: install the plugin LSP4IJ (0.20 or later), then open Settings, Languages "
            "& Frameworks, Language Servers, press +, and as template choose Import from custom "
            f"template… and the folder {folder}. Press OK.",
        ),
        owned=(folder,) if remove else (),
    )


def template_folder() -> Path:
    """A folder of foretype's own, which LSP4IJ reads once."""
    return platformdirs.user_config_path("foretype", appauthor=False) / "lsp4ij"


def template_files() -> dict[str, str]:
    """The template's files by their names, with the command that starts this installation."""
    command = server_command()
    template = {
        "id": "foretype",
        "name": "foretype",
        "programArgs": {"default": in_one_line(command)},
        "fileTypeMappings": list(_mappings()),
    }
    return {"template.json": _json(template), "initializationOptions.json": _json(OPTIONS)}


def _mappings() -> list[dict[str, Any]]:
    """Which files are given to the server, by their names, and what their language is called."""
    return [
        {
            "fileType": {"name": f"foretype {language.name}", "patterns": patterns},
            "languageId": language.ids[0],
        }
        for language in LANGUAGES
        if language.ids
        and (patterns := [*(f"*{end}" for end in language.suffixes), *language.filenames])
    ]


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
