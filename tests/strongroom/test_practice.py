"""The practice cloud: opens what is right, and refuses what a cloud refuses."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_der_public_key

from ceremony_app.keys import Algorithm, Purpose, WrapScheme
from ceremony_app.strongroom import practice
from ceremony_app.strongroom.protocol import MakeRecipient, OpenPackage, PackageOpened
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from tests.strongroom.scene import bare_room

NAME = "aws/payments-kek"
P256 = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return bare_room(tmp_path)


def recipient(room: Room, name: str = NAME) -> rsa.RSAPublicKey:
    key = load_der_public_key(practice.make_recipient(room, MakeRecipient(name=name, bits=2048)).spki)
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def oaep(key: rsa.RSAPublicKey, scheme: WrapScheme, plain: bytes) -> bytes:
    digest = SHA1() if scheme.hash_name == "sha1" else SHA256()
    return key.encrypt(plain, padding.OAEP(padding.MGF1(digest), digest, None))


def pack(key: rsa.RSAPublicKey, scheme: WrapScheme, material: bytes) -> bytes:
    if not scheme.is_hybrid:
        return oaep(key, scheme, material)
    transport = os.urandom(32)
    return oaep(key, scheme, transport) + aes_key_wrap_with_padding(transport, material)


def opened(room: Room, ciphertext: bytes, scheme: WrapScheme, algorithm: Algorithm, purpose: Purpose) -> PackageOpened:
    return practice.open_package(room, OpenPackage(name=NAME, scheme=scheme, ciphertext=ciphertext, algorithm=algorithm, purpose=purpose))


def pkcs8(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def test_a_recipient_is_made_once_and_kept_for_its_owner(room: Room) -> None:
    first = recipient(room)
    assert first.public_numbers().e == 3
    assert recipient(room).public_numbers() == first.public_numbers()
    assert recipient(room, "aws-payments-kek").public_numbers() != first.public_numbers()
    assert room.practice is not None
    files = sorted((room.practice / "cloud").iterdir())
    assert [file.name for file in files] == ["aws%2Fpayments-kek.pem", "aws-payments-kek.pem"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.mark.parametrize(("name", "bits"), [("", 2048), ("a" * 200, 2048), (NAME, 1024), (NAME, 3000)])
def test_unusable_recipients_are_refused(room: Room, name: str, bits: int) -> None:
    with pytest.raises(Refusal, match="recipient-unusable"):
        practice.make_recipient(room, MakeRecipient(name=name, bits=bits))


def test_another_length_for_the_same_name_is_refused(room: Room) -> None:
    recipient(room)
    with pytest.raises(Refusal, match="recipient-unusable"):
        practice.make_recipient(room, MakeRecipient(name=NAME, bits=3072))


@pytest.mark.parametrize("scheme", list(WrapScheme))
@pytest.mark.parametrize(
    ("algorithm", "purpose"),
    [
        (Algorithm.AES_256, Purpose.ENCRYPT),
        (Algorithm.AES_128, Purpose.MAC),
        (Algorithm.AES_256, Purpose.WRAP),
        (Algorithm.HMAC_384, Purpose.MAC),
    ],
)
def test_secret_keys_open_with_their_check_value(room: Room, scheme: WrapScheme, algorithm: Algorithm, purpose: Purpose) -> None:
    key = os.urandom(algorithm.bits // 8)
    found = opened(room, pack(recipient(room), scheme, key), scheme, algorithm, purpose)
    assert (found.check_value, found.spki_sha256, found.length) == (expected_check(algorithm, purpose, key), "", len(key))


def expected_check(algorithm: Algorithm, purpose: Purpose, key: bytes) -> str:
    """The check value by `openssl`."""
    if algorithm is Algorithm.HMAC_384:
        return hmac.digest(key, bytes(16), "sha384")[:5].hex()
    bits = len(key) * 8
    commands = {
        Purpose.ENCRYPT: ["enc", f"-aes-{bits}-ecb", "-nopad", "-K", key.hex()],
        Purpose.WRAP: ["enc", f"-id-aes{bits}-wrap-pad", "-K", key.hex(), "-iv", "A65959A6"],
        Purpose.MAC: ["mac", "-binary", "-cipher", f"AES-{bits}-CBC", "-macopt", f"hexkey:{key.hex()}", "-in", "-", "CMAC"],
    }
    return subprocess.run(["openssl", *commands[purpose]], input=bytes(16), capture_output=True, check=True).stdout[:5].hex()


@pytest.mark.parametrize("scheme", [WrapScheme.HYBRID_SHA1, WrapScheme.HYBRID_SHA256])
def test_pairs_open_with_their_public_key(room: Room, scheme: WrapScheme) -> None:
    keys = (
        (P256, Algorithm.EC_P256),
        (ec.generate_private_key(ec.SECP256K1()), Algorithm.EC_SECP256K1),
        (rsa.generate_private_key(public_exponent=65537, key_size=2048), Algorithm.RSA_2048),
        (ed25519.Ed25519PrivateKey.generate(), Algorithm.ED25519),
    )
    for key, algorithm in keys:
        found = opened(room, pack(recipient(room), scheme, pkcs8(key)), scheme, algorithm, Purpose.SIGN)
        spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert (found.spki_sha256, found.check_value) == (hashlib.sha256(spki).hexdigest(), "")


def explicit_curve() -> bytes:
    """A P-256 key whose curve is written out instead of named."""
    command = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit"]
    pem = subprocess.run(command, capture_output=True, check=True).stdout
    convert = ["openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER"]
    return subprocess.run(convert, input=pem, capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("material", "algorithm"),
    [
        (pkcs8(P256) + bytes(5), Algorithm.EC_P256),
        (pkcs8(P256), Algorithm.EC_P384),
        (pkcs8(P256), Algorithm.RSA_2048),
        (pkcs8(P256)[:-1], Algorithm.EC_P256),
        (explicit_curve(), Algorithm.EC_P256),
        (b"", Algorithm.EC_P256),
        (bytes(31), Algorithm.AES_256),
        (bytes(32), Algorithm.AES_128),
        (bytes(64), Algorithm.HMAC_384),
    ],
)
def test_material_that_a_cloud_refuses_is_refused(room: Room, material: bytes, algorithm: Algorithm) -> None:
    scheme = WrapScheme.HYBRID_SHA256
    ciphertext = pack(recipient(room), scheme, material or b"\0")
    with pytest.raises(Refusal, match="material-malformed"):
        opened(room, ciphertext, scheme, algorithm, Purpose.SIGN)


def test_packages_that_do_not_open_are_refused(room: Room) -> None:
    key, other = recipient(room), recipient(room, "other")
    direct, hybrid = WrapScheme.OAEP_SHA256, WrapScheme.HYBRID_SHA256
    good = pack(key, hybrid, bytes(32))
    short_transport = oaep(key, hybrid, bytes(16)) + aes_key_wrap_with_padding(bytes(16), bytes(32))
    cases = [
        (pack(other, direct, bytes(32)), direct),
        (pack(key, WrapScheme.OAEP_SHA1, bytes(32)), direct),
        (pack(key, direct, bytes(32)) + b"\0", direct),
        (good, direct),
        (good[:-1], hybrid),
        (good[:-1] + bytes([good[-1] ^ 1]), hybrid),
        (good[:256], hybrid),
        (short_transport, hybrid),
        (b"", hybrid),
    ]
    for ciphertext, scheme in cases:
        with pytest.raises(Refusal, match="package-unopenable"):
            opened(room, ciphertext, scheme, Algorithm.AES_256, Purpose.ENCRYPT)


def test_no_recipient_and_no_rehearsal(room: Room) -> None:
    with pytest.raises(Refusal, match="recipient-unusable"):
        opened(room, bytes(256), WrapScheme.OAEP_SHA256, Algorithm.AES_256, Purpose.ENCRYPT)
    with pytest.raises(Refusal, match="printing-not-built"):
        practice.make_recipient(Room(), MakeRecipient(name=NAME, bits=2048))
