"""Real editors under test: a home folder of their own, the real server, the scripted upstream.

``make test-editors`` installs what is needed and says which editors are to be tested, in the
variable ``FORETYPE_TEST_EDITORS``; otherwise the tests are skipped, and say why. The variable
``FORETYPE_RELEASED`` names a folder that ``make release`` filled: what is in it is tested then, in
place of the clone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

T = TypeVar("T")

CACHE = Path(
    os.environ.get("FORETYPE_EDITORS")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "foretype-editors"
)
"""Where the install scripts put the editors."""

PATIENCE_S = 120.0
"""How long something visible may take, in seconds. The machine may be busy; nothing here
measures time."""

RELEASED = Path(os.environ["FORETYPE_RELEASED"]) if "FORETYPE_RELEASED" in os.environ else None
"""The release that is tested; None for the clone."""


@cache
def server_bin() -> Path:
    """The folder with the program ``foretype`` that is tested: that of the environment that runs
    the tests, or of one which holds the released wheel alone, and is made once for each wheel."""
    if RELEASED is None:
        return Path(sys.executable).parent
    (wheel,), (extension,) = RELEASED.glob("*.whl"), RELEASED.glob("*.vsix")
    with zipfile.ZipFile(wheel) as opened:
        held = opened.read(f"foretype/editors/vscode/{extension.name}")
    assert held == extension.read_bytes(), "the wheel holds another extension than is released"
    environment = CACHE / "released" / hashlib.sha256(wheel.read_bytes()).hexdigest()[:16]
    folder = environment / "bin"
    if not (folder / "foretype").exists():
        venv.create(environment, clear=True, with_pip=True)
        pip = [str(folder / "python"), "-m", "pip", "install", "-q", str(wheel)]
        subprocess.run(pip, check=True, cwd=environment)
    return folder


def server_program() -> str:
    """The program that is tested."""
    return str(server_bin() / "foretype")


@contextmanager
def page_of(*arguments: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Run a command that serves a page, and give its address."""
    server = subprocess.Popen(
        [server_program(), *arguments], stdout=subprocess.PIPE, text=True, env=environ
    )
    assert server.stdout is not None
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait(30)
        server.stdout.close()


def skip_unless(editor: str) -> pytest.MarkDecorator:
    """Skip a module's tests unless this editor is to be tested."""
    wanted = os.environ.get("FORETYPE_TEST_EDITORS", "").replace(",", " ").split()
    return pytest.mark.skipif(
        editor not in wanted, reason=f"the real {editor} is tested by `make test-editors`"
    )


def program(name: str, *places: str) -> str:
    """An installed editor. Fails the test where an editor that is to be tested is not there."""
    for place in places:
        candidate = CACHE / place / name
        if candidate.exists():
            return str(candidate)
    found = shutil.which(name)
    assert found, f"{name} is not installed; `make test-editors` installs it"
    return found


def eventually(question: Callable[[], T], what: str, *, within: float = PATIENCE_S) -> T:
    """Ask again and again until the answer is true, and give it."""
    end = time.monotonic() + within
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.03)


def text_of(path: Path) -> str:
    """A file's text; empty where there is none, as for a moment while an editor saves."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


class Upstream:
    """The scripted upstream as a process of its own."""

    def __init__(self, url: str) -> None:
        self.url = url

    def script(self, **changes: Any) -> None:
        """Say something else from now on."""
        self._send("_script", changes)

    def reset(self) -> None:
        self._send("_reset", {})

    def requests(self) -> list[dict[str, Any]]:
        """What was asked for since the last reset; what only warms a connection is left out."""
        found: list[dict[str, Any]] = self._log()["requests"]
        return found

    def warmed(self, n_servers: int = 1) -> bool:
        """Whether as many servers have opened a connection ahead, which sends no request."""
        opened: int = self._log()["open"]
        return opened >= n_servers

    def _log(self) -> dict[str, Any]:
        with urllib.request.urlopen(self._at("_log"), timeout=10) as answer:
            log: dict[str, Any] = json.load(answer)
        return log

    def _send(self, name: str, body: Mapping[str, Any]) -> None:
        request = urllib.request.Request(
            self._at(name),
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        urllib.request.urlopen(request, timeout=10).close()

    def _at(self, name: str) -> str:
        return f"{self.url.removesuffix('/v1')}/{name}"


@contextmanager
def running_upstream(**script: Any) -> Iterator[Upstream]:
    """A scripted upstream, ended afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "foretype.upstream", "--port", "0", "--script", json.dumps(script)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http"), "the upstream did not start"
        yield Upstream(url)
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


