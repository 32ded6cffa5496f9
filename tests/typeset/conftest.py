"""Sheets to print in tests: all values are made up, the words are drawn from the list by a fixed rule."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from shamir_mnemonic.wordlist import WORDLIST

from ceremony_app.typeset.card import CardSheet

INDICES = [(number * 389 + 17) % 1024 for number in range(33)]


@pytest.fixture
def card_fields() -> dict[str, Any]:
    return {
        "ceremony_id": "20261124-K7QM2XWA",
        "ceremony_title": "Payments root keys 2026",
        "organisation": "Meridian Trust",
        "group": "payments",
        "set_id": "39017724",
        "share_number": 2,
        "share_count": 5,
        "threshold": 3,
        "custodian": "Tomas Lindqvist",
        "keys": ["payments-kek", "payments-signing"],
        "fingerprint": "5374e34076ae",
        "check_value": "2b412c7deb",
        "issued": "24 November 2026",
        "attempt": 1,
        "inventory_digits": "3902390177240220261124092013472110382186413915371",
        "media": "B-1 or B-2",
        "rehearsal": False,
        "words": [WORDLIST[index] for index in INDICES],
        "secret_digits": "390139017724" + "".join(f"{index:04d}" for index in INDICES),
    }


@pytest.fixture
def make_sheet(card_fields: dict[str, Any]) -> Callable[..., CardSheet]:
    def make(**changes: Any) -> CardSheet:
        return CardSheet(**{**card_fields, **changes})

    return make


@pytest.fixture
def extract(tmp_path: Path) -> Callable[[bytes], list[str]]:
    """The text of each page in reading order, by poppler."""

    def read(pdf: bytes) -> list[str]:
        out = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
        return out.stdout.decode().split("\f")[:-1]

    return read


@pytest.fixture
def scan(tmp_path: Path) -> Callable[[bytes, int], set[str]]:
    """What the QR reader finds on page 1 of a PDF drawn by poppler at so many dots an inch."""

    def read(pdf: bytes, dpi: int) -> set[str]:
        out = subprocess.run(
            ["pdftoppm", "-r", str(dpi), "-gray", "-singlefile", "-", str(tmp_path / "page")], input=pdf, capture_output=True, check=True
        )
        assert not out.stderr
        return read_codes(tmp_path / "page.pgm")

    return read


def read_codes(path: Path) -> set[str]:
    with Image.open(path) as picture:
        grey = picture.convert("L")
    view = memoryview(grey.tobytes()).cast("B", (grey.height, grey.width))
    return {code.text for code in zxingcpp.read_barcodes(view)}
