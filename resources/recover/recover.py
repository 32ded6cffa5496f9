#!/usr/bin/env python3
"""Bring a key back from share cards and a backup file. Needs Python 3.9 or later and nothing else; `openssl` only to compare public keys.

    python3 recover.py --card card-1.txt --card card-3.txt --card card-4.txt --backup payments-kek.json [--out payments-kek.key]

Without --card it asks for the cards and shows nothing of what is typed. A card is its 33 words in order (any case, numbered or not, four
letters of a word suffice) or the 144 digits of its code. Without --out nothing is written: the key is only opened and compared. With --out
it is written for its owner alone: pairs as PKCS#8 in DER, secret keys as raw bytes.

Exit status: 0 everything was compared and is equal, 1 something does not hold, 2 a card, a file or an argument cannot be used, 3 the key
was opened but its public key could not be compared because there is no `openssl`.

What it follows: SLIP-0039 (shares: one group, not extendable, no passphrase), RFC 5869 (HKDF), RFC 4493 (CMAC), RFC 5649 (AES key wrap with
padding), FIPS 197 (AES). The ceremony's program has an implementation of its own; this one shares no code with it. Python cannot wipe its
memory: use a machine without a network, and switch it off afterwards.

The 1024 words are the word list of SLIP-0039 (SatoshiLabs, MIT licence).
"""

from __future__ import annotations

import argparse
import base64
import getpass
import hashlib
import hmac
import json
import operator
import os
import re
import shutil
import subprocess
import sys
import warnings
from typing import NamedTuple

