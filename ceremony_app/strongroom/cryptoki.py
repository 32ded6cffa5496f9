"""The C calls that the PKCS#11 binding lacks, or that must not pass a secret through Python's heap.

The same shared library is already loaded and initialised by the binding; these calls go to that very instance. Offsets follow
CK_FUNCTION_LIST of PKCS#11 v2.40 (pkcs11f.h) on LP64 systems, where the version is padded to eight bytes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import Any

from ceremony_app.strongroom.buffer import SecretBuffer

_INDEX = {
    "C_Initialize": 0,
    "C_Finalize": 1,
    "C_GetTokenInfo": 6,
    "C_InitToken": 9,
    "C_InitPIN": 10,
    "C_CloseAllSessions": 14,
    "C_Login": 18,
    "C_CreateObject": 20,
    "C_DestroyObject": 22,
    "C_FindObjectsInit": 26,
    "C_FindObjects": 27,
    "C_FindObjectsFinal": 28,
    "C_WrapKey": 60,
    "C_GenerateRandom": 64,
}
_ULONG = ctypes.c_ulong
_OS_LOCKING_OK = 2  # CKF_OS_LOCKING_OK
_VALUE = 0x11  # CKA_VALUE
_WRAPPED_AT_MOST = 16 * 1024
SO, USER = 0, 1  # CKU_SO, CKU_USER


class ReturnCode(Exception):
    """A call that did not answer CKR_OK; `code` is the CK_RV."""

    def __init__(self, call: str, code: int) -> None:
        super().__init__(f"{call}: 0x{code:x}")
        self.call = call
        self.code = code


class _Attribute(ctypes.Structure):
    _fields_ = (("type", _ULONG), ("value", ctypes.c_void_p), ("length", _ULONG))


class _Mechanism(ctypes.Structure):
    _fields_ = (("mechanism", _ULONG), ("parameter", ctypes.c_void_p), ("length", _ULONG))


class _InitializeArgs(ctypes.Structure):
    """CK_C_INITIALIZE_ARGS; `parameters` is pReserved, or NSS's LibraryParameters, which lies in the same place."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("create", "destroy", "lock", "unlock")),
        ("flags", _ULONG),
        ("parameters", ctypes.c_char_p),
        ("reserved", ctypes.c_void_p),
    )


class _TokenInfo(ctypes.Structure):
    """The part of CK_TOKEN_INFO up to the PIN lengths, with room for the rest."""

    _fields_ = (
        ("texts", ctypes.c_char * 96),
        ("flags", _ULONG),
        ("sessions", _ULONG * 4),
        ("max_pin", _ULONG),
        ("min_pin", _ULONG),
        ("rest", ctypes.c_char * 128),
    )


