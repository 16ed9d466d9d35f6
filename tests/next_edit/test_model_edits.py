"""The model is asked for the next edit: once a burst, and never where silence is right."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from helpers.next_edits import NextEditEditor
from helpers.virtual import virtual

from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit
from foretype.models.protocol import Chunk, ModelUnavailable
from foretype.models.scripted import Script, ScriptedModel
from foretype.next_edit.bursts import Origin
from foretype.next_edit.model.model_edits import ModelEdits
from foretype.next_edit.model.rewrite_prompt import END, build_prompt, window_at
from foretype.next_edit.model.triggers import Outcome, quiet_s

CODE = """\
def area(width):
    return width * 2


def report(width):
    print(area(width))
    note = "area"
    # the area
    return area(width)
"""
ANSWER = [
    "EDIT\n",
    "def area(width, height):\n",
    "    return width * height\n",
    "\n",
    "\n",
    "def report(width):\n",
    "    print(area(width))\n",
    '    note = "area"\n',
]


class Asker:
    """An editor whose next edits may come from a model."""

    def __init__(self, *scripts: Script | str, text: str = CODE, language: str = "python") -> None:
        self.editor = NextEditEditor(text, language)
        self.model = ScriptedModel(*scripts)
        self.asked = ModelEdits(self.editor.next_edits, str)
        next_edits = self.editor.next_edits
        next_edits.on_outcome = lambda taken: self.asked.judged(self.editor.now_s, accepted=taken)

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.editor.document, self.editor.offset)

    def now(self, uri: str) -> Document | None:
        return self.editor.document if uri == self.editor.document.uri else None

    def widen(self) -> None:
        """Give the function another parameter."""
        at = self.editor.text.index("(width)") + 6
        self.editor.change(Edit(at, at, ", height"))

    async def ask(self, *, ghost_text: bool = False) -> str | None:
        """Ask where nothing speaks against it; the line that is proposed then."""
        now_s = self.editor.now_s + 1
        if self.asked.why_silent(self.cursor, now_s, ghost_text=ghost_text) is None:
            task = self.asked.start(self.model, self.cursor, self.now)
            if task is not None:
                await asyncio.wait([task])
        return self.editor.line_after()


def pieces(lines: Sequence[str] = ANSWER, *, gap: float = 0.1) -> Script:
    return Script(list(lines), first=0.2, gap=gap)


@virtual
async def test_the_models_edit_is_proposed_and_the_stream_closed_once_it_is_certain() -> None:
    asker = Asker(pieces())
    asker.widen()
    assert await asker.ask() == "return width * height"
    assert asker.model.aborted == [0]
    assert asker.model.running == 0
    # The line after the edit that agrees again, and no more of the answer.
    assert asyncio.get_running_loop().time() < 0.2 + 0.1 * 7
    found = asker.editor.proposed()
    assert found is not None
    assert (found.kind, found.edit.text) == ("model", "height")


@virtual
async def test_it_is_asked_once_a_burst() -> None:
    asker = Asker("NO_EDIT")
    asker.widen()
    for _ in range(5):
        assert await asker.ask() is None
    assert len(asker.model.prompts) == 1
    asker.editor.replace("return width", "return 1 + width")
    await asker.ask()
    assert len(asker.model.prompts) == 2


@virtual
async def test_rules_come_first() -> None:
    asker = Asker(pieces())
    asker.editor.replace("def area", "def surface")
    assert asker.editor.line_after() == "print(surface(width))"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda e: None, "nothing was typed"),
        (lambda e: e.undo(CODE + "x = 1\n" * 9), "undone, pasted or formatted"),
        (lambda e: e.replace("# the", "# that"), "in a comment"),
        (lambda e: e.replace('"area"', '"areas"'), "in a comment, a string"),
        (lambda e: e.change(Edit(5, 7, "x")), "inside a word"),
        (lambda e: (e.replace("* 2", "* 3"), e.undo(CODE)), "nothing was typed"),
    ],
)
def test_silence(change: object, reason: str) -> None:
    asker = Asker("NO_EDIT")
    change(asker.editor)  # type: ignore[operator]
    silence = asker.asked.why_silent(asker.cursor, asker.editor.now_s, ghost_text=False)
    assert silence is not None
    assert reason in silence.value


def test_silence_in_prose_and_beside_ghost_text() -> None:
    asker = Asker(text="one two\n", language="markdown")
    asker.editor.replace("two", "three")
    assert asker.asked.why_silent(asker.cursor, 9, ghost_text=False) is not None
    asker = Asker()
    asker.widen()
    assert asker.asked.why_silent(asker.cursor, 9, ghost_text=True) is not None
    assert asker.asked.why_silent(asker.cursor, 9, ghost_text=False) is None


@virtual
async def test_after_a_rejection_it_is_not_asked_for_five_seconds() -> None:
    asker = Asker(pieces())
    asker.widen()
    await asker.ask()
    shown = asker.editor.next_edits.shown
    assert shown is not None
    assert asker.editor.next_edits.rejected(shown.id)
    asker.editor.change(Edit(0, 0, "x = 1\n"), after_s=1)
    now_s = asker.editor.now_s
    assert asker.asked.why_silent(asker.cursor, now_s, ghost_text=False) is not None
    assert asker.asked.why_silent(asker.cursor, now_s + 5, ghost_text=False) is None


@virtual
async def test_what_was_dismissed_is_not_proposed_again_by_the_model() -> None:
    asker = Asker(pieces())
    asker.widen()
    await asker.ask()
    shown = asker.editor.next_edits.shown
    assert shown is not None
    asker.editor.next_edits.rejected(shown.id)
    asker.editor.change(Edit(0, 0, "x = 1\n"), after_s=60)
    await asker.ask()
    assert asker.editor.proposed() is None


@virtual
async def test_an_answer_for_a_text_that_has_changed_is_dropped() -> None:
    asker = Asker(pieces())
    asker.widen()
    task = asker.asked.start(asker.model, asker.cursor, asker.now)
    assert task is not None
    await asyncio.sleep(0.3)
    asker.editor.change(Edit(0, 0, "# above\n"))
    await asyncio.wait([task])
    assert asker.editor.proposed() is None
    assert "has changed" in asker.asked.why


@virtual
async def test_what_runs_is_ended_with_the_session() -> None:
    asker = Asker(Script(["EDIT\n"], stall=True))
    asker.widen()
    asker.asked.start(asker.model, asker.cursor, asker.now)
    await asyncio.sleep(1)
    assert asker.model.running == 1
    await asker.asked.close()
    assert asker.model.running == 0


@virtual
async def test_a_fault_of_the_model_proposes_nothing_and_says_why() -> None:
    asker = Asker(Script([ModelUnavailable("the endpoint is away")]))
    asker.widen()
    assert await asker.ask() is None
    assert "the endpoint is away" in asker.asked.why


@virtual
async def test_an_answer_that_was_cut_proposes_nothing() -> None:
    cut = Script(["EDIT\n", "def area(width, height):\n", "    return w", Chunk(finish="length")])
    asker = Asker(cut)
    asker.widen()
    assert await asker.ask() is None
    assert "cut" in asker.asked.why


@virtual
async def test_what_is_typed_along_with_the_proposal_leaves_the_rest() -> None:
    asker = Asker(pieces())
    asker.widen()
    await asker.ask()
    at = asker.editor.text.index("* 2") + 2
    asker.editor.change(Edit(at, at + 1, "h"))
    found = asker.editor.proposed()
    assert found is not None
    assert found.edit == Edit(at + 1, at + 1, "eight")
    asker.editor.change(Edit(at + 1, at + 1, "x"))
    assert asker.editor.proposed() is None


@virtual
async def test_lines_that_hold_a_secret_are_not_asked_about() -> None:
    asker = Asker(pieces())
    asker.asked.masked = lambda text: text.replace("width", "MASKED")
    asker.widen()
    assert await asker.ask() is None
    assert asker.model.prompts == []


def test_the_wait_grows_with_rejections_and_is_forgotten() -> None:
    cursor = Cursor(Document("file:///a.py", "x = 1 \ny\n", "python"), 2)
    usual = quiet_s(cursor, [], 0)
    rejected, accepted = Outcome(0, accepted=False), Outcome(0, accepted=True)
    assert quiet_s(cursor, [rejected] * 10, 0) == 3.0
    assert quiet_s(cursor, [rejected], 0) == pytest.approx(1.5 * usual)
    assert quiet_s(cursor, [accepted], 0) == pytest.approx(0.8 * usual)
    assert quiet_s(cursor, [accepted] * 10, 0) == 0.15
    assert quiet_s(cursor, [rejected] * 10, 601) == usual
    end = Cursor(cursor.document, 6)
    assert quiet_s(end, [], 0) == pytest.approx(usual + 0.7)


def test_the_prompt_ends_with_the_lines_to_write_and_shows_edits_as_pairs() -> None:
    asker = Asker()
    asker.widen()
    bursts = list(asker.editor.next_edits.history)
    prompt = build_prompt(window_at(asker.editor.document, 10), 10, bursts)
    assert prompt is not None
    content = prompt.messages[1].content
    assert "original:\ndef area(width):\nupdated:\ndef area(width, height):" in content
    assert content.index(CODE[-30:-1]) < content.index("original:") < content.index(END)
    assert content.count("<|cursor|>") == 1
    assert prompt.temperature == 0.0


def test_accepted_edits_are_marked_in_the_prompt() -> None:
    asker = Asker()
    asker.editor.change(Edit(0, 0, "x = 1\n"), origin=Origin.ACCEPTED)
    bursts = list(asker.editor.next_edits.history)
    prompt = build_prompt(window_at(asker.editor.document, 0), 0, bursts)
    assert prompt is not None
    assert "updated (accepted):\nx = 1" in prompt.messages[1].content


def test_a_window_is_two_lines_above_and_five_below() -> None:
    document = Document("file:///a.py", "".join(f"{n}\n" for n in range(30)), "python")
    window = window_at(document, document.line_start(10))
    assert window.lines == [str(n) for n in range(8, 16)]
    assert window_at(document, document.line_start(10), wide=True).lines[-1] == "20"
    assert window_at(document, len(document.text)).lines == ["28", "29", ""]
    assert window_at(Document("file:///a.py", ""), 0).lines == [""]
