"""A prompt whose beginning stays the same from key to key, within its budget, true to the text."""

from __future__ import annotations

import argparse
import inspect
import itertools
from os.path import commonprefix
from pathlib import Path

import pytest
from helpers.examples import examples
from helpers.marks import cursor as drawn
from helpers.paths import ROOT
from hypothesis import given
from hypothesis import strategies as st

from benches.prompt_cache import EVERY
from benches.prompt_cache import typed as at_the_desk
from foretype.completion.context.prompt import MARK, build_prompt, cursor_mark
from foretype.completion.context.window import Context, Snippet, gather
from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit
from foretype.core.tokens import n_tokens
from foretype.evaluation.holes import Source
from foretype.models.protocol import Prompt
from foretype.settings.providers import PromptLayout

N_KEYS = 200
BUDGET = 2000


def prompt_at(cursor: Cursor, *, tokens: int = BUDGET) -> Prompt:
    context = gather(cursor, tokens=tokens)
    return build_prompt(context, mark=cursor_mark(cursor.document.text), max_tokens=128)


def said(prompt: Prompt) -> str:
    return "".join(f"{message.role}\n{message.content}\n" for message in prompt.messages)


def typed(document: Document, start: int, keys: int) -> list[Cursor]:
    """The places of a hand that writes a stretch of a document, key by key."""
    text = document.text
    end = start + keys
    cursor = Cursor(Document(document.uri, text[:start] + text[end:], document.language), start)
    places = [cursor]
    for key in text[start:end]:
        at = places[-1]
        after = at.document.apply(Edit(at.offset, at.offset, key))
        places.append(Cursor(after, at.offset + 1))
    return places


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.8, 0.99])
def test_nine_tenths_of_the_prompt_stay_as_they_were_from_key_to_key(share: float) -> None:
    source = inspect.getsource(argparse)
    document = Document("file:///lib/argparse.py", source, "python")
    places = typed(document, int(len(source) * share) - N_KEYS, N_KEYS)
    prompts = [said(prompt_at(cursor)) for cursor in places]
    kept = [
        len(commonprefix([one, other])) / len(other) for one, other in itertools.pairwise(prompts)
    ]
    assert sum(kept) / len(kept) >= 0.97
    # A window that moves on loses what stands after its start, once in a while.
    assert sum(each < 0.9 for each in kept) <= 1
    assert sum(map(len, prompts)) / len(prompts) > 3_000


SOURCES = {
    "python": [Path(argparse.__file__), *sorted(ROOT.glob("server/foretype/lsp/*.py"))],
    "typescript": sorted(ROOT.glob("editors/vscode/src/**/*.ts"), key=lambda p: -p.stat().st_size),
    "lua": sorted(ROOT.glob("editors/neovim/**/*.lua"), key=lambda p: -p.stat().st_size),
}


@pytest.mark.parametrize(
    ("language", "share"), [("python", 0.5), ("typescript", 1.0), ("lua", 0.05)]
)
def test_nine_tenths_stay_at_the_desk_where_nearby_code_changes_at_rests(
    language: str, share: float
) -> None:
    texts = [(path.name, path.read_text(encoding="utf-8")) for path in SOURCES[language]]
    source, *beside = [Source(name, language, text) for name, text in texts][:9]
    kept = at_the_desk(source, beside, share, N_KEYS)
    assert len(kept.shares) >= N_KEYS - 1
    assert kept.mean >= 0.95
    # Between rests only a window that moves on loses what stands after its start.
    assert sum(each < 0.9 for each in kept.shares) <= N_KEYS // EVERY + 1
    if language == "python":
        assert min(kept.shares) < 0.5, "nearby code never changed"


def test_indentation_that_is_being_typed_is_not_the_files() -> None:
    for blanks in range(1, 8):
        drawn_so_far = f"if x:\n    a = 1\n{' ' * blanks}‸b = 2\n"
        assert gather(drawn(drawn_so_far), tokens=1000).indentation == "    "


