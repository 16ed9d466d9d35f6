"""Notebooks over the wire: what stands above a cell is in its prompt, in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from helpers.rawclient import RawClient, environment, eventually, running
from helpers.upstream_thread import Upstream

BOOK = "file:///project/book.ipynb"
CELLS = {
    "a": ("python", "prices = load('prices.csv')"),
    "b": ("markdown", "Only what is sold."),
    "c": ("python", "sold = prices[prices.sold]"),
    "d": ("python", "total = "),
}


def uri(cell: str) -> str:
    return f"vscode-notebook-cell:/project/book.ipynb#{cell}"


def kind(cell: str) -> int:
    return 1 if CELLS[cell][0] == "markdown" else 2


def item(cell: str) -> dict[str, Any]:
    language, text = CELLS[cell]
    return {"uri": uri(cell), "languageId": language, "version": 1, "text": text}


@contextmanager
def notebook(up: Upstream, order: str, **settings: Any) -> Iterator[RawClient]:
    up.says("sum(sold)")
    completion = {"local": "off", "headStart": False}
    with running(env=environment(FORETYPE_API_KEY="sk-fake-key-for-tests")) as client:
        client.initialize(
            capabilities={"textDocument": {"inlineCompletion": {}}},
            initializationOptions={
                "baseUrl": up.url, "model": "scripted", "completion": completion, **settings
            },
        )  # fmt: skip
        cells = [{"kind": kind(cell), "document": uri(cell)} for cell in order]
        book = {"uri": BOOK, "notebookType": "jupyter-notebook", "version": 1, "cells": cells}
        # The documents need not come in the notebook's order.
        documents = [item(cell) for cell in sorted(order, reverse=True)]
        client.notify(
            "notebookDocument/didOpen", {"notebookDocument": book, "cellTextDocuments": documents}
        )
        yield client
        assert client.stop() == 0


def sent(client: RawClient, up: Upstream) -> str:
    """What the model is sent last, for the end of the last cell."""
    at = {"line": 0, "character": len(CELLS["d"][1])}
    asked = {"textDocument": {"uri": uri("d")}, "position": at, "context": {"triggerKind": 1}}
    assert eventually(
        lambda: client.request("textDocument/inlineCompletion", asked) and bool(up.log.requests)
    )
    return str(up.log.requests[-1].body["messages"][-1]["content"])


def test_the_cells_above_are_the_text_before_the_cursor(up: Upstream) -> None:
    with notebook(up, "abcd") as client:
        text = sent(client, up)
    above = "prices = load('prices.csv')\n\n# Only what is sold.\n\nsold = prices[prices.sold]\n\n"
    assert f"{above}total = " in text
    assert text.count("prices[prices.sold]") == 1


def test_what_stands_below_is_not_above(up: Upstream) -> None:
    with notebook(up, "adc") as client:
        text = sent(client, up)
    before = text[text.index("Before the cursor:") :]
    assert "load('prices.csv')\n\ntotal = " in before and "prices.sold" not in before


def test_a_cell_that_moves_up_is_above(up: Upstream) -> None:
    with notebook(up, "adc") as client:
        moved = {"start": 0, "deleteCount": 0, "cells": [{"kind": 2, "document": uri("c")}]}
        for array in ({"start": 2, "deleteCount": 1}, moved):
            client.notify(
                "notebookDocument/didChange",
                {
                    "notebookDocument": {"uri": BOOK, "version": 2},
                    "change": {"cells": {"structure": {"array": array}}},
                },
            )
        text = sent(client, up)
    assert "prices[prices.sold]\n\nprices = load('prices.csv')\n\ntotal = " in text


def test_cells_of_an_excluded_notebook_stay_here(up: Upstream) -> None:
    with notebook(up, "acd", exclude=["book.ipynb"]) as client:
        at = {"line": 0, "character": 8}
        asked = {"textDocument": {"uri": uri("d")}, "position": at, "context": {"triggerKind": 1}}
        assert not client.request("textDocument/inlineCompletion", asked)
        assert up.log.requests == []
