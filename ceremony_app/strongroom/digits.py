"""The digits inside a card's two QR codes.

Secret code, 144 digits, exactly a version 5-Q symbol: `3901`, set id (8), then for each of the 33 words its zero-based place in the
SLIP-0039 list (4). Inventory code, 52 digits, within the 111 of a version 4-Q symbol and without any secret:

    3902 | set id 8 | share number 2 | share count 2 | date of issue YYYYMMDD 8 | fingerprint 15 | check value 13

Fingerprint (48 bits) and check value (40 bits) are unsigned decimal numbers with leading zeros.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from ceremony_app.strongroom.rs1024 import WORDS

SECRET_PREFIX = "3901"
INVENTORY_PREFIX = "3902"
WORD_DIGITS = 4 * WORDS
SECRET_DIGITS = len(SECRET_PREFIX) + 8 + WORD_DIGITS
LIST_LENGTH = 1024

_SET_ID = re.compile(r"[0-9]{8}")


class InventoryCode(msgspec.Struct, frozen=True):
    """What the inventory code says; `issued` is `YYYYMMDD`, `fingerprint` and `check_value` are 12 and 10 hex digits."""

    set_id: str
    number: int
    count: int
    issued: str
    fingerprint: str
    check_value: str


def is_set_id(text: str) -> bool:
    """True for 8 decimal digits."""
    return _SET_ID.fullmatch(text) is not None


def secret_digits(set_id: str, indices: Sequence[int]) -> str:
    """The 144 digits of the secret code; raises ValueError when the set id or the number of words is not as it must be."""
    if not is_set_id(set_id) or len(indices) != WORDS:
        raise ValueError("a card has a set id of 8 digits and 33 words")
    return SECRET_PREFIX + set_id + "".join(f"{index:04d}" for index in indices)


def word_indices(digits: str) -> list[int] | None:
    """The indices in 132 digits; None when one of them is no word's."""
    indices = [int(digits[start : start + 4]) for start in range(0, len(digits), 4)]
    return indices if max(indices) < LIST_LENGTH else None


def inventory_digits(code: InventoryCode) -> str:
    """The 52 digits of the inventory code; raises ValueError when a field has another form."""
    if not is_set_id(code.set_id) or re.fullmatch(r"[0-9]{8}", code.issued) is None or not 1 <= code.number <= code.count <= 16:
        raise ValueError("an inventory code needs set id, date and number in their forms")
    fingerprint, check_value = bytes.fromhex(code.fingerprint), bytes.fromhex(code.check_value)
    if (len(fingerprint), len(check_value)) != (6, 5):
        raise ValueError("a fingerprint has 12 and a check value 10 hex digits")
    return (
        f"{INVENTORY_PREFIX}{code.set_id}{code.number:02d}{code.count:02d}{code.issued}"
        f"{int.from_bytes(fingerprint, 'big'):015d}{int.from_bytes(check_value, 'big'):013d}"
    )


def read_inventory(digits: str) -> InventoryCode:
    """The inverse of `inventory_digits`; raises ValueError for anything that it does not make."""
    if re.fullmatch(INVENTORY_PREFIX + r"[0-9]{48}", digits) is None:
        raise ValueError("an inventory code has 52 digits and begins with 3902")
    try:
        code = InventoryCode(
            set_id=digits[4:12],
            number=int(digits[12:14]),
            count=int(digits[14:16]),
            issued=digits[16:24],
            fingerprint=int(digits[24:39]).to_bytes(6, "big").hex(),
            check_value=int(digits[39:52]).to_bytes(5, "big").hex(),
        )
    except OverflowError as error:
        raise ValueError("an inventory code holds a number that is too large") from error
    if inventory_digits(code) != digits:
        raise ValueError("an inventory code is written in one way only")
    return code
