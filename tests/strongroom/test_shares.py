"""Card sets: the secret, the split, and the trial of every combination by two implementations."""

from __future__ import annotations

import os
from hashlib import sha256
from itertools import combinations
from math import comb
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic import combine_mnemonics

from ceremony_app.strongroom import shares, slip39
from ceremony_app.strongroom.groupsecret import GroupSecrets, check_value, derive
from ceremony_app.strongroom.protocol import MakeShareSet
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.shares import CardSets
from tests.strongroom.cards import SECRET, words_of
from tests.strongroom.scene import bare_room, leaked, secret, token_room

ASKED = MakeShareSet(group="payments", set_id="20260042", threshold=3, count=5)


def test_a_set_is_made_and_its_cards_give_the_secret_back(tmp_path: Path) -> None:
    with token_room(tmp_path) as room:
        made = shares.make_share_set(room, ASKED)
        kept = bytes(room.drawer(GroupSecrets).of("payments").view())
        cards = [bytes(card.view()).decode() for card in room.drawer(CardSets).sets["payments"].cards]
        again = shares.make_share_set(room, ASKED)
        other = bytes(room.drawer(GroupSecrets).of("payments").view())
    assert (made.threshold, made.count, made.subsets, len(made.fingerprints)) == (3, 5, 10, 5)
    assert {combine_mnemonics(chosen) for chosen in combinations(cards, 3)} == {kept}
    assert [shares.fingerprint(card) for card in cards] == list(made.fingerprints)
    assert kept != other
    assert made.check_value != again.check_value


def test_the_parts_of_the_secret_are_put_together_as_documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rolls = "123456" * 10
    monkeypatch.setattr(shares, "token_random", lambda _room, length: secret(b"T" * length))
    monkeypatch.setattr(shares, "system_random", lambda length: secret(b"S" * length))
    room = bare_room(tmp_path)
    found = []
    for material in (b"T" * 32 + b"S" * 32, b"T" * 32 + b"S" * 32 + sha256(rolls.encode()).digest()):
        shares.make_share_set(room, ASKED)
        expected = HKDF(SHA256(), 32, None, b"key-ceremony/backup/secret/1").derive(material)
        found.append(bytes(room.drawer(GroupSecrets).of("payments").view()) == expected)
        room.put_deposit("dice", secret(" ".join(rolls) + "\n"))
    assert found == [True, True]


@pytest.mark.parametrize("typed", ["1234", "1" * 49, "0" * 60, "1" * 59 + "7", "", "abc" * 30])
def test_dice_that_are_none_are_refused(tmp_path: Path, typed: str) -> None:
    with token_room(tmp_path) as room:
        room.put_deposit("dice", secret(typed))
        with pytest.raises(Refusal, match="dice-unusable"):
            shares.make_share_set(room, ASKED)


def test_no_token_no_secret(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="token-closed"):
        shares.make_share_set(bare_room(tmp_path), ASKED)


@pytest.mark.parametrize(
    "asked",
    [
        MakeShareSet(group="payments", set_id="2026", threshold=3, count=5),
        MakeShareSet(group="Payments!", set_id="20260042", threshold=3, count=5),
        MakeShareSet(group="payments", set_id="20260042", threshold=1, count=5),
        MakeShareSet(group="payments", set_id="20260042", threshold=6, count=5),
        MakeShareSet(group="payments", set_id="20260042", threshold=3, count=17),
        MakeShareSet(group="payments", set_id="20260042", threshold=3, count=5, used_identifiers=tuple(range(32768))),
    ],
)
def test_impossible_sets_are_refused(tmp_path: Path, asked: MakeShareSet) -> None:
    with pytest.raises(Refusal, match="share-set-unusable"):
        shares.make_share_set(bare_room(tmp_path), asked)


def test_used_identifiers_are_not_used_again(tmp_path: Path) -> None:
    free = 31999
    used = tuple(number for number in range(32768) if number != free)
    with token_room(tmp_path) as room:
        made = shares.make_share_set(room, MakeShareSet(group="g", set_id="20260042", threshold=2, count=2, used_identifiers=used))
    assert made.identifier == free


def test_the_largest_set_is_tried_whole() -> None:
    assert slip39.verify_split(words_of(threshold=8, count=16), 8, secret(SECRET)) == comb(16, 8)


@settings(max_examples=10, deadline=None)
@given(st.integers(2, 6), st.integers(0, 2), st.binary(min_size=32, max_size=32), st.integers(0, 32767))
def test_every_split_comes_back(threshold: int, spare: int, content: bytes, identifier: int) -> None:
    cards = slip39.split(secret(content), identifier, threshold, threshold + spare)
    assert slip39.verify_split(cards, threshold, secret(content)) == comb(threshold + spare, threshold)
    with slip39.combine(cards[-threshold:]) as back:
        assert bytes(back.view()) == content
    head = slip39.card_head([slip39.word_list().index(word) for word in cards[0].split()])
    assert head == (identifier, False, 1, 0, 1, 1, 1, threshold)


@pytest.mark.parametrize("change", ["other secret", "card of another split", "library differs", "recover.py differs"])
def test_a_split_that_does_not_hold_is_refused_without_words(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    cards, expected = list(words_of()), SECRET
    if change == "other secret":
        expected = os.urandom(32)
    elif change == "card of another split":
        cards[4] = slip39.split(secret(SECRET), 12345, 3, 5)[4]
    elif change == "library differs":
        monkeypatch.setattr("shamir_mnemonic.cipher.decrypt", lambda *_: bytes(32))
    else:
        monkeypatch.setattr(slip39.other_implementation(), "combine_encrypted", lambda _: bytes(32))
    with pytest.raises(Refusal) as caught:
        slip39.verify_split(cards, 3, secret(expected))
    assert caught.value.code == "split-differs"
    assert not leaked(caught.value, " ".join(cards))
    assert caught.value.__context__ is None


def test_derived_keys_and_check_value_follow_the_design() -> None:
    for use in ("wrap", "mac", "check"):
        expected = HKDF(SHA256(), 32, None, f"key-ceremony/backup/{use}/1".encode()).derive(SECRET)
        with derive(secret(SECRET), use) as key:
            assert bytes(key.view()) == expected
    mac = CMAC(AES256(expected))
    mac.update(bytes(16))
    assert check_value(secret(SECRET)) == mac.finalize()[:5].hex()


def test_forgetting_wipes_cards_and_secrets(tmp_path: Path) -> None:
    with token_room(tmp_path) as room:
        shares.make_share_set(room, ASKED)
        kept = room.drawer(GroupSecrets).of("payments")
        card = room.drawer(CardSets).sets["payments"].cards[0]
    for buffer in (kept, card):
        with pytest.raises(ValueError, match="wiped"):
            buffer.view()
