"""Records that were chained and signed by a liar: every byte agrees with every hash, and what is said is false."""

from __future__ import annotations

import base64
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ceremony_app.audit import rendering
from ceremony_app.audit.folder import audit_folder
from ceremony_app.audit.proof import expected_method
from ceremony_app.audit.report import Check, Report, Verdict
from ceremony_app.clouds.package import ExpectedProof, Package, PackedFor
from ceremony_app.engine.seal import RECIPES
from ceremony_app.keys import Algorithm, Purpose, proof_message
from ceremony_app.machine import software
from ceremony_app.record import facts as f
from ceremony_app.resource import resource
from ceremony_app.typeset.press import typst_version
from tests.audit.closed import PAPERS, Closed
from tests.record.signer import CEREMONY

Change = Callable[[f.Fact], f.Fact]


def audited(folder: Closed) -> Report:
    return audit_folder(folder.path, head=folder.head, signers=[folder.fingerprint], addenda=2)


def found(report: Report, id: str) -> Check:
    return next(check for check in report.checks if check.id == id)


def liar(parent: Path, change: Change) -> Closed:
    """A folder in which each fact was changed before it was chained."""

    class Liar(Closed):
        def record(self, fact: f.Fact, step: str = "keys") -> None:
            super().record(change(fact), step)

    return Liar(parent)


def changed(kind: type[f.Fact], of: str = "", /, **fields: object) -> Change:
    def change(fact: f.Fact) -> f.Fact:
        if isinstance(fact, kind) and (not of or getattr(fact, "label", "") == of):
            return msgspec.structs.replace(fact, **fields)
        return fact

    return change


OTHER_MESSAGE = ec.generate_private_key(ec.SECP256R1()).sign(b"x", ec.ECDSA(SHA256()))
OTHER_SPKI = ec.generate_private_key(ec.SECP384R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
SIGNING, KEK = "payments-signing", "payments-kek"


@pytest.mark.parametrize(
    "change",
    [
        changed(f.KeyProved, SIGNING, value="AAAA"),
        changed(f.KeyProved, SIGNING, value=""),
        changed(f.KeyProved, SIGNING, value="no base64"),
        changed(f.KeyProved, SIGNING, value=base64.b64encode(OTHER_MESSAGE).decode()),
        changed(f.KeyProved, SIGNING, words="other words"),
        changed(f.KeyProved, SIGNING, method="none"),
        changed(f.KeyProved, SIGNING, method="ECDSA-SHA384"),
        changed(f.KeyProved, SIGNING, label="nobody"),
        changed(f.KeyProved, KEK, value=""),
        changed(f.KeyProved, KEK, method="AES-CMAC"),
        changed(f.KeyGenerated, SIGNING, algorithm="EC-P384"),
        changed(f.KeyGenerated, SIGNING, purpose="everything"),
        changed(f.KeyGenerated, SIGNING, purpose="decrypt"),
        changed(f.KeyGenerated, SIGNING, algorithm="ROT-13"),
        changed(f.KeyGenerated, SIGNING, spki=base64.b64encode(OTHER_SPKI).decode(), spki_sha256=sha256(OTHER_SPKI).hexdigest()),
        changed(f.KeyGenerated, SIGNING, spki="AAAA", spki_sha256=sha256(b"\0\0\0").hexdigest()),
        changed(f.KeyGenerated, SIGNING, spki_sha256="0" * 64),
        changed(f.KeyGenerated, KEK, spki_sha256="0" * 64),
    ],
)
def test_a_proof_that_does_not_hold(tmp_path: Path, change: Change) -> None:
    assert "PROOFS-1" in {check.id for check in audited(liar(tmp_path, change)).failed}


def test_it_says_what_was_checked_and_what_cannot_be(closed: Closed) -> None:
    assert str(found(audited(closed), "PROOFS-1")) == (
        "PROOFS-1 ok: 1 signature of a key checked with its public key. "
        "What cannot be checked without the key itself: payments-kek (AES-GCM)."
    )


def _signing(algorithm: str) -> tuple[bytes, Callable[[bytes], bytes], str]:
    """SPKI, how it signs, and the method's name."""
    key: Any
    if algorithm == "Ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
        sign, method = key.sign, "EdDSA"
    elif algorithm == "RSA-2048":
        key = rsa.generate_private_key(65537, 2048)
        sign, method = (lambda message: key.sign(message, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())), "RSA-PSS-SHA256"
    else:
        key = ec.generate_private_key(ec.SECP384R1())
        sign, method = (lambda message: key.sign(message, ec.ECDSA(SHA384()))), "ECDSA-SHA384"
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), sign, method


@pytest.mark.parametrize("algorithm", ["Ed25519", "RSA-2048", "EC-P384"])
def test_proofs_of_other_algorithms(tmp_path: Path, algorithm: str) -> None:
    spki, sign, method = _signing(algorithm)
    value = base64.b64encode(sign(proof_message(CEREMONY, SIGNING, "ink and rain"))).decode()

    def honest(fact: f.Fact) -> f.Fact:
        public = {"algorithm": algorithm, "spki": base64.b64encode(spki).decode(), "spki_sha256": sha256(spki).hexdigest()}
        return changed(f.KeyProved, SIGNING, method=method, value=value)(changed(f.KeyGenerated, SIGNING, **public)(fact))

    assert found(audited(liar(tmp_path / "1", honest)), "PROOFS-1").verdict is Verdict.OK
    other = base64.b64encode(sign(b"something else")).decode()
    lie = audited(liar(tmp_path / "2", lambda fact: changed(f.KeyProved, SIGNING, value=other)(honest(fact))))
    assert found(lie, "PROOFS-1").verdict is Verdict.FAILED


