"""What AWS hands out, in whichever form it was brought: the command line's JSON, the console's ZIP, or loose files.

All forms become one `Handout`. Nothing is judged here but form; `aws_parameters` does that.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from ceremony_app.clouds.aws_resource import KEY_ID_INSIDE
from ceremony_app.clouds.intake import names_in, read_small, read_zip, shown
from ceremony_app.errors import BadInput

PARAMETERS_FILE = "parameters.json"
SIDECAR_FILE = "wrapping.json"
JSON_AT_MOST = 64 * 1024
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


class Sidecar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`wrapping.json`: what AWS's answer leaves out. Only the algorithm is needed beside `parameters.json`; the ZIP and loose files may
    need the other two."""

    WrappingAlgorithm: str = ""
    KeyId: str = ""
    ParametersValidTo: str | float | None = None


def read_handout(directory: Path) -> Handout:
    """Find and read the one set of import parameters in `directory`. Raises `BadInput`."""
    names = names_in(directory)
    readers = [*_json_reader(directory, names), *_zip_readers(directory, names), *_loose_reader(directory, names)]
    if not readers:
        raise _missing(directory)
    if len(readers) > 1:
        raise _ambiguous(directory, [name for name, _ in readers])
    return _completed(readers[0][1](), _sidecar(directory / SIDECAR_FILE))


_Reader = tuple[str, Callable[[], Handout]]


def _json_reader(directory: Path, names: list[str]) -> Iterable[_Reader]:
    if PARAMETERS_FILE in names:
        yield PARAMETERS_FILE, lambda: _from_json(directory / PARAMETERS_FILE)


def _zip_readers(directory: Path, names: list[str]) -> Iterable[_Reader]:
    for name in names:
        if name.lower().endswith(".zip"):
            yield name, partial(_from_zip, directory / name)


def _from_zip(path: Path) -> Handout:
    return _from_files(path.name, read_zip(path, ZIP_AT_MOST, BINARY_AT_MOST))


def _loose_reader(directory: Path, names: list[str]) -> Iterable[_Reader]:
    loose = [name for name in names if any(pattern.fullmatch(name) for pattern in (_PUBLIC, _TOKEN))]
    if loose:
        wanted = loose + [name for name in names if _README.fullmatch(name)]
        yield ", ".join(loose), lambda: _from_files("", {name: read_small(directory / name, BINARY_AT_MOST) for name in wanted})


def _from_json(path: Path) -> Handout:
    text = _text(read_small(path, JSON_AT_MOST), path.name)
    try:
        answer = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        _refuse_json(path.name, text, error)
    if not isinstance(answer, dict):
        raise _not_json(path.name, "it is not an object")
    valid_to = answer.get("ParametersValidTo")
    if valid_to is None:
        raise _field(path.name, "ParametersValidTo", "is missing")
    if isinstance(valid_to, bool) or not isinstance(valid_to, str | int | float):
        raise _field(path.name, "ParametersValidTo", "is neither a time nor a number of seconds")
    return Handout(
        path.name,
        *_binary_field(answer, "PublicKey", path.name),
        *_binary_field(answer, "ImportToken", path.name),
        _text_field(answer, "KeyId", path.name),
        valid_to,
        "",
    )


def _text_field(answer: Mapping[str, Any], name: str, where: str) -> str:
    value = answer.get(name)
    if value is None:
        raise _field(where, name, "is missing")
    if not isinstance(value, str):
        raise _field(where, name, "is not text")
    return value


def _binary_field(answer: Mapping[str, Any], name: str, where: str) -> tuple[bytes, str]:
    text, place = _text_field(answer, name, where), f"{where} (field {name})"
    if "-----BEGIN" in text:  # the reader of wrapping keys names what it is
        return text.encode("utf-8", "replace"), place
    try:
        return base64.b64decode("".join(text.split()), validate=True), place
    except (binascii.Error, ValueError) as error:
        raise _field(where, name, "is not base64, or is cut short") from error


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
        raise _ambiguous(Path(archive or "."), [name for name, _ in found])
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


def _sidecar(path: Path) -> Sidecar:
    if not path.exists():
        return Sidecar()
    text = _text(read_small(path, JSON_AT_MOST), path.name)
    try:
        return msgspec.json.decode(text, type=Sidecar)
    except msgspec.ValidationError as error:
        raise BadInput(
            "recipient-sidecar",
            "The file {where} has a wrong field: {reason}.",
            next_step='It holds {{"WrappingAlgorithm": "…"}} as it was given to get-parameters-for-import, and may hold KeyId and '
            "ParametersValidTo.",
            where=path.name,
            reason=shown(error),
        ) from error
    except msgspec.DecodeError as error:
        _refuse_json(path.name, text, error)


def _completed(handout: Handout, sidecar: Sidecar) -> Handout:
    """The handout with what the sidecar adds; two different words about one thing are refused."""
    pairs = (
        ("WrappingAlgorithm", handout.algorithm, sidecar.WrappingAlgorithm),
        ("KeyId", handout.key_id, sidecar.KeyId),
        ("ParametersValidTo", handout.valid_to, sidecar.ParametersValidTo),
    )
    for name, said, added in pairs:
        if said and added and said != added and not str(added).endswith(f"/{said}"):
            raise _field(SIDECAR_FILE, name, f"says {shown(added)}, but {shown(handout.source)} says {shown(said)}")
    return msgspec.structs.replace(
        handout,
        algorithm=sidecar.WrappingAlgorithm or handout.algorithm,
        key_id=sidecar.KeyId or handout.key_id,
        valid_to=sidecar.ParametersValidTo if handout.valid_to is None else handout.valid_to,
    )


def _text(data: bytes, where: str) -> str:
    """JSON text of a file, also as PowerShell's `>` writes it (UTF-16 with a byte order mark)."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _not_json(where, "it is not UTF-8 text") from error


def _refuse_json(where: str, text: str, error: msgspec.DecodeError) -> NoReturn:
    if not text.strip() or "truncated" in str(error):
        raise BadInput(
            "recipient-truncated",
            "The file {where} is cut short: its JSON ends in the middle.",
            next_step="Copy or fetch it again; compare the size of both copies.",
            where=where,
        ) from error
    raise _not_json(where, "it does not follow the rules of JSON") from error


def _not_json(where: str, reason: str) -> BadInput:
    return BadInput(
        "recipient-not-json",
        "The file {where} is not the JSON that the AWS command line prints: {reason}.",
        next_step="Run get-parameters-for-import again with --output json and bring its output unchanged.",
        where=where,
        reason=reason,
    )


def _field(where: str, name: str, reason: str) -> BadInput:
    return BadInput(
        "recipient-field",
        "In the file {where} the field {name} {reason}.",
        next_step="Bring the provider's answer unchanged, with all its fields.",
        where=where,
        name=name,
        reason=reason,
    )


def _missing(directory: Path) -> BadInput:
    return BadInput(
        "recipient-missing",
        "There are no import parameters in {directory}.",
        next_step="Put parameters.json there as get-parameters-for-import printed it, or the console's Import_Parameters ZIP, or "
        "WrappingPublicKey.bin and ImportToken.bin.",
        directory=shown(directory),
    )


def _ambiguous(directory: Path, names: list[str]) -> BadInput:
    return BadInput(
        "recipient-ambiguous",
        "There is more than one set of import parameters in {directory}: {names}.",
        next_step="Leave only the newest; an older one may be expired or belong to another key.",
        directory=shown(directory),
        names=shown("; ".join(names)),
    )
