"""Requests about PINs and the token."""

from __future__ import annotations

from ceremony_app.keys import Algorithm
from ceremony_app.strongroom.protocol.message import Done, Reply, Request


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