@examples(120)
@given(
    st.text(alphabet="ab \n\té漢🙂(){}", max_size=60),
    st.integers(1, 120),
    st.floats(0, 1),
    st.sampled_from([100, 300, 1000, 2000]),
    st.lists(st.text(alphabet="ab漢\n", min_size=1, max_size=900), max_size=3),
)
def test_the_budget_is_kept_whatever_the_text_is(
    piece: str, times: int, share: float, tokens: int, nearby: list[str]
) -> None:
    text = piece * times
    cursor = Cursor(Document("file:///a.py", text, "python"), int(len(text) * share))
    snippets = tuple(Snippet("b.py", each) for each in nearby)
    context = gather(cursor, tokens=tokens, snippets=snippets, recent="-a\n+b\n" * 20)
    sent = [context.head, context.prefix, context.suffix, context.recent]
    total = sum(map(n_tokens, [*sent, *(snippet.text for snippet in context.snippets)]))
    assert total <= max(tokens, n_tokens(text[max(0, cursor.offset - 64) : cursor.offset]) + tokens)
    assert text[: cursor.offset].endswith(context.prefix)
    assert text[cursor.offset :].startswith(context.suffix)
    assert len(context.prefix) >= min(64, cursor.offset)


@examples(60)
@given(st.text(alphabet="x\n<|cursor_1>", max_size=40), st.integers(0, 40))
def test_the_last_message_ends_with_the_text_before_the_cursor_its_mark_and_the_line(
    text: str, offset: int
) -> None:
    cursor = Cursor(Document("file:///a.py", text, "python"), min(offset, len(text)))
    mark = cursor_mark(text)
    last = prompt_at(cursor).messages[-1].content
    assert mark not in text
    before, after = last.split(mark)
    assert before.endswith(text[: cursor.offset])
    assert after == cursor.after


def test_a_file_that_holds_the_mark_gets_another_one_and_keeps_it() -> None:
    text = f'MARK = "{MARK}"\n' + "x = 1\n" * 2000
    document = Document("file:///a.py", text, "python")
    marks = {cursor_mark(cursor.document.text) for cursor in typed(document, len(text) - 50, 50)}
    assert marks == {"<|cursor_1|>"}


def long_file(drawn_tail: str) -> Context:
    head = (
        "import os\nfrom collections import (\n    Counter,\n    deque,\n)\n\n\n"
        "class Shop(Base):\n    open = True\n\n    def sell(self, item, *, price):\n"
    )
    return gather(drawn(head + "        x = 1\n" * 900 + drawn_tail), tokens=1000)


def test_imports_and_scopes_above_the_window_are_told() -> None:
    context = long_file("        return ‸\n")
    assert context.head == (
        "import os\nfrom collections import (\n    Counter,\n    deque,\n)\n"
        "class Shop(Base):\n    def sell(self, item, *, price):"
    )
    last = build_prompt(context, mark=MARK, max_tokens=1).messages[-1].content
    assert last.index(context.head) < last.index("Before the cursor:")


def test_nothing_is_told_twice_where_the_window_reaches_to_the_top() -> None:
    assert gather(drawn("import os\n\n\ndef f():\n    ‸\n"), tokens=1000).head == ""


def test_what_is_told_of_further_up_stays_while_the_window_stays() -> None:
    assert long_file("\n\ndef other():\n    ‸\n").head == long_file("        return ‸\n").head


def test_nearby_code_leaves_most_of_the_budget_to_the_file() -> None:
    text = "x = 1\n" * 4000
    cursor = Cursor(Document("file:///a.py", text, "python"), 12_000)
    nearby = tuple(Snippet(f"{n}.py", "y = 2\n" * 100) for n in range(9))
    context = gather(cursor, tokens=2000, snippets=nearby, recent="")
    assert n_tokens(context.prefix) + n_tokens(context.suffix) >= 1000
    assert context.snippets == nearby[: len(context.snippets)]


def test_the_text_is_sent_as_it_stands() -> None:
    cursor = drawn('\tif x:\r\n\t\tprint("é🙂‸")\r\n', language="go")
    last = prompt_at(cursor).messages[-1].content
    assert last.endswith(f'\tif x:\r\n\t\tprint("é🙂{MARK}")')


@pytest.mark.parametrize(
    ("layout", "last"),
    [
        ("below_first", "After the cursor's line:\n\nb = 2\n\nBefore the cursor:\na = <|cursor|>"),
        ("natural", "Around the cursor:\na = <|cursor|>\nb = 2\n"),
        ("fenced", "```python\na = <|cursor|>\nb = 2\n\n```\nWhat belongs at the mark <|cursor|>?"),
        ("continued", "a = "),
    ],
)
def test_a_providers_row_names_the_layout_of_its_prompts(layout: PromptLayout, last: str) -> None:
    context = gather(drawn("a = ‸\nb = 2\n"), tokens=BUDGET)
    prompt = build_prompt(context, mark=MARK, max_tokens=1, layout=layout)
    assert prompt.messages[-1].content.endswith(last)
    assert prompt.messages[-1].role == ("assistant" if layout == "continued" else "user")
