"""A record from which something was taken, or in which something stands twice or elsewhere, is no legal run, however well it is chained."""

from __future__ import annotations

import msgspec
import pytest

from ceremony_app.engine.run import verify_run
from ceremony_app.errors import DoesNotHold
from ceremony_app.plan.model import Plan
from ceremony_app.record import facts as f
from ceremony_app.record.line import Entry
from tests.flows.stage import MIXED, drive, staged

FREE: frozenset[type[f.Fact]] = frozenset({f.ProcessStarted, f.TokenClosed, f.CheckMade})
"""Facts whose number nothing fixes: a process may start and a token be closed once more, and what a machine is checked for may change."""

TWICE: frozenset[type[f.Fact]] = frozenset({f.PersonSignedIn, f.BagOpened, f.GoodsCounted})
"""What may be said again: a deputy signs in for two seats, a second bag is opened, bags are counted once more."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Entry], Plan]:
    """Every entry of a whole ceremony, record and addenda, and its plan."""
    with staged(tmp_path_factory.mktemp("order")) as stage:
        engine = stage.begin(MIXED)
        drive(engine)
        return stage.entries(), engine.plan


def illegal(entries: list[Entry], plan: Plan) -> str:
    with pytest.raises(DoesNotHold) as caught:
        verify_run(entries, plan)
    assert caught.value.code == "run-not-legal"
    return str(caught.value.what)


def test_the_whole_is_legal(run: tuple[list[Entry], Plan]) -> None:
    entries, plan = run
    assert verify_run(entries, plan).course.wiped is not None


def test_no_entry_that_matters_can_be_left_out(run: tuple[list[Entry], Plan]) -> None:
    """But for the last: a cut record shows against the head."""
    entries, plan = run
    for at, entry in enumerate(entries[:-1]):
        if type(entry.fact) not in FREE:
            assert illegal([*entries[:at], *entries[at + 1 :]], plan), entry.tag


def test_no_entry_that_matters_can_stand_twice(run: tuple[list[Entry], Plan]) -> None:
    entries, plan = run
    for at, entry in enumerate(entries):
        if type(entry.fact) not in FREE | TWICE:
            assert illegal([*entries[: at + 1], *entries[at:]], plan), entry.tag


@pytest.mark.parametrize(
    ("tag", "field", "value"),
    [
        ("KeyGenerated", "cka_id", "00" * 16),
        ("CardProved", "fingerprint", "000000000000"),
        ("PackageBegun", "attempt", 7),
        ("PlanLoaded", "sha256", "0" * 64),
        ("GateOpened", "head", "0" * 64),
        ("ShareSetMade", "threshold", 1),
        ("DeviationsAgreed", "count", 3),
        ("TokenOpened", "serial", "another"),
        ("ImportConfirmed", "package_sha256", "0" * 64),
        ("CeremonyOpened", "mode", "serious"),
        ("PersonSignedIn", "roles", ("approver",)),
        ("PersonSignedIn", "identity_seen_by", "Adaeze Okafor"),
        ("KeyGenerated", "purpose", "everything"),
        ("KeyGenerated", "attributes", {"SENSITIVE": "false", "EXTRACTABLE": "true"}),
        ("KeyGenerated", "spki_sha256", "0" * 64),
        ("ShareSetMade", "subsets", 0),
        ("BackupMade", "path", "elsewhere.json"),
        ("RecoveryRehearsed", "keys", ()),
        ("RecoveryRehearsed", "scratch_left", 7),
        ("RecipientAccepted", "groups_typed", 0),
        ("RecipientAccepted", "spki_sha256", "0" * 64),
        ("RecipientAccepted", "by", "Jonas Weber"),
        ("PackageWritten", "twin_opened", False),
        ("PackageWritten", "scheme", "ROT13"),
        ("CardSealed", "number", 0),
        ("CeremonyClosed", "outcome", "completed with deviations"),
        ("CeremonyClosed", "open_items", ("nothing",)),
        ("CeremonyClosed", "documents", ()),
    ],
)
def test_a_fact_that_contradicts_what_came_before_is_named(run: tuple[list[Entry], Plan], tag: str, field: str, value: object) -> None:
    entries, plan = run
    at = next(number for number, entry in enumerate(entries) if entry.tag == tag)
    fact = entries[at].fact
    assert fact is not None
    other = type(fact)(**{**msgspec.structs.asdict(fact), field: value})
    changed = msgspec.structs.replace(entries[at], fact=other)
    assert tag in illegal([*entries[:at], changed, *entries[at + 1 :]], plan)


def test_an_empty_record_has_only_its_opening_before_it(run: tuple[list[Entry], Plan]) -> None:
    entries, plan = run
    assert "begins with its opening" in illegal(entries[1:], plan)
