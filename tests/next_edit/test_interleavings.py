"""However edits, questions, acceptances and rejections follow each other: no edit is stale."""

from __future__ import annotations

import random

import pytest
from helpers.next_edits import NextEditEditor

from foretype.core.text import Edit

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
    texts = [START]
    n_proposed = 0
    for _ in range(dice.randint(2, 8)):
        step(editor, dice, texts)
        texts.append(editor.text)
        shown = editor.next_edits.next(editor.document, dice.randint(0, len(editor.text)))
        if shown is None:
            continue
        n_proposed += 1
        proposal = shown.proposal
        assert proposal.document == editor.document
        edit = proposal.edit
        assert 0 <= edit.start <= edit.end <= len(editor.text)
        assert editor.text[edit.start : edit.end] != edit.text
        action = dice.random()
        if action < 0.3:
            editor.change(edit, after_s=0.1)
        elif action < 0.5:
            assert editor.next_edits.rejected(shown.id)
            again = editor.next_edits.next(editor.document, edit.start)
            assert again is None or again.proposal.edit != edit
        if editor.next_edits.shown is not None:
            assert editor.next_edits.shown.proposal.document == editor.document
    return n_proposed


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
