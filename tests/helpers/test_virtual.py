from __future__ import annotations

import asyncio

from helpers import virtual


def test_an_hour_takes_no_time() -> None:
    async def main() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    assert virtual.run(main()) == 3600
