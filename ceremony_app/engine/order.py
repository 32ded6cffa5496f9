"""The order of facts: what must be true before each may be recorded, beyond its step being the current one.

The desk asks before it writes, the audit when it replays: a record in which an intent, a gate or a proof is missing is not a legal run.
"""

from __future__ import annotations

from ceremony_app.engine.presence import gates_needed, missing_presence
from ceremony_app.engine.values import value_objection
from ceremony_app.plan.model import Plan
from ceremony_app.record import facts as f
from ceremony_app.record.facts import AnyFact
from ceremony_app.record.state import State
from ceremony_app.record.state.keys import Key
from ceremony_app.record.state.sets import Card, CardSet

_GATES: dict[type[f.Fact], str] = {
    f.KeyGenerationBegun: "generate",
    f.CardBegun: "print",
    f.PackageBegun: "wrap",
    f.KeyDestructionBegun: "destroy",
    f.CeremonyClosed: "close",
}
"""Facts that need an open gate."""


_IN_THE_TOKEN = (f.KeyGenerationBegun, f.KeyGenerated, f.KeyProved, f.BackupBegun, f.PackageBegun, f.KeySealed, f.KeyObjectsRemoved)
"""Facts of what only an open token can do."""

_USER = {("user", "A"), ("user", "B")}
_ALL = _USER | {("so", "A"), ("so", "B")}


def objection(fact: AnyFact, state: State, plan: Plan) -> str:
    """Why `fact` may not follow on `state`, as a clause for a sentence; empty when it may."""
    if (state.course.opened is None) != isinstance(fact, f.CeremonyOpened):
        return "a record begins with its opening, and only once"
    if state.course.wiped is not None:
        return "the ceremony is over"
    barred = _barred(fact, state)
    if barred:
        return barred
    if isinstance(fact, _IN_THE_TOKEN) and not state.token.is_open:
        return "the token was not open"
    return (
        value_objection(fact, state, plan)
        or _course(fact, state)
        or _token(fact, state)
        or _keys(fact, state)
        or _sets(fact, state, plan)
        or _cards(fact, state)
        or _shipments(fact, state)
        or _closing(fact, state)
    )


def _barred(fact: AnyFact, state: State) -> str:
    """Facts behind a gate need it open, and those in the room without whom it is not opened."""
    gate = _GATES.get(type(fact))
    if isinstance(fact, f.ShareSetVoided) and state.course.aborted:
        gate = "destroy"
    if gate is None or not gates_needed(state):
        return ""
    if gate not in state.seats.gates:
        return f"the gate {gate} was not open"
    return "people were missing in the room" if missing_presence(state) is not None else ""


def _course(fact: AnyFact, state: State) -> str:
    course, seats = state.course, state.seats
    match fact:
        case f.PlanLoaded() if course.opened is None or fact.sha256 != course.opened.plan_sha256:
            return "it is another plan than the one the record was opened with"
        case f.DeviationRecorded() if fact.number != len(course.deviations) + 1:
            return "deviations are numbered without gaps"
        case f.DeviationsAgreed() if fact.count != len(course.deviations):
            return "another number of deviations was recorded"
        case f.GateOpened() if fact.witness not in seats.witness_codes or fact.head != course.last_head:
            return "a gate is opened by a witness who has a code, with the last head that was read"
        case f.GateOpened() if fact.gate in seats.gates:
            return "this gate is open"
        case f.GateOpened() | f.RecipientAccepted() if missing_presence(state) is not None:
            return "people were missing in the room"
        case f.GateOpened() if fact.witness not in seats.present_with("witness"):
            return "this witness was not in the room"
        case f.RecipientAccepted() if fact.by not in seats.witness_codes or fact.by not in seats.present_with("witness"):
            return "a recipient is accepted by a witness who has a code and is in the room"
        case f.HeadCompared() if fact.head != course.last_head or not course.head_in_doubt:
            return "it is another head, or nothing was in doubt"
        case f.RecordKeyMade() if fact.signer != f"record-{len(course.record_keys) + 1}" or course.record_key_lives:
            return "record keys are numbered, and one lives at a time"
        case f.RecordKeyLost() if fact.signer != course.signer or not course.record_key_lives:
            return "no such record key lived"
    return ""


