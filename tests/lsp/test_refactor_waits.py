"""What a refactoring waits for at a client, on virtual time: an answer, its progress."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from helpers.virtual import run as run_virtual
from helpers.virtual import virtual
from lsprotocol import types

from foretype.core.text import Document
from foretype.lsp.features.asking import ANSWER_S
from foretype.lsp.features.refactoring.confirming import confirm
from foretype.lsp.features.refactoring.following import Run, Stop
from foretype.lsp.features.refactoring.progress import CREATED_S, RunProgress
from foretype.lsp.features.refactoring.requests import RefactoringRequests
from foretype.lsp.session.answering import NOT_STARTED
from foretype.lsp.session.client_profiles import ClientProfile
from foretype.lsp.session.events import SessionEvents
from foretype.lsp.wire.json_rpc import RequestError
from foretype.refactor.actions.offers import Offer, find_offer
from foretype.refactor.actions.target import Spot
from foretype.refactor.outcome import Change, Progress, Staged
from foretype.refactor.risks.find_risks import Risk
from foretype.settings.schema import RefactorSettings, Settings
from foretype.spending.usage import Spending

DOCUMENT = Document("file:///project/a.py", "def f(x):\n    return x\n", "python", 1)
RISKY = Staged(
    (Change(DOCUMENT.uri, DOCUMENT, 0, 9, "def f(y):"),), (Risk("runs a shell", 1),), Spending()
)


class Client:
    """A session whose client takes its time, or never answers."""

    def __init__(self, answers_after_s: float | None) -> None:
        self.profile = ClientProfile(can_show_message_request=True, has_progress=True)
        self.services = SimpleNamespace(roots=(), model=None, budget=None)
        self.events = SessionEvents()
        self.ready = asyncio.Event()
        self.service: object | None = None
        """What answers, once the server has started."""
        self.settings = Settings()
        self.answers_after_s = answers_after_s
        self.documents: dict[str, Document] = {}
        self.shown: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.work_done_progress = SimpleNamespace(
            begin=lambda token, value: self.shown.append(f"begin {value.title}: {value.message}"),
            report=lambda token, value: self.shown.append(f"report {value.message}"),
            end=lambda token, value: self.shown.append(f"end {value.message}"),
            tokens={},
        )

    def start(self, service: object | None) -> None:
        self.service = service
        self.ready.set()

    def window_show_message(self, params: Any) -> None:
        self.shown.append(params.message)

    def spawn(self, work: Any) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work))

    async def window_show_message_request_async(self, params: Any) -> Any:
        await self._answered()
        return params.actions[0]

    async def window_work_done_progress_create_async(self, params: Any) -> None:
        await self._answered()

    async def _answered(self) -> None:
        await asyncio.sleep(10**9 if self.answers_after_s is None else self.answers_after_s)


def run_with(client: Any) -> Run:
    offer = find_offer(Spot(DOCUMENT, 0, 0, ()), RefactorSettings(), "simplify")
    assert isinstance(offer, Offer)
    return Run("1", offer, frozenset(), RunProgress(client, "1", offer.title))


def test_a_question_that_is_never_answered_ends_without_a_change() -> None:
    async def main() -> float:
        client: Any = Client(None)
        run = run_with(client)
        asking = asyncio.ensure_future(confirm(client, run, RISKY))
        await asyncio.sleep(1)
        assert run.asks
        with pytest.raises(Stop, match="not answered within 5 minutes"):
            await asking
        assert not run.asks
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == pytest.approx(ANSWER_S)


@virtual
async def test_a_late_answer_counts() -> None:
    client: Any = Client(ANSWER_S - 1)
    assert await confirm(client, run_with(client), RISKY) is None


@pytest.mark.parametrize("after_s", [0.0, 1.0])
def test_progress_that_is_made_late_shows_where_the_run_is(after_s: float) -> None:
    async def main() -> list[str]:
        client: Any = Client(after_s)
        progress = run_with(client).progress
        progress.begin("asking the model")
        await asyncio.sleep(2)
        progress.report(Progress("```python\nx = 1"))
        progress.end("done")
        shown: list[str] = client.shown
        return shown

    assert run_virtual(main()) == [
        "begin foretype: Simplify f: asking the model",
        "report 2 lines · x = 1",
        "end done",
    ]


def test_a_run_that_is_over_before_its_progress_is_made_still_ends_it() -> None:
    async def main() -> list[str]:
        client: Any = Client(1.0)
        progress = run_with(client).progress
        progress.begin("asking the model")
        progress.end("refused")
        await asyncio.sleep(2)
        shown: list[str] = client.shown
        return shown

    assert run_virtual(main()) == [
        "begin foretype: Simplify f: asking the model",
        "end refused",
    ]


def test_progress_that_is_never_made_shows_nothing() -> None:
    async def main() -> list[str]:
        client: Any = Client(None)
        progress = run_with(client).progress
        progress.begin("asking the model")
        await asyncio.sleep(CREATED_S + 1)
        progress.report(Progress(stage="asking the model"))
        progress.end("done")
        assert all(task.done() for task in client.tasks)
        shown: list[str] = client.shown
        return shown

    assert run_virtual(main()) == []


WAITS = "begin foretype: Refactoring: waiting until the server has started"


@virtual
async def test_a_refactoring_that_comes_too_early_waits_for_the_start() -> None:
    client: Any = Client(0.0)
    requests = RefactoringRequests(client)
    waiting = asyncio.ensure_future(requests.refactor({"action": "simplify"}))
    await asyncio.sleep(100)  # A machine that is busy with something else.
    assert client.shown == [WAITS]
    client.start(object())
    with pytest.raises(RequestError, match="need a model"):  # what only a run finds out
        await waiting
    assert "end started" in client.shown


@pytest.mark.parametrize("token", [None, "foretype-waiting-1"])
@virtual
async def test_waiting_for_the_start_can_be_cancelled(token: str | None) -> None:
    client: Any = Client(0.0)
    requests = RefactoringRequests(client)
    waiting = asyncio.ensure_future(requests.refactor({"action": "simplify"}))
    await asyncio.sleep(1)
    assert requests.cancel("another run") == {"cancelled": 0}
    assert requests.cancel(token) == {"cancelled": 1}
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert "foretype: cancelled, nothing was changed" in client.shown
    assert requests.cancel(token) == {"cancelled": 0}


@pytest.mark.parametrize("kind", list(types.CodeActionTriggerKind))
@virtual
async def test_a_menu_that_is_opened_too_early_waits_and_one_that_nobody_opened_does_not(
    kind: types.CodeActionTriggerKind,
) -> None:
    client: Any = Client(0.0)
    place = types.Range(types.Position(0, 0), types.Position(0, 0))
    context = types.CodeActionContext([], trigger_kind=kind)
    params = types.CodeActionParams(types.TextDocumentIdentifier(DOCUMENT.uri), place, context)
    waiting = asyncio.ensure_future(RefactoringRequests(client).code_action(params))
    await asyncio.sleep(100)
    assert waiting.done() == (kind is types.CodeActionTriggerKind.Automatic)
    client.start(object())
    assert await waiting is None, "the file is not open"


@virtual
async def test_who_waits_is_told_that_the_server_could_not_start() -> None:
    client: Any = Client(0.0)
    waiting = asyncio.ensure_future(RefactoringRequests(client).menu())
    await asyncio.sleep(1)
    client.start(None)
    with pytest.raises(RequestError, match=NOT_STARTED):
        await waiting
