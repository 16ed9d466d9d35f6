"""What real code says is left as it is, and a stream ends soon after it has been said.

Holes are cut in modules of the standard library, the same ones each time.
"""

from __future__ import annotations

import inspect
import random

from helpers.real_holes import MODULES, holes, tokens

from foretype.completion.complete_text import complete_text
from foretype.core.cursor import Cursor
from foretype.core.text import Document
from foretype.settings.schema import CompletionSettings

SINGLE_LINE = CompletionSettings(multiline="single")


def test_the_truth_of_real_holes_is_left_as_it_is() -> None:
    n_whole, tried = 0, list(holes())
    for hole in tried:
        shown = complete_text(hole.truth, hole.cursor).extent.text
        assert hole.truth.startswith(shown) and shown, (hole.cursor.before, hole.truth, shown)
        rest = hole.truth[len(shown) :]
        assert not rest.strip() or rest.lstrip(" ").startswith("\n"), (hole.truth, shown)
        n_whole += not rest.strip()
    assert n_whole >= 0.97 * len(tried)


def test_what_follows_a_line_is_left_as_deep_and_as_far_below_as_it_is() -> None:
    dice = random.Random(4)
    for _ in range(400):
        module = dice.choice(MODULES)
        text = inspect.getsource(module)
        document = Document(f"file:///{module.__name__}.py", text, "python")
        number = dice.randrange(3, document.n_lines - 8)
        start = document.line_end(number)
        end = document.line_end(number + dice.randint(1, 7))
        if not document.line(number).strip() or not text[start:end].strip():
            continue
        left, truth = text[:start] + text[end:], text[start:end]
        cursor = Cursor(Document(document.uri, left, "python"), start)
        said = complete_text(truth, cursor).text
        assert truth.startswith(said.rstrip()), (cursor.before, truth, said)


def test_a_single_line_ends_the_stream_within_two_tokens_of_its_end() -> None:
    late, tried = 0, 0
    for hole in holes():
        if "\n" in hole.truth:
            continue
        said = ""
        ends_at = len(hole.truth + hole.cursor.after) if hole.cursor.after else len(hole.truth)
        n_beyond = 0
        for token in tokens(hole.truth + hole.after[:400]):
            said += token
            n_beyond += len(said) > ends_at
            if complete_text(said, hole.cursor, SINGLE_LINE, final=False).done:
                break
        tried += 1
        late += n_beyond > 2
    assert tried > 100
    assert late <= 0.1 * tried


def test_at_a_line_end_no_stream_runs_past_its_paragraph() -> None:
    for hole in holes():
        if hole.kind != "block" or hole.truth.count('"""') % 2:
            continue
        # What follows at the margin is another matter.
        beyond = f"{hole.truth}\n\n\ndef another_one():\n    return None\n"
        said = ""
        for token in tokens(beyond):
            said += token
            now = complete_text(said, hole.cursor, final=False)
            assert "another" not in now.text, (hole.truth, now.text)
            if now.done:
                break
