"""Limit how much of a response is read, so that no server can exhaust memory or time.

Compressed bytes may expand a thousandfold, or, compressed twice, a millionfold: they are expanded
here, in pieces and up to the limit, and never by the HTTP library. Importing this loads that
library, so it is imported only where a client is created.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, aclosing

import httpx2

from foretype.models.wires import AnswerTooLong

MAX_ERROR_BYTES = 64 * 2**10
"""Maximum bytes read of an error's body; the rest is ignored."""

MAX_ANSWER_BYTES = 32 * 2**20
"""Maximum bytes of an answer: more than a model can write in its time."""

_PIECE_BYTES = 64 * 2**10
_CODINGS = frozenset({"gzip", "x-gzip", "deflate"})


async def limit_response(response: httpx2.Response) -> None:
    """Limit the body of a response; a client hook that is called before anything is read."""
    declared = response.headers.get_list("content-encoding", split_commas=True)
    codings = [
        coding for name in declared if (coding := name.strip().lower()) not in ("", "identity")
    ]
    if codings:
        del response.headers["content-encoding"]
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _BoundedStream(
            response.stream, codings, failed=response.status_code >= 300
        )


class _BoundedStream(httpx2.AsyncByteStream):
    """An uncompressed body up to a limit; an error's body is truncated there."""

    def __init__(self, stream: httpx2.AsyncByteStream, codings: list[str], *, failed: bool) -> None:
        self._stream = stream
        self._codings = codings
        self._failed = failed
        self._most = MAX_ERROR_BYTES if failed else MAX_ANSWER_BYTES

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        left = self._most
        try:
            async with aclosing(self._pieces()) as pieces:
                async for piece in pieces:
                    if len(piece) > left:
                        yield piece[:left]
                        raise AnswerTooLong
                    left -= len(piece)
                    yield piece
        except (ValueError, httpx2.TransportError):
            # Of an error, what was read is enough. Some servers and proxies hang up before they
            # have read the request, and the rest of what they say is lost.
            if not self._failed:
                raise

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        expand = _decompressors(self._codings)
        n_raw = 0
        async with AsyncExitStack() as stack:
            body = self._stream.__aiter__()
            if isinstance(body, AsyncGenerator):
                await stack.enter_async_context(aclosing(body))
            async for raw in body:
                n_raw += len(raw)
                if n_raw > self._most + _PIECE_BYTES:
                    raise AnswerTooLong
                if expand is None:
                    yield raw
                    continue
                for piece in expand.feed(raw):
                    yield piece
                    # A few bytes may hold many pieces: others have their turn in between.
                    await asyncio.sleep(0)
            if expand is not None:
                yield expand.end()


def _decompressors(codings: list[str]) -> _Decompressor | None:
    """Return the decompressors for the codings; None if there is nothing to decompress."""
    if not codings:
        return None
    if len(codings) > 1 or codings[0] not in _CODINGS:
        # Compressed twice, or in a way that was not asked for.
        raise ValueError("content-encoding")
    return _Decompressor(headless=codings[0] == "deflate")


class _Decompressor:
    """Decompresses gzip or deflate, detected automatically, in pieces of limited size."""

    def __init__(self, *, headless: bool) -> None:
        """``headless``: the header may be missing, as some servers send deflate without it."""
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._headless = headless

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield decompressed bytes. Raises ValueError if the data is not compressed."""
        while data:
            try:
                piece = self._zlib.decompress(data, _PIECE_BYTES)
            except zlib.error:
                if not self._headless:
                    raise ValueError("compressed data") from None
                self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)
                self._headless = False
                continue
            self._headless = False
            data = self._zlib.unconsumed_tail
            if piece:
                yield piece

    def end(self) -> bytes:
        """Return the few bytes that may still be buffered."""
        return self._zlib.flush()
