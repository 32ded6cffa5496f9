"""Keys wrapped by every fitting scheme, opened with the openssl command line, and compared with what the token holds."""

from __future__ import annotations

import hashlib
import hmac as mac
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from ceremony_app.keys import Algorithm, Assurance, Purpose, WrapScheme
from ceremony_app.strongroom import key, kwp, openssl, wrapping
from ceremony_app.strongroom.client import Strongroom, StrongroomRefused
from ceremony_app.strongroom.protocol import GenerateKey, KeyMade, SealKey, WrapKey, Wrapped
from ceremony_app.strongroom.publickey import as_spki
from ceremony_app.strongroom.randomness import system_random
from tests.strongroom.scene import secret, token_room
from tests.strongroom.starter import Starter
from tests.strongroom.starter import openssl as run_openssl

EXACT = {Algorithm.EC_P384, Algorithm.EC_SECP256K1}
QUICK = [algorithm for algorithm in Algorithm if algorithm not in (Algorithm.RSA_3072, Algorithm.RSA_4096, Algorithm.ED25519)]


class Cloud:
    """A recipient whose private key lies in a file for openssl."""

    def __init__(self, directory: Path, bits: int, exponent: int = 65537) -> None:
        pair = rsa.generate_private_key(65537 if exponent == 65537 else 3, bits)
        self.spki = as_spki(pair.public_key())
        self.directory = directory
        self.modulus = bits // 8
        (directory / "cloud.pem").write_bytes(pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def open(self, wrapped: bytes, scheme: WrapScheme) -> bytes:
        """What a cloud would find inside, by openssl alone."""
        if not scheme.is_hybrid:
            return self._oaep(wrapped, scheme)
        transport = self._oaep(wrapped[: self.modulus], scheme)
        (self.directory / "kwp").write_bytes(wrapped[self.modulus :])
        options = ("-d", "-id-aes256-wrap-pad", "-iv", "A65959A6")
        return run_openssl("enc", *options, "-K", transport.hex(), "-in", self.directory / "kwp")

    def _oaep(self, ciphertext: bytes, scheme: WrapScheme) -> bytes:
        (self.directory / "oaep").write_bytes(ciphertext)
        options = ("rsa_padding_mode:oaep", f"rsa_oaep_md:{scheme.hash_name}", f"rsa_mgf1_md:{scheme.hash_name}")
        padding = [part for option in options for part in ("-pkeyopt", option)]
        return run_openssl("pkeyutl", "-decrypt", "-in", self.directory / "oaep", "-inkey", self.directory / "cloud.pem", *padding)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    return Cloud(tmp_path_factory.mktemp("cloud"), 2048)


def wrap(started: Strongroom, made: KeyMade, cloud: Cloud, scheme: WrapScheme, *, in_token_only: bool = False) -> Wrapped:
    request = WrapKey(cka_id=made.cka_id, algorithm=made.algorithm, spki=cloud.spki, scheme=scheme, in_token_only=in_token_only)
    return started.call(request)


def check(material: bytes, made: KeyMade, purpose: Purpose) -> None:
    """The material is exactly the key that the token showed: its public half, or its check value made here."""
    if made.spki:
        assert len(material) == kwp.der_length(material[:4])
        loaded = load_der_private_key(material, None)
        assert isinstance(loaded, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        assert as_spki(loaded.public_key()) == made.spki
        return
    assert len(material) * 8 == made.algorithm.bits
    assert _check_value(material, made.algorithm, purpose) == made.check_value


@pytest.mark.parametrize("scheme", list(WrapScheme), ids=lambda scheme: scheme.value)
def test_every_fitting_scheme_is_opened_by_openssl(strongroom: Starter, cloud: Cloud, scheme: WrapScheme) -> None:
    started = strongroom()
    for algorithm in QUICK:
        purpose = min(algorithm.purposes, key=lambda purpose: purpose.value)
        made = strongroom.generate(started, algorithm, purpose)
        if algorithm is Algorithm.RSA_2048 and not scheme.is_hybrid:
            with pytest.raises(StrongroomRefused) as caught:
                wrap(started, made, cloud, scheme)
            assert caught.value.code == "wrap-impossible"
            continue
        wrapped = wrap(started, made, cloud, scheme)
        check(cloud.open(wrapped.ciphertext, scheme), made, purpose)
        assert wrapped.twin_opened
        assert wrapped.assurance is _expected(algorithm, scheme)
        assert wrapped.repaired == (algorithm in (Algorithm.EC_P256, Algorithm.EC_P521)) or algorithm is Algorithm.RSA_2048
        assert wrapped.kwp_mechanism == (0 if wrapped.assurance is Assurance.IN_TOKEN and not scheme.is_hybrid else 0x210A)


def _expected(algorithm: Algorithm, scheme: WrapScheme) -> Assurance:
    """On SoftHSM 2.6: OAEP in the token with SHA-1 and for secret keys only; a hybrid where nothing needs to be cut off."""
    if scheme is WrapScheme.OAEP_SHA1 and algorithm.is_secret:
        return Assurance.IN_TOKEN
    if scheme.is_hybrid and (algorithm.is_secret or algorithm in EXACT):
        return Assurance.IN_TOKEN if scheme is WrapScheme.HYBRID_SHA1 else Assurance.TRANSPORT_KEY
    return Assurance.STRONGROOM


def test_in_token_only_refuses_the_other_ways(strongroom: Starter, cloud: Cloud) -> None:
    started = strongroom()
    aes, curve = strongroom.generate(started, Algorithm.AES_256, Purpose.ENCRYPT), strongroom.generate(started, Algorithm.EC_P256)
    assert wrap(started, aes, cloud, WrapScheme.OAEP_SHA1, in_token_only=True).assurance is Assurance.IN_TOKEN
    for made, scheme in ((aes, WrapScheme.OAEP_SHA256), (aes, WrapScheme.HYBRID_SHA256), (curve, WrapScheme.HYBRID_SHA1)):
        with pytest.raises(StrongroomRefused) as caught:
            wrap(started, made, cloud, scheme, in_token_only=True)
        assert caught.value.code == "wrap-impossible"


def test_what_softhsm_cannot_wrap_and_what_may_not_leave(strongroom: Starter, cloud: Cloud) -> None:
    started = strongroom()
    edwards = strongroom.generate(started, Algorithm.ED25519)
    kept = strongroom.generate(started, Algorithm.AES_256, Purpose.ENCRYPT, extractable=False)
    sealed = strongroom.generate(started, Algorithm.AES_256, Purpose.ENCRYPT)
    started.call(SealKey(label=sealed.label, cka_id=sealed.cka_id, algorithm=sealed.algorithm, purpose=Purpose.ENCRYPT))
    for made, code in ((edwards, "wrap-impossible"), (kept, "key-sealed"), (sealed, "key-sealed")):
        with pytest.raises(StrongroomRefused) as caught:
            wrap(started, made, cloud, WrapScheme.HYBRID_SHA256)
        assert caught.value.code == code


def test_recipients_that_are_refused(strongroom: Starter, cloud: Cloud) -> None:
    started = strongroom()
    made = strongroom.generate(started, Algorithm.AES_256, Purpose.ENCRYPT)
    bad = [
        as_spki(ec.generate_private_key(ec.SECP256R1()).public_key()),
        as_spki(rsa.generate_private_key(65537, 1024).public_key()),
        cloud.spki + b"\0",
        cloud.spki[:-1],
        b"",
    ]
    for spki in bad:
        with pytest.raises(StrongroomRefused) as caught:
            started.call(WrapKey(cka_id=made.cka_id, algorithm=made.algorithm, spki=spki, scheme=WrapScheme.OAEP_SHA256))
        assert caught.value.code == "recipient-unusable"


def test_the_practice_clouds_exponent_is_taken(strongroom: Starter, tmp_path: Path) -> None:
    started, practice = strongroom(), Cloud(tmp_path, 2048, exponent=3)
    made = strongroom.generate(started, Algorithm.AES_256, Purpose.WRAP)
    for scheme in WrapScheme:
        check(practice.open(wrap(started, made, practice, scheme).ciphertext, scheme), made, Purpose.WRAP)


def test_a_4096_bit_key_for_a_4096_bit_recipient(strongroom: Starter, tmp_path: Path) -> None:
    started, large = strongroom(), Cloud(tmp_path, 4096)
    made = strongroom.generate(started, Algorithm.RSA_4096, Purpose.SIGN)
    wrapped = wrap(started, made, large, WrapScheme.HYBRID_SHA256)
    check(large.open(wrapped.ciphertext, WrapScheme.HYBRID_SHA256), made, Purpose.SIGN)


@pytest.mark.parametrize("algorithm", QUICK, ids=lambda algorithm: algorithm.value)
def test_backup_blobs_are_canonical(tmp_path: Path, algorithm: Algorithm) -> None:
    """RFC 5649 of the exact material: the same bytes that another implementation makes."""
    purpose = min(algorithm.purposes, key=lambda purpose: purpose.value)
    with token_room(tmp_path) as room, system_random(32) as wrap_key:
        made = key.generate_key(room, GenerateKey(label="a", cka_id="01", algorithm=algorithm, purpose=purpose, extractable=True))
        blob = wrapping.kwp_from_token(room, wrap_key=wrap_key, cka_id="01", algorithm=algorithm)
        with openssl.kwp_unwrap(wrap_key, blob) as plain:
            check(bytes(plain.view()), made, purpose)
            assert aes_key_wrap_with_padding(bytes(wrap_key.view()), bytes(plain.view())) == blob


def test_damaged_and_foreign_blobs_are_not_opened() -> None:
    with system_random(32) as one, system_random(32) as other, secret("material") as plain:
        blob = openssl.kwp_wrap(one, plain)
        for attempt in (blob[:-1] + bytes((blob[-1] ^ 1,)), blob[:-8], b"", blob + bytes(8)):
            with pytest.raises(openssl.OpenSslRefused):
                openssl.kwp_unwrap(one, attempt)
        with pytest.raises(openssl.OpenSslRefused):
            openssl.kwp_unwrap(other, blob)
        with openssl.kwp_unwrap(one, blob) as opened:
            assert opened.same(plain)


def _check_value(material: bytes, algorithm: Algorithm, purpose: Purpose) -> str:
    zeros = bytes(16)
    values: dict[Purpose, Callable[[], bytes]] = {
        Purpose.ENCRYPT: lambda: Cipher(algorithms.AES(material), modes.ECB()).encryptor().update(zeros),
        Purpose.WRAP: lambda: aes_key_wrap_with_padding(material, zeros),
        Purpose.MAC: lambda: _mac(material, algorithm, zeros),
    }
    return values[purpose]()[:5].hex()


def _mac(material: bytes, algorithm: Algorithm, message: bytes) -> bytes:
    if algorithm in (Algorithm.AES_128, Algorithm.AES_256):
        cmac = CMAC(algorithms.AES(material))
        cmac.update(message)
        return cmac.finalize()
    return mac.new(material, message, getattr(hashlib, f"sha{algorithm.bits}")).digest()
