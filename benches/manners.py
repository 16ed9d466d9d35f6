"""How editors behave towards a server.

VS Code: the change at once, a request 50 ms later, the one before cancelled first; late answers
dropped. Neovim: a request 200 ms after the last key, no cancel ever, late answers shown; the
change held back so that there is at least ``holds_s`` between two. Vim's coc.nvim: a request 10 ms
after the change, cancelled by the next key. LSP4IJ in JetBrains IDEs: a request 300 ms after the
last key, cancelled by the next change. Both are as their sources have it, not as seen.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How an editor behaves towards a server."""

    name: str
    client: str
    asks_after_s: float
    cancels: bool
    clears_on_key: bool
    holds_s: float = 0.0
    accepts: bool = False


MANNERS = {
    manner.name: manner
    for manner in (
        Manner(
            name="vscode", client="vscode", asks_after_s=0.05, cancels=True, clears_on_key=False
        ),
        Manner(
            name="neovim",
            client="neovim",
            asks_after_s=0.2,
            cancels=False,
            clears_on_key=True,
            holds_s=0.15,
        ),
        Manner(
            name="neovim-0", client="neovim", asks_after_s=0.2, cancels=False, clears_on_key=True
        ),
        Manner(
            name="accept",
            client="vscode",
            asks_after_s=0.05,
            cancels=True,
            clears_on_key=False,
            accepts=True,
        ),
        Manner(name="coc", client="coc", asks_after_s=0.01, cancels=True, clears_on_key=True),
        Manner(
            name="lsp4ij", client="jetbrains", asks_after_s=0.3, cancels=True, clears_on_key=False
        ),
    )
}
