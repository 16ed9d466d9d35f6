from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from foretype.lsp.session.client_profiles import ClientProfile, profile_of

RECORDED = sorted((Path(__file__).parent / "clients").glob("*.json"))


def recorded(name: str) -> dict[str, Any]:
    (path,) = [path for path in RECORDED if path.name.startswith(name)]
    params: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return params


def profile(name: str) -> ClientProfile:
    return profile_of(recorded(name))


@pytest.mark.parametrize(
    ("file", "name", "inline_completion"),
    [
        ("coc.nvim", "coc", True),
        ("emacs28-eglot", "eglot", False),
        ("emacs28.2-lsp-mode", "lsp-mode", True),
        ("emacs30.1-eglot", "eglot", False),
        ("emacs30.1-lsp-mode", "lsp-mode", True),
        ("helix", "helix", False),
        ("neovim", "neovim", True),
        ("vscode", "vscode", True),
    ],
)
def test_each_recorded_editor_is_known(file: str, name: str, inline_completion: bool) -> None:
    found = profile(file)
    assert (found.name, found.inline_completion) == (name, inline_completion)


def test_there_is_a_case_for_each_recording() -> None:
    assert len(RECORDED) == 8


@pytest.mark.parametrize(
    "name", ["IntelliJ IDEA", "PyCharm Community Edition", "Android Studio", "Rider", "GoLand"]
)
def test_lsp4ij_is_known_by_the_ide_that_it_runs_in(name: str) -> None:
    # As LSP4IJ's sources and documentation have it: not recorded.
    params = {
        "clientInfo": {"name": name, "version": "2026.2"},
        "capabilities": {
            "textDocument": {
                "inlineCompletion": {},
                "codeAction": {"resolveSupport": {"properties": ["edit"]}},
            },
            "workspace": {
                "applyEdit": True,
                "workspaceEdit": {
                    "documentChanges": True,
                    "resourceOperations": ["create", "delete", "rename"],
                },
            },
            "window": {"workDoneProgress": True, "showMessage": {}},
        },
    }
    found = profile_of(params)
    assert (found.name, found.waits_ms, found.inline_completion) == ("jetbrains", 300, True)
    assert found.applies_document_changes and found.creates_files
    assert found.can_show_message_request and found.resolves_code_actions
    assert not found.takes_notifications and not found.honors_annotations


def test_editors_that_wait_need_no_second_wait() -> None:
    waits = {name: profile(name).waits_ms for name in ("neovim", "helix", "vscode", "coc")}
    assert waits == {"neovim": 200, "helix": 250, "vscode": 50, "coc": 10}


def test_each_recorded_editor_asks_the_user_and_an_unknown_one_does_not() -> None:
    assert all(_profile_in(path).can_show_message_request for path in RECORDED)
    assert not profile_of({"capabilities": {}}).can_show_message_request


def test_only_vscode_asks_before_annotated_edits() -> None:
    assert {p.name for p in map(_profile_in, RECORDED) if p.honors_annotations} == {"vscode"}


def test_all_apply_versioned_edits() -> None:
    assert all(_profile_in(path).applies_document_changes for path in RECORDED)


def test_none_indents_the_plain_text_that_it_is_sent() -> None:
    assert not any(_profile_in(path).dedent_continuation for path in RECORDED)


def test_helix_resolves_no_code_action_because_its_screen_would_freeze() -> None:
    assert not profile("helix").resolves_code_actions
    assert profile("vscode").resolves_code_actions


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("neovim", "neovim"),
        ("VSCode", "vscode"),
        ("helix", "helix"),
        ("emacs-eglot", "eglot"),
        ("emacs-lsp-mode", "lsp-mode"),
    ],
)
def test_what_an_extension_says_of_itself_comes_first(told: str, name: str) -> None:
    params = recorded("coc.nvim") | {"initializationOptions": {"client": told}}
    assert profile_of(params).name == name


def test_only_extensions_that_name_themselves_show_the_status() -> None:
    assert not profile("neovim").shows_status
    params = recorded("neovim") | {"initializationOptions": {"client": "neovim"}}
    assert profile_of(params).shows_status


@pytest.mark.parametrize(
    ("client", "name"),
    [
        ("Visual Studio Code - Insiders", "vscode"),
        ("VSCodium", "vscode"),
        ("Cursor", "vscode"),
        ("code-server", "vscode"),
        ("Neovim", "neovim"),
        ("A New Editor", "generic"),
    ],
)
def test_forks_are_known_by_their_names(client: str, name: str) -> None:
    assert profile_of({"clientInfo": {"name": client}, "capabilities": {}}).name == name


@pytest.mark.parametrize(
    ("text_document", "supported"),
    [
        ({"inlineCompletion": None}, True),
        ({"inlineCompletion": {}}, True),
        ({"inlineCompletion": True}, True),
        ({"inlineCompletion": False}, False),
        ({}, False),
        (None, False),
    ],
)
def test_a_present_null_counts_as_support(text_document: Any, supported: bool) -> None:
    params = {"capabilities": {"textDocument": text_document}}
    assert profile_of(params).inline_completion is supported


@pytest.mark.parametrize(
    "junk",
    [
        {},
        {"capabilities": 7, "clientInfo": "x"},
        {"clientInfo": {}},
        {"capabilities": {"textDocument": {"codeAction": {"resolveSupport": {"properties": 5}}}}},
        {"capabilities": {"workspace": {"workspaceEdit": {"resourceOperations": {"create": 1}}}}},
    ],
)
def test_a_client_that_says_nonsense_is_some_client(junk: dict[str, Any]) -> None:
    assert profile_of(junk).name == "generic"


def _profile_in(path: Path) -> ClientProfile:
    return profile_of(json.loads(path.read_text("utf-8")))
