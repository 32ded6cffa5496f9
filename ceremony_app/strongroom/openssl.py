"""libcrypto by address, for the moments in which key material must be in this process: AES-KWP and RSA-OAEP on locked pages.

`cryptography` takes and returns `bytes`, which stay in the heap after use; here plaintext lies in a `SecretBuffer` on both sides.
AES-KWP is RFC 5649 (`EVP_aes_*_wrap_pad`, default initial value A65959A6); OAEP is RFC 8017 section 7.1 with MGF1 of the same hash and
an empty label.
"""

from __future__ import annotations

import ctypes
import functools

from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.refusal import Refusal

_WRAP_ALLOW = 1  # EVP_CIPHER_CTX_FLAG_WRAP_ALLOW
_BLOCK = 8
_NAMES = ("libcrypto.so.3", "libcrypto.so.4", "libcrypto.so.1.1")
_POINTER, _INT, _SIZE = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
_SIGNATURES: dict[str, tuple[object, tuple[object, ...]]] = {
    "EVP_aes_128_wrap_pad": (_POINTER, ()),
    "EVP_aes_192_wrap_pad": (_POINTER, ()),
    "EVP_aes_256_wrap_pad": (_POINTER, ()),
    "EVP_CIPHER_CTX_new": (_POINTER, ()),
    "EVP_CIPHER_CTX_free": (None, (_POINTER,)),
    "EVP_CIPHER_CTX_set_flags": (None, (_POINTER, _INT)),
    "EVP_CipherInit_ex": (_INT, (_POINTER, _POINTER, _POINTER, _POINTER, _POINTER, _INT)),
    "EVP_CipherUpdate": (_INT, (_POINTER, _POINTER, _POINTER, _POINTER, _INT)),
    "d2i_PUBKEY": (_POINTER, (_POINTER, _POINTER, ctypes.c_long)),
    "d2i_AutoPrivateKey": (_POINTER, (_POINTER, _POINTER, ctypes.c_long)),
    "EVP_PKEY_free": (None, (_POINTER,)),
    "EVP_PKEY_CTX_new": (_POINTER, (_POINTER, _POINTER)),
    "EVP_PKEY_CTX_free": (None, (_POINTER,)),
    "EVP_PKEY_CTX_ctrl_str": (_INT, (_POINTER, ctypes.c_char_p, ctypes.c_char_p)),
    "EVP_PKEY_encrypt_init": (_INT, (_POINTER,)),
    "EVP_PKEY_decrypt_init": (_INT, (_POINTER,)),
    "EVP_PKEY_encrypt": (_INT, (_POINTER, _POINTER, _POINTER, _POINTER, _SIZE)),
    "EVP_PKEY_decrypt": (_INT, (_POINTER, _POINTER, _POINTER, _POINTER, _SIZE)),
}


class OpenSslRefused(Exception):
    """libcrypto answered that it cannot: a wrong key, a damaged blob, or a length that does not fit."""


@functools.cache
def _libcrypto() -> ctypes.CDLL:
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        for function, (answer, arguments) in _SIGNATURES.items():
            getattr(library, function).restype = answer
            getattr(library, function).argtypes = arguments
        return library
    raise Refusal("openssl-missing", "The OpenSSL library libcrypto was not found on this machine.", "Install OpenSSL 3 and begin again.")


def kwp_length(length: int) -> int:
    """Length of the AES-KWP ciphertext of `length` bytes (RFC 5649, section 4.1)."""
    return (length + 7) // _BLOCK * _BLOCK + _BLOCK


def kwp_wrap(key: SecretBuffer, plain: SecretBuffer) -> bytes:
    """AES-KWP of `plain` under a 16, 24 or 32 byte key. Raises `OpenSslRefused`."""
    out = ctypes.create_string_buffer(kwp_length(len(plain)) + _BLOCK)
    length = _kwp(key, plain.address, len(plain), ctypes.addressof(out), encrypt=True)
    return out.raw[:length]


