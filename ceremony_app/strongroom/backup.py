"""A key under a group's backup secret, and back again (docs/record-format.md, method A)."""

from __future__ import annotations

import hmac

from ceremony_app.strongroom import destruction, key, proof, wrapping
from ceremony_app.strongroom.backupfile import METHOD_A, BackupFile, backup_mac, parse, parse_metadata
from ceremony_app.strongroom.groupsecret import GroupSecrets, derive
from ceremony_app.strongroom.protocol import BackupFileMade, BackUpKey, BackupMetadata, KeyMade, KeyRestored, RestoreKey
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room


def back_up_key(room: Room, request: BackUpKey) -> BackupFileMade:
    """Wrap the key in the token under the group's wrap key; AES-KWP has no random part, so the same request gives the same bytes.

    Refusals `secret-missing`, `metadata-malformed`, and those of the wrapping.
    """
    secret = room.drawer(GroupSecrets).of(request.group)
    _verify_metadata(request)
    with derive(secret, "wrap") as wrap_key, derive(secret, "mac") as mac_key:
        blob = wrapping.kwp_from_token(room, wrap_key=wrap_key, cka_id=request.cka_id, algorithm=request.algorithm)
        file = BackupFile(metadata=request.metadata, blob=blob, mac=backup_mac(mac_key.view(), request.metadata, blob))
    content = file.content()
    if parse(content) != file:
        raise Refusal("metadata-malformed", "The backup file that was made cannot be read back.", "Report this code.")
    return BackupFileMade(content=content, method=METHOD_A)


def restore_key(room: Room, request: RestoreKey) -> KeyRestored:
    """Check MAC, unwrap into the open token, compare with what the record says, and verify the recorded proof with the restored copy.

    Refusals `secret-missing`, `backup-malformed`, `backup-mac`, `restored-differs`, and those of the unwrapping and the proof; after each
    of them the token holds nothing of the file.
    """
    secret = room.drawer(GroupSecrets).of(request.group)
    file = parse(request.content)
    with derive(secret, "mac") as mac_key:
        if not hmac.compare_digest(backup_mac(mac_key.view(), file.metadata, file.blob), file.mac):
            raise Refusal(
                "backup-mac",
                "This backup file was not made under this group's backup secret, or it was changed.",
                "Take the file from the other backup medium, and compare its SHA-256 with the record.",
            )
    about = parse_metadata(file.metadata)
    _verify_same_key(about, request)
    with derive(secret, "wrap") as wrap_key:
        restored = key.restore(
            room,
            wrap_key=wrap_key,
            blob=file.blob,
            algorithm=about.algorithm,
            purpose=about.purpose,
            label=about.label,
            cka_id=about.cka_id,
            spki=about.spki,
        )
    try:
        _verify_restored(restored, request)
        proof.verify_with_restored(
            room,
            cka_id=restored.cka_id,
            algorithm=request.algorithm,
            purpose=request.purpose,
            spki=request.spki,
            message=request.message,
            proof=request.proof,
        )
    except Refusal:
        # A copy that proved nothing must not stay where it could be used.
        destruction.remove(room.token, bytes.fromhex(restored.cka_id))
        raise
    return KeyRestored(label=restored.label, spki_sha256=restored.spki_sha256, check_value=restored.check_value, proof_holds=True)


def _verify_metadata(request: BackUpKey) -> None:
    """The metadata must be of this key, or the file could never be told from another's."""
    about: BackupMetadata | None
    try:
        about = parse_metadata(request.metadata)
    except Refusal:
        about = None
    if about is None or (about.cka_id, about.algorithm, about.group) != (request.cka_id, request.algorithm, request.group):
        raise Refusal("metadata-malformed", "The words for the backup file are not those of this key.", "Report this code.")


def _verify_same_key(about: BackupMetadata, request: RestoreKey) -> None:
    """Before anything enters the token: the file's key must be the one that the record means."""
    found = (about.algorithm, about.purpose, about.spki, about.check_value)
    if found != (request.algorithm, request.purpose, request.spki, request.check_value):
        raise _differs(f"the file holds the key “{about.label}” ({about.algorithm.value}, {about.purpose.value})")


def _verify_restored(restored: KeyMade, request: RestoreKey) -> None:
    if (restored.spki, restored.check_value) != (request.spki, request.check_value):
        raise _differs("public key" if request.spki else "check value")


def _differs(detail: str) -> Refusal:
    return Refusal(
        "restored-differs",
        "The key from this backup file is not the one in the record.",
        "Stop: find out which ceremony this file belongs to, before the token is used.",
        detail,
    )
