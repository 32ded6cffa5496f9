"""The one settings file: where people on this machine keep what should not be typed each time.

`$XDG_CONFIG_HOME/key-ceremony/settings.toml` (or `~/.config/…`): `module` (path of the PKCS#11 library), `theme`, `language`, `zoom`.
A missing file means the defaults; an unknown or wrong field is an error that names it.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from ceremony_app.errors import BadInput, in_words

SOFTHSM_PATHS = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the settings file may hold."""

    module: str = ""
    theme: str = "system"
    language: str = "en"
    zoom: int = 100


def settings_path() -> Path:
    """Where the settings file lies for this user."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "key-ceremony" / "settings.toml"


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings; raises `BadInput` naming the field."""
    path = path or settings_path()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Settings)
    except FileNotFoundError:
        return Settings()
    except (msgspec.MsgspecError, OSError, UnicodeDecodeError) as error:
        raise BadInput(
            "settings-unreadable",
            "The settings file {path} cannot be used: {reason}.",
            next_step="Correct or remove that file and start again.",
            path=str(path),
            reason=in_words(error),
        ) from error


def practice_module() -> str:
    """Path of the SoftHSM library of this machine, for rehearsals; empty when none is found."""
    for path in SOFTHSM_PATHS:
        if Path(path).exists():
            return path
    return ""
