"""The secrets' whole way through real processes: PINs, a key, cards, people, another token; and what is left where."""

from __future__ import annotations

import stat
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from ceremony_app.keys import Algorithm, Purpose, proof_message
from ceremony_app.strongroom.client import Strongroom, StrongroomRefused
from ceremony_app.strongroom.protocol import (
    BackUpKey,
    BackupMetadata,
    CardFace,
    CardKnown,
    DepositFile,
    EnterCard,
    ForgetSecrets,
    GenerateKey,
    HandOver,
    InitialiseToken,
    IssueCard,
    KeepWitnessCode,
    MakePins,
    MakeShareSet,
    OpenGate,
    ProveCard,
    ProveKey,
    ProvePinHalf,
    RecoverSecret,
    Reply,
    RestoreKey,
)
from tests.strongroom.starter import Starter

CEREMONY, GROUP, LABEL, CKA_ID = "20261124-ABCDEFGH", "payments", "payments-signing", "ab" * 16


def handed(people: Strongroom, to: Strongroom, deposit: str, secret: str, manner: str = "typed") -> None:
    to.call(DepositFile(deposit, people.call(HandOver(secret, manner)).path))


def test_a_key_goes_through_cards_into_another_token(strongroom: Starter, tmp_path: Path) -> None:
    said: list[Reply] = []

    people = strongroom(storage="", practice="practice", token="", module="")
    first = strongroom(practice="practice", token="")
    said.append(first.call(MakePins(CEREMONY, "Payments", ("A. Holder", "B. Holder"), "REHEARSAL payments", "", 1, "Meridian Trust")))
    for role in ("user", "so"):
        for half in ("A", "B"):
            handed(people, first, "pin-half", f"pin/{role}/{half}")
            said.append(first.call(ProvePinHalf(role, half)))
    said.append(first.call(InitialiseToken("REHEARSAL payments")))
    made = first.call(GenerateKey(LABEL, CKA_ID, Algorithm.EC_P256, Purpose.SIGN, extractable=True))
    message = proof_message(CEREMONY, LABEL, "blue whale")
    proof = first.call(ProveKey(CKA_ID, Algorithm.EC_P256, Purpose.SIGN, message))
    card_set = first.call(MakeShareSet(GROUP, "20260042", 3, 5))
    about = BackupMetadata(CEREMONY, GROUP, card_set.set_id, LABEL, CKA_ID, Algorithm.EC_P256, Purpose.SIGN, made.spki)
    file = first.call(BackUpKey(GROUP, CKA_ID, Algorithm.EC_P256, msgspec.json.encode(about)))
    known = CardKnown(GROUP, card_set.set_id, 3, card_set.fingerprints, card_set.check_value, card_set.identifier)
    for number, manner in enumerate(("words", "numbered", "prefixes", "digits", "image"), 1):
        face = CardFace(CEREMONY, "Payments", "Meridian Trust", f"Custodian {number}", (LABEL,), "2026-11-24", 1)
        said.append(first.call(IssueCard(GROUP, number, face)))
        handed(people, first, "card", f"card/{GROUP}/{number}", manner)
        said.append(first.call(ProveCard(known, number)))
    said.append(first.call(ForgetSecrets()))
    with pytest.raises(StrongroomRefused, match="secret-missing"):
        first.call(BackUpKey(GROUP, CKA_ID, Algorithm.EC_P256, msgspec.json.encode(about)))
    first.close()

    second = strongroom(storage="scratch", practice="practice")
    for number, manner in ((5, "image"), (2, "capitals"), (4, "digits")):
        handed(people, second, "card", f"card/{GROUP}/{number}", manner)
        said.append(second.call(EnterCard(known)))
    assert second.call(RecoverSecret(GROUP)).cards == (2, 4, 5)
    restored = second.call(RestoreKey(GROUP, file.content, Algorithm.EC_P256, Purpose.SIGN, made.spki, "", message, proof))
    assert (restored.spki_sha256, restored.proof_holds) == (made.spki_sha256, True)

    shown = " ".join(msgspec.json.encode(reply).decode() for reply in said)
    for number in range(1, 6):
        words = (tmp_path / "practice" / "cards" / f"{GROUP}-{number}.txt").read_text().split()
        assert not [pair for pair in pairwise(words) if " ".join(pair) in shown]
    for paper in (tmp_path / "practice" / "secrets").glob("pin-*"):
        assert paper.read_text()[:8] not in shown
    files = [file for file in (tmp_path / "practice").rglob("*") if file.is_file()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert {file.parent.name for file in files} == {"cards", "mailers", "secrets"}


def test_the_gate_is_opened_by_the_witness_of_this_process(strongroom: Starter) -> None:
    people = strongroom(storage="", practice="practice", token="", module="")
    record = strongroom(storage="record", practice="practice", token="", module="")
    handed(people, record, "witness-code", "witness-code/Adaeze Okafor")
    record.call(KeepWitnessCode("Adaeze Okafor"))
    handed(people, record, "witness-code", "witness-code/Adaeze Okafor")
    record.call(OpenGate("Adaeze Okafor"))
    record.deposit("witness-code", bytearray(b"not the code"))
    with pytest.raises(StrongroomRefused, match="witness-code-differs"):
        record.call(OpenGate("Adaeze Okafor"))
    again = strongroom(storage="", practice="practice", token="", module="")
    handed(people, again, "witness-code", "witness-code/Adaeze Okafor")
    with pytest.raises(StrongroomRefused, match="witness-unknown"):
        again.call(OpenGate("Adaeze Okafor"))
