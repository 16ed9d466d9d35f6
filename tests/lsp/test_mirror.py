from __future__ import annotations

import sys

import pytest
from lsprotocol import types

from foretype.lsp.session.open_documents import OpenDocuments


def item(uri: str, text: str, version: int = 1) -> types.TextDocumentItem:
    return types.TextDocumentItem(uri=uri, language_id="python", version=version, text=text)


def insert(line: int, character: int, text: str) -> types.TextDocumentContentChangePartial:
    at = types.Position(line=line, character=character)
    return types.TextDocumentContentChangePartial(range=types.Range(start=at, end=at), text=text)


def text_of(mirror: OpenDocuments, uri: str) -> str | None:
    document = mirror.get(uri)
    return None if document is None else document.text


def test_a_document_is_followed_from_opening_to_closing() -> None:
    mirror = OpenDocuments()
    opened = mirror.open(item("file:///a", "one\n"))
    changed = mirror.change("file:///a", 2, [insert(0, 3, "!"), insert(1, 0, "two")])
    assert changed is not None
    assert (changed.old, changed.new) == (opened, mirror.get("file:///a"))
    assert changed.new.text == "one!\ntwo"
    assert (changed.new.version, changed.new.language) == (2, "python")
    assert opened.text == "one\n"
    assert mirror.close("file:///a")
    assert mirror.get("file:///a") is None


def test_a_change_without_edits_is_a_new_version() -> None:
    mirror = OpenDocuments()
    mirror.open(item("file:///a", "one"))
    changed = mirror.change("file:///a", 7, [])
    assert changed is not None
    assert (changed.new.text, changed.new.version, changed.edits) == ("one", 7, ())


def test_what_was_never_opened_is_passed_over() -> None:
    mirror = OpenDocuments()
    assert mirror.change("file:///never", 2, [insert(0, 0, "x")]) is None
    assert not mirror.close("file:///never")
    assert mirror.get("file:///never") is None
    assert list(mirror) == []


def test_opening_twice_takes_the_newer_text() -> None:
    mirror = OpenDocuments()
    mirror.open(item("file:///a", "one"))
    mirror.open(item("file:///a", "two", 5))
    assert text_of(mirror, "file:///a") == "two"


def test_a_form_feed_is_no_line_end() -> None:
    mirror = OpenDocuments()
    mirror.open(item("file:///a", "a\x0cb\nc"))
    mirror.change("file:///a", 2, [insert(1, 0, "X")])
    assert text_of(mirror, "file:///a") == "a\x0cb\nXc"


def test_positions_beyond_the_end_are_the_end() -> None:
    mirror = OpenDocuments()
    mirror.open(item("file:///a", "abc"))
    mirror.change("file:///a", 2, [insert(0, 9, "X"), insert(99, 0, "Y")])
    assert text_of(mirror, "file:///a") == "abcXY"


def test_cells_of_a_notebook_come_and_go() -> None:
    mirror = OpenDocuments()
    book = "file:///book.ipynb"
    mirror.open_notebook(book, [item("cell:1", "a"), item("cell:2", "b")])
    assert [document.uri for document in mirror] == ["cell:1", "cell:2"]
    come = mirror.change_cells(book, [item("cell:3", "c")], ["cell:1"])
    assert [document.text for document in come] == ["c"]
    assert mirror.change("cell:2", 2, [insert(0, 1, "!")]) is not None
    assert [document.text for document in mirror] == ["b!", "c"]
    assert mirror.close_notebook(book) == ("cell:2", "cell:3")
    assert list(mirror) == []


@pytest.mark.parametrize(
    ("opened", "other"),
    [
        ("file:///c%3A/a.py", "file:///C:/a.py"),
        ("file:///a%20b.py", "file:///a b.py"),
        ("file:///%C3%A4.py", "file:///ä.py"),
    ],
)
def test_one_document_has_more_than_one_spelling(opened: str, other: str) -> None:
    mirror = OpenDocuments()
    mirror.open(item(opened, "a"))
    changed = mirror.change(other, 2, [insert(0, 1, "b")])
    assert changed is not None and changed.new.uri == opened
    assert text_of(mirror, other) == "ab"
    mirror.open(item(other, "c"))
    assert [(each.uri, each.text) for each in mirror] == [(other, "c")]
    assert mirror.close(opened)
    assert list(mirror) == [] and not mirror.close(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("file:///a%23b", "file:///a#b"),
        ("file:///a%2Fb", "file:///a/b"),
        ("file:///a%2520b", "file:///a%20b"),
        ("file:///A.py", "file:///a.py"),
    ],
)
def test_another_document_is_none_of_its_spellings(one: str, other: str) -> None:
    mirror = OpenDocuments()
    mirror.open(item(one, "a"))
    assert mirror.get(other) is None and not mirror.close(other)


def above(mirror: OpenDocuments, cell: str) -> list[str]:
    return [document.uri for document in mirror.cells_above(cell)]


def moved(start: int, n_gone: int, *cells: str) -> types.NotebookCellArrayChange:
    kind = types.NotebookCellKind.Code
    come = [types.NotebookCell(kind=kind, document=uri) for uri in cells]
    return types.NotebookCellArrayChange(start=start, delete_count=n_gone, cells=come)


def test_cells_are_in_their_notebook_s_order() -> None:
    mirror = OpenDocuments()
    book = "file:///book.ipynb"
    cells = [item(f"cell:{n}", str(n)) for n in (2, 1, 3)]
    mirror.open_notebook(book, cells, ["cell:1", "cell:2", "cell:3"])
    mirror.open(item("file:///a", "a"))
    assert above(mirror, "cell:3") == ["cell:1", "cell:2"]
    assert above(mirror, "cell:1") == above(mirror, "file:///a") == above(mirror, "cell:9") == []
    # One is inserted, one moves to the top, one goes, and one cannot be read.
    mirror.change_cells(book, [item("cell:4", "4")], [], moved(1, 0, "cell:4"))
    assert above(mirror, "cell:3") == ["cell:1", "cell:4", "cell:2"]
    mirror.change_cells(book, [], [], moved(3, 1))
    mirror.change_cells(book, [], [], moved(0, 0, "cell:3"))
    assert above(mirror, "cell:2") == ["cell:3", "cell:1", "cell:4"]
    mirror.change_cells(book, [], ["cell:1"], moved(1, 1))
    assert above(mirror, "cell:2") == ["cell:3", "cell:4"]
    mirror.close("cell:4")
    assert above(mirror, "cell:2") == ["cell:3"]
    mirror.close_notebook(book)
    assert above(mirror, "cell:2") == []


def test_a_key_on_a_line_of_a_megabyte_reads_no_character_one_by_one() -> None:
    # Counted in Python's own steps, because a clock would measure the machine's other work.
    mirror = OpenDocuments()
    mirror.open(item("file:///a", "é" * 500_000 + "🎉" * 500_000))
    steps = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(count)
    try:
        changed = mirror.change("file:///a", 2, [insert(0, 900_000, "x")])
    finally:
        sys.setprofile(None)
    assert changed is not None
    assert changed.edits[0].start == 500_000 + 200_000
    assert steps < 1000
