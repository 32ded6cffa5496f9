"""What the AWS console hands out: a ZIP, or the files that were in it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from ceremony_app.clouds.aws_refusal import ambiguous
from ceremony_app.clouds.aws_resource import KEY_ID_INSIDE
from ceremony_app.clouds.intake import read_small, read_zip, shown
from ceremony_app.errors import BadInput

BINARY_AT_MOST = 16 * 1024
ZIP_AT_MOST = 256 * 1024
_PUBLIC = re.compile(r"WrappingPublicKey\.bin|wrappingKey_[\w.-]+", re.IGNORECASE)
_TOKEN = re.compile(r"ImportToken\.bin|importToken_[\w.-]+", re.IGNORECASE)
_README = re.compile(r"README[\w.-]*\.txt", re.IGNORECASE)
_ALGORITHM = re.compile(r"\b(?:RSAES_OAEP_SHA_(?:1|256)|RSA_AES_KEY_WRAP_SHA_(?:1|256))\b")
_TIME = re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]+={0,2}\s*")


class Handout(msgspec.Struct, frozen=True):
    """What was brought, unjudged: where it came from, the two binary parts with the name of each part's source, and what is said of key
    id, end of validity and wrapping algorithm (`None` or empty where nothing is said)."""

    source: str
    public_key: bytes
    public_key_from: str
    token: bytes
    token_from: str
    key_id: str
    valid_to: str | float | None
    algorithm: str


def loose_names(names: Iterable[str]) -> list[str]:
    """Those of `names` that are a wrapping key or an import token."""
    return [name for name in names if _PUBLIC.fullmatch(name) or _TOKEN.fullmatch(name)]


def from_zip(path: Path) -> Handout:
    """The console's download as it is; raises `BadInput`."""
    return _from_files(path.name, read_zip(path, ZIP_AT_MOST, BINARY_AT_MOST))


def from_loose(directory: Path, names: Iterable[str]) -> Handout:
    """The unpacked files among `names` of a folder; raises `BadInput`."""
    wanted = loose_names(names) + [name for name in names if _README.fullmatch(name)]
    return _from_files("", {name: read_small(directory / name, BINARY_AT_MOST) for name in wanted})


def _from_files(archive: str, files: Mapping[str, bytes]) -> Handout:
    public_key_from, public_key = _one(files, _PUBLIC, "wrapping key", "WrappingPublicKey.bin", archive)
    token_from, token = _one(files, _TOKEN, "import token", "ImportToken.bin", archive)
    readme = "\n".join(data.decode("utf-8", "replace") for name, data in sorted(files.items()) if _README.fullmatch(name))
    return Handout(
        shown(archive) if archive else public_key_from,
        _binary(public_key),
        public_key_from,
        _binary(token),
        token_from,
        _only(KEY_ID_INSIDE.findall(f"{archive} {' '.join(files)} {readme}")),
        _only(_TIME.findall(readme)) or None,
        _only(_ALGORITHM.findall(readme)),
    )


def _one(files: Mapping[str, bytes], pattern: re.Pattern[str], noun: str, usual: str, archive: str) -> tuple[str, bytes]:
    found = [(f"{shown(archive)} ({name})" if archive else name, data) for name, data in sorted(files.items()) if pattern.fullmatch(name)]
    if len(found) > 1:
        raise ambiguous(Path(archive or "."), [name for name, _ in found])
    if not found:
        raise BadInput(
            "recipient-part-missing",
            "There is no {noun} ({usual}){place}.",
            next_step="Wrapping key and import token are a pair; bring both, from one download.",
            noun=noun,
            usual=usual,
            place=f" in {shown(archive)}" if archive else " beside the other file",
        )
    return found[0]


def _only(found: Iterable[str]) -> str:
    """The one value that is said; empty when nothing or several things are said, since a guess would show only at the import."""
    distinct = set(found)
    return distinct.pop() if len(distinct) == 1 else ""


def _binary(data: bytes) -> bytes:
    """Bytes as they are, or decoded when somebody saved base64 text. DER and tokens do not consist of base64 characters alone."""
    text = data.removeprefix(b"\xef\xbb\xbf")
    if text and _BASE64.fullmatch(text):
        try:
            return base64.b64decode(b"".join(text.split()), validate=True)
        except binascii.Error:
            return data
    return data
