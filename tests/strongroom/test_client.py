"""The process at the other end: refusals, deaths, deadlines, and what it may not disturb."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ceremony_app.errors import BadInput, CeremonyError
from ceremony_app.keys import Algorithm, Purpose
from ceremony_app.strongroom import protocol
from ceremony_app.strongroom.client import Strongroom, StrongroomGone, StrongroomRefused, StrongroomUnfit, reply_type
from ceremony_app.strongroom.protocol import (
    Done,
    ForgetSecrets,
    GenerateKey,
    KeepWitnessCode,
    ListObjects,
    OpenGate,
    Prepare,
    Request,
    WipeStorage,
)
from tests.strongroom.starter import Starter

PATCHED = """
import os, runpy, sys, time
from ceremony_app.strongroom import handlers, protocol
def answer(room, request):
    {body}
    return protocol.Done()
handlers.HANDLERS[protocol.{request}] = answer
sys.argv = ["strongroom", "-"]
runpy.run_module("ceremony_app.strongroom", run_name="__main__")
"""


class Hurried(Request[Done], tag="ForgetSecrets"):
    """A request with little patience."""

    deadline = 0.4


def raw(program: str) -> Strongroom:
    """A process that speaks on the wire what the test wants."""
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    return Strongroom(subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, stderr=nowhere, bufsize=0))


def patched(request: str, body: str) -> Strongroom:
    """The real process with one handler replaced."""
    return raw(PATCHED.format(request=request, body=body))


def test_refusal_carries_the_strongrooms_words(strongroom: Starter) -> None:
    started = strongroom(token="")
    with pytest.raises(StrongroomUnfit) as caught:
        started.call(ListObjects())
    error: CeremonyError = caught.value
    assert (error.code, error.exit_status) == ("token-closed", 3)
    assert "Open the token" in error.diagnostics()
    with pytest.raises(StrongroomRefused) as refused:
        started.call(Prepare())
    assert (refused.value.code, refused.value.exit_status) == ("prepared-already", 1)
    assert started.alive


@pytest.mark.parametrize(
    ("module", "code"),
    [("/nowhere/libtoken.so", "module-missing"), ("{text}", "module-unusable"), ("/lib/x86_64-linux-gnu/libc.so.6", "module-unusable")],
)
def test_wrong_modules_are_refused(strongroom: Starter, tmp_path: Path, module: str, code: str) -> None:
    text = tmp_path / "text.so"
    text.write_text("not a library")
    started = strongroom(module=module.format(text=text), prepare=False)
    with pytest.raises(StrongroomUnfit) as caught:
        started.call(Prepare())
    assert caught.value.code == code
    assert "invalid ELF" not in str(caught.value)


def test_without_a_module_it_works_for_people(strongroom: Starter) -> None:
    started = strongroom(module="", storage="", token="")
    with pytest.raises(StrongroomUnfit, match="module-missing"):
        started.call(protocol.FindToken(label=""))
    assert started.call(ForgetSecrets()) == Done()


def test_close_ends_the_process_and_the_next_call_says_so(strongroom: Starter) -> None:
    started = strongroom()
    started.close()
    assert not started.alive
    with pytest.raises(StrongroomGone, match="strongroom-died"):
        started.call(ListObjects())


def test_a_killed_process_is_noticed_at_once(strongroom: Starter) -> None:
    started = strongroom()
    os.kill(started.pid, 9)
    begun = time.monotonic()
    with pytest.raises(StrongroomGone, match="strongroom-died"):
        started.call(ListObjects())
    with pytest.raises(StrongroomGone, match="strongroom-died"):
        started.deposit("card", bytearray(b"words"))
    assert time.monotonic() - begun < 2


def test_death_in_the_middle_of_a_request() -> None:
    started = patched("ForgetSecrets", "os._exit(7)")
    with pytest.raises(StrongroomGone, match="strongroom-died"):
        started.call(ForgetSecrets())


def test_a_request_past_its_deadline_ends_the_process() -> None:
    started = patched("ForgetSecrets", "time.sleep(60)")
    begun = time.monotonic()
    with pytest.raises(StrongroomGone, match="strongroom-late"):
        started.call(Hurried())
    assert time.monotonic() - begun < 5
    assert not started.alive


@pytest.mark.parametrize("answer", [b"hello\n", b"{}\n", b'{"reply":{"unknown":1}}\n', b"\xff\xfe\n", b'{"reply":'])
def test_garbage_on_the_wire_ends_the_process(answer: bytes) -> None:
    started = raw(f"import os, sys; sys.stdin.readline(); os.write(1, {answer!r})")
    with pytest.raises(StrongroomGone, match="strongroom-died"):
        started.call(ForgetSecrets())
    assert not started.alive


def test_a_library_that_prints_and_reads_does_not_disturb_the_wire() -> None:
    started = patched("ForgetSecrets", "print('hello', flush=True); os.write(1, b'garbage\\n'); assert os.read(0, 9) == b''")
    assert started.call(ForgetSecrets()) == Done()
    assert started.call(ForgetSecrets()) == Done()
    started.close()


def test_what_goes_wrong_inside_is_told_without_its_words() -> None:
    started = patched("ForgetSecrets", "raise ValueError('zebra abandon ability')")
    with pytest.raises(StrongroomRefused) as caught:
        started.call(ForgetSecrets())
    assert caught.value.code == "strongroom-fault"
    assert caught.value.detail.startswith("ValueError at service.py:")
    assert "zebra" not in f"{caught.value} {caught.value.detail}"
    started.close()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"type":"Nothing"}\n', "request-unknown"),
        (b'{"type":"FindToken","label":"zebra","pin":1}\n', "request-unknown"),
        (b"zebra\n", "request-malformed"),
    ],
)
def test_unknown_requests_are_answered(strongroom: Starter, line: bytes, code: str) -> None:
    started = strongroom(module="", storage="", token="")
    os.write(started._out, line)
    answer = started._line(time.monotonic() + 5)
    assert code.encode() in answer
    assert b"zebra" not in answer


def test_deposit_is_wiped_here_whatever_happens(strongroom: Starter) -> None:
    started = strongroom(module="", storage="", token="")
    secret = bytearray(b"abandon ability able")
    started.deposit("card", secret)
    assert secret == bytes(20)
    with pytest.raises(BadInput, match="entry-length"):
        started.deposit("card", bytearray())
    assert started.alive
    started.kill()
    again = bytearray(b"abandon")
    with pytest.raises(StrongroomGone):
        started.deposit("card", again)
    assert again == bytes(7)


def test_a_deposit_that_its_request_did_not_take_is_dropped(strongroom: Starter) -> None:
    started = strongroom(module="", storage="", token="", practice="practice")
    for code in ("pin-half-mistyped", "deposit-missing"):
        if code == "pin-half-mistyped":
            started.deposit("pin-half", bytearray(b"WRONG"))
        with pytest.raises(StrongroomRefused) as caught:
            started.call(protocol.ProvePinHalf(role="user", half="A"))
        assert caught.value.code == code


def test_files_are_deposits_only_in_rehearsals(strongroom: Starter, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"abandon")
    production = strongroom(module="", storage="", token="")
    with pytest.raises(StrongroomRefused, match="rehearsal-only"):
        production.call(protocol.DepositFile(name="card", path=str(file)))
    rehearsal = strongroom(module="", storage="", token="", practice="practice")
    assert rehearsal.call(protocol.DepositFile(name="card", path=str(file))) == Done()
    link, pipe, large = (tmp_path / name for name in ("link", "pipe", "large"))
    link.symlink_to(file)
    os.mkfifo(pipe)
    with large.open("wb") as sparse:
        sparse.truncate(8 * 1024 * 1024 + 1)
    for bad in (tmp_path, tmp_path / "missing", link, pipe, large, Path("/dev/zero")):
        with pytest.raises(StrongroomRefused, match="deposit-unreadable"):
            rehearsal.call(protocol.DepositFile(name="card", path=str(bad)))


def test_kill_from_another_thread_ends_a_call_that_hangs() -> None:
    started = patched("ForgetSecrets", "time.sleep(60)")
    threading.Timer(0.5, started.kill).start()
    begun = time.monotonic()
    with pytest.raises(StrongroomGone, match="strongroom-died"):
        started.call(ForgetSecrets())
    assert time.monotonic() - begun < 5


def test_kill_waits_for_a_write_to_the_token() -> None:
    started = patched("WipeStorage", "time.sleep(1); return protocol.StorageWiped(files=1, overwritten=1, left=0)")
    killer = threading.Timer(0.5, started.kill)
    killer.start()
    assert started.call(WipeStorage()).files == 1
    killer.join()
    assert not started.alive


def test_it_works_from_a_worker_thread(strongroom: Starter) -> None:
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(strongroom().call(ListObjects())))
    thread.start()
    thread.join()
    assert results == [protocol.ObjectsListed(objects=(), remnants=())]


def test_an_orphan_keeps_the_records_lock(strongroom: Starter, tmp_path: Path) -> None:
    path = tmp_path / "record.log"
    mine = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(mine, fcntl.LOCK_EX)
    started = strongroom(module="", storage="", token="", inherit=(mine,))
    os.close(mine)
    other = os.open(path, os.O_RDWR)
    with pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    started.kill()
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)


def test_reply_types_come_from_the_classes() -> None:
    assert reply_type(ListObjects) is protocol.ObjectsListed
    assert reply_type(Hurried) is Done


def test_a_module_beside_the_caller_is_not_imported(strongroom: Starter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('a foreign file ran inside the strongroom')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert strongroom(module="", storage="", token="").call(ForgetSecrets()) == Done()


def test_an_interrupted_call_leaves_no_answer_for_the_next(strongroom: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stale "done" would open a gate for a wrong code."""
    started = strongroom(token="")
    started.deposit("witness-code", bytearray(b"the right code"))
    started.call(KeepWitnessCode(witness="W"))

    def interrupted(until: float) -> bytes:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(started, "_line", interrupted)
    started.deposit("witness-code", bytearray(b"the right code"))
    with pytest.raises(KeyboardInterrupt):
        started.call(OpenGate(witness="W"))
    assert not started.alive
    with pytest.raises(StrongroomGone):
        started.deposit("witness-code", bytearray(b"a wrong code"))


