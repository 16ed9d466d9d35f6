"""Write ``docs/settings.md`` and VS Code's settings section, from the classes in ``schema.py``.

``make docs`` runs it. Reads the text under each setting from the source; knows nothing of where
values come from but what ``load.py`` says of it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from foretype.settings import schema
from foretype.settings.providers import PROVIDERS
from foretype.settings.schema import (
    EDITOR_SETTINGS,
    ENVIRONMENT_VARIABLES,
    SECRET_SETTINGS,
    USER_FILE_SETTINGS,
    WORKSPACE_SETTINGS,
    Between,
    CustomAction,
    Pattern,
    ProviderSettings,
    Settings,
    Visible,
)
from foretype.settings.validate import camel_case

ROOT = Path(__file__).resolve().parents[3]
PAGE = "docs/settings.md"
MANIFEST = "editors/vscode/package.json"

INTRODUCTION = """\
<!-- Written by `make docs` from server/foretype/settings/schema.py. -->
# Settings

Every setting has a default: foretype works without any.

## Where settings are written

Later sources win; lists add up.

1. Your own `foretype.toml`, in the platform's config directory: `~/.config/foretype/` on Linux, \
`~/Library/Application Support/foretype/` on macOS, `%LOCALAPPDATA%\\foretype\\` on Windows. \
`FORETYPE_CONFIG` names another file.
2. The environment: {variables}, and the providers' own key variables. \
(`FORETYPE_LOG` sets the log level: `debug`, `info`, `warning`, `error`. `FORETYPE_LEDGER` names \
the file that records spending, `:memory:` for none; by default it is in the platform's state \
directory. What is learned of your endpoints, such as how fast they begin, is beside it in \
the folder `endpoints`, which you may delete.)
3. Your editor: `initializationOptions`.
4. The workspace: `.foretype.toml` in each of its folders, the first of which wins for all of \
them (a message names what the others set differently), and the section `foretype` that an editor \
returns for `workspace/configuration`. Both may only contain \
settings marked with † in the tables. A file may have 64 KiB (your own 1 MB) and keys of 16 \
parts; one that cannot be read within 2 seconds is skipped with a message.

TOML spells settings `snake_case`, JSON spells them `camelCase`:

```toml
# foretype.toml
provider = "openrouter"

[completion]
deadline_ms = 300
languages_off = ["markdown"]

[[refactor.actions]]
title = "Add type hints"
instruction = "Add type hints. Change nothing else."
languages = ["python"]
```

```json
{{
  "provider": "openrouter",
  "completion": {{ "deadlineMs": 300, "languagesOff": ["markdown"] }}
}}
```

Unknown settings and invalid values are reported in one message, with the nearest valid spelling. \
The rest applies.

## What a workspace may not do

A workspace is untrusted. It may exclude files and set how suggestions look, but it may not name \
an endpoint, a key, a model or a program, nor spend more money, nor remove an exclusion.
The refactorings that it defines run once you have said that you trust it.
With a base URL and no provider, the provider is `custom`. A key is sent only to the endpoint that \
it was meant for: if your file names an endpoint, `FORETYPE_API_KEY` is not sent to another host \
named by `FORETYPE_BASE_URL` or `FORETYPE_PROVIDER`, except on this machine. The host that \
`FORETYPE_API_KEY` or `api_key` first served is remembered, as a hash in the state directory; \
another one gets that key only after you agreed once.
"""
TABLES: Mapping[str, tuple[tuple[str, str, type], ...]] = {
    "": (("Several providers", "providers", ProviderSettings),),
    "refactor.": (("Your own refactorings", "refactor.actions", CustomAction),),
}
"""Lists of tables, under the settings that they belong to."""
EXCLUSIONS = """\
## What stays on your machine

Nothing of an excluded file is sent: not as the current file, not as context, not to a tool.
Excluded are `.env` files, keys, certificates and credentials by their names, files matched by \
`.gitignore` and `.foretypeignore` in any folder from the root down, by Git's `.git/info/exclude` \
and global ignore file, and the patterns of `exclude`.
`exclude = ["!.env.example"]` allows one file again; a pattern with wildcards never allows keys.
In doubt a file is excluded: an ignore file of more than 5,000 lines or 500,000 bytes, or one \
whose patterns take too long to match, or that cannot be read as UTF-8, excludes its whole folder.
If `exclude`, or a settings file that mentions it, cannot be read, every file is excluded until it \
is mended; the message says so.
What looks like a secret in other files is masked before it is sent.
"""


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting: where it stands, what it is and what it means."""

    path: str
    hint: Any
    default: Any
    text: str


