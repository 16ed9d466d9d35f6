"""Where each editor's configuration is, on each system, as the editors themselves say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from foretype.cli.setups import emacs, helix, neovim

LOCAL, ROAMING, HOME, XDG = "/c/Local", "/c/Roaming", "/home/me", "/home/me/xdg"
WINDOWS = {"LOCALAPPDATA": LOCAL, "APPDATA": ROAMING}


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {}, "~/.config/helix"),
        ("linux", {"XDG_CONFIG_HOME": XDG}, f"{XDG}/helix"),
        # Helix goes by the XDG folders on a Mac too.
        ("darwin", {}, "~/.config/helix"),
        ("darwin", {"XDG_CONFIG_HOME": XDG}, f"{XDG}/helix"),
        ("win32", WINDOWS, f"{ROAMING}/helix"),
        ("win32", {**WINDOWS, "XDG_CONFIG_HOME": XDG}, f"{ROAMING}/helix"),
        ("win32", {}, "~/AppData/Roaming/helix"),
    ],
)
def test_helix(
    platform: str, environ: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert helix.config_folder(environ) == Path(folder).expanduser()


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {}, "~/.local/share/nvim"),
        ("darwin", {"XDG_DATA_HOME": XDG}, f"{XDG}/nvim"),
        ("linux", {"NVIM_APPNAME": "lazy"}, "~/.local/share/lazy"),
        ("win32", WINDOWS, f"{LOCAL}/nvim-data"),
        ("win32", {**WINDOWS, "NVIM_APPNAME": "lazy"}, f"{LOCAL}/lazy-data"),
        # Neovim goes by this one on Windows too.
        ("win32", {**WINDOWS, "XDG_DATA_HOME": XDG}, f"{XDG}/nvim-data"),
        ("win32", {}, "~/AppData/Local/nvim-data"),
    ],
)
def test_neovim(
    platform: str, environ: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    package = Path(folder).expanduser() / "site/pack/foretype/start/foretype"
    assert neovim.package_folder(environ) == package


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {"HOME": HOME}, f"{HOME}/.emacs.d"),
        # The home folder of Emacs on Windows is the one for roaming data, unless HOME is set.
        ("win32", WINDOWS, f"{ROAMING}/.emacs.d"),
        ("win32", {**WINDOWS, "HOME": HOME}, f"{HOME}/.emacs.d"),
        ("linux", {"APPDATA": ROAMING}, "~/.emacs.d"),
    ],
)
def test_emacs(
    platform: str, environ: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "exists", lambda path: False)
    expected = Path(folder).expanduser()
    assert emacs.configuration(environ) == (expected, expected / "init.el")
