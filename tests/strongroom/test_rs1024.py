"""RS1024 says where a mistake is: compared with the library's checksum, over random shares."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic import rs1024 as library

from ceremony_app.strongroom import rs1024

DATA = st.lists(st.integers(0, 1023), min_size=30, max_size=30)
PLACES = st.integers(0, 32)


def share(data: list[int]) -> list[int]:
    return [*data, *library.create_checksum(data, b"shamir")]


@given(DATA)
def test_agrees_with_the_library(data: list[int]) -> None:
    whole = share(data)
    assert rs1024.holds(whole)
    assert rs1024.holds([*data, *library.create_checksum(data, b"shamir_extendable")], rs1024.CUSTOMIZATION_EXTENDABLE)
    assert not rs1024.holds([*whole[:-1], whole[-1] ^ 1])


@given(DATA, PLACES, st.integers(1, 1023))
def test_one_wrong_word_has_one_place(data: list[int], place: int, change: int) -> None:
    whole = share(data)
    whole[place] ^= change
    assert rs1024.wrong_word(whole) == place + 1


@given(DATA, st.lists(PLACES, min_size=2, max_size=3, unique=True), st.data())
def test_more_wrong_words_never_look_like_one(data: list[int], places: list[int], more: st.DataObject) -> None:
    whole = share(data)
    for place in places:
        whole[place] ^= more.draw(st.integers(1, 1023))
    assert rs1024.wrong_word(whole) is None


@given(DATA, st.integers(0, 31))
def test_swapped_neighbours_are_named(data: list[int], place: int) -> None:
    whole = share(data)
    if whole[place] == whole[place + 1]:
        return
    whole[place], whole[place + 1] = whole[place + 1], whole[place]
    assert rs1024.wrong_word(whole) is None
    assert rs1024.swapped_words(whole) == (place + 1, place + 2)


@settings(max_examples=25)
@given(DATA, st.lists(PLACES, min_size=2, max_size=2, unique=True))
def test_swapped_far_words_are_named(data: list[int], pair: list[int]) -> None:
    whole = share(data)
    a, b = sorted(pair)
    if whole[a] == whole[b]:
        return
    whole[a], whole[b] = whole[b], whole[a]
    assert rs1024.swapped_words(whole) == (a + 1, b + 1)


@given(DATA, PLACES)
def test_a_left_out_word_has_its_number(data: list[int], place: int) -> None:
    whole = share(data)
    short = whole[:place] + whole[place + 1 :]
    first = place
    while first > 0 and whole[first - 1] == whole[place]:
        first -= 1
    assert rs1024.missing_word(short) == first + 1


@given(DATA, PLACES)
def test_a_doubled_word_is_the_second(data: list[int], place: int) -> None:
    whole = share(data)
    doubled = [*whole[: place + 1], *whole[place:]]
    found = rs1024.extra_word(doubled)
    assert found is not None
    assert [*doubled[: found - 1], *doubled[found:]] == whole
    assert found >= place + 2


@given(DATA, st.integers(0, 33), st.integers(0, 1023))
def test_a_foreign_word_too_many_is_found(data: list[int], place: int, word: int) -> None:
    whole = share(data)
    longer = [*whole[:place], word, *whole[place:]]
    found = rs1024.extra_word(longer)
    assert found is not None
    assert [*longer[: found - 1], *longer[found:]] == whole
