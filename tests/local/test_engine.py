from __future__ import annotations

import random
import threading
from collections.abc import Callable
from time import perf_counter

import pytest
from helpers.bounded import exhaust
from helpers.marks import cursor
from hypothesis import given
from hypothesis import strategies as st

from foretype.core.cursor import Cursor
from foretype.core.text import Document, Edit
from foretype.local import lexer
from foretype.local import predict as predict_module
from foretype.local.engine import MAX_SLICES, SLICE_LINES, Engine, Guess
from foretype.local.lexer import MAX_LINE_CHARS
from foretype.local.sources import Work
from foretype.local.token_streams import MAX_DOCUMENT_CHARS


def ask(drawn: str, *, language: str = "python", others: tuple[str, ...] = ()) -> Guess | None:
    """The guess at a drawn place; no time is short."""
    engine = Engine()
    for n, text in enumerate(others):
        engine.opened(Document(f"file:///project/other{n}", text, language, 1))
    here = cursor(drawn, language=language)
    engine.opened(here.document)
    read(engine)
    return engine.predict(here)


def check(
    drawn: str,
    author: str,
    *,
    least: str,
    language: str = "python",
    others: tuple[str, ...] = (),
) -> None:
    """The guess is a beginning of what the author goes on with, and says at least so much."""
    guess = ask(drawn, language=language, others=others)
    assert guess
    assert author.startswith(guess.text)
    assert guess.text.startswith(least)


def check_silent(drawn: str, *, language: str = "python") -> None:
    assert ask(drawn, language=language) is None


def read(engine: Engine) -> None:
    exhaust(lambda: engine.idle(1000))


CIRCLE = """
class Circle:
    def __init__(self, center, radius):
        self.center = center
        self.radius = radius

    def moved(self, offset):
        return Circle(self.center + offset, self.radius)

    def scaled(self, factor):
        return Circle(self.center, self.radius * factor)

"""


def test_says_what_the_file_said_before() -> None:
    author = "cle(self.center, self.radius)"
    check(CIRCLE + "    def copied(self):\n        return Cir‸", author, least="cle")


def test_puts_the_names_at_hand_into_a_known_shape() -> None:
    drawn = """
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
        self.width ‸"""
    check(drawn, "= width", least="= width")


def test_completes_a_word_that_stands_elsewhere() -> None:
    other = "config = parse_configuration(path)\n" * 4
    check("value = parse_conf‸", "iguration(path)", least="iguration", others=(other,))


def test_learns_from_another_document() -> None:
    other = "".join(f"logger.warning('item %s is missing', item{n})\n" for n in range(9))
    check(
        "logger.warning('item ‸", "%s is missing', item3)", least="%s is missing", others=(other,)
    )


GO = """
package main

func first() error {
	if err := open(); err != nil {
		return fmt.Errorf("first: %w", err)
	}
	return nil
}

func second() error {
	if err := close(); err != nil {
		return fmt.Errorf("second: %w", err)
	}
	return nil
}

func third() error {
	if err := flush(); ‸
"""


def test_go() -> None:
    check(GO, "err != nil {", least="err != nil", language="go")


JAVASCRIPT = """
app.get('/users', async (request, reply) => {
  const users = await store.all('users');
  reply.send(users);
});
app.get('/orders', async (request, reply) => {
  const orders = await store.all('orders');
  reply.send(orders);
});
app.get('/parcels', async (request, reply) => {
  const parcels = ‸
"""


def test_javascript() -> None:
    check(JAVASCRIPT, "await store.all('parcels');", least="await store", language="javascript")


RUST = """
impl Shape for Circle {
    fn area(&self) -> f64 {
        self.area
    }
}
impl Shape for Square {
    fn area(&self) -> f64 {
        self.area
    }
}
impl Shape for Triangle {
    fn ar‸
"""


def test_rust_and_several_lines_where_it_is_very_sure() -> None:
    author = "ea(&self) -> f64 {\n        self.area\n    }\n}"
    check(RUST, author, least="ea(&self) -> f64 {", language="rust")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("unit", ["\t", "  ", "    "])
def test_writes_lines_as_the_file_does(unit: str, newline: str) -> None:
    blocks = [
        f"if (ready(a)) {{\n>start(a);\n>count += 1;\n>report(a, count);\n}}\nuse({n});\n\n"
        for n in range(8)
    ]
    drawn = "".join(blocks) + "if (ready(a)) {‸"
    author = "\n>start(a);\n>count += 1;\n>report(a, count);\n}\nuse("
    drawn, author, least = (
        text.replace(">", unit).replace("\n", newline)
        for text in (drawn, author, "\n>start(a);\n>count += 1;\n>report(a, count);\n}")
    )
    check(drawn, author, least=least, language="c")


