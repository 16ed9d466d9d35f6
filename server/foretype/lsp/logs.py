"""The log: lines on standard error, which editors keep in a file of theirs.

A line may hold the text of a foreign exception, and that a key: what looks like one, and the
user's own, is masked. So are the traces of what ends the server or a thread of it.
An editor that does not read standard error loses lines, never time.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from types import TracebackType

from foretype.core import out_of_memory
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
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    sys.excepthook, threading.excepthook = _log_crash, _log_crash_of_thread
    sys.unraisablehook = _unraisable
    ours.setLevel(_level(environ.get(VARIABLE, "")))
    # Below that, pygls repeats whole messages, and with them documents and keys.
    pygls.setLevel(logging.ERROR)
    if told := out_of_memory.scarce():
        ours.warning(told)
    try:
        yield
    except BaseException as fault:
        out_of_memory.end_if(fault)
        raise
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        root.removeHandler(handler)
        handler.close()


def _log_crash(
    kind: type[BaseException], fault: BaseException, trace: TracebackType | None
) -> None:
    logging.getLogger("foretype").critical("it crashed", exc_info=(kind, fault, trace))


def _log_crash_of_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None:
        _log_crash(told.exc_type, told.exc_value, told.exc_traceback)


def _unraisable(told: sys.UnraisableHookArgs) -> None:
    # A thread that could not begin ends here; whoever waits for it would wait for ever.
    is_memory = issubclass(told.exc_type, MemoryError)
    out_of_memory.end_if(told.exc_value or (MemoryError() if is_memory else None))
    sys.__unraisablehook__(told)


def _level(name: str) -> int:
    level = logging.getLevelNamesMapping().get(name.strip().upper())
    return logging.WARNING if level is None else level


class _Handler(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self._writer: FileWriter | None = None

    def emit(self, record: logging.LogRecord) -> None:
        # Some lines name the kind of a fault alone, while it is handled.
        out_of_memory.end_if(record.exc_info[1] if record.exc_info else sys.exception())
        try:
            from foretype.privacy.masking import mask

            line = mask(self.format(record)) + "\n"
            if self._writer is None:
                self._writer = FileWriter(2, backlog=_BACKLOG)
            self._writer.write(line.encode("utf-8", "replace"))
        except Exception as fault:
            out_of_memory.end_if(fault)
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        try:
            super().handleError(record)
        except MemoryError as fault:
            out_of_memory.end_if(fault)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.flush(0.2)
        super().close()
