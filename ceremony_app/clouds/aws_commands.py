"""The words of an AWS package: COMMANDS.md and the online kit, for this key and this resource."""

from __future__ import annotations

from ceremony_app.clouds.aws_key import AwsKey, aws_key
from ceremony_app.clouds.aws_resource import key_id, region
from ceremony_app.clouds.destination import PackageOrder
from ceremony_app.clouds.fingerprint import fingerprint_groups
from ceremony_app.clouds.package import ExpectedProof
from ceremony_app.clouds.rotation import rotation_calendar, rotation_date
from ceremony_app.clouds.template import fill, plain, verbatim
from ceremony_app.keys import Algorithm, Kind, Purpose

_SIGNING = {  # algorithm -> (AWS SigningAlgorithm, openssl digest)
    Algorithm.EC_P256: ("ECDSA_SHA_256", "sha256"),
    Algorithm.EC_P384: ("ECDSA_SHA_384", "sha384"),
    Algorithm.EC_P521: ("ECDSA_SHA_512", "sha512"),
    Algorithm.EC_SECP256K1: ("ECDSA_SHA_256", "sha256"),
}
_RSA_SIGNING = ("RSASSA_PKCS1_V1_5_SHA_256", "sha256")
_PRACTICE = """
> **REHEARSAL with the practice cloud.** AWS KMS cannot open this package: it was wrapped for a key that only the practice cloud has. The
> commands are here to be read.
"""
_REHEARSAL = """
> **REHEARSAL.** The key in this package was made in a practice token. It protects nothing and must not be used for real data.
"""
_PROOFS = {"public-key": "public-key", "practice-public-key": "public-key", "mac": "mac", "none": "none"}
_ACTIONS = {"public-key": ", `kms:GetPublicKey`", "mac": ", `kms:GenerateMac`", "none": ""}
_ENVELOPE = "| `envelope.py` | encrypts files with a fresh data key each (envelope encryption), to start from |\n"
_MESSAGE = "| `proof-message.bin` | the ceremony's message that the imported key authenticates as proof |\n"
_ENCRYPTING = """\
* Encrypt with envelope encryption: a fresh data key for each record or batch, AES-256-GCM, the wrapped data key beside the data
  (`envelope.py`, AWS Encryption SDK, Tink). The KMS key itself never encrypts data.
* Bind an encryption context (what, whose, which environment) and demand it on decryption. AWS logs it in the clear: no secrets in it.
"""
_IN_PLACE = """\
* Rotation: new parameters, a new ceremony, `import-key-material --import-type NEW_KEY_MATERIAL`, then `rotate-key-on-demand`, 25 times
  at most for one KMS key. **Every** older material must stay imported, or the key stops working; so its backup is kept as long as its
  data."""
_NEW_KEY = """\
* Rotation: the material of this KMS key can never be changed. A new ceremony, a new KMS key, then the alias is moved; the old key stays
  for verifying or decrypting what it made."""


def commands(order: PackageOrder, proof: ExpectedProof, file_count: int) -> bytes:
    """COMMANDS.md; `file_count` is how many files `package.json` will name."""
    row = aws_key(order.key.algorithm)
    blanks = _blanks(order, row, proof)
    kind = _proof_kind(order, proof)
    blanks["PROOF"] = fill(f"aws/proof-{kind}.md", blanks).rstrip()
    blanks["IMPORT"] = _import_command(order, row)
    blanks["ACTIONS"] = "`kms:DescribeKey`, `kms:ImportKeyMaterial`" + _ACTIONS[kind]
    blanks["FILE_COUNT"] = str(file_count)
    return fill("aws/COMMANDS.md", blanks).encode()


def online_kit(order: PackageOrder, proof: ExpectedProof) -> dict[str, bytes]:
    """The files of `online/`, by path below the package's folder."""
    row, key = aws_key(order.key.algorithm), order.key
    blanks = _blanks(order, row, proof)
    has_message = _proof_kind(order, proof) == "mac"
    blanks["ROWS"] = (_ENVELOPE if row.is_symmetric else "") + (_MESSAGE if has_message else "")
    blanks["ADVICE"] = _ENCRYPTING if row.is_symmetric else ""
    blanks["ROTATION"] = _IN_PLACE if row.is_symmetric else _NEW_KEY
    calendar = rotation_calendar(order.ceremony_id, key.label, order.export.resource, order.made_at, key.spec.rotate_after_days)
    files = {
        "online/README.md": fill("aws/online/README.md", blanks).encode(),
        "online/receipt.py": verbatim("aws/online/receipt.py"),
        "online/alarms.sh": fill("aws/online/alarms.sh", blanks).encode(),
        "online/rotation.ics": calendar,
    }
    if row.is_symmetric:
        files["online/envelope.py"] = verbatim("aws/online/envelope.py")
    if has_message:
        files["online/proof-message.bin"] = key.proof_message
    return files


