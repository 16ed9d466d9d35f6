"""When a spare connection is opened, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from helpers import virtual

from foretype.core.deadline import now
from foretype.models.spare_connection import (
    CHECK_INTERVAL_S,
    IDLE_LIMIT_S,
    MAX_BACKOFF_S,
    MIN_INTERVAL_S,
    SpareConnection,
)


class Pool:
    """Connections as the keeper sees them."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.idle = 0
        self.opened: list[float] = []
        self._fault = fault
        self.spare = SpareConnection(is_ready=lambda: self.idle > 0, opened=self._open)

    async def _open(self) -> None:
        self.opened.append(now())
        if self._fault is not None:
            raise self._fault
        self.idle += 1


def story(tell: Callable[[], Coroutine[Any, Any, None]]) -> None:
    virtual.run(tell())


def test_none_is_opened_before_the_first_use() -> None:
    async def tell() -> None:
        pool = Pool()
        await asyncio.sleep(100)
        assert pool.opened == []

    story(tell)


def test_one_is_opened_where_none_is_ready() -> None:
    async def tell() -> None:
        pool = Pool()
        pool.spare.used()
        await asyncio.sleep(1)
        assert len(pool.opened) == 1
        await pool.spare.close()

    story(tell)


def test_what_follows_at_once_is_not_kept_from_the_connection_that_is_ready() -> None:
    async def tell() -> None:
        pool = Pool()
        pool.idle = 1
        pool.spare.used()
        await asyncio.sleep(0.01)
        pool.idle = 0  # The next stream took it.
        await asyncio.sleep(1)
        assert len(pool.opened) == 1
        await pool.spare.close()

    story(tell)


def test_a_second_one_is_not_needed() -> None:
    async def tell() -> None:
        pool = Pool()
        pool.idle = 1
        for _ in range(100):
            pool.spare.used()
            await asyncio.sleep(0.1)
        assert pool.opened == []
        await pool.spare.close()

    story(tell)


def test_aborts_in_quick_succession_are_throttled_but_never_forgotten() -> None:
    async def tell() -> None:
        pool = Pool()
        for _ in range(100):
            pool.idle = 0
            pool.spare.used()
            await asyncio.sleep(0.1)
        gaps = [round(b - a, 3) for a, b in zip(pool.opened, pool.opened[1:], strict=False)]
        assert all(gap >= MIN_INTERVAL_S for gap in gaps)
        assert len(pool.opened) >= 4
        pool.idle = 0
        await asyncio.sleep(MIN_INTERVAL_S + CHECK_INTERVAL_S)
        assert pool.idle == 1
        await pool.spare.close()

    story(tell)


def test_one_that_the_server_closed_is_replaced_while_the_user_works() -> None:
    async def tell() -> None:
        pool = Pool()
        pool.spare.used()
        await asyncio.sleep(1)
        pool.idle = 0
        await asyncio.sleep(CHECK_INTERVAL_S + 1)
        assert pool.idle == 1
        await pool.spare.close()

    story(tell)


def test_five_minutes_without_use_end_it_and_the_next_use_begins_again() -> None:
    async def tell() -> None:
        pool = Pool()
        pool.spare.used()
        for _ in range(40):
            await asyncio.sleep(CHECK_INTERVAL_S)
            pool.idle = 0
        before = len(pool.opened)
        assert max(pool.opened) <= IDLE_LIMIT_S + CHECK_INTERVAL_S
        await asyncio.sleep(10 * IDLE_LIMIT_S)
        assert len(pool.opened) == before
        pool.spare.used()
        await asyncio.sleep(1)
        assert len(pool.opened) == before + 1
        await pool.spare.close()

    story(tell)


def test_one_that_fails_is_opened_ever_less_often() -> None:
    async def tell() -> None:
        pool = Pool(OSError("down"))
        for _ in range(3000):
            pool.idle = 0
            pool.spare.used()
            await asyncio.sleep(0.1)
        gaps = [round(b - a, 3) for a, b in zip(pool.opened, pool.opened[1:], strict=False)]
        assert gaps[0] > MIN_INTERVAL_S
        assert gaps == sorted(gaps)
        assert gaps[-1] == pytest.approx(MAX_BACKOFF_S, abs=1)
        await pool.spare.close()

    story(tell)


def test_closing_ends_it_for_good() -> None:
    async def tell() -> None:
        pool = Pool()
        pool.spare.used()
        await pool.spare.close()
        pool.spare.used()
        await asyncio.sleep(100)
        assert pool.opened == []

    story(tell)
