"""Interrupted ceremonies: each photograph is taken up again to a folder that holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.film import Film, take_up
from tests.flows.stage import MIXED, staged

PROMPT = [
    ("KeyGenerationBegun", 1),
    ("BackupBegun", 2),
    ("CardBegun", 2),
    ("RecoveryRehearsed", 1),
    ("PackageBegun", 1),
    ("CeremonyClosed", 1),
    ("ManifestSigned", 1),
    ("RecordTokenWipeBegun", 1),
]
UNWRITTEN = [("KeyGenerated", 2), ("PackageSigned", 1), ("KeySealed", 1)]
INTERESTING = [
    *PROMPT,
    ("RecordKeyMade", 1),
    ("PinMailersBegun", 1),
    ("TokenInitialisationBegun", 1),
    ("TokenInitialised", 1),
    ("CensusTaken", 1),
    ("CeremonyOpened", 1),
    ("RecipientAccepted", 1),
    ("KeyGenerationBegun", 2),
    ("KeyGenerated", 1),
    ("KeyGenerated", 2),
    ("KeyProved", 1),
    ("ShareSetMade", 1),
    ("BackupBegun", 1),
    ("BackupMade", 1),
    ("BackupMade", 2),
    ("CardIssued", 3),
    ("CardProved", 3),
    ("CardsDrawn", 1),
    ("CardEntered", 2),
    ("CardSealed", 1),
    ("PackageWritten", 1),
    ("PackageSigned", 1),
    ("ImportConfirmed", 1),
    ("KeySealed", 1),
    ("DeviationsAgreed", 1),
    ("BagSealed", 3),
    ("StatementMade", 4),
    ("GateOpened", 4),
    ("FolderChecked", 1),
]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Film]:
    base: Path = tmp_path_factory.mktemp("film")
    with staged(base / "out") as stage:
        yield Film(stage, base / "album", MIXED)


@pytest.mark.parametrize(("tag", "occurrence"), PROMPT)
def test_taken_up_after_the_fact(film: Film, tag: str, occurrence: int) -> None:
    before = film.restore(film.find(tag, occurrence))
    take_up(film.stage, before)


@pytest.mark.parametrize(("tag", "occurrence"), UNWRITTEN)
def test_taken_up_where_its_fact_was_not_written(film: Film, tag: str, occurrence: int) -> None:
    """A kill between the effect and its fact; what lay in memory-backed storage is still there."""
    film.restore(film.find(tag, occurrence), killed=True)
    take_up(film.stage, film.forget_last())


@pytest.mark.long
@pytest.mark.parametrize(("tag", "occurrence"), INTERESTING)
@pytest.mark.parametrize("killed", [False, True])
def test_taken_up_where_the_fact_was_not_written(film: Film, tag: str, occurrence: int, killed: bool) -> None:
    film.restore(film.find(tag, occurrence), killed=killed)
    take_up(film.stage, film.forget_last())


@pytest.mark.long
@pytest.mark.parametrize("part", range(12))
def test_taken_up_from_every_ninth_photograph(film: Film, part: int) -> None:
    number = min(part * 9, len(film.tags) - 2)
    before = film.restore(number, killed=part % 2 == 1)
    take_up(film.stage, before)
