"""Nobody who types waits for the disk: the engine answers while the workspace is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import pytest
from helpers.bounded import exhaust
from helpers.marks import cursor

from foretype.core.text import Document
from foretype.local import engine as engine_module
from foretype.local.engine import Engine, Guess
from foretype.local.library.modules import Modules
from foretype.local.packed import Packed, packed
from foretype.local.walk import File
from foretype.local.workspace.indexed_workspace import Workspace
from foretype.lsp.session.services import Services

KNOWN = "config = parse_configuration(path)\n" * 4
HERE = cursor(KNOWN + "config = parse_conf‸")


class SlowWorkspace:
    """A workspace on a slow disk: while it is read, somebody asks the engine."""

    version = 1

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.answers: dict[str, list[Guess | None]] = {}

    def _during(self, what: str) -> None:
        answers = self.answers.setdefault(what, [])
        asking = Thread(target=lambda: answers.append(self.engine.predict(HERE)))
        asking.start()
        asking.join()

    def changed(self) -> None: ...

    def refresh(self, near: Sequence[Document]) -> None:
        self._during("refresh")

    def nearest(self, document: Document, most_chars: int) -> list[File]:
        self._during("nearest")
        return [File("/elsewhere/other.py", "python", 1, 10)]

    def read(self, file: File) -> Packed | None:
        self._during("read")
        return packed("value = 1\n")

    def close(self) -> None:
        self._during("close")


def test_answers_while_the_workspace_is_read_and_closed() -> None:
    engine = Engine(clock=lambda: 0.0)
    workspace = SlowWorkspace(engine)
    engine.opened(HERE.document)
    engine.use(workspace)
    exhaust(engine.idle)
    engine.use(None)
    engine.idle()
    assert set(workspace.answers) == {"refresh", "nearest", "read", "close"}
    for guesses in workspace.answers.values():
        assert [guess.text for guess in guesses if guess] == ["iguration(path)"] * len(guesses)


def test_indexes_in_one_thread_at_a_time() -> None:
    engine = Engine(clock=lambda: 0.0)
    nested: list[bool] = []

    class Nested(SlowWorkspace):
        def refresh(self, near: Sequence[Document]) -> None:
            nested.append(self.engine.idle())

    engine.opened(HERE.document)
    engine.use(Nested(engine))
    engine.idle()
    assert nested == [True]


def test_what_files_import_is_read_once_however_often_settings_are_applied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def usage(document: Document, modules: Modules) -> str:
        read.append(document.uri)
        return ""

    monkeypatch.setattr(engine_module, "usage", usage)
    monkeypatch.setattr(Workspace, "refresh", lambda workspace, near: None)
    services = Services({"FORETYPE_INDEX": str(tmp_path / "index")})
    services.roots = (tmp_path,)
    document = Document((tmp_path / "a.py").as_uri(), "import os\n", "python")
    for _ in range(3):
        engine = services.embedded_engine([document])
        assert engine is not None
        exhaust(engine.idle)
    services.end_indexing()
    assert read == [document.uri]
