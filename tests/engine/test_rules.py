"""All rules together: ids are unique, and what cannot be printed or done by the token is refused beforehand."""

from __future__ import annotations

import msgspec
import pytest

from ceremony_app.engine.rules import check_all, failures, verify_all, verify_census
from ceremony_app.errors import BadInput, Unfit
from ceremony_app.keys import Algorithm
from ceremony_app.plan.load import load_plan
from ceremony_app.plan.model import Plan
from ceremony_app.resource import resource
from ceremony_app.strongroom.protocol import AlgorithmCensus, Census, TokenSeen

SOUND = Census(
    module="m",
    module_sha256="0" * 64,
    token=TokenSeen(present=True),
    kwp_mechanism=0x210A,
    oaep_hashes=("sha1",),
    native_hybrid=(),
    imports_known_keys=True,
    pin_min=4,
    pin_max=255,
    algorithms=tuple(AlgorithmCensus(one, generate=True, prove=True, wrap=True, wrap_exact=True, restore=True) for one in Algorithm),
)


def failed(plan: Plan, census: Census | None = None) -> dict[str, str]:
    return {finding.rule: finding.field for finding in failures(check_all(plan, census))}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan(resource("samples/rehearsal.toml"))


@pytest.mark.parametrize("name", ["bank", "certificate-authority", "first", "rehearsal", "small-company"])
def test_every_sample_can_be_performed(name: str) -> None:
    assert failed(load_plan(resource(f"samples/{name}.toml")), SOUND) == {}


def test_the_books_of_all_rooms_are_asked(plan: Plan) -> None:
    assert {finding.rule.partition("-")[0] for finding in check_all(plan, SOUND)} == {"PLAN", "CLOUD", "AWS", "PAPER", "TOKEN"}


def test_a_custodian_whose_name_the_fonts_lack_is_refused_before_printing(plan: Plan) -> None:
    group = plan.backups[0]
    stranger = msgspec.structs.replace(group.custodians[0], name="王小明")
    changed = msgspec.structs.replace(group, custodians=(stranger, *group.custodians[1:]))
    found = failed(msgspec.structs.replace(plan, backups=(changed, *plan.backups[1:])))
    assert found["PAPER-001"] == "backups[0].custodians[0].name"


def test_a_title_too_wide_for_a_card_is_refused(plan: Plan) -> None:
    assert "PAPER-001" in failed(msgspec.structs.replace(plan, title="W" * 160))
    assert "PAPER-002" in failed(msgspec.structs.replace(plan, title="W" * 160))


def without(algorithm: Algorithm, **changes: bool) -> Census:
    rows = tuple(msgspec.structs.replace(row, **changes) if row.algorithm is algorithm else row for row in SOUND.algorithms)
    return msgspec.structs.replace(SOUND, algorithms=rows)


@pytest.mark.parametrize(
    ("census", "rule"),
    [
        (without(Algorithm.AES_256, generate=False), "TOKEN-001"),
        (without(Algorithm.EC_P384, prove=False), "TOKEN-001"),
        (without(Algorithm.RSA_3072, wrap=False), "TOKEN-002"),
        (without(Algorithm.RSA_3072, restore=False), "TOKEN-003"),
        (msgspec.structs.replace(SOUND, imports_known_keys=False), "TOKEN-004"),
        (msgspec.structs.replace(SOUND, pin_max=8), "TOKEN-005"),
        (msgspec.structs.replace(SOUND, pin_min=33), "TOKEN-005"),
    ],
)
def test_what_the_token_cannot_do_is_refused(plan: Plan, census: Census, rule: str) -> None:
    assert rule in failed(plan, census)
    with pytest.raises(Unfit, match=rule):
        verify_census(plan, census)
    verify_census(plan, SOUND)


def test_in_token_wrapping_needs_the_tokens_own_hash(plan: Plan) -> None:
    exports = tuple(msgspec.structs.replace(export, prefer="in-token") for export in plan.exports)
    wanted = msgspec.structs.replace(plan, exports=exports)
    assert failed(wanted, SOUND) == {}
    assert "TOKEN-006" in failed(wanted, msgspec.structs.replace(SOUND, oaep_hashes=()))
    assert "TOKEN-006" in failed(wanted, without(Algorithm.RSA_3072, wrap_exact=False))


def test_a_plan_that_fails_names_rule_and_field(plan: Plan) -> None:
    with pytest.raises(BadInput, match=r"PLAN-202 at keys\[1\]\.label"):
        verify_all(msgspec.structs.replace(plan, keys=(plan.keys[0], *plan.keys)))
