"""A wrapping key is read strictly, and everything else is refused by its own name."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from ceremony_app.clouds.spki import read_wrapping_key
from ceremony_app.errors import BadInput
from tests.clouds.handouts import private_key, spki

WHERE = "parameters.json (field PublicKey)"


def refusal(data: bytes, *, practice: bool = False) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_wrapping_key(data, WHERE, practice=practice)
    assert WHERE in str(caught.value.what)
    return caught.value


def der(length: int, body: bytes, tag: int = 0x30) -> bytes:
    return bytes([tag]) + (bytes([length]) if length < 128 else b"\x82" + length.to_bytes(2)) + body


def with_numbers(modulus: int, exponent: int) -> bytes:
    """SubjectPublicKeyInfo of any two numbers, as a careless or hostile sender could write it."""

    def integer(number: int) -> bytes:
        content = number.to_bytes(number.bit_length() // 8 + 1)
        return der(len(content), content, 0x02)

    numbers = integer(modulus) + integer(exponent)
    bits = b"\x00" + der(len(numbers), numbers)
    body = bytes.fromhex("300d06092a864886f70d0101010500") + der(len(bits), bits, 0x03)
    return der(len(body), body)


@pytest.mark.parametrize("bits", [2048, 3072])
def test_a_key_is_read_with_its_size_exponent_and_hash(bits: int) -> None:
    data = spki(private_key(bits))
    key = read_wrapping_key(data, WHERE, practice=False)
    assert (key.spki, key.bits, key.exponent) == (data, bits, 65537)
    assert key.spki_sha256 == hashlib.sha256(data).hexdigest()


def test_openssl_computes_the_same_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "key.der").write_bytes(spki(private_key()))
    again = subprocess.run(
        ["openssl", "pkey", "-pubin", "-inform", "DER", "-in", "key.der", "-outform", "DER"], cwd=tmp_path, capture_output=True, check=True
    ).stdout
    assert read_wrapping_key(spki(private_key()), WHERE, practice=False).spki_sha256 == hashlib.sha256(again).hexdigest()


def test_practice_keys_pass_only_in_rehearsals() -> None:
    data = spki(private_key(2048, 3))
    assert read_wrapping_key(data, WHERE, practice=True).exponent == 3
    assert refusal(data).code == "recipient-practice"


@pytest.mark.parametrize("exponent", [0, 1, 2, 65536, 1 << 100])
def test_exponents_that_protect_nothing_are_refused(exponent: int) -> None:
    modulus = private_key().public_key().public_numbers().n
    assert refusal(with_numbers(modulus, exponent), practice=True).code == "recipient-exponent"


def test_short_keys_are_refused() -> None:
    assert refusal(spki(private_key(1024))).code == "recipient-key-short"


def test_other_kinds_of_public_key_are_refused() -> None:
    for key in (ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()):
        data = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert refusal(data).code == "recipient-not-rsa"
    pkcs1 = private_key().public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    error = refusal(pkcs1)
    assert error.code == "recipient-not-der"
    assert "PKCS#1" in str(error)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_private_keys_are_refused_loudly(form: PrivateFormat, encoding: Encoding) -> None:
    error = refusal(private_key().private_bytes(encoding, form, NoEncryption()))
    assert error.code == "recipient-private-key"
    assert str(error).startswith("STOP")


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_encrypted_and_elliptic_private_keys_are_private_too(encoding: Encoding) -> None:
    encrypted = private_key().private_bytes(encoding, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    assert refusal(encrypted).code == "recipient-private-key"
    elliptic = ec.generate_private_key(ec.SECP256R1()).private_bytes(encoding, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert refusal(elliptic).code == "recipient-private-key"


def test_pem_and_certificates_are_told_apart(tmp_path: Path) -> None:
    assert refusal(private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).code == "recipient-pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-subj", "/CN=x", "-days", "1"]
    for form in ("PEM", "DER"):
        subprocess.run([*made, "-outform", form, "-out", form], cwd=tmp_path, capture_output=True, check=True)
        assert refusal((tmp_path / form).read_bytes()).code == "recipient-certificate"


@given(st.integers(min_value=0, max_value=len(spki(private_key())) - 1))
def test_every_cut_is_refused(length: int) -> None:
    assert refusal(spki(private_key())[:length]).code in ("recipient-truncated", "recipient-not-der")


def test_bytes_behind_the_end_and_second_encodings_are_refused() -> None:
    data = spki(private_key())
    assert refusal(data + b"\n").code == "recipient-not-der"
    long_form = data[:1] + b"\x83\x00" + data[2:]  # the same length, written longer: another fingerprint for the same key
    assert refusal(long_form).code == "recipient-not-der"


@given(st.integers(min_value=0, max_value=len(spki(private_key())) - 1), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_refused_or_another_key(position: int, change: int) -> None:
    data = bytearray(spki(private_key()))
    data[position] ^= change
    try:
        key = read_wrapping_key(bytes(data), WHERE, practice=True)
    except BadInput:
        return
    assert key.spki_sha256 != hashlib.sha256(spki(private_key())).hexdigest()
    assert position > 20, "the frame of the key was changed and nobody noticed"


@given(st.binary(max_size=300))
def test_anything_else_is_one_clear_refusal(data: bytes) -> None:
    with pytest.raises(BadInput):
        read_wrapping_key(data, WHERE, practice=True)
