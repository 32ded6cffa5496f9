"""What SoftHSM can do, found by trying."""

from __future__ import annotations

from ceremony_app.keys import Algorithm
from ceremony_app.strongroom.protocol import ListObjects, TakeCensus
from tests.strongroom.starter import Starter

QUICK = tuple(algorithm for algorithm in Algorithm if algorithm is not Algorithm.RSA_4096)
PADDED = {Algorithm.EC_P256, Algorithm.EC_P521, Algorithm.RSA_2048, Algorithm.RSA_3072}


def test_census_of_softhsm(strongroom: Starter) -> None:
    started = strongroom()
    kept = strongroom.generate(started, Algorithm.AES_256)
    taken = started.call(TakeCensus(algorithms=QUICK))
    assert (taken.kwp_mechanism, taken.oaep_hashes, taken.native_hybrid) == (0x210A, ("sha1",), ())
    assert (taken.imports_known_keys, taken.pin_min, taken.pin_max) == (True, 4, 255)
    assert taken.token.label == "SCRATCH"
    assert taken.token.objects == 1
    assert tuple(row.algorithm for row in taken.algorithms) == QUICK
    for row in taken.algorithms:
        assert (row.generate, row.prove) == (True, True)
        wraps = row.algorithm is not Algorithm.ED25519
        assert (row.wrap, row.restore) == (wraps, wraps)
        assert row.wrap_exact == (wraps and row.algorithm not in PADDED)
        assert bool(row.note) != wraps
    assert [found.label for found in started.call(ListObjects()).objects] == [kept.label]
    assert started.call(ListObjects()).remnants == ()


def test_census_of_named_algorithms_can_be_repeated(strongroom: Starter) -> None:
    started = strongroom()
    request = TakeCensus(algorithms=(Algorithm.AES_256, Algorithm.ED25519))
    assert started.call(request) == started.call(request)
    (_, edwards) = started.call(request).algorithms
    assert edwards.note == "wrap: the token does not let this kind of key be wrapped"