WORDS = """
academic acid acne acquire acrobat activity actress adapt adequate adjust admit adorn adult advance advocate afraid again agency agree
aide aircraft airline airport ajar alarm album alcohol alien alive alpha already alto aluminum always amazing ambition amount amuse
analysis anatomy ancestor ancient angel angry animal answer antenna anxiety apart aquatic arcade arena argue armed artist artwork aspect
auction august aunt average aviation avoid award away axis axle beam beard beaver become bedroom behavior being believe belong benefit
best beyond bike biology birthday bishop black blanket blessing blimp blind blue body bolt boring born both boundary bracelet branch brave
breathe briefing broken brother browser bucket budget building bulb bulge bumpy bundle burden burning busy buyer cage calcium camera
campus canyon capacity capital capture carbon cards careful cargo carpet carve category cause ceiling center ceramic champion change
charity check chemical chest chew chubby cinema civil class clay cleanup client climate clinic clock clogs closet clothes club cluster
coal coastal coding column company corner costume counter course cover cowboy cradle craft crazy credit cricket criminal crisis critical
crowd crucial crunch crush crystal cubic cultural curious curly custody cylinder daisy damage dance darkness database daughter deadline
deal debris debut decent decision declare decorate decrease deliver demand density deny depart depend depict deploy describe desert desire
desktop destroy detailed detect device devote diagnose dictate diet dilemma diminish dining diploma disaster discuss disease dish dismiss
display distance dive divorce document domain domestic dominant dough downtown dragon dramatic dream dress drift drink drove drug dryer
duckling duke duration dwarf dynamic early earth easel easy echo eclipse ecology edge editor educate either elbow elder election elegant
element elephant elevator elite else email emerald emission emperor emphasis employer empty ending endless endorse enemy energy enforce
engage enjoy enlarge entrance envelope envy epidemic episode equation equip eraser erode escape estate estimate evaluate evening evidence
evil evoke exact example exceed exchange exclude excuse execute exercise exhaust exotic expand expect explain express extend extra eyebrow
facility fact failure faint fake false family famous fancy fangs fantasy fatal fatigue favorite fawn fiber fiction filter finance findings
finger firefly firm fiscal fishing fitness flame flash flavor flea flexible flip float floral fluff focus forbid force forecast forget
formal fortune forward founder fraction fragment frequent freshman friar fridge friendly frost froth frozen fumes funding furl fused
galaxy game garbage garden garlic gasoline gather general genius genre genuine geology gesture glad glance glasses glen glimpse goat
golden graduate grant grasp gravity gray greatest grief grill grin grocery gross group grownup grumpy guard guest guilt guitar gums hairy
hamster hand hanger harvest have havoc hawk hazard headset health hearing heat helpful herald herd hesitate hobo holiday holy home hormone
hospital hour huge human humidity hunting husband hush husky hybrid idea identify idle image impact imply improve impulse include income
increase index indicate industry infant inform inherit injury inmate insect inside install intend intimate invasion involve iris island
isolate item ivory jacket jerky jewelry join judicial juice jump junction junior junk jury justice kernel keyboard kidney kind kitchen
knife knit laden ladle ladybug lair lamp language large laser laundry lawsuit leader leaf learn leaves lecture legal legend legs lend
length level liberty library license lift likely lilac lily lips liquid listen literary living lizard loan lobe location losing loud
loyalty luck lunar lunch lungs luxury lying lyrics machine magazine maiden mailman main makeup making mama manager mandate mansion manual
marathon march market marvel mason material math maximum mayor meaning medal medical member memory mental merchant merit method metric
midst mild military mineral minister miracle mixed mixture mobile modern modify moisture moment morning mortgage mother mountain mouse
move much mule multiple muscle museum music mustang nail national necklace negative nervous network news nuclear numb numerous nylon oasis
obesity object observe obtain ocean often olympic omit oral orange orbit order ordinary organize ounce oven overall owner paces pacific
package paid painting pajamas pancake pants papa paper parcel parking party patent patrol payment payroll peaceful peanut peasant pecan
penalty pencil percent perfect permit petition phantom pharmacy photo phrase physics pickup picture piece pile pink pipeline pistol pitch
plains plan plastic platform playoff pleasure plot plunge practice prayer preach predator pregnant premium prepare presence prevent priest
primary priority prisoner privacy prize problem process profile program promise prospect provide prune public pulse pumps punish puny
pupal purchase purple python quantity quarter quick quiet race racism radar railroad rainbow raisin random ranked rapids raspy reaction
realize rebound rebuild recall receiver recover regret regular reject relate remember remind remove render repair repeat replace require
rescue research resident response result retailer retreat reunion revenue review reward rhyme rhythm rich rival river robin rocky romantic
romp roster round royal ruin ruler rumor sack safari salary salon salt satisfy satoshi saver says scandal scared scatter scene scholar
science scout scramble screw script scroll seafood season secret security segment senior shadow shaft shame shaped sharp shelter sheriff
short should shrimp sidewalk silent silver similar simple single sister skin skunk slap slavery sled slice slim slow slush smart smear
smell smirk smith smoking smug snake snapshot sniff society software soldier solution soul source space spark speak species spelling spend
spew spider spill spine spirit spit spray sprinkle square squeeze stadium staff standard starting station stay steady step stick stilt
story strategy strike style subject submit sugar suitable sunlight superior surface surprise survive sweater swimming swing switch
symbolic sympathy syndrome system tackle tactics tadpole talent task taste taught taxi teacher teammate teaspoon temple tenant tendency
tension terminal testify texture thank that theater theory therapy thorn threaten thumb thunder ticket tidy timber timely ting tofu
together tolerate total toxic tracks traffic training transfer trash traveler treat trend trial tricycle trip triumph trouble true trust
twice twin type typical ugly ultimate umbrella uncover undergo unfair unfold unhappy union universe unkind unknown unusual unwrap upgrade
upstairs username usher usual valid valuable vampire vanish various vegan velvet venture verdict verify very veteran vexed victim video
view vintage violence viral visitor visual vitamins vocal voice volume voter voting walnut warmth warn watch wavy wealthy weapon webcam
welcome welfare western width wildlife window wine wireless wisdom withdraw wits wolf woman work worthy wrap wrist writing wrote year yelp
yield yoga zero
""".split()  # noqa: SIM905 (a list literal would be four times as long)

CARD_WORDS = 33
DIGITS_PREFIX = "3901"
SET_ID_DIGITS = 8
CHECKSUM_WORDS = 3
SECRET_LENGTH = 32
SECRET_AT, DIGEST_AT = 255, 254  # where SLIP-0039 keeps the secret and its digest on the polynomial
DIGEST_LENGTH = 4
ROUNDS = 4
ITERATIONS = 10000
MOST_EXPONENT = 8  # 2.56 million iterations, some seconds; the cards of a ceremony have 1
CHECK_LENGTH = 5
MOST_TEXT = 64 * 1024
MOST_BACKUP = 1024 * 1024
KWP_MARK = bytes.fromhex("a65959a6")


class CannotRecover(Exception):
    """Why it does not work; the text holds no word of a card and no byte of a key."""

    def __init__(self, text: str, status: int = 2) -> None:
        super().__init__(text)
        self.status = status


