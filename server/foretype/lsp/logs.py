"""The log: lines on standard error, which editors keep in a file of theirs.

A line may hold the text of a foreign exception, and that a key: what looks like one is masked.
An editor that does not read standard error loses lines, never time.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping

from foretype.lsp.wire.transport import FileWriter

VARIABLE = "FORETYPE_LOG"
"""Names the least level that is logged: ``debug``, ``info``, ``warning`` (the default) or
``error``."""

_BACKLOG = 1 << 20


@contextlib.contextmanager
def to_stderr(environ: Mapping[str, str]) -> Iterator[None]:
    """Log to standard error while serving."""
    handler = _Handler()
    root, ours, pygls = (logging.getLogger(name) for name in (None, "foretype", "pygls"))
    root.addHandler(handler)
    ours.setLevel(_level(environ.get(VARIABLE, "")))
    # Below that, pygls repeats whole messages, and with them documents and keys.
    pygls.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


def _level(name: str) -> int:
    level = logging.getLevelNamesMapping().get(name.strip().upper())
    return logging.WARNING if level is None else level


class _Handler(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self._writer: FileWriter | None = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            from foretype.privacy.masking import mask

            line = mask(self.format(record)) + "\n"
            if self._writer is None:
                self._writer = FileWriter(2, backlog=_BACKLOG)
            self._writer.write(line.encode("utf-8", "replace"))
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.flush(0.2)
        super().close()
