"""The page of one PIN mailer."""

from __future__ import annotations

from ceremony_app.strongroom.paper import typesetting
from ceremony_app.strongroom.protocol import MakePins
from ceremony_app.typeset import mailer as page

SERIAL_LATER = "given at initialisation"
"""Stands on a mailer that is made before its token has a serial number (SoftHSM draws a new one at each C_InitToken)."""


def mailer_page(request: MakePins, role: str, half: str, holder: str, text: bytearray, check_length: int) -> bytes:
    """The PDF for `text`, a half with its `check_length` check characters behind it. Refusals of the typesetter."""
    characters = text.decode("ascii")
    with typesetting():
        return page.mailer_pdf(
            page.Mailer(
                ceremony_id=request.ceremony_id,
                ceremony_title=request.title,
                organisation=request.organisation or request.title,
                token_label=request.token_label,
                token_serial=request.token_serial or SERIAL_LATER,
                half=half,
                role=page.PinRole(role),
                holder=holder,
                issued=_date(request.ceremony_id),
                rehearsal=True,
                length=len(characters) - check_length,
                check_length=check_length,
                pin_half=characters[:-check_length],
                check=characters[-check_length:],
            )
        )


def _date(ceremony_id: str) -> str:
    """The ceremony's date, which its id begins with, as 2026-11-24."""
    return f"{ceremony_id[:4]}-{ceremony_id[4:6]}-{ceremony_id[6:8]}"
