"""The backup secret of each group, and the keys derived from it."""

from __future__ import annotations

from ceremony_app.keys import backup_info
from ceremony_app.strongroom.buffer import SecretBuffer
from ceremony_app.strongroom.refusal import Refusal

LENGTH = 32
CHECK_LENGTH = 5


class GroupSecrets:
    """The drawer: one secret of 32 bytes a group, made by a split or recovered from cards."""

    def __init__(self) -> None:
        self._secrets: dict[str, SecretBuffer] = {}

    def keep(self, group: str, secret: SecretBuffer) -> None:
        """Take over `secret`; an earlier one of the group is wiped."""
        earlier = self._secrets.pop(group, None)
        if earlier is not None:
            earlier.wipe()
        self._secrets[group] = secret

    def of(self, group: str) -> SecretBuffer:
        """The group's secret, still owned by the drawer. Refusal `secret-missing`."""
        secret = self._secrets.get(group)
        if secret is None:
            raise Refusal(
                "secret-missing",
                f"The backup secret of the group “{group}” is not in this process.",
                "Make the card set, or recover the secret from cards, and then repeat this.",
            )
        return secret

    def forget(self) -> None:
        """Wipe all of them."""
        for secret in self._secrets.values():
            secret.wipe()
        self._secrets.clear()


def derive(secret: SecretBuffer, use: str) -> SecretBuffer:
    """32 bytes of HKDF-SHA-256 without salt (RFC 5869) under `backup_info(use)`; the caller wipes them."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    key = SecretBuffer(LENGTH)
    HKDF(algorithm=SHA256(), length=LENGTH, salt=None, info=backup_info(use)).derive_into(secret.view(), key.view())
    return key


def check_value(secret: SecretBuffer) -> str:
    """The set's check value: first 5 bytes of AES-256-CMAC (NIST SP 800-38B) of 16 zero bytes under the check key, 10 hex digits."""
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256
    from cryptography.hazmat.primitives.cmac import CMAC

    with derive(secret, "check") as key:
        # The cipher object wants bytes: this copy of the check key (not of the secret) stays until the process ends.
        mac = CMAC(AES256(bytes(key.view())))
        mac.update(bytes(16))
        return mac.finalize()[:CHECK_LENGTH].hex()
