"""Keys of a real token, imported into the AWS KMS emulator and proven by use to be the token's."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from ceremony_app.clouds.aws_key import IMPORTABLE
from ceremony_app.clouds.package import verify_package
from ceremony_app.clouds.receipt import ReceiptVerdict, read_receipt, verify_receipt
from ceremony_app.errors import BadInput, DoesNotHold
from ceremony_app.keys import Algorithm, Kind, Purpose, WrapScheme
from ceremony_app.strongroom.client import Strongroom
from ceremony_app.strongroom.protocol import WrapKey
from tests.peers.conftest import CREDENTIALS
from tests.peers.importing import AWS, CEREMONY, Made, accept, create, fetch, import_by_hand, make_key, package, refusal, wrap

EVERY = [(algorithm, scheme) for algorithm, row in IMPORTABLE.items() for scheme in row.schemes]
MESSAGE = b"A message that the imported key is to sign."
_HASHES: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    "secp256r1": ("ECDSA_SHA_256", hashes.SHA256()),
    "secp256k1": ("ECDSA_SHA_256", hashes.SHA256()),
    "secp384r1": ("ECDSA_SHA_384", hashes.SHA384()),
    "secp521r1": ("ECDSA_SHA_512", hashes.SHA512()),
}


@pytest.fixture(scope="module")
def keys(token: Strongroom) -> dict[Algorithm, Made]:
    """Keys already made in this module's token, by algorithm."""
    return {}


def the_key(token: Strongroom, keys: dict[Algorithm, Made], algorithm: Algorithm) -> Made:
    if algorithm not in keys:
        keys[algorithm] = make_key(token, algorithm)
    return keys[algorithm]


