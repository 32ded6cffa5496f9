"""The PIN mailer: one half of a PIN with its check characters, on an A4 sheet folded in Z like a share card."""

from __future__ import annotations

import re
from enum import Enum
from typing import dataclass_transform

import msgspec

from ceremony_app.typeset.card import grouped, privacy_lines
from ceremony_app.typeset.field import verify_field
from ceremony_app.typeset.press import compile_pdf, compile_png

_MOST = 36
_GROUP = 4


class PinRole(Enum):
    """Whose PIN it is, in PKCS#11 terms (CKU_USER, CKU_SO)."""

    USER = "user"
    SO = "so"


@dataclass_transform(frozen_default=True)
class _Paper(msgspec.Struct, frozen=True):
    pass


class MailerFace(_Paper, kw_only=True):
    """The public side of a PIN mailer.

    `half` is A or B; `length` and `check_length` are the numbers of characters of the half (4 to 36) and of its check characters (1 to 4);
    `alphabet` says in a few words which characters can occur. Texts have at most 80 characters, `issued` and `token_label` 32. Raises
    `BadInput` (`paper-field`) naming the field.
    """

    ceremony_id: str
    ceremony_title: str
    organisation: str
    token_label: str
    token_serial: str
    half: str
    role: PinRole
    holder: str
    issued: str
    rehearsal: bool
    length: int
    check_length: int = 2
    alphabet: str = "Capital letters A to Z and digits 2 to 7 only."

    def __post_init__(self) -> None:
        for field in ("ceremony_title", "organisation", "holder", "alphabet"):
            verify_field("PIN mailer", field, 1 <= len(getattr(self, field)) <= 80, "1 to 80 characters")
        for field in ("ceremony_id", "issued", "token_label", "token_serial"):
            verify_field("PIN mailer", field, 1 <= len(getattr(self, field)) <= 32, "1 to 32 characters")
        verify_field("PIN mailer", "half", self.half in ("A", "B"), "A or B")
        verify_field("PIN mailer", "length", 4 <= self.length <= _MOST, f"from 4 to {_MOST}")
        verify_field("PIN mailer", "check_length", 1 <= self.check_length <= _GROUP, f"from 1 to {_GROUP}")


class Mailer(MailerFace, kw_only=True):
    """A whole PIN mailer: the face, the secret `pin_half` and its `check` characters, written without spaces. `repr` shows neither."""

    pin_half: str
    check: str

    def __post_init__(self) -> None:
        super().__post_init__()
        verify_field(
            "PIN mailer",
            "pin_half",
            len(self.pin_half) == self.length and _is_plain(self.pin_half),
            "as many letters and digits as length says",
        )
        verify_field(
            "PIN mailer",
            "check",
            len(self.check) == self.check_length and _is_plain(self.check),
            "as many letters and digits as check_length says",
        )

    def __repr__(self) -> str:
        return f"Mailer(token_serial={self.token_serial!r}, role={self.role.value!r}, half={self.half!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("token_serial", self.token_serial), ("role", self.role.value), ("half", self.half)]


def mailer_pdf(mailer: Mailer) -> bytes:
    """The PDF of a PIN mailer, one page. Secret: to be printed and wiped, never to be kept. Errors as for `compile_pdf`."""
    return compile_pdf("mailer.typ", _content(mailer, mailer.pin_half, mailer.check))


def mailer_preview(face: MailerFace, ppi: float) -> bytes:
    """A PNG of the mailer at `ppi` pixels an inch with every secret character as a dot; no secret reaches the template."""
    return compile_png("mailer.typ", _content(face, "•" * face.length, "•" * face.check_length), ppi)[0]


def _content(face: MailerFace, pin_half: str, check: str) -> dict[str, object]:
    user = face.role is PinRole.USER
    return {
        "title": f"PIN mailer, half {face.half} of the {'user' if user else 'security officer'} PIN of token {face.token_label}",
        "role": "User PIN" if user else "Security officer PIN",
        "opens": "the token for use" if user else "the token for setting it up again",
        "half": face.half,
        "other": "B" if face.half == "A" else "A",
        "token_label": face.token_label,
        "token_serial": face.token_serial,
        "holder": face.holder,
        "issued": face.issued,
        "ceremony_id": face.ceremony_id,
        "ceremony_title": face.ceremony_title,
        "organisation": face.organisation,
        "rehearsal": face.rehearsal,
        "alphabet": face.alphabet,
        "groups": grouped(pin_half, _GROUP).split(),
        "check": check,
        "pattern": privacy_lines(face.token_serial),
    }


def _is_plain(text: str) -> bool:
    return re.fullmatch(r"[0-9A-Za-z]+", text) is not None
