"""Checks of the addenda: what happened after the record was closed, signed or as a claim."""

from __future__ import annotations

import re

from ceremony_app.audit.evidence import MAX_ADDENDUM, Evidence, does_not_hold
from ceremony_app.audit.report import Verdict
from ceremony_app.papers.phrase import count, listed
from ceremony_app.record.chain import MAX_ENTRIES, parse_record, verify_chain
from ceremony_app.record.cms import verify_detached
from ceremony_app.record.facts import FolderChecked, ManifestSigned, RecordKeyLost, RecordKeyMade, RecordTokenWipeBegun
from ceremony_app.record.file import hash_regular
from ceremony_app.record.folder import MANIFEST, SIGNER_PATTERN, addendum_number
from ceremony_app.record.line import Entry
from ceremony_app.text import Message, say

_SIGNATURE = re.compile(rf"addenda/([0-9]{{3}})\.log\.({SIGNER_PATTERN})\.p7s")


def addendum_numbers(evidence: Evidence) -> list[int]:
    """The numbers of the addenda that are there."""
    return [number for file in evidence.listing.files if (number := addendum_number(file)) is not None]


def verify_addenda(evidence: Evidence, due: int | None) -> tuple[Verdict, Message]:
    """They are numbered without a gap, every signature belongs to one, and as many are there as paper says (`due`)."""
    numbers = addendum_numbers(evidence)
    for position, number in enumerate(numbers, 1):
        if number != position:
            raise does_not_hold(f"addenda/{position:03}.log", "is missing")
    for file in evidence.listing.files:
        if (match := _SIGNATURE.fullmatch(file)) and int(match[1]) not in numbers:
            raise does_not_hold(f"addenda/{match[1]}.log", "is missing")
    lines = sum(evidence.read(f"addenda/{number:03}.log", MAX_ADDENDUM).count(b"\n") for number in numbers)
    if len(evidence.entries) + lines > MAX_ENTRIES:
        raise does_not_hold("addenda/", f"hold, with the record, more than {MAX_ENTRIES} entries")
    if due is None:
        return Verdict.NOT_CHECKED, say("{addenda}; how many there must be stands on paper only.", addenda=_counted(numbers))
    if len(numbers) < due:
        raise does_not_hold(f"addenda/{len(numbers) + 1:03}.log", f"is missing: paper names {due} addenda")
    return Verdict.OK, say("{addenda}; due by paper: {due}.", addenda=_counted(numbers), due=due)


def verify_addendum(evidence: Evidence, number: int, *, due: bool) -> tuple[Verdict, Message]:
    """Its lines chain from the record's head and its signatures hold. Without a signature it is a claim, except 001, which the record key
    signs when it takes leave; `due` says that paper names this one."""
    file = f"addenda/{number:03}.log"
    entries = _entries(evidence, file)
    verify_chain(entries, evidence.head, name=file)
    if not entries:
        raise does_not_hold(file, "is empty")
    if any(entry.body is None for entry in entries):
        raise does_not_hold(file, "withholds an entry")
    _verify_manifest_named(evidence, entries, file)
    signers = _verify_signatures(evidence, number, file)
    if signers:
        return Verdict.OK, say("{file}, signed by {signers}, tells {facts}.", file=file, signers=listed(signers), facts=_tags(entries))
    if number == 1:
        lost = _key_was_lost(entries)
        if not lost and not due and not any(isinstance(entry.fact, RecordTokenWipeBegun) for entry in entries):
            return Verdict.NOT_CHECKED, say("{file} is not finished and not signed yet; it tells {facts}.", file=file, facts=_tags(entries))
        if not lost:
            signer = next(iter(evidence.living_record_keys()[-1:]), "record-1")
            raise does_not_hold(f"{file}.{signer}.p7s", "is missing: a record key signs this addendum")
    return Verdict.NOT_CHECKED, say("{file} is a claim that nobody signed: it tells {facts}.", file=file, facts=_tags(entries))


def _key_was_lost(entries: list[Entry]) -> bool:
    """True when nobody could sign the addendum: its last word on record keys is that one was lost."""
    keys = [entry.fact for entry in entries if isinstance(entry.fact, RecordKeyLost | RecordKeyMade)]
    return bool(keys) and isinstance(keys[-1], RecordKeyLost)


def addenda_entries(evidence: Evidence) -> list[Entry]:
    """The entries of all addenda, in order; raises `DoesNotHold`."""
    return [entry for number in addendum_numbers(evidence) for entry in _entries(evidence, f"addenda/{number:03}.log")]


def _entries(evidence: Evidence, file: str) -> list[Entry]:
    return parse_record(evidence.read(file, MAX_ADDENDUM), file)


def _verify_signatures(evidence: Evidence, number: int, file: str) -> list[str]:
    found = []
    for name in evidence.listing.files:
        match = _SIGNATURE.fullmatch(name)
        if match is None or int(match[1]) != number:
            continue
        signer = match[2]
        if signer not in evidence.signers:
            raise does_not_hold(name, "is by a signer who did not sign the manifest")
        verify_detached(evidence.read(name), evidence.read(file, MAX_ADDENDUM), evidence.certificate(signer).der, name=name)
        found.append(signer)
    return found


def _verify_manifest_named(evidence: Evidence, entries: list[Entry], file: str) -> None:
    """What was signed and checked then is this record and this manifest."""
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, FolderChecked) and fact.head != evidence.head:
            raise does_not_hold(file, "speaks of a check of another record")
        if isinstance(fact, FolderChecked | ManifestSigned):
            digest, _ = hash_regular(evidence.folder.manifest, name=MANIFEST)
            if fact.manifest_sha256 != digest:
                raise does_not_hold(file, f"speaks of another {MANIFEST}")


def _tags(entries: list[Entry]) -> str:
    return listed(entry.tag for entry in entries)


def _counted(numbers: list[int]) -> str:
    return count(len(numbers), "addendum", "addenda")
