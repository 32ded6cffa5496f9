"""`ceremony census`: what self-tests with throw-away keys produce on a token."""

from __future__ import annotations

import argparse
import secrets

import msgspec

from ceremony_app.cli.library import library, nothing_begun
from ceremony_app.cli.screen import Screen
from ceremony_app.engine.places import memory_base
from ceremony_app.record.file import replace_file
from ceremony_app.strongroom.client import Strongroom
from ceremony_app.strongroom.protocol import AlgorithmCensus, Census, MakeScratchToken, Prepare, TakeCensus, WipeStorage


def run(options: argparse.Namespace, screen: Screen) -> int:
    """Take the census on a scratch token of the library, in memory-backed storage that is wiped afterwards."""
    with nothing_begun():
        census = take(library(options.module))
    for one in census.algorithms:
        screen.line(_line(one))
    screen.line()
    screen.pairs(
        [
            ("token", f"{census.token.manufacturer} {census.token.model} {census.token.firmware}".strip()),
            ("library SHA-256", census.module_sha256),
            ("RFC 5649 wrap", f"mechanism 0x{census.kwp_mechanism:04X}" if census.kwp_mechanism else "none"),
            ("OAEP hashes", ", ".join(census.oaep_hashes) or "none"),
            ("known keys", "can be imported" if census.imports_known_keys else "cannot be imported"),
            ("PIN length", f"{census.pin_min} to {census.pin_max}"),
        ]
    )
    encoded = msgspec.json.format(msgspec.json.encode(census), indent=2) + b"\n"
    if options.out:
        replace_file(options.out.absolute(), encoded)
        screen.line(f"  written to {options.out}")
    screen.result(msgspec.json.decode(encoded))
    return 0


def take(module: str) -> Census:
    """Run the self-tests in a strongroom of their own."""
    storage = memory_base() / f"key-ceremony-census-{secrets.token_hex(8)}"
    with Strongroom.start(module) as room:
        room.call(Prepare(storage=str(storage)))
        try:
            room.call(MakeScratchToken(label="CENSUS"))
            return room.call(TakeCensus())
        finally:
            if room.alive:
                room.call(WipeStorage())


def _line(one: AlgorithmCensus) -> str:
    can = [
        word
        for word, holds in (
            ("generate", one.generate),
            ("use", one.prove),
            ("wrap" if one.wrap_exact else "wrap (padding repaired)", one.wrap),
            ("restore", one.restore),
        )
        if holds
    ]
    return f"{one.algorithm.value:<14} {', '.join(can) or 'nothing':<50} {one.note}".rstrip()