def main() -> None:
    """Write both files again."""
    page = ROOT / PAGE
    page.parent.mkdir(exist_ok=True)
    page.write_text(settings_page(), encoding="utf-8", newline="\n")
    manifest = ROOT / MANIFEST
    if manifest.exists():
        text = with_settings(manifest.read_text(encoding="utf-8"))
        manifest.write_text(text, encoding="utf-8", newline="\n")


def declared(kind: Any = Settings, prefix: str = "") -> Iterator[Declared]:
    """The settings of one class, in declared order, without those of the classes inside."""
    hints, texts = get_type_hints(kind, include_extras=True), _texts()[kind.__name__]
    for item in fields(kind):
        if not is_dataclass(hints[item.name]):
            default = None if item.default is MISSING else item.default
            yield Declared(prefix + item.name, hints[item.name], default, texts[item.name])


def groups() -> Iterator[tuple[str, str, list[Declared]]]:
    """A title, a prefix and the settings of each class, the general ones first."""
    hints = get_type_hints(Settings)
    yield "General", "", list(declared())
    for item in fields(Settings):
        kind = hints[item.name]
        if is_dataclass(kind):
            title = _class_text(kind).removesuffix(".")
            yield title, f"{item.name}.", list(declared(kind, f"{item.name}."))


# --- the page ---------------------------------------------------------------------------------


def settings_page() -> str:
    variables = ", ".join(f"`{name}`" for name in ENVIRONMENT_VARIABLES.values())
    parts = [INTRODUCTION.format(variables=variables), EXCLUSIONS]
    for title, prefix, items in groups():
        table = f", table `[{prefix[:-1]}]`" if prefix else ""
        parts.append(f"## {title}{table}\n\n{_rows(items)}")
        for heading, path, kind in TABLES.get(prefix, ()):
            rows = _rows(list(declared(kind, f"{path}.")))
            parts.append(f"### {heading}, tables `[[{path}]]`\n\n{rows}")
    return "\n".join(parts)


def _rows(items: list[Declared]) -> str:
    rows = ["| setting | in JSON | default | values | meaning |", "|---|---|---|---|---|"]
    for item in items:
        name = item.path.rpartition(".")[2]
        mark = " †" if item.path in WORKSPACE_SETTINGS else ""
        note = " Set by our extensions." if item.path in EDITOR_SETTINGS else ""
        variable = (
            f" Variable `{ENVIRONMENT_VARIABLES[item.path]}`."
            if item.path in ENVIRONMENT_VARIABLES
            else ""
        )
        text = f"{_markdown(item.text)}{variable}{note}"
        cells = f"`{name}`{mark}", f"`{camel_case(name)}`", _default(item), _values(item.hint), text
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _default(item: Declared) -> str:
    if item.default is None:
        return "" if _is_optional(item.hint) else "needed"
    if item.default in ("", ()):
        return ""
    return f"`{json.dumps(item.default)}`"


def _values(hint: Any) -> str:
    """The values that a setting can have, in words."""
    if get_origin(hint) is Annotated:
        base, *limits = get_args(hint)
        words = _values(base)
        for limit in limits:
            if isinstance(limit, Between):
                words = f"{words}, {limit.low:,} to {limit.high:,}"
            if isinstance(limit, Pattern):
                words = limit.called
            if isinstance(limit, Visible):
                words = f"{words}, at most {limit.max_chars:,} characters"
        return words
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_values(part) for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is Literal:
        return ", ".join(f"`{json.dumps(option)}`" for option in get_args(hint) if option)
    if get_origin(hint) is tuple:
        return "list of tables" if is_dataclass(get_args(hint)[0]) else "list of texts"
    return {bool: "`true`, `false`", int: "whole number", float: "number", str: "text"}[hint]


def _is_optional(hint: Any) -> bool:
    return NoneType in get_args(hint)


# --- VS Code ----------------------------------------------------------------------------------


