"""VS Code, as a user has it after the README's two steps."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from editor_samples import BASE, BEGUN, BODY, FIRST, TYPED, UNTYPED, WHOLE
from real_editors import Home, Upstream, eventually, kill_server, servers, skip_unless
from real_vscode import STARTS_S, VSCode, set_up, window_of_module

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("vscode"), pytest.mark.xdist_group("editors")]


# Each test opens a file of its own.
window = window_of_module("first.py", "x = 1\n")


@pytest.fixture
def file(window: VSCode, upstream: Upstream, request: pytest.FixtureRequest) -> Path:
    """A file that ends where the next line is to be written, open in the window."""
    upstream.reset()
    upstream.script(truth={"shapes.py": WHOLE}, first_ms=30, split="whole")
    path = window.home.file(f"{request.node.name.removeprefix('test_')}.py", BEGUN)
    window.also_open(path)
    window.press("Control+End")
    return path


def says(upstream: Upstream, code: str) -> None:
    """Let the model answer with a piece of code, wherever it is asked."""
    upstream.script(truth={}, text=f"```python\n{code}\n```")


def test_ghost_text_appears_and_tab_accepts_it(window: VSCode, file: Path) -> None:
    window.type("b")
    window.sees(BASE.removeprefix("b"))
    window.shot("ghost")
    window.press("Tab")
    window.saves(file, BEGUN + BASE)


def test_accepts_word_by_word(window: VSCode, file: Path) -> None:
    window.type("b")
    window.sees(BASE.removeprefix("b"))
    window.press("Control+ArrowRight")
    window.sees(BASE.removeprefix("base"))
    window.press("Tab")
    window.saves(file, BEGUN + BASE)


def test_accepts_line_by_line(window: VSCode, file: Path) -> None:
    window.press("Alt+Backslash")
    window.sees(BODY)
    window.press("Control+Shift+ArrowRight")
    window.sees(BODY.removeprefix(BASE))
    # Tab would indent: VS Code accepts by it only what begins with less than a step of blanks.
    window.press("Control+Shift+ArrowRight")
    window.saves(file, BEGUN + BODY)


def test_asks_by_hand(window: VSCode, file: Path) -> None:
    window.command("Trigger Inline Suggestion")
    window.sees(BODY)
    window.press("Escape")
    window.sees("")


def test_asks_by_the_key_that_the_guide_names(window: VSCode, file: Path) -> None:
    window.press("Alt+Backslash")
    window.sees(BODY)
    window.press("Tab")
    window.saves(file, BEGUN + BODY)


def test_next_and_previous_suggestion(window: VSCode, file: Path, upstream: Upstream) -> None:
    window.type("b")
    first = BASE.removeprefix("b")
    window.sees(first)
    others = ("ulk = area(depth, width)", "ottom = width * depth")
    upstream.script(queue=[{"truth": {}, "text": text} for text in others])
    window.press("Alt+BracketRight")
    second = window.sees_one_of(others)
    (third,) = set(others) - {second}
    window.press("Alt+BracketRight")
    window.sees(third)
    window.press("Alt+BracketRight")
    window.sees(first)
    window.press("Alt+BracketLeft", "Tab")
    window.saves(file, f"{BEGUN}b{third}")


def test_a_suggestion_that_comes_late_appears_without_a_key(
    window: VSCode, file: Path, upstream: Upstream
) -> None:
    upstream.script(first_ms=1000)
    window.type("b")
    window.sees(BASE.removeprefix("b"))
    window.press("Tab")
    window.saves(file, BEGUN + BASE)


def open_light_bulb(window: VSCode, entry: str) -> None:
    """Open the menu until it has an entry: VS Code shows none where it did not wait for it."""
    wait_s = 1.0

    def is_offered() -> bool:
        nonlocal wait_s
        window.press("Escape", "Control+.")
        end = time.monotonic() + wait_s
        while time.monotonic() < end and not is_shown():
            time.sleep(0.1)
        wait_s *= 2
        return is_shown()

    def is_shown() -> bool:
        return any(entry in text for text in window.texts(".action-widget"))

    eventually(is_offered, entry)


def test_a_refactoring_from_the_light_bulb_and_its_undo(
    window: VSCode, file: Path, upstream: Upstream
) -> None:
    says(upstream, TYPED)
    window.press("Control+Home", "ArrowDown", "End")
    open_light_bulb(window, "foretype: add type hints to area")
    window.shot("light-bulb")
    window.click(".action-widget .monaco-list-row", "foretype: add type hints to area")
    window.shows(".view-line", "height: float")
    window.saves(file, BEGUN.replace(UNTYPED, TYPED))
    window.press("Control+Z")
    window.saves(file, BEGUN)


FLASK = """\
from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return "hello"
"""
FASTAPI = """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def index() -> str:
    return "hello"