class Home:
    """A home folder in which nothing is configured yet, and a workspace inside."""

    def __init__(
        self,
        path: Path,
        upstream: Upstream | None,
        *,
        workspace: str = "work",
        completion: Mapping[str, str | int] | None = None,
    ) -> None:
        """``completion``: more of the user's settings for ghost text."""
        self.path = path
        self.workspace = path / workspace
        (self.workspace / ".git").mkdir(parents=True)
        if upstream is not None:
            # The embedded engine would answer for a model that misses its deadline, as on a busy
            # machine. The model's answer comes after it, where it is alone.
            settings = path / ".config" / "foretype" / "foretype.toml"
            settings.parent.mkdir(parents=True)
            own = {"local": "off", **(completion or {})}
            lines = [f"{name} = {json.dumps(value)}\n" for name, value in own.items()]
            settings.write_text("[completion]\n" + "".join(lines), encoding="utf-8")
        self.environ = self._environ(upstream)

    def _environ(self, upstream: Upstream | None) -> dict[str, str]:
        kept = ("LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")
        environ = {name: os.environ[name] for name in kept if name in os.environ}
        environ |= {
            "HOME": str(self.path),
            "XDG_CONFIG_HOME": str(self.path / ".config"),
            "XDG_DATA_HOME": str(self.path / ".local" / "share"),
            "XDG_STATE_HOME": str(self.path / ".local" / "state"),
            "XDG_CACHE_HOME": str(self.path / ".cache"),
            "PATH": os.pathsep.join([str(server_bin()), "/usr/local/bin", "/usr/bin", "/bin"]),
            "LC_ALL": "C.UTF-8",
        }
        if upstream is not None:
            environ |= {
                "FORETYPE_BASE_URL": upstream.url,
                "FORETYPE_API_KEY": "test-key",
                "FORETYPE_MODEL": "scripted",
            }
        return environ

    def file(self, name: str, text: str) -> Path:
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def setup(self, editor: str, *options: str, path: str = "") -> str:
        """Run `foretype setup` as the README tells. Gives what it says."""
        environ = dict(self.environ)
        if path:
            environ["PATH"] = f"{path}{os.pathsep}{environ['PATH']}"
        done = subprocess.run(
            [server_program(), "setup", editor, *options],
            env=environ,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        if RELEASED is not None and editor == "neovim":
            self._as_by_a_plugin_manager(RELEASED / "foretype.nvim")
        return done.stdout

    def _as_by_a_plugin_manager(self, plugin: Path) -> None:
        """Have Neovim's plugin as released, as a plugin manager puts it there: it knows nothing of
        where the server is, and writes the tags of the help."""
        folder = self.path / ".local/share/nvim/site/pack/foretype/start/foretype"
        if folder.exists():
            shutil.rmtree(folder)
            shutil.copytree(plugin, folder)
            tags = ["-c", f"helptags {folder}/doc", "-c", "quit"]
            nvim = program("nvim", "terminal/bin")
            subprocess.run([nvim, "--headless", "-n", *tags], env=self.environ, check=True)


def servers(home: Home) -> list[psutil.Process]:
    """The servers that run for a home folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if "--stdio" in process.cmdline() and process.environ().get("HOME") == str(home.path):
                found.append(process)
        except psutil.Error:  # It has ended, or is somebody else's.
            continue
    return found


def wait_for_servers_to_end(home: Home) -> None:
    """So that none asks the upstream anything once the next test has begun."""
    eventually(lambda: not servers(home), "the servers ended with their editor")


def kill_server(home: Home) -> None:
    """End the one server of a home folder as if the system had run out of memory."""
    (server,) = servers(home)
    server.kill()


def only_foretype(home: Home) -> Path:
    """A folder for the PATH that holds the server and nothing else."""
    folder = home.path / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "foretype").symlink_to(server_program())
    return folder


# As terminals with the newer keyboard protocol send it. The byte ESC alone also begins the
# sequences of other keys, so that a program may take it and the keys after it for one of these:
# ESC, O and l for the keypad's comma, ESC and u for Alt+u.
_ESCAPE = ("-H", *b"\x1b[27u".hex(" ").split())


class Terminal:
    """A terminal with one program in it, by tmux."""

    def __init__(
        self,
        command: list[str],
        home: Home,
        *,
        after: Callable[[Sequence[str]], None] = lambda keys: None,
        columns: int = 90,
        rows: int = 24,
    ) -> None:
        """``after`` is called with the keys that were sent, and returns once they were taken."""
        self._after = after
        self._tmux = program("tmux", "terminal/bin")
        self._folder = tempfile.mkdtemp(prefix="foretype-tmux-")
        self._socket = str(Path(self._folder) / "socket")
        configuration = Path(self._folder) / "tmux.conf"
        configuration.write_text(
            "set -g default-terminal tmux-256color\n"
            'set -as terminal-features ",*:RGB"\n'
            "set -s escape-time 0\nset -g status off\n"
        )
        environ = {**home.environ, "COLORTERM": "truecolor", "TERM": "xterm-256color"}
        arguments = ["-f", str(configuration), "new-session", "-d", "-x", str(columns)]
        arguments += ["-y", str(rows), "-c", str(home.workspace), *command]
        self._run(*arguments, environ=environ)

    def type(self, text: str) -> None:
        """Type characters one by one."""
        for character in text:
            self._send(character)
        self._after(text)

    def paste(self, text: str) -> None:
        """Type characters all at once."""
        self._send(text)
        self._after(text)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names for them, such as Escape, Enter, M-Right or C-x."""
        for key in keys:
            self._run("send-keys", *(_ESCAPE if key == "Escape" else (key,)))
            self._after((key,))

    def _send(self, text: str) -> None:
        # A semicolon at the end would be tmux's own, between two commands.
        literally = re.sub(r";\Z", r"\\;", text)
        self._run("send-keys", "-l", "--", literally)

    def screen(self, *, colors: bool = False) -> str:
        return self._run("capture-pane", "-p", *(["-e", "-N"] if colors else []))

    def shows(self, text: str) -> None:
        """Wait until a text stands on the screen."""
        try:
            eventually(lambda: text in self.screen(), f"{text!r} on the screen")
        except AssertionError:
            pytest.fail(f"never on the screen: {text!r}\n{self.screen()}")

    def close(self) -> None:
        subprocess.run(
            [self._tmux, "-S", self._socket, "kill-server"], capture_output=True, check=False
        )
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, *arguments: str, environ: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            [self._tmux, "-S", self._socket, *arguments],
            env=None if environ is None else dict(environ),
            capture_output=True,
            encoding="utf-8",
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
