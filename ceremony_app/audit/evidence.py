"""An evidence folder as an audit reads it: what lies in it, the record's entries, and the facts by kind."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cached_property
from typing import TypeVar, cast

from ceremony_app.errors import DoesNotHold
from ceremony_app.record.certificate import Certificate, read_certificate
from ceremony_app.record.chain import head_of, parse_record
from ceremony_app.record.facts import CeremonyOpened, Fact, ManifestSigned, RecordKeyLost, RecordKeyMade
from ceremony_app.record.file import printable, read_regular
from ceremony_app.record.folder import Folder
from ceremony_app.record.line import Entry
from ceremony_app.record.listing import MAX_SIGNERS, Listing

F = TypeVar("F", bound=Fact)

SMALL = 64 * 1024
"""Largest certificate, key or signature file that is read, in bytes."""

MAX_ADDENDUM = 16 * 1024 * 1024
FIRST_ADDENDUM = "addenda/001.log"


class Evidence:
    """`entries` is empty until the record was read without fault."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.listing: Listing = folder.listing()
        self.entries = ()

    @property
    def entries(self) -> Sequence[Entry]:
        return self._entries

    @entries.setter
    def entries(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._by_kind: dict[type[Fact], list[Fact]] = {}
        for entry in entries:
            if entry.fact is not None:
                self._by_kind.setdefault(type(entry.fact), []).append(entry.fact)

    @property
    def head(self) -> str:
        return head_of(self.entries) if self.entries else ""

    @property
    def ceremony_id(self) -> str:
        return next((fact.ceremony_id for fact in self.facts(CeremonyOpened)), "")

    @property
    def signers(self) -> tuple[str, ...]:
        """`<role>-<n>` of each certificate in the folder."""
        return tuple(file.removeprefix("signers/").removesuffix(".pem") for file in self.listing.under("signers"))

    def facts(self, kind: type[F]) -> list[F]:
        """All facts of one kind, in order."""
        return cast("list[F]", list(self._by_kind.get(kind, ())))

    def read(self, file: str, limit: int = SMALL) -> bytes:
        """The bytes of a file of the folder, never of one outside it, whatever a fact may name; raises `DoesNotHold`."""
        if file not in self.listing.names:
            raise does_not_hold(file, "is missing")
        return read_regular(self.folder.path / file, limit=limit, name=file)

    def certificate(self, signer: str) -> Certificate:
        """The certificate of a signer of the manifest; raises `DoesNotHold`."""
        file = f"signers/{signer}.pem"
        return read_certificate(self.read(file), file)

    def record_certificates(self) -> dict[str, Certificate]:
        """Every record key's certificate as record and addendum 001 name it; raises `DoesNotHold` when one is not what its fact says."""
        found: dict[str, Certificate] = {}
        every = [fact for fact in self._until_signed() if isinstance(fact, RecordKeyMade)]
        if len(every) > MAX_SIGNERS:
            raise does_not_hold("record.log", f"names more than {MAX_SIGNERS} record keys")
        for made in every:
            name = f"the certificate of {made.signer} in record.log"
            try:
                certificate = Certificate(base64.b64decode(made.certificate, validate=True), name)
            except ValueError:
                raise does_not_hold("record.log", f"holds a certificate of {made.signer} that is not base64") from None
            if certificate.fingerprint != made.fingerprint or made.signer in found:
                raise does_not_hold("record.log", f"contradicts itself about the certificate of {made.signer}")
            found[made.signer] = certificate
        return found

    def living_record_keys(self) -> list[str]:
        """Record keys that were not lost before the manifest was signed: each of them signs it."""
        facts = self._until_signed()
        lost = {fact.signer for fact in facts if isinstance(fact, RecordKeyLost)}
        return [fact.signer for fact in facts if isinstance(fact, RecordKeyMade) and fact.signer not in lost]

    @cached_property
    def _first_addendum(self) -> list[Entry]:
        try:
            return parse_record(self.read(FIRST_ADDENDUM, MAX_ADDENDUM), FIRST_ADDENDUM)
        except DoesNotHold:
            return []

    def _until_signed(self) -> list[Fact]:
        """The facts of the record, and those of addendum 001 before the manifest was signed: a record key that is lost in between has its
        successor there. An addendum that cannot be read says nothing here; its own check names it."""
        facts = [entry.fact for entry in (*self.entries, *self._first_addendum) if entry.fact is not None]
        signed = (place for place, fact in enumerate(facts) if isinstance(fact, ManifestSigned))
        return list(facts[: next(signed, len(facts))])


def does_not_hold(file: str, reason: str) -> DoesNotHold:
    """The error of a check: `file` and a clause about it, as `is missing`."""
    return DoesNotHold(
        "evidence",
        "{file} {reason}.",
        next_step="Take another copy of the evidence folder; if it says the same, the folder was changed after it was closed.",
        file=printable(file),
        reason=printable(reason),
    )