# ---- the field GF(256), for the shares and for AES: x^8 + x^4 + x^3 + x + 1, generator 3 ---------------------------------------------


def _field() -> tuple[list[int], list[int]]:
    powers, logs, value = [0] * 255, [0] * 256, 1
    for exponent in range(255):
        powers[exponent], logs[value] = value, exponent
        value ^= value << 1
        if value & 0x100:
            value ^= 0x11B
    return powers, logs


POWERS, LOGS = _field()


def multiply(a: int, b: int) -> int:
    return POWERS[(LOGS[a] + LOGS[b]) % 255] if a and b else 0


MULTIPLES = [bytes(multiply(factor, value) for value in range(256)) for factor in range(256)]
"""For each factor the table that `bytes.translate` multiplies by."""


# ---- SLIP-0039 -----------------------------------------------------------------------------------------------------------------------


class Share(NamedTuple):
    """One card. `member` counts from 0."""

    identifier: int
    exponent: int
    member: int
    threshold: int
    value: bytes

    def __repr__(self) -> str:
        return f"<share {self.member + 1}>"


def checksum_state(values: list[int]) -> int:
    """RS1024 over values of 10 bits; 1 for a whole card with its customization string in front."""
    generator = (0xE0E040, 0x1C1C080, 0x3838100, 0x7070200, 0xE0E0009, 0x1C0C2412, 0x38086C24, 0x3090FC48, 0x21B1F890, 0x3F3F120)
    state = 1
    for value in values:
        top = state >> 20
        state = (state & 0xFFFFF) << 10 ^ value
        for bit in range(10):
            if top >> bit & 1:
                state ^= generator[bit]
    return state


def word_numbers(text: str) -> list[int]:
    """The zero-based places in the word list of a card's words, from words or from the digits of its code."""
    digits = re.sub(r"[\s-]", "", text)
    if digits.isascii() and digits.isdigit():
        if len(digits) == len(DIGITS_PREFIX) + SET_ID_DIGITS + 4 * CARD_WORDS and digits.startswith(DIGITS_PREFIX):
            digits = digits[len(DIGITS_PREFIX) + SET_ID_DIGITS :]
        if len(digits) != 4 * CARD_WORDS:
            raise CannotRecover("these digits are not the code with a card's words: that has 144 digits and begins with 3901")
        numbers = [int(digits[at : at + 4]) for at in range(0, len(digits), 4)]
        if max(numbers) >= len(WORDS):
            raise CannotRecover("these digits hold a number that is no word's")
        return numbers
    numbers = []
    for entry in re.findall(r"[^\W\d_]+", text.lower()):
        found = [at for at, word in enumerate(WORDS) if word == entry or (len(entry) >= 4 and word.startswith(entry))]
        if len(found) != 1:
            raise CannotRecover(f"word {len(numbers) + 1} is not in the word list")
        numbers.append(found[0])
    return numbers


def read_share(text: str) -> Share:
    """The share on one card; raises CannotRecover."""
    numbers = word_numbers(text)
    if len(numbers) != CARD_WORDS:
        raise CannotRecover(f"a card has {CARD_WORDS} words, here are {len(numbers)}")
    if checksum_state(list(b"shamir") + numbers) != 1:
        if checksum_state(list(b"shamir_extendable") + numbers) == 1:
            raise CannotRecover("this is an extendable share of another program; use a general SLIP-39 tool")
        raise CannotRecover("the checksum does not fit: a word is wrong, or two are swapped")
    bits = 0
    for number in numbers[:-CHECKSUM_WORDS]:
        bits = bits << 10 | number
    # From the right: 260 bits of value (4 of them padding), then 4 bits each of threshold, member, group count, group threshold, group,
    # exponent; then the extendable flag and 15 bits of identifier.
    value, head = bits & ((1 << 260) - 1), bits >> 260
    threshold, member, groups, group_threshold, group, exponent = ((head >> shift & 15) for shift in (0, 4, 8, 12, 16, 20))
    identifier, extendable = head >> 25, head >> 24 & 1
    if value >> 8 * SECRET_LENGTH:
        raise CannotRecover("the padding of this share is not zero")
    if extendable or groups or group_threshold or group or threshold < 1:
        raise CannotRecover("this share has groups or a threshold of one, which cards of a ceremony never have; use a general SLIP-39 tool")
    if exponent > MOST_EXPONENT:
        raise CannotRecover(f"this share asks for an exponent of {exponent}; more than {MOST_EXPONENT} is refused")
    return Share(identifier, exponent, member, threshold + 1, value.to_bytes(SECRET_LENGTH, "big"))


