"""Cards as people enter them, right and wrong; every mistake is named by place, and no message holds a word of the card."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter
from shamir_mnemonic import EncryptedMasterSecret, split_ems

from ceremony_app.strongroom import cardimage, entry
from ceremony_app.strongroom.cardtext import read_text
from ceremony_app.strongroom.people import code_picture
from ceremony_app.strongroom.protocol import CardEntered, CardKnown, EnterCard, ProveCard
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room
from ceremony_app.strongroom.slip39 import word_list
from ceremony_app.typeset.code import INVENTORY_VERSION, qr_matrix
from tests.strongroom.cards import IDENTIFIER, SECRET, digits_of, known, words_of
from tests.strongroom.scene import leaked, secret

CARDS = words_of()
KNOWN = known(CARDS)
FIRST = CARDS[0]


def prove(content: str | bytes, number: int = 1, of: CardKnown = KNOWN) -> CardEntered:
    room = Room()
    room.put_deposit("card", secret(content))
    return entry.prove_card(room, ProveCard(known=of, number=number))


def refusal(content: str | bytes, number: int = 1, of: CardKnown = KNOWN) -> Refusal:
    with pytest.raises(Refusal) as caught:
        prove(content, number, of)
    if isinstance(content, str):
        assert not leaked(caught.value, FIRST)
    return caught.value


def numbered(words: str, form: str) -> str:
    return "\n".join(form.format(place, word) for place, word in enumerate(words.split(), 1))


def png(image: Image.Image, form: str = "PNG") -> bytes:
    target = io.BytesIO()
    image.save(target, form)
    return target.getvalue()


def picture(digits: str) -> Image.Image:
    return Image.open(io.BytesIO(code_picture(digits)))


@pytest.mark.parametrize(
    "typed",
    [
        FIRST,
        FIRST.upper(),
        FIRST.title() + "\n",
        "  " + FIRST.replace(" ", "\n\n\t"),
        FIRST.replace(" ", ", ") + ".",
        "\ufeff" + FIRST,
        " ".join(word[:4] for word in FIRST.split()),
        " ".join(word[:5] if place % 2 else word.upper() for place, word in enumerate(FIRST.split())),
        numbered(FIRST, "{}. {}"),
        numbered(FIRST, "{} {}"),
        numbered(FIRST, "{:02d}) {}"),
        numbered(FIRST, "{}.{}"),
        numbered(FIRST, "{}: {},"),
    ],
)
def test_words_are_read_as_people_write_them(typed: str) -> None:
    assert prove(typed) == CardEntered(number=1, fingerprint=KNOWN.fingerprints[0], entry="words", have=0, need=3)


def test_numbers_give_the_order_when_every_word_has_one() -> None:
    lines = numbered(FIRST, "{} {}").split("\n")
    random.Random(1).shuffle(lines)
    assert prove("\n".join(lines)).number == 1


@pytest.mark.parametrize("number", range(1, 6))
def test_digits_are_read(number: int) -> None:
    digits = digits_of(CARDS[number - 1])
    spaced = " ".join(digits[start : start + 4] for start in range(0, 144, 4))
    for typed in (digits, digits[12:], spaced, digits[:70] + "-\n" + digits[70:]):
        found = prove(typed, number)
        assert (found.number, found.entry) == (number, "digits")


@given(st.integers(0, 32), st.integers(1, 1023))
def test_one_wrong_word_is_located(place: int, change: int) -> None:
    words = FIRST.split()
    words[place] = word_list()[word_list().index(words[place]) ^ change]
    found = refusal(" ".join(words))
    assert (found.code, found.detail) == ("card-checksum", f"Check word {place + 1}.")


def test_swapped_words_are_located_and_two_wrong_ones_are_not() -> None:
    words = FIRST.split()
    words[7], words[8] = words[8], words[7]
    assert refusal(" ".join(words)).detail == "Words 8 and 9 may be swapped."
    words = FIRST.split()
    words[3] = "zero" if words[3] != "zero" else "yoga"
    words[20] = "yoga" if words[20] != "yoga" else "zero"
    assert refusal(" ".join(words)).detail == "More than one word is wrong."


def test_unknown_words_are_numbered_and_similar_ones_only_counted() -> None:
    words = FIRST.split()
    words[4], words[30] = "acadenic", "?"
    found = refusal(" ".join(words))
    assert found.code == "card-word-unknown"
    assert found.detail == "word 5 (1 similar in the list); word 31 (0 similar in the list)"


@pytest.mark.parametrize("entered", ["aca", "acad3mic", "акад", "acidic", "123456", "a" * 5000])
def test_what_is_no_word_is_unknown(entered: str) -> None:
    words = FIRST.split()
    words[0] = entered
    assert refusal(" ".join(words)).code in ("card-word-unknown", "card-length")


def test_missing_and_doubled_words_are_located() -> None:
    words = FIRST.split()
    missing = refusal(" ".join(words[:11] + words[12:]))
    assert (missing.code, missing.detail) == ("card-length", "Word 12 was left out.")
    doubled = refusal(" ".join([*words[:12], *words[11:]]))
    assert (doubled.code, doubled.detail) == ("card-length", "Entry 13 is one too many.")
    assert "20 words were entered" in refusal(" ".join(words[:20])).what
    assert "66 words were entered" in refusal(FIRST + " " + CARDS[1]).what


@pytest.mark.parametrize(
    "content", [b"", b"   \n", b"\xff\xfe\x00", b"\0" * 40, b"x" * 20000, b"%PDF-1.7\n\xe2\xe3", b"\x89PNG\r\n\x1a\nno picture"]
)
def test_what_is_neither_text_nor_picture_is_unreadable(content: bytes) -> None:
    assert refusal(content).code == "card-unreadable"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("3902" + "0" * 48, "card-not-ours"),
        ("1234", "card-not-ours"),
        ("3901" + "0" * 139, "card-length"),
        ("9999" * 33, "card-checksum"),
        (digits_of(FIRST)[:-1] + str(9 - int(digits_of(FIRST)[-1])), "card-checksum"),
    ],
)
def test_other_digits_are_named(typed: str, code: str) -> None:
    assert refusal(typed).code == code


def test_a_card_of_another_set_is_named_by_words_and_by_digits() -> None:
    other = words_of(identifier=777)
    assert refusal(other[0]).code == "card-other-set"
    found = refusal(digits_of(FIRST, set_id="11112222"))
    assert (found.code, found.detail) == ("card-other-set", "Set id on the card: 11112222.")


def test_a_forged_card_of_this_set_is_named() -> None:
    forged = words_of(content=bytes(32))
    found = refusal(forged[1])
    assert (found.code, found.detail) == ("card-forged", "Claimed number: 2.")
    without = CardKnown(KNOWN.group, KNOWN.set_id, 3, KNOWN.fingerprints, KNOWN.check_value)
    assert refusal(forged[1], of=without).code == "card-other-set"
    assert refusal(digits_of(forged[1]), of=without).code == "card-forged"


@pytest.mark.parametrize(("groups", "threshold"), [([(1, 1)], 1), ([(2, 3), (2, 3)], 1), ([(2, 3), (2, 3)], 2)])
def test_shares_with_threshold_one_or_groups_are_forged(groups: list[tuple[int, int]], threshold: int) -> None:
    encrypted = EncryptedMasterSecret.from_master_secret(SECRET, b"", IDENTIFIER, False, 1)
    for group in split_ems(threshold, groups, encrypted):
        assert refusal(group[0].mnemonic()).code == "card-forged"


def test_an_extendable_share_is_of_no_ceremony() -> None:
    encrypted = EncryptedMasterSecret.from_master_secret(SECRET, b"", IDENTIFIER, True, 1)
    assert refusal(split_ems(1, [(3, 5)], encrypted)[0][0].mnemonic()).code == "card-other-set"


def test_another_card_of_the_set_is_named() -> None:
    found = refusal(CARDS[3], number=2)
    assert (found.code, found.detail) == ("card-other-number", "4")


def test_cards_are_kept_once_and_no_more_than_needed() -> None:
    room = Room()

    def enter(card: str, of: CardKnown = KNOWN) -> CardEntered:
        room.put_deposit("card", secret(card))
        return entry.enter_card(room, EnterCard(known=of))

    assert [enter(CARDS[place]).have for place in (4, 0)] == [1, 2]
    with pytest.raises(Refusal, match="card-repeated"):
        enter(digits_of(CARDS[4]))
    with pytest.raises(Refusal, match="card-other-set"):
        enter(CARDS[1], known(CARDS, identifier=1))
    assert enter(CARDS[2]).have == 3
    with pytest.raises(Refusal, match="cards-enough"):
        enter(CARDS[1])
    room.put_deposit("card", secret(CARDS[1]))
    assert entry.prove_card(room, ProveCard(known=KNOWN, number=2)).have == 3


# ---- pictures


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "PPM"])
def test_a_scan_is_read_in_each_format(form: str) -> None:
    assert prove(png(picture(digits_of(FIRST)), form)).entry == "image"


@pytest.mark.parametrize("degrees", [7, 33, 90, 180, 270])
def test_a_turned_scan_is_read(degrees: int) -> None:
    turned = picture(digits_of(FIRST)).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=244)
    assert prove(png(turned)).number == 1


def test_faint_small_blurred_and_speckled_scans_are_read() -> None:
    scan = picture(digits_of(FIRST))
    speckled = scan.copy()
    pen, dice = ImageDraw.Draw(speckled), random.Random(3)
    for _ in range(2500):
        pen.point((dice.randrange(scan.width), dice.randrange(scan.height)), dice.choice((0, 255)))
    for hard in (
        scan.point(lambda value: 150 + value // 4),
        scan.resize((scan.width // 3, scan.height // 3), Image.Resampling.BOX),
        scan.filter(ImageFilter.GaussianBlur(2)),
        speckled,
    ):
        assert prove(png(hard)).number == 1


def test_the_whole_sheet_with_both_codes_is_read() -> None:
    sheet = Image.new("L", (1240, 1754), 255)
    sheet.paste(picture(digits_of(FIRST)), (600, 700))
    outside = qr_matrix("3902" + "0" * 48, INVENTORY_VERSION)
    small = Image.new("L", (len(outside), len(outside)), 255)
    for y, row in enumerate(outside):
        for x, dark in enumerate(row):
            small.putpixel((x, y), 0 if dark else 255)
    enlarged = small.resize((small.width * 4, small.height * 4), Image.Resampling.NEAREST)
    sheet.paste(enlarged, (60, 60))
    assert prove(png(sheet)).number == 1
    alone = Image.new("L", (300, 300), 255)
    alone.paste(enlarged, (50, 50))
    found = refusal(png(alone))
    assert (found.code, "inventory" in found.what) == ("card-not-ours", True)


def test_two_cards_under_one_scanner_are_refused() -> None:
    one, two = picture(digits_of(FIRST)), picture(digits_of(CARDS[1]))
    both = Image.new("L", (one.width * 2, one.height), 255)
    both.paste(one, (0, 0))
    both.paste(two, (one.width, 0))
    assert refusal(png(both)).code == "card-unreadable"


def test_blank_huge_and_foreign_pictures_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(png(Image.new("L", (200, 200), 255))).code == "card-unreadable"
    assert refusal(png(Image.new("1", (1, 1)))).code == "card-unreadable"
    assert refusal(png(picture(digits_of(FIRST)), "PNG") + b"\0" * entry.MOST_IMAGE).code == "card-unreadable"
    monkeypatch.setattr(cardimage, "MOST_PIXELS", 1000)
    assert refusal(png(picture(digits_of(FIRST)))).code == "card-unreadable"


def test_bare_digits_in_a_code_of_another_tool_are_read() -> None:
    assert cardimage.read_image(code_picture(digits_of(FIRST)[12:])).set_id == ""


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_broken_picture_is_read_or_refused(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(["PNG", "JPEG", "TIFF", "PPM"]))
    content = bytearray(_SMALL[form])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(1, len(content))) :]
    try:
        prove(bytes(content))
    except Refusal as found:
        assert found.code.startswith("card-")


_SMALL = {form: png(picture(digits_of(FIRST)).resize((180, 180), Image.Resampling.BOX), form) for form in ("PNG", "JPEG", "TIFF", "PPM")}


@given(st.text(max_size=400))
def test_any_text_is_refused_by_a_card_code(text: str) -> None:
    try:
        read_text(text)
    except Refusal as found:
        assert found.code.startswith("card-")
    else:
        raise AssertionError("random text passed for a card")


def test_four_letters_name_every_word() -> None:
    assert len({word[:4] for word in word_list()}) == len(word_list())
