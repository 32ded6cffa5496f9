"""What can be asked of a strongroom and what it answers: one struct per request, which carries the type of its reply.

Secrets are never fields. What a person types is deposited as raw bytes under a name before the request that uses it (`Request.deposits`
says which names); in a rehearsal the strongroom reads the raw file itself (`DepositFile`). Byte strings travel as base64; none of them is
a secret. Times are seconds.
"""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar, dataclass_transform

import msgspec

from ceremony_app.keys import Algorithm, Assurance, Purpose, WrapScheme

R_co = TypeVar("R_co", covariant=True)


@dataclass_transform(frozen_default=True)
class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what a strongroom answers."""


@dataclass_transform(frozen_default=True)
class Request(msgspec.Struct, Generic[R_co], frozen=True, tag=True, forbid_unknown_fields=True):
    """Base of what can be asked; `R_co` is the reply's type."""

    deadline: ClassVar[float] = 30.0
    writes: ClassVar[bool] = False
    """True while the token is written to: `kill()` waits for it, so that no half-written object is left."""
    deposits: ClassVar[tuple[str, ...]] = ()


class Failure(Reply):
    """A request that was refused: a stable code, what happened, what to do, and details that hold no secret."""

    code: str
    what: str
    next_step: str
    detail: str = ""


class Done(Reply):
    """It was done; there is nothing to report."""


# ---- the process -------------------------------------------------------------------------------------------------------------------


class Protections(Reply):
    """What the process could do for its own memory: `memory_locked` is `all`, `buffers` or `none`."""

    dumpable: bool
    core_limit: int
    memory_locked: str


class Prepared(Reply):
    """The module was loaded. Hashes are SHA-256 in hex."""

    module: str
    module_sha256: str
    library: str
    library_version: str
    protections: Protections


class Prepare(Request[Prepared]):
    """First request. `storage`: directory for a SoftHSM token of our own (created 0700), empty to use the machine's configuration.
    `practice`: the rehearsal's `practice` directory, empty in production; the strongroom writes there what only a rehearsal may write."""

    storage: str = ""
    practice: str = ""


class DepositFile(Request[Done]):
    """Take the raw bytes of a file as the deposit `name` (rehearsals only; at most 8 MiB)."""

    name: str
    path: str


class StorageWiped(Reply):
    """`files` were in the storage directory, `overwritten` of them were overwritten with random bytes before removal; `left` remain."""

    files: int
    overwritten: int
    left: int


class WipeStorage(Request[StorageWiped]):
    """Close the token, overwrite and remove every file of our own storage directory."""

    writes = True


# ---- PINs and the token ------------------------------------------------------------------------------------------------------------


class Mailer(Reply):
    """One PIN mailer: `role` is `user` or `so`, `half` is `A` or `B`. `saved` is the file's name below `practice`, empty when printed."""

    role: str
    half: str
    holder: str
    saved: str


class PinsMade(Reply):
    mailers: tuple[Mailer, ...]
    characters: int


class MakePins(Request[PinsMade]):
    """Make user and SO PIN, two halves each, and their mailers. Holder A gets both A halves, holder B both B halves. Replaces PINs that
    were made before and not used. `token_serial` is empty where a token gets its number only at initialisation."""

    ceremony_id: str
    title: str
    holders: tuple[str, str]
    token_label: str
    token_serial: str
    attempt: int
    organisation: str = ""


class ProvePinHalf(Request[Done]):
    """Deposit `pin-half` first. Codes: `pin-half-mistyped` (check characters), `pin-half-other` (right characters, another half)."""

    role: str
    half: str
    deposits = ("pin-half",)


class TokenSeen(Reply):
    """What the token says of itself. `objects` counts objects visible after login, 0 before."""

    present: bool
    label: str = ""
    serial: str = ""
    manufacturer: str = ""
    model: str = ""
    firmware: str = ""
    user_pin_set: bool = False
    objects: int = 0


class FindToken(Request[TokenSeen]):
    """Look for a token by label; with an empty label, for a slot that can be initialised (`present` false)."""

    label: str


class InitialiseToken(Request[TokenSeen]):
    """Initialise a token (C_InitToken, then C_InitPIN) and log in; all four halves must have been proved in this process. A token of this
    label that has no user PIN yet (an interrupted initialisation) is initialised again; one that has is refused (`token-exists`)."""

    label: str
    writes = True


