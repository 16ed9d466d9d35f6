"""VS Code as code-server, in a real browser."""

from __future__ import annotations

import copy
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from real_editors import CACHE, PATIENCE_S, Home, Upstream, eventually, text_of

STARTS_S = 180.0
"""How long VS Code may take to come up on a busy machine, in seconds."""
GHOST = ".ghost-text-decoration, .ghost-text, .ghost-text-decoration-preview"
DRAWN = '.view-line [class*="TextEditorDecorationType"]'
"""What of a next edit is drawn."""

QUIET = {
    "workbench.startupEditor": "none",
    "telemetry.telemetryLevel": "off",
    "extensions.autoUpdate": False,
    "extensions.autoCheckUpdates": False,
    "extensions.ignoreRecommendations": True,
    "update.mode": "none",
    "chat.disableAIFeatures": True,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.enableExperiments": False,
    "workbench.settings.enableNaturalLanguageSearch": False,
    "editor.minimap.enabled": False,
    "files.autoSave": "off",
    "workbench.reduceMotion": "on",
}
NO_LIST = {"editor.quickSuggestions": {"other": "off"}, "editor.wordBasedSuggestions": "off"}
"""For tests of ghost text alone; by default the completion list opens while one types."""


def _of_the_machine() -> set[str]:
    """The settings that hold for a machine, by the extension's own declaration."""
    package = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    declared: dict[str, dict[str, Any]] = {}
    for section in package["contributes"]["configuration"]:
        declared |= section["properties"]
    return {name for name, setting in declared.items() if setting.get("scope") == "machine"}


EXTENSION = Path(__file__).parents[2] / "editors" / "vscode"
_MACHINES = _of_the_machine()


class Browser:
    """Chromium, spoken to through ``browser.mjs``."""

    def __init__(self) -> None:
        node = CACHE / "vscode" / "bin" / "node"
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        assert chromium, "chromium is not installed; `make test-vscode` installs it"
        script = Path(__file__).with_name("browser.mjs")
        self._process = subprocess.Popen(
            [str(node), str(script), str(CACHE / "vscode" / "browser"), chromium],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def do(self, operation: str, **parameters: Any) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"operation": operation, **parameters}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"fault": "the browser has ended"}
        assert "fault" not in answer, f"{operation} {parameters}: {answer['fault']}"
        return answer["value"]

    def fits(self, width: int, name: str, folder: Path) -> bool:
        """Whether a page fits a window of a width in both schemes, which differ; takes pictures."""
        shots = Path(os.environ.get("FORETYPE_SHOTS") or folder)
        backgrounds, beyond = set(), []
        for scheme in ("light", "dark"):
            self.do("scheme", scheme=scheme)
            self.do("size", width=width, height=900)
            beyond.append(self.do("beyond"))
            backgrounds.add(self.do("background"))
            self.do("shot", path=str(shots / f"{name}-{scheme}-{width}.png"), whole=True)
        return max(beyond) <= 0 and len(backgrounds) == 2

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._process.stdout.close()


