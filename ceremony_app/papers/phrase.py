"""How values are written on paper: times, hashes in groups, numbers with their nouns, lists, names of clouds and steps."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

DESTINATIONS = {
    "aws": "AWS KMS",
    "google": "Google Cloud KMS",
    "azure-vault": "Azure Key Vault",
    "azure-mhsm": "Azure Managed HSM",
    "openbao": "OpenBao",
}
ASSURANCES = {
    "in-token": "in the token only",
    "transport-key-in-strongroom": "the key in the token only; the transport key in the strongroom",
    "material-in-strongroom": "the key in the strongroom for a moment",
}


def day(utc: str) -> str:
    """`2026-11-24` as `24 November 2026`; other text unchanged."""
    try:
        date = datetime.date.fromisoformat(utc[:10])
    except ValueError:
        return utc
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def moment(utc: str, date: str) -> str:
    """`2026-11-24T14:31:05Z` as `14:31:05`, with its date before it unless that is `date`."""
    return utc[11:19] if utc[:10] == date else f"{utc[:10]} {utc[11:19]}".strip()


def minute(utc: str, date: str) -> str:
    """As `moment`, without seconds."""
    return moment(utc, date)[:-3]


def later(utc: str, days: int) -> str:
    """The date so many days after an UTC text, as `2027-11-24`."""
    return (datetime.date.fromisoformat(utc[:10]) + datetime.timedelta(days=days)).isoformat()


def grouped(value: str, size: int = 4) -> str:
    """Hex or digits in groups, `5374 e340 76ae`."""
    return " ".join(value[start : start + size] for start in range(0, len(value), size))


def fingerprint(value: str) -> str:
    """A SHA-256 in groups, in two lines of eight, so that a column never breaks it somewhere else."""
    return f"{grouped(value[:32])}\n{grouped(value[32:])}"


def halves(value: str) -> str:
    """A SHA-256 in two lines without groups, to be searched for."""
    return f"{value[:32]}\n{value[32:]}".strip()


def check_value(value: str) -> str:
    """A check value as cards and screens show it: `2B 41 2C 7D EB`."""
    return grouped(value.upper(), 2)


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 key`, `3 keys`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def listed(words: Iterable[str], nothing: str = "none") -> str:
    """`a, b and c`."""
    parts = list(words)
    if len(parts) < 2:
        return parts[0] if parts else nothing
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def capital(text: str) -> str:
    """First letter in upper case, the rest unchanged."""
    return text[:1].upper() + text[1:]


def destination(name: str) -> str:
    """The service's own name."""
    return DESTINATIONS.get(name, name)


def assurance(name: str) -> str:
    """Where the material was in the clear while it was wrapped."""
    return ASSURANCES.get(name, name)
