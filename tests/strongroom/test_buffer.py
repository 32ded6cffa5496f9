"""Secrets in pages of their own: wiped, not printed, not copied, not inherited."""

from __future__ import annotations

import copy
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony_app.strongroom.buffer import SecretBuffer, wipe


@given(st.binary(max_size=9000))
def test_take_moves_and_wipes_the_source(content: bytes) -> None:
    source = bytearray(content)
    with SecretBuffer.take(source) as secret:
        assert bytes(secret.view()) == content
        assert len(secret) == len(content)
    assert source == bytes(len(content))


def test_views_that_outlive_the_secret_show_zeros() -> None:
    secret = SecretBuffer.take(bytearray(b"payments"))
    view = secret.view()
    secret.wipe()
    secret.wipe()
    assert bytes(view) == bytes(8)
    with pytest.raises(ValueError, match="wiped"):
        secret.view()


def test_shortened_tail_is_overwritten() -> None:
    secret = SecretBuffer.take(bytearray(b"0123456789"))
    whole = secret.view()
    secret.shorten(4)
    assert bytes(secret.view()) == b"0123"
    assert bytes(whole) == b"0123" + bytes(6)
    with pytest.raises(ValueError, match="shorter"):
        secret.shorten(5)


def test_secrets_are_compared_only_by_content_in_constant_time() -> None:
    one, same, other = (SecretBuffer.take(bytearray(text)) for text in (b"abc", b"abc", b"abd"))
    assert one.same(same)
    assert not one.same(other)
    assert one.same(one.copy())
    with pytest.raises(TypeError):
        one == same  # noqa: B015 (the comparison is what must fail)
    with pytest.raises(TypeError):
        hash(one)


def test_secrets_are_neither_printed_nor_pickled() -> None:
    secret = SecretBuffer.take(bytearray(b"payments"))
    assert "payments" not in f"{secret!r} {secret}"
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(secret)


def test_pages_are_locked_left_out_of_dumps_and_not_inherited() -> None:
    with SecretBuffer.take(bytearray(b"x" * 100)) as secret:
        assert secret.locked
        flags = _flags(secret.address)
        assert {"dd", "wf", "lo"} <= flags  # MADV_DONTDUMP, MADV_WIPEONFORK, locked
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(write, bytes(secret.view()))
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(read, 200) == bytes(100)
        os.close(read)
        os.close(write)


def test_a_refused_lock_is_told_and_not_fatal() -> None:
    program = "from ceremony_app.strongroom.buffer import SecretBuffer; print(SecretBuffer(32).locked)"
    powerless = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []
    refused = [*powerless, "prlimit", "--memlock=0:0", sys.executable, "-c", program]
    assert subprocess.run(refused, capture_output=True, text=True, check=True).stdout == "False\n"


def test_wipe_in_place() -> None:
    content = bytearray(b"secret")
    wipe(memoryview(content)[2:])
    assert content == b"se\0\0\0\0"
    wipe(bytearray())


def _flags(address: int) -> set[str]:
    """VmFlags of the mapping that holds `address` (proc(5))."""
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if span := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            inside = int(span[1], 16) <= address < int(span[2], 16)
        elif inside and line.startswith("VmFlags:"):
            return set(line.split()[1:])
    raise AssertionError("no such mapping")
