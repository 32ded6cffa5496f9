"""What the recipe's tests share: `recover.py` as a module, and cards made by the reference implementation."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from shamir_mnemonic import EncryptedMasterSecret, split_ems

FOLDER = Path(__file__).parents[2] / "resources" / "recover"


def load_recover() -> ModuleType:
    """The recipe's one file."""
    file = FOLDER / "recover.py"
    module = ModuleType("recover_under_test")
    module.__file__ = str(file)
    exec(compile(file.read_bytes(), file, "exec"), module.__dict__)
    return module


def cards_of(secret: bytes, threshold: int, count: int, identifier: int = 12345, exponent: int = 1) -> list[str]:
    """Cards as the ceremony makes them: one group, not extendable, no passphrase."""
    encrypted = EncryptedMasterSecret.from_master_secret(secret, b"", identifier, False, exponent)
    return [share.mnemonic() for share in split_ems(1, [(threshold, count)], encrypted)[0]]
