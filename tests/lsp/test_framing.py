from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretype.lsp.wire.framing import MAX_BODY, Framer, frame

BODIES = st.lists(st.binary(max_size=60), max_size=5)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in zip(ends, ends[1:], strict=False)]


def read(*pieces: bytes) -> list[bytes]:
    framer = Framer()
    return [body for piece in pieces for body in framer.feed(piece)]


@given(BODIES, st.lists(st.integers(0, 10_000)))
def test_messages_are_found_however_the_stream_is_cut(bodies: list[bytes], at: list[int]) -> None:
    stream = b"".join(frame(body) for body in bodies)
    assert read(*cut(stream, at)) == bodies


@given(st.binary(max_size=80).filter(lambda junk: b"content-length" not in junk.lower()), BODIES)
def test_garbage_between_messages_costs_no_message(junk: bytes, bodies: list[bytes]) -> None:
    stream = b"".join(junk + frame(body) for body in bodies)
    assert read(stream) == bodies


@pytest.mark.parametrize(
    "header",
    [
        b"content-length: 2\r\n\r\n",
        b"CONTENT-LENGTH:2\r\n\r\n",
        b"Content-Length :  2  \r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n",
        b"Content-Length: 2\r\nContent-Type: application/vscode-jsonrpc\r\n\r\n",
        b"Content-Length: 2\n\n",
        b"Content-Length: 9\r\nContent-Length: 2\r\n\r\n",
        b"\r\n\r\nContent-Length: 2\r\n\r\n",
        b"X-Other: 1\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_headers_are_read_in_any_case_and_company(header: bytes) -> None:
    assert read(header + b"{}" + frame(b"next")) == [b"{}", b"next"]


@pytest.mark.parametrize(
    "length", [b"-5", b"", b"five", b"5.0", b"0x5", str(MAX_BODY + 1).encode(), b"9" * 5000]
)
def test_a_length_that_makes_no_sense_is_garbage(length: bytes) -> None:
    stream = b"Content-Length: " + length + b"\r\n\r\n{}" + frame(b"next")
    assert read(stream) == [b"next"]


def test_garbage_without_a_line_end_is_not_kept() -> None:
    framer = Framer()
    for _ in range(100):
        assert framer.feed(b"x" * 10_000) == []
    assert len(framer._buffer) < 10_000
    assert framer.feed(frame(b"next")) == [b"next"]


def test_an_empty_body_is_a_body() -> None:
    assert read(frame(b""), frame(b"next")) == [b"", b"next"]
