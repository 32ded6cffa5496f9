"""The practice cloud: in rehearsals it answers for every destination with the very files a provider would hand out, and at the end opens
each package and proves the key inside. Its wrapping keys are made and kept by a strongroom of its own; they have the public exponent 3,
which production refuses.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from ceremony_app.clouds.catalogue import cloud
from ceremony_app.clouds.destination import input_folder
from ceremony_app.clouds.fingerprint import FINGERPRINT_FILE, fingerprint_groups, second_channel_fingerprint
from ceremony_app.clouds.moment import utc_text
from ceremony_app.clouds.package import package_digest, practice_proof_type, read_package
from ceremony_app.clouds.receipt import Proof, Receipt, encode_receipt
from ceremony_app.errors import BadInput
from ceremony_app.keys import Algorithm, Purpose, WrapScheme
from ceremony_app.plan.model import Export, Plan
from ceremony_app.strongroom.protocol import MakeRecipient, OpenPackage, Request

R = TypeVar("R")
VALIDITY = timedelta(hours=24)
SPARE = timedelta(hours=1)
"""A practice recipient with less time left than this is made anew, so that a resumed rehearsal does not run into its end."""
BITS = 4096
ENGINEER = "the practice cloud"


class Strongroom(Protocol):
    """What is asked of a strongroom client here."""

    def call(self, request: Request[R]) -> R: ...


def answer_requests(client: Strongroom, plan: Plan, root: Path, now: datetime, bits: int = BITS) -> tuple[Path, ...]:
    """Write below `root`, for each export, what its provider would hand out, and `fingerprint.txt`, which is made by itself from the
    strongroom's answer. Returns the folders, in the plan's order.

    A recipient that is there and still valid stays as it is; an expired one is made anew, with a new wrapping key. Equal `now` gives equal
    files.
    """
    return tuple(_answer(client, plan, export, input_folder(root, export), now, bits) for export in plan.exports)


def open_package(client: Strongroom, package_json: bytes, ciphertext: bytes, imported_at: str) -> bytes:
    """Open a package as its cloud would and answer with the bytes of `receipt.json`. `imported_at` is UTC as in the record.

    Raises `BadInput` (`package-not-practice`) for a package of a real recipient; a package that cannot be opened is the strongroom's
    failure.
    """
    package = read_package(package_json)
    if not package.recipient.practice:
        raise BadInput(
            "package-not-practice",
            "The package of {label} was wrapped for a real wrapping key, which the practice cloud does not have.",
            next_step="Import it where it belongs, and bring the receipt from there.",
            label=package.label,
        )
    opened = client.call(
        OpenPackage(
            name=_name(package.destination, package.label, package.recipient.valid_until),
            scheme=WrapScheme(package.scheme),
            ciphertext=ciphertext,
            algorithm=Algorithm(package.algorithm),
            purpose=Purpose(package.purpose),
        )
    )
    kind = practice_proof_type(Algorithm(package.algorithm))
    receipt = Receipt(
        version=1,
        ceremony_id=package.ceremony_id,
        package_sha256=package_digest(package_json),
        resource=package.resource,
        imported_at=imported_at,
        by=ENGINEER,
        provider={"opened_bytes": str(opened.length)},
        proof=Proof(kind, opened.check_value if kind == "practice-check-value" else opened.spki_sha256),
    )
    return encode_receipt(receipt)


def _answer(client: Strongroom, plan: Plan, export: Export, folder: Path, now: datetime, bits: int) -> Path:
    if folder.is_dir() and _still_good(plan, export, folder, now):
        return folder
    valid_until = (now + VALIDITY).replace(microsecond=0)
    name = _name(export.destination.value, export.key, utc_text(valid_until))
    spki = client.call(MakeRecipient(name=name, bits=bits)).spki
    files = cloud(export.destination).practice_answer(export, plan.key(export.key), spki, valid_until)
    files[FINGERPRINT_FILE] = (" ".join(fingerprint_groups(hashlib.sha256(spki).hexdigest())) + "\n").encode()
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in files.items():
        (folder / file).write_bytes(data)
    return folder


def _still_good(plan: Plan, export: Export, folder: Path, now: datetime) -> bool:
    """True when the folder's recipient has time left; whatever cannot be read (a write that was cut short) is made anew."""
    try:
        second_channel_fingerprint(folder)
        return cloud(export.destination).recipient(folder, export, plan.key(export.key), now + SPARE, rehearsal=True).practice
    except BadInput:
        return False


def _name(destination: str, label: str, valid_until: str) -> str:
    """What the strongroom calls the wrapping key. The end of validity is in it, so that one made anew is another key, and an older
    package still finds the one it was wrapped for."""
    return f"{destination}-{label}-{valid_until.replace('-', '').replace(':', '').lower()}"