def _token(fact: AnyFact, state: State) -> str:
    token = state.token
    match fact:
        case f.PinMailersBegun() if fact.attempt != token.mailers_begun + 1:
            return "mailers are numbered"
        case f.PinMailersMade() if fact.attempt != token.mailers_begun or (token.mailers and token.mailers.attempt == fact.attempt):
            return "these mailers were not begun, or are made"
        case f.PinHalfProved() if token.mailers is None or (fact.role, fact.half) in token.proved:
            return "no mailer holds this half, or it is proved already"
        case f.TokenInitialisationBegun() if token.begun:
            return "it was begun before"
        case f.TokenInitialised() if token.initialised is not None or fact.label != token.begun or token.proved != _ALL:
            return "its initialisation was not begun, or not all halves of its PINs were proved"
        case f.TokenOpened() if token.initialised is None or fact.serial != token.initialised.serial:
            return "another token was initialised"
        case f.TokenOpened() if token.is_open or not token.proved >= _USER:
            return "it is open, or the halves of its PIN were not proved"
    return ""


def _closing(fact: AnyFact, state: State) -> str:
    match fact:
        case f.BagSealed() if fact.item in state.token.bags_sealed:
            return "it lies in a bag already"
        case f.StatementMade() if fact.name in state.course.statements:
            return "this person has spoken"
        case f.RecordTokenWipeBegun() if state.course.wipe_begun:
            return "it was begun before"
        case f.RecordTokenWiped() if not state.course.wipe_begun:
            return "it was not begun"
    return ""


def _keys(fact: AnyFact, state: State) -> str:
    match fact:
        case f.KeyGenerationBegun() if fact.label in state.keys.by_label:
            return f"key {fact.label} was begun before"
        case f.KeyGenerated():
            return _key(state.keys.by_label.get(fact.label), "begun", fact.cka_id)
        case f.KeyProved():
            return _key(state.keys.by_label.get(fact.label), "generated")
        case f.KeySealed() | f.BackupBegun():
            return _key(state.keys.by_label.get(fact.label), "proved")
        case f.KeyObjectsRemoved():
            row = state.keys.by_label.get(fact.label)
            return "" if row is not None and row.destruction_begun else f"the destruction of {fact.label} was not begun"
        case f.KeyDestroyed():
            row = state.keys.by_label.get(fact.label)
            if row is not None and row.left:
                return "objects of it were found after its destruction"
            fresh = "" if state.token.opened_since_removal else "no fresh process has opened the token since"
            return _key(state.keys.by_label.get(fact.label), "removed", fact.cka_id) or fresh
    return ""


def _key(row: Key | None, phase: str, cka_id: str = "") -> str:
    if row is None or row.phase != phase:
        return f"the key is not {phase}"
    return "it is another key's id" if cka_id and row.cka_id != cka_id else ""


def _sets(fact: AnyFact, state: State, plan: Plan) -> str:
    match fact:
        case f.ShareSetMade():
            return _new_set(fact, state, plan)
        case f.ShareSetVoided():
            return "" if _living(state, fact.group, fact.set_id) else "there is no such living set"
        case f.BackupBegun():
            row = _living(state, fact.group, fact.set_id)
            return "" if row is not None and fact.label not in row.backups_begun else "it was begun before, or has no living set"
        case f.BackupMade():
            row = _living(state, fact.group, fact.set_id)
            begun = row is not None and fact.label in row.backups_begun and fact.label not in row.backups
            return "" if begun else "this backup was not begun, or is made"
    return ""


