"""Checks of the record itself: its lines, its chain, its ends, the heads that were read from it."""

from __future__ import annotations

from ceremony_app.audit.evidence import Evidence, does_not_hold
from ceremony_app.papers.phrase import count
from ceremony_app.record.chain import count_withheld, read_record, verify_chain
from ceremony_app.record.facts import CeremonyClosed, CeremonyOpened, GateOpened, HeadRead
from ceremony_app.record.line import FORMAT
from ceremony_app.text import Message, say


def verify_record(evidence: Evidence) -> Message:
    """Every line is in its one form and follows the line before it. Sets `evidence.entries`."""
    entries = read_record(evidence.folder.record)
    verify_chain(entries)
    if not entries:
        raise does_not_hold("record.log", "is empty")
    evidence.entries = entries
    return say("record.log has {lines}, each in its one form and chained to the one before.", lines=count(len(entries), "line"))


def verify_ends(evidence: Evidence) -> Message:
    """It begins with the only opening and ends with the only closing, in a format this version reads."""
    first, last = evidence.entries[0].fact, evidence.entries[-1].fact
    if not isinstance(first, CeremonyOpened) or len(evidence.facts(CeremonyOpened)) != 1:
        raise does_not_hold("record.log", "does not begin with the only opening")
    if first.format != FORMAT:
        raise does_not_hold("record.log", f"is written in format {first.format}; this version reads {FORMAT}")
    if not isinstance(last, CeremonyClosed) or len(evidence.facts(CeremonyClosed)) != 1:
        raise does_not_hold("record.log", "does not end with the only closing: the ceremony was not closed, or lines are missing")
    return say("The record was opened as a {mode} and closed: {outcome}.", mode=first.mode, outcome=last.outcome)


def verify_complete(evidence: Evidence) -> Message:
    """No body is withheld: this is the complete edition."""
    withheld = count_withheld(evidence.entries)
    if withheld:
        raise does_not_hold("record.log", f"withholds {count(withheld, 'body', 'bodies')}: this is not the complete edition")
    return say("No entry is withheld.")


def verify_read_heads(evidence: Evidence) -> Message:
    """Each head that was read aloud or opened a gate is the head of an earlier line."""
    seen: set[str] = set()
    number = 0
    for entry in evidence.entries:
        if isinstance(entry.fact, HeadRead | GateOpened):
            number += 1
            if entry.fact.head not in seen:
                raise does_not_hold("record.log", f"says in line {entry.seq} that a head was read that no earlier line has")
        seen.add(entry.head)
    return say("{heads} read aloud or typed to open a gate, each the head of an earlier line.", heads=count(number, "head"))
