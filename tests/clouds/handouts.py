"""What providers hand out, made up for tests with real RSA keys; a plan and orders that fit."""

from __future__ import annotations

import base64
import datetime
import functools
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ceremony_app.clouds.catalogue import cloud
from ceremony_app.clouds.destination import ExportedKey, PackageOrder, Recipient
from ceremony_app.keys import Algorithm, Assurance, Kind, Purpose
from ceremony_app.plan.model import Approval, CeremonyKind, Destination, Environment, Export, KeySpec, Person, Plan, Role

NOW = datetime.datetime(2026, 11, 24, 14, 31, 5, tzinfo=datetime.UTC)
UNTIL = NOW + datetime.timedelta(hours=23)
ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_ARN = "arn:aws:kms:eu-west-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab"
SIGNER = b"-----BEGIN CERTIFICATE-----\nbWFkZSB1cA==\n-----END CERTIFICATE-----\n"
MAC_KEY = bytes(range(32))
TOKEN = b"\x01\x01\x02\x00\x78" + bytes(range(256)) * 6

PURPOSES = {
    Algorithm.AES_128: Purpose.ENCRYPT,
    Algorithm.AES_256: Purpose.ENCRYPT,
    Algorithm.HMAC_256: Purpose.MAC,
    Algorithm.HMAC_384: Purpose.MAC,
    Algorithm.HMAC_512: Purpose.MAC,
}


def private_key(bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    """One RSA key for each size and exponent in a test process."""
    return _generated(bits, exponent)


@functools.cache
def _generated(bits: int, exponent: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(exponent, bits)


def spki(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def parameters(bits: int = 2048, exponent: int = 65537, **changed: Any) -> dict[str, Any]:
    """What `get-parameters-for-import` prints, as an object; `changed` fields replace, `None` removes."""
    answer: dict[str, Any] = {
        "KeyId": ARN,
        "ImportToken": base64.b64encode(TOKEN).decode(),
        "PublicKey": base64.b64encode(spki(private_key(bits, exponent))).decode(),
        "ParametersValidTo": "2026-11-25T13:31:05.123000+00:00",
    }
    return {name: value for name, value in (answer | changed).items() if value is not None}


def put(directory: Path, answer: dict[str, Any], algorithm: str = "") -> Path:
    """Write `parameters.json`, and `wrapping.json` when an algorithm is given."""
    (directory / "parameters.json").write_text(json.dumps(answer, indent=4))
    if algorithm:
        (directory / "wrapping.json").write_text(json.dumps({"WrappingAlgorithm": algorithm}))
    return directory


def key_spec(algorithm: Algorithm = Algorithm.AES_256, purpose: Purpose | None = None, label: str = "payments-kek") -> KeySpec:
    return KeySpec(label=label, algorithm=algorithm, purpose=purpose or PURPOSES.get(algorithm, Purpose.SIGN), rotate_after_days=365)


def export(label: str = "payments-kek", resource: str = ARN, destination: Destination = Destination.AWS) -> Export:
    return Export(key=label, destination=destination, resource=resource)


def plan(*pairs: tuple[KeySpec, Export]) -> Plan:
    pairs = pairs or ((key_spec(), export()),)
    return Plan(
        version=1,
        title="Payments *root* keys 2026",
        kind=CeremonyKind.GENERATE,
        environment=Environment.PRODUCTION,
        approval=Approval(by="R. Haddad, CISO", reference="CHG-4711", date=datetime.date(2026, 11, 20)),
        people=(Person(name="Adaeze Okafor", roles=(Role.ADMINISTRATOR,)),),
        keys=tuple({key.label: key for key, _ in pairs}.values()),
        exports=tuple(one for _, one in pairs),
    )


def order(
    algorithm: Algorithm = Algorithm.AES_256,
    *,
    purpose: Purpose | None = None,
    recipient: Recipient | None = None,
    ciphertext: bytes = b"",
    key: ExportedKey | None = None,
    **changed: Any,
) -> PackageOrder:
    """A package order for a made-up key; without a ciphertext one of the right length stands in."""
    key = key or exported_key(algorithm, purpose)
    recipient = recipient or some_recipient(key.algorithm)
    whole = PackageOrder(
        ceremony_id="20261124-K7QM2XWA",
        title="Payments *root* keys 2026",
        environment=Environment.PRODUCTION,
        plan_sha256="ab" * 32,
        rehearsal=recipient.practice,
        export=export(key.label, recipient.resource),
        attempt=1,
        key=key,
        recipient=recipient,
        ciphertext=ciphertext or bytes(recipient.bits // 8 + (40 if recipient.scheme.is_hybrid else 0)),
        assurance=Assurance.STRONGROOM,
        signer=SIGNER,
        made_at="2026-11-24T15:00:00Z",
    )
    return msgspec.structs.replace(whole, **changed)


def exported_key(algorithm: Algorithm, purpose: Purpose | None = None) -> ExportedKey:
    spec = key_spec(algorithm, purpose)
    message = b"key-ceremony/proof/1\n20261124-K7QM2XWA\npayments-kek\nnine green bottles"
    mac = hmac.digest(MAC_KEY, message, f"sha{algorithm.bits}") if algorithm.kind is Kind.HMAC else b""
    secret = algorithm.is_secret
    return ExportedKey(spec, b"" if secret else b"some public key", "0123456789" if secret else "", message, mac)


def some_recipient(algorithm: Algorithm, *, practice: bool = False) -> Recipient:
    key = private_key(2048, 3 if practice else 65537)
    return Recipient(
        spki=spki(key),
        spki_sha256=hashlib.sha256(spki(key)).hexdigest(),
        bits=2048,
        exponent=3 if practice else 65537,
        scheme=cloud(Destination.AWS).scheme(algorithm),
        valid_until="2026-11-25T13:31:05Z",
        import_token=TOKEN,
        token_sha256=hashlib.sha256(TOKEN).hexdigest(),
        resource=ARN,
        practice=practice,
    )
