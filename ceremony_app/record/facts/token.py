"""Facts about the token and its PINs."""

from __future__ import annotations

from ceremony_app.record.facts.fact import Fact, Row


class AlgorithmMeasured(Row):
    algorithm: str
    generate: bool
    wrap: bool
    wrap_exact: bool
    restore: bool
    note: str


class PinMailersBegun(Fact):
    """Intent: new PINs are about to be made and their mailers printed. Mailers of an attempt that no `PinMailersMade` follows may exist on
    paper; they open nothing and are destroyed."""

    attempt: int
    holders: tuple[str, str]


class PinMailersMade(Fact):
    """PIN mailers were printed (in a rehearsal: saved) for two holders; earlier ones of this ceremony are void. `mailers` like `user A`."""

    attempt: int
    holders: tuple[str, str]
    mailers: tuple[str, ...]
    characters: int


class PinHalfProved(Fact):
    """A holder typed a half from its mailer and its check characters held."""

    role: str
    half: str
    by: str


class TokenInitialisationBegun(Fact):
    """Intent: the token of this label is about to be initialised."""

    label: str


class TokenInitialised(Fact):
    label: str
    serial: str
    manufacturer: str
    model: str
    firmware: str


class TokenOpened(Fact):
    """The PIN holders logged the token in; `serial` equals the record, `objects` were in it."""

    label: str
    serial: str
    objects: int


class TokenClosed(Fact):
    reason: str


class CensusTaken(Fact):
    """What self-tests with throw-away keys produced on the token today. `kwp_mechanism` in hex (`0x210A`)."""

    serial: str
    module_sha256: str
    kwp_mechanism: str
    oaep_hashes: tuple[str, ...]
    imports_known_keys: bool
    algorithms: tuple[AlgorithmMeasured, ...]
