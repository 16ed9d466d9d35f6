"""A refactoring is cancelled at every step of its way: nothing is changed, and that is said.

In this process and on virtual time, so that each step of the event loop is one stage.
"""

from __future__ import annotations

import asyncio
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from helpers.bounded import bounded
from helpers.virtual import run as run_virtual
from lsprotocol import types

from foretype.lsp.features.refactoring.runs import Refactorings
from foretype.lsp.session.client_profiles import ClientProfile
from foretype.lsp.session.open_documents import OpenDocuments
from foretype.models.scripted import Script, ScriptedModel
from foretype.settings.schema import RefactorSettings, Settings

URI = "file:///project/a.py"
CODE = "def f(x):\n    if x == True:\n        return True\n    return False\n"
DONE = "def f(x):\n    return x == True\n"
GOOD = ["```python\n", "def f(x):\n", "    return x == True\n", "```"]
BAD = ["I would ", "rather not."]
RISKY = ["```python\n", "def f(x):\n", "    return eval(x)\n", "```"]
NOTHING = "cancelled, nothing was changed"
ON_ITS_WAY = "cancelled when the edit was on its way already: look at it, or undo"


class Session:
    """A session and its client, which says yes to everything and applies what it is sent."""

    def __init__(self, model: ScriptedModel, **profile: Any) -> None:
        self.profile = ClientProfile(
            has_progress=True,
            can_show_message_request=True,
            applies_document_changes=True,
            **profile,
        )
        self.settings = Settings(refactor=RefactorSettings(preview="always"))
        self.documents = OpenDocuments()
        self.documents.open(types.TextDocumentItem(URI, "python", 1, CODE))
        self.events = SimpleNamespace(edited=[], closed=[], ending=[])
        gate = SimpleNamespace(excluded=lambda uri: None)
        named = SimpleNamespace(by_name=lambda name: model)
        self.services = SimpleNamespace(
            model=named, gate=gate, budget=None, roots=(), retry_now=lambda: None
        )
        nothing = lambda *_: None  # noqa: E731
        self.work_done_progress = SimpleNamespace(
            begin=nothing, report=nothing, end=nothing, tokens={}
        )
        self.notifier = SimpleNamespace(send=nothing)
        self.protocol = self
        self.told: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    def spawn(self, work: Any) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work))

    def window_show_message(self, params: Any) -> None:
        self.told.append(params.message)

    async def window_work_done_progress_create_async(self, params: Any) -> None:
        await asyncio.sleep(0)

    async def window_show_message_request_async(self, params: Any) -> Any:
        await asyncio.sleep(0)
        return params.actions[0]

    async def send_request_async(self, method: str, params: Any) -> Any:
        await asyncio.sleep(0)
        return {"apply": True}

    async def workspace_apply_edit_async(self, params: Any) -> Any:
        await asyncio.sleep(0)
        (change,) = params.edit.document_changes
        events = [
            types.TextDocumentContentChangePartial(text=edit.new_text, range=edit.range)
            for edit in reversed(change.edits)
        ]
        changed = self.documents.change(URI, 2, events)
        assert changed is not None
        for notify in self.events.edited:
            notify(changed.old, changed.new)
        await asyncio.sleep(0)
        return types.ApplyWorkspaceEditResult(applied=True)

    @property
    def text(self) -> str:
        document = self.documents.get(URI)
        assert document is not None
        return document.text


def cancelled_after(n_steps: int, scripts: list[list[str]], profile: dict[str, Any]) -> bool:
    """Cancel a run after so many steps of the event loop; whether it was over by then."""

    async def main() -> bool:
        model = ScriptedModel(*(Script(says) for says in scripts))
        session: Any = Session(model, **profile)
        runs = Refactorings(session)
        runs.start({"action": "simplify", "uri": URI})
        for _ in range(n_steps):
            await asyncio.sleep(0)
        was_over = not runs.cancel()
        await asyncio.sleep(10)
        (said,) = session.told
        if was_over:
            assert ": done (" in said
        elif ON_ITS_WAY not in said:
            assert NOTHING in said and session.text == CODE
        assert model.running == 0, "the stream is closed"
        assert not runs.cancel(), "nothing is left over"
        return was_over

    return run_virtual(main())


@pytest.mark.parametrize(
    ("scripts", "profile"),
    [
        ([GOOD], {}),
        ([BAD, GOOD], {}),
        ([RISKY], {}),
        ([GOOD], {"shows_previews": True}),
        ([GOOD], {"honors_annotations": True}),
        ([GOOD], {"honors_annotations": True, "closes_previews": True}),
    ],
    ids=["asked", "asked again", "risky", "diff", "preview", "preview that is closed"],
)
def test_a_cancel_at_every_step_changes_nothing_or_says_so(
    scripts: list[list[str]], profile: dict[str, Any]
) -> None:
    assert next(n for n in bounded(count()) if cancelled_after(n, scripts, profile)) > 10
