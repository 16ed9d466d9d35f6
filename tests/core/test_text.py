from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from foretype.core.text import Document, Edit, line_starts

TEXTS = st.text(alphabet="ab \n\r\x0c\u2028é𝄞", max_size=40)


@given(TEXTS, TEXTS, st.data())
def test_an_edit_keeps_the_line_table_true(before: str, inserted: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(before)))
    end = data.draw(st.integers(start, len(before)))
    document = Document("file:///a", before).apply(Edit(start, end, inserted))
    assert document.text == before[:start] + inserted + before[end:]
    assert list(document.starts) == line_starts(document.text)


@given(TEXTS)
def test_lines_end_only_where_the_protocol_says(text: str) -> None:
    document = Document("file:///a", text)
    assert [document.line(n) for n in range(document.n_lines)] == re.split(r"\r\n|\r|\n", text)
    for offset in range(len(text) + 1):
        line = document.line_of(offset)
        assert document.line_start(line) <= offset <= document.line_start(line + 1)