def kwp_unwrap(key: SecretBuffer, blob: bytes) -> SecretBuffer:
    """The plaintext of an AES-KWP blob. Raises `OpenSslRefused` when the key is another or the blob was changed."""
    if len(blob) < 2 * _BLOCK or len(blob) % _BLOCK:
        raise OpenSslRefused
    plain = SecretBuffer(len(blob) + _BLOCK)
    source = ctypes.create_string_buffer(blob, len(blob))
    try:
        plain.shorten(_kwp(key, ctypes.addressof(source), len(blob), plain.address, encrypt=False))
    except OpenSslRefused:
        plain.wipe()
        raise
    return plain


def _kwp(key: SecretBuffer, source: int, length: int, target: int, *, encrypt: bool) -> int:
    crypto = _libcrypto()
    context = crypto.EVP_CIPHER_CTX_new()
    try:
        crypto.EVP_CIPHER_CTX_set_flags(context, _WRAP_ALLOW)
        cipher = getattr(crypto, f"EVP_aes_{len(key) * 8}_wrap_pad")()
        if crypto.EVP_CipherInit_ex(context, cipher, None, key.address, None, int(encrypt)) != 1:
            raise OpenSslRefused
        written = ctypes.c_int()
        if crypto.EVP_CipherUpdate(context, target, ctypes.addressof(written), source, length) != 1 or written.value <= 0:
            raise OpenSslRefused
        return written.value
    finally:
        crypto.EVP_CIPHER_CTX_free(context)


def oaep_encrypt(spki: bytes, plain: SecretBuffer, hash_name: str) -> bytes:
    """RSA-OAEP of `plain` to a public key (DER SubjectPublicKeyInfo). Raises `OpenSslRefused`."""
    with _Operation("d2i_PUBKEY", spki, "encrypt", hash_name) as operation:
        sealed = operation.run(plain.address, len(plain))
        with sealed:
            return bytes(sealed.view())


def oaep_decrypt(private_der: bytes, ciphertext: bytes, hash_name: str) -> SecretBuffer:
    """The plaintext of an RSA-OAEP ciphertext; the private key is a throw-away one. Raises `OpenSslRefused`."""
    source = ctypes.create_string_buffer(ciphertext, len(ciphertext))
    with _Operation("d2i_AutoPrivateKey", private_der, "decrypt", hash_name) as operation:
        return operation.run(ctypes.addressof(source), len(ciphertext))


class _Operation:
    """One EVP_PKEY_encrypt or EVP_PKEY_decrypt with OAEP; frees what OpenSSL allocated."""

    def __init__(self, reader: str, der: bytes, direction: str, hash_name: str) -> None:
        self._crypto = _libcrypto()
        kept = ctypes.create_string_buffer(der, len(der))
        start = ctypes.c_void_p(ctypes.addressof(kept))
        self._key: int | None = getattr(self._crypto, reader)(None, ctypes.addressof(start), len(der))
        self._context: int | None = self._crypto.EVP_PKEY_CTX_new(self._key, None) if self._key else None
        self._run = getattr(self._crypto, f"EVP_PKEY_{direction}")
        options = ((b"rsa_padding_mode", b"oaep"), (b"rsa_oaep_md", hash_name.encode()), (b"rsa_mgf1_md", hash_name.encode()))
        ready = self._context is not None and getattr(self._crypto, f"EVP_PKEY_{direction}_init")(self._context) == 1
        self._ready = ready and all(self._crypto.EVP_PKEY_CTX_ctrl_str(self._context, *option) == 1 for option in options)

    def run(self, source: int, length: int) -> SecretBuffer:
        needed = ctypes.c_size_t()
        if not self._ready or self._run(self._context, None, ctypes.addressof(needed), source, length) != 1:
            raise OpenSslRefused
        result = SecretBuffer(needed.value)
        if self._run(self._context, result.address, ctypes.addressof(needed), source, length) != 1:
            result.wipe()
            raise OpenSslRefused
        result.shorten(needed.value)
        return result

    def __enter__(self) -> _Operation:
        return self

    def __exit__(self, *_: object) -> None:
        self._crypto.EVP_PKEY_CTX_free(self._context)
        self._crypto.EVP_PKEY_free(self._key)
