"""An editor for the tests of refactorings: opens files, asks for actions, applies edits.

A twin of the real ones as far as edits go: it holds each document's text, applies what
``workspace/applyEdit`` brings, checks versions, and tells the change afterwards.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from helpers.rawclient import NO_ANSWER, RawClient, environment, running

NUMBERS = itertools.count()
EVERY_KIND = ["quickfix", "refactor", "source"]

ALL: dict[str, Any] = {
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create", "rename", "delete"],
        },
    },
    "textDocument": {
        "codeAction": {
            "disabledSupport": True,
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "refactor"]}},
        }
    },
    "window": {"workDoneProgress": True, "showMessage": {"messageActionItem": {}}},
}


@dataclass
class Page:
    """A document that is open."""

    uri: str
    text: str
    language: str
    version: int = 1


@dataclass
class Editor:
    """A client that applies edits."""

    raw: RawClient
    root: Path
    pages: dict[str, Page] = field(default_factory=dict)
    applied: list[dict[str, Any]] = field(default_factory=list)
    """Every ``WorkspaceEdit`` that was asked for."""
    asked: list[str] = field(default_factory=list)
    """Every question that the user was asked."""
    previews: list[dict[str, Any]] = field(default_factory=list)
    """Every preview that was asked for; ``answer`` is the user's to them too."""
    choices: list[list[str]] = field(default_factory=list)
    """What the user could answer to each of them."""
    answer: str | None = "Apply"
    """What the user answers to a question; None for nothing."""
    lets_tests_run: bool = True
    """What the user answers when tests would run."""
    refuses: str = ""
    """Why edits are not applied."""
    ticks: tuple[str, ...] | None = None
    """The files whose edits the user ticks in a preview; all where it is None."""
    refuses_after: int = -1
    """After how many more edits they are refused; never where it is negative."""
    typed_before_apply: tuple[str, str] | None = None
    """Text to insert before a marker just before the next edit arrives."""
    typed_after_apply: tuple[str, str] | None = None
    """The same, right after the edit."""
    garbles: bool = False
    """Apply something else than what was asked for."""
    when_asked: Callable[[], Any] = lambda: None
    """What the user does while a question stands."""
    when_applying: Callable[[], Any] = lambda: None
    """What the user does just before an edit is applied."""
    is_silent: bool = False
    """Whether questions are never answered."""
    makes_progress: bool = True
    """Whether requests for progress are answered."""
    capabilities: dict[str, Any] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.raw.answer_to = self._answer

    # --- what the user does -------------------------------------------------------------------

    def open(
        self, text: str, language: str = "python", name: str = "", *, save: bool = True
    ) -> Page:
        """A file of the workspace, open in the editor."""
        name = name or f"page{next(NUMBERS)}.py"
        path = self.root / name
        if save:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, newline="")
        page = Page(path.as_uri(), text, language)
        self.pages[page.uri] = page
        item = {"uri": page.uri, "languageId": language, "version": 1, "text": text}
        self.raw.notify("textDocument/didOpen", {"textDocument": item})
        return page

    def type(self, page: Page, before: str, text: str) -> None:
        """Insert text before the first place where another stands."""
        with self.lock:
            at = page.text.index(before)
            place = position(page.text, at)
            self._change(page, page.text[:at] + text + page.text[at:])
            change = {"range": {"start": place, "end": place}, "text": text}
            self._tell(page, [change])

    def replace(self, page: Page, text: str) -> None:
        """Put another text in the place of the whole."""
        with self.lock:
            self._change(page, text)
            self._tell(page, [{"text": text}])

    def actions(self, page: Page, at: int, end: int | None = None, **context: Any) -> list[Any]:
        """The code actions at an offset, or in a range."""
        params = {
            "textDocument": {"uri": page.uri},
            "range": span(page.text, at, at if end is None else end),
            "context": {"diagnostics": [], **context},
        }
        return self.raw.request("textDocument/codeAction", params) or []

    def offered(
        self, page: Page, at: int, end: int | None = None, **context: Any
    ) -> dict[str, Any]:
        """The arguments of all actions that can be chosen, by their names."""
        arguments = [
            action["command"]["arguments"][0]
            for action in self.actions(page, at, end, **{"only": EVERY_KIND, **context})
            if not action.get("disabled")
        ]
        return {argument["action"]: argument for argument in arguments}

    def choose(self, page: Page, at: int, name: str, end: int | None = None, **context: Any) -> str:
        """Choose a code action; give the run's id."""
        return self.run(self.offered(page, at, end, **context)[name])

    def run(self, argument: Any) -> str:
        """Run ``foretype.refactor``; give the run's id."""
        command = {"command": "foretype.refactor", "arguments": [argument]}
        return str(self.raw.request("workspace/executeCommand", command)["id"])

    def refused(self, argument: Any, command: str = "foretype.refactor") -> str:
        """Run a command, which is refused at once; give the message."""
        params = {"command": command, "arguments": [argument]}
        return str(
            self.raw.answer(self.raw.ask("workspace/executeCommand", params))["error"]["message"]
        )

    def ended(self, run: str) -> str:
        """Wait for the end of a run; give what its progress says then."""
        self.raw.wait(lambda: self.ending(run))
        self.raw.settle()
        return str(self.ending(run))

    def ending(self, run: str) -> str:
        for params in self.raw.notifications("$/progress"):
            if params["token"] == run and params["value"]["kind"] == "end":
                return str(params["value"]["message"])
        return ""

    def said(self) -> list[str]:
        """Every message that the user was shown."""
        return [params["message"] for params in self.raw.notifications("window/showMessage")]

    # --- what the server asks -----------------------------------------------------------------

    def _answer(self, request: Mapping[str, Any]) -> Any:
        method, params = request["method"], request["params"]
        if method == "workspace/applyEdit":
            self.when_applying()
            return self._apply(params["edit"])
        if method == "window/showMessageRequest":
            self.asked.append(params["message"])
            self.when_asked()
            if self.is_silent:
                return NO_ANSWER
            offered = [action["title"] for action in params["actions"]]
            self.choices.append(offered)
            if "Run" in offered:
                return {"title": offered[0 if self.lets_tests_run else 1]}
            return None if self.answer is None else {"title": self.answer}
        if method == "foretype/preview":
            self.previews.append(params)
            self.when_asked()
            return NO_ANSWER if self.is_silent else {"apply": self.answer == "Apply"}
        if method == "window/workDoneProgress/create" and not self.makes_progress:
            return NO_ANSWER
        return None

    def _apply(self, edit: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.applied.append(edit)
            if self.typed_before_apply is not None:
                before, text = self.typed_before_apply
                self.typed_before_apply = None
                self.type(
                    self.pages[edit["documentChanges"][0]["textDocument"]["uri"]], before, text
                )
            if self.refuses_after == 0:
                return {"applied": False, "failureReason": "the disk is full"}
            self.refuses_after -= 1
            if self.refuses:
                return {"applied": False, "failureReason": self.refuses}
            changes = edit.get("documentChanges")
            if changes is None:
                changes = [
                    {"textDocument": {"uri": uri, "version": None}, "edits": edits}
                    for uri, edits in edit["changes"].items()
                ]
            for change in changes:
                document = change.get("textDocument", {})
                known = self.pages.get(document.get("uri", ""))
                version = document.get("version")
                if known is not None and version is not None and version != known.version:
                    return {"applied": False, "failureReason": "the version is another"}
            if self.ticks is not None:
                changes = [one for one in changes if _name(one) in self.ticks]
                if not changes:
                    # VS Code gives no reason, whether it was "Discard" or nothing was ticked.
                    return {"applied": False}
            for change in changes:
                if change.get("kind") == "create":
                    path_of(change["uri"]).parent.mkdir(parents=True, exist_ok=True)
                    path_of(change["uri"]).touch(exist_ok=False)
                else:
                    self._edit(change["textDocument"]["uri"], change["edits"])
            return {"applied": True}

    def _edit(self, uri: str, edits: list[dict[str, Any]]) -> None:
        page = self.pages.get(uri)
        if page is None:
            path = path_of(uri)
            path.write_text(with_edits(path.read_text() if path.exists() else "", edits))
            return
        text = "garbled" if self.garbles else with_edits(page.text, edits)
        self._change(page, text)
        self._tell(page, [{"text": text}])
        if self.typed_after_apply is not None:
            self.type(page, *self.typed_after_apply)
            self.typed_after_apply = None

    def _change(self, page: Page, text: str) -> None:
        page.text = text
        page.version += 1

    def _tell(self, page: Page, changes: list[dict[str, Any]]) -> None:
        identifier = {"uri": page.uri, "version": page.version}
        self.raw.notify(
            "textDocument/didChange", {"textDocument": identifier, "contentChanges": changes}
        )


@contextmanager
def editor(
    root: Path,
    url: str,
    *,
    capabilities: Mapping[str, Any] = ALL,
    options: Mapping[str, Any] | None = None,
    client: str = "",
    stop: bool = True,
    is_started: bool = True,
    trusted: bool | None = True,
    variables: Mapping[str, str] = {},
) -> Iterator[Editor]:
    """An editor; its server is set up by then, unless ``is_started`` is false."""
    env = environment(FORETYPE_API_KEY="sk-fake-key-for-tests", **variables)
    with running(env=env) as raw:
        result = raw.initialize(
            rootUri=root.as_uri(),
            capabilities=capabilities,
            clientInfo={"name": client or "tests"},
            initializationOptions={
                "baseUrl": url,
                "model": "scripted",
                "completion": {"local": "off", "headStart": False},
                **(options or {}),
                "refactor": {"trusted": trusted, **(options or {}).get("refactor", {})},
            },
        )
        if is_started:
            raw.notified("foretype/status")
        ed = Editor(raw, root, capabilities=result["capabilities"])
        yield ed
        if stop:
            raw.stop()


def _name(change: Mapping[str, Any]) -> str:
    """The name of the file that a part of an edit changes or creates."""
    uri = change.get("textDocument", change)["uri"]
    return path_of(uri).name


def position(text: str, offset: int) -> dict[str, int]:
    """A position in UTF-16 code units."""
    before = text[:offset].replace("\r\n", "\n").split("\n")
    return {"line": len(before) - 1, "character": len(before[-1].encode("utf-16-le")) // 2}


def span(text: str, start: int, end: int) -> dict[str, Any]:
    return {"start": position(text, start), "end": position(text, end)}


def offset(text: str, place: Mapping[str, int]) -> int:
    """The offset of a position in UTF-16 code units."""
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: place["line"]])
    line = lines[place["line"]].removesuffix("\r")
    data = line.encode("utf-16-le")[: 2 * place["character"]]
    return start + len(data.decode("utf-16-le"))


def with_edits(text: str, edits: list[dict[str, Any]]) -> str:
    """The text after edits that all count in the text before."""
    places = [
        (offset(text, edit["range"]["start"]), offset(text, edit["range"]["end"]), edit["newText"])
        for edit in edits
    ]
    for start, end, new in sorted(places, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def path_of(uri: str) -> Path:
    return Path(unquote(uri.removeprefix("file://")))
