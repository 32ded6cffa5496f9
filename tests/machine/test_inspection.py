"""The checks of the machine: each verdict of each, on made-up machines, and once on this one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ceremony_app.errors import BadInput
from ceremony_app.machine import MachineCheck, inspect_machine
from ceremony_app.record.facts import CheckMade
from tests.machine.conftest import SOUND, MakeMachine

ROUTE = SOUND["proc/net/route"]
LIMITS = SOUND["proc/self/limits"]


def look(root: Path, name: str, *, rehearsal: bool = False) -> MachineCheck:
    return {check.check: check for check in inspect_machine(rehearsal=rehearsal, folders=(), root=root)}[name]


def without(start: str) -> dict[str, str | None]:
    """Leaves out every file below `start`."""
    return dict.fromkeys((name for name in SOUND if name.startswith(start)), None)


def test_a_sound_machine_passes_and_claims_no_more_than_was_seen(make_machine: MakeMachine, tmp_path: Path) -> None:
    checks = inspect_machine(rehearsal=False, folders=[tmp_path], root=make_machine({}))
    assert {check.check: check.verdict for check in checks if check.verdict != "pass"} == {"unseen-devices": "not checked"}
    said = [check.sentence.english for check in checks]
    assert re.fullmatch(
        r"No active network interface was visible to the operating system at \d\d:\d\d UTC \(present: eth0 down\)\.", said[0]
    )
    assert not re.search(r"air.?gap|guarantee|secure|safe", " ".join(said), re.IGNORECASE)
    assert len({check.check for check in checks}) == len(checks) == 17
    for check in checks:
        fact = CheckMade(check.check, check.seen, check.verdict, check.basis, check.sentence.english)
        assert fact.sentence.endswith(".")
        assert "\n" not in fact.sentence + fact.seen


@pytest.mark.parametrize(
    ("changes", "name", "verdict", "seen"),
    [
        ({"sys/class/net/eth0/operstate": "up"}, "network-interfaces", "block", "eth0 up"),
        ({"sys/class/net/eth0/carrier": "1"}, "network-interfaces", "block", "eth0 carrier"),
        ({"sys/class/net/eth0/carrier": "0"}, "network-interfaces", "pass", "eth0 down"),
        (without("sys/class/net/eth0"), "network-interfaces", "pass", "none"),
        (without("sys/class/net"), "network-interfaces", "not checked", ""),
        ({"proc/net/route": f"{ROUTE}\neth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0"}, "default-route", "block", "eth0 IPv4"),
        ({"proc/net/route": f"{ROUTE}\neth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0"}, "default-route", "pass", "none"),
        (
            {"proc/net/ipv6_route": f"{'0' * 32} 00 {'0' * 32} 00 fe80{'0' * 27}1 00000400 00000001 00000000 00000003 wlan0"},
            "default-route", "block", "wlan0 IPv6",
        ),
        ({"proc/net/ipv6_route": None}, "default-route", "pass", "none"),
        ({"proc/net/route": None}, "default-route", "not checked", ""),
        ({"sys/class/rfkill/rfkill0/name": "phy0", "sys/class/rfkill/rfkill0/soft": "0"}, "radios", "block", "phy0 on"),
        ({"sys/class/rfkill/rfkill0/name": "phy0", "sys/class/rfkill/rfkill0/soft": "1"}, "radios", "warn", "phy0 off by software"),
        (
            {"sys/class/rfkill/rfkill0/name": "phy0", "sys/class/rfkill/rfkill0/soft": "1", "sys/class/rfkill/rfkill0/hard": "1"},
            "radios", "pass", "phy0 off by hardware",
        ),
        ({"sys/class/bluetooth/hci0/type": "x"}, "radios", "block", "hci0 no switch"),
        (without("sys/class"), "radios", "not checked", ""),
        ({"proc/swaps": "Filename\tType\n/dev/zram0 partition 8 0 100\n/swap file 8 0 -2"}, "swap", "block", "/dev/zram0, /swap"),
        ({"proc/swaps": None}, "swap", "not checked", ""),
        ({"sys/power/state": "mem disk", "sys/power/disk": "[platform] reboot"}, "hibernation", "warn", "mem disk; [platform] reboot"),
        ({"sys/power/state": "freeze mem disk"}, "hibernation", "pass", "freeze mem disk"),
        ({"sys/power/state": None}, "hibernation", "not checked", ""),
        ({"proc/sys/kernel/core_pattern": "|/usr/share/apport/apport %p"}, "core-pattern", "block", "|/usr/share/apport/apport %p"),
        ({"proc/sys/kernel/core_pattern": None}, "core-pattern", "not checked", ""),
        ({"proc/self/limits": LIMITS.replace("0           ", "unlimited   ", 1)}, "core-limit", "block", "unlimited"),
        ({"proc/self/limits": None}, "core-limit", "not checked", ""),
        ({"proc/self/limits": LIMITS.replace("8388608", "65536")}, "memory-lock", "warn", "65536"),
        ({"proc/self/limits": LIMITS.replace("8388608", "unlimited")}, "memory-lock", "pass", "unlimited"),
        ({"proc/self/limits": None}, "memory-lock", "not checked", ""),
        ({"proc/mounts": "proc /proc proc rw 0 0"}, "shared-memory", "block", "not mounted"),
        ({"proc/mounts": "tmpfs /dev/shm tmpfs rw 0 0\n/dev/sda1 /dev/shm ext4 rw 0 0"}, "shared-memory", "block", "ext4"),
        ({"proc/mounts": None}, "shared-memory", "not checked", ""),
        ({"proc/self/status": "TracerPid:\t4711"}, "debugger", "block", "4711"),
        ({"proc/self/status": None}, "debugger", "not checked", ""),
        ({"proc/sys/kernel/yama/ptrace_scope": "0"}, "ptrace-scope", "warn", "0"),
        ({"proc/sys/kernel/yama/ptrace_scope": None}, "ptrace-scope", "warn", "no Yama"),
        (without("proc/sys"), "ptrace-scope", "not checked", ""),
        ({"etc/localtime": "TZif2\n\nCET-1CEST,M3.5.0,M10.5.0/3"}, "clock-zone", "block", "CET-1CEST,M3.5.0,M10.5.0/3"),
        ({"etc/localtime": "TZif\x01\x02" + "x" * 80}, "clock-zone", "block", "a rule that cannot be read"),
        ({"etc/localtime": None}, "clock-zone", "pass", "none set: UTC"),
        ({"etc/localtime": None, "etc/localtime/x": "a folder, which cannot be read"}, "clock-zone", "not checked", ""),
        ({"proc/77/comm": "systemd-timesyn"}, "clock-setters", "warn", "systemd-timesyn"),
        (without("proc/1/"), "clock-setters", "not checked", ""),
        ({"proc/sys/kernel/random/entropy_avail": "31"}, "kernel-random", "block", "31"),
        (
            {"proc/sys/kernel/random/entropy_avail": "31", "proc/sys/kernel/random/poolsize": "4096"}, "kernel-random", "warn", "31",
        ),
        ({"proc/sys/kernel/random/entropy_avail": None}, "kernel-random", "not checked", ""),
    ],
)  # fmt: skip
def test_each_verdict(make_machine: MakeMachine, changes: dict[str, str | None], name: str, verdict: str, seen: str) -> None:
    root = make_machine(changes)
    check = look(root, name)
    assert (check.verdict, check.seen) == (verdict, seen)
    assert check.basis == ("not checked" if verdict == "not checked" else "measured")
    rehearsed = look(root, name, rehearsal=True)
    assert rehearsed.verdict == ("warn" if verdict == "block" else verdict)
    assert rehearsed.sentence.args["clock"] if "clock" in check.sentence.args else rehearsed.sentence == check.sentence


@pytest.mark.parametrize(("zone", "verdict"), [("Europe/Oslo", "block"), ("UTC", "pass"), (":Etc/UTC", "pass")])
def test_the_zone_of_the_environment_comes_first(
    make_machine: MakeMachine, monkeypatch: pytest.MonkeyPatch, zone: str, verdict: str
) -> None:
    root = make_machine({})
    monkeypatch.setenv("TZ", zone)
    assert look(root, "clock-zone").verdict == verdict


def test_a_folder_that_is_missing_or_no_folder_blocks(make_machine: MakeMachine, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    checks = inspect_machine(rehearsal=False, folders=[tmp_path / "none", file], root=make_machine({}))
    found = {check.check: (check.verdict, check.seen) for check in checks}
    assert found["free-room-1"] == found["write-and-read-1"] == ("block", "no such file or directory")
    assert found["write-and-read-2"] == ("block", "not a directory")
    assert list(tmp_path.glob(".preflight-*")) == []


def test_a_folder_without_room_blocks(make_machine: MakeMachine) -> None:
    found = {check.check: check for check in inspect_machine(rehearsal=False, folders=[Path("/proc")], root=make_machine({}))}
    assert (found["free-room-1"].verdict, found["free-room-1"].seen) == ("block", "0 MB")
    assert found["write-and-read-1"].verdict == "block"


def test_a_write_that_stops_half_way_blocks(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from ceremony_app.machine import inspect_machine\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40000, 40000))\n"
        "checks = {check.check: check for check in inspect_machine(rehearsal=False, folders=[Path(sys.argv[1])])}\n"
        "print(checks['write-and-read-1'].verdict, checks['write-and-read-1'].seen)\n"
    )
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True).stdout
    assert out == "block file too large\n"
    assert list(tmp_path.iterdir()) == []


def test_no_other_root_outside_tests(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ceremony_app.errors import BadInput; from ceremony_app.machine import inspect_machine\n"
        "try:\n    inspect_machine(rehearsal=True, folders=(), root=Path(sys.argv[1]))\n"
        "except BadInput as error:\n    print(error.code)\n"
    )
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True).stdout
    assert out == "machine-foreign-root\n"
    assert BadInput.exit_status == 2


def test_another_system_says_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    checks = inspect_machine(rehearsal=False, folders=())
    assert [(check.check, check.verdict, check.basis) for check in checks] == [("machine", "not checked", "not checked")]


def test_this_machine_can_be_inspected(tmp_path: Path) -> None:
    checks = inspect_machine(rehearsal=True, folders=[tmp_path])
    assert all(check.verdict != "block" for check in checks)
    assert {check.check: check.verdict for check in checks}["write-and-read-1"] == "pass"
    assert list(tmp_path.iterdir()) == []
