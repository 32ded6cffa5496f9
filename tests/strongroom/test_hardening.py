"""What the process does for its own memory, looked at from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ceremony_app.settings import practice_module
from ceremony_app.strongroom.client import Strongroom
from ceremony_app.strongroom.protocol import ForgetSecrets, Prepare
from tests.strongroom.starter import Starter

POWERLESS = ("setpriv", "--inh-caps=-all", "--bounding-set=-all") if os.geteuid() == 0 else ()
LOOK = """
import subprocess, sys
from ceremony_app.strongroom.client import Strongroom
from ceremony_app.strongroom.protocol import Prepare
started = Strongroom.start("")
print(started.call(Prepare()).protections.memory_locked)
plain = subprocess.Popen([sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"], stdin=-1, stdout=-1)
plain.stdout.readline()
for pid in (plain.pid, started.pid):
    for name in ("mem", "environ"):
        try:
            open(f"/proc/{pid}/{name}", "rb").close()
            print(name, "open")
        except PermissionError:
            print(name, "closed")
plain.stdin.close()
"""


@pytest.fixture
def started(strongroom: Starter) -> Strongroom:
    return strongroom(module="", storage="", token="", prepare=False)


def test_protections_are_told_and_true(started: Strongroom) -> None:
    told = started.call(Prepare()).protections
    assert (told.dumpable, told.core_limit, told.memory_locked) == (False, 0, "all")
    limits = Path(f"/proc/{started.pid}/limits").read_text()
    assert next(line for line in limits.splitlines() if line.startswith("Max core")).split()[4:6] == ["0", "0"]
    status = dict(line.split(":", 1) for line in Path(f"/proc/{started.pid}/status").read_text().splitlines())
    assert int(status["VmLck"].split()[0]) > 1000
    assert int(status["SigIgn"], 16) & 1 << 1  # SIGINT
    assert Path(f"/proc/{started.pid}/mem").stat().st_uid == 0


def test_memory_is_closed_even_to_the_same_user() -> None:
    """A user without capabilities sees into an ordinary process of his own, and not into this one."""
    seen = subprocess.run([*POWERLESS, sys.executable, "-c", LOOK], capture_output=True, text=True, check=True).stdout.split("\n")
    assert seen[0] in ("buffers", "all")
    assert seen[1:5] == ["mem open", "environ open", "mem closed", "environ closed"]


def test_what_could_be_locked_is_told() -> None:
    program = "from ceremony_app.strongroom.hardening import lock_memory; print(lock_memory())"
    refused = [*POWERLESS, "prlimit", "--memlock=0:0", sys.executable, "-c", program]
    assert subprocess.run(refused, capture_output=True, text=True, check=True).stdout == "none\n"
    program += "; import cryptography.hazmat.bindings._rust; print(len(bytearray(9 << 20)))"
    refused = [*POWERLESS, "prlimit", f"--memlock={1 << 20}:{1 << 20}", sys.executable, "-c", program]
    assert subprocess.run(refused, capture_output=True, text=True, check=True).stdout == f"buffers\n{9 << 20}\n"


def test_argv_and_environment_hold_nothing_of_the_desk(monkeypatch: pytest.MonkeyPatch, strongroom: Starter) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "zebra")
    monkeypatch.setenv("LD_PRELOAD", "")
    monkeypatch.delenv("SOFTHSM2_CONF", raising=False)
    started = strongroom()
    argv = Path(f"/proc/{started.pid}/cmdline").read_bytes().split(b"\0")
    assert argv[1:] == [b"-I", b"-m", b"ceremony_app.strongroom", practice_module().encode(), b""]
    environment = Path(f"/proc/{started.pid}/environ").read_bytes()
    assert {row.split(b"=")[0] for row in environment.split(b"\0") if row} == {b"PATH", b"LANG", b"TZ"}


def test_the_machines_softhsm_configuration_is_passed_when_the_desk_has_one(monkeypatch: pytest.MonkeyPatch, strongroom: Starter) -> None:
    monkeypatch.setenv("SOFTHSM2_CONF", "/etc/softhsm/other.conf")
    started = strongroom(module="", storage="", token="")
    assert b"SOFTHSM2_CONF=/etc/softhsm/other.conf" in Path(f"/proc/{started.pid}/environ").read_bytes()


def test_a_deposit_is_once_in_the_strongroom_and_not_at_the_desk(started: Strongroom) -> None:
    masked = os.urandom(32)
    secret = bytearray(byte ^ 0x55 for byte in masked)
    started.deposit("card", secret)
    started.call(ForgetSecrets())
    assert _copies(started.pid, masked) == 1
    assert _copies(os.getpid(), masked) == 0


def test_interrupts_do_not_end_it(started: Strongroom) -> None:
    started.call(ForgetSecrets())
    os.kill(started.pid, 2)
    assert started.call(ForgetSecrets()) is not None


def _copies(pid: int, masked: bytes) -> int:
    """How often the unmasked text lies in a process's memory; the text itself is never put together here."""
    first, count = masked[0] ^ 0x55, 0
    wanted = [byte ^ 0x55 for byte in masked]
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, flags = line.split()[:2]
            if "r" not in flags or "[v" in line:
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            memory.seek(start)
            try:
                page = memory.read(end - start)
            except OSError:
                continue
            at = page.find(bytes((first, wanted[1], wanted[2], wanted[3])))
            while at >= 0:
                count += all(page[at + place : at + place + 1] == bytes((byte,)) for place, byte in enumerate(wanted))
                at = page.find(bytes((first, wanted[1], wanted[2], wanted[3])), at + 1)
    return count
