"""What may go wrong around VS Code, and what a user changes while it runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from editor_samples import BASE, BEGUN, BODY, WHOLE
from real_editors import (
    Home,
    Upstream,
    eventually,
    kill_server,
    running_upstream,
    server_program,
    servers,
    skip_unless,
    text_of,
)
from real_vscode import STARTS_S, VSCode, set_up

pytest_plugins = ["editor_fixtures"]
pytestmark = [skip_unless("vscode"), pytest.mark.xdist_group("editors")]

ROW = ".quick-input-list .monaco-list-row"
MESSAGE = ".notifications-toasts .notification-list-item-message"


@pytest.fixture
def home(tmp_path: Path, upstream: Upstream) -> Home:
    upstream.reset()
    upstream.script(truth={"shapes.py": WHOLE}, fault="", first_ms=30, split="whole")
    home = Home(tmp_path, upstream)
    set_up(home)
    return home


@pytest.fixture
def windows(home: Home) -> Iterator[list[VSCode]]:
    """Windows to be closed afterwards."""
    opened: list[VSCode] = []
    yield opened
    for window in opened:
        window.close()


def at_the_end(window: VSCode) -> None:
    window.click(".monaco-editor .view-lines")
    window.press("Control+End")


def pick(window: VSCode, entry: str) -> None:
    """Pick an entry of foretype's menu, which lacks it until a change of settings has come."""

    def offered() -> bool:
        window.press("Escape")
        window.click(".statusbar-item", "foretype")
        window.shows(".quick-input-list", "Why did nothing appear?")
        return any(entry in text for text in window.texts(".quick-input-list .monaco-list-row"))

    eventually(offered, entry)
    window.click(".quick-input-list .monaco-list-row", entry)


def test_without_a_server_it_is_said_how_to_get_one(home: Home, windows: list[VSCode]) -> None:
    (home.path / ".config" / "foretype" / "server.json").unlink()
    home.environ["PATH"] = "/usr/bin:/bin"
    window = VSCode(home)
    windows.append(window)
    window.open(home.file("shapes.py", BEGUN))
    window.says("The server is not installed.", within=STARTS_S)
    window.shows(MESSAGE, "the server is not installed. Run `pipx install .`")
    at_the_end(window)
    window.type("b")
    window.shot("missing")
    assert len(window.texts(MESSAGE)) == 1
    window.click(".statusbar-item", "foretype")
    window.shows(".quick-input-list", "How to get the server")
    window.press("Escape")
    window.command("Notifications: Clear All Notifications")
    window.set("foretype.server.command", ["/nowhere/foretype"])
    window.shows(MESSAGE, "/nowhere/foretype, named in the setting foretype.server.command")
    window.set("foretype.server.command", [server_program()])
    window.ready()
    at_the_end(window)
    window.type("a")
    window.sees(BASE.removeprefix("ba"))


def test_a_key_is_asked_for_and_kept_out_of_the_settings(
    home: Home, windows: list[VSCode], upstream: Upstream
) -> None:
    del home.environ["FORETYPE_API_KEY"]
    upstream.script(fault="401")
    window = VSCode(home, settings={"foretype.completion.local": "off"})
    windows.append(window)
    window.open(home.file("shapes.py", BEGUN))
    window.ready()
    at_the_end(window)
    window.type("b")
    window.says("The provider needs a key.")
    window.shows(".statusbar-item", "needs a key")
    window.shot("needs-key")
    window.click(".notifications-toasts .monaco-button", "Set the API Key")
    window.shows(".quick-input-widget", "the provider's API key")
    window.type("not a key")
    window.shows(".quick-input-widget", "A key has no blanks")
    window.press("Control+A")
    window.type("fake-key-of-a-test")
    upstream.script(fault="")
    window.press("Enter")
    window.ready()
    at_the_end(window)
    window.type("a")
    window.sees(BASE.removeprefix("ba"))
    assert upstream.requests()[-1]["authorized"]
    kept = [path for path in home.path.rglob("*.json") if "fake-key" in path.read_text("utf-8")]
    assert kept == []
    window.click(".statusbar-item", "foretype")
    window.shows(".quick-input-list", "Change the API key")
    window.click(".quick-input-list .monaco-list-row", "Forget the API key")
    eventually(lambda: len(servers(home)) == 1, "one server")
    window.ready()
    at_the_end(window)
    window.type("s")
    eventually(lambda: not upstream.requests()[-1]["authorized"], "it is asked without a key")


