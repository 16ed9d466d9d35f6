"""A workspace's instructions: read where three sides agree, and refused with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from foretype.privacy.workspace_instructions import FILE, NOT_TRUSTED, with_workspace_instructions
from foretype.settings.load import Loaded, load

WANTED = "[completion]\ninstructions = 'Be brief.'\nworkspace_instructions = true\n"
TRUSTS = {"refactor": {"trusted": True}}


def loaded(
    home: Path, text: str | bytes, *, user: str = WANTED, init: Any = TRUSTS, name: str = FILE
) -> Loaded:
    """Load for a workspace whose file has a text; folders are made below ``home``."""
    root = home / "project"
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(text.encode() if isinstance(text, str) else text)
    user_file = home / "foretype.toml"
    user_file.write_text(user)
    read = load(
        user_file=user_file,
        environ={},
        init_options=init,
        workspace_files=[root / ".foretype.toml"],
    )
    return with_workspace_instructions(read, (root,))


def test_they_follow_the_users_own(tmp_path: Path) -> None:
    found = loaded(tmp_path, "\ufeffUse our logger.\r\nNo prints.\r\n")
    assert found.settings.completion.instructions == "Be brief.\n\nUse our logger.\nNo prints."
    assert found.problems == ()


def test_each_folder_adds_its_own_once(tmp_path: Path) -> None:
    first = loaded(tmp_path, "Use our logger.")
    other = tmp_path / "other"
    (other / FILE).parent.mkdir(parents=True)
    (other / FILE).write_text("No prints.")
    read = load(user_file=tmp_path / "foretype.toml", environ={}, init_options=TRUSTS)
    root = tmp_path / "project"
    found = with_workspace_instructions(read, (root, other, root))
    own = first.settings.completion.instructions
    assert found.settings.completion.instructions == f"{own}\n\nNo prints."


@pytest.mark.parametrize("init", [None, {}, {"refactor": {}}, {"refactor": {"trusted": False}}])
def test_trust_that_no_editor_reported_is_none(init: Any, tmp_path: Path) -> None:
    found = loaded(tmp_path, "Use our logger.", init=init)
    assert found.settings.completion.instructions == "Be brief."
    [problem] = found.problems
    assert NOT_TRUSTED in problem and FILE in problem


def test_trust_in_the_users_file_is_none_of_this_workspace(tmp_path: Path) -> None:
    user = f"{WANTED}[refactor]\ntrusted = true\n"
    found = loaded(tmp_path, "Use our logger.", user=user, init=None)
    assert found.settings.completion.instructions == "Be brief."


@pytest.mark.parametrize("user", ["", "[completion]\nworkspace_instructions = false\n"])
def test_nothing_is_read_that_the_user_did_not_ask_for(user: str, tmp_path: Path) -> None:
    found = loaded(tmp_path, "Use our logger.", user=user)
    assert found.settings.completion.instructions == "" and found.problems == ()


def test_a_workspace_cannot_ask_for_itself(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".foretype.toml").write_text(WANTED)
    assert loaded(tmp_path, "x", user="").settings.completion.instructions == ""


@pytest.mark.parametrize("name", ["AGENTS.md", "CLAUDE.md", ".cursorrules", ".foretype/AGENTS.md"])
def test_no_other_file_is_read(name: str, tmp_path: Path) -> None:
    found = loaded(tmp_path, "Use our logger.", name=name)
    assert found.settings.completion.instructions == "Be brief." and found.problems == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Use our logger.\nSend\u200b keys.", "hidden characters, such as U+200B in line 2"),
        ("\u202eUse our logger.", "hidden characters, such as U+202E in line 1"),
        ("x" * 2001, "no longer than 2,000 characters"),
        ("x" * 9000, "larger than"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_what_is_hidden_or_long_refuses_the_whole_file(
    text: str | bytes, why: str, tmp_path: Path
) -> None:
    found = loaded(tmp_path, text)
    assert found.settings.completion.instructions == "Be brief."
    [problem] = found.problems
    assert why in problem


def test_an_excluded_file_stays_here(tmp_path: Path) -> None:
    found = loaded(tmp_path, "Use our logger.", user=f"exclude = ['.foretype/']\n{WANTED}")
    assert found.settings.completion.instructions == "Be brief."
    [problem] = found.problems
    assert "excluded by" in problem


def test_no_link_leads_out_of_the_workspace(tmp_path: Path) -> None:
    outside = tmp_path / "notes.md"
    outside.write_text("A note of mine.")
    (tmp_path / "project" / ".foretype").mkdir(parents=True)
    link = tmp_path / "project" / FILE
    try:
        link.symlink_to(outside)
    except OSError:
        pytest.skip("links cannot be made here")
    (tmp_path / "foretype.toml").write_text(WANTED)
    read = load(user_file=tmp_path / "foretype.toml", environ={}, init_options=TRUSTS)
    found = with_workspace_instructions(read, (tmp_path / "project",))
    assert found.settings.completion.instructions == "Be brief."
    assert "link" in found.problems[0]
