"""Ways in which memory can reach a disk or another process: swap, hibernation, core dumps, shared memory, debuggers."""

from __future__ import annotations

from ceremony_app.machine.check import MachineCheck, measured, not_checked
from ceremony_app.machine.host import Host

SHARED = "/dev/shm"  # noqa: S108 (it is looked at, nothing is put there)
ENOUGH_LOCKED = 8 * 1024 * 1024
"""Bytes that a process should be allowed to keep in memory: what Linux grants unprivileged processes since 5.16."""


def swap(host: Host) -> MachineCheck:
    """Active swap areas (proc(5), swaps); swap in compressed memory counts too, since it may have a disk behind it."""
    table = host.text("proc/swaps")
    if table is None:
        return not_checked("swap", "Swap was not checked: the kernel shows no list of swap areas.")
    areas = [line.split()[0] for line in table.splitlines()[1:] if line.strip()]
    seen = ", ".join(areas) or "none"
    if areas:
        return measured("swap", seen, "block", "Swap was active: {seen}. Memory can be written there.")
    return measured("swap", seen, "pass", "No swap area was active.")


def hibernation(host: Host) -> MachineCheck:
    """Whether the kernel offers to write all memory to disk (sysfs power/state and power/disk). It writes to a swap area, and active
    swap blocks by itself, so this only warns."""
    states = host.text("sys/power/state")
    if states is None:
        return not_checked("hibernation", "Hibernation was not checked: the kernel shows no sleep states.")
    mode = host.text("sys/power/disk") or ""
    if "disk" in states.split() and "[disabled]" not in mode:
        return measured("hibernation", f"{states}; {mode}", "warn", "The kernel offers hibernation, which writes all memory to a disk.")
    return measured("hibernation", states or "none", "pass", "The kernel offered no hibernation.")


def core_pattern(host: Host) -> MachineCheck:
    """Where core dumps go (core(5)): a pipe hands them to a program whatever the size limit is."""
    pattern = host.text("proc/sys/kernel/core_pattern")
    if pattern is None:
        return not_checked("core-pattern", "Where core dumps go was not checked: the kernel does not say.")
    if pattern.startswith("|"):
        return measured("core-pattern", pattern, "block", "Core dumps were handed to a program: {seen}.")
    return measured("core-pattern", pattern, "pass", "Core dumps were not handed to a program.")


def core_limit(host: Host) -> MachineCheck:
    """The size to which this process may dump its memory (proc(5), limits)."""
    seen = _limit(host, "Max core file size")
    if seen is None:
        return not_checked("core-limit", "The limit of core dumps was not checked: the kernel does not say.")
    if seen != "0":
        return measured("core-limit", seen, "block", "This process may write a core dump (limit: {seen}).")
    return measured("core-limit", seen, "pass", "This process may not write a core dump.")


def memory_lock(host: Host) -> MachineCheck:
    """How much memory a process may keep from being swapped out (proc(5), limits), in bytes."""
    seen = _limit(host, "Max locked memory")
    if seen is None:
        return not_checked("memory-lock", "The limit of locked memory was not checked: the kernel does not say.")
    if seen.isdigit() and int(seen) < ENOUGH_LOCKED:
        return measured(
            "memory-lock", seen, "warn", "A process may lock only {seen} bytes of memory; {enough} are advised.", enough=ENOUGH_LOCKED
        )
    return measured("memory-lock", seen, "pass", "A process may lock enough memory (limit in bytes: {seen}).")


def _limit(host: Host, name: str) -> str | None:
    """The soft limit of this process: a number or `unlimited`."""
    fields = (host.row("proc/self/limits", name) or "").split()
    return fields[0] if fields else None


def shared_memory(host: Host) -> MachineCheck:
    """Whether /dev/shm, where the record token lies, is a file system in memory (proc(5), mounts; the last mount counts)."""
    table = host.text("proc/mounts")
    if table is None:
        return not_checked("shared-memory", "Shared memory was not checked: the kernel shows no list of mounts.")
    kinds = [fields[2] for fields in map(str.split, table.splitlines()) if len(fields) > 2 and fields[1] == SHARED]
    seen = kinds[-1] if kinds else "not mounted"
    if seen in ("tmpfs", "ramfs"):
        return measured("shared-memory", seen, "pass", "{folder} lay in memory ({seen}).", folder=SHARED)
    return measured("shared-memory", seen, "block", "{folder} did not lie in memory ({seen}).", folder=SHARED)


def debugger(host: Host) -> MachineCheck:
    """Whether a process traces this one (proc(5), status: TracerPid)."""
    seen = host.row("proc/self/status", "TracerPid:")
    if seen is None:
        return not_checked("debugger", "Debuggers were not checked: the kernel does not say.")
    if seen != "0":
        return measured("debugger", seen, "block", "Process {seen} was tracing this program.")
    return measured("debugger", seen, "pass", "No process was tracing this program.")


def ptrace_scope(host: Host) -> MachineCheck:
    """Whether processes of the same user may read each other's memory (Yama, kernel documentation LSM/Yama)."""
    if host.names("proc/sys/kernel") is None:
        return not_checked("ptrace-scope", "Access to other processes' memory was not checked: the kernel shows no settings.")
    seen = host.text("proc/sys/kernel/yama/ptrace_scope")
    if seen in (None, "0"):
        return measured("ptrace-scope", seen or "no Yama", "warn", "A process of the same user could read this program's memory ({seen}).")
    return measured("ptrace-scope", str(seen), "pass", "Reading the memory of other processes was restricted (ptrace_scope {seen}).")
