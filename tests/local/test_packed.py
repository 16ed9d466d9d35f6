from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from foretype.core.text import Document
from foretype.local import lexer
from foretype.local.lexer import Vocabulary
from foretype.local.packed import characters, packed, translated
from foretype.local.token_streams import Stream, extended

TEXTS = st.text(st.sampled_from("ab_1 \t\n().,'\"é\x0b\u2028"), max_size=80)


def streams(text: str, vocabulary: Vocabulary) -> tuple[str, str]:
    document = Document("", text)
    stream = extended(Stream(document), document.n_lines, vocabulary)
    return stream.literal, stream.coded


@given(TEXTS, TEXTS)
def test_is_read_into_another_vocabulary_as_if_it_were_split_there(text: str, before: str) -> None:
    vocabulary = Vocabulary()
    streams(before, vocabulary)
    file = packed(text)
    read = translated(file, characters(file, vocabulary))
    assert (read, lexer.code(read, vocabulary)) == streams(text, vocabulary)
