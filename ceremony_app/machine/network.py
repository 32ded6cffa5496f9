"""Network interfaces, routes out of the machine, and radios (sysfs class net and rfkill; proc(5) net/route, net/ipv6_route)."""

from __future__ import annotations

from ceremony_app.machine.check import MachineCheck, measured, not_checked
from ceremony_app.machine.host import Host

_LOOPBACK = "772"  # ARPHRD_LOOPBACK
_REJECT = 0x0200  # RTF_REJECT: a route that only refuses
_RADIO_CLASSES = ("ieee80211", "bluetooth", "wwan")


def network_interfaces(host: Host, clock: str) -> MachineCheck:
    """Every interface but the loopback: state and carrier."""
    names = host.names("sys/class/net")
    if names is None:
        return not_checked("network-interfaces", "Network interfaces were not checked: the kernel shows no list of them.")
    others = [name for name in names if host.text(f"sys/class/net/{name}/type") != _LOOPBACK]
    seen = ", ".join(f"{name} {_link(host, name)}" for name in others) or "none"
    active = [name for name in others if _link(host, name) != "down"]
    if active:
        return measured(
            "network-interfaces", seen, "block", "Active network interfaces were visible to the operating system at {clock}: {active}.",
            active=", ".join(active), clock=clock,
        )  # fmt: skip
    return measured(
        "network-interfaces", seen, "pass", "No active network interface was visible to the operating system at {clock} (present: {seen}).",
        clock=clock,
    )  # fmt: skip


def _link(host: Host, name: str) -> str:
    """`up`, `carrier` (a cable or a peer, though the state is not up) or `down`."""
    folder = f"sys/class/net/{name}"
    if host.text(f"{folder}/operstate") == "up":
        return "up"
    return "carrier" if host.text(f"{folder}/carrier") == "1" else "down"


def default_route(host: Host, clock: str) -> MachineCheck:
    """A route to everywhere, IPv4 or IPv6."""
    four, six = host.text("proc/net/route"), host.text("proc/net/ipv6_route")
    if four is None:
        return not_checked("default-route", "Routes were not checked: the kernel shows no list of them.")
    found = _routes_four(four) + _routes_six(six or "")
    seen = ", ".join(found) or "none"
    if found:
        return measured("default-route", seen, "block", "A default route was set at {clock}: {seen}.", clock=clock)
    return measured("default-route", seen, "pass", "No default route was set at {clock}.", clock=clock)


def _routes_four(table: str) -> list[str]:
    rows = [line.split() for line in table.splitlines()[1:]]
    return [f"{row[0]} IPv4" for row in rows if len(row) > 7 and row[1] == row[7] == "00000000" and not int(row[3], 16) & _REJECT]


def _routes_six(table: str) -> list[str]:
    rows = [line.split() for line in table.splitlines()]
    return [
        f"{row[9]} IPv6" for row in rows
        if len(row) > 9 and row[9] != "lo" and row[1] == "00" and set(row[0]) == {"0"} and not int(row[8], 16) & _REJECT
    ]  # fmt: skip


def radios(host: Host, clock: str) -> MachineCheck:
    """Radios with their switches. A switch in software can be turned by software, so it only warns; a radio without a switch blocks."""
    if host.names("sys/class") is None:
        return not_checked("radios", "Radios were not checked: the kernel shows no list of devices.")
    states = {host.text(f"sys/class/rfkill/{name}/name") or name: _switch(host, name) for name in host.names("sys/class/rfkill") or []}
    for kind in _RADIO_CLASSES:
        for name in host.names(f"sys/class/{kind}") or []:
            states.setdefault(name, "no switch")
    seen = ", ".join(f"{name} {state}" for name, state in sorted(states.items())) or "none"
    if not states:
        return measured("radios", seen, "pass", "No radio was visible to the operating system at {clock}.", clock=clock)
    if set(states.values()) & {"on", "no switch"}:
        return measured("radios", seen, "block", "Radios were visible at {clock} that are not switched off: {seen}.", clock=clock)
    if "off by software" in states.values():
        return measured(
            "radios", seen, "warn", "Radios were switched off at {clock}, but software can switch them on: {seen}.", clock=clock
        )
    return measured("radios", seen, "pass", "All visible radios were switched off by hardware at {clock}: {seen}.", clock=clock)


def _switch(host: Host, name: str) -> str:
    if host.text(f"sys/class/rfkill/{name}/hard") == "1":
        return "off by hardware"
    return "off by software" if host.text(f"sys/class/rfkill/{name}/soft") == "1" else "on"
