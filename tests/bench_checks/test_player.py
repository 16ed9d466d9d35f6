"""The bench's editors, in virtual time, against a server that is only a list of messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from helpers import virtual

from benches.manners import MANNERS
from benches.player import Player
from benches.rpc import Asked, Connection
from benches.tally import Tally
from foretype.core.deadline import now
from foretype.evaluation.holes import Hole, Source

BEFORE, AFTER = "def f(a):\n", "\n\nf(1)\n"
TYPED = """\
    first = a + 1
    second = first * first
    print("both of them", first, second)
    return second"""


class Wire:
    """Notes what the editor sends; answers requests as told, after a while."""

    def __init__(self, answer: Callable[[int], Any], after_s: float) -> None:
        self.sent: list[tuple[float, str, Any]] = []
        self.on_answered: Callable[[Asked], None] = lambda asked: None
        self.on_notification: Callable[[str, Any], None] = lambda method, params: None
        self.n_asked = 0
        self.typed = 0
        self._answer = answer
        self._after_s = after_s

    def notify(self, method: str, params: Any) -> None:
        self.sent.append((now(), method, params))
        for change in params.get("contentChanges", []):
            self.typed += len(change["text"]) or -1

    def cancel(self, asked: Asked) -> None:
        self.sent.append((now(), "$/cancelRequest", asked.id))

    def ask(self, method: str, params: Any) -> Asked:
        self.n_asked += 1
        asked = Asked(self.n_asked, method, now())
        self.sent.append((now(), method, params))
        answer = {"result": self._answer(self.typed)}
        asyncio.get_running_loop().call_later(self._after_s, self._reply, asked, answer)
        return asked

    def _reply(self, asked: Asked, answer: dict[str, Any]) -> None:
        asked.answers.append((now(), answer))
        self.on_answered(asked)

    def times(self, method: str) -> list[float]:
        return [at for at, name, _ in self.sent if name == method]


def play(
    manner: str, answer: Callable[[int], Any] = lambda typed: None, after_s: float = 0.02
) -> tuple[Wire, Tally]:
    """What is sent and counted while the whole stretch is typed."""
    wire, tally = Wire(answer, after_s), Tally()
    text = BEFORE + TYPED + AFTER
    stretch = Hole(Source("a.py", "python", text), "paragraphs", len(BEFORE), len(BEFORE + TYPED))

    async def main() -> None:
        connection = cast(Connection, wire)
        uri = "file:///a.py"
        player = Player(connection, MANNERS[manner], tally, uri=uri, stretch=stretch, seed=3)
        await player.play(lambda: False)
        await asyncio.sleep(6)

    virtual.run(main())
    return wire, tally


def truth(typed: int) -> Any:
    return {"items": [{"insertText": TYPED[typed:]}]}


def test_vs_code_sends_each_change_at_once_and_asks_a_moment_later() -> None:
    wire, tally = play("vscode")
    changes, asked = (
        wire.times("textDocument/didChange"),
        wire.times("textDocument/inlineCompletion"),
    )
    assert len(changes) == tally.keys
    assert all(any(0.049 < at - change < 0.051 for change in changes) for at in asked)
    assert len(asked) == tally.requests > 0.8 * tally.keys


def test_vs_code_cancels_before_the_change() -> None:
    wire, tally = play("vscode", truth, after_s=5)
    names = [name for _, name, _ in wire.sent]
    cancels = [n for n, name in enumerate(names) if name == "$/cancelRequest"]
    assert len(cancels) > 0.8 * tally.keys
    assert all(names[n + 1] == "textDocument/didChange" for n in cancels)
    assert tally.covered()[0] == 0
    assert len(tally.late) == len(cancels)


def test_neovim_holds_changes_back_and_never_cancels() -> None:
    wire, _ = play("neovim", truth)
    changes = wire.times("textDocument/didChange")
    asked = wire.times("textDocument/inlineCompletion")
    gaps = [b - a for a, b in zip(changes, changes[1:], strict=False)]
    # A request sends what was held back, and so does the end.
    sent_on = [*asked, changes[-1]]
    assert all(gap > 0.149 or b in sent_on for gap, b in zip(gaps, changes[1:], strict=True))
    assert not wire.times("$/cancelRequest")


def test_a_model_that_is_right_at_once_covers_every_pause() -> None:
    for manner in ("vscode", "neovim", "neovim-0"):
        _, tally = play(manner, truth, after_s=0.001)
        hits, n = tally.covered(0.4)
        assert hits == n > 0
        assert tally.replaced == tally.cleared == tally.stale == len(tally.late) == 0


def test_what_is_right_too_late_covers_only_long_pauses() -> None:
    _, tally = play("vscode", truth, after_s=0.36)
    assert tally.covered(0.4)[0] < tally.covered()[0]


def test_what_is_wrong_covers_nothing() -> None:
    _, tally = play("vscode", lambda typed: {"items": [{"insertText": "wrong"}]})
    assert tally.covered()[0] == 0 and tally.covered()[1] > 0


def test_an_empty_answer_that_clears_what_fits_is_counted() -> None:
    _, tally = play("vscode", lambda typed: truth(typed) if typed % 2 else None)
    assert tally.cleared > 0


def test_neovim_is_shown_what_no_longer_fits() -> None:
    _, tally = play("neovim", lambda typed: {"items": [{"insertText": "wrong"}]}, after_s=2)
    assert tally.stale > 0


def test_tab_accepts_what_is_right_and_the_hand_goes_on_behind_it() -> None:
    command = {"command": "foretype.accepted", "arguments": ["s1"]}
    item = {"insertText": "first = a + 1", "command": command}
    wire, tally = play("accept", lambda typed: {"items": [item]} if typed == 4 else None)
    assert tally.tabs == 1
    assert tally.accepted_chars == tally.tabs * len("first = a + 1")
    assert len(wire.times("workspace/executeCommand")) == tally.tabs
    assert wire.typed == len(TYPED)