def vscode_configuration() -> list[dict[str, Any]]:
    """The sections of ``contributes.configuration`` that declare the server's settings.

    What a workspace may not set is declared ``machine``. The key is not there: VS Code keeps it
    in its secret storage.
    """
    hidden = SECRET_SETTINGS | EDITOR_SETTINGS | USER_FILE_SETTINGS
    shown = [
        (title, items)
        for title, _, items in groups()
        if any(item.path not in hidden for item in items)
    ]
    return [
        {
            # VS Code shows a title as it is, without Markdown.
            "title": title.partition(":")[0].replace("``", ""),
            "order": section,
            "properties": {
                f"foretype.{camel_case(item.path)}": _property(item, order)
                for order, item in enumerate(items)
                if item.path not in hidden
            },
        }
        for section, (title, items) in enumerate(shown)
    ]


def with_settings(manifest: str) -> str:
    """The text of a ``package.json`` with our sections in place; all else stays as it is."""
    found = re.search(r'"configuration":\s*(?=\[)', manifest)
    if not found:
        raise ValueError("there is no contributes.configuration list")
    old, end = json.JSONDecoder().raw_decode(manifest, found.end())
    ours = vscode_configuration()
    titles = {section["title"] for section in ours}
    names = {name for section in ours for name in section["properties"]}
    others = [
        section
        for section in old
        # One of a title that was ours once declares our settings.
        if section.get("title") not in titles and names.isdisjoint(section.get("properties", {}))
    ]
    column = found.start() - manifest.rindex("\n", 0, found.start()) - 1
    text = json.dumps([*ours, *others], indent=2, ensure_ascii=False)
    return manifest[: found.end()] + text.replace("\n", "\n" + " " * column) + manifest[end:]


def _property(item: Declared, order: int) -> dict[str, Any]:
    scope = "window" if item.path in WORKSPACE_SETTINGS else "machine"
    default = (
        {} if item.default is None and not _is_optional(item.hint) else {"default": item.default}
    )
    return {
        **_schema(item.hint),
        **(_providers() if item.path == "provider" else {}),
        **default,
        "order": order,
        "scope": scope,
        "markdownDescription": _markdown(item.text),
    }


def _providers() -> dict[str, Any]:
    """The names of the providers, with what each is called."""
    titles = {"": "The one whose key is found"}
    titles |= {row.slug: row.title for row in PROVIDERS.values()}
    titles |= {"custom": "Another one: give its base URL"}
    return {"enum": [*titles], "enumItemLabels": [*titles.values()]}


def _schema(hint: Any) -> dict[str, Any]:
    """A type as JSON Schema, in the words that VS Code's settings editor understands."""
    if get_origin(hint) is Annotated:
        base, *limits = get_args(hint)
        schema = _schema(base)
        for limit in limits:
            if isinstance(limit, Between):
                schema |= {"minimum": limit.low, "maximum": limit.high}
            if isinstance(limit, Pattern):
                schema |= {"pattern": f"^({limit.regex})?$"}
                schema |= {"patternErrorMessage": f"This must be {limit.called}."}
        return schema
    if get_origin(hint) in (Union, UnionType):
        return _either([_schema(part) for part in get_args(hint)])
    if get_origin(hint) is Literal:
        return {"type": "string", "enum": list(get_args(hint))}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _items(get_args(hint)[0])}
    names = {bool: "boolean", int: "integer", float: "number", str: "string", NoneType: "null"}
    return {"type": names[hint]}


def _either(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    # The settings editor has no anyOf: the types side by side, each limit touching its own type.
    merged: dict[str, Any] = {}
    for each in schemas:
        options = each.pop("enum", None)
        merged |= each | ({"pattern": f"^({'|'.join(options)})$"} if options else {})
    return {**merged, "type": [each["type"] for each in schemas]}


def _items(kind: Any) -> dict[str, Any]:
    if not is_dataclass(kind):
        return {"type": "string"}
    items = list(declared(CustomAction))
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [item.path for item in items if item.default is None],
        "properties": {
            camel_case(item.path): {
                **_schema(item.hint),
                **({} if item.default is None else {"default": item.default}),
                "markdownDescription": _markdown(item.text),
            }
            for item in items
        },
    }


# --- the text under each setting --------------------------------------------------------------


def _texts() -> dict[str, dict[str, str]]:
    """The strings under the fields of each class in ``schema.py``."""
    tree = ast.parse(Path(schema.__file__).read_text(encoding="utf-8"))
    return {
        node.name: {
            field.target.id: " ".join(text.value.value.split())
            for field, text in zip(node.body, node.body[1:], strict=False)
            if isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        }
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


def _class_text(kind: Any) -> str:
    return str(kind.__doc__).splitlines()[0]


def _markdown(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    main()
