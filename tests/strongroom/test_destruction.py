"""The end of keys, and what a kill in the middle of a write leaves."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path

import pytest

from ceremony_app.keys import Algorithm, Purpose
from ceremony_app.strongroom.client import Strongroom, StrongroomGone, StrongroomRefused
from ceremony_app.strongroom.protocol import (
    DestroyKey,
    FindKey,
    InitialiseToken,
    KeyMade,
    ListObjects,
    OpenToken,
    ProveKey,
    ReadKey,
    SweepRemnants,
)
from tests.strongroom.starter import Starter


def destroy(made: KeyMade, *, label: str = "") -> DestroyKey:
    return DestroyKey(cka_id=made.cka_id, label=label or made.label, algorithm=made.algorithm, spki=made.spki)


@pytest.mark.parametrize(
    ("algorithm", "purpose", "objects"), [(Algorithm.AES_256, Purpose.ENCRYPT, 1), (Algorithm.EC_P256, Purpose.SIGN, 2)]
)
def test_files_are_overwritten_and_nothing_is_found(
    strongroom: Starter, tmp_path: Path, algorithm: Algorithm, purpose: Purpose, objects: int
) -> None:
    started = strongroom()
    kept = strongroom.generate(started, Algorithm.AES_128, Purpose.MAC)
    made = strongroom.generate(started, algorithm, purpose)
    links = _hard_links(tmp_path)
    before = {link: link.read_bytes() for link in links}
    gone = started.call(destroy(made))
    assert (gone.removed, gone.overwritten, gone.found) == (objects, objects, 0)
    # SoftHSM only takes its own name away; what a hard link still reaches must not be the key.
    assert [before[link] in link.read_bytes() for link in links].count(True) == 1
    assert kept.check_value == started.call(_read(kept)).check_value
    with pytest.raises(StrongroomRefused) as caught:
        started.call(ProveKey(cka_id=made.cka_id, algorithm=algorithm, purpose=purpose, message=b"hello"))
    assert caught.value.code == "key-missing"
    assert [row.label for row in started.call(ListObjects()).objects] == [kept.label]


def test_bytes_of_a_destroyed_key_are_random_afterwards(strongroom: Starter, tmp_path: Path) -> None:
    started = strongroom()
    made = strongroom.generate(started, Algorithm.AES_256, Purpose.WRAP)
    (path,) = _objects(tmp_path)
    content = path.read_bytes()
    descriptor = os.open(path, os.O_RDONLY)
    assert started.call(destroy(made)).overwritten == 1
    assert os.fstat(descriptor).st_nlink == 0
    assert os.pread(descriptor, 4096, 0) != content
    os.close(descriptor)


def test_destroying_again_finds_nothing(strongroom: Starter) -> None:
    started = strongroom()
    made = strongroom.generate(started, Algorithm.EC_P384)
    started.call(destroy(made))
    again = started.call(destroy(made))
    assert (again.removed, again.overwritten, again.found) == (0, 0, 0)


def test_a_key_under_another_name_is_not_destroyed(strongroom: Starter) -> None:
    started = strongroom()
    made = strongroom.generate(started, Algorithm.AES_256, Purpose.MAC)
    with pytest.raises(StrongroomRefused) as caught:
        started.call(destroy(made, label="other"))
    assert caught.value.code == "label-differs"
    assert len(started.call(ListObjects()).objects) == 1


def test_a_copy_elsewhere_in_the_token_is_reported(strongroom: Starter) -> None:
    """The key's public value or label under another identifier means that it is not gone."""
    started = strongroom()
    one, other = strongroom.generate(started, Algorithm.EC_P256), strongroom.generate(started, Algorithm.EC_P256)
    request = DestroyKey(cka_id=one.cka_id, label=one.label, algorithm=one.algorithm, spki=other.spki)
    assert started.call(request).found == 1


@pytest.mark.parametrize("content", [b"", b"\0" * 8, b"part"], ids=["empty", "header", "torn"])
def test_files_that_no_search_shows_are_listed_and_swept(strongroom: Starter, tmp_path: Path, content: bytes) -> None:
    started = strongroom()
    made = strongroom.generate(started, Algorithm.EC_P256)
    whole = _objects(tmp_path)[0]
    torn = whole.with_name("11111111-2222-3333-4444-555555555555.object")
    torn.write_bytes(whole.read_bytes()[:300] if content == b"part" else content)
    lock = whole.with_name("99999999-2222-3333-4444-555555555555.lock")
    lock.write_bytes(b"")
    listed = started.call(ListObjects())
    assert listed.remnants == (torn.name, lock.name)
    assert len(listed.objects) == 2
    assert started.call(FindKey(cka_id=made.cka_id, label=made.label, algorithm=Algorithm.EC_P256)).remnants == 2
    swept = started.call(SweepRemnants())
    assert (len(swept.objects), swept.remnants) == (2, ())
    assert not torn.exists()
    assert not lock.exists()


def test_a_kill_in_generation_leaves_what_is_found_and_swept(strongroom: Starter, tmp_path: Path) -> None:
    """The process is killed when the first file of a new object shows, until one kill leaves a part behind."""
    started = strongroom(token="", practice="practice")
    strongroom.prove_pins(started)
    serial = started.call(InitialiseToken(label="PAYMENTS")).serial
    for _ in range(30):
        known = set(_objects(tmp_path))
        killer = threading.Thread(target=_kill_at_new_file, args=(started, tmp_path, known))
        killer.start()
        with contextlib.suppress(StrongroomGone):
            strongroom.generate(started, Algorithm.EC_P256)
        killer.join()
        started = strongroom(token="", practice="practice")
        strongroom.prove_pins(started, make=False)
        started.call(OpenToken(label="PAYMENTS", serial=serial))
        if started.call(ListObjects()).remnants:
            break
    else:
        pytest.fail("no kill left a remnant")
    assert started.call(SweepRemnants()).remnants == ()
    strongroom.generate(started, Algorithm.EC_P256)


def _read(made: KeyMade) -> ReadKey:
    return ReadKey(label=made.label, cka_id=made.cka_id, algorithm=made.algorithm, purpose=Purpose.MAC, extractable=True)


def _kill_at_new_file(started: Strongroom, directory: Path, known: set[Path]) -> None:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if set(_objects(directory)) - known:
            os.kill(started.pid, 9)
            return


def _objects(directory: Path) -> list[Path]:
    return sorted(path for path in directory.glob("storage/tokens/*/*.object") if path.name != "token.object")


def _hard_links(directory: Path) -> list[Path]:
    links = []
    for path in _objects(directory):
        link = directory / f"kept-{path.name}"
        os.link(path, link)
        links.append(link)
    return links
