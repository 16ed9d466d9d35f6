from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from foretype.core.text import Document, Edit
from foretype.local import lexer
from foretype.local.lexer import DEEPER, END, Vocabulary
from foretype.local.token_streams import Stream, extended, updated

LINES = st.text(st.characters(exclude_characters="\r\n"), max_size=80)


@given(LINES)
def test_tokens_joined_give_the_text_again(line: str) -> None:
    assert "".join(lexer.tokens(line)) == line


@given(LINES | st.text(st.characters(max_codepoint=127, exclude_characters="\r\n"), max_size=80))
def test_a_line_is_split_alike_whatever_stands_in_another(line: str) -> None:
    """Text of ASCII characters alone has a pattern of its own."""
    assert lexer.tokens(f"{line}\né") == [*lexer.tokens(line), END, "é"]


def test_a_space_stays_with_the_token_after_it() -> None:
    assert lexer.tokens("if x != 1.5: y->z(a)") == [
        "if", " x", " !=", " 1.5", ":", " y", "->", "z", "(", "a", ")",
    ]  # fmt: skip


def test_what_is_begun_may_still_become_another_token() -> None:
    begun = {
        "": "", "x": "x", "    x": "x", "return x": " x", "return ": " ", "a.b": "b", "f(": "",
        "a  b": "b", "a  ": "", "    ": "", "x = é": " é",
    }  # fmt: skip
    assert {line: lexer.unfinished_end(line) for line in begun} == begun


@given(LINES)
def test_what_is_begun_is_the_end_of_the_line(line: str) -> None:
    begun = lexer.unfinished_end(line)
    assert line.endswith(begun)
    assert len(lexer.tokens(begun)) <= 1


@given(st.lists(st.text(max_size=8), max_size=50))
def test_each_token_has_a_character_of_its_own(tokens: list[str]) -> None:
    vocabulary = Vocabulary()
    chars = {token: vocabulary[token] for token in tokens}
    assert len(set(chars.values())) == len(chars)
    for token, char in chars.items():
        assert vocabulary.texts[char] == (token if token.expandtabs().isprintable() else "")
    assert not any(lexer.is_rank(char) or char < " " for char in chars.values())


@given(LINES)
def test_the_characters_of_a_line_are_those_that_the_vocabulary_holds(line: str) -> None:
    vocabulary = Vocabulary()
    stream, _ = lexer.line_tokens(line, 0, vocabulary)
    found = vocabulary.own_characters(stream)
    assert found == {char for char in stream if vocabulary.texts.get(char)}
    assert {id(char) for char in found} <= {id(char) for char in vocabulary.values()}


def test_a_vocabulary_may_grow_past_what_is_no_character() -> None:
    vocabulary = Vocabulary()
    chars = [vocabulary[str(n)] for n in range(60_000)]
    assert "".join(chars).encode()
    assert len(set(chars)) == 60_000 and not any(lexer.is_rank(char) for char in chars)


def test_finds_the_tokens_that_begin_so() -> None:
    vocabulary = Vocabulary()
    for token in ("parse", "parser", " parse", "part", "p"):
        assert vocabulary[token]
    found = vocabulary.beginning_with("pars", 5)
    assert [vocabulary.texts[char] for char in found] == ["parse", "parser"]
    assert vocabulary.beginning_with("p", 3) == []
    assert vocabulary["parsed"] in vocabulary.beginning_with("pars", 5)


def coded(text: str) -> str:
    vocabulary = Vocabulary()
    return lexer.code("".join(vocabulary[token] for token in lexer.tokens(text)), vocabulary)


def test_code_that_differs_in_its_names_only_is_coded_alike() -> None:
    vocabulary = Vocabulary()
    texts = "for row in rows: show(row)", "for item in items: show(item)"
    one, other = ("".join(vocabulary[token] for token in lexer.tokens(text)) for text in texts)
    assert one != other
    assert lexer.code(one, vocabulary) == lexer.code(other, vocabulary)


@given(st.lists(st.sampled_from(["a", " a", "b", " b", "c", "if", "(", " =", "1"]), max_size=120))
def test_a_rank_stands_for_the_name_that_was_seen(tokens: list[str]) -> None:
    vocabulary = Vocabulary()
    literal = "".join(vocabulary[token] for token in tokens)
    for i, char in enumerate(lexer.code(literal, vocabulary)):
        if lexer.is_rank(char):
            meant = lexer.decoded(char, lexer.recent_names(literal[:i], vocabulary))
            assert meant in (tokens[i], None)
            near = literal[max(i - lexer.RANK_WINDOW_TOKENS, 0) : i]
            assert (meant is None) == (
                literal[i] not in near
                and _other(tokens[i]) not in [vocabulary.texts[each] for each in near]
            )
        else:
            assert char == literal[i]


