"""Signatures: openssl accepts what we make, and we accept nothing else."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from asn1crypto import cms, core
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony_app.errors import DoesNotHold
from ceremony_app.record.certificate import _P256_ORDER, low_s, read_certificate
from ceremony_app.record.cms import _attributes, _build, sign_detached, verify_detached
from tests.record.signer import WHEN, Signer

CONTENT = b"0" * 64 + b"  record.log\n"
SIGNER = Signer()
P7S = sign_detached(CONTENT, SIGNER.certificate.der, SIGNER.sign, WHEN)


def openssl_accepts(folder: Path, p7s: bytes, content: bytes, pem: bytes) -> bool:
    for name, data in (("x.p7s", p7s), ("content", content), ("cert.pem", pem)):
        (folder / name).write_bytes(data)
    command = "openssl cms -verify -binary -inform DER -in x.p7s -content content -nointern -noverify -certfile cert.pem -out /dev/null"
    return subprocess.run(command.split(), cwd=folder, capture_output=True, timeout=30, check=False).returncode == 0


def test_openssl_and_we_accept_it(tmp_path: Path) -> None:
    assert openssl_accepts(tmp_path, P7S, CONTENT, SIGNER.certificate.pem)
    assert verify_detached(P7S, CONTENT, SIGNER.certificate.der) == WHEN


def test_an_impostor_of_the_same_name_and_serial_is_refused(tmp_path: Path) -> None:
    impostor = Signer()
    assert impostor.certificate.issuer == SIGNER.certificate.issuer
    forged = sign_detached(CONTENT, impostor.certificate.der, impostor.sign, WHEN)
    assert not openssl_accepts(tmp_path, forged, CONTENT, SIGNER.certificate.pem)
    with pytest.raises(DoesNotHold, match="another certificate"):
        verify_detached(forged, CONTENT, SIGNER.certificate.der)


def test_other_content_is_refused() -> None:
    with pytest.raises(DoesNotHold, match=r"x\.p7s is a signature over other bytes"):
        verify_detached(P7S, CONTENT + b"\n", SIGNER.certificate.der, name="x.p7s")


def test_every_changed_byte_is_refused() -> None:
    for at in range(len(P7S)):
        changed = P7S[:at] + bytes([P7S[at] ^ 1]) + P7S[at + 1 :]
        with pytest.raises(DoesNotHold):
            verify_detached(changed, CONTENT, SIGNER.certificate.der)


def test_every_other_length_is_refused() -> None:
    for data in (b"", P7S[:-1], P7S + b"\0", P7S[1:], P7S * 2):
        with pytest.raises(DoesNotHold):
            verify_detached(data, CONTENT, SIGNER.certificate.der)


def rebuilt(signature: bytes) -> bytes:
    return _build(SIGNER.certificate, _attributes(CONTENT, SIGNER.certificate, WHEN), signature)


def signature_of(p7s: bytes) -> bytes:
    signature: bytes = cms.ContentInfo.load(p7s)["content"]["signer_infos"][0]["signature"].native
    return signature


def test_the_other_s_of_the_same_signature_is_refused(tmp_path: Path) -> None:
    """(r, n - s) is as valid to openssl; a second valid file would be a change that nobody notices."""
    r, s = decode_dss_signature(signature_of(P7S))
    other = rebuilt(encode_dss_signature(r, _P256_ORDER - s))
    assert rebuilt(signature_of(P7S)) == P7S
    assert openssl_accepts(tmp_path, other, CONTENT, SIGNER.certificate.pem)
    with pytest.raises(DoesNotHold, match="not in its one form"):
        verify_detached(other, CONTENT, SIGNER.certificate.der)


def test_a_signature_padded_with_zeros_is_refused() -> None:
    body = signature_of(P7S)[2:]
    length = body[1]
    padded = b"\x02" + bytes([length + 1]) + b"\0" + body[2:]
    with pytest.raises(DoesNotHold):
        verify_detached(rebuilt(b"\x30" + bytes([len(padded)]) + padded), CONTENT, SIGNER.certificate.der)


def test_added_certificates_and_attributes_are_refused(tmp_path: Path) -> None:
    """What openssl lets pass: a certificate inside, an unsigned attribute."""
    parsed = cms.ContentInfo.load(P7S)
    parsed["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes([{"type": "1.2.3.4", "values": [core.Null()]}])
    with_attribute = parsed.dump(force=True)
    made = subprocess.run(
        ["openssl", "cms", "-sign", "-binary", "-md", "sha256", "-signer", "cert.pem", "-inkey", "key.pem", "-outform", "DER", "-in", "c"],
        cwd=_written(tmp_path),
        capture_output=True,
        timeout=30,
        check=True,
    ).stdout
    for data in (with_attribute, made):
        assert openssl_accepts(tmp_path, data, CONTENT, SIGNER.certificate.pem)
        with pytest.raises(DoesNotHold):
            verify_detached(data, CONTENT, SIGNER.certificate.der)


def _written(folder: Path) -> Path:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    (folder / "key.pem").write_bytes(SIGNER.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "cert.pem").write_bytes(SIGNER.certificate.pem)
    (folder / "c").write_bytes(CONTENT)
    return folder


@pytest.mark.parametrize(
    "when",
    [
        datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2050, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 1, 0, 0, 999, tzinfo=timezone(timedelta(hours=5))),
    ],
)
def test_times_of_both_types(tmp_path: Path, when: datetime) -> None:
    p7s = sign_detached(CONTENT, SIGNER.certificate.der, SIGNER.sign, when)
    assert verify_detached(p7s, CONTENT, SIGNER.certificate.der) == when.replace(microsecond=0)
    assert openssl_accepts(tmp_path, p7s, CONTENT, SIGNER.certificate.pem)


def test_a_signer_that_signs_something_else_is_noticed() -> None:
    with pytest.raises(DoesNotHold, match="was not signed by"):
        sign_detached(CONTENT, SIGNER.certificate.der, lambda message: SIGNER.sign(message + b"x"), WHEN)
    with pytest.raises(DoesNotHold):
        sign_detached(CONTENT, SIGNER.certificate.der, lambda message: message[:10], WHEN)


def test_both_halves_of_signatures_are_normalised() -> None:
    """A token gives a high s half the time; what we write never has one."""
    for number in range(16):
        p7s = sign_detached(b"%d" % number, SIGNER.certificate.der, SIGNER.sign, WHEN)
        assert decode_dss_signature(signature_of(p7s))[1] <= _P256_ORDER // 2


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_refused_in_our_words(data: bytes) -> None:
    with pytest.raises(DoesNotHold):
        verify_detached(data, CONTENT, SIGNER.certificate.der)
    with pytest.raises(DoesNotHold):
        low_s(data)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_mixed_up_bytes_are_refused_in_our_words(data: st.DataObject) -> None:
    """Pieces cut out, doubled and overwritten: what reaches deep into the parser."""
    changed = bytearray(P7S)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed)))
        changed[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=12))
    if bytes(changed) != P7S:
        with pytest.raises(DoesNotHold):
            verify_detached(bytes(changed), CONTENT, SIGNER.certificate.der)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_mixed_up_certificates_are_refused_or_another_one(data: st.DataObject) -> None:
    changed = bytearray(SIGNER.certificate.pem)
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    try:
        other = read_certificate(bytes(changed), "x.pem")
    except DoesNotHold:
        return
    assert (other.pem == SIGNER.certificate.pem) == (other.fingerprint == SIGNER.certificate.fingerprint)
    if other.fingerprint != SIGNER.certificate.fingerprint:
        with pytest.raises(DoesNotHold):
            verify_detached(P7S, CONTENT, other.der)
