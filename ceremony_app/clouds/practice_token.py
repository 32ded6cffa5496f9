"""The import token of a practice recipient: opaque to everybody, the same whenever it is made again."""

from __future__ import annotations

import hashlib

_MARK = b"key-ceremony/practice/token/1\n"
_BYTES = 1024


def practice_token(spki: bytes, resource: str) -> bytes:
    """1024 bytes that follow from wrapping key and resource. They are no secret and open nothing."""
    return _MARK + hashlib.shake_256(_MARK + hashlib.sha256(spki).digest() + resource.encode()).digest(_BYTES - len(_MARK))
