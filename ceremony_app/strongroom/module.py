"""The PKCS#11 library: loaded once, initialised with locking, its templates tried before they reach it."""

from __future__ import annotations

import hashlib
import os
import struct
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pkcs11 import Attribute, Mechanism, PKCS11Error, Slot, Token, _pkcs11
from pkcs11.attributes import AttributeMapper
from pkcs11.constants import DEFAULT
from pkcs11.exceptions import TokenNotPresent, TokenNotRecognised

from ceremony_app.strongroom import hardening, storage
from ceremony_app.strongroom.cryptoki import Cryptoki, ReturnCode
from ceremony_app.strongroom.protocol import Prepare, Prepared, Protections
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room

_UNAVAILABLE = b"\xff" * 8  # CK_UNAVAILABLE_INFORMATION
_CHOOSE_MODULE = "Give the path of the PKCS#11 library that came with the token."


class Mapper(AttributeMapper):
    """The binding's mapper with the attributes it cannot handle: an attribute without a handler, or a value that cannot be packed, would
    make the binding free memory that was never set and kill the process."""

    def __init__(self) -> None:
        super().__init__()
        self.register_handler(Attribute.ALLOWED_MECHANISMS, _pack_mechanisms, _unpack_mechanisms)
        self.register_handler(Attribute.KEY_GEN_MECHANISM, lambda value: struct.pack("L", int(value)), _unpack_mechanism)
        for day in (Attribute.START_DATE, Attribute.END_DATE):
            self.register_handler(day, lambda value: value.strftime("%Y%m%d").encode() if value else b"", _unpack_date)

    def checked(self, template: dict[Attribute, Any]) -> dict[Attribute, Any]:
        """The same template, after a dry run of the packing. Raises TypeError, ValueError or struct.error like the packing itself."""
        for kind, value in template.items():
            if value is not DEFAULT and not isinstance(self.pack_attribute(kind, value), bytes):
                raise TypeError(f"attribute 0x{int(kind):x} cannot be packed")
        return template

    def packed(self, template: dict[Attribute, Any]) -> list[tuple[int, bytes]]:
        """Attribute numbers and bytes, for calls that bypass the binding."""
        return [(int(kind), self.pack_attribute(kind, value)) for kind, value in template.items()]


def _pack_mechanisms(mechanisms: tuple[int, ...]) -> bytes:
    return struct.pack(f"{len(mechanisms)}L", *map(int, mechanisms))


def _unpack_mechanisms(packed: bytes) -> tuple[int, ...]:
    return struct.unpack(f"{len(packed) // 8}L", packed)


def _unpack_mechanism(packed: bytes) -> str:
    """Name of a mechanism; empty where the key was not made in a token, hexadecimal where the number has no name."""
    if packed in (_UNAVAILABLE, b""):
        return ""
    number = struct.unpack("L", packed)[0]
    try:
        return Mechanism(number).name
    except ValueError:
        return f"0x{number:x}"


def _unpack_date(packed: bytes) -> date | None:
    return datetime.strptime(packed.decode("ascii"), "%Y%m%d").replace(tzinfo=UTC).date() if packed else None


class Module:
    """A loaded PKCS#11 library. `path` may carry the vendor's own initialisation parameters after a `?` (NSS needs them).

    Refusals `module-missing` (no such file), `module-unusable` (not a PKCS#11 library, or it refuses to start).
    """

    def __init__(self, path: str) -> None:
        self.path, _, parameters = path.partition("?")
        self.sha256 = _file_sha256(self.path)
        self.mapper = Mapper()
        try:
            self.cryptoki = cryptoki = Cryptoki(self.path)

            class _Locking(_pkcs11.lib):
                """The binding would call C_Initialize without locking and without the vendor's parameters."""

                def initialize(self) -> None:
                    cryptoki.initialize(parameters)

            self.library = _Locking(self.path)
        except (OSError, AttributeError, PKCS11Error, ReturnCode) as error:
            raise Refusal("module-unusable", "This is not a PKCS#11 library that can be used.", _CHOOSE_MODULE, self.path) from error

    @property
    def is_softhsm(self) -> bool:
        return self.library.manufacturer_id == "SoftHSM"

    @property
    def version(self) -> str:
        major, minor = self.library.library_version
        return f"{major}.{minor}"

    def slots(self) -> list[tuple[Slot, Token]]:
        """Every slot that holds a token, initialised or not, as it stands now."""
        found = []
        for slot in self.library.get_slots(token_present=True):
            try:
                found.append((slot, slot.get_token()))
            except (TokenNotPresent, TokenNotRecognised):
                continue
        return found

    def token_files(self, own: Path | None, serial: str) -> Path | None:
        """Directory of a SoftHSM token's files: in our own storage, else where the machine's configuration says; None for other tokens."""
        if not self.is_softhsm:
            return None
        tokens = storage.tokens(own) if own is not None else storage.machine_tokens()
        return storage.token_directory(tokens, serial) if tokens is not None else None

    def finalize(self) -> None:
        """Let go of the library; a library that is finalised already is no error."""
        try:
            self.cryptoki.finalize()
        except ReturnCode:
            return


def _file_sha256(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Refusal("module-missing", "The PKCS#11 library was not found or cannot be read.", _CHOOSE_MODULE, path) from error


def prepare(room: Room, request: Prepare) -> Prepared:
    """First request: make the storage, load the module, say what could be protected. Refusal `prepared-already` and those of `Module`."""
    if room.prepared:
        raise Refusal("prepared-already", "This strongroom was prepared before.", "Start a new one.")
    if request.practice:
        room.practice = Path(request.practice)
        room.practice.mkdir(mode=0o700, parents=True, exist_ok=True)
    if request.storage:
        room.storage = Path(request.storage)
        os.environ["SOFTHSM2_CONF"] = str(storage.prepare(room.storage))
    protections = Protections(dumpable=hardening.is_dumpable(), core_limit=hardening.core_limit(), memory_locked=hardening.lock_memory())
    prepared = Prepared(module="", module_sha256="", library="", library_version="", protections=protections)
    if room.module_path:
        module = Module(room.module_path)
        room.use_module(module)
        prepared = Prepared(
            module=module.path,
            module_sha256=module.sha256,
            library=module.library.library_description,
            library_version=module.version,
            protections=protections,
        )
    room.prepared = True
    return prepared
