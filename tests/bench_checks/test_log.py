"""The rows that the server writes for the benches."""

from __future__ import annotations

import json
from pathlib import Path

from foretype.lsp.bench_log import BenchLog


def test_a_row_tells_when_an_answer_was_due_and_written(tmp_path: Path) -> None:
    log = BenchLog(tmp_path / "rows")
    log.due(7, 1.0, 1.4)
    log.due(8, 1.1, 1.5)
    two = b'..{"jsonrpc":"2.0","id":7,"result":null}..{"jsonrpc":"2.0","id":8,"result":[]}'
    log.written(two, 1.35)
    log.written(b'{"jsonrpc":"2.0","id":9,"result":null}', 2.0)
    rows = [json.loads(line) for line in (tmp_path / "rows").read_text().splitlines()]
    assert rows == [
        {"id": 7, "arrived": 1.0, "deadline": 1.4, "answered": 1.35},
        {"id": 8, "arrived": 1.1, "deadline": 1.5, "answered": 1.35},
    ]
