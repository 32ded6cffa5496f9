"""`recover.py` against the primitives of other libraries, the reference implementation of SLIP-0039, and foreign readers."""

from __future__ import annotations

import ast
import base64
import hmac
import json
import os
import sys
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from types import ModuleType

import pytest
from bip39_slip39.slip39 import master_secret_from_mnemonics
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from embit.slip39 import Share as EmbitShare
from embit.slip39 import ShareSet as EmbitShareSet
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic import EncryptedMasterSecret, combine_mnemonics, split_ems
from shamir_mnemonic.wordlist import WORDLIST

from tests.recover.recipe import cards_of, load_recover

recover = load_recover()
KEY_LENGTHS = st.sampled_from([16, 24, 32])
SECRETS = st.binary(min_size=32, max_size=32)
SECRET = bytes(range(32))


def test_the_word_list_is_the_standards() -> None:
    assert recover.WORDS == WORDLIST
    # SHA-256 of the list as SLIP-0039 publishes it, words joined by newlines.
    assert sha256("\n".join(recover.WORDS).encode()).hexdigest() == "0e3ea826bde1b1bc77e39a8d9b3682efb2c0946087d911ee6550f29bd12e87c6"


@given(st.data(), KEY_LENGTHS, st.binary(min_size=16, max_size=16))
def test_aes_is_aes(data: st.DataObject, length: int, block: bytes) -> None:
    key = data.draw(st.binary(min_size=length, max_size=length))
    expected = Cipher(AES(key), ECB()).encryptor().update(block)
    assert recover.Aes(key).encrypt(block) == expected
    assert recover.Aes(key).decrypt(expected) == block


@given(st.data(), KEY_LENGTHS, st.binary(max_size=70))
def test_cmac_is_cmac(data: st.DataObject, length: int, message: bytes) -> None:
    key = data.draw(st.binary(min_size=length, max_size=length))
    mac = CMAC(AES(key))
    mac.update(message)
    assert recover.cmac(key, message) == mac.finalize()


@settings(max_examples=40)
@given(SECRETS, st.binary(min_size=1, max_size=120))
def test_key_wrap_is_key_wrap(key: bytes, plain: bytes) -> None:
    wrapped = aes_key_wrap_with_padding(key, plain)
    assert recover.kwp_unwrap(key, wrapped) == plain
    if len(plain) > 8:
        assert recover.kwp_wrap(key, plain) == wrapped


