"""Typing at a server in VS Code's manner, against an editor that answers by script, in no time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from helpers.virtual import run, virtual

from foretype.cli.demo.demo_typing import DemoMoment, Session, Watcher
from foretype.cli.demo.typist import Scene, Tally, TypingRhythm
from foretype.cli.lsp_client import Editor, ServerFault
from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit

Answers = Callable[[str], str | None]
"""The ghost text for the text before the cursor."""


@dataclass
class ScriptedEditor(Editor):
    """Keeps what it was told, as lines; answers after a while."""

    answers: Answers
    takes_s: float = 0.1
    said_to_it: list[str] = field(default_factory=list)
    text: str = ""

    def open(self, document: Document) -> None:
        self.text = document.text
        self.said_to_it.append("open")

    def change(self, old: Document, edit: Edit, new: Document) -> None:
        assert self.text == old.text and new.version == old.version + 1
        self.text = new.text
        self.said_to_it.append(f"change {edit.text!r}")

    def close(self, document: Document) -> None:
        self.said_to_it.append("close")

    async def ask(self, cursor: Cursor) -> list[tuple[Edit, str, Any]]:
        self.said_to_it.append("ask")
        try:
            await asyncio.sleep(self.takes_s)
        except asyncio.CancelledError:
            self.said_to_it.append("cancel")
            raise
        text = self.answers(cursor.document.text[: cursor.offset])
        if text is None:
            return []
        command = {"command": "foretype.accepted", "arguments": ["s-1"]}
        return [(Edit(cursor.offset, cursor.offset, text), "s-1", command)]

    async def request(self, method: str, params: Any = None) -> Any:
        self.said_to_it.append(f"{params['command']} {params['arguments']}")


class Notes(Watcher):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def typed(self, moment: DemoMoment) -> None:
        self.lines.append(f"typed {moment.page.document.text!r}")

    def shown(self, moment: DemoMoment) -> None:
        assert moment.ghost is not None
        self.lines.append(f"shown {moment.ghost.text!r} right {moment.right!r}")

    def accepted(self, moment: DemoMoment) -> None:
        assert moment.accepted is not None
        start, end = moment.accepted
        self.lines.append(f"accepted {moment.page.document.text[start:end]!r}")


class Even(TypingRhythm):
    """A typist whose keys come at even times."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def before(self, stroke: str, last: str) -> float:
        return self.seconds


def play(
    truth: str, answers: Answers, *, key_s: float = 1.0, takes_s: float = 0.1
) -> tuple[ScriptedEditor, Notes, Tally]:
    scene = Scene("a.py", "file:///a.py", "python", "# a\n", truth, "\n# z\n")
    editor, notes, tally = ScriptedEditor(answers, takes_s), Notes(), Tally()

    async def main() -> None:
        session = Session(editor, scene, rhythm=Even(key_s), tally=tally, watcher=notes)
        await session.type_all()

    run(main())
    assert editor.text == "# a\n" + truth + "\n# z\n"
    return editor, notes, tally


def knows(truth: str) -> Answers:
    return lambda before: ("# a\n" + truth).removeprefix(before) or None


def test_takes_right_ghost_text_with_tab() -> None:
    editor, notes, tally = play("total = 1", knows("total = 1"))
    assert editor.said_to_it == [
        "open",
        "change 't'",
        "ask",
        "change 'otal = 1'",
        "foretype.accepted ['s-1']",
        "close",
    ]
    assert notes.lines[1:] == ["shown 'otal = 1' right 'otal = 1'", "accepted 'otal = 1'"]
    assert (tally.typed, tally.saved, tally.accepted, tally.right) == (2, 7, 1, 1)
    assert tally.shown_ms == [pytest.approx(150)]


def test_types_on_where_ghost_text_is_wrong() -> None:
    editor, notes, tally = play("abcd", lambda before: "wrong")
    assert tally.accepted == tally.right == tally.saved == 0
    assert (tally.typed, len(tally.shown_ms)) == (4, 3)
    assert "shown 'wrong' right ''" in notes.lines


def test_takes_the_lines_that_are_right() -> None:
    editor, notes, tally = play(
        "one\ntwo", lambda before: "ne\nwrong" if before.endswith("\no") else None
    )
    assert "accepted 'ne'" not in notes.lines  # two keys are not worth a third
    editor, notes, tally = play(
        "first\ntwo", lambda before: "irst\nwrong" if before.endswith("\nf") else None
    )
    assert "accepted 'irst'" in notes.lines
    assert "foretype.accepted ['s-1']" not in editor.said_to_it


def test_the_next_key_cancels_before_it_changes() -> None:
    editor, _, tally = play("abc", lambda before: None, key_s=0.1, takes_s=9)
    assert editor.said_to_it[:6] == [
        "open",
        "change 'a'",
        "ask",
        "cancel",
        "change 'b'",
        "ask",
    ]
    assert tally.cancelled == tally.requests > 0


def test_asks_nothing_between_fast_keys() -> None:
    editor, _, tally = play("abc", lambda before: None, key_s=0.04)
    assert "ask" not in editor.said_to_it and tally.requests == 0


def two_more(before: str) -> str | None:
    return "abcdefgh".removeprefix(before)[:2] or None


@virtual
async def test_ghost_text_stays_while_it_is_typed_through_and_counts_once() -> None:
    # Too late to be taken each time: it comes 150 ms after a key, the next key after 160.
    scene = Scene("a.py", "file:///a.py", "python", "", "abcdefgh", "")
    editor, notes, tally = ScriptedEditor(two_more), Notes(), Tally()

    session = Session(editor, scene, rhythm=Even(0.16), tally=tally, watcher=notes)
    await session.type_all()
    assert "shown 'bc' right 'bc'" in notes.lines
    # One key on, "c" stands there still; the answer "cd" extends it and is no new suggestion.
    assert "shown 'cd' right 'cd'" in notes.lines
    assert len(tally.shown_ms) == 1 and tally.accepted == 0


@virtual
async def test_stops_when_it_is_enough() -> None:
    scene = Scene("a.py", "file:///a.py", "python", "", "abcdefgh", "")
    editor, tally = ScriptedEditor(lambda before: None), Tally()

    session = Session(editor, scene, rhythm=Even(1), tally=tally, watcher=Notes())
    await session.type_all(lambda: tally.typed == 3)
    assert editor.text == "abc" and editor.said_to_it[-1] == "close"


def test_a_server_that_is_gone_ends_it() -> None:
    def gone(before: str) -> str | None:
        raise ServerFault("The server ended.")

    with pytest.raises(ServerFault):
        play("abc", gone)
