"""Virtual time: an event loop whose clock jumps to the next timer as soon as nothing is ready.

A test of a limit of 400 ms takes no time and cannot be late. Only for code that does no real
input or output; work for a thread is done in place.
"""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class _Jump(selectors.SelectSelector):
    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("virtual time: everything waits for something that never comes")
        self.loop.clock += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time, which begins at 0."""

    def __init__(self) -> None:
        self.clock = 0.0
        self.in_executor = False
        """Whether what runs now would run on another thread."""
        selector = _Jump()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.clock

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Work for a thread is done at once: it takes no virtual time."""
        done = self.create_future()
        self.in_executor = True
        try:
            done.set_result(func(*args))
        except Exception as fault:
            done.set_exception(fault)
        finally:
            self.in_executor = False
        return done


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on virtual time. Tasks that it leaves behind are cancelled."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def virtual(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make a test that is a coroutine run on virtual time."""

    @functools.wraps(test)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        run(test(*args, **kwargs))

    return wrapper
