"""Keys of every algorithm and purpose in a real token: made, read back, found, sealed."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11 import Attribute, KeyType, ObjectClass

from ceremony_app.keys import Algorithm, Kind, Purpose
from ceremony_app.settings import practice_module
from ceremony_app.strongroom import attributes, destruction, key, module, objects, token
from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.client import StrongroomRefused
from ceremony_app.strongroom.protocol import (
    DestroyKey,
    FindKey,
    GenerateKey,
    InitialiseToken,
    KeySeen,
    ListObjects,
    MakeScratchToken,
    OpenToken,
    Prepare,
    ReadKey,
    SealKey,
)
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from tests.strongroom.scene import token_room
from tests.strongroom.starter import Starter, openssl

QUICK = [
    (algorithm, purpose)
    for algorithm in Algorithm
    for purpose in sorted(algorithm.purposes, key=lambda purpose: purpose.value)
    if algorithm not in (Algorithm.RSA_3072, Algorithm.RSA_4096)
]
USES = {
    Purpose.ENCRYPT: {"ENCRYPT", "DECRYPT"},
    Purpose.WRAP: {"WRAP", "UNWRAP"},
    Purpose.MAC: {"SIGN", "VERIFY"},
    Purpose.SIGN: {"SIGN"},
    Purpose.DECRYPT: {"DECRYPT"},
}
ALL_USES = set().union(*USES.values()) | {"DERIVE"}


def refusal(caught: pytest.ExceptionInfo[StrongroomRefused]) -> str:
    return caught.value.code


def test_every_algorithm_has_the_smallest_template_and_is_read_back(strongroom: Starter) -> None:
    started = strongroom()
    for algorithm, purpose in QUICK:
        made = strongroom.generate(started, algorithm, purpose)
        found = made.attributes
        assert {name for name in ALL_USES if found.get(name) == "true"} == USES[purpose]
        for name in ("PRIVATE", "SENSITIVE", "ALWAYS_SENSITIVE", "EXTRACTABLE", "MODIFIABLE", "LOCAL", "TOKEN"):
            assert found[name] == "true", name
        assert (found["NEVER_EXTRACTABLE"], found["ID"], found["LABEL"]) == ("false", made.cka_id, made.label)
        assert made.mechanism == found["KEY_GEN_MECHANISM"] != ""
        assert bool(made.check_value) == algorithm.is_secret == (not made.spki)
        if made.spki:
            _is_of(made.spki, algorithm)
            assert made.spki_sha256 == hashlib.sha256(made.spki).hexdigest()
            public = {name for name in ALL_USES if found.get(f"PUBLIC.{name}") == "true"}
            assert public == ({"VERIFY"} if purpose is Purpose.SIGN else {"ENCRYPT"})
        read = ReadKey(label=made.label, cka_id=made.cka_id, algorithm=algorithm, purpose=purpose, extractable=True)
        assert started.call(read) == made
        seen = started.call(FindKey(cka_id=made.cka_id, label=made.label, algorithm=algorithm))
        assert seen == KeySeen(complete=True, private=1, public=0 if algorithm.is_secret else 1, remnants=0, same_label=0)


def test_openssl_reads_the_public_keys(strongroom: Starter, tmp_path: Path) -> None:
    started = strongroom()
    for algorithm in (Algorithm.EC_P521, Algorithm.EC_SECP256K1, Algorithm.ED25519, Algorithm.RSA_2048):
        made = strongroom.generate(started, algorithm)
        (tmp_path / "key.spki").write_bytes(made.spki)
        options = ("-pubin", "-inform", "DER", "-pubout", "-outform", "DER")
        assert openssl("pkey", "-in", tmp_path / "key.spki", *options) == made.spki


def test_a_key_that_must_stay_cannot_be_modified(strongroom: Starter) -> None:
    started = strongroom()
    made = strongroom.generate(started, Algorithm.EC_P256, extractable=False)
    assert [made.attributes[name] for name in ("EXTRACTABLE", "NEVER_EXTRACTABLE", "MODIFIABLE")] == ["false", "true", "false"]


def test_sealing_is_read_back_and_can_be_repeated(strongroom: Starter) -> None:
    started = strongroom()
    for algorithm, purpose in ((Algorithm.AES_256, Purpose.ENCRYPT), (Algorithm.EC_P384, Purpose.SIGN)):
        made = strongroom.generate(started, algorithm, purpose)
        request = SealKey(label=made.label, cka_id=made.cka_id, algorithm=algorithm, purpose=purpose)
        sealed = started.call(request)
        assert sealed.attributes["EXTRACTABLE"] == "false"
        assert (sealed.check_value, sealed.spki) == (made.check_value, made.spki)
        assert started.call(request) == sealed
        with pytest.raises(StrongroomRefused) as caught:
            started.call(ReadKey(label=made.label, cka_id=made.cka_id, algorithm=algorithm, purpose=purpose, extractable=True))
        assert refusal(caught) == "attribute-differs"
        assert caught.value.detail.startswith("EXTRACTABLE is false")


def test_labels_and_identifiers_are_used_once(strongroom: Starter) -> None:
    started = strongroom()
    made = strongroom.generate(started, Algorithm.AES_256, Purpose.MAC)

    def again(label: str, cka_id: str) -> GenerateKey:
        return GenerateKey(label=label, cka_id=cka_id, algorithm=Algorithm.EC_P256, purpose=Purpose.SIGN, extractable=True)

    for request, code in ((again(made.label, secrets.token_hex(16)), "label-exists"), (again("other", made.cka_id), "id-exists")):
        with pytest.raises(StrongroomRefused) as caught:
            started.call(request)
        assert refusal(caught) == code
    assert len(started.call(ListObjects()).objects) == 1
    other = started.call(FindKey(cka_id=secrets.token_hex(16), label=made.label, algorithm=Algorithm.AES_256))
    assert other == KeySeen(complete=False, private=0, public=0, remnants=0, same_label=1)


@pytest.mark.parametrize("cka_id", ["", "zz", "0", "00" * 65])
def test_malformed_identifiers_are_refused(strongroom: Starter, cka_id: str) -> None:
    request = GenerateKey(label="a", cka_id=cka_id, algorithm=Algorithm.AES_128, purpose=Purpose.MAC, extractable=True)
    with pytest.raises(StrongroomRefused) as caught:
        strongroom().call(request)
    assert refusal(caught) == "cka-id-malformed"


def test_a_purpose_that_an_algorithm_cannot_serve_is_refused(strongroom: Starter) -> None:
    started = strongroom()
    for algorithm in (Algorithm.EC_P256, Algorithm.HMAC_256):
        with pytest.raises(StrongroomRefused) as caught:
            strongroom.generate(started, algorithm, Purpose.ENCRYPT)
        assert refusal(caught) == "purpose-impossible"
    assert started.call(ListObjects()).objects == ()


def test_a_missing_key_is_said_to_be_missing(strongroom: Starter) -> None:
    started = strongroom()
    with pytest.raises(StrongroomRefused) as caught:
        started.call(ReadKey(label="a", cka_id="00", algorithm=Algorithm.AES_256, purpose=Purpose.MAC, extractable=True))
    assert refusal(caught) == "key-missing"


def test_another_label_or_purpose_differs(strongroom: Starter) -> None:
    started = strongroom()
    made = strongroom.generate(started, Algorithm.AES_256, Purpose.ENCRYPT)
    for label, algorithm in (("other", Algorithm.AES_256), (made.label, Algorithm.AES_128), (made.label, Algorithm.HMAC_256)):
        purpose = min(algorithm.purposes, key=lambda purpose: purpose.value)
        with pytest.raises(StrongroomRefused) as caught:
            started.call(ReadKey(label=label, cka_id=made.cka_id, algorithm=algorithm, purpose=purpose, extractable=True))
        assert refusal(caught) == "attribute-differs"


def test_check_values_tell_keys_apart(strongroom: Starter) -> None:
    started = strongroom()
    secret = [pair for pair in QUICK if pair[0].is_secret]
    values = [strongroom.generate(started, *pair).check_value for pair in secret]
    assert {len(value) for value in values} == {10}
    assert len(set(values)) == len(values)


def test_a_half_made_pair_is_found_and_removed(strongroom: Starter, tmp_path: Path) -> None:
    """A kill between the two objects of a pair leaves the public one, and perhaps a part of the other."""
    first = strongroom(token="", practice="practice")
    strongroom.prove_pins(first)
    token = first.call(InitialiseToken(label="PAYMENTS"))
    made = strongroom.generate(first, Algorithm.EC_P256)
    first.close()
    private = next(path for path in (tmp_path / "storage").rglob("*.object") if path.name != "token.object" and _class_of(path) == 3)
    private.write_bytes(private.read_bytes()[:200])
    second = strongroom(token="", practice="practice")
    strongroom.prove_pins(second, make=False)
    second.call(OpenToken(label="PAYMENTS", serial=token.serial))
    find = FindKey(cka_id=made.cka_id, label=made.label, algorithm=Algorithm.EC_P256)
    assert second.call(find) == KeySeen(complete=False, private=0, public=1, remnants=2, same_label=0)
    gone = second.call(DestroyKey(cka_id=made.cka_id, label=made.label, algorithm=Algorithm.EC_P256, spki=made.spki))
    assert (gone.removed, gone.overwritten, gone.found) == (1, 3, 0)  # two objects, and the lock that the torn one left
    assert second.call(find) == KeySeen(complete=False, private=0, public=0, remnants=0, same_label=0)


def _class_of(path: Path) -> int:
    """CKA_CLASS is the first attribute of a SoftHSM object file."""
    return int.from_bytes(path.read_bytes()[24:32], "big")


def _is_of(spki: bytes, algorithm: Algorithm) -> None:
    key = load_der_public_key(spki)
    if isinstance(key, rsa.RSAPublicKey):
        assert (key.key_size, key.public_numbers().e) == (algorithm.bits, 65537)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        assert key.curve.name == algorithm.curve
    else:
        assert algorithm.kind is Kind.EDWARDS


def test_a_key_that_somebody_put_under_the_announced_id_is_not_adopted(tmp_path: Path) -> None:
    """The id stands in the record before the key exists; whoever has the PIN could put a known key there."""
    room = Room(practice_module())
    module.prepare(room, Prepare(storage=str(tmp_path / "storage")))
    token.make_scratch_token(room, MakeScratchToken(label="T"))
    cka_id = secrets.token_bytes(16)
    template = {
        Attribute.CLASS: ObjectClass.SECRET_KEY,
        Attribute.KEY_TYPE: KeyType.AES,
        Attribute.ID: cka_id,
        Attribute.LABEL: "payments-kek",
        Attribute.TOKEN: True,
        **attributes.private_template(Purpose.ENCRYPT, secret=True, extractable=True),
    }
    opened = room.token
    opened.module.cryptoki.create_secret(opened.handle, opened.module.mapper.packed(template), SecretBuffer.take(bytearray(b"K" * 32)))
    asked = ReadKey(label="payments-kek", cka_id=cka_id.hex(), algorithm=Algorithm.AES_256, purpose=Purpose.ENCRYPT, extractable=True)
    with pytest.raises(Refusal) as caught:
        key.read_key(room, asked)
    assert caught.value.code == "attribute-differs"
    room.forget()


def test_another_object_of_the_same_public_value_is_found(strongroom: Starter) -> None:
    started = strongroom()
    made = started.call(GenerateKey("one", "aa" * 16, Algorithm.EC_P256, Purpose.SIGN, extractable=False))
    other = "bb" * 16
    seen = started.call(FindKey(cka_id=other, label="other", algorithm=Algorithm.EC_P256, spki=made.spki))
    assert (seen.private, seen.public, seen.same_label, seen.same_public) == (0, 0, 0, 1)


def test_a_private_object_alone_is_known_by_its_public_value(tmp_path: Path) -> None:
    """A copy needs no public object beside it to be used; of RSA keys the private object carries the modulus."""
    with token_room(tmp_path) as room:
        made = key.generate_key(room, GenerateKey("one", "aa" * 16, Algorithm.RSA_2048, Purpose.SIGN, extractable=True))
        objects.own(room.token, Algorithm.RSA_2048, b"\xaa" * 16).copy({Attribute.ID: b"\xbb" * 16, Attribute.LABEL: "two"})
        gone = destruction.destroy_key(room, DestroyKey("aa" * 16, "one", Algorithm.RSA_2048, made.spki))
        assert (gone.removed, gone.found) == (2, 1)
        seen = destruction.find_key(room, FindKey("aa" * 16, "one", Algorithm.RSA_2048, made.spki))
        assert (seen.private, seen.public, seen.same_label, seen.same_public) == (0, 0, 0, 1)


def test_a_sealed_key_is_not_taken_for_one_that_never_could_leave(strongroom: Starter) -> None:
    started = strongroom()
    made = strongroom.generate(started, Algorithm.EC_P256, Purpose.SIGN)
    started.call(SealKey(label=made.label, cka_id=made.cka_id, algorithm=made.algorithm, purpose=Purpose.SIGN))
    with pytest.raises(StrongroomRefused) as caught:
        started.call(ReadKey(label=made.label, cka_id=made.cka_id, algorithm=made.algorithm, purpose=Purpose.SIGN, extractable=False))
    assert (refusal(caught), caught.value.detail) == ("attribute-differs", "NEVER_EXTRACTABLE is false, asked for true")
