"""Each control and what stands behind it: enforced by software, promised by people, or not covered."""

from __future__ import annotations

from ceremony_app.papers.book import Book
from ceremony_app.papers.minutes.machine import PROCESSES
from ceremony_app.papers.phrase import count
from ceremony_app.record.facts import (
    CardIssued,
    GateOpened,
    HeadRead,
    PackageWritten,
    PinHalfProved,
    ProcessStarted,
    RecipientAccepted,
    RecoveryRehearsed,
)
from ceremony_app.typeset.document import Block, Fact, Facts, Heading


def controls(book: Book) -> list[Block]:
    """Three lists. A control that this ceremony did not reach says so instead of claiming anything."""
    return [
        Heading("Enforced by software", 2),
        Facts([Fact(name, text or "not reached in this ceremony") for name, text in _enforced(book)]),
        Heading("Promised by people", 2),
        Facts([Fact(name, text) for name, text in _promised(book)]),
        Heading("Not covered", 2),
        Facts([Fact(name, text) for name, text in _not_covered(book)]),
    ]


def _enforced(book: Book) -> list[tuple[str, str]]:
    history, plan = book.state.history, book.state.course.plan
    gates, read = len(history.of(GateOpened)), len(history.of(HeadRead))
    halves = len(history.of(PinHalfProved))
    made = sum(key.made is not None for key in book.state.keys.by_label.values())
    rehearsed = len({fact.set_id for _, fact in history.of(RecoveryRehearsed)})
    recipients, packages = len(history.of(RecipientAccepted)), history.of(PackageWritten)
    tried = sum(fact.twin_opened for _, fact in packages)
    return [
        ("Record", "each fact was chained, written and synced before it was shown"),
        ("Roles and quorums", f"{count(len(plan.findings), 'finding')} of the plan's rules, none of which failed" if plan else ""),
        ("Witness gate", f"{count(gates, 'gate')} opened with a private code and groups of the last head" if gates else ""),
        ("Heads on paper", f"{count(read, 'head')} read aloud, groups of each typed back" if read else ""),
        ("PIN in two halves", f"{count(halves, 'half', 'halves')} typed and checked before the PIN was tried" if halves else ""),
        ("Key attributes", f"read back from the token for {count(made, 'key')} and compared with what was asked for" if made else ""),
        ("Backups restore", f"{count(rehearsed, 'set')} rehearsed with cards from paper; every key came back equal" if rehearsed else ""),
        ("Recipients", f"{count(recipients, 'acceptance')}, each after groups of the fingerprint were typed" if recipients else ""),
        ("Packages", f"{tried} of {len(packages)} tried beforehand on a throw-away key by the same path" if packages else ""),
    ]


def _promised(book: Book) -> list[tuple[str, str]]:
    rows = [
        ("Identity", "a participant looked at each person's document; the program saw none"),
        ("Room", "nobody unnamed was in it; no camera or telephone saw a screen with a PIN or a card"),
        ("PIN halves", "no holder knows the other's half, and no mailer lies with the token"),
        ("Heads in ink", "participants wrote the heads down themselves and keep their papers"),
        ("Clock", "the time on the wall was right"),
    ]
    if book.state.sets.all:
        rows += [
            ("Cards", "were looked at by their custodians only, and were neither copied nor photographed"),
            ("Custody", "each bag lies where the plan says; the two backup media lie in two places"),
        ]
    if book.state.history.of(RecipientAccepted):
        rows.append(("Second channel", "fingerprints came another way than the keys they belong to"))
    return rows


def _not_covered(book: Book) -> list[tuple[str, str]]:
    checks = book.state.course.checks.values()
    odd = [check.check for check in checks if check.verdict != "pass"]
    locks = [(fact.process, fact.protections.get("memory_locked", "all")) for _, fact in book.state.history.of(ProcessStarted)]
    unlocked = [f"{PROCESSES.get(process, process)}: {locked}" for process, locked in dict.fromkeys(locks) if locked != "all"]
    token = book.state.token.initialised
    rows = [
        ("Hidden devices", "radios, implants and firmware that the operating system does not show"),
        ("Owner of the machine", "who prepared it could make it show anything; a copy of the record key made meanwhile cannot be excluded"),
        ("Randomness", "the generators of token and system were used, not tested"),
        ("Checks without a pass", ", ".join(odd)),
        ("Memory not wholly locked", "; ".join(unlocked)),
        ("Software token", "keys lay encrypted on the storage of this machine" if token and "softhsm" in token.model.lower() else ""),
        ("Printer", "what its memory keeps" if any(fact.how == "printed" for _, fact in book.state.history.of(CardIssued)) else ""),
        ("Cloud", "what the provider does with a key after its import" if book.state.history.of(PackageWritten) else ""),
        ("Rehearsal", "nothing here was meant to protect anything" if book.state.course.rehearsal else ""),
    ]
    return [(name, text) for name, text in rows if text]