@settings(max_examples=40)
@given(SECRETS, st.binary(min_size=1, max_size=40), st.data())
def test_a_changed_wrapped_key_does_not_open(key: bytes, plain: bytes, data: st.DataObject) -> None:
    wrapped = bytearray(aes_key_wrap_with_padding(key, plain))
    wrapped[data.draw(st.integers(0, len(wrapped) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(recover.CannotRecover):
        recover.kwp_unwrap(key, bytes(wrapped))


@given(SECRETS, st.sampled_from(["wrap", "mac", "check"]))
def test_derive_is_hkdf_without_salt(secret: bytes, use: str) -> None:
    assert recover.derive(secret, use) == HKDF(SHA256(), 32, None, f"key-ceremony/backup/{use}/1".encode()).derive(secret)


@settings(max_examples=10, deadline=None)
@given(SECRETS, st.integers(2, 4), st.integers(0, 2), st.integers(0, 32767), st.integers(0, 2))
def test_every_split_of_the_reference_comes_back(secret: bytes, threshold: int, spare: int, identifier: int, exponent: int) -> None:
    cards = cards_of(secret, threshold, threshold + spare, identifier, exponent)
    for chosen in combinations(cards, threshold):
        assert recover.combine(list(chosen)) == secret


@pytest.mark.parametrize(("threshold", "count"), [(2, 3), (3, 5), (8, 16), (16, 16)])
def test_foreign_readers_combine_the_same_cards(threshold: int, count: int) -> None:
    cards = cards_of(SECRET, threshold, count)
    for chosen in (cards[:threshold], cards[-threshold:][::-1]):
        assert recover.combine(list(chosen)) == SECRET
        assert combine_mnemonics(chosen) == SECRET
        assert EmbitShareSet([EmbitShare.parse(card) for card in chosen]).recover() == SECRET
        assert bytes(master_secret_from_mnemonics(chosen)) == SECRET


def test_cards_are_read_as_people_write_them() -> None:
    card = cards_of(SECRET, 2, 2)[0]
    words = card.split()
    digits = "".join(f"{WORDLIST.index(word):04d}" for word in words)
    expected = recover.read_share(card)
    for text in (
        card.upper(),
        "\n".join(f"{place}. {word}" for place, word in enumerate(words, 1)),
        " ".join(word[:4] for word in words),
        ", ".join(words) + ".\n",
        digits,
        "3901" + "20260042" + digits,
        "3901 2026-0042\n" + " ".join(digits[start : start + 4] for start in range(0, 132, 4)),
    ):
        assert recover.read_share(text) == expected
    assert "value" not in repr(expected)


def share_of(groups: list[tuple[int, int]], group_threshold: int = 1, extendable: bool = False, exponent: int = 1) -> str:
    encrypted = EncryptedMasterSecret(7, extendable, exponent, SECRET)
    card: str = split_ems(group_threshold, groups, encrypted)[0][0].mnemonic()
    return card


CARD = cards_of(SECRET, 2, 3)[0]
WRONG = {
    "has 33 words, here are 32": " ".join(CARD.split()[1:]),
    "has 33 words, here are 34": CARD + " zero",
    "word 3 is not in the word list": " ".join([*CARD.split()[:2], "qqqq", *CARD.split()[3:]]),
    "checksum does not fit": " ".join([*CARD.split()[:20], *CARD.split()[21:], CARD.split()[20]]),
    "not the code": "3902" + "0" * 48,
    "no word's": "9999" * 33,
    "extendable share": share_of([(2, 3)], extendable=True),
    "threshold of one": share_of([(1, 1)]),
    "groups": share_of([(2, 3), (2, 3)], 2),
    "exponent of 15": share_of([(2, 3)], exponent=15),
    "here are 0": "",
}


@pytest.mark.parametrize("why", WRONG)
def test_what_is_no_card_is_refused_with_its_reason(why: str) -> None:
    with pytest.raises(recover.CannotRecover, match=why):
        recover.read_share(WRONG[why])


def test_cards_that_do_not_fit_are_refused_with_their_reason() -> None:
    cards = cards_of(SECRET, 3, 5)
    other, split_again = cards_of(SECRET, 3, 5, identifier=8), cards_of(os.urandom(32), 3, 5)
    cases = {
        "there are no cards": [],
        "exactly 3 cards, here are 2": cards[:2],
        "exactly 3 cards, here are 4": cards[:4],
        "given twice": [cards[0], cards[0], cards[1]],
        "not all of one set": [cards[0], cards[1], other[2]],
        "do not fit together": [cards[0], cards[1], split_again[2]],
    }
    for why, chosen in cases.items():
        with pytest.raises(recover.CannotRecover, match=why):
            recover.combine_encrypted([recover.read_share(card) for card in chosen])


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(recover.CannotRecover):
        recover.read_share(text)


@given(st.binary(max_size=300))
def test_any_bytes_are_no_backup_file(content: bytes) -> None:
    with pytest.raises(recover.CannotRecover):
        recover.read_backup(content)


FIELDS = st.sampled_from(["version", "method", "metadata", "blob", "mac"])


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=9), lambda inner: st.dictionaries(FIELDS, inner), max_leaves=9))
def test_other_json_is_no_backup_file(value: object) -> None:
    with pytest.raises(recover.CannotRecover):
        recover.read_backup(json.dumps(value).encode())


def test_metadata_that_say_a_thing_twice_are_refused() -> None:
    words = '"label":"k","label":"other","algorithm":"AES-256","purpose":"mac","spki":"","check_value":"00"'
    for inside, refused in ((words, True), (words.replace('"label":"k",', ""), False)):
        metadata = base64.b64encode(b"{" + inside.encode() + b"}").decode()
        content = json.dumps({"version": "1", "method": "A", "metadata": metadata, "blob": "", "mac": ""}).encode()
        if refused:
            with pytest.raises(recover.CannotRecover, match="not a backup file"):
                recover.read_backup(content)
        else:
            assert recover.read_backup(content).about["label"] == "other"


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x31\x01\x00", b"\x30\x05\x00", b"\x30\x01\x00\x01", b"\x30\x82\xff\xff" + bytes(9)])
def test_what_is_not_der_is_refused(data: bytes) -> None:
    with pytest.raises(recover.CannotRecover, match="PKCS#8"):
        recover.der_alone(data)


@given(st.integers(2, 700), st.integers(0, 7))
def test_zeros_behind_der_are_dropped(length: int, zeros: int) -> None:
    head = bytes([0x30, length]) if length < 128 else bytes([0x30, 0x82, length >> 8, length & 255])
    assert recover.der_alone(head + b"\x01" * length + bytes(zeros)) == head + b"\x01" * length


def test_hmac_check_values() -> None:
    for bits in (256, 384, 512):
        key = os.urandom(bits // 8)
        assert recover.key_check_value(f"HMAC-{bits}", "mac", key) == hmac.digest(key, bytes(16), f"sha{bits}")[:5].hex()


def test_it_needs_the_standard_library_alone() -> None:
    names = set()
    for node in ast.walk(ast.parse(recover_source(recover))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    assert names <= sys.stdlib_module_names


def recover_source(module: ModuleType) -> str:
    assert module.__file__ is not None
    with open(module.__file__, encoding="utf-8") as file:
        return file.read()


def test_a_written_key_is_on_its_medium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever pulls the stick out as soon as the path is shown must not lose the key."""
    file = tmp_path / "key"
    synced: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(file.read_bytes()))
    load_recover().write_key(str(file), b"a key")
    assert synced == [b"a key"]
