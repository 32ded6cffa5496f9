"""Whether the kernel's random generator says of itself that it is ready (random(4)). Its quality cannot be measured here."""

from __future__ import annotations

from ceremony_app.machine.check import MachineCheck, measured, not_checked
from ceremony_app.machine.host import Host

_FULL = 256
"""Bits at which Linux 5.18 and later calls its generator ready; older kernels have larger pools, of which this much is enough."""


def kernel_random(host: Host) -> MachineCheck:
    """Bits of entropy that the kernel counts."""
    seen = host.text("proc/sys/kernel/random/entropy_avail") or ""
    if not seen.isdigit():
        return not_checked("kernel-random", "The kernel's random generator was not checked: the kernel does not say.")
    if int(seen) >= _FULL:
        return measured("kernel-random", seen, "pass", "The kernel's random generator said that it is ready ({seen} bits).")
    if host.text("proc/sys/kernel/random/poolsize") == str(_FULL):
        return measured("kernel-random", seen, "block", "The kernel's random generator said that it is not ready ({seen} bits).")
    return measured("kernel-random", seen, "warn", "The kernel's random generator counted only {seen} bits.")