"""


def test_changes_over_several_files_are_shown_first(window: VSCode, upstream: Upstream) -> None:
    tests = "def test_index():\n    assert True\n"
    files = (("site_fastapi.py", FASTAPI), ("test_site.py", tests))
    reply = "\n\n".join(f"```python {name}\n{code}```" for name, code in files)
    upstream.script(truth={}, text=reply, max_lines=99, most_tokens=999)
    window.also_open(window.home.file("site/site.py", FLASK))
    open_light_bulb(window, "turn this Flask module into async FastAPI")
    window.click(".action-widget .monaco-list-row", "turn this Flask module")
    window.shows(".refactor-preview, .bulk-edit-panel", "test_site.py")
    window.shot("preview")
    assert not (window.home.workspace / "site" / "test_site.py").exists()
    for name in ("site_fastapi.py", "test_site.py"):
        window.click(f'.bulk-edit-panel .monaco-list-row[aria-label*="{name}"] .edit-checkbox')
    window.click(".bulk-edit-panel .monaco-button", "Apply")
    eventually((window.home.workspace / "site" / "test_site.py").exists, "the second file is there")


def test_the_rest_of_the_menu_is_asked_for_by_the_quick_pick(
    window: VSCode, file: Path, upstream: Upstream
) -> None:
    says(upstream, TYPED)
    window.press("Control+Home", "ArrowDown", "End")
    open_light_bulb(window, "foretype: more refactorings")
    window.click(".action-widget .monaco-list-row", "foretype: more refactorings")
    window.shows(".quick-input-widget", "Simplify area")
    window.shot("more-refactorings")
    window.type("Add type hints to area")
    window.press("Enter")
    window.shows(".view-line", "height: float")
    window.press("Control+Z")
    window.saves(file, BEGUN)


def test_an_explanation_stands_in_a_panel(window: VSCode, file: Path, upstream: Upstream) -> None:
    upstream.script(truth={}, text="It gives the area of a shape.", stops=False)
    window.press("Control+Home", "ArrowDown", "End")
    window.command("foretype: More Refactorings…")
    window.shows(".quick-input-widget", "Explain area")
    window.type("Explain area")
    window.press("Enter")
    window.shows(".tabs-container", "Explain area")
    window.shot("explanation")
    window.saves(file, BEGUN)
    window.command("View: Close Editors in Other Groups")


@pytest.mark.parametrize("way", ["notification", "command"])
@pytest.mark.parametrize("stage", ["before the first token", "in the middle"])
def test_a_running_refactoring_can_be_cancelled(
    window: VSCode, file: Path, upstream: Upstream, stage: str, way: str
) -> None:
    says(upstream, TYPED)
    if stage == "in the middle":
        # Not silent: a model that is for 15 s is given up.
        upstream.script(split="tokens", tokens_per_second=0.2)
    else:
        upstream.script(first_ms=60_000)
    window.press("Control+Home", "ArrowDown", "End")
    open_light_bulb(window, "foretype: add type hints to area")
    window.click(".action-widget .monaco-list-row", "foretype: add type hints to area")
    window.shows(".notifications-toasts", "foretype: Add type hints to area")
    if stage == "in the middle":
        eventually(lambda: upstream.requests()[-1]["sent"], "some of the answer has arrived")
    window.shot(f"running-{way}")
    if way == "notification":
        window.click(".notifications-toasts .monaco-button", "Cancel")
    else:
        window.command("foretype: Cancel the Running Refactoring")
    window.shows(".notifications-toasts", "cancelled, nothing was changed", within=10)
    eventually(lambda: upstream.requests()[-1]["aborted"], "the connection is closed")
    window.shot(f"cancelled-{way}")
    window.saves(file, BEGUN)
    window.command("Notifications: Clear All Notifications")


def previews(window: VSCode, when: str) -> None:
    """Change the setting, and wait for the server that is started for it."""
    before = [one.pid for one in servers(window.home)]
    window.set("foretype.refactor.preview", when)
    eventually(lambda: [one.pid for one in servers(window.home)] not in ([], before), "a server")
    window.ready()


def test_a_change_is_shown_first_where_that_is_set_and_a_cancel_closes_the_preview(
    window: VSCode, file: Path, upstream: Upstream
) -> None:
    says(upstream, TYPED)
    previews(window, "always")
    try:
        window.press("Control+Home", "ArrowDown", "End")
        open_light_bulb(window, "foretype: add type hints to area")
        window.click(".action-widget .monaco-list-row", "foretype: add type hints to area")
        window.shows(".refactor-preview, .bulk-edit-panel", file.name)
        window.shot("preview-of-one")
        window.command("foretype: Cancel the Running Refactoring")
        window.shows(".notifications-toasts", "cancelled, nothing was changed", within=10)
        eventually(lambda: not window.texts(".bulk-edit-panel"), "the preview is closed")
        assert file.read_text() == BEGUN
    finally:
        previews(window, "ask")
        window.command("Notifications: Clear All Notifications")


@pytest.mark.parametrize("button", ["Discard", "Apply"])
def test_a_preview_of_which_nothing_is_taken_says_that_nothing_was_changed(
    window: VSCode, upstream: Upstream, button: str
) -> None:
    upstream.reset()
    name = button.lower()
    tests = "def test_index():\n    assert True\n"
    files = ((f"{name}_fastapi.py", FASTAPI), (f"test_{name}.py", tests))
    reply = "\n\n".join(f"```python {name}\n{code}```" for name, code in files)
    upstream.script(truth={}, text=reply, max_lines=99, most_tokens=999)
    window.also_open(window.home.file(f"{name}/{name}.py", FLASK))
    open_light_bulb(window, "turn this Flask module")
    window.click(".action-widget .monaco-list-row", "turn this Flask module")
    window.shows(".refactor-preview, .bulk-edit-panel", f"test_{name}.py")
    window.click(".bulk-edit-panel .monaco-button", button)
    window.shows(".notifications-toasts", "nothing was changed, as you chose")
    window.shot(f"preview-{name}")
    assert not (window.home.workspace / name / f"test_{name}.py").exists()
    window.command("Notifications: Clear All Notifications")


def test_an_instruction_is_typed_into_the_box(
    window: VSCode, file: Path, upstream: Upstream
) -> None:
    says(upstream, TYPED)
    window.press("Control+Home", "ArrowDown", "End")
    window.command("foretype: Rewrite with an Instruction")
    window.shows(".quick-input-widget", "Say what to change")
    window.type("use floats")
    window.shot("instruction")
    window.press("Enter")
    window.shows(".view-line", "height: float")
    assert any("use floats" in json.dumps(one["body"]) for one in upstream.requests())


def test_the_menu_switches_off_and_says_why(window: VSCode, file: Path, upstream: Upstream) -> None:
    window.click(".statusbar-item", "foretype")
    window.shows(".quick-input-list", "Why did nothing appear?")
    window.shows(".quick-input-list", "custom · scripted")
    window.shot("menu")
    window.click(".quick-input-list .monaco-list-row", "Turn off in this file")
    window.says("Suggestions are off here.")
    window.click(".monaco-editor .view-lines")
    window.press("Control+End")
    window.type("base", pause=0.3)
    assert window.ghost() == ""
    assert upstream.requests() == []
    window.command("foretype: Why Did Nothing Appear?")
    window.shows(".notifications-toasts", "switched off here")
    window.click(".statusbar-item", "foretype")
    window.click(".quick-input-list .monaco-list-row", "Turn on in this file")
    window.ready()
    window.click(".monaco-editor .view-lines")
    window.press("Control+End")
    window.type(" ")
    window.sees(BASE.removeprefix("base "))


MENU_ROW = ".quick-input-list .monaco-list-row"


def test_the_menus_hold_nothing_twice(window: VSCode, file: Path) -> None:
    window.click(".statusbar-item", "foretype")
    window.shows(".quick-input-list", "Why did nothing appear?")
    entries = window.texts(".quick-input-list .monaco-list-row .label-name")
    assert len(entries) == len(set(entries)) > 5
    window.press("Escape")
    window.click(".monaco-editor .view-line", button="right")
    window.shows(".context-view", "Rewrite with an Instruction")
    entries = [text for text in window.texts(".context-view .action-label") if text]
    window.shot("context-menu")
    window.press("Escape")
    assert len(entries) == len(set(entries)) > 5


def test_another_model_is_chosen_by_its_price(
    window: VSCode, file: Path, upstream: Upstream
) -> None:
    dear = {"id": "other", "pricing": {"prompt": "0.000002", "completion": "0.000008"}}
    upstream.script(models=[dear, {"id": "scripted"}])
    window.click(".statusbar-item", "foretype")
    window.click(MENU_ROW, "Provider and model")
    window.shows(MENU_ROW, "$2.00 in, $8.00 out for a million tokens")
    window.shot("models")
    assert "in use" in window.texts(MENU_ROW)[0]
    window.click(MENU_ROW, "other")
    window.says("custom · other")
    window.click(".monaco-editor .view-lines")
    window.press("Control+End")
    window.type("b")
    window.sees(BASE.removeprefix("b"))
    assert upstream.requests()[-1]["body"]["model"] == "other"
    window.set("foretype.model", "scripted")
    window.says("custom · scripted")


def test_the_walkthrough_ticks_what_is_done(window: VSCode, file: Path) -> None:
    window.command("foretype: Open the Walkthrough")
    window.shows(".getting-started-step", "Get the server")
    step = ".getting-started-step .codicon"
    eventually(
        lambda: "Get the server: Completed" in window.browser.do("labels", selector=step), "a tick"
    )
    window.shot("walkthrough")
    assert not any("`" in text for text in window.texts(".getting-started-step"))


def test_the_settings_open_where_all_of_them_stand(window: VSCode, file: Path) -> None:
    window.command("foretype: Open the Settings")
    window.shows(".settings-editor .setting-item", "Provider")
    window.shows(".settings-editor .setting-item", "Base Url")
    window.shot("settings")
    window.press("Escape", "Escape")


def test_a_wrong_key_gives_one_understandable_message(
    window: VSCode, file: Path, upstream: Upstream
) -> None:
    upstream.script(fault="401")
    window.type("b", pause=0.5)
    window.shows(".notifications-toasts", "does not accept the key")
    window.says("The provider does not accept the key.")
    window.shows(".statusbar-item", "key refused")
    window.shot("wrong-key")
    window.type("as", pause=0.5)
    toasts = window.texts(".notifications-toasts .notification-list-item-message")
    assert len([toast for toast in toasts if "key" in toast]) == 1
    window.command("Notifications: Clear All Notifications")
    upstream.script(fault="")
    window.command("foretype: Restart the Server")
    window.ready()


def test_a_server_that_is_killed_comes_back_by_itself(
    window: VSCode, file: Path, upstream: Upstream
) -> None:
    upstream.script(hold=True)
    window.type("b")
    eventually(upstream.requests, "the model is asked")
    kill_server(window.home)
    window.type("a")
    window.ready()
    upstream.script(hold=False)
    window.type("s")
    window.sees(BASE.removeprefix("bas"))
    window.shot("killed")
    assert window.texts(".notification-list-item-message") == []
    window.press("Tab")
    window.saves(file, BEGUN + BASE)


def test_newcomers_see_ghost_text_in_two_windows_whatever_their_settings(tmp_path: Path) -> None:
    home = Home(tmp_path, None, workspace="mein Projekt, größer als 1%")
    set_up(home)
    (tmp_path / ".config" / "foretype" / "foretype.toml").write_text("provider = [\n")
    window = VSCode(home)
    try:
        for name, other in (("one", window), ("two", window.another())):
            other.open(home.file(f"{name}.py", FIRST.read_text()))
            other.says("The embedded engine answers", within=STARTS_S)
            other.shows(".notification-list-item-message", "foretype.toml is not used: line 2")
            assert len(other.texts(".notification-list-item-message")) == 1
            other.click(".monaco-editor .view-lines")
            other.press("Control+End")
            other.type("e")
            other.sees("lf.width = width\n        self.height = height")
            other.shot("newcomer")
        assert len(servers(home)) == 2
    finally:
        window.close()


EVIL = """\
#!/bin/sh
echo "$0 $*, called by $(tr '\\0' ' ' </proc/$PPID/cmdline)" >>"{marker}"
exit 1
"""


def test_an_untrusted_workspace_starts_nothing_of_its_own(
    tmp_path: Path, upstream: Upstream
) -> None:
    upstream.reset()
    upstream.script(truth={"shapes.py": WHOLE}, fault="", first_ms=30)
    home = Home(tmp_path, upstream)
    set_up(home)
    marker = tmp_path / "it-ran"
    for name in ("python", "python3", "foretype"):
        program = home.file(f".venv/bin/{name}", EVIL.format(marker=marker))
        program.chmod(0o755)
    module = (
        "import os, pathlib\n"
        "caller = pathlib.Path(f'/proc/{os.getppid()}/cmdline').read_text()\n"
        f"with open({str(marker)!r}, 'a') as file:\n"
        "    file.write(f'{__file__}, called by {caller}\\n')\n"
    )
    for name in ("openai.py", "foretype.py", "sitecustomize.py", "pygls.py"):
        home.file(name, module)
    evil = {
        "foretype.server.command": [str(home.workspace / ".venv" / "bin" / "foretype")],
        "foretype.baseUrl": "http://127.0.0.1:9/v1",
        "foretype.provider": "custom",
        "python.defaultInterpreterPath": str(home.workspace / ".venv" / "bin" / "python"),
    }
    home.file(".vscode/settings.json", json.dumps(evil))
    home.file(".foretype.toml", 'base_url = "http://127.0.0.1:9/v1"\n')
    home.environ["PATH"] = f"{home.workspace}/.venv/bin:{home.environ['PATH']}"
    home.environ["PYTHONPATH"] = str(home.workspace)
    never = {"security.workspace.trust.startupPrompt": "never"}
    window = VSCode(home, trust=True, settings=never)
    try:
        file = home.file("shapes.py", BEGUN)
        window.open(file)
        window.ready()
        window.click(".monaco-editor .view-lines")
        window.press("Control+End")
        window.type("b")
        window.sees(BASE.removeprefix("b"))
        window.shot("untrusted")
        assert not marker.exists(), marker.read_text()
        assert upstream.requests()
    finally:
        window.close()
