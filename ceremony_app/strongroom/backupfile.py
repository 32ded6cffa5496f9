"""The backup file: one wrapped key with the words that rebuild the object, bound together by a MAC (docs/record-format.md).

JSON with one `"name": "value"` a line, so that `sed` can read it. There is one way to write a given file, and `parse` accepts no other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

import msgspec

from ceremony_app.strongroom.protocol import BackupMetadata
from ceremony_app.strongroom.refusal import Refusal

VERSION = "1"
METHOD_A = "A"
MOST_BYTES = 64 * 1024
"""An RSA-4096 key makes a file of about 5 KB."""


class BackupFile(msgspec.Struct, frozen=True):
    """`metadata` are the exact bytes of the JSON that rebuilds the object; `blob` is the AES-KWP wrapped key (RFC 5649); `mac` 32 bytes."""

    metadata: bytes
    blob: bytes
    mac: bytes

    def content(self) -> bytes:
        """The file's bytes."""
        fields = {
            "version": VERSION,
            "method": METHOD_A,
            "metadata": base64.b64encode(self.metadata).decode(),
            "blob": base64.b64encode(self.blob).decode(),
            "mac": self.mac.hex(),
        }
        return ("{\n" + ",\n".join(f'"{name}": "{value}"' for name, value in fields.items()) + "\n}\n").encode()


class _Lines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    method: str
    metadata: str
    blob: str
    mac: str


def backup_mac(mac_key: bytes | memoryview, metadata: bytes, blob: bytes) -> bytes:
    """HMAC-SHA-256 over `key-ceremony/backup/<version>/<method>`, a line feed, SHA-256(metadata) and SHA-256(blob): nothing in the file is
    outside."""
    head = f"key-ceremony/backup/{VERSION}/{METHOD_A}\n".encode()
    return hmac.digest(mac_key, head + hashlib.sha256(metadata).digest() + hashlib.sha256(blob).digest(), "sha256")


def parse(content: bytes) -> BackupFile:
    """Read a backup file. Refusal `backup-malformed` for everything that `BackupFile.content` would not write."""
    if len(content) > MOST_BYTES:
        raise _malformed(f"{len(content)} bytes, at most {MOST_BYTES} are possible")
    try:
        lines = msgspec.json.decode(content, type=_Lines)
        metadata, blob = base64.b64decode(lines.metadata, validate=True), base64.b64decode(lines.blob, validate=True)
        file = BackupFile(metadata, blob, bytes.fromhex(lines.mac))
    except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
        raise _malformed("its fields cannot be read") from error
    if lines.version != VERSION or lines.method != METHOD_A:
        raise _malformed("not version 1 with method A")
    if len(file.mac) != hashlib.sha256().digest_size or file.content() != content:
        raise _malformed("not written as this format says")
    return file


def parse_metadata(metadata: bytes) -> BackupMetadata:
    """What the metadata say; to be believed only after the MAC was checked. Refusal `backup-malformed`."""
    try:
        return msgspec.json.decode(metadata, type=BackupMetadata)
    except msgspec.MsgspecError as error:
        raise _malformed("its metadata cannot be read") from error


def _malformed(detail: str) -> Refusal:
    return Refusal(
        "backup-malformed",
        "This is not a backup file of a key ceremony, or it was changed or cut off.",
        "Take the file from the other backup medium and compare its SHA-256 with the record.",
        detail,
    )
