"""Requests about wrapping for export."""

from __future__ import annotations

from ceremony_app.keys import Algorithm, Assurance, WrapScheme
from ceremony_app.strongroom.protocol.message import Reply, Request


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
