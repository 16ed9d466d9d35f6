"""How much of an answer is read, over real sockets and of streams that would not end."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator

import httpx2
import pytest
from helpers.raw_upstream import DONE, END, STREAM, USAGE, Write, answer, chunk, delta, serving

from foretype.models import bounds
from foretype.models.bounds import MAX_ERROR_BYTES, limit_response
from foretype.models.openai_model import OpenAIModel
from foretype.models.protocol import Message, ModelError, ModelRejected, ModelUnavailable, Prompt
from foretype.models.wires import AnswerTooLong
from foretype.settings.providers import PROVIDERS, Endpoint

PROMPT = Prompt(messages=(Message("user", "def f("),))
REFUSAL = json.dumps({"error": {"message": "The prompt was filtered."}}).encode()
EVENTS = (
    b'data: {"choices":[{"delta":{"content":"b * 2"}}]}\n\n'
    b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
    b"data: [DONE]\n\n"
)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


BOMB = gzip.compress(gzip.compress(b" " * 2**26))
"""Some hundred bytes for 64 MB, in two steps."""


def model_at(port: int) -> OpenAIModel:
    url = f"http://127.0.0.1:{port}/v1"
    return OpenAIModel(Endpoint(row=PROVIDERS["custom"], base_url=url, wire="chat"))


async def text_from(said: bytes) -> str:
    async with serving(said) as up:
        model = model_at(up.port)
        try:
            return "".join([c.text async for c in model.stream(PROMPT)])
        finally:
            await model.close()


async def fault_from(said: bytes) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await text_from(said)
    return caught.value


class Pieces(httpx2.AsyncByteStream):
    """A body that counts what was taken of it."""

    def __init__(self, *pieces: bytes, endless: bool = False) -> None:
        self._pieces = pieces
        self._endless = endless
        self.n_taken = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            for piece in self._pieces:
                self.n_taken += len(piece)
                yield piece
            if not self._endless:
                return

    async def aclose(self) -> None:
        self.closed = True


async def read(body: Pieces, status: int = 200, coding: str = "") -> list[bytes]:
    """What is read of a response, in the pieces in which it is."""
    response = httpx2.Response(
        status,
        headers={"content-encoding": coding} if coding else {},
        stream=body,
        request=httpx2.Request("POST", "http://127.0.0.1:1/v1"),
    )
    await limit_response(response)
    try:
        return [piece async for piece in response.aiter_bytes()]
    finally:
        await response.aclose()
        assert body.closed


class TestErrors:
    @pytest.mark.parametrize("status", [302, 400, 401, 429, 500, 503])
    async def test_64_kb_are_read_and_the_rest_is_left(self, status: int) -> None:
        body = Pieces(b"x" * 5000, endless=True)
        assert sum(map(len, await read(body, status))) == MAX_ERROR_BYTES
        assert body.n_taken < MAX_ERROR_BYTES + 10_000

    async def test_one_that_does_not_end_is_hung_up_on(self) -> None:
        async def endless(write: Write) -> None:
            await write(b"HTTP/1.1 400 X\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                await write(chunk(b" " * 4096))

        async with serving(endless) as up:
            model = model_at(up.port)
            with pytest.raises(ModelRejected, match="400"):
                async for _ in model.stream(PROMPT):
                    pass
            await asyncio.wait_for(up.hung_up.wait(), 5)
            await model.close()

    @pytest.mark.parametrize(
        ("coding", "packed"),
        [
            ("gzip, gzip", BOMB),
            ("gzip,gzip", BOMB),
            ("gzip", gzip.compress(b" " * 2**26, mtime=0)),
            ("deflate", zlib.compress(b" " * 2**26)),
            ("deflate", raw_deflate(b" " * 2**26)),
            ("identity, X-GZIP", gzip.compress(b" " * 2**26, mtime=0)),
        ],
    )
    async def test_little_that_stands_for_much(self, coding: str, packed: bytes) -> None:
        pieces = await read(Pieces(packed), 400, coding)
        assert sum(map(len, pieces)) <= MAX_ERROR_BYTES
        fault = await fault_from(answer(400, packed, Content_Encoding=coding))
        assert isinstance(fault, ModelRejected)

    @pytest.mark.parametrize(
        ("coding", "packed"),
        [
            ("gzip", gzip.compress(REFUSAL, mtime=0)),
            ("GZIP", gzip.compress(REFUSAL, mtime=0)),
            ("deflate", zlib.compress(REFUSAL)),
            ("deflate", raw_deflate(REFUSAL)),
            ("identity", REFUSAL),
            ("", REFUSAL),
        ],
    )
    async def test_the_words_of_one_that_is_compressed_all_the_same(
        self, coding: str, packed: bytes
    ) -> None:
        fault = await fault_from(answer(400, packed, Content_Encoding=coding))
        assert "The prompt was filtered." in str(fault)

    @pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip, br", "new", "gzip"])
    async def test_bytes_that_cannot_be_expanded_are_no_words(self, coding: str) -> None:
        packed = b"\x8b\x04\x80It says nothing.\x03"
        fault = await fault_from(answer(400, packed, Content_Encoding=coding))
        assert "It says" not in str(fault)


class TestAnswers:
    @pytest.mark.parametrize(
        ("coding", "packed"),
        [
            ("gzip", gzip.compress(EVENTS, mtime=0)),
            ("deflate", zlib.compress(EVENTS)),
            ("deflate", raw_deflate(EVENTS)),
            ("identity", EVENTS),
        ],
    )
    async def test_text_that_is_compressed_all_the_same(self, coding: str, packed: bytes) -> None:
        said = answer(200, packed, "text/event-stream", Content_Encoding=coding)
        assert await text_from(said) == "b * 2"

    async def test_a_compressed_stream_is_given_as_it_comes(self) -> None:
        packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
        flushed = [packer.compress(e) + packer.flush(zlib.Z_SYNC_FLUSH) for e in (b"a", b"b")]
        assert await read(Pieces(*flushed), coding="gzip") == [b"a", b"b"]

    @pytest.mark.parametrize("coding", ["", "gzip", "deflate"])
    async def test_one_that_does_not_end(
        self, coding: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bounds, "MAX_ANSWER_BYTES", 2**20)
        plain = b"data:\n\n" * 2**20
        packed = {"": plain, "gzip": gzip.compress(plain, mtime=0), "deflate": raw_deflate(plain)}
        body = Pieces(packed[coding], endless=not coding)
        with pytest.raises(AnswerTooLong):
            await read(body, 200, coding)
        assert body.n_taken < 2**24

    async def test_nothing_is_expanded_at_one_go(self, monkeypatch: pytest.MonkeyPatch) -> None:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(others())
        pieces = await read(Pieces(gzip.compress(b" " * 2**22)), coding="gzip")
        task.cancel()
        assert max(map(len, pieces)) <= 2**16
        assert turns >= len(pieces) - 1

    @pytest.mark.parametrize(("coding", "packed"), [("gzip, gzip", BOMB), ("br", EVENTS)])
    async def test_a_coding_that_nobody_asked_for(self, coding: str, packed: bytes) -> None:
        fault = await fault_from(answer(200, packed, Content_Encoding=coding))
        assert isinstance(fault, ModelUnavailable)
        assert "cannot be read" in str(fault)

    async def test_a_long_one_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bounds, "MAX_ANSWER_BYTES", 2000)
        said = STREAM + b"".join(delta("a") for _ in range(100)) + USAGE + DONE + END
        assert "far more than an answer" in str(await fault_from(said))
