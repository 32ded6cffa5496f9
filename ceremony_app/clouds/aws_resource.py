"""How AWS names a KMS key: ARN, key id, alias."""

from __future__ import annotations

import re

_ID = r"(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})"
KEY_ARN = re.compile(rf"arn:aws[a-z-]*:kms:(?P<region>[a-z]{{2}}(?:-[a-z]+)+-\d):(?P<account>\d{{12}}):key/(?P<id>{_ID})")
KEY_ID = re.compile(_ID)
KEY_ID_INSIDE = re.compile(rf"(?<![0-9a-f-]){_ID}(?![0-9a-f-])")
CHINA = re.compile(r"arn:aws-cn:")
_ALIAS = re.compile(r"(?:arn:aws[a-z-]*:kms:[^:]*:[^:]*:)?alias/")


def is_key_id(text: str) -> bool:
    """True for a bare key id: a UUID, or `mrk-` and 32 hex digits for multi-Region keys."""
    return KEY_ID.fullmatch(text) is not None


def is_alias(text: str) -> bool:
    """True for an alias name or alias ARN."""
    return _ALIAS.match(text) is not None


def key_id(resource: str) -> str:
    """The bare id of a key ARN; anything else as it stands."""
    found = KEY_ARN.fullmatch(resource)
    return found["id"] if found else resource


def region(resource: str) -> str:
    """The Region in a key ARN; empty for a bare id."""
    found = KEY_ARN.fullmatch(resource)
    return found["region"] if found else ""


def is_same_key(one: str, other: str) -> bool:
    """True when both name one KMS key: as whole ARNs where both are, else by id. Replicas of a multi-Region key share an id but not an
    ARN, and each has its own wrapping key."""
    if KEY_ARN.fullmatch(one) and KEY_ARN.fullmatch(other):
        return one == other
    return key_id(one) == key_id(other)
