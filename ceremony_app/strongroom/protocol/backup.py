"""Requests about backups, shares and cards."""

from __future__ import annotations

from ceremony_app.keys import Algorithm, Purpose
from ceremony_app.strongroom.protocol.keys import KeyProof
from ceremony_app.strongroom.protocol.message import Done, Reply, Request


class ShareSetMade(Reply):
    """`fingerprints` in share order, 12 hex digits each; `check_value` 10 hex digits; `identifier` the 15-bit SLIP-39 id; `subsets`
    combinations of T cards were recombined by both implementations."""

    set_id: str
    identifier: int
    threshold: int
    count: int
    fingerprints: tuple[str, ...]
    check_value: str
    subsets: int


class MakeShareSet(Request[ShareSetMade]):
    """Make a group's backup secret and split it. A deposit `dice`, when there is one, is mixed in. `used_identifiers`: SLIP-39 ids that
    earlier sets have, which are not used again."""

    group: str
    set_id: str
    threshold: int
    count: int
    used_identifiers: tuple[int, ...] = ()
    deadline = 120.0
    optional_deposits = ("dice",)


class BackupFileMade(Reply):
    """The exact bytes of a backup file (docs/record-format.md); equal for equal key, secret and metadata."""

    content: bytes
    method: str


class BackupMetadata(Reply):
    """What a backup file says of its key: enough to rebuild the object and to know it again. `cka_id` hex; `spki` DER, empty for secret
    keys; `check_value` 10 hex digits, empty for pairs. `msgspec.json.encode` of it is what `BackUpKey` takes."""

    ceremony_id: str
    group: str
    set_id: str
    label: str
    cka_id: str
    algorithm: Algorithm
    purpose: Purpose
    spki: bytes = b""
    check_value: str = ""
    version: int = 1


class BackUpKey(Request[BackupFileMade]):
    """Wrap one key under the group's backup secret (method A). `metadata` is the exact JSON of a `BackupMetadata`. Codes:
    `secret-missing`, `metadata-malformed`."""

    group: str
    cka_id: str
    algorithm: Algorithm
    metadata: bytes
    writes = True


class CardFace(Reply):
    """What a card shows beside its words."""

    ceremony_id: str
    title: str
    organisation: str
    custodian: str
    keys: tuple[str, ...]
    issued: str
    attempt: int


class CardMade(Reply):
    """Where a rehearsal saved the sheet and its words (names below `practice`), empty when printed."""

    saved_pdf: str
    saved_text: str


class IssueCard(Request[CardMade]):
    """Make one card's sheet: a rehearsal saves it, production prints it."""

    group: str
    number: int
    face: CardFace
    deadline = 60.0


class CardKnown(Reply):
    """What the record knows of a card set, given to a process that is to judge cards of it. `identifier` as in `ShareSetMade`: it tells a
    forged card of this set from a card of another set, where only words were entered; -1 when it is not known."""

    group: str
    set_id: str
    threshold: int
    fingerprints: tuple[str, ...]
    check_value: str
    identifier: int = -1


class CardEntered(Reply):
    """A card that was entered and is genuine. `entry`: `words`, `digits` or `image`. `have` of `need` cards are in hand."""

    number: int
    fingerprint: str
    entry: str
    have: int
    need: int


class ProveCard(Request[CardEntered]):
    """Deposit `card` first. Judge one card against the record without keeping it. Codes: `card-length`, `card-word-unknown`,
    `card-checksum` (the detail locates), `card-other-set`, `card-other-number`, `card-forged`, `card-unreadable`, `card-not-ours`."""

    known: CardKnown
    number: int
    deposits = ("card",)


class EnterCard(Request[CardEntered]):
    """Deposit `card` first. Keep one genuine card for recovery: card `number`, or any where that is 0. Codes as `ProveCard`, and
    `card-repeated`, `cards-enough`."""

    known: CardKnown
    number: int = 0
    deposits = ("card",)


class SecretRecovered(Reply):
    check_value: str
    cards: tuple[int, ...]


class RecoverSecret(Request[SecretRecovered]):
    """Combine the entered cards of a group, exactly as many as needed (`cards-missing`), and compare the check value in constant time
    (`check-value-differs`). Afterwards the cards are forgotten and the secret serves `BackUpKey` and `RestoreKey`."""

    group: str


class KeyRestored(Reply):
    """A key as it stands in the token after restoring. `proof_holds` is always true: a proof that fails is a failure."""

    label: str
    spki_sha256: str
    check_value: str
    proof_holds: bool


class RestoreKey(Request[KeyRestored]):
    """Check a backup file's MAC, unwrap it into the open token, compare public key or check value, and check the key's recorded proof
    with the restored copy. Codes: `backup-mac`, `backup-malformed`, `restored-differs`."""

    group: str
    content: bytes
    algorithm: Algorithm
    purpose: Purpose
    spki: bytes
    check_value: str
    message: bytes
    proof: KeyProof
    deadline = 60.0
    writes = True


class ForgetSecrets(Request[Done]):
    """Drop backup secrets and entered cards. The process that held them should exit all the same."""