class VSCode:
    """A window of VS Code with one folder open."""

    def __init__(
        self,
        home: Home,
        *,
        trust: bool = False,
        settings: dict[str, Any] | None = None,
        opens_list: bool = False,
    ) -> None:
        """``opens_list``: whether the completion list is as it is by default."""
        self.home = home
        self.shots = Path(os.environ.get("FORETYPE_SHOTS") or home.path / "shots")
        self.shots.mkdir(parents=True, exist_ok=True)
        data = home.path / ".local" / "share" / "code-server"
        self._user, self._machine = (data / who / "settings.json" for who in ("User", "Machine"))
        alone = {} if opens_list else NO_LIST
        trusts = {"security.workspace.trust.enabled": trust}
        told = {**QUIET, **alone, **trusts, **(settings or {})}
        # A window that is not on the machine itself has the machine's settings apart.
        for path, its_own in ((self._user, False), (self._machine, True)):
            path.parent.mkdir(parents=True, exist_ok=True)
            mine = {name: told[name] for name in told if (name in _MACHINES) == its_own}
            path.write_text(json.dumps(mine))
        self._start(trust=trust)
        self.browser = Browser()
        self._others: list[Browser] = []

    def another(self) -> VSCode:
        """One more window, which this one closes."""
        other = copy.copy(self)
        other.browser = Browser()
        self._others.append(other.browser)
        return other

    def _start(self, *, trust: bool) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._base = f"http://127.0.0.1:{port}"
        self._authority = f"127.0.0.1:{port}"
        self._log = (self.home.path / "code-server.log").open("w")
        flags = ["--auth", "none", "--bind-addr", self._authority, "--disable-telemetry"]
        flags += ["--disable-update-check", "--disable-getting-started-override"]
        flags += ["--disable-proxy", *([] if trust else ["--disable-workspace-trust"])]
        self._process = subprocess.Popen(
            [str(CACHE / "vscode" / "bin" / "code-server"), *flags, str(self.home.workspace)],
            env={**self.home.environ, "EXTENSIONS_GALLERY": "{}"},
            stdout=self._log,
            stderr=subprocess.STDOUT,
            # A group of its own: ending the parent alone leaves children behind.
            start_new_session=True,
        )
        eventually(self._is_up, "code-server is up", within=STARTS_S)

    def _is_up(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._base}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def set(self, name: str, value: Any) -> None:
        """Change a setting while the window is open. It goes to the machine's file, because this
        window does not notice what others write into the user's."""
        self._machine.write_text(json.dumps({**json.loads(text_of(self._machine)), name: value}))

    def settings(self) -> dict[str, Any]:
        """The user's settings as VS Code has written them."""
        written: dict[str, Any] = json.loads(text_of(self._user) or "{}")
        return written

    def open(self, file: Path, *, workspace: Path | None = None) -> None:
        """Open the window with a file, in the home's folder or in a workspace of several."""
        uri = f"vscode-remote://{self._authority}{file}"
        payload = urllib.parse.quote(json.dumps([["openFile", uri]]))
        opened = urllib.parse.quote(str(workspace or self.home.workspace))
        kind = "workspace" if workspace else "folder"
        self.browser.do("open", url=f"{self._base}/?{kind}={opened}&payload={payload}")
        self.browser.do("wait", selector=".monaco-editor .view-line", timeout=STARTS_S * 1000)

    def also_open(self, file: Path) -> None:
        """Open one more file in the same window."""
        eventually(lambda: self._finds(file.name), f"{file.name} is found")
        self.press("Enter")
        self.shows(".tab.active", file.name)
        self.click(".monaco-editor .view-lines")

    def _finds(self, name: str) -> bool:
        """Search for a file until the row that Enter picks is the file's, or there is none: the
        search may have begun before a file was written that is there now."""
        row = ".quick-input-list .monaco-list-row.focused"

        def found() -> str:
            shown = " ".join(self.texts(row))
            return next((each for each in (name, "No matching results") if each in shown), "")

        self.press("Control+P")
        self.type(name, pause=0.02)
        is_found = eventually(found, f"a row for {name}") == name
        if not is_found:
            self.press("Escape")
        return is_found

    def ready(self) -> None:
        """Wait until the server says that it is ready."""
        self.says("Ready.", within=STARTS_S)

    def says(self, sentence: str, *, within: float = PATIENCE_S) -> None:
        """Wait until the item in the status bar says this to a screen reader."""
        try:
            eventually(lambda: sentence in self.status(), sentence, within=within)
        except AssertionError:
            self.shot("failed")
            raise AssertionError(f"the status is {self.status()!r}, not {sentence!r}") from None

    def status(self) -> str:
        labels = self.browser.do("labels", selector=".statusbar-item a, .statusbar-item")
        return " ".join(label for label in labels if label.startswith("foretype"))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.browser.do("press", key=key)

    def type(self, text: str, *, pause: float = 0.04) -> None:
        self.browser.do("type", text=text, delay=pause * 1000)

    def click(self, selector: str, text: str | None = None, *, button: str = "left") -> None:
        named = {} if text is None else {"text": text}
        self.browser.do("click", selector=selector, button=button, **named)

    def texts(self, selector: str) -> list[str]:
        found = self.browser.do("texts", selector=selector)
        return [text.replace("\u00a0", " ") for text in found]

    def shows(self, selector: str, text: str, *, within: float = PATIENCE_S) -> None:
        """Wait until an element holds this text."""
        try:
            eventually(
                lambda: any(text in found for found in self.texts(selector)), text, within=within
            )
        except AssertionError:
            self.shot("failed")
            raise AssertionError(
                f"{selector} never showed {text!r}, but {self.texts(selector)}"
            ) from None

    def ghost(self) -> str:
        """All ghost text on the screen."""
        return "".join(self.texts(GHOST))

    def sees(self, text: str, *, within: float = PATIENCE_S) -> None:
        """Wait until this is the ghost text. Blanks and the order of the pieces do not count: the
        page holds further lines before the first one, and each of the words by itself."""
        wanted = _signs(text)
        try:
            eventually(
                lambda: _signs(self.ghost()) == wanted, f"ghost text {text!r}", within=within
            )
        except AssertionError:
            self.shot("failed")
            raise AssertionError(f"the ghost text is {self.ghost()!r}, not {text!r}") from None

    def sees_one_of(self, texts: tuple[str, ...]) -> str:
        """Wait until one of these is the ghost text, and give it."""

        def found() -> str:
            shown = _signs(self.ghost())
            return next((text for text in texts if _signs(text) == shown), "")

        try:
            return eventually(found, "ghost text")
        except AssertionError:
            self.shot("failed")
            raise AssertionError(f"the ghost text is {self.ghost()!r}") from None

    def command(self, title: str) -> None:
        """Run a command by its title."""
        self.press("F1")
        self.shows(".quick-input-widget .quick-input-titlebar, .quick-input-widget", "")
        self.type(title, pause=0.01)
        self.shows(".quick-input-list .monaco-list-row.focused", title)
        self.press("Enter")

    def shot(self, name: str) -> Path:
        path = self.shots / f"vscode-{name}.png"
        self.browser.do("shot", path=str(path))
        return path

    def saves(self, file: Path, text: str) -> None:
        """Save, and wait until this is the file's text."""
        self.press("Control+S")
        try:
            eventually(lambda: text_of(file) == text, "the text")
        except AssertionError:
            self.shot("failed")
            raise AssertionError(f"the text is\n{text_of(file)}\n\nnot\n{text}") from None

    def close(self) -> None:
        for browser in (self.browser, *self._others):
            browser.close()
        for kind in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, kind)
            except ProcessLookupError:
                break
            time.sleep(1.0)
        self._process.wait(20)
        self._log.close()