def test_a_key_goes_to_the_endpoint_alone_for_which_it_was_set(
    home: Home, windows: list[VSCode], upstream: Upstream
) -> None:
    for name in ("FORETYPE_API_KEY", "FORETYPE_BASE_URL"):
        del home.environ[name]
    with running_upstream(truth={"shapes.py": WHOLE}) as other:
        window = VSCode(home, settings={"foretype.baseUrl": upstream.url})
        windows.append(window)
        window.open(home.file("shapes.py", BEGUN))
        window.ready()
        window.command("foretype: Set the API Key")
        window.type("fake-key-of-a-test")
        window.press("Enter")
        at_the_end(window)
        window.type("b")
        eventually(lambda: any(one["authorized"] for one in upstream.requests()), "its key is sent")

        window.command("foretype: Choose the Provider and the Model")
        window.click(ROW, "Another provider")
        window.shows(ROW, "OpenRouter")
        window.type("Another one: give its base URL")
        window.press("Enter")
        window.shows(".quick-input-widget", "The endpoint's base URL")
        window.type("no url")
        window.shows(".quick-input-widget", "begins with http")
        window.press("Control+A")
        window.type(other.url)
        window.press("Enter")
        window.ready()
        at_the_end(window)
        window.type("a")
        eventually(other.requests, "the other one is asked")
        assert not any(one["authorized"] for one in other.requests())


def test_settings_change_while_the_server_runs(
    home: Home, windows: list[VSCode], upstream: Upstream
) -> None:
    window = VSCode(home)
    windows.append(window)
    window.open(home.file("shapes.py", BEGUN))
    window.ready()
    (server,) = servers(home)
    at_the_end(window)
    window.command("Trigger Inline Suggestion")
    window.sees(BODY)
    window.press("Escape")
    window.set("foretype.completion.multiline", "single")
    window.set("foretype.completion.enabled", False)
    window.says("Suggestions are off here.")
    window.set("foretype.completion.enabled", True)
    window.ready()
    # What was suggested before stays true for its place: another line is asked for anew.
    upstream.script(truth={}, text="side = width\n    return side")
    at_the_end(window)
    window.press("Enter")
    window.command("Trigger Inline Suggestion")
    window.sees("side = width")
    window.press("Escape", "Control+Z")

    pick(window, "Turn off in python")
    window.says("Suggestions are off here.")
    assert window.settings()["foretype.completion.languagesOff"] == ["python"]
    upstream.reset()
    upstream.script(truth={"shapes.py": WHOLE}, first_ms=30)
    at_the_end(window)
    window.type("b", pause=0.5)
    assert window.ghost() == ""
    assert upstream.requests() == []
    pick(window, "Turn on in python")
    window.ready()
    at_the_end(window)
    window.type("a")
    window.sees(BASE.removeprefix("ba"))
    assert [one.pid for one in servers(home)] == [server.pid]

    # What the server is told at its start alone.
    window.set("foretype.completion.local", "off")
    eventually(
        lambda: [one.pid for one in servers(home)] not in ([], [server.pid]), "another server"
    )
    window.ready()
    at_the_end(window)
    window.type("s")
    window.sees(BASE.removeprefix("bas"))
    assert window.texts(MESSAGE) == []


def test_what_a_workspace_switched_off_can_be_switched_on(
    home: Home, windows: list[VSCode]
) -> None:
    own = {"foretype.completion.enabled": False, "foretype.completion.languagesOff": ["python"]}
    file = home.file(".vscode/settings.json", json.dumps(own))
    window = VSCode(home)
    windows.append(window)
    window.open(home.file("shapes.py", BEGUN))
    window.says("Suggestions are off here.", within=STARTS_S)
    pick(window, "Turn on everywhere")
    eventually(lambda: '"foretype.completion.enabled": true' in text_of(file), "it is on")
    pick(window, "Turn on in python")
    window.ready()
    at_the_end(window)
    window.type("b")
    window.sees(BASE.removeprefix("b"))


