"""Take the pictures of the editors for the README: ``make pictures``.

Each shows the real editor with the real server, as the tests drive them; the model is the
scripted upstream. The terminals' pictures are drawn as SVG, without fonts from elsewhere.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from real_editors import (
    CACHE,
    Home,
    Terminal,
    Upstream,
    eventually,
    only_foretype,
    program,
    running_upstream,
)
from real_emacs import INSTALLED
from real_helix import Helix
from real_neovim import Neovim
from real_play import playing
from real_vscode import DRAWN, Browser, VSCode, set_up
from rich.ansi import AnsiDecoder
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
sys.path[:0] = [str(PICTURES), str(ROOT)]
from film import frame, picture  # type: ignore[import-not-found]  # noqa: E402
from real_stats import statistics_page  # noqa: E402

BEGUN = '''\
"""Prices, with tax."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    name: str
    price: float
    count: int = 1


def total(items: list[Item], tax: float = 0.19) -> float:
    """What all the items cost together, tax included."""
    '''
REST = """\
net = sum(item.price * item.count for item in items)
    return round(net * (1 + tax), 2)
"""
RENAMED = """\
def total(items):
    return sum(item.price for item in items)


print(total(basket))
log.info("cart: %s", total(cart))
assert total([]) == 0
"""
# What lsp-mode draws besides.
PLAIN = """\
(setq lsp-headerline-breadcrumb-enable nil lsp-modeline-code-actions-enable nil)
"""


def main() -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    takers: dict[str, Callable[[Home, Upstream], None]] = {
        "neovim": neovim,
        "helix": helix,
        "emacs": emacs,
        "vscode": vscode,
        "play": play,
        "stats": stats,
        "next-edit-neovim": next_edit_in_neovim,
        "next-edit-vscode": next_edit_in_vscode,
    }
    wanted = sys.argv[1:] or list(takers)
    with running_upstream() as upstream:
        for name in wanted:
            upstream.reset()
            upstream.script(truth={"prices.py": BEGUN + REST}, text="", first_ms=30, split="whole")
            with fresh_home(upstream) as home:
                takers[name](home, upstream)
    return 0


@contextmanager
def fresh_home(upstream: Upstream) -> Iterator[Home]:
    with tempfile.TemporaryDirectory(
        prefix="foretype-pictures-", ignore_cleanup_errors=True
    ) as folder:
        yield Home(Path(folder), upstream)


def neovim(home: Home, upstream: Upstream) -> None:
    home.setup("neovim", "--write")
    init = (
        "vim.o.number = true\n"
        "vim.o.statusline = \"%f%=%{v:lua.require'foretype'.statusline()}  %l:%c \"\n"
        "vim.o.showmode = false\n"
        # The default is hardly to be read on a picture.
        "vim.api.nvim_set_hl(0, 'ComplHint', { link = 'Comment' })\n"
    )
    editor = Neovim(home, home.file("prices.py", BEGUN), init=init)
    try:
        editor.attached()
        editor.terminal.type("GA")
        editor.sees(REST.rstrip("\n"))
        draw(editor.terminal, "neovim", "Neovim")
    finally:
        editor.terminal.press("Escape")
        editor.close()


def helix(home: Home, upstream: Upstream) -> None:
    home.setup("helix", "--write", path=str(CACHE / "terminal" / "bin"))
    # Other servers that happen to be here would draw over it.
    home.environ["PATH"] = f"{only_foretype(home)}{os.pathsep}/usr/bin{os.pathsep}/bin"
    editor = Helix(home, home.file("prices.py", BEGUN + "\n"))
    try:
        editor.attached()
        eventually(upstream.warmed, "the server is ready", within=60)
        editor.terminal.press("g", "e", "A")
        editor.completes("net = sum")
        draw(editor.terminal, "helix", "Helix")
    finally:
        editor.close()


def emacs(home: Home, upstream: Upstream) -> None:
    init = home.path / ".emacs.d" / "init.el"
    init.parent.mkdir()
    init.write_text(INSTALLED + "(menu-bar-mode -1)\n(setq lsp-auto-guess-root t)\n" + PLAIN)
    home.setup("emacs", "--write")
    home.environ["PATH"] = f"{only_foretype(home)}{os.pathsep}/usr/bin{os.pathsep}/bin"
    terminal = Terminal([program("emacs"), "-nw", str(home.file("prices.py", BEGUN))], home)
    try:
        terminal.shows("LSP[foretype")
        eventually(upstream.warmed, "the server is ready", within=60)
        terminal.press("M->", "M-x")
        terminal.type("foretype-suggest")
        terminal.press("Enter")
        terminal.shows("return round")
        draw(terminal, "emacs", "Emacs with lsp-mode")
    finally:
        terminal.close()


def vscode(home: Home, upstream: Upstream) -> None:
    set_up(home)
    settings = {"foretype.completion.local": "off", "workbench.activityBar.location": "hidden"}
    editor = VSCode(home, settings=settings)
    editor.shots = PICTURES
    try:
        editor.open(home.file("prices.py", BEGUN))
        editor.ready()
        editor.press("Control+B")
        editor.click(".monaco-editor .view-lines")
        editor.press("Control+End")
        editor.command("Trigger Inline Suggestion")
        editor.sees(REST)
        editor.shot("ghost")
        editor.press("Tab", "Escape", "ArrowUp")
        editor.shows(".view-line", "return round")
        editor.press("Control+.")
        editor.shows(".action-widget", "foretype: ")
        editor.shot("refactor")
        editor.press("Escape")
        editor.click(".statusbar-item", "foretype")
        editor.shows(".quick-input-list", "Why did nothing appear?")
        editor.shot("menu")
    finally:
        editor.close()


def play(home: Home, upstream: Upstream) -> None:
    upstream.script(split="tokens", first_ms=120)
    with playing(home, home.file("prices.py", BEGUN)) as address, closing(Browser()) as browser:
        browser.do("size", width=1200, height=620)
        browser.do("open", url=address)
        eventually(lambda: "ready" in str(browser.do("texts", selector="#status")), "it is ready")
        for scheme in ("light", "dark"):
            browser.do("scheme", scheme=scheme)
            browser.do("click", selector=".view-line", text="def total")
            browser.do("press", key="Control+End")
            browser.do("press", key="Alt+\\")
            browser.do("wait", selector=".ghost-text", timeout=30000)
            browser.do("wait", selector="#stages li:nth-child(3)", timeout=30000)
            browser.do("shot", path=str(PICTURES / f"play-{scheme}.png"))
            browser.do("press", key="Escape")


def stats(home: Home, _: Upstream) -> None:
    with statistics_page(home.path, rows=20_000) as address, closing(Browser()) as browser:
        browser.do("size", width=1000, height=760)
        browser.do("open", url=address)
        for scheme in ("light", "dark"):
            browser.do("scheme", scheme=scheme)
            browser.do("shot", path=str(PICTURES / f"stats-{scheme}.png"))


def next_edit_in_neovim(home: Home, upstream: Upstream) -> None:
    home.setup("neovim", "--write")
    init = (
        "vim.o.number = true\nvim.o.laststatus = 0\nvim.o.showmode = false\n"
        'require("foretype").setup({ settings = { nextEdit = { mode = "on" } } })\n'
    )
    upstream.script(truth={}, text="")
    editor = Neovim(home, home.file("cart.py", RENAMED), init=init)
    try:
        editor.attached()
        editor.terminal.type("wcwamount")
        editor.terminal.press("Escape")
        editor.until("require('foretype.next_edit').visible()")
        draw(editor.terminal, "neovim-next-edit", "Neovim")
    finally:
        editor.close()


def next_edit_in_vscode(home: Home, upstream: Upstream) -> None:
    set_up(home)
    upstream.script(truth={}, text="")
    settings = {"foretype.nextEdit.mode": "on", "workbench.activityBar.location": "hidden"}
    editor = VSCode(home, settings={"foretype.completion.local": "off", **settings})
    editor.shots = PICTURES
    try:
        editor.open(home.file("cart.py", RENAMED))
        editor.ready()
        editor.press("Control+B")
        editor.click(".monaco-editor .view-lines")
        editor.press("Control+Home", *["ArrowRight"] * 4, "Control+Shift+ArrowRight")
        editor.type("amount")
        eventually(lambda: editor.texts(DRAWN), "the next edit")
        editor.shot("next-edit")
    finally:
        editor.close()


def draw(terminal: Terminal, name: str, title: str) -> None:
    """What stands on the terminal's screen, as a picture."""
    screen = Text("\n").join(AnsiDecoder().decode(terminal.screen(colors=True).rstrip("\n")))
    width = max(len(line) for line in terminal.screen().splitlines())
    drawn = picture([frame(screen, width=width)], still=0, width=width, title=title)
    (PICTURES / f"{name}.svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
