"""However edits, questions, acceptances and rejections follow each other: no edit is stale.

With what a model has proposed, and with another open file.
"""

from __future__ import annotations

import random

import pytest
from helpers.next_edits import NextEditEditor

from foretype.core.text import Document, Edit
from foretype.next_edit.proposal import Proposal

START = """\
def total(prices):
    result = sum(prices)
    log.warn("one")
    return result


def report(prices):
    log.warn("two")
    print(total(prices))
    log.warn("three")
    return total(prices) + total([])
"""
WORDS = ("total", "amount", "prices", "costs", "result", "log.warn", "log.error", "report")
OTHER = "from shop import total, report\n\n\ndef main():\n    print(total([1]))\n    report([])\n"
N_BATCHES, N_ROUNDS = 20, 500
"""10,000 interleavings in all."""


@pytest.mark.parametrize("batch", range(N_BATCHES))
def test_no_edit_is_ever_stale(batch: int) -> None:
    dice = random.Random(batch)
    n_proposed = 0
    for _ in range(N_ROUNDS):
        n_proposed += interleave(dice)
    assert n_proposed > N_ROUNDS // 10


def interleave(dice: random.Random) -> int:
    """Some random steps; how often something was proposed."""
    editor = NextEditEditor(START)
    editor.others = [Document("file:///other.py", OTHER, "python", 1)]
    texts = [START]
    n_proposed = 0
    for _ in range(dice.randint(2, 8)):
        step(editor, dice, texts)
        texts.append(editor.text)
        if dice.random() < 0.2:
            propose(editor, dice)
        at = dice.randint(0, len(editor.text))
        shown = editor.next_edits.next(editor.document, at, editor.others)
        if shown is None:
            continue
        n_proposed += 1
        proposal = shown.proposal
        edit, document = proposal.edit, proposal.document
        assert document in (editor.document, *editor.others)
        assert 0 <= edit.start <= edit.end <= len(document.text)
        assert document.text[edit.start : edit.end] != edit.text
        action = dice.random()
        if action < 0.3 and document == editor.document:
            editor.change(edit, after_s=0.1)
        elif action < 0.3:
            editor.accept_elsewhere(proposal)
        elif action < 0.5:
            assert editor.next_edits.rejected(shown.id)
            again = editor.next_edits.next(editor.document, edit.start, editor.others)
            assert again is None or (again.proposal.document, again.proposal.edit) != (
                document,
                edit,
            )
        elif action < 0.6 and document == editor.document and edit.text:
            # Only its beginning is typed.
            editor.change(Edit(edit.start, edit.end, edit.text[0]), after_s=0.1)
        if editor.next_edits.shown is not None:
            assert editor.next_edits.shown.proposal.document in (editor.document, *editor.others)
    return n_proposed


def propose(editor: NextEditEditor, dice: random.Random) -> None:
    """A model proposes something for the text as it is."""
    start = dice.randint(0, len(editor.text))
    end = min(len(editor.text), start + dice.randint(0, 12))
    edit = Edit(start, end, dice.choice(("costs", "x = 1\n", "", "total(prices)")))
    editor.next_edits.queue([Proposal(editor.document, edit, "model", f"write {start}")])


def step(editor: NextEditEditor, dice: random.Random, texts: list[str]) -> None:
    """One edit: a word replaced, something typed, a line deleted, or an undo."""
    kind = dice.random()
    text = editor.text
    if kind < 0.6:
        found = [word for word in WORDS if word in text]
        if found:
            editor.replace(dice.choice(found), dice.choice(WORDS))
    elif kind < 0.75:
        at = dice.randint(0, len(text))
        editor.change(Edit(at, at, dice.choice(("x", "\n", " ", "total(", "# "))), after_s=0.2)
    elif kind < 0.85 and text:
        line = dice.randrange(editor.document.n_lines)
        document = editor.document
        editor.change(Edit(document.line_start(line), document.line_start(line + 1), ""))
    else:
        editor.undo(dice.choice(texts))
