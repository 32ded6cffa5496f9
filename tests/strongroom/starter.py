"""Real strongroom processes on fresh SoftHSM storage below the test's own directory."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path

from ceremony_app.keys import Algorithm, Purpose
from ceremony_app.settings import practice_module
from ceremony_app.strongroom.client import Strongroom
from ceremony_app.strongroom.protocol import DepositFile, GenerateKey, KeyMade, MakePins, MakeScratchToken, Prepare, ProvePinHalf


def openssl(*arguments: str | Path) -> bytes:
    """Output of the openssl command line, which must succeed."""
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


class Starter:
    """Starts strongrooms and ends them with the test. `storage` and `practice` are names below the test's directory, `token` is the
    label of a scratch token to make; `""` leaves each out."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.running: list[Strongroom] = []

    def __call__(
        self,
        *,
        storage: str = "storage",
        practice: str = "",
        token: str = "SCRATCH",
        module: str | None = None,
        inherit: tuple[int, ...] = (),
        prepare: bool = True,
    ) -> Strongroom:
        started = Strongroom.start(practice_module() if module is None else module, inherit=inherit)
        self.running.append(started)
        if prepare:
            started.call(
                Prepare(
                    storage=str(self.directory / storage) if storage else "",
                    practice=str(self.directory / practice) if practice else "",
                )
            )
        if prepare and token:
            started.call(MakeScratchToken(label=token))
        return started

    def prove_pins(self, started: Strongroom, *, make: bool = True, practice: str = "practice") -> None:
        """Have all four halves made and typed back, or only typed back."""
        if make:
            started.call(
                MakePins(
                    ceremony_id="20261124-ABCDEFGH",
                    title="Test",
                    holders=("Ann", "Bo"),
                    token_label="PAYMENTS",
                    token_serial="",
                    attempt=1,
                )
            )
        for role in ("user", "so"):
            for half in ("A", "B"):
                path = self.directory / practice / "secrets" / f"pin-{role}-{half}"
                started.call(DepositFile(name="pin-half", path=str(path)))
                started.call(ProvePinHalf(role=role, half=half))

    def generate(self, started: Strongroom, algorithm: Algorithm, purpose: Purpose | None = None, *, extractable: bool = True) -> KeyMade:
        """A key for one of its purposes."""
        purpose = purpose or min(algorithm.purposes, key=lambda purpose: purpose.value)
        request = GenerateKey(
            label=f"key-{secrets.token_hex(4)}",
            cka_id=secrets.token_hex(16),
            algorithm=algorithm,
            purpose=purpose,
            extractable=extractable,
        )
        return started.call(request)
