"""The record key's certificate, as openssl sees it, and the one PEM form."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ceremony_app.errors import DoesNotHold
from ceremony_app.record.certificate import Certificate, make_certificate, read_certificate
from tests.record.signer import CEREMONY, Signer

SIGNER = Signer()


def openssl(folder: Path, *words: str) -> str:
    (folder / "cert.pem").write_bytes(SIGNER.certificate.pem)
    return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, timeout=30, check=True).stdout


def test_openssl_reads_what_was_asked_for(tmp_path: Path) -> None:
    text = openssl(tmp_path, "x509", "-in", "cert.pem", "-noout", "-text", "-nameopt", "RFC2253")
    for line in (
        "Version: 3 (0x2)",
        "(0x1234567890abcdef)",
        f"Subject: CN=key ceremony record key 1,O={CEREMONY}",
        "Not Before: Nov 24 14:31:05 2026 GMT",
        "Not After : Nov 24 14:31:05 2056 GMT",
        "X509v3 Key Usage: critical\n                Digital Signature",
        "X509v3 Basic Constraints: critical\n                CA:FALSE",
        "X509v3 Subject Key Identifier",
    ):
        assert line in text
    assert "OK" in openssl(tmp_path, "verify", "-CAfile", "cert.pem", "-check_ss_sig", "cert.pem")
    shown = openssl(tmp_path, "x509", "-in", "cert.pem", "-noout", "-fingerprint", "-sha256")
    assert shown.split("=")[1].strip().replace(":", "").lower() == SIGNER.certificate.fingerprint


def test_pem_is_what_openssl_writes(tmp_path: Path) -> None:
    assert openssl(tmp_path, "x509", "-in", "cert.pem").encode() == SIGNER.certificate.pem


def test_reading_gives_the_same_certificate() -> None:
    assert read_certificate(SIGNER.certificate.pem, "x.pem").der == SIGNER.certificate.der


@pytest.mark.parametrize(
    "change",
    [
        lambda pem: pem + pem,
        lambda pem: pem + b"\n",
        lambda pem: b"subject\n" + pem,
        lambda pem: pem.replace(b"\n", b"\r\n"),
        lambda pem: pem.replace(b"CERTIFICATE", b"X509 CRL"),
        lambda pem: pem.replace(b"\n", b"", 2),
        lambda pem: pem[:100] + pem[101:],
        lambda pem: b"",
        lambda pem: b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        lambda pem: b"-----BEGIN CERTIFICATE-----\n=\n-----END CERTIFICATE-----\n",
    ],
)
def test_any_other_pem_is_refused(change: object) -> None:
    assert callable(change)
    with pytest.raises(DoesNotHold, match=r"signers/x\.pem"):
        read_certificate(change(SIGNER.certificate.pem), "signers/x.pem")


def test_a_leap_day_has_an_end() -> None:
    spki = SIGNER.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    der = make_certificate(spki, SIGNER.sign, ceremony_id=CEREMONY, signer="record-2", utc="2028-02-29T12:00:00Z", serial=1)
    assert b"580228120000Z" in der


def test_a_signer_of_another_key_is_noticed() -> None:
    spki = Signer().key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(DoesNotHold, match="was not signed by the key"):
        make_certificate(spki, SIGNER.sign, ceremony_id=CEREMONY, signer="record-1", utc="2026-11-24T14:31:05Z", serial=1)


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)])
def test_only_p256_signs(tmp_path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    command = "openssl req -new -x509 -key key.pem -subj /CN=witness -days 30 -outform DER"
    der = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, timeout=30, check=True).stdout
    with pytest.raises(DoesNotHold, match="no EC P-256 key"):
        Certificate(der)