class OpenToken(Request[TokenSeen]):
    """Log in with the two user halves proved in this process. Codes: `token-missing`, `token-other` (serial differs), `pin-refused`."""

    label: str
    serial: str


class CloseToken(Request[Done]):
    """Log out; the proved halves are forgotten."""


class FoundObject(Reply):
    """One object in the token: PKCS#11 class name (`PRIVATE_KEY`), key type, label, CKA_ID in hex."""

    object_class: str
    key_type: str
    label: str
    cka_id: str


class ObjectsListed(Reply):
    """`remnants` are names of files in SoftHSM's directory that no object owns (left by a kill)."""

    objects: tuple[FoundObject, ...]
    remnants: tuple[str, ...]


class ListObjects(Request[ObjectsListed]):
    """Every object in the open token, and what lies beside them."""


class SweepRemnants(Request[ObjectsListed]):
    """Overwrite and remove the remnant files; answers what remains."""

    writes = True


class AlgorithmCensus(Reply):
    """What self-tests with throw-away keys produced for one algorithm. `wrap_exact`: the wrapped material has no padding of the token's
    own after it. `note` says why something is not possible."""

    algorithm: Algorithm
    generate: bool
    prove: bool
    wrap: bool
    wrap_exact: bool
    restore: bool
    note: str = ""


class Census(Reply):
    """`kwp_mechanism` is the PKCS#11 number that produced RFC 5649 output (0 when none did); `oaep_hashes` are the hashes that C_WrapKey
    with OAEP really used; `native_hybrid` likewise for CKM_RSA_AES_KEY_WRAP."""

    module: str
    module_sha256: str
    token: TokenSeen
    kwp_mechanism: int
    oaep_hashes: tuple[str, ...]
    native_hybrid: tuple[str, ...]
    imports_known_keys: bool
    pin_min: int
    pin_max: int
    algorithms: tuple[AlgorithmCensus, ...]


class TakeCensus(Request[Census]):
    """Run the self-tests on the open token with session objects only; leaves nothing behind. `algorithms`: only these, all when empty."""

    algorithms: tuple[Algorithm, ...] = ()
    deadline = 120.0
    writes = True


class MakeScratchToken(Request[TokenSeen]):
    """Make and open a token in our own storage, with PINs that only this process knows. For the recovery rehearsal and the census."""

    label: str
    writes = True


# ---- keys --------------------------------------------------------------------------------------------------------------------------


class KeyMade(Reply):
    """A key as read back. `attributes` are CKA names without prefix with their values as text; `spki` is DER (empty for secret keys),
    `spki_sha256` hex; `check_value` is 10 hex digits (empty for pairs)."""

    label: str
    cka_id: str
    algorithm: Algorithm
    mechanism: str
    serial: str
    attributes: dict[str, str]
    spki: bytes = b""
    spki_sha256: str = ""
    check_value: str = ""


class GenerateKey(Request[KeyMade]):
    """Generate in the token with the smallest template for the purpose, read every attribute back and compare (`attribute-differs`)."""

    label: str
    cka_id: str
    algorithm: Algorithm
    purpose: Purpose
    extractable: bool
    deadline = 300.0
    writes = True


class KeySeen(Reply):
    """What is found under a CKA_ID. `complete`: private or secret object, and the public one where there is one. `remnants`: objects or
    files of an interrupted generation."""

    complete: bool
    private: int
    public: int
    remnants: int
    same_label: int


class FindKey(Request[KeySeen]):
    cka_id: str
    label: str
    algorithm: Algorithm


class ReadKey(Request[KeyMade]):
    """Read a key back as `GenerateKey` does, to adopt it after an interruption. Code `key-missing`."""

    label: str
    cka_id: str
    algorithm: Algorithm
    purpose: Purpose
    extractable: bool


class KeyProof(Reply):
    """How a key was proved. `method`: `ECDSA-SHA256`, `RSA-PSS-SHA256`, `EdDSA`, `RSA-OAEP`, `HMAC-SHA256/384/512`, `AES-CMAC`,
    `AES-GCM`, `AES-KWP`. `value`: the signature (DER for ECDSA), MAC, or ciphertext (AES-GCM: 12-byte IV, ciphertext, 16-byte tag;
    RSA-OAEP: the ciphertext that the token opened; AES-KWP: the wrapped throw-away key). `reference`: for AES-KWP 5 bytes of HMAC that
    name the throw-away key, else empty."""

    method: str
    value: bytes
    reference: bytes = b""