def test_every_key_has_a_method() -> None:
    """The names are those of docs/record-format.md."""
    methods = {expected_method(algorithm, purpose) for algorithm in Algorithm for purpose in algorithm.purposes}
    assert methods == {
        *("ECDSA-SHA256", "ECDSA-SHA384", "ECDSA-SHA512", "RSA-PSS-SHA256", "EdDSA"),
        *("HMAC-SHA256", "HMAC-SHA384", "HMAC-SHA512", "AES-CMAC", "RSA-OAEP", "AES-GCM", "AES-KWP"),
    }
    assert expected_method(Algorithm.EC_SECP256K1, Purpose.SIGN) == "ECDSA-SHA256"


def packed(parent: Path, **fields: object) -> Closed:
    class Packed(Closed):
        def packed(self, package: Package) -> Package:
            inner = {name: value for name, value in fields.items() if hasattr(package.recipient, name) and not hasattr(package, name)}
            outer = {name: value for name, value in fields.items() if name not in inner}
            return msgspec.structs.replace(package, **outer, recipient=msgspec.structs.replace(package.recipient, **inner))

    return Packed(parent)


@pytest.mark.parametrize(
    "fields",
    [
        {"algorithm": "AES-128"},
        {"purpose": "wrap"},
        {"rehearsal": False},
        {"spki_sha256": "0" * 64},
        {"check_value": "0000000000"},
        {"scheme": "RSAES_OAEP_SHA_1"},
        {"plan_sha256": "0" * 64},
        {"bits": 4096},
        {"exponent": 3},
        {"token_sha256": "0" * 64},
        {"valid_until": ""},
        {"proof": ExpectedProof("practice-check-value", "0000000000")},
        {"proof": ExpectedProof("mac", "0" * 64, "AAAA")},
    ],
)
def test_a_package_that_says_another_thing_than_the_record(tmp_path: Path, fields: dict[str, object]) -> None:
    report = audited(packed(tmp_path, **fields))
    assert [check.id for check in report.failed] == ["PACKAGE-aws-payments-kek"]
    assert report.failed[0].file.endswith("package.json")


@pytest.mark.parametrize(
    "change",
    [
        changed(f.RecipientAccepted, spki_sha256="0" * 64),
        changed(f.RecipientAccepted, bits=4096),
        changed(f.RecipientAccepted, spki="AAAA"),
        changed(f.RecipientAccepted, resource="other"),
        changed(f.PackageBegun, attempt=2),
        changed(f.KeyGenerated, KEK, check_value="ffffffffff"),
    ],
)
def test_a_record_that_says_another_thing_than_its_package(tmp_path: Path, change: Change) -> None:
    assert "PACKAGE-aws-payments-kek" in {check.id for check in audited(liar(tmp_path, change)).failed}


def test_a_package_for_another_recipient_than_the_accepted(tmp_path: Path) -> None:
    spki = rsa.generate_private_key(65537, 2048).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    class Exchanged(Closed):
        def packed_for(self) -> PackedFor:
            return msgspec.structs.replace(super().packed_for(), spki_sha256=sha256(spki).hexdigest())

    report = audited(Exchanged(tmp_path))
    assert [check.id for check in report.failed] == ["PACKAGE-aws-payments-kek"]


def test_a_paper_that_the_closing_does_not_name(tmp_path: Path) -> None:
    class Extra(Closed):
        def _papers(self) -> None:
            super()._papers()
            (self.folder.documents / "lies.pdf").write_bytes(b"%PDF all was well")

    report = audited(Extra(tmp_path))
    assert [(check.id, check.file) for check in report.failed] == [("PAPERS-1", "documents/lies.pdf")]


@pytest.mark.parametrize("names", [(), PAPERS[:2], (*PAPERS, PAPERS[0]), (*PAPERS, "documents/more.pdf")])
def test_a_closing_that_names_other_papers(tmp_path: Path, names: tuple[str, ...]) -> None:
    change = changed(f.CeremonyClosed, documents=tuple(f.DocumentNonce(name, "00" * 16) for name in names))
    assert [check.id for check in audited(liar(tmp_path, change)).failed] == ["PAPERS-1"]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Change:
    """This build rendered the papers: the facts say so, and what is rendered is what lies there."""
    monkeypatch.setattr(rendering, "fold", lambda entries: None)
    monkeypatch.setattr(rendering, "render", lambda name, *_, **__: b"%PDF")

    def change(fact: f.Fact) -> f.Fact:
        mine = tuple(f.Software(name=name, version=version, sha256=digest) for name, version, digest in software())
        return changed(f.CeremonyClosed, typesetter=typst_version())(changed(f.CeremonyOpened, software=mine)(fact))

    return change


@pytest.mark.parametrize("exchanged", ["", *RECIPES])
def test_recipes_are_those_of_the_build(tmp_path: Path, printed: Change, exchanged: str) -> None:
    class Printed(Closed):
        def record(self, fact: f.Fact, step: str = "keys") -> None:
            super().record(printed(fact), step)

        def _papers(self) -> None:
            super()._papers()
            for name in PAPERS:
                (self.path / name).write_bytes(b"%PDF")
            for name, source in RECIPES.items():
                (self.path / name).write_bytes(resource(source).read_bytes() + (b"x" if name == exchanged else b""))

    report = audited(Printed(tmp_path))
    assert [(check.id, check.file) for check in report.failed] == ([("PAPERS-2", exchanged)] if exchanged else [])


def test_recipes_of_another_build_are_named(closed: Closed) -> None:
    check = found(audited(closed), "PAPERS-2")
    assert check.verdict is Verdict.NOT_CHECKED
    assert all(name in str(check) for name in RECIPES)
