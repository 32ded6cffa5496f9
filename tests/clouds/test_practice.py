"""The practice cloud answers with a provider's own files, and opens what was wrapped for it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_der_public_key

from ceremony_app.clouds.catalogue import cloud
from ceremony_app.clouds.destination import ExportedKey, Recipient, input_folder
from ceremony_app.clouds.fingerprint import second_channel_fingerprint
from ceremony_app.clouds.practice import answer_requests, open_package
from ceremony_app.clouds.receipt import ReceiptVerdict, read_receipt, verify_receipt
from ceremony_app.errors import BadInput, CeremonyError
from ceremony_app.keys import Algorithm
from ceremony_app.plan.model import Destination, Plan
from ceremony_app.strongroom.client import Strongroom
from ceremony_app.strongroom.protocol import Prepare
from tests.clouds.handouts import ARN, NOW, OTHER_ARN, export, key_spec, order, plan

AWS = cloud(Destination.AWS)
PLAN = plan(
    (key_spec(), export()),
    (key_spec(Algorithm.EC_P256, label="payments-signing"), export("payments-signing", OTHER_ARN)),
)
BITS = 2048  # the least; practice keys of 4096 bits take seconds
HOUR = datetime.timedelta(hours=1)


@pytest.fixture(scope="module")
def strongroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Strongroom]:
    home = tmp_path_factory.mktemp("strongroom")
    (home / "practice").mkdir(mode=0o700)
    with Strongroom.start("") as client:
        client.call(Prepare(practice=str(home / "practice")))
        yield client


def recipients(of: Plan, root: Path, now: datetime.datetime = NOW) -> list[Recipient]:
    return [AWS.recipient(input_folder(root, one), one, of.key(one.key), now, rehearsal=True) for one in of.exports]


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def wrap(recipient: Recipient, material: bytes) -> bytes:
    """What the strongroom does, by another library: OAEP, or OAEP of a fresh key and AES-KWP."""
    public = load_der_public_key(recipient.spki)
    assert isinstance(public, RSAPublicKey)
    padding = OAEP(MGF1(hashes.SHA256()), hashes.SHA256(), None)
    if not recipient.scheme.is_hybrid:
        return public.encrypt(material, padding)
    return public.encrypt(bytes(range(32)), padding) + aes_key_wrap_with_padding(bytes(range(32)), material)


def test_answers_are_read_like_a_provider_s(strongroom: Strongroom, tmp_path: Path) -> None:
    folders = answer_requests(strongroom, PLAN, tmp_path, NOW, BITS)
    assert [folder.relative_to(tmp_path).as_posix() for folder in folders] == ["aws/payments-kek", "aws/payments-signing"]
    for recipient, folder in zip(recipients(PLAN, tmp_path), folders, strict=True):
        assert recipient.practice
        assert (recipient.exponent, recipient.valid_until) == (3, "2026-11-25T14:31:05Z")
        assert second_channel_fingerprint(folder) == recipient.spki_sha256
    first, second = recipients(PLAN, tmp_path)
    assert first.spki != second.spki
    assert first.import_token != second.import_token


def test_production_refuses_them(strongroom: Strongroom, tmp_path: Path) -> None:
    answer_requests(strongroom, PLAN, tmp_path, NOW, BITS)
    with pytest.raises(BadInput) as caught:
        AWS.recipient(tmp_path / "aws/payments-kek", PLAN.exports[0], PLAN.keys[0], NOW, rehearsal=False)
    assert caught.value.code == "recipient-practice"


def test_a_resumed_rehearsal_finds_the_same_answers(strongroom: Strongroom, tmp_path: Path) -> None:
    answer_requests(strongroom, PLAN, tmp_path / "one", NOW, BITS)
    before = files(tmp_path / "one")
    answer_requests(strongroom, PLAN, tmp_path / "one", NOW + 10 * HOUR, BITS)
    answer_requests(strongroom, PLAN, tmp_path / "two", NOW, BITS)
    assert before == files(tmp_path / "one") == files(tmp_path / "two")


def test_what_was_cut_short_or_expired_is_made_anew(strongroom: Strongroom, tmp_path: Path) -> None:
    answer_requests(strongroom, PLAN, tmp_path, NOW, BITS)
    before = files(tmp_path)
    parameters = tmp_path / "aws/payments-kek/parameters.json"
    parameters.write_bytes(parameters.read_bytes()[:100])
    answer_requests(strongroom, PLAN, tmp_path, NOW, BITS)
    assert files(tmp_path) == before
    answer_requests(strongroom, PLAN, tmp_path, NOW + 25 * HOUR, BITS)
    later = recipients(PLAN, tmp_path, NOW + 25 * HOUR)
    assert all(recipient.valid_until == "2026-11-26T15:31:05Z" for recipient in later)
    assert files(tmp_path)["aws/payments-kek/fingerprint.txt"] != before["aws/payments-kek/fingerprint.txt"]


def test_a_package_is_opened_and_its_receipt_holds(strongroom: Strongroom, tmp_path: Path) -> None:
    answer_requests(strongroom, PLAN, tmp_path, NOW, BITS)
    first, second = recipients(PLAN, tmp_path)
    secret = bytes(range(32))
    check_value = "f29000b62a"  # AES-256 of a zero block under that key: FIPS 197's key of appendix C.3
    kek = ExportedKey(PLAN.keys[0], b"", check_value, b"", b"")
    pair = ec.generate_private_key(ec.SECP256R1())
    material = pair.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signing = ExportedKey(PLAN.keys[1], pair.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), "", b"", b"")
    for key, recipient, plain in ((kek, first, secret), (signing, second, material)):
        made = AWS.package(order(key=key, recipient=recipient, ciphertext=wrap(recipient, plain)))
        answer = open_package(strongroom, made["package.json"], made["EncryptedKeyMaterial.bin"], "2026-11-24T16:00:00Z")
        assert answer == open_package(strongroom, made["package.json"], made["EncryptedKeyMaterial.bin"], "2026-11-24T16:00:00Z")
        receipt = read_receipt(answer)
        assert verify_receipt(receipt, made["package.json"], key) is ReceiptVerdict.EQUAL
        assert receipt.provider == {"opened_bytes": str(len(plain))}


def test_an_older_package_is_still_opened_after_its_recipient_was_made_anew(strongroom: Strongroom, tmp_path: Path) -> None:
    answer_requests(strongroom, PLAN, tmp_path, NOW, BITS)
    (old, _) = recipients(PLAN, tmp_path)
    answer_requests(strongroom, PLAN, tmp_path, NOW + 25 * HOUR, BITS)
    key = ExportedKey(PLAN.keys[0], b"", "f29000b62a", b"", b"")
    made = AWS.package(order(key=key, recipient=old, ciphertext=wrap(old, bytes(range(32)))))
    answer = open_package(strongroom, made["package.json"], made["EncryptedKeyMaterial.bin"], "2026-11-25T16:00:00Z")
    assert verify_receipt(read_receipt(answer), made["package.json"], key) is ReceiptVerdict.EQUAL


def test_what_cannot_be_opened_is_a_refusal(strongroom: Strongroom, tmp_path: Path) -> None:
    answer_requests(strongroom, PLAN, tmp_path, NOW, BITS)
    (recipient, _) = recipients(PLAN, tmp_path)
    made = AWS.package(order(recipient=recipient))
    with pytest.raises(CeremonyError) as caught:
        open_package(strongroom, made["package.json"], made["EncryptedKeyMaterial.bin"], "2026-11-24T16:00:00Z")
    assert caught.value.code == "package-unopenable"


def test_a_real_package_is_not_for_the_practice_cloud(strongroom: Strongroom) -> None:
    made = AWS.package(order())
    with pytest.raises(BadInput) as caught:
        open_package(strongroom, made["package.json"], made["EncryptedKeyMaterial.bin"], "2026-11-24T16:00:00Z")
    assert caught.value.code == "package-not-practice"


def test_files_look_like_the_command_line_s_own(strongroom: Strongroom, tmp_path: Path) -> None:
    answer_requests(strongroom, msgspec.structs.replace(PLAN, exports=PLAN.exports[:1]), tmp_path, NOW, BITS)
    answer = json.loads((tmp_path / "aws/payments-kek/parameters.json").read_text())
    assert list(answer) == ["KeyId", "ImportToken", "PublicKey", "ParametersValidTo"]
    assert (answer["KeyId"], answer["ParametersValidTo"]) == (ARN, "2026-11-25T14:31:05+00:00")