def _other(token: str) -> str:
    return token.lstrip() if token.startswith(" ") else " " + token


@given(st.lists(st.sampled_from(["a", "b", " c", "d", "(", "if"]), max_size=200), st.data())
def test_a_rank_depends_on_nothing_far_away(tokens: list[str], data: st.DataObject) -> None:
    vocabulary = Vocabulary()
    literal = "".join(vocabulary[token] for token in tokens)
    start = data.draw(st.integers(0, len(literal)))
    skip = min(start, lexer.RANK_WINDOW_TOKENS)
    part = lexer.code(literal[start - skip :], vocabulary, skip=skip)
    assert part == lexer.code(literal, vocabulary)[start:]


def test_indentation_is_told_by_its_changes() -> None:
    vocabulary = Vocabulary()
    lines = ["if x:", "    y", "    z", "w"]
    columns = 0
    pieces = []
    for line in lines:
        piece, columns = lexer.line_tokens(line, columns, vocabulary)
        pieces.append(piece)
    y, z, w = (vocabulary[name] for name in "yzw")
    assert pieces[1:] == [f"{DEEPER}{y}{END}", f"{z}{END}", f"{lexer.shift(-4)}{w}{END}"]
    assert lexer.columns_back(lexer.shift(-4)) == 4
    assert lexer.shift(0) == ""


@given(st.lists(LINES | st.sampled_from(["", "  ", "\tx = 1", "x" * 2_001]), max_size=20))
def test_lines_that_are_read_at_once_are_read_as_one_by_one(lines: list[str]) -> None:
    vocabulary = Vocabulary()
    columns, pieces = 0, []
    for line in lines:
        piece, columns = lexer.line_tokens(line + "\n", columns, vocabulary)
        pieces.append(piece)
    assert lexer.lines_tokens(lines, 0, vocabulary) == (pieces, columns)
    assert END not in vocabulary


def test_an_operator_is_one_token_however_it_begins() -> None:
    tokens = {
        'a...b ==> c': ["a", "...", "b", " ==", ">", " c"],
        '""" x""': ['"""', " x", '"', '"'],
        "a.b..c": ["a", ".", "b", ".", ".", "c"],
        "::: :=": ["::", ":", " :="],
        "x == = => >= <<= **=": ["x", " ==", " =", " =>", " >=", " <<=", " **="],
        "-----a": ["-----", "a"],
    }  # fmt: skip
    assert {line: lexer.tokens(line) for line in tokens} == tokens


TEXT = st.lists(
    st.sampled_from(["def f(x):", "    return x", "\tx = y", "", "  ", "\r", "y = f(x)", "}", "é"]),
    max_size=60,
).map("\n".join)


@given(TEXT, TEXT, st.data())
def test_a_stream_moved_on_is_the_stream_of_the_new_text(
    text: str, inserted: str, data: st.DataObject
) -> None:
    vocabulary = Vocabulary()
    old = Document("file:///a", text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    new = old.apply(Edit(start, end, inserted))
    n_read = data.draw(st.integers(0, old.n_lines + 2))
    n_lines = data.draw(st.integers(1, 70))
    moved = updated(extended(Stream(old), n_read, vocabulary), new, n_lines, vocabulary)
    whole = extended(Stream(new), new.n_lines, vocabulary)
    end = moved.ends[-1] if moved.ends else 0
    assert (moved.literal, moved.coded) == (whole.literal[:end], whole.coded[:end])
    assert list(moved.ends) == list(whole.ends)[: len(moved.ends)]
    finished = extended(moved, new.n_lines, vocabulary)
    assert finished.complete and finished.coded == whole.coded


def test_an_edit_reads_few_lines_again() -> None:
    class Counting(Vocabulary):
        n = 0

        def __getitem__(self, token: str) -> str:
            Counting.n += 1
            return super().__getitem__(token)

    vocabulary = Counting()
    old = Document("file:///a", "value = function(argument)\n" * 5_000)
    stream = extended(Stream(old), 6_000, vocabulary)
    before = Counting.n
    middle = old.starts[2_500]
    moved = updated(stream, old.apply(Edit(middle, middle, "x")), 100, vocabulary)
    assert moved.complete
    assert 0 < Counting.n - before < 200