def _cards(fact: AnyFact, state: State) -> str:
    match fact:
        case f.CardBegun():
            return _new_sheet(fact, state)
        case f.CardsDrawn():
            row = _living(state, fact.group, fact.set_id)
            return "" if row is not None and row.all_proved and row.drawn is None else "its cards are not all proved, or were drawn"
        case f.CardIssued():
            return _card(state, fact.group, fact.set_id, fact.number, ("begun",), fact.attempt)
        case f.CardSpoiled():
            return _card(state, fact.group, fact.set_id, fact.number, ("begun", "issued"), fact.attempt)
        case f.CardProved():
            return _card(state, fact.group, fact.set_id, fact.number, ("issued",)) or _genuine(fact, state)
        case f.CardEntered():
            row = _living(state, fact.group, fact.set_id)
            drawn = row is not None and row.drawn is not None and fact.number in row.drawn.numbers
            again = row is not None and fact.number in row.entered
            return _genuine(fact, state) if drawn and not again else "this card was not drawn, or is entered"
        case f.RecoveryRehearsed():
            row = _living(state, fact.group, fact.set_id)
            entered = row is not None and row.drawn is not None and set(row.entered) == set(row.drawn.numbers) == set(fact.cards)
            return "" if entered else "other cards were entered"
        case f.CardSealed():
            return _card(state, fact.group, fact.set_id, fact.number, ("proved",))
    return ""


def _new_set(fact: f.ShareSetMade, state: State, plan: Plan) -> str:
    if state.sets.of(fact.group) is not None:
        return "the group has a living set"
    backup = next((one for one in plan.backups if one.name == fact.group), None)
    if backup is None or (fact.threshold, fact.count, len(fact.fingerprints)) != (backup.threshold, backup.shares, backup.shares):
        return "the plan asks for another set"
    return ""


def _new_sheet(fact: f.CardBegun, state: State) -> str:
    row = _living(state, fact.group, fact.set_id)
    if row is None or not 1 <= fact.number <= row.made.count:
        return "there is no such card of a living set"
    before = row.cards.get(fact.number)
    expected = 1 if before is None else before.attempt + 1 if before.phase == "spoiled" else 0
    return "" if fact.attempt == expected else "the card has a sheet that is good, or sheets are not counted right"


def _living(state: State, group: str, set_id: str) -> CardSet | None:
    row = state.sets.of(group)
    return row if row is not None and row.made.set_id == set_id else None


def _card(state: State, group: str, set_id: str, number: int, phases: tuple[str, ...], attempt: int = 0) -> str:
    row = _living(state, group, set_id)
    card: Card | None = row.cards.get(number) if row is not None else None
    if card is None or card.phase not in phases or (attempt and card.attempt != attempt):
        return f"the card is not {' or '.join(phases)}"
    return ""


def _genuine(fact: f.CardProved | f.CardEntered, state: State) -> str:
    row = _living(state, fact.group, fact.set_id)
    known = row is not None and 1 <= fact.number <= row.made.count
    genuine = row is not None and known and fact.fingerprint == row.made.fingerprints[fact.number - 1]
    return "" if genuine else "its fingerprint is another"


def _shipments(fact: AnyFact, state: State) -> str:
    match fact:
        case f.PackageBegun():
            row = state.shipments.of(fact.key, fact.destination, fact.resource)
            return "" if row.recipient is not None and fact.attempt == row.attempt + 1 else "no recipient was accepted for it"
        case f.PackageWritten():
            row = state.shipments.of(fact.key, fact.destination, fact.resource)
            before = row.package.attempt if row.package is not None else 0
            return "" if before < fact.attempt == row.attempt else "this package was not begun"
        case f.PackageSigned():
            row = state.shipments.of(fact.key, fact.destination, fact.resource)
            written = row.package is not None and row.package.attempt == fact.attempt and fact.signer == state.course.signer
            return "" if written else "this package was not written, or another key lives"
        case f.ImportConfirmed() | f.ImportRefused():
            row = state.shipments.of(fact.key, fact.destination, fact.resource)
            same = row.package is not None and row.package.package_sha256 == fact.package_sha256 and row.confirmed is None
            return "" if same else "it speaks of another package, or of one that is confirmed"
    return ""
