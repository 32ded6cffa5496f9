"""The values of facts: what each must say, given the plan and what the record said before."""

from __future__ import annotations

import base64
import binascii
import hashlib
import math

from ceremony_app.clouds.fingerprint import FEWEST_GROUPS
from ceremony_app.engine.closing import open_imports, open_items, outcome
from ceremony_app.engine.places import MEDIA
from ceremony_app.engine.seal import ADDENDA_DUE
from ceremony_app.papers import documents
from ceremony_app.plan.model import Plan
from ceremony_app.record import facts as f
from ceremony_app.record.facts import AnyFact
from ceremony_app.record.state import State


def value_objection(fact: AnyFact, state: State, plan: Plan) -> str:
    """Why a value of `fact` cannot be right, as a clause; empty when none is wrong that can be told from plan and record."""
    match fact:
        case f.CeremonyOpened() if fact.mode not in ("rehearsal", "production") or fact.kind != plan.kind.value:
            return "the plan is for another ceremony"
        case f.PersonSignedIn() if fact.identity_seen_by == fact.name:
            return "nobody confirms their own identity"
        case f.PersonSignedIn():
            return _roles(fact, state, plan)
        case f.KeyGenerated():
            return _generated(fact, plan)
        case f.ShareSetMade() if fact.subsets != math.comb(fact.count, fact.threshold) or len(set(fact.fingerprints)) != fact.count:
            return "not every combination of cards was tried, or two cards are the same"
        case f.BackupMade() if fact.media != MEDIA or fact.path != f"{fact.group}/{fact.label}.json":
            return "a backup file lies on both media, under its own name"
        case f.RecoveryRehearsed():
            return _rehearsed(fact, state)
        case f.RecipientAccepted() if fact.groups_typed < FEWEST_GROUPS or not _is_hash(fact.spki, fact.spki_sha256):
            return "too few groups were typed, or the fingerprint is another key's"
        case f.PackageWritten():
            return _packed(fact, state)
        case f.HoldEnded() if fact.open_items != tuple(open_imports(state, plan)):
            return "other imports are open"
        case f.CeremonyClosed():
            return _closed(fact, state, plan)
    return ""


def _roles(fact: f.PersonSignedIn, state: State, plan: Plan) -> str:
    planned = {role.value for person in plan.people if state.seats.who(person.name) == fact.name for role in person.roles}
    return "" if set(fact.roles) <= planned else "the plan gives this person other roles"


def _generated(fact: f.KeyGenerated, plan: Plan) -> str:
    key = next((one for one in plan.keys if one.label == fact.label), None)
    if key is None or (fact.algorithm, fact.purpose) != (key.algorithm.value, key.purpose.value):
        return "the plan asks for another key"
    extractable = "true" if plan.is_extractable(fact.label) else "false"
    said = (fact.attributes.get("SENSITIVE"), fact.attributes.get("EXTRACTABLE"))
    if said != ("true", extractable):
        return "its attributes are not those of this plan"
    if key.algorithm.is_secret:
        return "" if len(fact.check_value) == 10 and not fact.spki else "a secret key has a check value"
    return "" if _is_hash(fact.spki, fact.spki_sha256) else "its public key has another hash"


def _is_hash(spki: str, digest: str) -> bool:
    try:
        return hashlib.sha256(base64.b64decode(spki, validate=True)).hexdigest() == digest
    except binascii.Error:
        return False


def _rehearsed(fact: f.RecoveryRehearsed, state: State) -> str:
    card_set = state.sets.of(fact.group)
    backups = card_set.backups if card_set is not None else {}
    if fact.scratch_left or [key.label for key in fact.keys] != list(backups):
        return "other keys are backed up, or the scratch token was not wiped"
    for restored in fact.keys:
        row = state.keys.by_label.get(restored.label)
        made = row.made if row is not None else None
        if made is None or (restored.backup_sha256, restored.spki_sha256, restored.check_value) != (
            backups[restored.label].sha256,
            made.spki_sha256,
            made.check_value,
        ):
            return f"what came back is not {restored.label}"
    return ""


def _packed(fact: f.PackageWritten, state: State) -> str:
    recipient = state.shipments.of(fact.key, fact.destination, fact.resource).recipient
    if recipient is None or fact.scheme != recipient.scheme or not fact.twin_opened:
        return "it was made for another recipient, or its twin was not opened"
    return ""


def _closed(fact: f.CeremonyClosed, state: State, plan: Plan) -> str:
    said = (fact.outcome, fact.open_items, fact.addenda, tuple(one.name for one in fact.documents))
    due = (outcome(state), open_items(state, plan), ADDENDA_DUE, documents(plan))
    return "" if said == due else "outcome, open items or papers are others"
