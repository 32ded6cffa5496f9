"""A card's sheet and the digits of its codes."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony_app.strongroom import card, digits, entry, shares
from ceremony_app.strongroom.protocol import CardFace, CardKnown, IssueCard, MakeShareSet, ProveCard
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.typeset.code import CAPACITY, INVENTORY_VERSION, SECRET_VERSION
from tests.strongroom.scene import secret, token_room

FACE = CardFace("20261124-ABCDEFGH", "Payments root keys", "Meridian Trust", "Tomas Lindqvist", ("payments-kek",), "2026-11-24", 1)
HEX = "0123456789abcdef"


def test_each_card_is_saved_for_its_owner_and_proves(tmp_path: Path) -> None:
    with token_room(tmp_path) as room:
        made = shares.make_share_set(room, MakeShareSet(group="payments", set_id="20260042", threshold=2, count=3))
        known = CardKnown("payments", made.set_id, 2, made.fingerprints, made.check_value, made.identifier)
        for number in (1, 2, 3):
            saved = card.issue_card(room, IssueCard(group="payments", number=number, face=FACE))
            assert (saved.saved_pdf, saved.saved_text) == (f"cards/payments-{number}.pdf", f"cards/payments-{number}.txt")
            pdf, text = (tmp_path / "practice" / name for name in (saved.saved_pdf, saved.saved_text))
            assert pdf.read_bytes().startswith(b"%PDF")
            assert {stat.S_IMODE(file.stat().st_mode) for file in (pdf, text)} == {0o600}
            words = text.read_text()
            assert (words.count(" "), words.count("\n")) == (32, 1)
            code = tmp_path / "practice" / "secrets" / card.digits_name("payments", number)
            for content in (text.read_bytes(), code.read_bytes()):
                room.put_deposit("card", secret(content))
                assert entry.prove_card(room, ProveCard(known=known, number=number)).number == number
        first = (tmp_path / "practice" / "cards" / "payments-1.pdf").read_bytes()
        card.issue_card(room, IssueCard(group="payments", number=1, face=FACE))
        assert (tmp_path / "practice" / "cards" / "payments-1.pdf").read_bytes() == first


def test_sheets_that_cannot_be_made_are_refused(tmp_path: Path) -> None:
    with token_room(tmp_path) as room:
        shares.make_share_set(room, MakeShareSet(group="payments", set_id="20260042", threshold=2, count=3))
        cases = [
            ("card-set-missing", IssueCard(group="other", number=1, face=FACE)),
            ("card-number", IssueCard(group="payments", number=4, face=FACE)),
            ("card-number", IssueCard(group="payments", number=0, face=FACE)),
            ("card-date", IssueCard(group="payments", number=1, face=msgspec.structs.replace(FACE, issued="24 November"))),
            ("paper-", IssueCard(group="payments", number=1, face=msgspec.structs.replace(FACE, custodian="\U0001f511"))),
            ("", IssueCard(group="payments", number=1, face=msgspec.structs.replace(FACE, custodian=""))),
        ]
        for code, request in cases:
            with pytest.raises(Refusal) as caught:
                card.issue_card(room, request)
            assert caught.value.code.startswith(code)
        assert not (tmp_path / "practice" / "cards").exists()


def test_production_saves_no_card() -> None:
    with pytest.raises(Refusal, match="printing-not-built"):
        card.issue_card(Room(), IssueCard(group="payments", number=1, face=FACE))


@given(st.lists(st.integers(0, 1023), min_size=33, max_size=33))
def test_the_secret_code_fills_its_symbol(indices: list[int]) -> None:
    code = digits.secret_digits("20260042", indices)
    assert len(code) == CAPACITY[SECRET_VERSION] == digits.SECRET_DIGITS
    assert digits.word_indices(code[12:]) == indices


CODES = st.builds(
    digits.InventoryCode,
    set_id=st.text("0123456789", min_size=8, max_size=8),
    number=st.integers(1, 5),
    count=st.integers(5, 16),
    issued=st.text("0123456789", min_size=8, max_size=8),
    fingerprint=st.text(HEX, min_size=12, max_size=12),
    check_value=st.text(HEX, min_size=10, max_size=10),
)


@given(CODES)
def test_the_inventory_code_comes_back(code: digits.InventoryCode) -> None:
    text = digits.inventory_digits(code)
    assert len(text) == 52 <= CAPACITY[INVENTORY_VERSION]
    assert digits.read_inventory(text) == code


@given(st.one_of(st.text("0123456789", max_size=60), st.text("0123456789", min_size=48, max_size=48).map(lambda text: "3902" + text)))
def test_other_digits_are_no_inventory_code(text: str) -> None:
    try:
        code = digits.read_inventory(text)
    except ValueError:
        return
    assert digits.inventory_digits(code) == text
