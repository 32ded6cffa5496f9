"""The scripted people of a rehearsal: they copy secrets from paper as people do, into one raw file per secret."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from ceremony_app.keys import is_label
from ceremony_app.strongroom.card import CARDS, digits_name
from ceremony_app.strongroom.pins import HALVES, ROLES, half_name
from ceremony_app.strongroom.practicefile import SECRETS, practice_directory, save_secret
from ceremony_app.strongroom.protocol import HandedOver, HandOver
from ceremony_app.strongroom.refusal import Refusal
from ceremony_app.strongroom.room import Room

TYPED = "typed"
IMAGE = "image"
_MODULE = 7  # pixels: a code of 43.5 mm scanned at 150 dpi
_MARGIN = 60
_TURN = 1.5  # degrees that a hand lays the sheet askew
_MOST_NAME = 200


def hand_over(room: Room, request: HandOver) -> HandedOver:
    """Write the secret as this person would enter it; answers the file's path. Refusals `secret-unknown`, `manner-unknown`."""
    practice = practice_directory(room)
    match request.secret.split("/"):
        case ["card", group, number] if is_label(group) and number.isdecimal():
            name = _copy_card(room, group, int(number), request.manner)
        case ["pin", role, half] if role in ROLES and half in HALVES:
            _verify_manner(request, (TYPED,))
            name = f"{SECRETS}/{half_name(role, half)}"
        case ["witness-code", *name_parts] if any(name_parts):
            _verify_manner(request, (TYPED,))
            name = _witness_code(room, "/".join(name_parts))
        case _:
            raise _unknown(request.secret)
    path = practice / name
    if not path.is_file():
        raise _unknown(request.secret)
    return HandedOver(path=str(path))


def _copy_card(room: Room, group: str, number: int, manner: str) -> str:
    name = f"card-{group}-{number}-{manner}"
    if manner == "digits":
        return f"{SECRETS}/{digits_name(group, number)}"
    if manner == IMAGE:
        digits = _paper(room, f"{SECRETS}/{digits_name(group, number)}").decode("ascii")
        return save_secret(room, SECRETS, name, code_picture(digits))
    if manner not in _WRITINGS:
        raise Refusal("manner-unknown", f"Nobody enters a card as “{manner}”.", f"Choose one of {', '.join(_WRITINGS)}, digits, image.")
    words = _paper(room, f"{CARDS}/{group}-{number}.txt").decode("ascii").split()
    return save_secret(room, SECRETS, name, _WRITINGS[manner](words).encode("ascii"))


_WRITINGS: dict[str, Callable[[list[str]], str]] = {
    TYPED: " ".join,
    "words": " ".join,
    "capitals": lambda words: " ".join(words).upper(),
    "prefixes": lambda words: " ".join(word[:4] for word in words),
    "numbered": lambda words: "\n".join(f"{place}. {word}" for place, word in enumerate(words, 1)),
}


def code_picture(digits: str) -> bytes:
    """A PNG of a card's secret code as a flatbed scan at 150 dpi shows it: a little askew, on paper that is not quite white."""
    from PIL import Image, ImageDraw

    from ceremony_app.typeset.code import SECRET_VERSION, qr_matrix

    matrix = qr_matrix(digits, SECRET_VERSION)
    side = len(matrix) * _MODULE + 2 * _MARGIN
    picture = Image.new("L", (side, side), 244)
    pen = ImageDraw.Draw(picture)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                left, top = _MARGIN + x * _MODULE, _MARGIN + y * _MODULE
                pen.rectangle((left, top, left + _MODULE - 1, top + _MODULE - 1), fill=22)
    picture = picture.rotate(_TURN, Image.Resampling.BICUBIC, fillcolor=244)
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def _paper(room: Room, name: str) -> bytes:
    path: Path = practice_directory(room) / name
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise _unknown(name) from None


def _witness_code(room: Room, witness: str) -> str:
    """The file with the witness's code, made up once."""
    name = f"witness-code-{quote(witness, safe='')}"
    if len(name) > _MOST_NAME:
        raise _unknown("witness-code")
    if not (practice_directory(room) / SECRETS / name).exists():
        save_secret(room, SECRETS, name, base64.b32encode(os.urandom(10)))
    return f"{SECRETS}/{name}"


def _verify_manner(request: HandOver, allowed: tuple[str, ...]) -> None:
    if request.manner not in allowed:
        raise Refusal("manner-unknown", f"Nobody enters this as “{request.manner}”.", f"Choose {' or '.join(allowed)}.")


def _unknown(secret: str) -> Refusal:
    return Refusal("secret-unknown", f"Nobody has the secret “{secret}” on paper.", "Issue the card or the mailer first.")
