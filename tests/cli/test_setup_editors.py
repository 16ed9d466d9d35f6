"""`foretype setup`: said first, written on demand, taken out again, and nothing twice."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from foretype.cli.setup import setup
from foretype.cli.setups.plan import Write, apply_write, server_command, with_block, without_block
from foretype.cli.terminal import BadInput

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the folders are those of POSIX systems")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own, and a PATH that leads to no editor."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "NVIM_APPNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    monkeypatch.setenv("PATH", str(bin_))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(setup, arguments, standalone_mode=False)


def program(home: Path, name: str, script: str) -> None:
    path = home / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "bin" not in path.parts
    }


@pytest.mark.parametrize("editor", ["neovim", "emacs", "helix", "jetbrains", "vim"])
def test_says_writes_once_and_takes_out(editor: str, home: Path) -> None:
    program(home, "hx", 'printf "Configured language servers: None\\n"')
    said = run(editor)
    assert "Nothing was changed" in said.output
    assert files(home) == {}
    assert "Done." in run(editor, "--write").output
    written = files(home)
    assert written
    assert run(editor, "--write").output.startswith("Nothing to do")
    assert files(home) == written
    assert "Nothing was changed" in run(editor, "--remove").output
    assert files(home) == written
    assert "Done." in run(editor, "--remove", "--write").output
    assert files(home) == {}
    assert run(editor, "--remove", "--write").output.startswith("Nothing to do")


def test_the_command_that_it_names_does_it(home: Path) -> None:
    program(home, "hx", 'printf "Configured language servers: None\\n"')
    said = run("helix", "--language", "gleam").output
    command = shlex.split(said.rpartition("To do it: ")[2])
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    assert "Done." in done.stdout
    assert "gleam" in "".join(files(home).values())


def test_jetbrains_gets_a_template_that_names_the_server_and_each_language(home: Path) -> None:
    said = run("jetbrains", "--write").output
    assert "LSP4IJ" in said
    written = {Path(name).name: text for name, text in files(home).items()}
    template = json.loads(written["template.json"])
    assert server_command()[0] in template["programArgs"]["default"]
    kinds = {
        pattern: each["languageId"]
        for each in template["fileTypeMappings"]
        for pattern in each["fileType"]["patterns"]
    }
    assert kinds["*.py"] == "python" and kinds["*.tsx"] == "typescriptreact"
    assert json.loads(written["initializationOptions.json"]) == {"client": "jetbrains"}


@pytest.mark.parametrize("text", ["{ // mine\n}", '{"languageserver": []}', "[]", "{"])
def test_coc_settings_that_are_no_plain_json_are_left_alone(text: str, home: Path) -> None:
    settings = home / ".vim" / "coc-settings.json"
    settings.parent.mkdir()
    settings.write_text(text)
    for more in ([], ["--remove"]):
        result = run("vim", "--write", *more)
        assert isinstance(result.exception, BadInput)
        assert "Nothing was changed" in str(result.exception)
        assert '"foretype"' in str(result.exception)
    assert settings.read_text() == text


def test_neovim_gets_the_plugin_and_the_command_of_this_installation(home: Path) -> None:
    run("neovim", "--write")
    folder = home / ".local/share/nvim/site/pack/foretype/start/foretype"
    assert (folder / "plugin/foretype.lua").is_file()
    installed = (folder / "lua/foretype/installed.lua").read_text()
    assert server_command()[0] in installed


def test_neovim_loses_files_that_an_older_version_had(home: Path) -> None:
    run("neovim", "--write")
    old = home / ".local/share/nvim/site/pack/foretype/start/foretype/lua/foretype/old.lua"
    old.write_text("return {}")
    run("neovim", "--write")
    assert not old.exists()


def test_a_folder_of_that_name_that_is_not_ours_is_left_alone(home: Path) -> None:
    other = home / ".local/share/nvim/site/pack/foretype/start/foretype/mine.txt"
    other.parent.mkdir(parents=True)
    other.write_text("mine")
    assert run("neovim", "--write").exception is not None
    assert files(home) == {other.relative_to(home).as_posix(): "mine"}


def test_emacs_keeps_the_init_file_it_finds(home: Path) -> None:
    init = home / ".emacs"
    init.write_text("(setq mine t)")
    run("emacs", "--write")
    assert init.read_text().startswith("(setq mine t)\n")
    assert "(foretype-setup)" in init.read_text()
    run("emacs", "--remove", "--write")
    assert init.read_text() == "(setq mine t)"


@pytest.mark.parametrize("more", [[], ["--remove"]])
@pytest.mark.parametrize(
    ("editor", "name"), [("emacs", ".emacs.d/init.el"), ("helix", ".config/helix/languages.toml")]
)
def test_a_file_that_is_not_in_utf_8_is_named_and_left_alone(
    editor: str, name: str, more: list[str], home: Path
) -> None:
    program(home, "hx", 'printf "Configured language servers: None\\n"')
    path = home / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b'# "\xe9"')
    result = run(editor, "--write", *more)
    assert isinstance(result.exception, BadInput)
    assert f"{path} is not text in UTF-8" in str(result.exception)
    assert [each for each in home.rglob("*") if each.is_file() and each.name != "hx"] == [path]
    assert path.read_bytes() == b'# "\xe9"'


@pytest.mark.parametrize("more", [[], ["--remove"]])
def test_a_file_in_the_place_of_a_folder_is_named(more: list[str], home: Path) -> None:
    (home / ".emacs.d").write_text("mine")
    result = run("emacs", "--write", *more)
    assert isinstance(result.exception, BadInput)
    assert f"{home / '.emacs.d'} is a file where a folder is needed" in str(result.exception)
    assert files(home) == {".emacs.d": "mine"}


def test_a_folder_in_the_place_of_a_file_is_named(home: Path) -> None:
    (home / ".emacs.d" / "init.el").mkdir(parents=True)
    result = run("emacs", "--write")
    assert isinstance(result.exception, BadInput)
    assert "init.el cannot be read: Is a directory" in str(result.exception)


def test_helix_that_is_not_installed_is_a_sentence_and_no_change(home: Path) -> None:
    result = run("helix", "--write")
    assert "not on the PATH" in str(result.exception)
    assert files(home) == {}


def test_vscode_that_is_not_installed_is_a_sentence() -> None:
    assert "on the PATH" in str(run("vscode").exception)


def test_vscode_installs_its_extension_by_its_own_command(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "ext").mkdir()
    package = home / "ext" / "foretype-0.1.0.vsix"
    package.write_bytes(b"")
    monkeypatch.setattr("foretype.cli.setups.vscode.templates", lambda editor: home / "ext")
    program(
        home,
        "code",
        f'case "$1" in\n--list-extensions) [ -e "{home}/there" ] && '
        "echo foretype.foretype@0.1.0;;\n"
        f'--install-extension) : > "{home}/there";;\n'
        f'--uninstall-extension) /bin/rm "{home}/there";;\nesac\nexit 0',
    )
    assert f"run: code --install-extension {package} --force" in run("vscode").output
    assert not (home / "there").exists()
    assert "Done." in run("vscode", "--write").output
    assert (home / "there").exists()
    told = json.loads((home / ".config/foretype/server.json").read_text())
    assert Path(told["command"][0]).is_absolute()
    assert told["command"][1:] == list(server_command())[1:]
    assert run("vscode", "--write").output.startswith("Nothing to do")
    assert "Done." in run("vscode", "--remove", "--write").output
    assert not (home / "there").exists()


def test_a_symbolic_link_and_its_permissions_stay(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("a = 1\n")
    real.chmod(0o600)
    link = tmp_path / "link.toml"
    link.symlink_to(real)
    apply_write(Write(link, "a = 2\n"))
    assert link.is_symlink()
    assert real.read_text() == "a = 2\n"
    assert real.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("more", [[], ["--remove"]])
def test_a_read_only_file_is_named_and_nothing_is_written(more: list[str], home: Path) -> None:
    init = home / ".emacs.d" / "init.el"
    init.parent.mkdir()
    init.write_text("(setq mine t)\n")
    if more:
        run("emacs", "--write")
    before = files(home)
    init.chmod(0o444)
    result = run("emacs", "--write", *more)
    assert isinstance(result.exception, BadInput)
    assert f"{init} is read-only. Nothing was changed" in str(result.exception)
    assert files(home) == before


ODD = """\
# mine\r
[language-server]\r
ruff = { command = "ruff" }\r
\r
[[ language ]] # odd but right\r
"name" = 'python'\r
language-servers = [ # both\r
    "pylsp",\r
    { name = "ruff", only-features = [ "format" ] } # last\r
]\r
[language.formatter]\r
command = "black"\r
"""


def test_helix_with_an_odd_file_behind_a_link_gets_foretype_and_gives_it_back(home: Path) -> None:
    program(home, "hx", 'printf "Configured language servers: None\\n"')
    real = home / "dotfiles" / "helix.toml"
    real.parent.mkdir()
    real.write_bytes(ODD.encode())
    link = home / ".config" / "helix" / "languages.toml"
    link.parent.mkdir(parents=True)
    link.symlink_to(real)
    run("helix", "--write")
    once = real.read_bytes()
    python = tomllib.loads(once.decode())["language"][0]
    assert [str(one) for one in python["language-servers"]][::2] == ["pylsp", "foretype"]
    assert python["formatter"] == {"command": "black"}
    assert once.count(b"\n") == once.count(b"\r\n")
    assert run("helix", "--write").output.startswith("Nothing to do")
    run("helix", "--remove", "--write")
    assert link.is_symlink()
    assert real.read_bytes() == ODD.encode()


@pytest.mark.parametrize("text", ["", "a\n", "a", "a\r\nb\r\n", "a\n\n"])
def test_a_block_comes_and_goes(text: str) -> None:
    once = with_block(text, "x\ny", "#")
    assert with_block(once, "x\ny", "#") == once
    assert with_block(once, "z", "#") == with_block(text, "z", "#")
    assert without_block(once, "#") == text


@given(st.text("a \t\n\r\f"))
def test_taking_a_block_out_gives_back_every_character(text: str) -> None:
    once = with_block(text, "x\ny", ";;")
    assert with_block(once, "x\ny", ";;") == once
    assert without_block(once, ";;") == text


def test_what_stands_after_the_start_of_a_damaged_block_is_kept() -> None:
    damaged = "# >>> foretype: its end was deleted\nmine\n"
    once = with_block(damaged, "x", "#")
    assert with_block(once, "x", "#") == once
    assert without_block(once, "#") == damaged


def test_a_file_that_was_made_goes_with_the_block_and_one_that_was_empty_stays() -> None:
    made = with_block(None, "x", "#")
    assert with_block(made, "x", "#") == made
    assert without_block(made, "#") is None
    assert without_block(made + "mine\n", "#") == "mine\n"
    assert without_block(with_block("", "x", "#"), "#") == ""


def test_helix_that_says_nothing_of_its_languages_is_told_of(home: Path) -> None:
    program(home, "hx", "exit 0")
    for more in ([], ["--write"], ["--write"]):
        assert "does not say which language servers" in run("helix", *more).output


def test_helix_that_cannot_be_started_is_a_sentence_and_no_change(home: Path) -> None:
    (home / "bin" / "hx").write_bytes(b"\0")
    (home / "bin" / "hx").chmod(0o755)
    result = run("helix", "--write")
    assert isinstance(result.exception, BadInput)
    assert "does not answer" in str(result.exception)
    assert files(home) == {}


def test_a_language_that_helix_does_not_know_is_named_with_the_nearest(home: Path) -> None:
    known = 'case "$2" in kotlin|python) printf "Configured language servers: None\\n";; esac'
    program(home, "hx", known)
    result = run("helix", "--write", "--language", "klingon")
    assert isinstance(result.exception, BadInput)
    assert "no language klingon; the nearest is kotlin" in str(result.exception)
    assert files(home) == {}


def test_the_server_is_named_shortly_only_where_the_path_leads_here(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = home / "venv" / "bin"
    elsewhere.mkdir(parents=True)
    mine = elsewhere / "foretype"
    mine.write_text("#!/bin/sh\n")
    mine.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(elsewhere / "python"))
    assert server_command() == (str(mine), "--stdio")
    monkeypatch.setenv("PATH", str(elsewhere))
    # As in an activated environment, which another terminal's PATH does not lead to.
    monkeypatch.setattr(sys, "prefix", str(elsewhere.parent))
    assert server_command() == (str(mine), "--stdio")
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert server_command() == ("foretype", "--stdio")
    monkeypatch.setattr(sys, "prefix", str(elsewhere.parent))
    # As pipx and uv do it.
    (home / "bin" / "foretype").symlink_to(mine)
    monkeypatch.setenv("PATH", str(home / "bin"))
    assert server_command() == ("foretype", "--stdio")
    (home / "bin" / "foretype").unlink()
    mine.unlink()
    assert server_command() == (str(elsewhere / "python"), "-m", "foretype", "--stdio")
