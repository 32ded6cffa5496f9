"""The share card: one A4 sheet folded in Z, with the cover outside and words, code and privacy pattern inside.

`CardFace` is all that may be seen by anyone in the room; `CardSheet` adds the secret. Whoever holds no secret can show a `CardFace` as a
masked preview: the same template, every word as four dots, the recovery code left out.
"""

from __future__ import annotations

import hashlib
import re
from typing import dataclass_transform

import msgspec

from ceremony_app.typeset.code import CAPACITY, INVENTORY_VERSION, SECRET_VERSION, Matrix, outlines, qr_matrix, set_mark
from ceremony_app.typeset.field import verify_field
from ceremony_app.typeset.press import compile_pdf, compile_png

WORDS = 33
MASK = "••••"
_KEYS_ROOM = 96


@dataclass_transform(frozen_default=True)
class _Paper(msgspec.Struct, frozen=True):
    pass


class CardFace(_Paper, kw_only=True):
    """The public side of a share card.

    `set_id` has 8 digits; `fingerprint` 12 and `check_value` 10 hex digits, written without spaces; `issued` is the date as people read
    it; `attempt` counts from 1; `media` names the backup media, as `B-1 or B-2`; `inventory_digits` is the content of the inventory code,
    at most 111 digits. Texts are limited so that they fit: `ceremony_title`, `organisation` and `custodian` to 80 characters,
    `ceremony_id`, `group`, `issued` and `media` to 32. Raises `BadInput` (`paper-field`) naming the field.
    """

    ceremony_id: str
    ceremony_title: str
    organisation: str
    group: str
    set_id: str
    share_number: int
    share_count: int
    threshold: int
    custodian: str
    keys: list[str]
    fingerprint: str
    check_value: str
    issued: str
    attempt: int
    inventory_digits: str
    media: str
    rehearsal: bool

    def __post_init__(self) -> None:
        for field in ("ceremony_title", "organisation", "custodian"):
            verify_field("share card", field, 1 <= len(getattr(self, field)) <= 80, "1 to 80 characters")
        for field in ("ceremony_id", "group", "issued", "media"):
            verify_field("share card", field, 1 <= len(getattr(self, field)) <= 32, "1 to 32 characters")
        verify_field("share card", "set_id", re.fullmatch(r"[0-9]{8}", self.set_id) is not None, "8 digits")
        verify_field("share card", "fingerprint", re.fullmatch(r"[0-9a-fA-F]{12}", self.fingerprint) is not None, "12 hex digits")
        verify_field("share card", "check_value", re.fullmatch(r"[0-9a-fA-F]{10}", self.check_value) is not None, "10 hex digits")
        verify_field("share card", "inventory_digits", _is_digits(self.inventory_digits, CAPACITY[INVENTORY_VERSION]), "1 to 111 digits")
        verify_field("share card", "share_count", 2 <= self.share_count <= 16, "from 2 to 16")
        verify_field("share card", "threshold", 2 <= self.threshold <= self.share_count, "from 2 to the number of shares")
        verify_field("share card", "share_number", 1 <= self.share_number <= self.share_count, "from 1 to the number of shares")
        verify_field("share card", "attempt", self.attempt >= 1, "1 or more")
        verify_field("share card", "keys", len(self.keys) >= 1, "one label or more")


class CardSheet(CardFace, kw_only=True):
    """A whole share card: the face, 33 `words` in order, and the 144 `secret_digits` of the recovery code. `repr` shows neither."""

    words: list[str]
    secret_digits: str

    def __post_init__(self) -> None:
        super().__post_init__()
        verify_field(
            "share card",
            "words",
            len(self.words) == WORDS and all(re.fullmatch("[a-z]{4,8}", word) for word in self.words),
            "33 words of SLIP-39",
        )
        verify_field(
            "share card",
            "secret_digits",
            len(self.secret_digits) == CAPACITY[SECRET_VERSION] and _is_digits(self.secret_digits, 144),
            "144 digits",
        )

    def __repr__(self) -> str:
        return f"CardSheet(set_id={self.set_id!r}, share_number={self.share_number})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("set_id", self.set_id), ("share_number", self.share_number)]


def card_pdf(sheet: CardSheet) -> bytes:
    """The PDF of a share card, one page. Secret: to be printed and wiped, never to be kept. Errors as for `compile_pdf`."""
    return compile_pdf("card.typ", _content(sheet, sheet.words, qr_matrix(sheet.secret_digits, SECRET_VERSION)))


def card_preview(face: CardFace, ppi: float) -> bytes:
    """A PNG of the card at `ppi` pixels an inch with every word and the recovery code masked; no secret reaches the template."""
    return compile_png("card.typ", _content(face, [MASK] * WORDS, None), ppi)[0]


def _content(face: CardFace, words: list[str], secret: Matrix | None) -> dict[str, object]:
    return {
        "title": f"Backup group {face.group}",
        "share": f"{face.share_number} of {face.share_count}",
        "number": str(face.share_number),
        "count": str(face.share_count),
        "threshold": str(face.threshold),
        "set_id": grouped(face.set_id, 4),
        "fingerprint": grouped(face.fingerprint.upper(), 4),
        "check_value": grouped(face.check_value.upper(), 2),
        "attempt": "1 (first print)" if face.attempt == 1 else f"{face.attempt} (reprint)",
        "media_names": face.media,
        "media": f"{face.media} (group {face.group})",
        "keys": _key_line(face.keys),
        "ceremony_id": face.ceremony_id,
        "ceremony_title": face.ceremony_title,
        "organisation": face.organisation,
        "custodian": face.custodian,
        "issued": face.issued,
        "rehearsal": face.rehearsal,
        "words": words,
        "secret": None if secret is None else drawing(secret),
        "inventory": drawing(qr_matrix(face.inventory_digits, INVENTORY_VERSION)),
        "mark": drawing(set_mark(face.set_id)),
        "pattern": privacy_lines(face.set_id),
    }


def grouped(text: str, size: int) -> str:
    """`text` in groups of `size` characters with spaces between."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def drawing(matrix: Matrix) -> dict[str, object]:
    """What the template function `symbol` draws: the size in modules and the loops around the dark areas."""
    return {"size": len(matrix), "loops": outlines(matrix)}


def privacy_lines(seed: str) -> list[str]:
    """23 lines of letters for the privacy panel, shaped like share words and saying nothing; the same for the same public `seed`."""
    letters = "etaoinsrhdlucmfywgpbvk"
    lines = []
    for row in range(23):
        stream = hashlib.shake_128(f"key-ceremony/pattern/1\n{seed}\n{row}".encode()).digest(76)
        lines.append("".join(letters[byte % len(letters)] for byte in stream))
    return lines


def _key_line(keys: list[str]) -> str:
    """The labels, or the first ones and how many more, so that the line keeps its place on the cover."""
    for shown in range(len(keys), 0, -1):
        line = ", ".join(keys[:shown])
        if len(line) <= _KEYS_ROOM or shown == 1:
            rest = len(keys) - shown
            return f"{line} and {rest} more (key list)" if rest else line
    return ""


def _is_digits(text: str, most: int) -> bool:
    return re.fullmatch(r"[0-9]+", text) is not None and len(text) <= most