@pytest.mark.parametrize(
    "drawn",
    [
        "‸",
        "\n\n\n‸\n",
        "x‸",
        "The quick brown fox jumps over the lazy dog, and ‸",
        "def alone():\n    ‸",
        CIRCLE + "# nothing of this kind was ever ‸",
        CIRCLE + "        self.cen‸ter = 1",
        CIRCLE + "        ‸self.center = 1",
    ],
)
def test_is_silent(drawn: str) -> None:
    check_silent(drawn)


def test_is_mostly_silent_in_random_characters() -> None:
    dice = random.Random(1)
    texts = ("".join(dice.choices("abcxyz(){};=.,\n ", k=300)) for _ in range(50))
    assert sum(ask(text + "‸") is not None for text in texts) <= 5


def test_says_no_closer_that_stands_after_the_cursor() -> None:
    calls = "print(measure(left, right))\n" * 3
    check(calls + "print(mea‸)", "sure(left, right)", least="sure(left, right)")
    check(calls + "print(measure(‸))", "left, right", least="left, right")


def test_says_no_quote_that_stands_after_the_cursor() -> None:
    check("load('main.toml')\n" * 3 + "load('ma‸')", "in.toml", least="in.toml")


def test_does_not_repeat_the_next_line() -> None:
    lines = "begin(store)\nwrite(store, item)\nfinish(store)\n"
    author = f"ite(store, item)\nfinish(store)\n{lines}"
    check(lines * 3 + "begin(store)\nwr‸", author, least="ite(store, item)")
    check_silent(lines * 3 + "begin(store)\nwr‸\nwrite(store, item)\nfinish(store)")


def test_says_no_line_twice() -> None:
    check("show(data)\n" * 30 + "show(‸", "data)\nshow(data)", least="data)")


def test_closes_one_block_after_the_other() -> None:
    block = "if (a) {\n  if (b) {\n    start(a, b);\n  }\n}\n"
    text = "".join(f"use({n});\n{block}" for n in range(9))
    drawn = text + "use(9);\nif (a) {\n  if (b) {‸"
    author = "\n    start(a, b);\n  }\n}\nuse("
    check(drawn, author, least="\n    start(a, b);\n  }\n}", language="c")


def test_uses_the_lines_below() -> None:
    ways = {"up": 'total += 1\nshow("up")\n', "down": 'total -= 1\nshow("down")\n'}
    text = "".join(
        ways[way]
        for way in ["up", "up", "down", "down", "up", "down", "down", "up", "up", "down", "up"]
    )
    check(text + 'total ‸\nshow("up")\n', "+= 1", least="+= 1")
    check(text + 'total ‸\nshow("down")\n', "-= 1", least="-= 1")


