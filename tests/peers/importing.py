"""One key from a real token to the AWS KMS emulator, the way a ceremony does it, with the emulator's own import parameters."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from ceremony_app.clouds.aws_key import IMPORTABLE
from ceremony_app.clouds.catalogue import cloud
from ceremony_app.clouds.destination import ExportedKey, PackageOrder, Recipient
from ceremony_app.keys import Algorithm, Assurance, Purpose, WrapScheme, proof_message
from ceremony_app.plan.model import Destination, Environment, Export, KeySpec
from ceremony_app.strongroom.client import Strongroom
from ceremony_app.strongroom.protocol import GenerateKey, KeyMade, ProveKey, WrapKey

AWS = cloud(Destination.AWS)
CEREMONY = "20261124-K7QM2XWA"


class Made(msgspec.Struct, frozen=True):
    """A key in the token with its record."""

    key: ExportedKey
    cka_id: str


def now() -> datetime.datetime:
    """The emulator has no other clock than the machine's."""
    return datetime.datetime.now(datetime.UTC)


def purpose_of(algorithm: Algorithm) -> Purpose:
    return next(iter(IMPORTABLE[algorithm].usage))


def make_key(token: Strongroom, algorithm: Algorithm, purpose: Purpose | None = None) -> Made:
    """Generate a key in the token and prove it, as the keys step does."""
    cka_id = os.urandom(16).hex()
    spec = KeySpec(label=f"peer-{cka_id[:12]}", algorithm=algorithm, purpose=purpose or purpose_of(algorithm), rotate_after_days=365)
    message = proof_message(CEREMONY, spec.label, "nine green bottles")
    made: KeyMade = token.call(GenerateKey(label=spec.label, cka_id=cka_id, algorithm=algorithm, purpose=spec.purpose, extractable=True))
    proof = token.call(ProveKey(cka_id=cka_id, algorithm=algorithm, purpose=spec.purpose, message=message))
    return Made(ExportedKey(spec, made.spki, made.check_value, message, proof.value), cka_id)


def create(kms: Any, made: ExportedKey) -> str:
    """The KMS key without material, as the request sheet says; returns its ARN."""
    row = IMPORTABLE[made.algorithm]
    metadata = kms.create_key(Origin="EXTERNAL", KeySpec=row.key_spec, KeyUsage=row.usage[made.purpose])["KeyMetadata"]
    assert metadata["KeyState"] == "PendingImport"
    arn: str = metadata["Arn"]
    return arn


def fetch(kms: Any, arn: str, scheme: WrapScheme, folder: Path, size: str = "RSA_2048") -> Path:
    """`get-parameters-for-import` as the command line prints it, with its sidecar."""
    answer = kms.get_parameters_for_import(KeyId=arn, WrappingAlgorithm=scheme.value, WrappingKeySpec=size)
    folder.mkdir(parents=True)
    printed = {
        "KeyId": answer["KeyId"],
        "ImportToken": answer["ImportToken"],
        "PublicKey": answer["PublicKey"],
        "ParametersValidTo": answer["ParametersValidTo"].isoformat(),
    }
    (folder / "parameters.json").write_bytes(msgspec.json.encode(printed))
    (folder / "wrapping.json").write_text(json.dumps({"WrappingAlgorithm": scheme.value}))
    return folder


def accept(made: Made, arn: str, folder: Path) -> Recipient:
    return AWS.recipient(folder, export(made, arn), made.key.spec, now(), rehearsal=False)


def wrap(token: Strongroom, made: Made, recipient: Recipient) -> tuple[bytes, Assurance]:
    wrapped = token.call(WrapKey(cka_id=made.cka_id, algorithm=made.key.algorithm, spki=recipient.spki, scheme=recipient.scheme))
    assert wrapped.twin_opened
    return wrapped.ciphertext, wrapped.assurance


def export(made: Made, arn: str) -> Export:
    return Export(key=made.key.label, destination=Destination.AWS, resource=arn)


def package(made: Made, recipient: Recipient, wrapped: tuple[bytes, Assurance], folder: Path) -> Path:
    """Write the package's files; returns its folder."""
    order = PackageOrder(
        ceremony_id=CEREMONY,
        title="Peers",
        environment=Environment.DEVELOPMENT,
        plan_sha256="ab" * 32,
        rehearsal=True,
        export=export(made, recipient.resource),
        attempt=1,
        key=made.key,
        recipient=recipient,
        ciphertext=wrapped[0],
        assurance=wrapped[1],
        signer=b"-----BEGIN CERTIFICATE-----\nbWFkZSB1cA==\n-----END CERTIFICATE-----\n",
        made_at=now().strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    for path, data in AWS.package(order).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def import_by_hand(kms: Any, recipient: Recipient, ciphertext: bytes, **more: Any) -> None:
    kms.import_key_material(
        KeyId=recipient.resource,
        ImportToken=recipient.import_token,
        EncryptedKeyMaterial=ciphertext,
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
        **more,
    )


def refusal(error: ClientError) -> str:
    """The name of what AWS answered."""
    return str(error.response["Error"]["Code"])
