"""SLIP-0039 by two implementations: the reference library `shamir_mnemonic`, and the recovery recipe's `recover.py`, which shares no code.

Nothing that either says in an exception leaves this module: the library's messages hold words of shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.machinery import SourceFileLoader
from itertools import combinations
from types import CodeType, ModuleType
from typing import NamedTuple, Protocol, cast

from ceremony_app.resource import resource
from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.refusal import Refusal

EXPONENT = 1
MOST_SHARES = 16
IDENTIFIERS = 1 << 15


class CardHead(NamedTuple):
    """The first 40 bits of a share, which are no secret. `number` counts from 1."""

    identifier: int
    extendable: bool
    exponent: int
    group: int
    group_threshold: int
    group_count: int
    number: int
    threshold: int


class OtherShare(Protocol):
    """A share as `recover.py` reads it; only handed back to it."""


class OtherImplementation(Protocol):
    """What is used of `recover.py`."""

    CannotRecover: type[Exception]

    def read_share(self, text: str) -> OtherShare: ...
    def combine_encrypted(self, shares: list[OtherShare]) -> bytes: ...
    def decrypt(self, encrypted: bytes, identifier: int, exponent: int) -> bytes: ...
    def combine(self, cards: list[str]) -> bytes: ...


class _SourceAlone(SourceFileLoader):
    """Compiles the file as it stands: a cached compilation is neither believed nor left beside it."""

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = self.source_to_code(self.get_data(self.path), self.path)
        return code


@cache
def other_implementation() -> OtherImplementation:
    """The module `recover.py` that comes with the program and lies in every evidence folder."""
    loader = _SourceAlone("key_ceremony_recover", str(resource("recover/recover.py")))
    module = ModuleType(loader.name)
    loader.exec_module(module)
    return cast(OtherImplementation, module)


def word_list() -> Sequence[str]:
    """The 1024 words, in order."""
    from shamir_mnemonic.wordlist import WORDLIST

    return cast("list[str]", WORDLIST)


def card_head(indices: Sequence[int]) -> CardHead:
    """Read the first four words of a share (SLIP-0039, "Format of the share mnemonic")."""
    bits = indices[0] << 30 | indices[1] << 20 | indices[2] << 10 | indices[3]
    return CardHead(
        identifier=bits >> 25,
        extendable=bool(bits >> 24 & 1),
        exponent=bits >> 20 & 15,
        group=bits >> 16 & 15,
        group_threshold=(bits >> 12 & 15) + 1,
        group_count=(bits >> 8 & 15) + 1,
        number=(bits >> 4 & 15) + 1,
        threshold=(bits & 15) + 1,
    )


def split(secret: SecretBuffer, identifier: int, threshold: int, count: int) -> list[str]:
    """`count` shares of 33 words, any `threshold` of which give `secret` back: one group, not extendable, exponent 1, no passphrase.

    The random coefficients are the library's, from the operating system.
    """
    from shamir_mnemonic.shamir import EncryptedMasterSecret, split_ems

    encrypted = EncryptedMasterSecret.from_master_secret(bytes(secret.view()), b"", identifier, False, EXPONENT)
    return [share.mnemonic() for share in split_ems(1, [(threshold, count)], encrypted)[0]]


def verify_split(cards: Sequence[str], threshold: int, secret: SecretBuffer) -> int:
    """Recombine every combination of `threshold` cards by both implementations; answers how many there are.

    Each implementation reads each card's words once. Then for every combination each interpolates the encrypted secret, checks its
    digest, and must arrive at the same 32 bytes as the first combination. These bytes are decrypted once by each (that is the slow part,
    and equal input gives equal output) and must be `secret`. Refusal `split-differs`.
    """
    from shamir_mnemonic.shamir import ShareGroup, recover_ems
    from shamir_mnemonic.share import Share
    from shamir_mnemonic.utils import MnemonicError

    other = other_implementation()
    try:
        pairs = [(Share.from_mnemonic(card), other.read_share(card)) for card in cards]
        subsets = 0
        for chosen in combinations(pairs, threshold):
            group = ShareGroup()
            for share, _ in chosen:
                group.add(share)
            encrypted = recover_ems({0: group})
            if subsets == 0:
                first = encrypted
            if not encrypted.ciphertext == first.ciphertext == other.combine_encrypted([share for _, share in chosen]):
                raise _disagree("a combination of cards gives another secret")
            subsets += 1
        by_library = SecretBuffer.take(bytearray(first.decrypt(b"")))
        by_other = SecretBuffer.take(bytearray(other.decrypt(first.ciphertext, first.identifier, first.iteration_exponent)))
        failed = False
    except (MnemonicError, other.CannotRecover, ValueError):
        failed = True
    # Raised here, not in the handler: there Python would attach the library's exception, which holds words, to ours.
    if failed:
        raise _disagree("a combination of cards cannot be recombined")
    with by_library, by_other:
        if not (secret.same(by_library) and secret.same(by_other)):
            raise _disagree("the recombined secret is another one")
    return subsets


def combine(cards: Sequence[str]) -> SecretBuffer:
    """The secret of exactly as many cards as needed, by both implementations, which must agree.

    Refusals `cards-do-not-fit`, `split-differs`.
    """
    from shamir_mnemonic.shamir import combine_mnemonics
    from shamir_mnemonic.utils import MnemonicError

    other = other_implementation()
    try:
        by_other = SecretBuffer.take(bytearray(other.combine(list(cards))))
        by_library = SecretBuffer.take(bytearray(combine_mnemonics(list(cards), b"")))
        failed = False
    except (MnemonicError, other.CannotRecover, ValueError):
        failed = True
    if failed:
        raise Refusal(
            "cards-do-not-fit",
            "The cards that were entered do not give one secret together.",
            "Keep the cards apart, and compare each with its fingerprint in the record.",
        )
    with by_other:
        if not by_library.same(by_other):
            by_library.wipe()
            raise _disagree("the two implementations give different secrets")
    return by_library


def _disagree(detail: str) -> Refusal:
    return Refusal(
        "split-differs",
        "The split does not give the backup secret back by both implementations; the card set cannot be used.",
        "Make a new card set. If it happens again, stop: this machine or this program is not sound.",
        detail,
    )
