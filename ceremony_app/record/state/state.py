"""`State`: what all facts add up to, and the one place where each fact is routed to its projections.

A state is a function of the entries alone: `fold(entries)` gives the same whatever process asks, and whenever. `absorb` is called by the
desk for each new entry and by `fold`; nothing else changes a state.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, assert_never

import msgspec

from ceremony_app.record import facts as f
from ceremony_app.record.state.copies import Copies
from ceremony_app.record.state.course import Course
from ceremony_app.record.state.history import History
from ceremony_app.record.state.keys import Keys
from ceremony_app.record.state.seats import Seats
from ceremony_app.record.state.sets import Sets
from ceremony_app.record.state.shipments import Shipments
from ceremony_app.record.state.tokens import Token


class Recorded(Protocol):
    """What the fold needs of an entry: its time (UTC text) and its fact."""

    @property
    def utc(self) -> str: ...

    @property
    def fact(self) -> f.AnyFact | None: ...


class State(msgspec.Struct):
    """The projections."""

    course: Course = msgspec.field(default_factory=Course)
    seats: Seats = msgspec.field(default_factory=Seats)
    token: Token = msgspec.field(default_factory=Token)
    keys: Keys = msgspec.field(default_factory=Keys)
    sets: Sets = msgspec.field(default_factory=Sets)
    shipments: Shipments = msgspec.field(default_factory=Shipments)
    copies: Copies = msgspec.field(default_factory=Copies)
    history: History = msgspec.field(default_factory=History)
    entries: int = 0

    def absorb(self, entry: Recorded) -> None:
        """Add one entry. Entries whose body is withheld count, but say nothing."""
        self.entries += 1
        if entry.fact is not None:
            self.history.rows.append((entry.utc, entry.fact))
            self._route(entry.fact, entry.utc)

    def _route(self, fact: f.AnyFact, utc: str) -> None:  # noqa: C901 (one line per fact is the point)
        match fact:
            case f.CeremonyOpened():
                self.course.opened = fact
            case f.ProcessStarted():
                self._process_started(fact.process)
            case f.CheckMade():
                self.course.checks[fact.check] = fact
            case f.ClockCompared():
                self.course.clock = fact
            case f.PlanLoaded():
                self.course.plan = fact
            case f.HeadRead():
                self.course.heads.append(fact)
            case f.HeadCompared():
                self.course.head_in_doubt = False
            case f.GapExplained():
                self.course.gaps.append(fact)
            case f.DeviationRecorded():
                self.course.deviation_recorded(fact)
            case f.CeremonyStopped():
                self.course.halted = "stopped"
                self.seats.close_gates()
            case f.CeremonySuspended():
                self.course.halted = "suspended"
                self.seats.close_gates()
                self.token.closed()
            case f.CeremonyContinued() | f.CeremonyResumed():
                self.course.halted = ""
            case f.CeremonyAborted():
                self.course.aborted, self.course.halted = True, ""
                self.seats.close_gates()
            case f.TornLineSetAside() | f.SecondPlaceLost() | f.SecondPlaceRestored():
                pass
            case f.PersonSignedIn():
                self.seats.signed(fact, utc)
            case f.SeatSubstituted():
                self.seats.substituted(fact)
            case f.WitnessCodeChosen():
                self.seats.witness_codes.add(fact.witness)
            case f.PersonLeft():
                self.seats.left(fact, utc)
            case f.PersonReturned():
                self.seats.returned(fact, utc)
            case f.GateOpened():
                self.seats.gates.add(fact.gate)
            case f.GateRefused() | f.RecipientRefused():
                pass
            case f.BagOpened():
                self.token.bags_opened.append(fact)
            case f.GoodsCounted():
                self.token.counted[fact.item] = fact
            case f.BagSealed():
                self.token.bags_sealed[fact.item] = fact
            case f.PinMailersBegun():
                self.token.mailers_begun = fact.attempt
            case f.PinMailersMade():
                self.token.mailers_made(fact)
            case f.PinHalfProved():
                self.token.half_proved(fact)
            case f.TokenInitialisationBegun():
                self.token.begun = fact.label
            case f.TokenInitialised():
                self.token.was_initialised(fact)
            case f.TokenOpened():
                self.token.was_opened(fact)
            case f.TokenClosed():
                self.token.closed()
            case f.CensusTaken():
                self.token.census = fact
            case f.KeyGenerationBegun():
                self.keys.begun(fact)
                self.copies.key_begun(fact, utc)
            case f.KeyGenerated():
                self.keys.generated(fact, utc)
            case f.KeyProved():
                self.keys.proved(fact)
            case f.KeySealed():
                self.keys.sealed(fact)
            case f.KeyDestructionBegun():
                self.keys.destruction_begun(fact.label)
            case f.KeyObjectsRemoved():
                self.keys.objects_removed(fact)
                self.token.key_removed()
            case f.KeyDestroyed():
                self.keys.destroyed(fact)
                self.copies.key_destroyed(fact, utc)
            case f.ShareSetMade():
                self.sets.made(fact)
            case f.ShareSetVoided():
                self.sets.voided(fact)
                self.copies.set_voided(fact, utc)
            case f.BackupBegun():
                self.sets.backup_begun(fact)
                self.copies.backup_begun(fact, utc)
            case f.BackupMade():
                self.sets.backup_made(fact)
            case f.CardBegun():
                self.sets.card_begun(fact)
                self.copies.card_begun(fact, utc)
            case f.CardIssued():
                self.sets.card_issued(fact)
            case f.CardSpoiled():
                self.sets.card_spoiled(fact)
                self.copies.card_spoiled(fact, utc)
            case f.CardProved():
                self.sets.card_proved(fact)
            case f.CardsDrawn():
                self.sets.drawn(fact)
            case f.CardEntered():
                self.sets.entered(fact)
            case f.RecoveryRehearsed():
                self.sets.rehearsed(fact)
            case f.CardSealed():
                self.sets.sealed(fact)
                self.copies.card_sealed(fact)
            case f.RecipientAccepted():
                self.shipments.accepted(fact)
                # What is wrapped is wrapped for the recipients that were there when the gate was opened.
                self.seats.gates.discard("wrap")
            case f.PackageBegun():
                self.shipments.begun(fact)
                self.copies.package_begun(fact, utc)
            case f.PackageWritten():
                self.shipments.written(fact)
            case f.PackageSigned():
                self.shipments.signed(fact)
            case f.ImportConfirmed():
                self.shipments.confirmed(fact)
                self.copies.imported(fact, utc)
            case f.ImportRefused():
                self.shipments.refused(fact)
                self.copies.refused(fact, utc)
            case f.HoldEnded():
                self.shipments.hold_ended = fact
            case f.RecordKeyMade():
                self.course.record_keys.append(fact)
                self.course.record_key_lives = True
            case f.RecordKeyLost():
                self.course.record_key_lives = False
            case f.DeviationsAgreed():
                self.course.deviations_agreed = fact
            case f.StatementMade():
                self.course.statements[fact.name] = fact
            case f.CeremonyClosed():
                self.course.closed = fact
            case f.ManifestSigned():
                self.course.manifest = fact
            case f.FolderChecked():
                self.course.checked = fact
            case f.RecordTokenWipeBegun():
                self.course.wipe_begun = True
            case f.RecordTokenWiped():
                self.course.wiped, self.course.record_key_lives = fact, False
            case _:
                assert_never(fact)

    def _process_started(self, process: str) -> None:
        """What was volatile in a process is gone when it starts anew."""
        self.course.process_started(process)
        self.seats.process_started(process)
        self.token.process_started(process)
        self.sets.process_started(process)


def fold(entries: Iterable[Recorded]) -> State:
    """The state after these entries, in order."""
    state = State()
    for entry in entries:
        state.absorb(entry)
    return state