def prove_by_use(kms: Any, token: Strongroom, made: Made, arn: str) -> None:
    """The cloud does with its copy what only the ceremony's key can do."""
    if made.key.algorithm.kind is Kind.HMAC:
        answer = kms.generate_mac(KeyId=arn, Message=made.key.proof_message, MacAlgorithm=IMPORTABLE[made.key.algorithm].mac_algorithm)
        assert answer["Mac"] == made.key.proof_value
        return
    if made.key.algorithm.is_secret:
        assert opened_with(secret_of(token, made), kms.encrypt(KeyId=arn, Plaintext=MESSAGE)["CiphertextBlob"]) == MESSAGE
        return
    assert kms.get_public_key(KeyId=arn)["PublicKey"] == made.key.spki
    public = load_der_public_key(made.key.spki)
    if isinstance(public, rsa.RSAPublicKey):
        signature = kms.sign(KeyId=arn, Message=MESSAGE, SigningAlgorithm="RSASSA_PSS_SHA_256")["Signature"]
        public.verify(signature, MESSAGE, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    else:
        assert isinstance(public, ec.EllipticCurvePublicKey)
        name, digest = _HASHES[public.curve.name]
        public.verify(kms.sign(KeyId=arn, Message=MESSAGE, SigningAlgorithm=name)["Signature"], MESSAGE, ec.ECDSA(digest))


def secret_of(token: Strongroom, made: Made) -> bytes:
    """The key itself: wrapped by the token once more, for a wrapping key that this test can open, and compared with its check value."""
    ours = rsa.generate_private_key(65537, 2048)
    spki = ours.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    wrapped = token.call(WrapKey(cka_id=made.cka_id, algorithm=made.key.algorithm, spki=spki, scheme=WrapScheme.OAEP_SHA256))
    key = ours.decrypt(wrapped.ciphertext, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    assert Cipher(AES(key), ECB()).encryptor().update(bytes(16))[:5].hex() == made.key.check_value
    return key


def opened_with(key: bytes, blob: bytes) -> bytes:
    """A symmetric ciphertext of the emulator: key id (36), context hash (32), nonce (16), then the text under a keystream of SHA-256. AWS's
    own format is not public; what holds here says nothing about it."""
    nonce, text = blob[68:84], blob[84:]
    seed = hashlib.sha256(key + b"{}" + nonce).digest()
    stream = b"".join(hashlib.sha256(seed + number.to_bytes(4)).digest() for number in range(len(text) // 32 + 1))
    return bytes(one ^ other for one, other in zip(text, stream, strict=False))


def run_script(folder: Path, emulator: str, *arguments: str, script: str = "receipt.py") -> subprocess.CompletedProcess[str]:
    """A script of the package's online kit, as its README says."""
    return subprocess.run(
        [sys.executable, str(folder / "online" / script), *arguments, "--endpoint-url", emulator],
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder.parent), **CREDENTIALS},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("algorithm", "scheme"), EVERY, ids=[f"{one.value}-{two.value}" for one, two in EVERY])
def test_every_algorithm_under_every_wrapping(
    kms: Any, token: Strongroom, keys: dict[Algorithm, Made], tmp_path: Path, algorithm: Algorithm, scheme: WrapScheme
) -> None:
    made = the_key(token, keys, algorithm)
    arn = create(kms, made.key)
    size = "RSA_3072" if algorithm is Algorithm.EC_P521 and not scheme.is_hybrid else "RSA_2048"
    recipient = accept(made, arn, fetch(kms, arn, scheme, tmp_path / "in", size))
    ciphertext, _ = wrap(token, made, recipient)
    import_by_hand(kms, recipient, ciphertext)
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Enabled"
    prove_by_use(kms, token, made, arn)


@pytest.mark.parametrize("algorithm", [Algorithm.AES_256, Algorithm.HMAC_384, Algorithm.EC_P384, Algorithm.RSA_2048])
def test_the_package_imports_itself_and_its_receipt_is_believed(
    kms: Any, emulator: str, token: Strongroom, keys: dict[Algorithm, Made], tmp_path: Path, algorithm: Algorithm
) -> None:
    made = the_key(token, keys, algorithm)
    arn = create(kms, made.key)
    recipient = accept(made, arn, fetch(kms, arn, AWS.scheme(algorithm), tmp_path / "in", "RSA_4096"))
    folder = package(made, recipient, wrap(token, made, recipient), tmp_path / "package")
    done = run_script(folder, emulator, "import", "--by", "N. Engineer", "--out", "../receipt.json")
    assert done.returncode == 0, done.stderr
    verify_package(folder)
    receipt = read_receipt((tmp_path / "receipt.json").read_bytes())
    verdict = verify_receipt(receipt, (folder / "package.json").read_bytes(), made.key)
    assert verdict is (ReceiptVerdict.NO_PROOF if algorithm is Algorithm.AES_256 else ReceiptVerdict.EQUAL)
    assert (receipt.by, receipt.provider["KeyState"]) == ("N. Engineer", "Enabled")
    prove_by_use(kms, token, made, arn)
    again = run_script(folder, emulator, "import", "--by", "N. Engineer", "--out", "../again.json")
    assert again.returncode == 1
    assert "not PendingImport" in again.stderr
    proved = run_script(folder, emulator, "prove", "--by", "N. Engineer", "--out", "../again.json")
    assert proved.returncode == 0, proved.stderr
    assert read_receipt((tmp_path / "again.json").read_bytes()).proof == receipt.proof


def test_a_decrypting_key_decrypts(kms: Any, token: Strongroom, tmp_path: Path) -> None:
    made = make_key(token, Algorithm.RSA_2048, Purpose.DECRYPT)
    arn = create(kms, made.key)
    recipient = accept(made, arn, fetch(kms, arn, WrapScheme.HYBRID_SHA256, tmp_path / "in"))
    import_by_hand(kms, recipient, wrap(token, made, recipient)[0])
    public = load_der_public_key(made.key.spki)
    assert isinstance(public, rsa.RSAPublicKey)
    sealed = public.encrypt(MESSAGE, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    assert kms.decrypt(KeyId=arn, CiphertextBlob=sealed, EncryptionAlgorithm="RSAES_OAEP_SHA_256")["Plaintext"] == MESSAGE


def test_the_envelope_example_runs(kms: Any, emulator: str, token: Strongroom, keys: dict[Algorithm, Made], tmp_path: Path) -> None:
    made = the_key(token, keys, Algorithm.AES_256)
    arn = create(kms, made.key)
    recipient = accept(made, arn, fetch(kms, arn, WrapScheme.OAEP_SHA256, tmp_path / "in"))
    folder = package(made, recipient, wrap(token, made, recipient), tmp_path / "package")
    import_by_hand(kms, recipient, (folder / "EncryptedKeyMaterial.bin").read_bytes())
    (tmp_path / "plain").write_bytes(MESSAGE * 100)
    common = ("--key-id", arn, "--context", "purpose=invoices")
    sealed = run_script(folder, emulator, "encrypt", *common, "../plain", "../sealed", script="envelope.py")
    assert sealed.returncode == 0, sealed.stderr
    assert MESSAGE not in (tmp_path / "sealed").read_bytes()
    opened = run_script(folder, emulator, "decrypt", *common, "../sealed", "../opened", script="envelope.py")
    assert opened.returncode == 0, opened.stderr
    assert (tmp_path / "opened").read_bytes() == MESSAGE * 100
    other = ("--key-id", arn, "--context", "purpose=salaries")
    assert run_script(folder, emulator, "decrypt", *other, "../sealed", "../more", script="envelope.py").returncode != 0


def test_another_key_in_the_cloud_is_found_by_the_script_and_by_us(kms: Any, emulator: str, token: Strongroom, tmp_path: Path) -> None:
    due, other = make_key(token, Algorithm.EC_P256), make_key(token, Algorithm.EC_P256)
    arn = create(kms, due.key)
    recipient = accept(due, arn, fetch(kms, arn, WrapScheme.HYBRID_SHA256, tmp_path / "in"))
    folder = package(due, recipient, wrap(token, due, recipient), tmp_path / "package")
    import_by_hand(kms, recipient, wrap(token, other, recipient)[0])
    done = run_script(folder, emulator, "prove", "--by", "N. Engineer", "--out", "../receipt.json")
    assert done.returncode == 1
    assert "NOT the ceremony's key" in done.stderr
    assert not (tmp_path / "receipt.json").exists()
    shown = hashlib.sha256(kms.get_public_key(KeyId=arn)["PublicKey"]).hexdigest()
    told = {"version": 1, "ceremony_id": CEREMONY, "resource": arn, "imported_at": "2026-11-24T18:00:00Z", "by": "N.", "provider": {}}
    package_json = (folder / "package.json").read_bytes()
    told |= {"package_sha256": hashlib.sha256(package_json).hexdigest(), "proof": {"type": "public-key", "value": shown}}
    with pytest.raises(DoesNotHold) as caught:
        verify_receipt(read_receipt(json.dumps(told).encode()), package_json, due.key)
    assert caught.value.code == "receipt-proof-differs"


def test_a_wrong_algorithm_shows_only_at_the_import_and_is_explained(
    kms: Any, emulator: str, token: Strongroom, keys: dict[Algorithm, Made], tmp_path: Path
) -> None:
    made = the_key(token, keys, Algorithm.AES_256)
    arn = create(kms, made.key)
    fetch(kms, arn, WrapScheme.OAEP_SHA1, tmp_path / "in")
    (tmp_path / "in" / "wrapping.json").write_text(json.dumps({"WrappingAlgorithm": "RSAES_OAEP_SHA_256"}))
    recipient = accept(made, arn, tmp_path / "in")
    folder = package(made, recipient, wrap(token, made, recipient), tmp_path / "package")
    done = run_script(folder, emulator, "import", "--by", "N. Engineer", "--out", "../receipt.json")
    assert done.returncode == 1
    assert "InvalidCiphertextException" in done.stderr
    assert "wrapped anew" in done.stderr


def test_a_changed_package_is_not_imported(kms: Any, emulator: str, token: Strongroom, keys: dict[Algorithm, Made], tmp_path: Path) -> None:
    made = the_key(token, keys, Algorithm.EC_P384)
    arn = create(kms, made.key)
    recipient = accept(made, arn, fetch(kms, arn, WrapScheme.HYBRID_SHA256, tmp_path / "in"))
    folder = package(made, recipient, wrap(token, made, recipient), tmp_path / "package")
    material = folder / "EncryptedKeyMaterial.bin"
    material.write_bytes(material.read_bytes()[:-1])
    for action in ("check", "import"):
        done = run_script(folder, emulator, action, "--by", "N. Engineer", "--out", "../receipt.json")
        assert done.returncode == 1
        assert "EncryptedKeyMaterial.bin" in done.stderr
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "PendingImport"


def test_parameters_of_another_key_never_get_as_far_as_the_cloud(
    kms: Any, token: Strongroom, keys: dict[Algorithm, Made], tmp_path: Path
) -> None:
    made = the_key(token, keys, Algorithm.EC_P384)
    one, other = create(kms, made.key), create(kms, made.key)
    with pytest.raises(BadInput) as caught:
        accept(made, one, fetch(kms, other, WrapScheme.HYBRID_SHA256, tmp_path / "in"))
    assert caught.value.code == "recipient-other-resource"


def test_the_token_of_another_key_is_refused_by_the_cloud(kms: Any, token: Strongroom, keys: dict[Algorithm, Made], tmp_path: Path) -> None:
    made = the_key(token, keys, Algorithm.EC_P384)
    one, other = create(kms, made.key), create(kms, made.key)
    first = accept(made, one, fetch(kms, one, WrapScheme.HYBRID_SHA256, tmp_path / "first"))
    second = accept(made, other, fetch(kms, other, WrapScheme.HYBRID_SHA256, tmp_path / "second"))
    swapped = msgspec.structs.replace(first, import_token=second.import_token)
    with pytest.raises(ClientError) as caught:
        import_by_hand(kms, swapped, wrap(token, made, first)[0])
    assert refusal(caught.value) == "InvalidImportTokenException"


@pytest.mark.parametrize(
    ("algorithm", "scheme", "more"),
    [
        (Algorithm.AES_256, WrapScheme.HYBRID_SHA256, {}),
        (Algorithm.HMAC_256, WrapScheme.HYBRID_SHA1, {}),
        (Algorithm.EC_P521, WrapScheme.OAEP_SHA256, {}),
        (Algorithm.EC_P256, WrapScheme.HYBRID_SHA256, {"ImportType": "NEW_KEY_MATERIAL"}),
    ],
)
def test_the_emulator_takes_what_aws_refuses_so_our_table_is_what_protects(
    kms: Any, token: Strongroom, keys: dict[Algorithm, Made], tmp_path: Path, algorithm: Algorithm, scheme: WrapScheme, more: dict[str, str]
) -> None:
    """docs/clouds.md lists these differences; when the emulator becomes stricter, the list is wrong."""
    made = the_key(token, keys, algorithm)
    arn = create(kms, made.key)
    folder = fetch(kms, arn, scheme, tmp_path / "in")
    if not more:
        with pytest.raises(BadInput) as caught:
            accept(made, arn, folder)
        assert caught.value.code in ("recipient-scheme-unfit", "recipient-key-too-small")
    lax = the_key(token, keys, Algorithm.EC_P256)  # a key for which our checks allow the scheme, to read the emulator's answer
    recipient = accept(Made(lax.key, made.cka_id), arn, folder)
    wrapped = token.call(WrapKey(cka_id=made.cka_id, algorithm=algorithm, spki=recipient.spki, scheme=scheme))
    import_by_hand(kms, recipient, wrapped.ciphertext, **more)
    prove_by_use(kms, token, made, arn)
    with pytest.raises(ClientError) as refused:
        import_by_hand(kms, recipient, wrapped.ciphertext, **more)
    assert refusal(refused.value) == "InvalidImportTokenException"
