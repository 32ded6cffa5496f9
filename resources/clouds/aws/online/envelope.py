#!/usr/bin/env python3
"""Envelope encryption with the imported key: a fresh data key for each file, AES-256-GCM, and the data key wrapped by AWS KMS beside it.

    python3 envelope.py encrypt --key-id ARN --context purpose=invoices IN OUT
    python3 envelope.py decrypt --key-id ARN --context purpose=invoices IN OUT

A worked example to start from (for streams and many recipients use the AWS Encryption SDK). Needs boto3 and cryptography. The context is
bound to the data and must be given again to decrypt; AWS logs it in the clear, so it holds no secrets. Files of up to 256 MiB.

The file: one line of JSON (version, wrapped data key, nonce), a line feed, then ciphertext and 16-byte tag. The line is authenticated too.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
from pathlib import Path

AT_MOST = 256 * 1024 * 1024


def encrypt(kms, key_id, context, plaintext):
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    made = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256", EncryptionContext=context)
    nonce = os.urandom(12)
    header = {"v": 1, "key": base64.b64encode(made["CiphertextBlob"]).decode(), "nonce": base64.b64encode(nonce).decode()}
    line = json.dumps(header, sort_keys=True).encode()
    # The data key serves this one file and is not kept: the wrapped form beside the data is the only copy.
    return line + b"\n" + AESGCM(made["Plaintext"]).encrypt(nonce, plaintext, line)


def decrypt(kms, key_id, context, data):
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    line, _, ciphertext = data.partition(b"\n")
    header = json.loads(line)
    if header.get("v") != 1:
        raise ValueError("not a file of this example")
    # Naming the key keeps a data key that somebody wrapped under a key of their own from being used.
    opened = kms.decrypt(KeyId=key_id, CiphertextBlob=base64.b64decode(header["key"]), EncryptionContext=context)
    return AESGCM(opened["Plaintext"]).decrypt(base64.b64decode(header["nonce"]), ciphertext, line)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("encrypt", "decrypt"))
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--key-id", required=True)
    parser.add_argument("--context", action="append", required=True, help="name=value, may be repeated")
    parser.add_argument("--region")
    parser.add_argument("--endpoint-url", help="another endpoint than AWS's own")
    return parser.parse_args()


def main():
    import boto3

    options = arguments()
    if not all("=" in pair for pair in options.context):
        print("--context takes name=value", file=sys.stderr)
        return 2
    if options.source.stat().st_size > AT_MOST:
        print("The file is too large for this example.", file=sys.stderr)
        return 2
    parts = options.key_id.split(":")
    region = options.region or (parts[3] if len(parts) > 5 else None)
    kms = boto3.client("kms", region_name=region, endpoint_url=options.endpoint_url)
    context = dict(pair.split("=", 1) for pair in options.context)
    work = encrypt if options.action == "encrypt" else decrypt
    result = work(kms, options.key_id, context, options.source.read_bytes())
    with options.target.open("xb") as file:
        file.write(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