class Cryptoki:
    """Function table of one PKCS#11 library. Raises OSError or AttributeError where the file is not one; every call raises `ReturnCode`."""

    def __init__(self, path: str) -> None:
        self._library = ctypes.CDLL(path)
        table = ctypes.c_void_p()
        code = self._library.C_GetFunctionList(ctypes.byref(table))
        if code != 0 or table.value is None:
            raise ReturnCode("C_GetFunctionList", code)
        self._table = table.value

    def _call(self, name: str, *args: Any) -> None:
        pointer = ctypes.c_void_p.from_address(self._table + 8 + 8 * _INDEX[name]).value
        # Without the declared types ctypes would pass an address as a 32-bit int.
        types = [ctypes.c_void_p if isinstance(arg, ctypes.c_void_p) else type(arg) for arg in args]
        code: int = ctypes.CFUNCTYPE(_ULONG, *types)(pointer or 0)(*args)
        if code != 0:
            raise ReturnCode(name, code)

    def initialize(self, parameters: str) -> None:
        """C_Initialize with CKF_OS_LOCKING_OK and, where given, the vendor's own parameters (NSS needs them)."""
        args = _InitializeArgs(flags=_OS_LOCKING_OK, parameters=parameters.encode() or None)
        self._call("C_Initialize", _at(ctypes.addressof(args)))

    def finalize(self) -> None:
        self._call("C_Finalize", ctypes.c_void_p())

    def pin_limits(self, slot: int) -> tuple[int, int]:
        """Shortest and longest PIN the token says it takes (CK_TOKEN_INFO)."""
        info = _TokenInfo()
        self._call("C_GetTokenInfo", _ULONG(slot), _at(ctypes.addressof(info)))
        return info.min_pin, info.max_pin

    def init_token(self, slot: int, so_pin: SecretBuffer, label: str) -> None:
        padded = ctypes.create_string_buffer(label.encode().ljust(32), 32)
        self._call("C_InitToken", _ULONG(slot), _at(so_pin.address), _ULONG(len(so_pin)), _at(ctypes.addressof(padded)))

    def init_pin(self, session: int, pin: SecretBuffer) -> None:
        self._call("C_InitPIN", _ULONG(session), _at(pin.address), _ULONG(len(pin)))

    def login(self, session: int, user: int, pin: SecretBuffer) -> None:
        self._call("C_Login", _ULONG(session), _ULONG(user), _at(pin.address), _ULONG(len(pin)))

    def close_all_sessions(self, slot: int) -> None:
        """Logs out too; frees sessions that a failed login of the binding would leak."""
        self._call("C_CloseAllSessions", _ULONG(slot))

    def random(self, session: int, buffer: SecretBuffer) -> None:
        """Fill the buffer from the token's generator."""
        self._call("C_GenerateRandom", _ULONG(session), _at(buffer.address), _ULONG(len(buffer)))

    def create_secret(self, session: int, attributes: Iterable[tuple[int, bytes]], value: SecretBuffer) -> int:
        """C_CreateObject with CKA_VALUE taken from locked memory; answers the object's handle."""
        kept = [(kind, ctypes.create_string_buffer(packed, len(packed)), len(packed)) for kind, packed in attributes]
        rows = [_Attribute(kind, ctypes.addressof(packed), length) for kind, packed, length in kept]
        rows.append(_Attribute(_VALUE, value.address, len(value)))
        template = (_Attribute * len(rows))(*rows)
        handle = _ULONG()
        self._call("C_CreateObject", _ULONG(session), _at(ctypes.addressof(template)), _ULONG(len(rows)), _at(ctypes.addressof(handle)))
        return handle.value

    def destroy(self, session: int, handle: int) -> None:
        self._call("C_DestroyObject", _ULONG(session), _ULONG(handle))

    def handles(self, session: int) -> list[int]:
        """Handles of every object, also of those so broken that the binding cannot read their class."""
        self._call("C_FindObjectsInit", _ULONG(session), ctypes.c_void_p(), _ULONG(0))
        found: list[int] = []
        try:
            page, count = (_ULONG * 64)(), _ULONG(1)
            while count.value:
                self._call("C_FindObjects", _ULONG(session), _at(ctypes.addressof(page)), _ULONG(64), _at(ctypes.addressof(count)))
                found += page[: count.value]
        finally:
            self._call("C_FindObjectsFinal", _ULONG(session))
        return found

    def wrap(self, session: int, mechanism: int, parameter: bytes, wrapping: int, target: int) -> bytes:
        """C_WrapKey into a buffer of 16 KiB: asking for the length first is wrong by a block on some tokens."""
        kept = ctypes.create_string_buffer(parameter, len(parameter)) if parameter else None
        described = _Mechanism(mechanism, ctypes.addressof(kept) if kept is not None else None, len(parameter))
        out = ctypes.create_string_buffer(_WRAPPED_AT_MOST)
        length = _ULONG(_WRAPPED_AT_MOST)
        self._call(
            "C_WrapKey",
            _ULONG(session),
            _at(ctypes.addressof(described)),
            _ULONG(wrapping),
            _ULONG(target),
            _at(ctypes.addressof(out)),
            _at(ctypes.addressof(length)),
        )
        return out.raw[: length.value]


def _at(address: int) -> ctypes.c_void_p:
    return ctypes.c_void_p(address)
