"""The share card as a PDF: what poppler and a QR reader get from it, and what must never be got from it."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony_app.errors import BadInput
from ceremony_app.typeset.card import CardFace, CardSheet, card_pdf, card_preview, privacy_lines
from ceremony_app.typeset.code import set_mark

from .conftest import read_codes

Make = Callable[..., CardSheet]
Extract = Callable[[bytes], list[str]]

LONG: dict[str, Any] = {
    "share_number": 16,
    "share_count": 16,
    "threshold": 16,
    "group": "w" * 32,
    "organisation": "Österreichische Donaudampfschifffahrtselektrizitätenhauptbetriebswerk AG Co",
    "ceremony_title": "Root and payment keys of the whole group with all of its subsidiaries and agents",
    "custodian": "Maximiliana Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh von und zu H",
    "keys": [f"international-payments-signin-{number:02d}" for number in range(40)],
    "media": "B-101, B-102, B-103 or also B-10",
    "rehearsal": True,
    "attempt": 12,
}


@pytest.mark.parametrize("dpi", [100, 150, 300])
@pytest.mark.parametrize("rehearsal", [False, True])
def test_both_codes_decode(make_sheet: Make, scan: Callable[[bytes, int], set[str]], dpi: int, rehearsal: bool) -> None:
    sheet = make_sheet(rehearsal=rehearsal)
    assert scan(card_pdf(sheet), dpi) == {sheet.secret_digits, sheet.inventory_digits}


def test_the_words_stand_in_order_with_their_numbers(make_sheet: Make, extract: Extract) -> None:
    sheet = make_sheet()
    (page,) = extract(card_pdf(sheet))
    lines = page.splitlines()
    first = lines.index(f"1 {sheet.words[0]}")
    assert lines[first : first + 33] == [f"{number} {word}" for number, word in enumerate(sheet.words, 1)]


def test_the_cover_and_the_recovery_lines(make_sheet: Make, extract: Extract) -> None:
    (page,) = extract(card_pdf(make_sheet()))
    for text in (
        "3901 7724",
        "5374 E340 76AE",
        "2B 41 2C 7D EB",
        "B-1 or B-2 (group payments)",
        "payments-kek, payments-signing",
        "20261124-K7QM2XWA",
        "SLIP-39 · 33 words · no passphrase · exponent 1 · not extendable",
        "Any 3 of the 5 shares of set 3901 7724 recover the backup secret. Fewer reveal nothing.",
        "RECOVER.md",
        "openssl",
        "50 mm",
    ):
        assert text in page
    for foreign in ("REHEARSAL", "Witness", "administrator", "guaranteed"):
        assert foreign not in page


def test_a_set_without_spare_says_all(make_sheet: Make, extract: Extract) -> None:
    (page,) = extract(card_pdf(make_sheet(threshold=5)))
    assert "All 5 shares of set 3901 7724 recover" in page


def test_a_rehearsal_is_marked_on_every_panel(make_sheet: Make, extract: Extract) -> None:
    (page,) = extract(card_pdf(make_sheet(rehearsal=True)))
    letters = page.replace("\n", "")
    assert "REHEARSAL · KEY SHARE" in page
    assert letters.count("REHEARSAL") == 1 + 6 + 1  # band, two on each panel's strip, privacy panel
    assert "Keep sealed" not in page


def test_equal_sheets_give_equal_bytes(make_sheet: Make) -> None:
    assert card_pdf(make_sheet()) == card_pdf(make_sheet())
    assert card_pdf(make_sheet()) != card_pdf(make_sheet(share_number=3))


def test_the_preview_holds_no_word_and_no_secret_code(make_sheet: Make, tmp_path: Path) -> None:
    sheet = make_sheet()
    picture = tmp_path / "preview.png"
    picture.write_bytes(card_preview(sheet, 200))
    assert read_codes(picture) == {sheet.inventory_digits}
    other = make_sheet(words=list(reversed(sheet.words)), secret_digits="1" * 144)
    assert card_preview(other, 200) == picture.read_bytes()


def test_a_face_without_secret_has_the_same_preview(make_sheet: Make, card_fields: dict[str, Any]) -> None:
    face = CardFace(**{name: value for name, value in card_fields.items() if name not in ("words", "secret_digits")})
    assert card_preview(face, 60) == card_preview(make_sheet(), 60)


def test_long_values_stay_on_one_page_and_whole(make_sheet: Make, extract: Extract, scan: Callable[[bytes, int], set[str]]) -> None:
    sheet = make_sheet(**LONG)
    pdf = card_pdf(sheet)
    pages = extract(pdf)
    assert len(pages) == 1
    flat = "".join(pages[0].split())
    for field in ("group", "organisation", "ceremony_title", "custodian", "media"):
        assert "".join(LONG[field].split()) in flat
    assert "and38more(keylist)" in flat
    assert scan(pdf, 150) == {sheet.secret_digits, sheet.inventory_digits}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("set_id", "7F3A9C21"),
        ("fingerprint", "5374"),
        ("check_value", "2B 41 2C 7D EB"),
        ("share_number", 6),
        ("threshold", 1),
        ("share_count", 17),
        ("custodian", ""),
        ("organisation", "x" * 81),
        ("inventory_digits", "1" * 112),
        ("secret_digits", "1" * 143),
        ("keys", []),
        ("attempt", 0),
    ],
)
def test_a_wrong_field_is_named(make_sheet: Make, field: str, value: object) -> None:
    with pytest.raises(BadInput) as caught:
        make_sheet(**{field: value})
    assert caught.value.code == "paper-field"
    assert field in str(caught.value)


def test_a_missing_field_is_refused(card_fields: dict[str, Any]) -> None:
    del card_fields["check_value"]
    with pytest.raises(TypeError, match="check_value"):
        CardSheet(**card_fields)


def test_no_secret_in_errors_or_in_what_is_shown_of_a_sheet(make_sheet: Make) -> None:
    sheet = make_sheet()
    mistyped = "".join(reversed("2ylgnorw"))  # so that the source line in a traceback does not hold it
    with pytest.raises(BadInput) as caught:
        make_sheet(words=[*sheet.words[:32], mistyped])
    told = str(caught.value) + "".join(traceback.format_exception(caught.value)) + repr(sheet) + str(sheet) + repr(sheet.__rich_repr__())
    for secret in (*sheet.words, mistyped, sheet.secret_digits):
        assert not re.search(rf"\b{secret}\b", told)


def test_the_privacy_pattern_is_made_of_public_things() -> None:
    assert privacy_lines("39017724") == privacy_lines("39017724") != privacy_lines("39017725")
    assert set_mark("39017724") != set_mark("39017725")
