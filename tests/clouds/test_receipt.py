"""Receipts: what equals, what is decided by people, and what does not hold."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest

from ceremony_app.clouds.catalogue import cloud
from ceremony_app.clouds.destination import PackageOrder
from ceremony_app.clouds.package import package_digest
from ceremony_app.clouds.receipt import ReceiptVerdict, encode_receipt, read_receipt, verify_receipt
from ceremony_app.errors import BadInput, CeremonyError, DoesNotHold
from ceremony_app.keys import Algorithm
from ceremony_app.plan.model import Destination
from tests.clouds.handouts import ARN, OTHER_ARN, order, some_recipient


def package_of(one: PackageOrder) -> bytes:
    return cloud(Destination.AWS).package(one)["package.json"]


def receipt(one: PackageOrder, kind: str, value: str, **changed: Any) -> bytes:
    whole: dict[str, Any] = {
        "version": 1,
        "ceremony_id": one.ceremony_id,
        "package_sha256": package_digest(package_of(one)),
        "resource": ARN,
        "imported_at": "2026-11-24T18:00:00Z",
        "by": "N. Engineer",
        "provider": {"Arn": ARN},
        "proof": {"type": kind, "value": value},
    }
    return json.dumps(whole | changed).encode()


def verdict(one: PackageOrder, data: bytes) -> ReceiptVerdict:
    return verify_receipt(read_receipt(data), package_of(one), one.key)


def refusal(one: PackageOrder, data: bytes) -> CeremonyError:
    with pytest.raises(DoesNotHold) as caught:
        verdict(one, data)
    return caught.value


def test_a_public_key_that_agrees() -> None:
    one = order(Algorithm.EC_P384)
    assert verdict(one, receipt(one, "public-key", one.key.spki_sha256)) is ReceiptVerdict.EQUAL
    assert verdict(one, receipt(one, "public-key", one.key.spki_sha256.upper())) is ReceiptVerdict.EQUAL


def test_a_mac_that_agrees_is_the_mac_itself() -> None:
    one = order(Algorithm.HMAC_256)
    assert verdict(one, receipt(one, "mac", base64.b64encode(one.key.proof_value).decode())) is ReceiptVerdict.EQUAL
    package = json.loads(package_of(one))
    for value in (package["proof"]["value"], "", "!!", base64.b64encode(one.key.proof_value[:-1]).decode()):
        assert refusal(one, receipt(one, "mac", value)).code == "receipt-proof-differs"


def test_where_no_proof_exists_people_decide() -> None:
    one = order(Algorithm.AES_256)
    assert verdict(one, receipt(one, "none", "")) is ReceiptVerdict.NO_PROOF


@pytest.mark.parametrize("algorithm", [Algorithm.AES_256, Algorithm.EC_P256])
def test_practice_proofs_count_only_for_practice_packages(algorithm: Algorithm) -> None:
    one = order(algorithm, recipient=some_recipient(algorithm, practice=True))
    kind, value = ("practice-check-value", one.key.check_value) if algorithm.is_secret else ("practice-public-key", one.key.spki_sha256)
    assert verdict(one, receipt(one, kind, value)) is ReceiptVerdict.EQUAL
    assert refusal(one, receipt(one, kind, "00" * 5)).code == "receipt-proof-differs"
    assert refusal(order(algorithm), receipt(order(algorithm), kind, value)).code == "receipt-proof-kind"
    assert refusal(one, receipt(one, "none", "")).code == "receipt-proof-kind"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ceremony_id": "20261124-AAAAAAAA"}, "receipt-other-ceremony"),
        ({"package_sha256": "00" * 32}, "receipt-other-package"),
        ({"resource": OTHER_ARN}, "receipt-other-resource"),
        ({"resource": ""}, "receipt-other-resource"),
        ({"proof": {"type": "public-key", "value": "00" * 32}}, "receipt-proof-differs"),
        ({"proof": {"type": "public-key", "value": ""}}, "receipt-proof-differs"),
        ({"proof": {"type": "none", "value": ""}}, "receipt-proof-kind"),
    ],
)
def test_receipts_that_do_not_hold(changed: dict[str, Any], code: str) -> None:
    one = order(Algorithm.RSA_3072)
    error = refusal(one, receipt(one, "public-key", one.key.spki_sha256, **changed))
    assert error.code == code
    assert "not confirmed" in str(error.stands)


def test_a_receipt_of_an_earlier_attempt_does_not_count() -> None:
    first, second = order(Algorithm.EC_P256), order(Algorithm.EC_P256, attempt=2)
    assert refusal(second, receipt(first, "public-key", first.key.spki_sha256)).code == "receipt-other-package"


def test_a_package_that_was_changed_with_its_receipt_is_found_by_the_record() -> None:
    one, other = order(Algorithm.EC_P256), order(Algorithm.EC_P256)
    other = msgspec.structs.replace(other, key=msgspec.structs.replace(other.key, spki=b"another key"))
    data = receipt(other, "public-key", other.key.spki_sha256)
    with pytest.raises(DoesNotHold) as caught:
        verify_receipt(read_receipt(data), package_of(other), one.key)
    assert caught.value.code == "receipt-package-differs"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"version": 2}, "version"),
        ({"by": " "}, "by"),
        ({"imported_at": "24.11.2026"}, "imported_at"),
        ({"imported_at": "2026-11-24T18:00:00+00:00"}, "imported_at"),
        ({"proof": {"type": "trust me", "value": ""}}, "proof"),
        ({"provider": []}, "provider"),
        ({"more": 1}, "more"),
    ],
)
def test_malformed_receipts_name_the_field(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(BadInput, match=named) as caught:
        read_receipt(receipt(order(), "none", "", **changed))
    assert caught.value.code == "receipt-malformed"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", bytes(70_000), b"null"])
def test_what_is_no_receipt(data: bytes) -> None:
    with pytest.raises(BadInput):
        read_receipt(data)


def test_a_receipt_survives_its_own_writing() -> None:
    data = receipt(order(), "none", "")
    assert read_receipt(encode_receipt(read_receipt(data))) == read_receipt(data)
    assert read_receipt(b"\xef\xbb\xbf" + data) == read_receipt(data)
