"""Why import parameters of AWS are refused: one function for each sentence, and the decoding of JSON text that leads to two of them."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import msgspec

from ceremony_app.clouds.intake import shown
from ceremony_app.errors import BadInput


def json_text(data: bytes, where: str) -> str:
    """JSON text of a file, also as PowerShell's `>` writes it (UTF-16 with a byte order mark)."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise not_json(where, "it is not UTF-8 text") from error


def refuse_json(where: str, text: str, error: msgspec.DecodeError | RecursionError) -> NoReturn:
    if not text.strip() or "truncated" in str(error):
        raise BadInput(
            "recipient-truncated",
            "The file {where} is cut short: its JSON ends in the middle.",
            next_step="Copy or fetch it again; compare the size of both copies.",
            where=where,
        ) from error
    raise not_json(where, "it does not follow the rules of JSON") from error


def not_json(where: str, reason: str) -> BadInput:
    return BadInput(
        "recipient-not-json",
        "The file {where} is not the JSON that the AWS command line prints: {reason}.",
        next_step="Run get-parameters-for-import again with --output json and bring its output unchanged.",
        where=where,
        reason=reason,
    )


def bad_field(where: str, name: str, reason: str) -> BadInput:
    return BadInput(
        "recipient-field",
        "In the file {where} the field {name} {reason}.",
        next_step="Bring the provider's answer unchanged, with all its fields.",
        where=where,
        name=name,
        reason=reason,
    )


def missing(directory: Path) -> BadInput:
    return BadInput(
        "recipient-missing",
        "There are no import parameters in {directory}.",
        next_step="Put parameters.json there as get-parameters-for-import printed it, or the console's Import_Parameters ZIP, or "
        "WrappingPublicKey.bin and ImportToken.bin.",
        directory=shown(directory),
    )


def ambiguous(directory: Path, names: list[str]) -> BadInput:
    return BadInput(
        "recipient-ambiguous",
        "There is more than one set of import parameters in {directory}: {names}.",
        next_step="Leave only the newest; an older one may be expired or belong to another key.",
        directory=shown(directory),
        names=shown("; ".join(names)),
    )
