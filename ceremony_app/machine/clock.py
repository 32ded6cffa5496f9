"""The zone of the clock, and whether something may set the clock during the ceremony. Whether the time is right only a person can say."""

from __future__ import annotations

import os

from ceremony_app.machine.check import MachineCheck, measured, not_checked
from ceremony_app.machine.host import Host

_UTC_RULES = ("UTC0", "GMT0", "UCT0", "<UTC>0")
_UTC_NAMES = ("UTC", "Etc/UTC", "UTC0", "GMT", "Etc/GMT", "Zulu", "Etc/Zulu", "UCT", "Etc/UCT", "Universal", "Etc/Universal")
_SETTERS = ("chronyd", "ntpd", "ntpsec", "openntpd", "systemd-timesyn", "ptp4l", "phc2sys", "VBoxService", "vmtoolsd")
"""Programs that set the clock, as the kernel shortens their names (proc(5), PID/comm: 15 characters)."""


def clock_zone(host: Host) -> MachineCheck:
    """The zone in force: `TZ`, else /etc/localtime (its last line is the rule, RFC 9636 section 3.3); with neither it is UTC (tzset(3))."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if named:
        return _zone(f"TZ={named}", named in _UTC_NAMES)
    path = host.path("etc/localtime")
    try:
        rule = path.read_bytes().rstrip(b"\n").rpartition(b"\n")[2].decode("ascii", errors="replace")
    except FileNotFoundError:
        return _zone("none set: UTC", True)
    except OSError:
        return not_checked("clock-zone", "The zone of the clock was not checked: {path} cannot be read.", path=str(path))
    return _zone(rule if rule.isprintable() and len(rule) <= 60 else "a rule that cannot be read", rule in _UTC_RULES)


def _zone(seen: str, is_utc: bool) -> MachineCheck:
    if is_utc:
        return measured("clock-zone", seen, "pass", "The zone of the machine's clock was UTC.")
    return measured("clock-zone", seen, "block", "The zone of the machine's clock was not UTC ({seen}).")


def clock_setters(host: Host) -> MachineCheck:
    """Running programs that set clocks. A clock that is set during the ceremony jumps, and the record's times with it."""
    pids = [name for name in host.names("proc") or [] if name.isdigit()]
    if not pids:
        return not_checked("clock-setters", "Programs that set the clock were not checked: the kernel shows no list of processes.")
    running = sorted({name for name in (host.text(f"proc/{pid}/comm") for pid in pids) if name in _SETTERS})
    seen = ", ".join(running) or "none"
    if running:
        return measured("clock-setters", seen, "warn", "Programs that set the clock were running: {seen}.")
    return measured("clock-setters", seen, "pass", "No known program that sets the clock was running.")
