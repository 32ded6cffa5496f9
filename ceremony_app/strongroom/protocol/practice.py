"""Requests that rehearsals alone make: the practice cloud and the scripted people."""

from __future__ import annotations

from ceremony_app.keys import Algorithm, Purpose, WrapScheme
from ceremony_app.strongroom.protocol.message import Reply, Request


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
