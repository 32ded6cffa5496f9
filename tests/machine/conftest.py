"""A made-up machine: files below a root, in which nothing is amiss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

SOUND = {
    "sys/class/net/lo/type": "772",
    "sys/class/net/lo/operstate": "unknown",
    "sys/class/net/lo/carrier": "1",
    "sys/class/net/eth0/type": "1",
    "sys/class/net/eth0/operstate": "down",
    "proc/net/route": "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT",
    "proc/net/ipv6_route": f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} ffffffff 00000001 00000000 00200200       lo",
    "proc/swaps": "Filename\tType\tSize\tUsed\tPriority",
    "proc/mounts": "proc /proc proc rw 0 0\ntmpfs /dev/shm tmpfs rw,nosuid 0 0",
    "proc/self/limits": (
        "Limit                     Soft Limit           Hard Limit           Units\n"
        "Max core file size        0                    unlimited            bytes\n"
        "Max locked memory         8388608              8388608              bytes"
    ),
    "proc/self/status": "Name:\tpython\nTracerPid:\t0",
    "proc/1/comm": "init",
    "proc/sys/kernel/core_pattern": "core",
    "proc/sys/kernel/yama/ptrace_scope": "1",
    "proc/sys/kernel/random/entropy_avail": "256",
    "proc/sys/kernel/random/poolsize": "256",
    "sys/power/state": "freeze mem",
    "sys/power/disk": "[disabled]",
    "etc/localtime": "TZif2\n\nUTC0",
}

MakeMachine = Callable[[Mapping[str, str | None]], Path]


@pytest.fixture
def make_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeMachine:
    """Lay out the sound machine with changes: a text replaces or adds a file, None leaves it out."""
    monkeypatch.delenv("TZ", raising=False)
    root = tmp_path / "machine"

    def make(changes: Mapping[str, str | None]) -> Path:
        for name, text in {**SOUND, **changes}.items():
            if text is not None:
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text + "\n", encoding="utf-8")
        return root

    return make
