"""All checks of the machine in one pass (`ceremony preflight`, and the first step of every ceremony)."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ceremony_app.machine import clock, memory, network, randomness, storage
from ceremony_app.machine.check import MachineCheck, not_checked
from ceremony_app.machine.host import Host


def inspect_machine(*, rehearsal: bool, folders: Sequence[Path], root: Path = Path("/")) -> list[MachineCheck]:
    """Look at the machine once; nothing is changed but for a file that is written to each of `folders` and removed again.

    What blocks a production ceremony is a warning in a rehearsal. On systems other than Linux the one check says `not checked`. Raises
    `BadInput` for a `root` other than `/` outside tests.
    """
    host = Host(root)
    if sys.platform != "linux":
        return [not_checked("machine", "The machine was not checked: this program knows only how to inspect Linux.")]
    checks = [*_system(host), *_folders(folders), _unseen()]
    return [_softened(check) for check in checks] if rehearsal else checks


def _system(host: Host) -> list[MachineCheck]:
    now = datetime.datetime.now(datetime.UTC).strftime("%H:%M UTC")
    return [
        network.network_interfaces(host, now),
        network.default_route(host, now),
        network.radios(host, now),
        memory.swap(host),
        memory.hibernation(host),
        memory.core_pattern(host),
        memory.core_limit(host),
        memory.memory_lock(host),
        memory.shared_memory(host),
        memory.debugger(host),
        memory.ptrace_scope(host),
        clock.clock_zone(host),
        clock.clock_setters(host),
        randomness.kernel_random(host),
    ]


def _folders(folders: Sequence[Path]) -> list[MachineCheck]:
    return [check(folder, number) for number, folder in enumerate(folders, 1) for check in (storage.free_room, storage.write_and_read)]


def _unseen() -> MachineCheck:
    """The check that no program can make, said each time so that a list of passes does not look complete."""
    return not_checked(
        "unseen-devices",
        "Devices that the operating system does not show were not checked: people look at ports, cables, docks, telephones and cameras.",
    )


def _softened(check: MachineCheck) -> MachineCheck:
    return msgspec.structs.replace(check, verdict="warn") if check.verdict == "block" else check
