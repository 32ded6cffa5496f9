"""What AWS hands out, in whichever form it was brought: the command line's JSON, the console's ZIP, or loose files.

All forms become one `Handout`. Nothing is judged here but form; `aws_parameters` does that.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ceremony_app.clouds.aws_console import Handout, from_loose, from_zip, loose_names
from ceremony_app.clouds.aws_refusal import ambiguous, bad_field, json_text, missing, not_json, refuse_json
from ceremony_app.clouds.intake import names_in, read_small, shown
from ceremony_app.errors import BadInput

PARAMETERS_FILE = "parameters.json"
SIDECAR_FILE = "wrapping.json"
JSON_AT_MOST = 64 * 1024


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
        raise missing(directory)
    if len(readers) > 1:
        raise ambiguous(directory, [name for name, _ in readers])
    return _completed(readers[0][1](), _sidecar(directory / SIDECAR_FILE))


_Reader = tuple[str, Callable[[], Handout]]


def _json_reader(directory: Path, names: list[str]) -> Iterable[_Reader]:
    if PARAMETERS_FILE in names:
        yield PARAMETERS_FILE, lambda: _from_json(directory / PARAMETERS_FILE)


def _zip_readers(directory: Path, names: list[str]) -> Iterable[_Reader]:
    for name in names:
        if name.lower().endswith(".zip"):
            yield name, partial(from_zip, directory / name)


def _loose_reader(directory: Path, names: list[str]) -> Iterable[_Reader]:
    loose = loose_names(names)
    if loose:
        yield ", ".join(loose), partial(from_loose, directory, names)


def _from_json(path: Path) -> Handout:
    text = json_text(read_small(path, JSON_AT_MOST), path.name)
    try:
        answer = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        refuse_json(path.name, text, error)
    if not isinstance(answer, dict):
        raise not_json(path.name, "it is not an object")
    valid_to = answer.get("ParametersValidTo")
    if valid_to is None:
        raise bad_field(path.name, "ParametersValidTo", "is missing")
    if isinstance(valid_to, bool) or not isinstance(valid_to, str | int | float):
        raise bad_field(path.name, "ParametersValidTo", "is neither a time nor a number of seconds")
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
        raise bad_field(where, name, "is missing")
    if not isinstance(value, str):
        raise bad_field(where, name, "is not text")
    return value


def _binary_field(answer: Mapping[str, Any], name: str, where: str) -> tuple[bytes, str]:
    text, place = _text_field(answer, name, where), f"{where} (field {name})"
    if "-----BEGIN" in text:  # the reader of wrapping keys names what it is
        return text.encode("utf-8", "replace"), place
    try:
        return base64.b64decode("".join(text.split()), validate=True), place
    except (binascii.Error, ValueError) as error:
        raise bad_field(where, name, "is not base64, or is cut short") from error


def _sidecar(path: Path) -> Sidecar:
    if not path.exists():
        return Sidecar()
    text = json_text(read_small(path, JSON_AT_MOST), path.name)
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
        refuse_json(path.name, text, error)


def _completed(handout: Handout, sidecar: Sidecar) -> Handout:
    """The handout with what the sidecar adds; two different words about one thing are refused."""
    pairs = (
        ("WrappingAlgorithm", handout.algorithm, sidecar.WrappingAlgorithm),
        ("KeyId", handout.key_id, sidecar.KeyId),
        ("ParametersValidTo", handout.valid_to, sidecar.ParametersValidTo),
    )
    for name, said, added in pairs:
        if said and added and said != added and not str(added).endswith(f"/{said}"):
            raise bad_field(SIDECAR_FILE, name, f"says {shown(added)}, but {shown(handout.source)} says {shown(said)}")
    return msgspec.structs.replace(
        handout,
        algorithm=sidecar.WrappingAlgorithm or handout.algorithm,
        key_id=sidecar.KeyId or handout.key_id,
        valid_to=sidecar.ParametersValidTo if handout.valid_to is None else handout.valid_to,
    )
