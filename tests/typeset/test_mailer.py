"""The PIN mailer: the half can be read back from the PDF and from nothing else."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from ceremony_app.errors import BadInput
from ceremony_app.typeset.mailer import Mailer, MailerFace, PinRole, mailer_pdf, mailer_preview

Extract = Callable[[bytes], list[str]]


@pytest.fixture
def fields() -> dict[str, Any]:
    return {
        "ceremony_id": "20261124-K7QM2XWA",
        "ceremony_title": "Payments root keys 2026",
        "organisation": "Meridian Trust",
        "token_label": "payments-2026",
        "token_serial": "4f1c88a2d9e07b31",
        "half": "A",
        "role": PinRole.USER,
        "holder": "Ingrid Solheim",
        "issued": "24 November 2026",
        "rehearsal": False,
        "length": 16,
        "pin_half": "ABCDEFGHJKLMNPQR",
        "check": "5R",
    }


def test_the_half_and_its_check_stand_in_order(fields: dict[str, Any], extract: Extract) -> None:
    (page,) = extract(mailer_pdf(Mailer(**fields)))
    lines = page.splitlines()
    start = lines.index("ABCD")
    assert lines[start : start + 9] == ["ABCD", "2", "EFGH", "3", "JKLM", "4", "NPQR", "check", "5R"]
    for expected in ("User PIN", "4f1c88a2d9e07b31", "Ingrid Solheim", "Never stored with the", "Nor with half B"):
        assert expected in page
    assert "REHEARSAL" not in page


def test_a_rehearsal_and_long_values_stay_on_one_page(fields: dict[str, Any], extract: Extract) -> None:
    changes = {
        "half": "B",
        "role": PinRole.SO,
        "rehearsal": True,
        "length": 36,
        "pin_half": "WM" * 18,
        "holder": "Maximiliana Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh von und zu Hoh",
        "organisation": "W" * 80,
        "ceremony_title": "M" * 80,
        "token_label": "w" * 32,
        "token_serial": "W" * 32,
        "alphabet": "m" * 80,
    }
    pages = extract(mailer_pdf(Mailer(**{**fields, **changes})))
    assert len(pages) == 1
    assert pages[0].count("WMWM") == 9
    assert "REHEARSAL · PIN MAILER" in pages[0]
    assert "Security officer PIN" in pages[0]


def test_the_preview_depends_on_no_secret(fields: dict[str, Any]) -> None:
    face = MailerFace(**{name: value for name, value in fields.items() if name not in ("pin_half", "check")})
    other = Mailer(**{**fields, "pin_half": "2" * 16, "check": "ZZ"})
    assert mailer_preview(face, 60) == mailer_preview(Mailer(**fields), 60) == mailer_preview(other, 60)


def test_the_same_mailer_gives_the_same_bytes(fields: dict[str, Any]) -> None:
    assert mailer_pdf(Mailer(**fields)) == mailer_pdf(Mailer(**fields))


@pytest.mark.parametrize(
    ("field", "value"),
    [("half", "C"), ("length", 3), ("check_length", 5), ("holder", ""), ("token_serial", "x" * 33), ("pin_half", "AB CD"), ("check", "5")],
)
def test_a_wrong_field_is_named_and_its_value_kept(fields: dict[str, Any], field: str, value: object) -> None:
    with pytest.raises(BadInput) as caught:
        Mailer(**{**fields, field: value})
    assert field in str(caught.value)
    assert "AB CD" not in str(caught.value)


def test_what_is_shown_of_a_mailer_has_no_secret(fields: dict[str, Any]) -> None:
    mailer = Mailer(**fields)
    with pytest.raises(BadInput) as caught:
        Mailer(**{**fields, "check": "5RX"})
    told = repr(mailer) + str(mailer) + repr(mailer.__rich_repr__()) + "".join(traceback.format_exception(caught.value))
    assert fields["pin_half"] not in told
    assert "'5R'" not in told