def test_an_interrupted_write_is_given_its_time(strongroom: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    """No half-written object is left in the token because somebody pressed a key."""
    started = strongroom()
    cka_id = "ab" * 16
    whole = started._line

    def interrupted(until: float) -> bytes:
        monkeypatch.setattr(started, "_line", whole)
        raise KeyboardInterrupt

    monkeypatch.setattr(started, "_line", interrupted)
    request = GenerateKey(label="k", cka_id=cka_id, algorithm=Algorithm.RSA_2048, purpose=Purpose.SIGN, extractable=False)
    with pytest.raises(KeyboardInterrupt):
        started.call(request)
    objects = [path for path in strongroom.directory.rglob("*.object") if path.name != "token.object"]
    assert len(objects) == 2
    assert all(path.stat().st_size > 100 for path in objects)


def test_dice_that_were_not_mixed_in_do_not_wait_for_the_next_set(strongroom: Starter) -> None:
    started = strongroom()
    started.deposit("dice", bytearray(b"1"))
    impossible = protocol.MakeShareSet(group="payments", set_id="20260042", threshold=3, count=2)
    with pytest.raises(StrongroomRefused, match="share-set-unusable"):
        started.call(impossible)
    # These rolls are too few: had they stayed, this would be refused.
    assert started.call(protocol.MakeShareSet(group="payments", set_id="20260042", threshold=2, count=3)).count == 3


def test_an_interrupted_deposit_ends_the_process(strongroom: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent next would be taken for the rest of the secret."""
    started = strongroom(module="", storage="", token="")
    whole = started._send
    sent: list[int] = []

    def interrupted(data: memoryview, until: float) -> None:
        if sent:
            raise KeyboardInterrupt
        sent.append(len(data))
        whole(data, until)

    monkeypatch.setattr(started, "_send", interrupted)
    secret = bytearray(b"abandon")
    with pytest.raises(KeyboardInterrupt):
        started.deposit("card", secret)
    assert secret == bytes(7)
    assert not started.alive