def material_description(order: PackageOrder) -> str:
    """`KeyMaterialDescription`: letters, digits and `:/_ .-` only (KMS API); ceremony ids and labels hold nothing else."""
    return f"ceremony {order.ceremony_id} key {order.key.label}"


def region_option(resource: str) -> str:
    """`--region … ` for commands, with a space behind; empty when the resource does not say."""
    where = region(resource)
    return f"--region {where} " if where else ""


def _blanks(order: PackageOrder, row: AwsKey, proof: ExpectedProof) -> dict[str, str]:
    key, recipient, resource = order.key, order.recipient, order.export.resource
    return {
        "LABEL": key.label,
        "BANNER": _PRACTICE if recipient.practice else _REHEARSAL if order.rehearsal else "",
        "CEREMONY_ID": order.ceremony_id,
        "TITLE": plain(order.title),
        "ENVIRONMENT": order.environment.value,
        "ALGORITHM": key.algorithm.value,
        "PURPOSE": key.purpose.value,
        "RESOURCE": resource,
        "KEY_ID": key_id(resource),
        "REGION_OPTION": region_option(resource),
        "SCHEME": recipient.scheme.value,
        "RECIPIENT": f"{' '.join(fingerprint_groups(recipient.spki_sha256)[:4])} … ({recipient.bits} bits)",
        "VALID_UNTIL": recipient.valid_until,
        "ATTEMPT": str(order.attempt),
        "MADE_AT": order.made_at,
        "KEY_SPEC": row.key_spec,
        "KEY_USAGE": row.usage[key.purpose],
        "MAC_ALGORITHM": row.mac_algorithm,
        "PROOF_VALUE": proof.value,
        "TRIAL": _trial(order),
        "ONLINE": "envelope encryption, alarms, the rotation calendar" if row.is_symmetric else "alarms, the rotation calendar",
        "ROTATE_ON": rotation_date(order.made_at, key.spec.rotate_after_days).isoformat(),
    }


def _proof_kind(order: PackageOrder, proof: ExpectedProof) -> str:
    """Which text explains the proof. A practice package explains AWS's own, since its commands are there to be read."""
    if proof.type == "practice-check-value":
        return "mac" if order.key.algorithm.kind is Kind.HMAC else "none"
    return _PROOFS[proof.type]


def _import_command(order: PackageOrder, row: AwsKey) -> str:
    lines = [
        f"aws kms import-key-material {region_option(order.export.resource)}--key-id {order.export.resource}",
        "--encrypted-key-material fileb://EncryptedKeyMaterial.bin --import-token fileb://ImportToken.bin",
        "--expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE",
    ]
    if row.is_symmetric:  # AWS refuses these two for every other kind of key
        lines.append(f'--import-type NEW_KEY_MATERIAL --key-material-description "{material_description(order)}"')
    return " \\\n    ".join(lines)


def _trial(order: PackageOrder) -> str:
    """Commands that use the imported pair once, in a fenced block."""
    resource, option = order.export.resource, region_option(order.export.resource)
    fetch = f"aws kms get-public-key {option}--key-id {resource} --query PublicKey --output text | base64 -d > $t/public.der"
    if order.key.purpose is Purpose.SIGN:
        algorithm, digest = _SIGNING.get(order.key.algorithm, _RSA_SIGNING)
        use = [
            "printf 'trial\\n' > $t/trial.txt",
            f"aws kms sign {option}--key-id {resource} --message fileb://$t/trial.txt --message-type RAW \\\n"
            f"    --signing-algorithm {algorithm} --query Signature --output text | base64 -d > $t/trial.sig",
            f"openssl dgst -{digest} -verify $t/public.der -keyform DER -signature $t/trial.sig $t/trial.txt",
        ]
    elif order.key.purpose is Purpose.DECRYPT:
        use = [
            "printf 'trial\\n' | openssl pkeyutl -encrypt -pubin -inkey $t/public.der -keyform DER -pkeyopt rsa_padding_mode:oaep \\\n"
            "    -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256 -out $t/trial.enc",
            f"aws kms decrypt {option}--key-id {resource} --ciphertext-blob fileb://$t/trial.enc \\\n"
            "    --encryption-algorithm RSAES_OAEP_SHA_256 --query Plaintext --output text | base64 -d",
        ]
    else:
        return ""
    block = "\n".join(["t=$(mktemp -d)", fetch, *use])
    return f"A trial that uses the private key once, with a role that may use the key:\n\n```\n{block}\n```"
