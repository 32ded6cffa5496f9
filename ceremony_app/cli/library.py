"""The PKCS#11 library that a command works with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ceremony_app.errors import CeremonyError, Unfit
from ceremony_app.settings import load_settings, practice_module
from ceremony_app.text import say


def library(named: str | None) -> str:
    """The library named on the command line, else that of the settings, else this machine's SoftHSM. Raises `Unfit` when there is none."""
    module = named or load_settings().module or practice_module()
    if not module:
        raise Unfit(
            "module-missing",
            "No PKCS#11 library was found on this machine.",
            stands="Nothing was begun.",
            next_step="Install SoftHSM (Debian: softhsm2) or name a library with --module.",
        )
    return module


@contextlib.contextmanager
def nothing_begun() -> Iterator[None]:
    """What is refused in here was refused before any ceremony: there is no record that could stand."""
    try:
        yield
    except CeremonyError as error:
        error.stands = say("Nothing was begun.")
        raise
