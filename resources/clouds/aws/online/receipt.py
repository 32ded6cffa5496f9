#!/usr/bin/env python3
"""Import this package into AWS KMS, prove what was imported, and write the receipt that goes back to the ceremony.

    python3 online/receipt.py check                                     nothing is sent; are all files as package.json says?
    python3 online/receipt.py import --by "NAME" --out ../receipt.json  import, prove, receipt
    python3 online/receipt.py prove  --by "NAME" --out ../receipt.json  after an import by hand

Needs boto3 and credentials for the calls DescribeKey, ImportKeyMaterial, GetPublicKey or GenerateMac. First do step 1 of COMMANDS.md: this
script lies in the package and cannot vouch for itself. Exit status: 0 done, 1 something did not hold or AWS refused, 2 wrong use.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import time
from pathlib import Path

SETTLE_TRIES, SETTLE_PAUSE = 10, 2  # seconds
PACKAGE = Path(__file__).resolve().parent.parent

ADVICE = {
    "ExpiredImportTokenException": "The import token has expired. The key must be wrapped anew: fetch new import parameters.",
    "InvalidImportTokenException": "The import token is of another KMS key. Check the key; else the key must be wrapped anew.",
    "InvalidCiphertextException": "AWS cannot unwrap the file: it was fetched for another algorithm. The key must be wrapped anew.",
    "IncorrectKeyMaterialException": "This KMS key had other material before, or is of another type. It needs a new KMS key.",
    "UnsupportedOperationException": "The KMS key was not created with --origin EXTERNAL, or is of another type.",
    "KMSInvalidStateException": "The KMS key is in a state that takes no import.",
    "NotFoundException": "There is no such KMS key in this account and Region. Check profile and Region.",
    "AccessDeniedException": "Your role may not do this. Use the import role.",
}


class Stop(Exception):
    """Something does not hold; the message says what."""


def load_package():
    """package.json and its SHA-256, after every file it names was compared."""
    try:
        data = (PACKAGE / "package.json").read_bytes()
        package = json.loads(data)
        for file in package["files"]:
            content = (PACKAGE / file["path"]).read_bytes()
            if hashlib.sha256(content).hexdigest() != file["sha256"]:
                raise Stop(f"{file['path']} is not as package.json says. Import nothing.")
    except (OSError, ValueError, KeyError) as error:
        raise Stop(f"The package is not whole: {error}") from error
    return package, hashlib.sha256(data).hexdigest()


def connect(package, options):
    import boto3

    parts = package["resource"].split(":")
    region = options.region or (parts[3] if len(parts) > 5 else None)
    return boto3.Session(profile_name=options.profile, region_name=region).client("kms", endpoint_url=options.endpoint_url)


def describe(kms, package):
    """The KMS key's metadata, after it was compared with what the package is for."""
    metadata = kms.describe_key(KeyId=package["resource"])["KeyMetadata"]
    if package["resource"] not in (metadata["Arn"], metadata["KeyId"]):
        raise Stop(f"AWS shows the key {metadata['Arn']}, the package is for {package['resource']}.")
    for name in ("Origin", "KeySpec", "KeyUsage"):
        if metadata[name] != package["provider"][name]:
            raise Stop(f"The KMS key has {name} {metadata[name]}, the package is for {package['provider'][name]}. Import nothing.")
    return metadata


def settled(kms, package):
    """The metadata once the key is enabled; AWS may show an import a little later than it happened."""
    for _ in range(SETTLE_TRIES):
        metadata = describe(kms, package)
        if metadata["KeyState"] == "Enabled":
            break
        time.sleep(SETTLE_PAUSE)
    return metadata