@contextmanager
def opening(
    home: Home,
    file: Path,
    *,
    settings: dict[str, Any] | None = None,
    opens_list: bool = False,
) -> Iterator[VSCode]:
    """A VS Code that was set up by `foretype setup vscode`, with a file open and the server ready;
    ended afterwards. The embedded engine is off: it would have an answer before a late one."""
    set_up(home)
    settings = {"foretype.completion.local": "off", **(settings or {})}
    editor = VSCode(home, settings=settings, opens_list=opens_list)
    try:
        editor.open(file)
        editor.ready()
        yield editor
    finally:
        editor.close()


def window_of_module(name: str, text: str, **options: Any) -> Callable[..., Iterator[VSCode]]:
    """Make a fixture: a window of VS Code for the tests of a module, each with a file of its own.

    ``name`` and ``text`` are those of the file that is open at first; ``options`` are those of
    ``opening``.
    """

    @pytest.fixture(scope="module")
    def window(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[VSCode]:
        home = Home(tmp_path_factory.mktemp("vscode"), upstream)
        with opening(home, home.file(name, text), **options) as editor:
            yield editor

    return window


def set_up(home: Home) -> None:
    """Run `foretype setup vscode`, which asks VS Code itself."""
    home.setup("vscode", "--write", path=str(CACHE / "vscode" / "bin"))


def _signs(text: str) -> list[str]:
    return sorted("".join(text.split()))