def test_each_folder_of_a_workspace_keeps_its_own_rules(
    home: Home, windows: list[VSCode], upstream: Upstream
) -> None:
    folders = [home.path / name for name in ("front", "back")]
    for folder in folders:
        (folder / ".git").mkdir(parents=True)
        (folder / "shapes.py").write_text(BEGUN)
    (folders[1] / ".foretypeignore").write_text("private.py\n")
    (folders[1] / "private.py").write_text(BEGUN)
    workspace = home.path / "both.code-workspace"
    workspace.write_text(json.dumps({"folders": [{"path": folder.name} for folder in folders]}))
    window = VSCode(home)
    windows.append(window)
    window.open(folders[0] / "shapes.py", workspace=workspace)
    window.ready()
    for number, folder in enumerate(folders):
        if number:
            window.open(folder / "shapes.py", workspace=workspace)
            window.ready()
        at_the_end(window)
        window.type("b")
        window.sees(BASE.removeprefix("b"))
        window.press("Tab")
        window.saves(folder / "shapes.py", BEGUN + BASE)
    window.also_open(folders[1] / "private.py")
    asked = len(upstream.requests())
    window.press("Control+End")
    window.type("b", pause=0.6)
    assert len(upstream.requests()) == asked
    window.command("foretype: Why Did Nothing Appear?")
    window.shows(MESSAGE, "`private.py` in .foretypeignore")


def runs_anew(home: Home, killed: list[int]) -> bool:
    """Whether one server runs, and none of those that were killed."""
    running = [one.pid for one in servers(home)]
    return len(running) == 1 and running[0] not in killed


def test_a_server_that_dies_again_and_again_is_given_up_and_can_be_started(
    home: Home, windows: list[VSCode], upstream: Upstream
) -> None:
    window = VSCode(home)
    windows.append(window)
    window.open(home.file("shapes.py", BEGUN))
    window.ready()
    killed: list[int] = []
    for _ in range(5):
        try:
            eventually(partial(runs_anew, home, killed), "another server runs")
        except AssertionError:
            window.shot("failed")
            found = [one.pid for one in servers(home)]
            raise AssertionError(
                f"{killed} were killed, {found} run; {window.status()!r} {window.texts(MESSAGE)}"
            ) from None
        eventually(upstream.warmed, "it has opened its connection")
        killed += [one.pid for one in servers(home)]
        kill_server(home)
    window.shows(MESSAGE, "has ended 5 times")
    window.says("The server has stopped")
    assert len(window.texts(MESSAGE)) == 1
    window.shot("given-up")
    window.command("foretype: Restart the Server")
    window.ready()
    at_the_end(window)
    window.type("b")
    window.sees(BASE.removeprefix("b"))


def reload(window: VSCode) -> None:
    """Reload by VS Code's own command, which writes first what is kept, and wait until it is there
    again."""

    def is_gone() -> bool:
        try:
            return window.status() == ""
        except AssertionError:
            return True  # The page went while it was looked at.

    window.command("Developer: Reload Window")
    eventually(is_gone, "the window goes")
    window.browser.do("wait", selector=".monaco-editor .view-line", timeout=STARTS_S * 1000)


def test_off_in_a_file_and_a_snooze_survive_a_reload(
    home: Home, windows: list[VSCode], upstream: Upstream
) -> None:
    window = VSCode(home)
    windows.append(window)
    window.open(home.file("shapes.py", BEGUN))
    window.ready()
    pick(window, "Turn off in this file")
    window.says("Suggestions are off here.")
    reload(window)
    window.says("Suggestions are off here.", within=STARTS_S)
    pick(window, "Turn on in this file")
    window.ready()

    pick(window, "Snooze…")
    window.shot("snooze-menu")
    window.click(".quick-input-list .monaco-list-row", "15 minutes")
    window.says("Suggestions are off here.")
    reload(window)
    window.says("Suggestions are off here.", within=STARTS_S)
    upstream.reset()
    upstream.script(truth={"shapes.py": WHOLE}, first_ms=30)
    at_the_end(window)
    window.type("b", pause=0.5)
    assert window.ghost() == "" and upstream.requests() == []
    pick(window, "End the snooze")
    window.ready()
    at_the_end(window)
    window.type("a")
    window.sees(BASE.removeprefix("ba"))