def interpolate(points: list[tuple[int, bytes]], x: int) -> bytes:
    """The value at `x` of the polynomials through `points` (Lagrange), byte by byte."""
    total = 0
    for own, value in points:
        exponent = 0
        for other, _ in points:
            if other != own:
                exponent += LOGS[x ^ other] - LOGS[own ^ other]
        total ^= int.from_bytes(value.translate(MULTIPLES[POWERS[exponent % 255]]), "big")
    return total.to_bytes(len(points[0][1]), "big")


def verify_fits(share: Share, others: list[Share]) -> None:
    """Raises CannotRecover when this card is of another set than the others, or is one of them again."""
    for other in others:
        if (share.identifier, share.exponent, share.threshold) != (other.identifier, other.exponent, other.threshold):
            raise CannotRecover("these cards are not all of one set")
        if share.member == other.member:
            raise CannotRecover("one card was given twice")


def combine_encrypted(shares: list[Share]) -> bytes:
    """The encrypted secret of exactly `threshold` shares of one set; raises CannotRecover."""
    if not shares:
        raise CannotRecover("there are no cards")
    first = shares[0]
    for number, share in enumerate(shares):
        verify_fits(share, shares[:number])
    if len(shares) != first.threshold:
        raise CannotRecover(f"this set needs exactly {first.threshold} cards, here are {len(shares)}")
    points = [(one.member, one.value) for one in shares]
    secret, digest = interpolate(points, SECRET_AT), interpolate(points, DIGEST_AT)
    if not hmac.compare_digest(hmac.new(digest[DIGEST_LENGTH:], secret, "sha256").digest()[:DIGEST_LENGTH], digest[:DIGEST_LENGTH]):
        raise CannotRecover("the cards do not fit together: one of them is forged or of another split", 1)
    return secret


