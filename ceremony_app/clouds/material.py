"""How many bytes of key material each algorithm puts into a package, and what fits under a wrapping key."""

from __future__ import annotations

from ceremony_app.keys import Algorithm, WrapScheme

# PKCS#8 DER (RFC 5208) as packages carry it: EC with named curve and public point (RFC 5915). RSA varies by a few bytes with the leading
# zeros of its integers; the figure is the largest seen.
_PKCS8 = {
    Algorithm.RSA_2048: 1219,
    Algorithm.RSA_3072: 1795,
    Algorithm.RSA_4096: 2375,
    Algorithm.EC_P256: 138,
    Algorithm.EC_P384: 185,
    Algorithm.EC_P521: 241,
    Algorithm.EC_SECP256K1: 135,
    Algorithm.ED25519: 48,
}
_HASH_BYTES = {"sha1": 20, "sha256": 32}


def material_bytes(algorithm: Algorithm) -> int:
    """Bytes of key material: the secret itself, or the largest PKCS#8 DER of the private key."""
    return algorithm.bits // 8 if algorithm.is_secret else _PKCS8[algorithm]


def oaep_capacity(bits: int, scheme: WrapScheme) -> int:
    """The longest message of RSAES-OAEP under a modulus of `bits`: k - 2 hLen - 2 (RFC 8017, 7.1.1)."""
    return bits // 8 - 2 * _HASH_BYTES[scheme.hash_name] - 2


def fits(algorithm: Algorithm, scheme: WrapScheme, bits: int) -> bool:
    """True when the key goes under a wrapping key of `bits` with `scheme`; hybrid wrapping takes any length."""
    return scheme.is_hybrid or material_bytes(algorithm) <= oaep_capacity(bits, scheme)


def is_wrapped_length(length: int, bits: int, scheme: WrapScheme) -> bool:
    """True when a ciphertext of `length` bytes can be the output of `scheme`: the modulus alone, or the modulus and then RFC 5649 output
    (whole 8-byte blocks, at least two)."""
    rest = length - bits // 8
    return rest >= 16 and rest % 8 == 0 if scheme.is_hybrid else rest == 0
