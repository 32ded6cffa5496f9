"""One look at the machine: what was seen, what it means for the ceremony, and how it is known."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ceremony_app.text import Message, say

Verdict = Literal["pass", "warn", "block", "not checked"]
Basis = Literal["measured", "seen", "not checked"]


class MachineCheck(msgspec.Struct, frozen=True):
    """One check. `seen` is the raw value in short, `sentence` says what was seen and no more. The words are those of the fact
    `CheckMade`: `basis` is `measured` by software, `seen` by a person, or `not checked`."""

    check: str
    seen: str
    verdict: Verdict
    basis: Basis
    sentence: Message


def measured(check: str, seen: str, verdict: Verdict, template: str, **args: Any) -> MachineCheck:
    """A check that software made; the template may use `{seen}`."""
    return MachineCheck(check, seen, verdict, "measured", say(template, seen=seen, **args))


def not_checked(check: str, template: str, **args: Any) -> MachineCheck:
    """A check that could not be made; the sentence says why."""
    return MachineCheck(check, "", "not checked", "not checked", say(template, **args))
