"""The committed pages are what the settings say, and the settings say everything."""

from __future__ import annotations

import json

import pytest

from foretype.settings import docs
from foretype.settings.docs import declared, groups, vscode_configuration, with_settings
from foretype.settings.providers import PROVIDERS
from foretype.settings.schema import (
    EDITOR_SETTINGS,
    SECRET_SETTINGS,
    USER_FILE_SETTINGS,
    WORKSPACE_SETTINGS,
    Settings,
)
from foretype.settings.validate import camel_case, setting_paths

PATHS = set(setting_paths())
ITEMS = ("title", "instruction", "kind", "languages", "scope", "model")


def test_the_page_is_up_to_date() -> None:
    committed = (docs.ROOT / docs.PAGE).read_text(encoding="utf-8")
    assert committed == docs.settings_page(), "`make docs` writes it again"


def test_the_extension_s_section_is_up_to_date() -> None:
    file = docs.ROOT / docs.MANIFEST
    if not file.exists():
        pytest.skip("the extension is not here")
    committed = file.read_text(encoding="utf-8")
    assert committed == with_settings(committed), "`make docs` writes it again"


def test_every_setting_has_a_text() -> None:
    shown = {item.path: item.text for _, _, items in groups() for item in items}
    assert set(shown) == PATHS
    assert all(text.endswith((".", "''")) for text in shown.values())


TABLES = (WORKSPACE_SETTINGS, SECRET_SETTINGS, EDITOR_SETTINGS, USER_FILE_SETTINGS)
NOT_IN_EDITORS = SECRET_SETTINGS | EDITOR_SETTINGS | USER_FILE_SETTINGS


@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_names_names_settings(table: frozenset[str]) -> None:
    assert table <= PATHS | {f"refactor.actions.{name}" for name in ITEMS}


def test_vs_code_declares_every_setting_but_the_key_and_its_own() -> None:
    properties = {
        k: v for section in vscode_configuration() for k, v in section["properties"].items()
    }
    assert set(properties) == {f"foretype.{camel_case(p)}" for p in PATHS - NOT_IN_EDITORS}
    for path in ("provider", "base_url", "api_key_env", "wire", "model", "refactor.test_command"):
        assert properties[f"foretype.{camel_case(path)}"]["scope"] == "machine"
    assert properties["foretype.budget.dailyUsd"]["scope"] == "machine"
    assert properties["foretype.exclude"]["scope"] == "window"
    assert properties["foretype.completion.debounceMs"]["type"] == ["integer", "string"]
    defaults = {item.path: item.default for item in declared()}
    assert properties["foretype.respectGitignore"]["default"] == defaults["respect_gitignore"]
    assert json.loads(json.dumps(properties)) is not None


def test_a_default_is_valid_by_its_own_schema() -> None:
    """A word's pattern touches the words alone, a number's limits the numbers."""
    for section in vscode_configuration():
        for name, schema in section["properties"].items():
            default, types = schema["default"], schema["type"]
            names = {
                bool: "boolean",
                int: "integer",
                float: "number",
                str: "string",
                tuple: "array",
            }
            kind = names.get(type(default), "null")
            assert kind in ([types] if isinstance(types, str) else types), name
            assert default in schema.get("enum", [default]), name


def test_settings_stand_in_the_order_in_which_they_are_declared() -> None:
    sections = vscode_configuration()
    assert [section["order"] for section in sections] == list(range(len(sections)))
    shown = [items for _, _, items in groups() if {i.path for i in items} - NOT_IN_EDITORS]
    for section, items in zip(sections, shown, strict=True):
        declared_order = [f"foretype.{camel_case(item.path)}" for item in items]
        by_order = sorted(section["properties"], key=lambda n: section["properties"][n]["order"])
        assert by_order == [name for name in declared_order if name in section["properties"]]
        assert "`" not in section["title"]


def test_the_provider_is_picked_from_the_known_ones() -> None:
    provider = vscode_configuration()[0]["properties"]["foretype.provider"]
    assert set(provider["enum"]) == {"", *PROVIDERS}
    assert len(provider["enumItemLabels"]) == len(provider["enum"])


def test_the_rest_of_a_manifest_stays_as_it_is() -> None:
    before = '{ "a":   [1],\n  "contributes": {\n    "configuration": [\n      {"title": "Server",'
    before += (
        ' "properties": {"foretype.server.command": {}}}, {"title": "Ghost text"}],\n    "b":1}}\n'
    )
    after = with_settings(before)
    assert after.startswith('{ "a":   [1],\n  "contributes": {\n    "configuration": [\n      {\n')
    assert after.endswith('],\n    "b":1}}\n')
    sections = json.loads(after)["contributes"]["configuration"]
    assert [section["title"] for section in sections].count("Ghost text") == 1
    assert sections[-1]["properties"] == {"foretype.server.command": {}}
    assert with_settings(after) == after


def test_a_section_that_was_renamed_is_not_declared_twice() -> None:
    old = {"title": "Once so", "properties": {"foretype.model": {"default": "old"}}}
    after = with_settings("{\n" + json.dumps({"contributes": {"configuration": [old]}})[1:])
    sections = json.loads(after)["contributes"]["configuration"]
    names = [name for section in sections for name in section["properties"]]
    assert names.count("foretype.model") == 1


def test_settings_can_be_kept_in_a_set() -> None:
    assert len({Settings(), Settings()}) == 1
