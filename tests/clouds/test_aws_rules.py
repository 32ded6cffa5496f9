"""What AWS takes is said when the plan is checked."""

from __future__ import annotations

import pytest

from ceremony_app.clouds.aws_key import IMPORTABLE, NOT_IMPORTABLE
from ceremony_app.clouds.catalogue import CLOUDS, cloud, cloud_rules
from ceremony_app.errors import BadInput
from ceremony_app.keys import Algorithm, Purpose, WrapScheme
from ceremony_app.plan.model import Destination, Plan
from ceremony_app.plan.rule import Finding, Verdict
from ceremony_app.plan.rules.scope import BUILT_DESTINATIONS
from tests.clouds.handouts import ARN, OTHER_ARN, export, key_spec, plan


def found(subject: Plan, rule: str) -> Finding:
    (finding,) = [finding for finding in cloud_rules().check(subject) if finding.rule == rule]
    return finding


def test_the_plan_and_the_catalogue_know_the_same_destinations() -> None:
    assert set(CLOUDS) == set(BUILT_DESTINATIONS)


@pytest.mark.parametrize("destination", [one for one in Destination if one not in BUILT_DESTINATIONS])
def test_what_is_not_built_is_refused_by_name(destination: Destination) -> None:
    with pytest.raises(BadInput, match=destination.value) as caught:
        cloud(destination)
    assert caught.value.code == "destination-not-built"


def test_a_sound_plan_passes_every_rule_but_is_told_that_no_proof_exists() -> None:
    verdicts = {finding.rule: finding.verdict for finding in cloud_rules().check(plan())}
    assert verdicts.pop("AWS-006") is Verdict.WARN
    assert set(verdicts.values()) <= {Verdict.PASS, Verdict.NOT_APPLICABLE}


def test_rules_do_not_apply_to_a_plan_without_aws() -> None:
    elsewhere = plan((key_spec(), export(destination=Destination.GOOGLE)))
    assert {f.verdict for f in cloud_rules().check(elsewhere) if f.rule.startswith("AWS-")} == {Verdict.NOT_APPLICABLE}


@pytest.mark.parametrize("resource", ["alias/kek", "arn:aws:kms:eu-west-1:1:alias/kek", "kek", ARN + "0", ARN.replace("kms", "s3")])
def test_names_that_are_no_key(resource: str) -> None:
    finding = found(plan((key_spec(), export(resource=resource))), "AWS-001")
    assert (finding.verdict, finding.field) == (Verdict.FAIL, "exports[0].resource")
    assert ("alias" in resource) == ("aliases are not accepted" in finding.sentence.english)


@pytest.mark.parametrize("resource", [ARN, "mrk-" + "0" * 32, ARN.replace("aws:", "aws-us-gov:").replace("eu-west", "us-gov-west")])
def test_names_that_are_a_key(resource: str) -> None:
    assert found(plan((key_spec(), export(resource=resource))), "AWS-001").verdict is Verdict.PASS


def test_a_bare_id_is_warned_about() -> None:
    assert found(plan((key_spec(), export(resource=ARN.rpartition("/")[2]))), "AWS-002").verdict is Verdict.WARN


def test_china_is_refused() -> None:
    there = ARN.replace("aws:", "aws-cn:").replace("eu-west", "cn-north")
    assert found(plan((key_spec(), export(resource=there))), "AWS-003").verdict is Verdict.FAIL


@pytest.mark.parametrize(("algorithm", "nearest"), [(Algorithm.ED25519, "EC-P256"), (Algorithm.AES_128, "AES-256")])
def test_what_cannot_be_imported_names_the_nearest(algorithm: Algorithm, nearest: str) -> None:
    finding = found(plan((key_spec(algorithm), export())), "AWS-004")
    assert finding.verdict is Verdict.FAIL
    assert finding.sentence.english.endswith(f"The nearest that can is {nearest}.")


def test_every_algorithm_is_either_importable_or_explained() -> None:
    assert set(IMPORTABLE) | set(NOT_IMPORTABLE) == set(Algorithm)
    assert not set(IMPORTABLE) & set(NOT_IMPORTABLE)
    assert all(nearest in IMPORTABLE for _, nearest in NOT_IMPORTABLE.values())
    for algorithm, row in IMPORTABLE.items():
        assert set(row.usage) <= algorithm.purposes


def test_an_aes_key_for_macs_has_no_use_at_aws() -> None:
    assert found(plan((key_spec(Algorithm.AES_256, Purpose.MAC), export())), "AWS-005").verdict is Verdict.FAIL
    assert found(plan((key_spec(Algorithm.AES_256, Purpose.WRAP), export())), "AWS-005").verdict is Verdict.PASS


def test_keys_that_never_change_their_material_are_named() -> None:
    assert found(plan((key_spec(Algorithm.RSA_3072), export())), "AWS-007").verdict is Verdict.WARN
    assert found(plan(), "AWS-007").verdict is Verdict.NOT_APPLICABLE


def test_one_key_goes_to_one_resource_of_a_destination() -> None:
    twice = plan((key_spec(), export()), (key_spec(), export(resource=OTHER_ARN)))
    assert (found(twice, "CLOUD-001").verdict, found(twice, "CLOUD-001").field) == (Verdict.FAIL, "exports[1].destination")


@pytest.mark.parametrize(
    ("algorithm", "asked", "in_token"),
    [
        (Algorithm.AES_256, WrapScheme.OAEP_SHA256, WrapScheme.OAEP_SHA1),
        (Algorithm.HMAC_384, WrapScheme.OAEP_SHA256, WrapScheme.OAEP_SHA1),
        (Algorithm.RSA_4096, WrapScheme.HYBRID_SHA256, WrapScheme.HYBRID_SHA1),
        (Algorithm.EC_P521, WrapScheme.HYBRID_SHA256, WrapScheme.HYBRID_SHA1),
    ],
)
def test_the_table_chooses_the_wrapping(algorithm: Algorithm, asked: WrapScheme, in_token: WrapScheme) -> None:
    aws = cloud(Destination.AWS)
    assert (aws.scheme(algorithm), aws.scheme(algorithm, "in-token")) == (asked, in_token)
