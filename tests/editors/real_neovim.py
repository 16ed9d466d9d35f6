"""Neovim in a terminal, with a second way in for questions that a screen does not answer."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from real_editors import Home, Terminal, eventually, program, wait_for_servers_to_end

# Before the plugin: collect what the user is told. It is not shown, because a message of several
# lines waits for a key.
_LISTEN = """\
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

    def __init__(self, home: Home, file: Path, *, init: str = "") -> None:
        # Not in the home folder: a socket's path may have a hundred characters at most.
        self._folder = tempfile.mkdtemp(prefix="foretype-nvim-")
        self._socket = Path(self._folder) / "socket"
        configuration = home.path / ".config" / "nvim" / "init.lua"
        configuration.parent.mkdir(parents=True, exist_ok=True)
        configuration.write_text(_LISTEN + init)
        self._nvim = program("nvim", "terminal/bin")
        self.terminal = Terminal([self._nvim, "-n", "--listen", str(self._socket), str(file)], home)
        eventually(self._socket.exists, "Neovim is up")

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

    def _remote(self, way: str, what: str) -> str:
        done = subprocess.run(
            [self._nvim, "--headless", "--server", str(self._socket), way, what],
            capture_output=True,
            encoding="utf-8",
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout or done.stderr

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
def opening(home: Home) -> Iterator[Open]:
    """A Neovim that was set up by `foretype setup neovim`, ended afterwards."""
    editors: list[Neovim] = []

    def open_file(name: str, text: str, *, init: str = "") -> Neovim:
        home.setup("neovim", "--write")
        editor = Neovim(home, home.file(name, text), init=init)
        editors.append(editor)
        editor.attached()
        return editor

    try:
        yield open_file
    finally:
        for editor in editors:
            editor.close()
        wait_for_servers_to_end(home)
