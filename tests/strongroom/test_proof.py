"""Every key proves itself by its purpose; the proof is checked outside, and with a restored copy."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ceremony_app.keys import Algorithm, Purpose
from ceremony_app.strongroom import destruction, key, objects, proof, wrapping
from ceremony_app.strongroom.client import StrongroomRefused
from ceremony_app.strongroom.protocol import GenerateKey, KeyMade, KeyProof, ProveKey
from ceremony_app.strongroom.publickey import as_spki
from ceremony_app.strongroom.randomness import system_random
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from tests.strongroom.scene import token_room
from tests.strongroom.starter import Starter, openssl

MESSAGE = b"key-ceremony/proof/1\n20261124-ABCDEFGH\npayments\nthree words said aloud"
METHODS = {
    (Algorithm.EC_P256, Purpose.SIGN): "ECDSA-SHA256",
    (Algorithm.EC_SECP256K1, Purpose.SIGN): "ECDSA-SHA256",
    (Algorithm.EC_P384, Purpose.SIGN): "ECDSA-SHA384",
    (Algorithm.EC_P521, Purpose.SIGN): "ECDSA-SHA512",
    (Algorithm.ED25519, Purpose.SIGN): "EdDSA",
    (Algorithm.RSA_2048, Purpose.SIGN): "RSA-PSS-SHA256",
    (Algorithm.RSA_2048, Purpose.DECRYPT): "RSA-OAEP",
    (Algorithm.HMAC_256, Purpose.MAC): "HMAC-SHA256",
    (Algorithm.HMAC_384, Purpose.MAC): "HMAC-SHA384",
    (Algorithm.HMAC_512, Purpose.MAC): "HMAC-SHA512",
    (Algorithm.AES_128, Purpose.MAC): "AES-CMAC",
    (Algorithm.AES_256, Purpose.ENCRYPT): "AES-GCM",
    (Algorithm.AES_256, Purpose.WRAP): "AES-KWP",
}
OPENSSL = {
    "ECDSA-SHA256": ["dgst", "-sha256"],
    "ECDSA-SHA384": ["dgst", "-sha384"],
    "ECDSA-SHA512": ["dgst", "-sha512"],
    "RSA-PSS-SHA256": ["dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"],
}


def test_every_purpose_is_proved_and_openssl_agrees(strongroom: Starter, tmp_path: Path) -> None:
    started = strongroom()
    for (algorithm, purpose), method in METHODS.items():
        made = strongroom.generate(started, algorithm, purpose)
        proved = started.call(ProveKey(cka_id=made.cka_id, algorithm=algorithm, purpose=purpose, message=MESSAGE))
        assert proved.method == method
        assert bool(proved.reference) == (purpose is Purpose.WRAP)
        if purpose is Purpose.SIGN:
            _openssl_verifies(tmp_path, made.spki, method, proved.value)


def test_a_key_of_another_purpose_does_not_prove_itself(strongroom: Starter) -> None:
    started = strongroom()
    made = strongroom.generate(started, Algorithm.AES_256, Purpose.ENCRYPT)
    with pytest.raises(StrongroomRefused) as caught:
        started.call(ProveKey(cka_id=made.cka_id, algorithm=Algorithm.AES_256, purpose=Purpose.MAC, message=MESSAGE))
    assert caught.value.code == "purpose-differs"


def test_a_message_too_long_for_rsa_is_refused(strongroom: Starter) -> None:
    started = strongroom()
    made = strongroom.generate(started, Algorithm.RSA_2048, Purpose.DECRYPT)
    with pytest.raises(StrongroomRefused) as caught:
        started.call(ProveKey(cka_id=made.cka_id, algorithm=Algorithm.RSA_2048, purpose=Purpose.DECRYPT, message=bytes(300)))
    assert caught.value.code == "message-long"


@pytest.mark.parametrize(
    ("algorithm", "purpose"),
    [pair for pair in METHODS if pair[0] is not Algorithm.ED25519],
    ids=lambda value: value.value,
)
def test_a_restored_copy_stands_up_to_the_recorded_proof(tmp_path: Path, algorithm: Algorithm, purpose: Purpose) -> None:
    with token_room(tmp_path) as room, system_random(32) as wrap_key:
        made = _generate(room, algorithm, purpose)
        proved = proof.prove_key(room, ProveKey(cka_id=made.cka_id, algorithm=algorithm, purpose=purpose, message=MESSAGE))
        blob = wrapping.kwp_from_token(room, wrap_key=wrap_key, cka_id=made.cka_id, algorithm=algorithm)
        assert wrapping.kwp_from_token(room, wrap_key=wrap_key, cka_id=made.cka_id, algorithm=algorithm) == blob
        destruction.remove(room.token, objects.as_id(made.cka_id))
        restored = key.restore(
            room,
            wrap_key=wrap_key,
            blob=blob,
            algorithm=algorithm,
            purpose=purpose,
            label=made.label,
            cka_id=made.cka_id,
            spki=made.spki,
        )
        assert (restored.spki, restored.check_value, restored.label) == (made.spki, made.check_value, made.label)
        assert restored.attributes["LOCAL"] == "false"
        _hold_against(room, made, purpose, MESSAGE, proved)
        for wrong in (msgspec.structs.replace(proved, value=_flipped(proved.value)), msgspec.structs.replace(proved, value=b"")):
            with pytest.raises(Refusal, match="restored-differs"):
                _hold_against(room, made, purpose, MESSAGE, wrong)
        with pytest.raises(Refusal, match="restored-differs"):
            _hold_against(room, made, purpose, MESSAGE + b".", proved)


def test_a_copy_of_another_key_does_not_stand_up(tmp_path: Path) -> None:
    with token_room(tmp_path) as room:
        for algorithm, purpose in METHODS:
            if algorithm is Algorithm.RSA_2048:
                continue
            one, other = _generate(room, algorithm, purpose), _generate(room, algorithm, purpose)
            proved = proof.prove_key(room, ProveKey(cka_id=one.cka_id, algorithm=algorithm, purpose=purpose, message=MESSAGE))
            with pytest.raises(Refusal, match="restored-differs"):
                proof.verify_with_restored(
                    room, cka_id=other.cka_id, algorithm=algorithm, purpose=purpose, spki=one.spki, message=MESSAGE, proof=proved
                )


def test_what_is_not_the_key_leaves_nothing_in_the_token(tmp_path: Path) -> None:
    foreign = as_spki(ec.generate_private_key(ec.SECP256R1()).public_key())
    with token_room(tmp_path) as room, system_random(32) as wrap_key, system_random(32) as other:
        made = _generate(room, Algorithm.EC_P256, Purpose.SIGN)
        blob = wrapping.kwp_from_token(room, wrap_key=wrap_key, cka_id=made.cka_id, algorithm=Algorithm.EC_P256)
        destruction.remove(room.token, objects.as_id(made.cka_id))
        for key_used, bytes_used, algorithm, spki in (
            (other, blob, Algorithm.EC_P256, made.spki),
            (wrap_key, _flipped(blob), Algorithm.EC_P256, made.spki),
            (wrap_key, blob[:-8], Algorithm.EC_P256, made.spki),
            (wrap_key, blob, Algorithm.RSA_2048, made.spki),
            (wrap_key, blob, Algorithm.EC_P384, made.spki),
        ):
            with pytest.raises(Refusal):
                key.restore(
                    room,
                    wrap_key=key_used,
                    blob=bytes_used,
                    algorithm=algorithm,
                    purpose=Purpose.SIGN,
                    label=made.label,
                    cka_id=made.cka_id,
                    spki=spki,
                )
            assert room.module.cryptoki.handles(room.token.handle) == []
        restored = key.restore(
            room,
            wrap_key=wrap_key,
            blob=blob,
            algorithm=Algorithm.EC_P256,
            purpose=Purpose.SIGN,
            label=made.label,
            cka_id=made.cka_id,
            spki=foreign,
        )
        # EC private objects do not show their public half: the use of the key shows that the public half is another's.
        with pytest.raises(Refusal, match="restored-differs"):
            proof.verify_with_restored(
                room,
                cka_id=restored.cka_id,
                algorithm=Algorithm.EC_P256,
                purpose=Purpose.SIGN,
                spki=foreign,
                message=MESSAGE,
                proof=KeyProof("ECDSA-SHA256", b""),
            )


def _generate(room: Room, algorithm: Algorithm, purpose: Purpose) -> KeyMade:
    cka_id = bytes(system_random(16).view()).hex()
    return key.generate_key(
        room, GenerateKey(label=f"key-{cka_id[:8]}", cka_id=cka_id, algorithm=algorithm, purpose=purpose, extractable=True)
    )


def _hold_against(room: Room, made: KeyMade, purpose: Purpose, message: bytes, proved: KeyProof) -> None:
    proof.verify_with_restored(
        room,
        cka_id=made.cka_id,
        algorithm=made.algorithm,
        purpose=purpose,
        spki=made.spki,
        message=message,
        proof=proved,
    )


def _flipped(value: bytes) -> bytes:
    return value[:-1] + bytes((value[-1] ^ 1,))


def _openssl_verifies(directory: Path, spki: bytes, method: str, signature: bytes) -> None:
    for name, content in (("spki", spki), ("signature", signature), ("message", MESSAGE)):
        (directory / name).write_bytes(content)
    public, given, message = directory / "pem", directory / "signature", directory / "message"
    openssl("pkey", "-pubin", "-inform", "DER", "-in", directory / "spki", "-out", public)
    if method == "EdDSA":
        openssl("pkeyutl", "-verify", "-inkey", public, "-pubin", "-rawin", "-in", message, "-sigfile", given)
    else:
        openssl(*OPENSSL[method], "-verify", public, "-signature", given, message)