class ProveKey(Request[KeyProof]):
    """Use the key once for its purpose on `message` and check the result outside the token with its public key where there is one."""

    cka_id: str
    algorithm: Algorithm
    purpose: Purpose
    message: bytes


class SealKey(Request[KeyMade]):
    """Set EXTRACTABLE to false and read back."""

    label: str
    cka_id: str
    algorithm: Algorithm
    purpose: Purpose
    writes = True


class KeyGone(Reply):
    """`removed` objects, `overwritten` files; `found` objects by id, by label and by public value afterwards (must be 0)."""

    removed: int
    overwritten: int
    found: int


class DestroyKey(Request[KeyGone]):
    """Destroy private, public and partial objects of this CKA_ID; SoftHSM's files are overwritten through descriptors opened before."""

    cka_id: str
    label: str
    algorithm: Algorithm
    spki: bytes = b""
    writes = True


# ---- backup, shares, cards ---------------------------------------------------------------------------------------------------------


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


# ---- export ------------------------------------------------------------------------------------------------------------------------


class Wrapped(Reply):
    """`twin_opened`: the same code path to a throw-away RSA key of the same size was opened and compared. `repaired`: padding of the
    token's own was removed. `length` in bytes."""

    ciphertext: bytes
    assurance: Assurance
    repaired: bool
    twin_opened: bool
    kwp_mechanism: int


class WrapKey(Request[Wrapped]):
    """Wrap a key for a recipient (`spki`: DER). Best path first by census unless `in_token_only`. Codes: `wrap-impossible`,
    `recipient-unusable`, `twin-differs`."""

    cka_id: str
    algorithm: Algorithm
    spki: bytes
    scheme: WrapScheme
    in_token_only: bool = False
    deadline = 120.0
    writes = True


# ---- the record's own key, the witness ---------------------------------------------------------------------------------------------


class RecordKeyReady(Reply):
    """DER SubjectPublicKeyInfo of the record key (EC P-256)."""

    spki: bytes
    serial: str


class MakeRecordKey(Request[RecordKeyReady]):
    """Make the record token in our own storage and its EC P-256 key; its PIN exists only in this process."""

    label: str
    writes = True


class Signed(Reply):
    """DER ECDSA signature over SHA-256 of the message."""

    signature: bytes


class SignWithRecordKey(Request[Signed]):
    message: bytes


class KeepWitnessCode(Request[Done]):
    """Deposit `witness-code` first (8 to 64 printable characters; `witness-code-short`). Kept in this process only."""

    witness: str
    deposits = ("witness-code",)


class OpenGate(Request[Done]):
    """Deposit `witness-code` first; compared in constant time. Codes: `witness-code-differs`, `witness-unknown`."""

    witness: str
    deposits = ("witness-code",)


# ---- rehearsals only: the practice cloud and the scripted people -------------------------------------------------------------------


class RecipientMade(Reply):
    spki: bytes


class MakeRecipient(Request[RecipientMade]):
    """A wrapping key of the practice cloud (RSA, exponent 3, which production refuses); kept below `practice/cloud`. Asking again for a
    name answers the same key."""

    name: str
    bits: int
    deadline = 120.0


class PackageOpened(Reply):
    """What was inside, as the practice cloud sees it: public key or check value of the imported key."""

    spki_sha256: str
    check_value: str
    length: int


class OpenPackage(Request[PackageOpened]):
    """Unwrap a package as a cloud would, strictly. Codes: `package-unopenable`, `material-malformed`."""

    name: str
    scheme: WrapScheme
    ciphertext: bytes
    algorithm: Algorithm
    purpose: Purpose


class HandedOver(Reply):
    """Path of the file with the raw secret, below `practice/secrets`; `DepositFile` takes it as it is."""

    path: str


class HandOver(Request[HandedOver]):
    """A scripted person copies a secret from paper, as people would: `secret` is `card/<group>/<number>`, `pin/<role>/<half>` or
    `witness-code/<name>` (made up at the first asking). `manner` for cards: `words`, `capitals`, `prefixes`, `numbered`, `digits`,
    `image`; else `typed`."""

    secret: str
    manner: str = "typed"
