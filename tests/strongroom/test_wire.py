"""Lines and raw bytes in one stream, in whatever pieces they arrive."""

from __future__ import annotations

import os
import threading

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony_app.strongroom import wire
from ceremony_app.strongroom.protocol import Done, Failure, FindToken

NAMES = st.text(min_size=1, max_size=20)


def incoming(pieces: list[bytes]) -> tuple[wire.Incoming, threading.Thread]:
    """A reader whose other end writes the pieces one by one and closes."""
    read, write = os.pipe()

    def send() -> None:
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(write, rest) :]
        os.close(write)

    thread = threading.Thread(target=send)
    thread.start()
    return wire.Incoming(read), thread


def _message(reader: wire.Incoming) -> None:
    header = wire.as_deposit(reader.line())
    if header is not None:
        reader.raw(header.length)


@given(st.lists(st.one_of(st.binary(min_size=1, max_size=300), st.sampled_from(["A", "token\n1"])), max_size=6), st.integers(1, 50))
def test_requests_and_deposits_come_back_whole(messages: list[bytes | str], piece: int) -> None:
    stream = b"".join(
        wire.deposit_line("card", len(message)) + message if isinstance(message, bytes) else wire.request_line(FindToken(label=message))
        for message in messages
    )
    reader, thread = incoming([stream[at : at + piece] for at in range(0, len(stream), piece)])
    for message in messages:
        line = reader.line()
        header = wire.as_deposit(line)
        if isinstance(message, bytes):
            assert header == wire.Deposit("card", len(message))
            with reader.raw(header.length) as secret:
                assert bytes(secret.view()) == message
        else:
            assert header is None
            assert msgspec.json.decode(line, type=FindToken).label == message
    assert reader.line() == b""
    thread.join()


def test_large_deposit_and_large_line() -> None:
    raw, line = os.urandom(200_000), b"x" * 300_000
    reader, thread = incoming([wire.deposit_line("image", len(raw)), raw, line, b"\n"])
    header = wire.as_deposit(reader.line())
    assert header is not None
    with reader.raw(header.length) as secret:
        assert bytes(secret.view()) == raw
    assert reader.line() == line
    thread.join()


def test_pages_that_were_read_hold_nothing_of_a_deposit() -> None:
    reader, thread = incoming([wire.deposit_line("pin-half", 8) + b"PAYMENTS"])
    reader.line()
    reader.raw(8).wipe()
    thread.join()
    assert bytes(reader._view).strip(b"\0") == b""


@pytest.mark.parametrize(
    "stream",
    [b'{"torn', b'{"deposit":"card","length":9}\nshort', b"x" * (wire.LINE_AT_MOST + 70_000)],
    ids=["torn-line", "short-deposit", "endless-line"],
)
def test_broken_streams_are_refused(stream: bytes) -> None:
    reader, thread = incoming([stream])
    with pytest.raises(wire.WireBroken):
        _message(reader)
    while os.read(reader._descriptor, 1 << 20):
        pass
    thread.join()


@pytest.mark.parametrize(
    "line",
    [
        b'{"deposit":"card","length":0}',
        b'{"deposit":"card","length":99999999}',
        b'{"deposit":3}',
        b'{"deposit":"a","length":1,"x":2}',
    ],
)
def test_deposit_headers_are_strict(line: bytes) -> None:
    with pytest.raises(wire.WireBroken):
        wire.as_deposit(line)


@given(NAMES, st.integers(1, wire.DEPOSIT_AT_MOST))
def test_header_round_trip(name: str, length: int) -> None:
    assert wire.as_deposit(wire.deposit_line(name, length)[:-1]) == wire.Deposit(name, length)


def test_deposit_sizes_are_limited_where_they_are_sent() -> None:
    for length in (0, wire.DEPOSIT_AT_MOST + 1):
        with pytest.raises(ValueError, match="8 MiB"):
            wire.deposit_line("card", length)


def test_answers_are_reply_or_failure_and_nothing_else() -> None:
    assert wire.read_answer(wire.answer_line(Done())).reply == msgspec.Raw(b"{}")
    failure = Failure(code="c", what="w", next_step="n")
    assert wire.read_answer(wire.answer_line(failure)).failure == failure
    for line in (b"{}", b"hello", b'{"reply":{},"failure":{"code":"c","what":"w","next_step":"n"}}', b'{"reply":{},"x":1}'):
        with pytest.raises(wire.WireBroken):
            wire.read_answer(line)