def decrypt(encrypted: bytes, identifier: int, exponent: int) -> bytes:
    """Undo SLIP-0039's four Feistel rounds without a passphrase (not extendable: the identifier is part of the salt)."""
    half = len(encrypted) // 2
    left, right = encrypted[:half], encrypted[half:]
    salt = b"shamir" + identifier.to_bytes(2, "big")
    for number in reversed(range(ROUNDS)):
        mask = hashlib.pbkdf2_hmac("sha256", bytes([number]), salt + right, (ITERATIONS << exponent) // ROUNDS, half)
        left, right = right, bytes(map(operator.xor, left, mask))
    return right + left


def combine(cards: list[str]) -> bytes:
    """The backup secret (32 bytes) from the texts of exactly as many cards as the set needs; raises CannotRecover."""
    shares = [read_share(card) for card in cards]
    return decrypt(combine_encrypted(shares), shares[0].identifier, shares[0].exponent)


# ---- AES (FIPS 197), CMAC (RFC 4493), key wrap with padding (RFC 5649) ---------------------------------------------------------------


def _substitutions() -> tuple[bytes, bytes]:
    box = bytearray(256)
    for value in range(256):
        inverse = POWERS[-LOGS[value] % 255] if value else 0
        box[value] = 0x63
        for turn in range(5):
            box[value] ^= (inverse << turn | inverse >> 8 - turn) & 0xFF
    back = bytearray(256)
    for value, image in enumerate(box):
        back[image] = value
    return bytes(box), bytes(back)


BOX, BACK = _substitutions()
SHIFT = [(at + 4 * (at % 4)) % 16 for at in range(16)]  # place that ShiftRows moves to `at`
UNSHIFT = [(at - 4 * (at % 4)) % 16 for at in range(16)]


def _mix(block: bytes, factors: tuple[int, int, int, int]) -> bytes:
    tables = [MULTIPLES[factor] for factor in factors]
    return bytes(
        tables[0][block[column + row]]
        ^ tables[1][block[column + (row + 1) % 4]]
        ^ tables[2][block[column + (row + 2) % 4]]
        ^ tables[3][block[column + (row + 3) % 4]]
        for column in range(0, 16, 4)
        for row in range(4)
    )


def xor(a: bytes, b: bytes) -> bytes:
    return bytes(map(operator.xor, a, b))


class Aes:
    """One block at a time, for keys of 16, 24 or 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) not in (16, 24, 32):
            raise CannotRecover(f"an AES key has 16, 24 or 32 bytes, not {len(key)}", 1)
        length, step = len(key) // 4, 1
        words = [key[at : at + 4] for at in range(0, len(key), 4)]
        while len(words) < 4 * (length + 7):
            word = words[-1]
            if len(words) % length == 0:
                word = xor((word[1:] + word[:1]).translate(BOX), bytes([step, 0, 0, 0]))
                step = multiply(step, 2)
            elif length > 6 and len(words) % length == 4:
                word = word.translate(BOX)
            words.append(xor(words[-length], word))
        self.rounds = [b"".join(words[at : at + 4]) for at in range(0, len(words), 4)]

    def encrypt(self, block: bytes) -> bytes:
        state = xor(block, self.rounds[0])
        for number, key in enumerate(self.rounds[1:], 2):
            state = bytes(state.translate(BOX)[at] for at in SHIFT)
            state = xor(state if number == len(self.rounds) else _mix(state, (2, 3, 1, 1)), key)
        return state

    def decrypt(self, block: bytes) -> bytes:
        state = xor(block, self.rounds[-1])
        for key in self.rounds[-2::-1]:
            state = xor(bytes(state.translate(BACK)[at] for at in UNSHIFT), key)
            if key is not self.rounds[0]:
                state = _mix(state, (14, 11, 13, 9))
        return state


def cmac(key: bytes, message: bytes) -> bytes:
    """AES-CMAC (RFC 4493), 16 bytes."""
    aes = Aes(key)

    def double(block: bytes) -> bytes:
        value = int.from_bytes(block, "big") << 1
        return ((value ^ 0x87 if value >> 128 else value) & ((1 << 128) - 1)).to_bytes(16, "big")

    whole = double(aes.encrypt(bytes(16)))
    blocks = [message[at : at + 16] for at in range(0, len(message), 16)] or [b""]
    last = blocks.pop()
    last = xor(last, whole) if len(last) == 16 else xor((last + b"\x80").ljust(16, b"\0"), double(whole))
    state = bytes(16)
    for block in [*blocks, last]:
        state = aes.encrypt(xor(state, block))
    return state


def kwp_wrap(key: bytes, plain: bytes) -> bytes:
    """RFC 5649, for more than 8 bytes."""
    aes, parts = Aes(key), [plain[at : at + 8].ljust(8, b"\0") for at in range(0, len(plain), 8)]
    register = KWP_MARK + len(plain).to_bytes(4, "big")
    for turn in range(6):
        for at, part in enumerate(parts):
            block = aes.encrypt(register + part)
            register, parts[at] = xor(block[:8], (len(parts) * turn + at + 1).to_bytes(8, "big")), block[8:]
    return register + b"".join(parts)


def kwp_unwrap(key: bytes, wrapped: bytes) -> bytes:
    """RFC 5649; raises CannotRecover when the key or the data are wrong."""
    if len(wrapped) < 16 or len(wrapped) % 8:
        raise CannotRecover("the wrapped key in the backup file has an impossible length", 1)
    aes, register = Aes(key), wrapped[:8]
    parts = [wrapped[at : at + 8] for at in range(8, len(wrapped), 8)]
    if len(parts) == 1:
        block = aes.decrypt(wrapped)
        register, parts = block[:8], [block[8:]]
    else:
        for turn in reversed(range(6)):
            for at in reversed(range(len(parts))):
                block = aes.decrypt(xor(register, (len(parts) * turn + at + 1).to_bytes(8, "big")) + parts[at])
                register, parts[at] = block[:8], block[8:]
    padded, length = b"".join(parts), int.from_bytes(register[4:], "big")
    if register[:4] != KWP_MARK or not len(padded) - 8 < length <= len(padded) or any(padded[length:]):
        raise CannotRecover("the wrapped key in the backup file does not open: another secret made it, or it was changed", 1)
    return padded[:length]


# ---- the ceremony's own formats ------------------------------------------------------------------------------------------------------


def derive(secret: bytes, use: str) -> bytes:
    """A key for `use` (`wrap`, `mac`, `check`) from the backup secret: HKDF-SHA-256 without salt (RFC 5869), 32 bytes."""
    early = hmac.new(bytes(32), secret, "sha256").digest()
    return hmac.new(early, f"key-ceremony/backup/{use}/1".encode() + b"\x01", "sha256").digest()


def set_check_value(secret: bytes) -> str:
    """What is printed on every card of the set: 10 hex digits."""
    return cmac(derive(secret, "check"), bytes(16))[:CHECK_LENGTH].hex()


def key_check_value(algorithm: str, purpose: str, key: bytes) -> str:
    """Check value of a secret key, 10 hex digits: by purpose the cipher, the key wrap or the MAC of 16 zero bytes."""
    if algorithm not in ("AES-128", "AES-256", "HMAC-256", "HMAC-384", "HMAC-512"):
        raise CannotRecover("the backup file names a kind of key that this tool does not know", 1)
    if algorithm.startswith("HMAC-"):
        value = hmac.new(key, bytes(16), "sha" + algorithm[len("HMAC-") :]).digest()
    elif purpose == "wrap":
        value = kwp_wrap(key, bytes(16))
    else:
        value = cmac(key, bytes(16)) if purpose == "mac" else Aes(key).encrypt(bytes(16))
    return value[:CHECK_LENGTH].hex()


class Backup(NamedTuple):
    """A backup file: `metadata` are the exact bytes, `about` what they say."""

    metadata: bytes
    about: dict[str, str]
    spki: bytes
    blob: bytes
    mac: bytes


def _fields_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A field that stands twice could say two things."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field stands twice")
    return fields


def read_backup(content: bytes) -> Backup:
    """Parse a backup file; raises CannotRecover."""
    try:
        fields = json.loads(content, object_pairs_hook=_fields_once)
        if fields["version"] != "1" or fields["method"] != "A":
            raise CannotRecover("this backup file is not of version 1 and method A, which is all that this tool opens")
        if set(fields) != {"version", "method", "metadata", "blob", "mac"}:
            raise CannotRecover("the backup file has other fields than such files have")
        metadata = base64.b64decode(fields["metadata"], validate=True)
        about = {name: value for name, value in json.loads(metadata, object_pairs_hook=_fields_once).items() if isinstance(value, str)}
        if not {"label", "algorithm", "purpose", "spki", "check_value"} <= set(about):
            raise CannotRecover("the backup file does not say which key it holds")
        spki, blob = base64.b64decode(about["spki"], validate=True), base64.b64decode(fields["blob"], validate=True)
        return Backup(metadata, about, spki, blob, bytes.fromhex(fields["mac"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CannotRecover("this is not a backup file of a key ceremony, or it was cut off") from None


def open_backup(secret: bytes, backup: Backup) -> bytes:
    """The key in a backup file: raw bytes, or PKCS#8 DER for a pair. The MAC is checked first; raises CannotRecover."""
    covered = b"key-ceremony/backup/1/A\n" + hashlib.sha256(backup.metadata).digest() + hashlib.sha256(backup.blob).digest()
    if not hmac.compare_digest(hmac.new(derive(secret, "mac"), covered, "sha256").digest(), backup.mac):
        raise CannotRecover("the backup file is not of this card set, or it was changed (its MAC does not fit)", 1)
    key = kwp_unwrap(derive(secret, "wrap"), backup.blob)
    return der_alone(key) if backup.spki else key


def der_alone(data: bytes) -> bytes:
    """`data` without the zero bytes that some tokens add after a PKCS#8 key."""
    if len(data) < 4 or data[0] != 0x30:
        raise CannotRecover("what the backup file holds is not a PKCS#8 key", 1)
    octets = data[1] & 0x7F if data[1] & 0x80 else 0
    end = 2 + octets + (int.from_bytes(data[2 : 2 + octets], "big") if octets else data[1])
    if end > len(data) or any(data[end:]):
        raise CannotRecover("what the backup file holds is not a PKCS#8 key", 1)
    return data[:end]


def public_key(key: bytes) -> bytes | None:
    """SubjectPublicKeyInfo (DER) of a PKCS#8 key by `openssl`, to which the key goes through a pipe; None when there is no `openssl`."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    command = [openssl, "pkey", "-inform", "DER", "-pubout", "-outform", "DER"]
    done = subprocess.run(command, input=key, capture_output=True, check=False)
    if done.returncode:
        raise CannotRecover("openssl does not read the recovered key", 1)
    return done.stdout


# ---- the command ---------------------------------------------------------------------------------------------------------------------


def read_file(path: str, most: int) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise CannotRecover(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > most:
        raise CannotRecover(f"{path} is too long to be a card or a backup file")
    return content


def read_cards(paths: list[str]) -> list[str]:
    """The cards' texts from files, or asked for one by one until there are enough."""
    if not paths:
        return ask_cards()
    cards: list[str] = []
    for path in paths:
        text = read_file(path, MOST_TEXT).decode("utf-8", "replace")
        try:
            read_share(text)
        except CannotRecover as problem:
            raise CannotRecover(f"{path}: {problem}", problem.status) from None
        cards.append(text)
    return cards


def ask_cards() -> list[str]:
    """Cards typed on a terminal; each is compared with those before it at once, so that one wrong card does not cost all of them."""
    if not sys.stdin.isatty():
        raise CannotRecover("there is no terminal to type cards on: name their files with --card")
    cards: list[str] = []
    shares: list[Share] = []
    while not shares or len(shares) < shares[0].threshold:
        of = f" of {shares[0].threshold}" if shares else ""
        text = ask(f"Card {len(cards) + 1}{of}, words or digits on one line (not shown): ")
        try:
            share = read_share(text)
            verify_fits(share, shares)
        except CannotRecover as problem:
            print(f"  {problem}; enter this card again", file=sys.stderr)
            continue
        cards.append(text)
        shares.append(share)
    return cards


def ask(prompt: str) -> str:
    """A line that the terminal does not show; raises CannotRecover where it would be shown, or where nothing more comes."""
    try:
        with warnings.catch_warnings():
            # Without this line what is typed would be shown after a mere warning.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt)
    except getpass.GetPassWarning:
        raise CannotRecover("this terminal cannot hide what is typed: name the cards' files with --card") from None
    except EOFError:
        raise CannotRecover("the entry ended before there were enough cards") from None


def write_key(path: str, key: bytes) -> None:
    """Write a new file that only its owner may read; an existing one is never replaced."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            # A medium that is pulled out at once must hold the key.
            os.fsync(file.fileno())
    except OSError as error:
        raise CannotRecover(f"{path} cannot be written: {error.strerror}") from None


def recover_key(secret: bytes, path: str, out: str | None) -> bool:
    """Open one backup file, compare, say what was found. False when the public key could not be compared."""
    backup = read_backup(read_file(path, MOST_BACKUP))
    key, about = open_backup(secret, backup), backup.about
    print(f"{path}: {about['label']}, {about['algorithm']}, to {about['purpose']}")
    compared = True
    if backup.spki:
        found = public_key(key)
        compared = found is not None
        if compared and found != backup.spki:
            raise CannotRecover("the recovered key is not the one that the backup file names: public keys differ", 1)
        fingerprint = hashlib.sha256(backup.spki).hexdigest()
        print(f"  public key SHA-256 {fingerprint}: {'equal' if compared else 'NOT COMPARED, there is no openssl on this machine'}")
    else:
        found_value = key_check_value(about["algorithm"], about["purpose"], key)
        if found_value != about["check_value"]:
            raise CannotRecover("the recovered key is not the one that the backup file names: check values differ", 1)
        print(f"  check value {found_value}: equal")
    if out:
        write_key(out, key)
        print(f"  written to {out} ({'PKCS#8, DER' if backup.spki else 'raw bytes'}, {len(key)} bytes)")
    return compared


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Bring a key back from share cards and a backup file.")
    parser.add_argument("--card", action="append", default=[], metavar="FILE", help="text of one card; repeat it (default: ask)")
    parser.add_argument("--backup", action="append", default=[], metavar="FILE", help="backup file; repeat it (default: none)")
    parser.add_argument("--check", action="store_true", help="only compare, write nothing (what happens without --out)")
    parser.add_argument("--out", metavar="FILE", help="write the key of the one backup file here")
    options = parser.parse_args(arguments)
    if options.out and (options.check or len(options.backup) != 1):
        parser.error("--out needs exactly one --backup and no --check")
    try:
        secret = combine(read_cards(options.card))
        value = set_check_value(secret).upper()
        shown = " ".join(value[at : at + 2] for at in range(0, len(value), 2))
        print(f"check value of the card set: {shown} (compare it with any of the cards)")
        compared = [recover_key(secret, path, options.out) for path in options.backup]
    except CannotRecover as problem:
        print(f"recover.py: {problem}", file=sys.stderr)
        return problem.status
    return 0 if all(compared) else 3


if __name__ == "__main__":
    sys.exit(main())
