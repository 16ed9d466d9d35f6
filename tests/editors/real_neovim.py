"""Neovim in a terminal, with a second way in for questions that a screen does not answer."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from real_editors import (
    PATIENCE_S,
    Home,
    Terminal,
    eventually,
    program,
    text_of,
    wait_for_servers_to_end,
)

# Before the plugin: collect what the user is told. It is not shown, because a message of several
# lines waits for a key.
# Each key that Neovim takes stands in a file, which can be read while a question waits for a key.
_LISTEN = """\
local taken = assert(io.open(vim.v.servername .. ".keys", "a"))
vim.on_key(function(_, typed)
  taken:write((vim.fn.keytrans(typed):gsub("%b<>", "k")))
  taken:flush()
end)
_G.told = {}
vim.notify = function(message)
  table.insert(_G.told, message)
end
vim.notify_once = function(message)
  if not vim.tbl_contains(_G.told, message) then
    table.insert(_G.told, message)
  end
end
"""


class Neovim:
    """A Neovim that a user could sit in front of."""

    def __init__(self, home: Home, file: Path, *, init: str = "", nvim: str = "") -> None:
        """``nvim``: another one than the newest."""
        # Not in the home folder: a socket's path may have a hundred characters at most.
        self._folder = tempfile.mkdtemp(prefix="foretype-nvim-")
        self._socket = Path(self._folder) / "socket"
        self._n_sent = 0
        configuration = home.path / ".config" / "nvim" / "init.lua"
        configuration.parent.mkdir(parents=True, exist_ok=True)
        configuration.write_text(_LISTEN + init)
        self._nvim = nvim or program("nvim", "terminal/bin")
        command = [self._nvim, "-n", "--listen", str(self._socket), str(file)]
        self.terminal = Terminal(command, home, after=self._takes)
        eventually(self._is_up, "Neovim is up")

    def _is_up(self) -> bool:
        # The socket is there before anybody listens.
        return self._ask("--remote-expr", "1").returncode == 0

    def lua(self, code: str) -> Any:
        """Run Lua and give what it returns, as JSON can say it."""
        quoted = f"(function() {code} end)()".replace("'", "''")
        done = self._remote("--remote-expr", f"json_encode(luaeval('{quoted}'))")
        return json.loads(done)

    def command(self, line: str) -> None:
        """Run a command as if it had been typed after a colon."""
        self.lua(f"vim.cmd({json.dumps(line)})")

    def input(self, keys: str) -> None:
        """Type keys all at once, in Neovim's notation."""
        self._remote("--remote-send", keys)
        self._takes(re.sub(r"<[^<>]+>", "k", keys))

    def _takes(self, keys: Sequence[str]) -> None:
        """Wait until Neovim has taken these keys too. What is asked by the second way in could
        overtake them otherwise, and keys sent after an Escape could change its meaning."""
        self._n_sent += len(keys)
        taken = self._socket.with_name("socket.keys")
        try:
            eventually(lambda: len(text_of(taken)) >= self._n_sent, f"Neovim takes {keys!r}")
        except AssertionError as fault:
            raise AssertionError(f"{fault}\n{self.terminal.screen()}") from None
        if keys[-1] == "Escape":
            self.until("vim.fn.mode() == 'n'")

    def rests(self) -> None:
        """Let happen what the keys so far lead to, before it is asserted that nothing did. Neovim
        asks the server 200 ms after a key; this timer in the same loop runs out after that one,
        however slow the machine is. Then the server has read what it was sent."""
        self.lua("_G.rested = false vim.defer_fn(function() _G.rested = true end, 500)")
        self.until("_G.rested")
        self.lua(
            """
            for _, client in ipairs(vim.lsp.get_clients({ name = "foretype" })) do
              local stats = { command = "foretype.stats", arguments = {} }
              client:request_sync("workspace/executeCommand", stats, 20000)
            end
            """
        )

    def _remote(self, way: str, what: str) -> str:
        done = self._ask(way, what)
        assert done.returncode == 0, done.stderr
        return done.stdout or done.stderr

    def _ask(self, way: str, what: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._nvim, "--headless", "--server", str(self._socket), way, what],
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE_S,
            check=False,
        )

    def until(self, expression: str) -> Any:
        """Wait until a Lua expression is true, and give it."""
        try:
            return eventually(lambda: self.lua(f"return {expression}"), expression)
        except AssertionError as fault:
            raise AssertionError(f"{fault}\n{self.terminal.screen()}\n{self.told()}") from None

    def attached(self) -> None:
        """Wait for the server, and until it is warm."""
        self.until("#vim.lsp.get_clients({ name = 'foretype', bufnr = 0 }) > 0")
        self.until("require('foretype').statusline() ~= ''")
        self.until(
            "vim.tbl_contains({ 'ready', 'embedded' }, "
            "require('foretype.status').of(require('foretype').clients(0)[1]).state)"
        )

    def ghost(self) -> str:
        """The ghost text on the screen."""
        return str(
            self.lua(
                """
                local lines = {}
                local namespace = vim.api.nvim_get_namespaces()["nvim.lsp.inline_completion"]
                if not namespace then
                  return ""
                end
                local function text(chunks)
                  return table.concat(vim.tbl_map(function(chunk) return chunk[1] end, chunks))
                end
                for _, mark in ipairs(
                  vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })
                ) do
                  table.insert(lines, text(mark[4].virt_text or {}))
                  for _, line in ipairs(mark[4].virt_lines or {}) do
                    table.insert(lines, text(line))
                  end
                end
                return table.concat(lines, "\\n")
                """
            )
        )

    def sees(self, text: str) -> None:
        """Wait until this is the ghost text."""
        try:
            eventually(lambda: self.ghost() == text, f"ghost text {text!r}")
        except AssertionError:
            raise AssertionError(
                f"ghost text is {self.ghost()!r}, not {text!r}\n{self.terminal.screen()}"
                f"\n{self.told()}\n{self.log()}"
            ) from None

    def text(self) -> str:
        return "\n".join(self.lua("return vim.api.nvim_buf_get_lines(0, 0, -1, false)"))

    def is_told(self, text: str) -> None:
        """Wait until the user is shown a message that holds this."""
        try:
            eventually(lambda: any(text in message for message in self.told()), text)
        except AssertionError:
            raise AssertionError(f"the user was told {self.told()}, not {text!r}") from None

    def has(self, text: str) -> None:
        """Wait until this is the file's text."""
        try:
            eventually(lambda: self.text() == text, "the text")
        except AssertionError:
            raise AssertionError(f"the text is\n{self.text()}\n\nnot\n{text}") from None

    def told(self) -> list[str]:
        """The messages that were shown, apart from Neovim's own."""
        return list(self.lua("return _G.told") or ())

    def log(self) -> str:
        path = Path(self.lua("return vim.lsp.log.get_filename()"))
        return path.read_text()[-2000:] if path.exists() else ""

    def close(self) -> None:
        self.terminal.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class Open(Protocol):
    """Opens a file with this text."""

    def __call__(self, name: str, text: str, *, init: str = "") -> Neovim: ...


@contextmanager
def opening(home: Home, *, nvim: str = "") -> Iterator[Open]:
    """A Neovim that was set up by `foretype setup neovim`, ended afterwards."""
    editors: list[Neovim] = []

    def open_file(name: str, text: str, *, init: str = "") -> Neovim:
        home.setup("neovim", "--write")
        editor = Neovim(home, home.file(name, text), init=init, nvim=nvim)
        editors.append(editor)
        editor.attached()
        return editor

    try:
        yield open_file
    finally:
        for editor in editors:
            editor.close()
        wait_for_servers_to_end(home)