def import_material(kms, package):
    if package["rehearsal"] and package["recipient"]["practice"]:
        raise Stop("This package is from a rehearsal with the practice cloud; AWS cannot open it.")
    state = describe(kms, package)["KeyState"]
    if state != "PendingImport":
        raise Stop(f"The KMS key is {state}, not PendingImport. If it was imported already, use: receipt.py prove")
    provider = package["provider"]
    more = {name: provider[name] for name in ("ImportType", "KeyMaterialDescription") if name in provider}
    kms.import_key_material(
        KeyId=package["resource"],
        ImportToken=(PACKAGE / "ImportToken.bin").read_bytes(),
        EncryptedKeyMaterial=(PACKAGE / "EncryptedKeyMaterial.bin").read_bytes(),
        ExpirationModel=provider["ExpirationModel"],
        **more,
    )
    print("Imported.")


def prove(kms, package):
    """The proof for the receipt; stops when it is not the one that is due."""
    kind, due = package["proof"]["type"], package["proof"]["value"]
    if kind == "public-key":
        value = hashlib.sha256(kms.get_public_key(KeyId=package["resource"])["PublicKey"]).hexdigest()
        equal = value == due
    elif kind == "mac":
        message = base64.b64decode(package["proof"]["message"])
        mac = kms.generate_mac(KeyId=package["resource"], Message=message, MacAlgorithm=package["provider"]["MacAlgorithm"])["Mac"]
        value = base64.b64encode(mac).decode()
        equal = hashlib.sha256(mac).hexdigest() == due
    elif kind == "none":
        print("AWS KMS offers no proof for symmetric keys; the receipt says so.")
        return {"type": "none", "value": ""}
    else:
        raise Stop(f"The proof {kind} is given by the practice cloud only.")
    if not equal:
        raise Stop("The imported key is NOT the ceremony's key. Do not use it; see COMMANDS.md, Roll back.")
    print("Proven: the imported key is the ceremony's key.")
    return {"type": kind, "value": value}


def write_receipt(kms, package, digest, options):
    metadata = settled(kms, package)
    if metadata["KeyState"] != "Enabled":
        raise Stop(f"The KMS key is {metadata['KeyState']}, not Enabled; there is nothing to prove.")
    names = ("Arn", "KeyState", "Origin", "KeySpec", "KeyUsage", "ExpirationModel", "CurrentKeyMaterialId")
    receipt = {
        "version": 1,
        "ceremony_id": package["ceremony_id"],
        "package_sha256": digest,
        "resource": package["resource"],
        "imported_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "by": options.by,
        "provider": {name: str(metadata[name]) for name in names if name in metadata},
        "proof": prove(kms, package),
    }
    with options.out.open("x", encoding="utf-8") as file:
        file.write(json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n")
    print(f"Return this file to the ceremony: {options.out}")


def run(options):
    package, digest = load_package()
    print(f"All {len(package['files'])} files are as package.json says.")
    if options.action == "check":
        return
    if not options.by.strip():
        raise Stop("--by must name you.")
    if options.out.exists():
        raise Stop(f"{options.out} exists already. Move it away; it may be the receipt of this import.")
    kms = connect(package, options)
    if options.action == "import":
        import_material(kms, package)
    write_receipt(kms, package, digest, options)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("check", "import", "prove"))
    parser.add_argument("--by", default="", help="your name, for the receipt")
    parser.add_argument("--out", type=Path, default=Path("receipt.json"), help="where the receipt goes (must not exist)")
    parser.add_argument("--region", help="default: the Region in the key's ARN")
    parser.add_argument("--profile", help="a profile of your AWS configuration")
    parser.add_argument("--endpoint-url", help="another endpoint than AWS's own")
    return parser.parse_args()


def main():
    try:
        run(arguments())
    except Stop as stop:
        print(f"STOP: {stop}", file=sys.stderr)
        return 1
    except ImportError as error:
        print(f"STOP: Python cannot find {error.name}; install it, or do steps 3 and 4 by hand.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"STOP: {error}", file=sys.stderr)
        return 1
    except Exception as error:  # noqa: BLE001  # the edge of this process; boto3's family cannot be named before it is loaded
        answer = getattr(error, "response", None)
        code = answer.get("Error", {}).get("Code", "") if isinstance(answer, dict) else ""
        print(f"STOP: AWS answered {code or type(error).__name__}: {error}\n{ADVICE.get(code, 'See COMMANDS.md.')}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