def test_a_large_document_is_left_alone() -> None:
    check_silent("a = 1\n" * (MAX_DOCUMENT_CHARS // 6 + 1) + "a = ‸")


def test_a_line_of_data_is_left_alone() -> None:
    check_silent("values = [" + "1, " * (MAX_LINE_CHARS // 3) + "‸")
    long = "data = '" + "x" * MAX_LINE_CHARS + "'\n"
    check(long + "show(data)\n" * 4 + long + "show(‸", "data)\nshow(data)", least="data)")


def test_a_document_that_is_closed_is_forgotten() -> None:
    engine = Engine()
    here = cursor("value = parse_conf‸")
    engine.opened(here.document)
    engine.opened(Document("file:///project/b.py", "parse_configuration(path)\n" * 5, "python"))
    read(engine)
    assert engine.predict(here)
    engine.closed("file:///project/b.py")
    read(engine)
    assert engine.predict(here) is None


def test_a_document_that_was_never_opened_may_be_asked_about() -> None:
    assert Engine().predict(cursor(CIRCLE + "        self.center = cen‸"))


CODE = st.lists(
    st.sampled_from(
        [
            "def f(x):", "    return x", "", "y = f(1)", "\ty = g(x)", "é = 'ü'", "\r", "  (", ")",
            "self.name = name", "        self.size = size", "x", "for x in xs:", "\u2028", "\x0c",
            "\x01", "a\tb",
            "𝄞 = 1", "\ud800", "\x0c \x1b",
        ]
    ),
    max_size=25,
).map("\n".join)  # fmt: skip


@given(st.one_of(st.text(max_size=200), CODE), st.data())
def test_any_text_may_be_asked_about(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    document = Document("file:///project/a.py", text)
    engine = Engine(threshold=0.05)
    engine.opened(document)
    guess = engine.predict(Cursor(document, offset))
    if guess:
        assert 0.05 <= guess.confidence <= 1
        assert guess.text == guess.text.rstrip() and len(guess.text) > 1
        assert guess.text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable()


@given(CODE, st.lists(st.tuples(st.integers(0, 300), st.integers(0, 30), CODE), max_size=5))
def test_an_edited_document_is_known_as_if_it_were_new(
    text: str, edits: list[tuple[int, int, str]]
) -> None:
    document = Document("file:///project/a.py", text, "python")
    other = Document("file:///project/b.py", text, "python")
    edited = Engine(threshold=0.1)
    for each in (other, document):
        edited.opened(each)
    read(edited)
    for start, length, inserted in edits:
        start = min(start, len(document.text))
        end = min(start + length, len(document.text))
        document = document.apply(Edit(start, end, inserted))
        edited.edited(document)
        read(edited)
    fresh = Engine(threshold=0.1)
    for each in (other, document):
        fresh.opened(each)
    read(fresh)
    assert edited.tokens_of(document.uri) == fresh.tokens_of(document.uri)
    for offset in range(0, len(document.text) + 1, 7):
        here = Cursor(document, offset)
        assert edited.predict(here) == fresh.predict(here)


def ready(clock: Callable[[], float] = perf_counter) -> tuple[Engine, Cursor]:
    """An engine that has read all, with a place at which it knows several tokens."""
    engine = Engine(clock=clock)
    here = cursor(CIRCLE * 4 + "    def scaled(self, factor):\n        return Cir‸")
    for n in range(3):
        engine.opened(Document(f"file:///project/other{n}.py", CIRCLE * 9, "python"))
    engine.opened(here.document)
    read(engine)
    return engine, here


def test_no_clock_decides_what_is_predicted() -> None:
    looks: list[float] = []

    def clock() -> float:
        looks.append(0.0)
        return 0.0

    engine, here = ready(clock=clock)
    assert looks
    looks.clear()
    assert engine.predict(here)
    assert not looks


def test_ends_with_a_whole_word_when_its_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, here = ready()
    whole = engine.predict(here)
    assert whole
    ends: set[int] = {0}
    for token in lexer.tokens("Cir" + whole.text):
        ends.add(max(ends) + len(token))
    texts = set()
    for most in range(0, 5_000_000, 50_000):
        monkeypatch.setattr(predict_module, "MAX_WORK_TOKENS", most)
        guess = engine.predict(here)
        assert guess == engine.predict(here)
        if guess is not None:
            texts.add(guess.text)
            assert whole.text.startswith(guess.text) and len("Cir" + guess.text) in ends
    assert len(texts) > 1


def test_a_prediction_does_a_limited_amount_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much there is to search, and however many matches there are."""
    engine = Engine()
    here = cursor("value = f(x)\n" * 20_000 + "value = f(‸")
    engine.opened(here.document)
    read(engine)
    most = 1_000_000
    monkeypatch.setattr(predict_module, "MAX_WORK_TOKENS", most)
    done: list[Work] = []

    class Counted(Work):
        def __init__(self, most_tokens: int) -> None:
            super().__init__(most_tokens)
            done.append(self)

    monkeypatch.setattr(predict_module, "Work", Counted)
    engine.predict(here)
    # One step is finished that was begun in time.
    assert len(done) == 1 and done[0].left > -most


def test_reads_a_limited_part_of_a_document_that_is_new() -> None:
    engine = Engine()
    here = cursor("x = 1\n" * (2 * MAX_SLICES * SLICE_LINES) + "value = ‸")
    engine.opened(here.document)
    engine.predict(here)
    n_read = MAX_SLICES * SLICE_LINES
    assert len(engine.tokens_of(here.document.uri)) == n_read * len(lexer.tokens("x = 1\n"))


def test_may_be_edited_while_it_predicts() -> None:
    engine = Engine()
    texts = [CIRCLE + "self.radius = " + "radius"[:n] for n in range(7)]
    documents = [
        Document("file:///project/a.py", text, "python", n) for n, text in enumerate(texts)
    ]
    failures: list[BaseException] = []
    stop = threading.Event()

    def predict() -> None:
        try:
            while not stop.is_set():
                for document in documents:
                    engine.predict(Cursor(document, len(document.text)))
                    engine.idle(1)
        except BaseException as failure:
            failures.append(failure)

    workers = [threading.Thread(target=predict) for _ in range(3)]
    for worker in workers:
        worker.start()
    for n in range(300):
        engine.edited(documents[n % 7])
        engine.opened(Document(f"file:///project/{n % 5}.py", CIRCLE * (n % 4), "python", n))
        engine.closed(f"file:///project/{(n + 2) % 5}.py")
    stop.set()
    for worker in workers:
        worker.join()
    assert failures == []
