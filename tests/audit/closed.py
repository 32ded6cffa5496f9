"""A small closed evidence folder, made with the record room and keys outside any token."""

from __future__ import annotations

import base64
import secrets
from hashlib import sha256
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ceremony_app.clouds.package import ExpectedProof, Package, PackedFile, PackedFor
from ceremony_app.keys import proof_message
from ceremony_app.record import facts as f
from ceremony_app.record.chain import read_record
from ceremony_app.record.cms import sign_detached
from ceremony_app.record.folder import Folder
from ceremony_app.record.journal import Journal
from ceremony_app.record.manifest import write_manifest
from ceremony_app.resource import resource
from tests.record.signer import CEREMONY, UTC_TEXT, WHEN, Signer

RESOURCE = "arn:aws:kms:eu-west-1:111122223333:key/x"
PLAN = b'version = 1\ntitle = "Payments root keys 2026"\n'
PAPERS = ("READ-FIRST.pdf", "documents/minutes.pdf", "documents/key-list.pdf")
PACKAGE = "exports/aws/payments-kek"
RECIPIENT = rsa.generate_private_key(65537, 2048).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class Closed:
    """`folder` with `head`, the signers' certificates, and what stands on paper."""

    def __init__(self, parent: Path, *, addenda: int = 2, lost_key: bool = False, late_key: bool = False) -> None:
        self.folder = Folder.create(parent, CEREMONY)
        self.record_key = Signer()
        self.witness = Signer(number=9, serial=77)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.pair = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.journal = Journal.create(self.folder.record)
        self._open(lost_key)
        self._keys()
        self._package()
        self._close()
        self.head = self.journal.head
        self.journal.close()
        self.late: list[f.Fact] = []
        if late_key:
            self.record_key, self.signer_name = Signer(number=2, serial=5), "record-2"
            self.late = [f.RecordKeyLost(signer="record-1", reason="power"), self._made(self.record_key, "record-2")]
        self._papers()
        self.sign()
        for number in range(1, addenda + 1):
            self.add(number)

    @property
    def path(self) -> Path:
        return self.folder.path

    @property
    def fingerprint(self) -> str:
        return self.record_key.certificate.fingerprint

    def record(self, fact: f.Fact, step: str = "keys") -> None:
        self.journal.append(fact, step=step, utc=UTC_TEXT)

    def _made(self, signer: Signer, name: str) -> f.RecordKeyMade:
        der = signer.certificate.der
        return f.RecordKeyMade(signer=name, certificate=base64.b64encode(der).decode(), fingerprint=sha256(der).hexdigest(), serial="1")

    def _open(self, lost_key: bool) -> None:
        self.record(
            f.CeremonyOpened(
                ceremony_id=CEREMONY,
                kind="generate",
                mode="rehearsal",
                format=1,
                plan_sha256=sha256(PLAN).hexdigest(),
                software=(f.Software(name="ceremony-app", version="0.1.0"),),
            ),
            "prepare",
        )
        self.signer_name = "record-1"
        if lost_key:
            self.first_key = Signer(serial=3)
            self.record(self._made(self.first_key, "record-1"))
            self.signer_name = "record-2"
            self.package_signer, self.package_signer_name = self.first_key, "record-1"
        else:
            self.package_signer, self.package_signer_name = self.record_key, "record-1"
            self.record(self._made(self.record_key, "record-1"))
        self.lost_key = lost_key
        self.record(f.HeadRead(point="opening", head=self.journal.head, by="Mei-Ling Ó Briain"), "prepare")
        self.folder.plan.write_bytes(PLAN)
        self.record(
            f.PlanLoaded(title="T", environment="staging", sha256=sha256(PLAN).hexdigest(), words_compared_by=("A", "B"), findings=())
        )

    def _keys(self) -> None:
        self.record(
            f.KeyGenerated(
                label="payments-signing",
                cka_id="00" * 16,
                algorithm="EC-P256",
                purpose="sign",
                mechanism="EC_KEY_PAIR_GEN",
                serial="1",
                attributes={"SENSITIVE": "true"},
                spki=base64.b64encode(self.pair).decode(),
                spki_sha256=sha256(self.pair).hexdigest(),
                check_value="",
            )
        )
        value = self.key.sign(proof_message(CEREMONY, "payments-signing", "ink and rain"), ec.ECDSA(SHA256()))
        self.record(self.proved("payments-signing", "ECDSA-SHA256", value))
        self.record(
            f.KeyGenerated(
                label="payments-kek",
                cka_id="01" * 16,
                algorithm="AES-256",
                purpose="encrypt",
                mechanism="AES_KEY_GEN",
                serial="1",
                attributes={"SENSITIVE": "true"},
                spki="",
                spki_sha256="",
                check_value="0011223344",
            )
        )
        self.record(self.proved("payments-kek", "AES-GCM", secrets.token_bytes(60)))
        self.folder.public_key("payments-signing").parent.mkdir()
        text = base64.encodebytes(self.pair).decode().replace("\n", "")
        rows = [text[at : at + 64] for at in range(0, len(text), 64)]
        pem = "\n".join(["-----BEGIN PUBLIC KEY-----", *rows, "-----END PUBLIC KEY-----", ""])
        self.folder.public_key("payments-signing").write_text(pem)

    def proved(self, label: str, method: str, value: bytes) -> f.KeyProved:
        text = base64.b64encode(value).decode()
        return f.KeyProved(label=label, words="ink and rain", words_by="W", method=method, value=text, reference="")

    def accepted(self) -> f.RecipientAccepted:
        return f.RecipientAccepted(
            key="payments-kek",
            destination="aws",
            resource=RESOURCE,
            spki=base64.b64encode(RECIPIENT).decode(),
            spki_sha256=sha256(RECIPIENT).hexdigest(),
            bits=2048,
            exponent=65537,
            scheme="RSAES_OAEP_SHA_256",
            valid_until="2026-11-25T14:31:05Z",
            token_sha256="22" * 32,
            channel="the provider's console",
            groups_typed=4,
            by="W",
        )

    def packed(self, package: Package) -> Package:
        """For tests of a package that says something else than the record."""
        return package

    def packed_for(self) -> PackedFor:
        accepted = self.accepted()
        return PackedFor(accepted.spki_sha256, 2048, 65537, accepted.valid_until, accepted.token_sha256, True)

    def _package(self) -> None:
        self.record(self.accepted())
        self.record(f.PackageBegun(key="payments-kek", destination="aws", resource=RESOURCE, attempt=1))
        folder = self.folder.package("aws", "payments-kek")
        (folder / "online").mkdir(parents=True)
        files = {"EncryptedKeyMaterial.bin": secrets.token_bytes(512), "COMMANDS.md": b"# Import\n", "online/README.md": b"# Online\n"}
        for name, data in files.items():
            (folder / name).write_bytes(data)
        package = Package(
            version=1,
            ceremony_id=CEREMONY,
            plan_sha256=sha256(PLAN).hexdigest(),
            rehearsal=True,
            label="payments-kek",
            algorithm="AES-256",
            purpose="encrypt",
            spki_sha256="",
            check_value="0011223344",
            destination="aws",
            resource=RESOURCE,
            attempt=1,
            made_at=UTC_TEXT,
            scheme="RSAES_OAEP_SHA_256",
            assurance="in-token",
            signer_fingerprint=self.package_signer.certificate.fingerprint,
            recipient=self.packed_for(),
            provider={},
            files=tuple(PackedFile(name, sha256(data).hexdigest(), len(data)) for name, data in sorted(files.items())),
            proof=ExpectedProof("none"),
        )
        data = msgspec.json.encode(self.packed(package), order="sorted") + b"\n"
        (folder / "package.json").write_bytes(data)
        self.record(
            f.PackageWritten(
                key="payments-kek",
                destination="aws",
                resource=RESOURCE,
                attempt=1,
                scheme="RSAES_OAEP_SHA_256",
                assurance="in-token",
                repaired=False,
                twin_opened=True,
                package_sha256=sha256(data).hexdigest(),
                files=(
                    *(f.FileWritten(f"{PACKAGE}/{file.path}", file.sha256, file.size) for file in package.files),
                    f.FileWritten(f"{PACKAGE}/package.json", sha256(data).hexdigest(), len(data)),
                ),
            )
        )
        signature = sign_detached(data, self.package_signer.certificate.der, self.package_signer.sign, WHEN)
        (folder / "package.json.p7s").write_bytes(signature)
        self.record(f.PackageSigned(key="payments-kek", destination="aws", resource=RESOURCE, attempt=1, signer=self.package_signer_name))
        if self.lost_key:
            self.record(f.RecordKeyLost(signer="record-1", reason="power"))
            self.record(self._made(self.record_key, "record-2"))

    def _close(self) -> None:
        self.record(f.DeviationsAgreed(count=0, by="Mei-Ling Ó Briain"), "close")
        self.record(
            f.CeremonyClosed(
                outcome="completed",
                open_items=(),
                addenda=("001", "002"),
                typesetter="typst 0.15.2",
                documents=tuple(f.DocumentNonce(name, "00" * 16) for name in PAPERS),
            ),
            "close",
        )

    def _papers(self) -> None:
        self.folder.documents.mkdir()
        (self.folder.documents / "minutes.pdf").write_bytes(b"%PDF-1.7 minutes\n" + secrets.token_bytes(3000))
        (self.folder.documents / "key-list.pdf").write_bytes(b"%PDF-1.7 key list\n" + secrets.token_bytes(900))
        self.folder.read_first.write_bytes(b"%PDF-1.7 read first\n" + secrets.token_bytes(1500))
        (self.path / "VERIFY.md").write_bytes(resource("record/VERIFY.md").read_bytes())
        (self.path / "RECOVER.md").write_bytes(b"# Recover\n")
        (self.path / "recover.py").write_bytes(b"print('recover')\n")

    def sign(self) -> None:
        """The signers' certificates, the manifest, and a signature of each."""
        for name, signer in self.manifest_signers.items():
            self.folder.signer(name).parent.mkdir(exist_ok=True)
            self.folder.signer(name).write_bytes(signer.certificate.pem)
        self.manifest = write_manifest(self.folder)
        for name, signer in self.manifest_signers.items():
            self.folder.signature(name).write_bytes(sign_detached(self.manifest, signer.certificate.der, signer.sign, WHEN))

    @property
    def manifest_signers(self) -> dict[str, Signer]:
        return {self.signer_name: self.record_key, "witness-1": self.witness}

    def add(self, number: int, *facts: f.Fact, signed: bool | None = None) -> None:
        """Addendum `number`; 001 is signed by the record key, 002 is a claim."""
        self.folder.addenda.mkdir(exist_ok=True)
        path = self.folder.addendum(number)
        journal = Journal.create(path, start=self.head)
        for fact in facts or self.last_facts(number):
            journal.append(fact, step="end", utc=UTC_TEXT)
        journal.close()
        if number == 1 if signed is None else signed:
            signature = sign_detached(path.read_bytes(), self.record_key.certificate.der, self.record_key.sign, WHEN)
            self.folder.addendum_signature(number, self.signer_name).write_bytes(signature)

    def last_facts(self, number: int) -> list[f.Fact]:
        digest = sha256(self.manifest).hexdigest()
        if number == 1:
            return [
                *self.late,
                f.ManifestSigned(manifest_sha256=digest, files=9, signers=tuple(self.manifest_signers)),
                f.FolderChecked(head=self.head, manifest_sha256=digest, checks=20, machine="laptop", by="Mei-Ling Ó Briain"),
                f.RecordTokenWipeBegun(signer=self.signer_name),
            ]
        return [f.RecordTokenWiped(signer=self.signer_name, files=3, overwritten=3, left=0)]

    def entries(self) -> int:
        return len(read_record(self.folder.record))
