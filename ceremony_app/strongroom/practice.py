"""The practice cloud of a rehearsal: it hands out a wrapping key, and opens each package as strictly as a cloud would.

Its keys have RSA exponent 3, which production refuses, and lie in the clear below `practice/cloud`. It uses the `cryptography` library
where the wrapping side talks to libcrypto itself, so that one slip cannot hide in both.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

from ceremony_app.keys import Algorithm, Kind, Purpose, WrapScheme
from ceremony_app.strongroom.practicefile import practice_directory, save_secret
from ceremony_app.strongroom.protocol import MakeRecipient, OpenPackage, PackageOpened, RecipientMade
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

CLOUD = "cloud"
EXPONENT = 3
SIZES = (2048, 3072, 4096)
MOST_NAME = 100
_CHECK_LENGTH = 5
_TRANSPORT_LENGTH = 32


def make_recipient(room: Room, request: MakeRecipient) -> RecipientMade:
    """The public key of the recipient of this name, made at the first asking. Refusals `recipient-unusable`, `printing-not-built`."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    if request.bits not in SIZES:
        raise Refusal("recipient-unusable", f"A practice recipient has 2048, 3072 or 4096 bits, not {request.bits}.", "Correct the plan.")
    file = practice_directory(room) / CLOUD / _file_name(request.name)
    if not file.exists():
        made = generate_private_key(public_exponent=EXPONENT, key_size=request.bits)
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        save_secret(room, CLOUD, file.name, pem)
    key = _recipient(room, request.name)
    if key.key_size != request.bits:
        raise Refusal(
            "recipient-unusable",
            f"The practice recipient “{request.name}” exists with {key.key_size} bits.",
            "Choose another name, or the same length.",
        )
    return RecipientMade(spki=key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def open_package(room: Room, request: OpenPackage) -> PackageOpened:
    """Unwrap and judge what was inside. Refusals `package-unopenable`, `material-malformed`, `recipient-unusable`."""
    material = _unwrap(_recipient(room, request.name), request.scheme, request.ciphertext)
    if request.algorithm.is_secret:
        if len(material) != request.algorithm.bits // 8:
            raise _malformed(f"{len(material)} bytes instead of {request.algorithm.bits // 8}")
        value = key_check_value(request.algorithm, request.purpose, material)
        return PackageOpened(spki_sha256="", check_value=value, length=len(material))
    return PackageOpened(spki_sha256=_public_sha256(material, request.algorithm), check_value="", length=len(material))


def key_check_value(algorithm: Algorithm, purpose: Purpose, key: bytes) -> str:
    """Check value of a secret key outside a token, 10 hex digits: by purpose AES-ECB, AES-KWP, HMAC or AES-CMAC of 16 zero bytes."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import ECB
    from cryptography.hazmat.primitives.cmac import CMAC
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding

    zeros = bytes(16)
    if algorithm.kind is Kind.HMAC:
        value = hmac.digest(key, zeros, f"sha{algorithm.bits}")
    elif purpose is Purpose.WRAP:
        value = aes_key_wrap_with_padding(key, zeros)
    elif purpose is Purpose.MAC:
        mac = CMAC(AES(key))
        mac.update(zeros)
        value = mac.finalize()
    else:
        value = Cipher(AES(key), ECB()).encryptor().update(zeros)  # noqa: S305 (one zero block is what the check value is)
    return value[:_CHECK_LENGTH].hex()


def _file_name(name: str) -> str:
    """A file name for a recipient; different names never share one."""
    quoted = quote(name, safe="")
    if not name or len(quoted) > MOST_NAME:
        raise Refusal("recipient-unusable", "The name of a practice recipient is empty or too long.", "Choose a shorter name.")
    return f"{quoted}.pem"


def _recipient(room: Room, name: str) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    file = practice_directory(room) / CLOUD / _file_name(name)
    key: object = None
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise Refusal(
            "recipient-unusable",
            f"The practice cloud has no usable key named “{name}”.",
            "Let the practice cloud answer the request first.",
        )
    return key


def _unwrap(key: RSAPrivateKey, scheme: WrapScheme, ciphertext: bytes) -> bytes:
    """The key material in a package. Refusal `package-unopenable` without saying which part failed, as clouds do."""
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding

    digest = SHA1() if scheme.hash_name == "sha1" else SHA256()  # noqa: S303 (the scheme's hash; OAEP does not lean on collisions)
    width = key.key_size // 8
    first, rest = ciphertext[:width], ciphertext[width:]
    material: bytes | None = None
    try:
        opened = key.decrypt(first, OAEP(mgf=MGF1(digest), algorithm=digest, label=None))
        if scheme.is_hybrid and len(opened) == _TRANSPORT_LENGTH:
            material = aes_key_unwrap_with_padding(opened, rest)
        elif not scheme.is_hybrid and not rest:
            material = opened
    except (ValueError, InvalidUnwrap):
        material = None
    if material is None:
        raise Refusal(
            "package-unopenable",
            "The practice cloud cannot open this package with its key and this scheme.",
            "Compare recipient and scheme with the plan, and wrap again.",
        )
    return material


def _public_sha256(material: bytes, algorithm: Algorithm) -> str:
    """SHA-256 of the public key (DER) of a PKCS#8 key (RFC 5208): nothing behind it, the announced algorithm, a named curve."""
    from asn1crypto.keys import PrivateKeyInfo
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

    key = None
    named = False
    try:
        info = PrivateKeyInfo.load(material, strict=True)
        named = algorithm.kind is not Kind.EC or info["private_key_algorithm"]["parameters"].name == "named"
        key = load_der_private_key(material, password=None)
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        key = None
    if key is None or not named:
        raise _malformed("not PKCS#8 in DER with a named curve and nothing behind it")
    if not _is_of(key, algorithm):
        raise _malformed(f"another key than {algorithm.value}")
    return hashlib.sha256(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _is_of(key: object, algorithm: Algorithm) -> bool:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    match key:
        case EllipticCurvePrivateKey():
            return algorithm.kind is Kind.EC and key.curve.name == algorithm.curve
        case RSAPrivateKey():
            return algorithm.kind is Kind.RSA and key.key_size == algorithm.bits
        case Ed25519PrivateKey():
            return algorithm.kind is Kind.EDWARDS
    return False


def _malformed(detail: str) -> Refusal:
    return Refusal(
        "material-malformed",
        "The package opens, but a cloud would refuse what is inside.",
        "Stop: the wrapping of this key is not as its destination demands.",
        detail,
    )
