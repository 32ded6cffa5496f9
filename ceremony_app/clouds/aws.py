"""AWS KMS as a destination."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path

import msgspec

from ceremony_app.clouds.aws_commands import commands, material_description, online_kit, region_option
from ceremony_app.clouds.aws_download import PARAMETERS_FILE, SIDECAR_FILE
from ceremony_app.clouds.aws_key import aws_key
from ceremony_app.clouds.aws_parameters import TOKEN_AT_MOST, read_recipient, verify_still_valid
from ceremony_app.clouds.aws_rules import RULES
from ceremony_app.clouds.destination import Cloud, PackageOrder, Prefer, Recipient, export_folder
from ceremony_app.clouds.material import is_wrapped_length
from ceremony_app.clouds.package import PACKAGE_FILE, ExpectedProof, mac_proof, pack, practice_proof, public_key_proof
from ceremony_app.clouds.practice_token import practice_token
from ceremony_app.clouds.template import fill, plain
from ceremony_app.errors import DoesNotHold
from ceremony_app.keys import Algorithm, Kind, WrapScheme
from ceremony_app.plan.model import Destination, Export, KeySpec, Plan
from ceremony_app.plan.rule import Rulebook

MATERIAL_FILE = "EncryptedKeyMaterial.bin"
TOKEN_FILE = "ImportToken.bin"
SIGNER_FILE = "signer.pem"
COMMANDS_FILE = "COMMANDS.md"


class Aws(Cloud):
    """AWS Key Management Service; sources in `aws_key`."""

    destination = Destination.AWS
    name = "AWS KMS"

    def rules(self) -> Rulebook[Plan]:
        return RULES

    def scheme(self, algorithm: Algorithm, prefer: Prefer = "") -> WrapScheme:
        row = aws_key(algorithm)
        return row.in_token_scheme if prefer == "in-token" else row.schemes[0]

    def recipient(self, directory: Path, export: Export, key: KeySpec, now: datetime, *, rehearsal: bool) -> Recipient:
        return read_recipient(directory, export, key, now, self.scheme(key.algorithm, export.prefer), rehearsal=rehearsal)

    def verify_valid(self, recipient: Recipient, now: datetime) -> None:
        verify_still_valid(recipient, now)

    def package(self, order: PackageOrder) -> dict[str, bytes]:
        _verify_ciphertext(order)
        proof = practice_proof(order.key) if order.recipient.practice else _proof(order)
        files = {
            MATERIAL_FILE: order.ciphertext,
            TOKEN_FILE: order.recipient.import_token,
            SIGNER_FILE: order.signer,
            **online_kit(order, proof),
        }
        files[COMMANDS_FILE] = commands(order, proof, len(files) + 1)
        files[PACKAGE_FILE] = pack(order, files, _provider(order), proof)
        return files

    def request_sheet(self, plan: Plan, export: Export) -> dict[str, bytes]:
        key = plan.key(export.key)
        row = aws_key(key.algorithm)
        scheme = self.scheme(key.algorithm, export.prefer)
        blanks = {
            "LABEL": key.label,
            "TITLE": plain(plan.title),
            "RESOURCE": export.resource,
            "ALGORITHM": key.algorithm.value,
            "PURPOSE": key.purpose.value,
            "KEY_SPEC": row.key_spec,
            "KEY_USAGE": row.usage[key.purpose],
            "SCHEME": scheme.value,
            "REGION_OPTION": region_option(export.resource),
            "FOLDER": export_folder(export).removeprefix("exports/"),
        }
        return {"REQUEST.md": fill("aws/REQUEST.md", blanks).encode(), SIDECAR_FILE: _sidecar(scheme)}

    def practice_answer(self, export: Export, key: KeySpec, spki: bytes, valid_until: datetime) -> dict[str, bytes]:
        answer = {
            "KeyId": export.resource,
            "ImportToken": base64.b64encode(practice_token(spki, export.resource)).decode(),
            "PublicKey": base64.b64encode(spki).decode(),
            "ParametersValidTo": valid_until.isoformat(),
        }
        scheme = self.scheme(key.algorithm, export.prefer)
        return {PARAMETERS_FILE: msgspec.json.format(msgspec.json.encode(answer), indent=4) + b"\n", SIDECAR_FILE: _sidecar(scheme)}


def _sidecar(scheme: WrapScheme) -> bytes:
    return msgspec.json.encode({"WrappingAlgorithm": scheme.value}) + b"\n"


def _proof(order: PackageOrder) -> ExpectedProof:
    if order.key.algorithm.kind is Kind.HMAC:
        return mac_proof(order.key)
    return ExpectedProof("none") if order.key.algorithm.is_secret else public_key_proof(order.key)


def _provider(order: PackageOrder) -> dict[str, str]:
    """The import call's own parameters (KMS API, ImportKeyMaterial), and what the KMS key must be."""
    row = aws_key(order.key.algorithm)
    provider = {
        "Origin": "EXTERNAL",
        "KeySpec": row.key_spec,
        "KeyUsage": row.usage[order.key.purpose],
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
    }
    if row.is_symmetric:
        provider |= {"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialDescription": material_description(order)}
    if row.mac_algorithm:
        provider["MacAlgorithm"] = row.mac_algorithm
    return provider


def _verify_ciphertext(order: PackageOrder) -> None:
    recipient, length = order.recipient, len(order.ciphertext)
    if not is_wrapped_length(length, recipient.bits, recipient.scheme) or length > TOKEN_AT_MOST:
        raise DoesNotHold(
            "package-ciphertext",
            "The wrapped key {label} has {length} bytes, which is not what {scheme} makes under {bits} bits.",
            stands="No package was written.",
            next_step="Wrap the key again. If it happens again, this token wraps wrongly: take its census anew.",
            label=order.key.label,
            length=length,
            scheme=recipient.scheme.value,
            bits=recipient.bits,
        )
