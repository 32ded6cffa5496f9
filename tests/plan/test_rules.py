"""Every rule has a plan that breaks it, at a known field, and one that keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony_app.errors import BadInput
from ceremony_app.keys import Algorithm, Purpose
from ceremony_app.plan.cryptoperiod import SUGGESTED
from ceremony_app.plan.load import load_plan, parse_plan
from ceremony_app.plan.model import Plan, Role
from ceremony_app.plan.rule import Finding, Rulebook, Trouble, Verdict, trouble
from ceremony_app.plan.rules import PLAN_RULES, check_plan, verify_plan
from tests.plan.plans import SAMPLES, sample, toml

Data = dict[str, Any]
Change = Callable[[Data], object]

PAYMENTS, SIGNING = 0, 1  # the rehearsal sample's groups: 3-of-5 and 2-of-3
ADMINISTRATOR, OPERATOR, WITNESS, PIN_A, PIN_B, CONTROLLER, CUSTODIAN, APPROVER = 0, 1, 2, 3, 4, 5, 7, 12


def findings(data: Data) -> list[Finding]:
    return check_plan(parse_plan(toml(data)))


def breaches(data: Data) -> set[tuple[str, str]]:
    return {(finding.rule, finding.field) for finding in findings(data) if finding.verdict in (Verdict.WARN, Verdict.FAIL)}


def roles(person: int, *names: str) -> Change:
    return lambda data: data["people"][person].update(roles=list(names))


def key(index: int, **fields: Any) -> Change:
    return lambda data: data["keys"][index].update(fields)


def group(index: int, **fields: Any) -> Change:
    return lambda data: data["backups"][index].update(fields)


def card(of: int, index: int, **fields: Any) -> Change:
    return lambda data: data["backups"][of]["custodians"][index].update(fields)


def person(index: int, **fields: Any) -> Change:
    return lambda data: data["people"][index].update(fields)


def export(index: int, **fields: Any) -> Change:
    return lambda data: data["exports"][index].update(fields)


def cards(of: int, number: int) -> Change:
    """Give a group `number` cards, each with an own custodian and place."""

    def change(data: Data) -> None:
        names = [f"Keeper {index}" for index in range(number)]
        data["people"] += [{"name": name, "roles": ["custodian"]} for name in names]
        data["backups"][of]["custodians"] = [{"name": name, "place": f"Place {name}"} for name in names]

    return change


def both(*changes: Change) -> Change:
    def change(data: Data) -> None:
        for one in changes:
            one(data)

    return change


# rule, where it is broken, and how
BROKEN: list[tuple[str, str, Change]] = [
    ("PLAN-001", "kind", lambda data: data.update(kind="destroy")),
    ("PLAN-002", "exports[1].destination", export(1, destination="azure-mhsm")),
    ("PLAN-101", "people", roles(CONTROLLER, "administrator", "controller")),
    ("PLAN-101", "people", roles(ADMINISTRATOR, "controller")),
    ("PLAN-102", "people", roles(CONTROLLER, "operator")),
    ("PLAN-103", "people", roles(WITNESS, "auditor")),
    ("PLAN-104", "people[2].roles", roles(WITNESS, "witness", "administrator")),
    ("PLAN-104", "people[2].roles", roles(WITNESS, "witness", "operator")),
    ("PLAN-104", "people[2].roles", roles(WITNESS, "auditor", "custodian")),
    ("PLAN-104", "people[2].roles", roles(WITNESS, "auditor", "pin-holder")),
    ("PLAN-104", "people[2].roles", roles(WITNESS, "approver", "witness")),
    ("PLAN-104", "people[2].roles", lambda data: data["approval"].update(by="Ingrid Solheim, auditor")),
    ("PLAN-104", "people[2].roles", card(PAYMENTS, 0, name="Ingrid Solheim")),
    ("PLAN-105", "people[1].roles", roles(OPERATOR, "operator", "custodian")),
    ("PLAN-105", "people[1].roles", card(SIGNING, 0, name="JONAS  Weber")),
    ("PLAN-106", "people", roles(PIN_A, "controller")),
    ("PLAN-106", "people", roles(CONTROLLER, "pin-holder")),
    ("PLAN-107", "people[3].roles", roles(PIN_A, "pin-holder", "custodian")),
    ("PLAN-108", "people[1].roles", roles(OPERATOR, "operator", "approver")),
    ("PLAN-108", "people[0].roles", lambda data: data["approval"].update(by="Adaeze Okafor")),
    ("PLAN-109", "people[4].roles", roles(PIN_B, "controller", "pin-holder")),
    ("PLAN-110", "people[5].name", person(CONTROLLER, name="adaeze  OKAFOR")),
    ("PLAN-110", "people[5].name", person(CONTROLLER, name="Ada\u200deze Okafor")),
    ("PLAN-110", "people[7].roles", roles(CUSTODIAN, "custodian", "custodian")),
    ("PLAN-111", "people[0].roles", roles(ADMINISTRATOR, "administrator", "operator")),
    ("PLAN-112", "people[1].roles", roles(OPERATOR, "operator", "pin-holder")),
    ("PLAN-113", "people", roles(CONTROLLER, "approver")),
    ("PLAN-121", "people[0].deputy", person(ADMINISTRATOR, deputy="Adaeze Okafor")),
    ("PLAN-121", "backups[0].custodians[0].deputy", card(PAYMENTS, 0, deputy="Tomas Lindqvist")),
    ("PLAN-122", "people[1].deputy", person(OPERATOR, deputy="Ingrid Solheim")),
    ("PLAN-122", "people[1].deputy", person(OPERATOR, deputy="Rania Haddad")),
    ("PLAN-122", "backups[0].custodians[0].deputy", card(PAYMENTS, 0, deputy="Priya Raman")),
    ("PLAN-122", "backups[1].custodians[1].deputy", card(SIGNING, 1, deputy="Noor Hashemi")),
    ("PLAN-122", "people[2].deputy", both(person(OPERATOR, deputy="Anders Lie"), person(WITNESS, deputy="Anders Lie"))),
    ("PLAN-123", "people[3].deputy", person(PIN_A, deputy="Kenji Watanabe")),
    ("PLAN-123", "people[4].deputy", person(PIN_B, deputy="Lucía Fernández")),
    ("PLAN-201", "keys", lambda data: data.update(keys=[], backups=[], exports=[])),
    ("PLAN-202", "keys[1].label", key(1, label="payments-kek")),
    ("PLAN-203", "keys[0].purpose", key(0, purpose="sign")),
    ("PLAN-203", "keys[2].purpose", key(2, purpose="decrypt")),
    ("PLAN-204", "keys[2].rotate_after_days", key(2, rotate_after_days=1097)),
    ("PLAN-204", "keys[0].rotate_after_days", key(0, rotate_after_days=732)),
    ("PLAN-211", "keys[1].label", group(PAYMENTS, keys=["payments-kek"])),
    ("PLAN-212", "backups[1].name", group(SIGNING, name="payments")),
    ("PLAN-213", "backups[1].keys[1]", group(SIGNING, keys=["release-signing", "other"])),
    ("PLAN-214", "backups[1].keys[1]", group(SIGNING, keys=["release-signing", "payments-kek"])),
    ("PLAN-214", "backups[1].keys[1]", group(SIGNING, keys=["release-signing", "release-signing"])),
    ("PLAN-215", "backups[0].keys", key(1, rotate_after_days=730)),
    ("PLAN-301", "backups[1].threshold", group(SIGNING, threshold=1)),
    ("PLAN-302", "backups[1].threshold", group(SIGNING, threshold=4)),
    ("PLAN-302", "backups[1].threshold", group(SIGNING, custodians=[])),
    ("PLAN-303", "backups[0].custodians", both(cards(PAYMENTS, 17), group(PAYMENTS, threshold=9))),
    ("PLAN-304", "backups[1].threshold", group(SIGNING, threshold=3)),
    ("PLAN-305", "backups[0].threshold", group(PAYMENTS, threshold=2)),
    ("PLAN-305", "backups[1].threshold", both(cards(SIGNING, 4), group(SIGNING, threshold=2))),
    ("PLAN-306", "backups[1].custodians", key(2, rotate_after_days=366)),
    ("PLAN-401", "backups[0].custodians[2].name", card(PAYMENTS, 2, name="Nobody Known")),
    ("PLAN-401", "backups[0].custodians[2].name", card(PAYMENTS, 2, name="wanjiru kamau")),
    ("PLAN-401", "backups[0].custodians[0].name", roles(CUSTODIAN, "controller")),
    ("PLAN-402", "people[5].roles", roles(CONTROLLER, "controller", "custodian")),
    ("PLAN-403", "backups[0].custodians[1].name", card(PAYMENTS, 1, name="Tomas Lindqvist")),
    ("PLAN-403", "backups[0].custodians[1].name", card(PAYMENTS, 1, name="TOMAS LINDQVIST")),
    ("PLAN-404", "backups[1].custodians[0].deputy", card(SIGNING, 0, deputy="Tomas Lindqvist")),
    ("PLAN-404", "backups[1].custodians[1].deputy", card(SIGNING, 1, deputy="Viktor Nowak")),
    (
        "PLAN-404",
        "backups[0].custodians[4].deputy",
        both(card(PAYMENTS, 3, deputy="Tomas Lindqvist"), card(PAYMENTS, 4, deputy="Tomas Lindqvist")),
    ),
    (
        "PLAN-404",
        "backups[1].custodians[1].deputy",
        both(person(CUSTODIAN + 3, deputy="Viktor Nowak"), card(SIGNING, 1, deputy=""), card(PAYMENTS, 3, deputy="")),
    ),
    ("PLAN-405", "backups[1].custodians[1].place", card(SIGNING, 1, place="safe b,  BERGEN")),
    (
        "PLAN-405",
        "backups[0].custodians[2].place",
        both(card(PAYMENTS, 1, place="Safe A, Oslo"), card(PAYMENTS, 2, place="Safe A, Oslo")),
    ),
    ("PLAN-406", "backups[0].custodians[1].place", card(PAYMENTS, 1, place="Safe A, Oslo")),
    ("PLAN-407", "backups[1].custodians[1].place", card(SIGNING, 1, place="Safe B, Bergen")),
    ("PLAN-501", "exports[0].key", export(0, key="other")),
    ("PLAN-502", "exports[3]", lambda data: data["exports"].append(dict(data["exports"][0]))),
    ("PLAN-503", "exports[1].resource", export(0, resource="arn:aws:kms:eu-west-1:111122223333:key/0b9f4e62-7a31-4c0e-8d15-6f2c9a7e1b02")),
]

# rule, and a plan just on its right side
KEPT: list[tuple[str, Change]] = [
    ("PLAN-104", roles(WITNESS, "witness", "auditor", "controller")),
    ("PLAN-107", roles(PIN_A, "pin-holder", "approver")),
    ("PLAN-108", roles(CUSTODIAN, "custodian", "approver")),
    ("PLAN-109", roles(CUSTODIAN, "custodian", "controller")),
    ("PLAN-113", roles(WITNESS, "witness", "controller")),
    ("PLAN-122", person(ADMINISTRATOR, deputy="Marit Haugen")),
    ("PLAN-123", person(PIN_A, deputy="Marit Haugen")),
    ("PLAN-203", key(0, purpose="mac")),
    ("PLAN-204", key(2, rotate_after_days=1096)),
    ("PLAN-301", group(PAYMENTS, threshold=2)),
    ("PLAN-302", group(SIGNING, threshold=3)),
    ("PLAN-303", both(cards(PAYMENTS, 16), group(PAYMENTS, threshold=9))),
    ("PLAN-304", group(SIGNING, threshold=2)),
    ("PLAN-305", both(cards(PAYMENTS, 5), group(PAYMENTS, threshold=3))),
    ("PLAN-306", both(key(0, rotate_after_days=700), key(1, rotate_after_days=700))),
    ("PLAN-404", card(PAYMENTS, 0, deputy="Viktor Nowak")),
    ("PLAN-405", card(PAYMENTS, 1, place="Safe A, Oslo")),
    ("PLAN-407", card(PAYMENTS, 1, place="Safe A, Oslo")),
    ("PLAN-502", lambda data: data["exports"].append({**data["exports"][0], "resource": "arn:aws:kms:us-east-1:111122223333:key/x"})),
    ("PLAN-503", lambda data: data["exports"].append(dict(data["exports"][0]))),
]


@pytest.mark.parametrize(("rule", "field", "change"), BROKEN)
def test_a_broken_rule_names_the_field(rule: str, field: str, change: Change) -> None:
    data = sample()
    change(data)
    assert (rule, field) in breaches(data)
    for finding in findings(data):
        assert finding.sentence.english.endswith(".")


@pytest.mark.parametrize(("rule", "change"), KEPT)
def test_a_kept_rule_passes(rule: str, change: Change) -> None:
    data = sample()
    change(data)
    assert [finding.verdict for finding in findings(data) if finding.rule == rule] == [Verdict.PASS]


def test_the_rehearsal_sample_keeps_every_rule_and_each_rule_has_its_breach() -> None:
    ids = [rule.id for rule in PLAN_RULES]
    assert [(finding.rule, finding.verdict) for finding in findings(sample())] == [(name, Verdict.PASS) for name in ids]
    assert {rule for rule, _, _ in BROKEN} == set(ids)


@pytest.mark.parametrize(
    ("name", "warnings"),
    [
        ("first", set()),
        ("rehearsal", set()),
        ("bank", set()),
        ("small-company", {("PLAN-112", "people[1].roles")}),
        ("certificate-authority", {("PLAN-204", "keys[0].rotate_after_days"), ("PLAN-204", "keys[1].rotate_after_days")}),
    ],
)
def test_samples_pass_with_the_warnings_they_announce(name: str, warnings: set[tuple[str, str]]) -> None:
    found = verify_plan(load_plan(SAMPLES / f"{name}.toml"))
    assert {(finding.rule, finding.field) for finding in found if finding.verdict is Verdict.WARN} == warnings
    assert {path.stem for path in SAMPLES.glob("*.toml")} == {"first", "rehearsal", "bank", "small-company", "certificate-authority"}


def test_a_plan_that_breaks_rules_is_bad_input_naming_them_all() -> None:
    data = sample()
    data["kind"] = "destroy"
    data["backups"][SIGNING]["threshold"] = 1
    with pytest.raises(BadInput) as caught:
        verify_plan(parse_plan(toml(data)))
    assert caught.value.code == "plan-breaks-rules"
    assert caught.value.exit_status == 2
    for words in ("2 of its rules", "PLAN-001 at kind", "PLAN-301 at backups[1].threshold"):
        assert words in str(caught.value)


def test_a_finding_says_what_went_on_in_spite_of_it() -> None:
    found = findings(sample("small-company"))
    warned = next(finding for finding in found if finding.verdict is Verdict.WARN)
    assert str(warned.waived) == f"PLAN-112 was waived by decision of the people present: {warned.sentence}"


def test_rules_without_a_subject_do_not_apply() -> None:
    data = sample()
    del data["backups"], data["exports"]
    verdicts = {finding.rule: finding.verdict for finding in findings(data)}
    for rule in ("PLAN-002", "PLAN-212", "PLAN-301", "PLAN-404", "PLAN-501"):
        assert verdicts[rule] is Verdict.NOT_APPLICABLE
    assert verdicts["PLAN-211"] is Verdict.WARN


def test_two_rules_cannot_share_an_id() -> None:
    def nothing(plan: Plan) -> list[Trouble]:
        return [trouble("kind")] if not plan.title else []

    book: Rulebook[Plan] = Rulebook()
    enter = book.rule("X-1", Verdict.WARN, source="test", passes="Fine.", fails="Not fine.")
    enter(nothing)
    with pytest.raises(ValueError, match="X-1"):
        enter(nothing)
    with pytest.raises(ValueError, match="X-1"):
        Rulebook(book, book)


def test_every_purpose_has_a_suggested_period() -> None:
    assert set(SUGGESTED) == set(Purpose)


def test_every_algorithm_passes_with_each_purpose_it_serves() -> None:
    for algorithm in Algorithm:
        for purpose in Purpose:
            data = sample()
            data["keys"][0].update(algorithm=algorithm.value, purpose=purpose.value)
            assert (("PLAN-203", "keys[0].purpose") in breaches(data)) is (purpose not in algorithm.purposes)


# A brute-force statement of what the custody rules are for, kept apart from how they are written.
NAMES = ["A", "B", "C", "D", "E"]
CARDS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(["", *NAMES])), min_size=2, max_size=6)


@settings(max_examples=300, deadline=None)
@given(drawn=CARDS, threshold=st.integers(2, 6))
def test_no_accepted_set_lets_a_person_or_a_place_reach_the_threshold(drawn: list[tuple[str, str, str]], threshold: int) -> None:
    data = sample("first")
    data["people"] += [{"name": name, "roles": ["custodian"]} for name in NAMES]
    data["backups"][0]["threshold"] = threshold
    data["backups"][0]["custodians"] = [{"name": name, "place": place, "deputy": deputy} for name, place, deputy in drawn]
    failed = {finding.rule for finding in findings(data) if finding.verdict is Verdict.FAIL}
    reach = {name: sum(name in (keeper, deputy) for keeper, _, deputy in drawn) for name in NAMES}
    at_place = {place: sum(place == where for _, where, _ in drawn) for place in NAMES}
    assert bool(failed & {"PLAN-403", "PLAN-404"}) or max(reach.values()) < threshold
    assert ("PLAN-405" in failed) is (max(at_place.values()) >= threshold)


@settings(max_examples=200, deadline=None)
@given(held=st.lists(st.sets(st.sampled_from(list(Role)), min_size=1, max_size=4), min_size=1, max_size=6))
def test_no_accepted_plan_lets_a_watcher_act(held: list[set[Role]]) -> None:
    data = sample("first")
    data["people"] = [{"name": f"Person {index}", "roles": [role.value for role in own]} for index, own in enumerate(held)]
    failed = {finding.rule for finding in findings(data) if finding.verdict is Verdict.FAIL}
    watches_and_acts = any({Role.WITNESS, Role.AUDITOR} & own and own - {Role.WITNESS, Role.AUDITOR, Role.CONTROLLER} for own in held)
    assert ("PLAN-104" in failed) is watches_and_acts
